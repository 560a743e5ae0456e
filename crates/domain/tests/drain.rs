//! Work that is waited for: what counts, what has ended, and what is done past the limit.
use lull_domain::drain::Drain;
use lull_domain::engagement::{CallVerb, Engagement, Failure, ItemState, Key, Reading, Report, Stage, Terms, Thing};
use lull_domain::engagement::{Fate, Outcome, Run, ThingState};
use lull_domain::estate::{Binding, Match};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::policy::Effect;
use lull_domain::{Instant, Span};

const ONE: MaintenanceId = MaintenanceId(1);
const TWO: MaintenanceId = MaintenanceId(2);

fn at(seconds: i64) -> Instant {
    Instant(0) + Span::seconds(1_000 + seconds)
}

fn up(name: &str, since: i64) -> Thing {
    serde_json::from_value(serde_json::json!({
        "name": name, "id": null, "state": "Running", "started_at": at(since), "finished_at": null, "healthy": true,
        "needs": [], "setting": null, "keeps_down": null,
    }))
    .expect("it is a thing")
}

fn down(name: &str, since: i64, until: i64) -> Thing {
    Thing { state: ThingState::Stopped, finished_at: Some(at(until)), ..up(name, since) }
}

fn binding() -> Binding {
    Binding { adapter: "here".to_owned(), matches: Match::default() }
}

fn seen(seconds: i64, things: &[Thing]) -> Reading {
    Reading { at: at(seconds), booted_at: None, binding: binding(), things: things.to_vec(), contested: Vec::new() }
}

fn names(drain: &Drain) -> Vec<&str> {
    drain.running.iter().flatten().map(|blocker| blocker.name.as_str()).collect()
}

#[test]
fn what_ran_first_is_waited_for_until_that_run_ends() {
    let drain = Drain::new(at(0)).read(&seen(1, &[up("a", -9), up("b", -9), down("c", -9, -5)]));
    assert_eq!(names(&drain), ["a", "b"]);
    let drain = drain.read(&seen(6, &[up("a", -9), up("b", 4), up("c", 5), up("d", 5)]));
    assert_eq!(names(&drain), ["a"], "another run, and what came later, is a newcomer");
    assert!(!drain.is_done());
    assert!(drain.read(&seen(11, &[down("a", -9, 10)])).is_done());
}

#[test]
fn what_cannot_be_read_is_not_done_and_a_person_may_let_it_run_on() {
    let unread = Drain::new(at(0)).unread(&Failure::ForGood("no such adapter".to_owned()));
    assert!(unread.needs_person && !unread.is_done());
    assert!(!unread.clone().retried().needs_person);
    assert!(unread.accepted_whole("ada", "it may").is_done());
    let drain = Drain::new(at(0)).read(&seen(1, &[up("a", -9), up("b", -9)]));
    let accepted = drain.accepted(&["a".to_owned()], "ada", "it may");
    assert_eq!((names(&accepted), accepted.accepted.len()), (vec!["b"], 1));
}

#[test]
fn what_several_targets_claim_keeps_it_from_being_done_until_that_is_mended() {
    let contested = Reading { contested: vec!["a".to_owned()], ..seen(1, &[]) };
    let drain = Drain::new(at(0)).read(&contested);
    assert!(!drain.needs_person && !drain.is_done(), "it is looked at again: {drain:?}");
    assert!(drain.clone().read(&seen(6, &[])).is_done(), "the bindings were mended");
    assert!(drain.accepted_whole("ada", "it may").is_done());
}

/// Held on these terms, read, and stopped.
fn stopped(by: &[(MaintenanceId, bool)]) -> Engagement {
    let key = Key { target: TargetId(1), effect: Effect::Stop };
    let terms = |cancels| Terms { cancels, ..Span::seconds(1).into() };
    let held = by.iter().fold(Engagement::free(key), |engagement, (id, cancels)| engagement.held(*id, terms(*cancels)));
    let called = held.read(&seen(0, &[up("a", -9)]), true, at(0)).calling(CallVerb::Apply, vec!["a".to_owned()], at(1));
    let run = Run { started_at: Some(at(-9)), finished_at: Some(at(2)) };
    let outcome = Outcome { name: "a".to_owned(), fate: Fate::Stopped(run), set: None, found: None };
    let (items, op) = (called.items().to_vec(), called.op);
    let outcome = Ok(vec![outcome]);
    let report = Report { number: 1, op, verb: CallVerb::Apply, binding: binding(), items, outcome };
    called.reported(&report, at(2))
}

#[test]
fn what_was_cancelled_is_not_started_again() {
    let held = stopped(&[(ONE, true)]);
    assert_eq!(held.items()[0].state, ItemState::Down);
    let released = held.released(ONE);
    assert!(released.look && matches!(released.stage, Stage::Owed(_)), "it is read first");
    assert!(released.read(&seen(9, &[down("a", -9, 2)]), false, at(9)).is_free());
}

#[test]
fn what_somebody_else_only_stops_is_started_again() {
    let held = stopped(&[(ONE, true), (TWO, false)]);
    let owed = held.released(ONE).released(TWO).read(&seen(9, &[down("a", -9, 2)]), false, at(9));
    assert_eq!(owed.items()[0].state, ItemState::Down, "{owed:?}");
}
