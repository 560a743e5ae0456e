//! What a job does next, and what it never does.
use serde_json::json;

use super::*;
use crate::engagement::Run;

fn at(seconds: i64) -> Instant {
    Instant(0) + Span::seconds(1_000 + seconds)
}

fn thing(state: &str, since: i64, setting: &str) -> Thing {
    serde_json::from_value(json!({
        "name": "ws-1", "id": "a", "state": state, "started_at": at(since), "finished_at": null, "healthy": null,
        "needs": [], "setting": setting, "keeps_down": "no",
    }))
    .expect("it is a thing")
}

fn seen(things: &[Thing], contested: &[&str]) -> Reading {
    let (binding, names) = (item().binding, contested.iter().map(|name| (*name).to_owned()).collect());
    Reading { at: at(9), booted_at: None, binding, things: things.to_vec(), contested: names }
}

fn next(item: &Item, thing: &Thing) -> Next {
    item.next(&seen(std::slice::from_ref(thing), &[]), None)
}

/// A call of this number that stops.
fn made(number: u32) -> Call {
    Call { number, verb: CallVerb::Apply, started_at: at(1), alive: 0 }
}

fn item() -> Item {
    serde_json::from_value(json!({
        "target": TargetId(1), "binding": {"adapter": "here", "match": {}}, "name": "ws-1", "id": "a", "since": at(0),
        "before": "always", "state": "waiting",
    }))
    .expect("it is an item")
}

fn done(fate: Fate) -> Result<Vec<Outcome>, Failure> {
    Ok(vec![Outcome { name: "ws-1".to_owned(), fate, set: None, found: None }])
}

#[test]
fn it_is_backed_up_then_stopped_and_then_gets_its_setting_back() {
    let up = thing("Running", 0, "always");
    assert_eq!(next(&item(), &up), Next::Call(CallVerb::Backup));
    let saving = item().calling(CallVerb::Backup, None, at(1));
    assert_eq!(saving.state, State::BackingUp);
    let saved = saving.reported(made(1), &done(Fate::BackedUp("image".to_owned()))).expect("it is known");
    assert_eq!(next(&saved, &up), Next::Call(CallVerb::Apply));
    let stopping = saved.calling(CallVerb::Apply, Some(json!("no")), at(2));
    let run = Run { started_at: Some(at(0)), finished_at: Some(at(3)) };
    let stopped = stopping.reported(made(2), &done(Fate::Stopped(run))).expect("it is known");
    assert_eq!(next(&stopped, &thing("Stopped", 0, "no")), Next::Call(CallVerb::Revert));
    assert_eq!(next(&stopped, &thing("Stopped", 0, "always")), Next::Stopped);
}

#[test]
fn a_failed_backup_is_the_end_unless_somebody_does_without() {
    let failed = item()
        .calling(CallVerb::Backup, None, at(1))
        .reported(made(1), &done(Fate::Failed(Failure::ForGood("full".to_owned()))));
    let failed = failed.expect("it is known");
    assert_eq!((failed.state, failed.why.as_deref()), (State::Failed, Some("the backup failed, so it runs on: full")));
    let forced = Item { forced: true, ..item() };
    assert_eq!(next(&forced, &thing("Running", 0, "always")), Next::Call(CallVerb::Apply));
}

#[test]
fn what_was_started_anew_or_may_not_be_stopped_any_more_is_left() {
    let saved = Item { backup: Some("image".to_owned()), ..item() };
    assert!(matches!(next(&saved, &thing("Running", 5, "always")), Next::Failed(_)), "another run");
    let over = saved.next(&seen(&[thing("Running", 0, "always")], &[]), Some("it is over".to_owned()));
    assert_eq!(over, Next::Failed("it is over".to_owned()));
    assert_eq!(saved.next(&seen(&[], &[]), None), Next::Stopped, "gone is down");
}

#[test]
fn without_an_answer_nothing_is_known_and_a_late_one_means_nothing() {
    let stopping = Item { forced: true, ..item() }.calling(CallVerb::Apply, None, at(1));
    assert_eq!(stopping.clone().reported(made(1), &Err(Failure::NoAnswer("gone".to_owned()))), None);
    assert_eq!(stopping.reported(made(7), &done(Fate::WasDown)), None);
}

#[test]
fn what_does_not_stop_is_given_up() {
    let tired = Item { forced: true, calls: CALLS_MAX, ..item() };
    assert!(matches!(next(&tired, &thing("Running", 0, "always")), Next::Failed(_)));
}

#[test]
fn whoever_gives_up_after_a_stop_puts_the_setting_back_first() {
    let stopping = Item { forced: true, ..item() }.calling(CallVerb::Apply, Some(json!("no")), at(1));
    let refused = stopping.clone().reported(made(1), &done(Fate::Failed(Failure::ForGood("busy".to_owned()))));
    let refused = refused.expect("it is known");
    assert!(!refused.is_done(), "it is looked at first");
    assert_eq!(next(&refused, &thing("Running", 0, "no")), Next::Call(CallVerb::Revert));
    assert_eq!(next(&refused, &thing("Running", 0, "always")), Next::Failed("busy".to_owned()));
    assert_eq!(next(&refused, &thing("Stopped", 0, "always")), Next::Stopped, "it went down after all");
    let anew = Item { call: None, ..stopping.clone() };
    assert_eq!(next(&anew, &thing("Running", 5, "no")), Next::Call(CallVerb::Revert), "somebody started it");
    let over = anew.next(&seen(&[thing("Running", 0, "no")], &[]), Some("it is over".to_owned()));
    assert_eq!(over, Next::Call(CallVerb::Revert));
    let tired = Item { calls: CALLS_MAX, ..anew.clone() };
    assert_eq!(next(&tired, &thing("Running", 0, "no")), Next::Call(CallVerb::Revert));
    let spent = Item { calls: REVERTS_MAX, ..anew };
    assert!(matches!(next(&spent, &thing("Stopped", 0, "no")), Next::Failed(_)), "not for ever");
    let back = refused.calling(CallVerb::Revert, None, at(2));
    let failed =
        back.reported(made(2), &done(Fate::Failed(Failure::ForGood("read-only".to_owned())))).expect("it is known");
    let why = "busy; the setting that keeps it down could not be put back: read-only";
    assert_eq!((failed.state, failed.why.as_deref()), (State::Failed, Some(why)));
}

#[test]
fn what_is_contested_is_not_called_stopped() {
    assert_eq!(item().next(&seen(&[], &["ws-1"]), None), Next::Failed(CONTESTED.to_owned()));
}

#[test]
fn what_cannot_be_looked_at_for_now_is_looked_at_again() {
    let away = Failure::NoAnswer("no route".to_owned());
    assert_eq!(item().unread(&away, 1), None);
    assert!(matches!(item().unread(&away, LOOKS_MAX), Some(Next::Failed(_))), "but not for ever");
    let touched = Item { set: Some(json!("no")), ..item() };
    assert_eq!(touched.unread(&away, LOOKS_MAX), None, "its setting is still owed");
    assert!(matches!(item().unread(&Failure::ForGood("no adapter".to_owned()), 1), Some(Next::Failed(_))));
}

#[test]
fn what_was_stopped_and_is_contested_now_gets_its_setting_back_and_is_called_what_it_is() {
    let stopping = Item { call: None, ..item().calling(CallVerb::Apply, Some(json!("no")), at(1)) };
    let next = |thing: Thing| stopping.next(&seen(&[thing], &["ws-1"]), None);
    assert_eq!(next(thing("Stopped", 0, "no")), Next::Call(CallVerb::Revert));
    assert_eq!(next(thing("Running", 0, "no")), Next::Call(CallVerb::Revert));
    assert_eq!(next(thing("Stopped", 0, "always")), Next::Stopped);
    assert_eq!(next(thing("Running", 0, "always")), Next::Failed(CONTESTED.to_owned()));
    let Next::Failed(why) = stopping.next(&seen(&[], &["ws-1"]), None) else { panic!("nobody can tell") };
    assert!(why.contains("it was told to stop before"), "{why}");
    let Some(Next::Failed(why)) = stopping.unread(&Failure::ForGood("no adapter".to_owned()), 1) else {
        panic!("over")
    };
    assert!(why.contains("it was told to stop before"), "{why}");
}

#[test]
fn a_stop_that_answers_late_is_looked_at_once_more_and_never_made_again() {
    let stop = item().calling(CallVerb::Apply, Some(json!("no")), at(1));
    let (failed, stopped) = (stop.clone().ended(&Next::Failed("busy".to_owned())), stop.ended(&Next::Stopped));
    for (before, why) in [(failed, "busy"), (stopped, UP_AGAIN)] {
        let run = Run { started_at: Some(at(0)), finished_at: Some(at(3)) };
        let late = before.clone().reported(made(1), &done(Fate::Stopped(run))).expect("it is looked at");
        assert!(!late.is_done());
        assert_eq!(next(&late, &thing("Stopped", 0, "no")), Next::Call(CallVerb::Revert));
        assert_eq!(next(&late, &thing("Stopped", 0, "always")), Next::Stopped);
        assert_eq!(next(&late, &thing("Running", 0, "always")), Next::Failed(why.to_owned()));
        let saved = Call { verb: CallVerb::Backup, ..made(1) };
        assert_eq!(before.reported(saved, &done(Fate::BackedUp("image".to_owned()))), None, "a backup changes nothing");
    }
}

#[test]
fn a_call_is_waited_for_from_the_last_that_was_heard_of_it() {
    let saving = item().calling(CallVerb::Backup, None, at(1));
    let call = saving.clone().alive(1).and_then(|item| item.call).expect("it is made");
    assert_eq!((call.alive, call.limit() > Call::ALIVE_EVERY), (1, true));
    assert_eq!(saving.alive(2), None, "its time was over");
}
