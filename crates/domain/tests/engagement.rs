//! The table of an engagement, cell by cell: what each event makes of it while free, captured, applied, owed.
use lull_domain::engagement::{
    Call, CallVerb, Engagement, Failure, Fate, ItemState, Key, MARGIN, Outcome, Reading, Report, Run, SEND_WITHIN,
    START_LIMIT, STOP_EXTRA, Stage, Thing, ThingState, WELL_AFTER, Why,
};
use lull_domain::estate::{Binding, Match};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::policy::Effect;
use lull_domain::{Instant, Span};
use serde_json::{Value, json};

const ONE: MaintenanceId = MaintenanceId(1);
const TWO: MaintenanceId = MaintenanceId(2);
const RAN: &str = "waits until db has run for 5 s";
const GRACE: Span = Span::seconds(10);
/// When the thing was started by its people, long before anything happens.
const LONG_AGO: Instant = Instant(1_700_000_000_000_000);

/// So many seconds into the story.
fn at(seconds: i64) -> Instant {
    Instant(1_770_000_000_000_000) + Span::seconds(seconds)
}

fn binding() -> Binding {
    Binding { adapter: "world".to_owned(), matches: Match { name: Some("db".to_owned()), ..Match::default() } }
}

fn up(since: Instant) -> Thing {
    Thing {
        name: "db".to_owned(),
        id: Some("1".to_owned()),
        state: ThingState::Running,
        started_at: Some(since),
        finished_at: None,
        restarts: 0,
        healthy: None,
        needs: Vec::new(),
        setting: json!("always"),
        owner: None,
        keeps_down: None,
    }
}

/// Stopped then, in the run that began then.
fn down(began: Instant, ended: Instant) -> Thing {
    Thing { state: ThingState::Stopped, finished_at: Some(ended), ..up(began) }
}

fn listing(at: Instant, things: &[Thing]) -> Reading {
    Reading { at, booted_at: None, binding: binding(), things: things.to_vec(), contested: Vec::new() }
}

fn free() -> Engagement {
    Engagement::free(Key { target: TargetId(7), effect: Effect::Stop })
}

/// Held by one maintenance, read: the thing runs.
fn captured() -> Engagement {
    free().held(ONE, GRACE).read(&listing(at(1), &[up(LONG_AGO)]), true, at(1))
}

fn stopping() -> Engagement {
    captured().calling(CallVerb::Apply, vec!["db".to_owned()], at(2))
}

fn applied() -> Engagement {
    let stopping = stopping();
    let stopped = stopped_at(3);
    stopping.clone().reported(&report(&stopping, Ok(stopped)), at(4))
}

/// Released, and read since: the thing is down.
fn owed() -> Engagement {
    applied().released(ONE).read(&listing(at(10), &[down(LONG_AGO, at(3))]), false, at(10))
}

fn starting() -> Engagement {
    owed().calling(CallVerb::Revert, vec!["db".to_owned()], at(11))
}

fn outcome(fate: Fate, set: Option<Value>) -> Vec<Outcome> {
    vec![Outcome { name: "db".to_owned(), fate, set, found: None }]
}

fn stopped_at(seconds: i64) -> Vec<Outcome> {
    let run = Run { started_at: Some(LONG_AGO), finished_at: Some(at(seconds)) };
    outcome(Fate::Stopped(run), None)
}

fn started_at(seconds: i64) -> Vec<Outcome> {
    outcome(Fate::Started(Some(at(seconds))), None)
}

/// The report of the call that is under way.
fn report(of: &Engagement, outcome: Result<Vec<Outcome>, Failure>) -> Report {
    let Call { number, op, verb, .. } = of.call.clone().expect("a call is under way");
    Report { number, op, verb, binding: binding(), items: of.items().to_vec(), outcome }
}

fn stage(engagement: &Engagement) -> &'static str {
    match engagement.stage {
        Stage::Free => "free",
        Stage::Captured(_) => "captured",
        Stage::Applied(_) => "applied",
        Stage::Owed(_) => "owed",
    }
}

/// What has become of the thing.
fn thing(engagement: &Engagement) -> Option<&ItemState> {
    engagement.items().first().map(|item| &item.state)
}

fn for_now() -> Failure {
    Failure::ForNow("busy".to_owned())
}

fn for_good() -> Failure {
    Failure::ForGood("no such runtime".to_owned())
}

fn no_answer() -> Failure {
    Failure::NoAnswer("timed out".to_owned())
}

#[test]
fn the_stages_of_these_tests_are_what_they_say() {
    for (engagement, name, state) in [
        (free(), "free", None),
        (captured(), "captured", Some(&ItemState::Captured)),
        (applied(), "applied", Some(&ItemState::Down)),
        (owed(), "owed", Some(&ItemState::Down)),
    ] {
        assert_eq!((stage(&engagement), thing(&engagement)), (name, state));
        assert!(!engagement.look && engagement.call.is_none());
    }
}

#[test]
fn first_hold_of_free_begins_an_operation() {
    let held = free().held(ONE, GRACE);
    assert_eq!((stage(&held), held.op, held.grace), ("free", 1, GRACE));
    assert!(!held.is_at_rest());
}

#[test]
fn first_hold_of_captured_joins_and_reads_first() {
    let captured = stopping().quiet().released(ONE);
    let held = captured.clone().held(TWO, GRACE);
    assert_eq!((stage(&held), held.op), ("captured", captured.op));
    assert!(held.look);
}

#[test]
fn first_hold_of_owed_keeps_the_receipt_and_reads_first() {
    let held = owed().held(TWO, GRACE);
    assert_eq!((stage(&held), thing(&held), held.op), ("owed", Some(&ItemState::Down), owed().op + 1));
    assert!(held.look && held.answers.is_none());
    let read = held.clone().read(&listing(at(12), &[down(LONG_AGO, at(3))]), true, at(12));
    assert_eq!((stage(&read), thing(&read)), ("applied", Some(&ItemState::Down)), "what is down stays owed");
    let read = held.read(&listing(at(12), &[up(at(11))]), true, at(12));
    assert_eq!((stage(&read), thing(&read)), ("owed", Some(&ItemState::Captured)), "what runs is captured anew");
}

#[test]
fn a_further_hold_joins_and_applied_lists_again() {
    for engagement in [captured(), applied(), owed().held(ONE, GRACE)] {
        let joined = engagement.clone().held(TWO, GRACE);
        assert_eq!((stage(&joined), joined.op), (stage(&engagement), engagement.op));
        assert_eq!(joined.holders.len(), 2);
        assert!(!joined.is_done_for(TWO), "it has not seen a reading of its own");
    }
    let seen = applied().held(TWO, GRACE).read(&listing(at(6), &[down(LONG_AGO, at(3))]), true, at(6));
    assert!(seen.is_done_for(TWO));
}

#[test]
fn a_release_that_is_not_the_last_changes_no_stage() {
    for engagement in [captured(), applied()] {
        let released = engagement.clone().held(TWO, GRACE).released(ONE);
        assert_eq!((stage(&released), released.answers), (stage(&engagement), None));
    }
}

#[test]
fn last_release_of_captured_and_never_called_is_free_without_a_call() {
    let released = captured().released(ONE);
    assert!(released.is_at_rest());
    assert_eq!(released.answers, None);
}

#[test]
fn last_release_of_captured_after_a_call_reads_back() {
    let released = stopping().released(ONE);
    assert_eq!((stage(&released), released.answers), ("captured", Some(ONE)));
    assert!(released.look && released.call.is_some(), "the call may still act");
    let read = released.quiet().read(&listing(at(40), &[up(LONG_AGO)]), false, at(40));
    assert!(read.is_free() && read.doubt.is_some(), "it never arrived, as far as can be told");
}

#[test]
fn last_release_of_applied_is_owed_and_somebody_answers() {
    let released = applied().released(ONE);
    assert_eq!((stage(&released), released.op, released.answers), ("owed", applied().op + 1, Some(ONE)));
    assert!(released.look);
}

#[test]
fn last_release_of_owed_stays_owed_and_reads_first() {
    let released = owed().held(TWO, GRACE).released(TWO);
    assert_eq!((stage(&released), released.answers), ("owed", Some(TWO)));
    assert!(released.look);
}

#[test]
fn a_reading_of_free_counts_only_for_who_holds_it() {
    let seen = listing(at(1), &[up(LONG_AGO)]);
    assert!(free().read(&seen, true, at(1)).is_at_rest());
    let nothing_runs = free().held(ONE, GRACE).read(&listing(at(1), &[]), true, at(1));
    assert_eq!((stage(&nothing_runs), nothing_runs.items().len()), ("captured", 0));
    assert!(nothing_runs.applied().released(ONE).read(&listing(at(2), &[]), false, at(2)).is_at_rest());
}

#[test]
fn captured_again_is_the_same() {
    let again = captured().read(&listing(at(2), &[up(LONG_AGO)]), true, at(2));
    assert_eq!((stage(&again), thing(&again)), ("captured", Some(&ItemState::Captured)));
}

#[test]
fn a_report_of_the_present_call_settles_the_stage() {
    assert_eq!(stage(&applied()), "applied");
    let stopping = stopping();
    let released = stopping.clone().released(ONE).reported(&report(&stopping, Ok(stopped_at(3))), at(4));
    assert_eq!((stage(&released), thing(&released)), ("owed", Some(&ItemState::Down)), "nobody holds it any more");
}

#[test]
fn a_call_waits_for_its_limit_and_a_margin() {
    let call = stopping().call.unwrap();
    assert_eq!(call.send_by, at(2) + SEND_WITHIN);
    assert_eq!(call.quiet_at, call.send_by + (GRACE + STOP_EXTRA) + MARGIN);
    let call = starting().call.unwrap();
    assert_eq!(call.quiet_at, call.send_by + START_LIMIT + MARGIN);
}

#[test]
fn failed_for_now_is_tried_again_after_growing_pauses() {
    let read = free().held(ONE, GRACE).unread(&for_now(), at(1));
    assert_eq!((stage(&read), read.retry.as_ref().map(|retry| retry.attempts)), ("free", Some(1)));
    let further = read.clone().unread(&for_now(), at(10));
    let pause = |engagement: &Engagement, from| engagement.retry.as_ref().unwrap().at - from;
    assert!(pause(&further, at(10)).0 > pause(&read, at(1)).0);
    for engagement in [stopping(), starting()] {
        let failed = engagement.clone().reported(&report(&engagement, Err(for_now())), at(12));
        assert_eq!((stage(&failed), thing(&failed)), (stage(&engagement), thing(&engagement)));
        assert!(failed.call.is_none() && failed.retry.unwrap().at > at(12));
    }
}

#[test]
fn failed_for_good_needs_a_person_and_forgets_nothing() {
    let read = free().held(ONE, GRACE).unread(&for_good(), at(1));
    assert_eq!(read.troubles(), [(String::new(), "no such runtime".to_owned())]);
    for engagement in [stopping(), starting()] {
        let failed = engagement.clone().reported(&report(&engagement, Err(for_good())), at(12));
        assert_eq!((stage(&failed), thing(&failed)), (stage(&engagement), thing(&engagement)));
        assert_eq!(failed.troubles(), [("db".to_owned(), "no such runtime".to_owned())]);
        assert_eq!(failed.retried(None).troubles(), [], "a person lets it be tried again");
    }
}

#[test]
fn no_answer_is_no_report() {
    for engagement in [stopping(), starting()] {
        let lost = engagement.clone().reported(&report(&engagement, Err(no_answer())), at(12));
        assert_eq!(lost, engagement);
        let each =
            engagement.clone().reported(&report(&engagement, Ok(outcome(Fate::Failed(no_answer()), None))), at(12));
        assert!(each.call.is_some(), "nor of one thing");
        assert!(lost.quiet().look, "past its limit it is read what it did");
    }
}

#[test]
fn what_runs_again_while_somebody_enters_is_stopped() {
    let again = applied().read(&listing(at(20), &[up(at(15))]), true, at(20));
    assert_eq!((stage(&again), thing(&again)), ("applied", Some(&ItemState::Again)));
    assert!(!again.is_done_for(ONE));
}

#[test]
fn what_the_outside_brought_back_is_stopped_again() {
    let restarted = Reading { booted_at: Some(at(15)), ..listing(at(20), &[up(at(16))]) };
    let again = applied().read(&restarted, false, at(20));
    assert_eq!(thing(&again), Some(&ItemState::Again));
}

#[test]
fn what_a_person_started_is_struck_and_not_started_at_the_end() {
    let struck = applied().read(&listing(at(20), &[up(at(15))]), false, at(20));
    assert_eq!((stage(&struck), thing(&struck)), ("applied", Some(&ItemState::Struck(Why::TakenOver))));
    assert!(struck.is_done_for(ONE), "it keeps nobody from having entered");
    let released = struck.clone().released(ONE).read(&listing(at(30), &[down(at(15), at(25))]), false, at(30));
    assert!(released.items().iter().all(|item| !item.is_ours()));
    let later = struck.held(TWO, GRACE).read(&listing(at(30), &[up(at(15))]), true, at(30));
    assert_eq!(thing(&later), Some(&ItemState::Again), "a later hold captures it anew");
}

#[test]
fn what_runs_and_is_owed_is_paid_when_it_is_well() {
    let young = owed().read(&listing(at(21), &[up(at(20))]), false, at(21));
    assert_eq!((stage(&young), thing(&young), young.look), ("owed", Some(&ItemState::Down), true));
    let well = owed().read(&listing(at(30), &[up(at(20))]), false, at(30));
    assert!(well.is_at_rest());
    let ill = Thing { healthy: Some(false), ..up(at(20)) };
    assert_eq!(stage(&owed().read(&listing(at(300), &[ill]), false, at(300))), "owed");
    let healthy = Thing { healthy: Some(true), ..up(at(20)) };
    assert!(owed().read(&listing(at(21), &[healthy]), false, at(21)).is_at_rest(), "its own check says so");
}

#[test]
fn started_is_not_reverted_before_it_has_run_for_a_while() {
    let starting = starting();
    let started = starting.clone().reported(&report(&starting, Ok(started_at(12))), at(13));
    assert_eq!((stage(&started), started.look), ("owed", true));
    assert_eq!(started.retry, None, "it is looked at at once");
    let young = started.clone().read(&listing(at(13), &[up(at(12))]), false, at(13));
    assert_eq!(young.retry.map(|retry| (retry.at, retry.why)), Some((at(12) + WELL_AFTER, RAN.to_owned())));
    let died = started.clone().read(&listing(at(18), &[down(at(12), at(14))]), false, at(18));
    assert_eq!((stage(&died), thing(&died)), ("owed", Some(&ItemState::Down)), "what died again stays owed");
    assert_eq!(died.items()[0].failures, 1);
    assert!(started.read(&listing(at(18), &[up(at(12))]), false, at(18)).is_at_rest());
}

/// Restarted by its own system so often; the present run began then.
fn restarted(times: u64, since: Instant) -> Thing {
    Thing { restarts: times, ..up(since) }
}

/// Between two runs: it is up, and its times are those of the run that died.
fn between_runs(times: u64, began: Instant, ended: Instant) -> Thing {
    Thing { finished_at: Some(ended), healthy: Some(false), ..restarted(times, began) }
}

fn started() -> Engagement {
    let starting = starting();
    starting.clone().reported(&report(&starting, Ok(started_at(12))), at(13))
}

#[test]
fn what_its_own_system_starts_again_and_again_is_not_back() {
    let mut looping = started();
    for (n, times) in [(0, 4), (1, 5), (2, 6), (3, 7)] {
        let now = at(20 + 10 * n);
        looping = looping.read(&listing(now, &[between_runs(times, now - WELL_AFTER, now)]), false, now);
        assert_eq!((stage(&looping), thing(&looping), looping.look), ("owed", Some(&ItemState::Down), true));
        assert_eq!(looping.items()[0].failures, n as u32, "a raised count is a start that failed");
    }
    assert_eq!(looping.troubles(), [("db".to_owned(), "was started 3 times and did not stay up".to_owned())]);
    let well = looping.read(&listing(at(100), &[restarted(7, at(60))]), false, at(100));
    assert!(well.is_at_rest(), "at last it stays up");
}

#[test]
fn a_restart_since_the_last_reading_is_a_start_that_failed() {
    let young = started().read(&listing(at(14), &[restarted(0, at(12))]), false, at(14));
    let again = young.clone().read(&listing(at(24), &[restarted(1, at(18))]), false, at(24));
    assert_eq!((stage(&again), again.items()[0].failures), ("owed", 1), "its count is raised");
    assert!(again.read(&listing(at(29), &[restarted(1, at(18))]), false, at(29)).is_at_rest());
    let checked = Thing { healthy: Some(true), ..restarted(1, at(18)) };
    assert!(young.read(&listing(at(24), &[checked]), false, at(24)).is_at_rest(), "its own check says so");
}

#[test]
fn the_runs_that_follow_our_start_are_ours() {
    let young = started().read(&listing(at(14), &[restarted(0, at(12))]), false, at(14));
    let looping = young.read(&listing(at(200), &[between_runs(5, at(190), at(191))]), false, at(200));
    let over = Thing { restarts: 6, ..down(at(210), at(211)) };
    let held = looping.clone().held(TWO, GRACE).read(&listing(at(220), std::slice::from_ref(&over)), true, at(220));
    assert_eq!(thing(&held), Some(&ItemState::Down), "nobody else stopped it");
    let recaptured = looping.held(TWO, GRACE).read(&listing(at(205), &[restarted(6, at(203))]), true, at(205));
    assert_eq!(thing(&recaptured), Some(&ItemState::Captured));
    let over = recaptured.held(ONE, GRACE).read(&listing(at(220), &[over]), true, at(220));
    assert_eq!(thing(&over), Some(&ItemState::Down), "it was never well");
}

#[test]
fn receipts_of_older_versions_still_read() {
    let mut stored = serde_json::to_value(owed()).unwrap();
    let item = stored.pointer_mut("/stage/owed/items/0").and_then(Value::as_object_mut).unwrap();
    item.remove("restarts");
    let engagement: Engagement = serde_json::from_value(stored).unwrap();
    assert_eq!((stage(&engagement), engagement.items()[0].restarts), ("owed", None));
}

#[test]
fn what_has_a_check_of_its_own_is_back_as_soon_as_that_says_so() {
    let starting = starting();
    let started = || starting.clone().reported(&report(&starting, Ok(started_at(12))), at(13));
    let says = |healthy| Thing { healthy: Some(healthy), ..up(at(12)) };
    assert!(started().read(&listing(at(13), &[says(true)]), false, at(13)).is_at_rest());
    let not_yet = started().read(&listing(at(13), &[says(false)]), false, at(13));
    let why = "waits until db is healthy by its own check";
    assert_eq!(not_yet.retry.map(|retry| (retry.at, retry.why)), Some((at(14), why.to_owned())));
}

#[test]
fn no_clock_makes_the_wait_longer_than_it_takes_to_be_well() {
    let young = |began| owed().read(&listing(at(21), &[up(began)]), false, at(21)).retry.map(|retry| retry.at);
    assert_eq!(young(at(17)), Some(at(22)));
    assert_eq!(young(at(23)), Some(at(26)), "two seconds ahead of ours");
}

#[test]
fn a_reading_that_took_long_proves_no_run_beyond_its_beginning() {
    let slow = owed().read(&listing(at(21), &[up(at(20))]), false, at(60));
    assert_eq!((stage(&slow), slow.look), ("owed", true));
}

#[test]
fn what_was_started_while_a_reading_was_under_way_is_a_run_of_its_own() {
    let created = Thing { state: ThingState::Created, started_at: None, ..up(at(20)) };
    let applied = stopping().quiet().read(&listing(at(60), &[created]), true, at(70));
    let stopped_again = applied.released(ONE).read(&listing(at(90), &[down(at(65), at(80))]), false, at(90));
    assert!(stopped_again.is_at_rest(), "a person ran it and stopped it");
}

#[test]
fn a_late_stop_does_not_hide_that_it_runs_again() {
    let again = || applied().read(&listing(at(20), &[up(at(15))]), true, at(20));
    let stopping = again().calling(CallVerb::Apply, vec!["db".to_owned()], at(21));
    let run = Run { started_at: Some(at(15)), finished_at: Some(at(22)) };
    let report = report(&stopping, Ok(outcome(Fate::Stopped(run), None)));
    let seen_again = stopping.quiet().read(&listing(at(80), &[up(at(70))]), true, at(80));
    let late = seen_again.reported(&report, at(81));
    assert_eq!((thing(&late), late.look), (Some(&ItemState::Again), true));
}

#[test]
fn what_was_accepted_is_struck_and_its_setting_goes_back() {
    let names = ["db".to_owned()];
    let accepted = |engagement: Engagement| engagement.accepted(&names, "ada", "it stays down");
    for engagement in [captured(), applied()] {
        assert!(matches!(thing(&accepted(engagement)), Some(ItemState::Struck(Why::Accepted { .. }))));
    }
    assert!(accepted(owed()).is_at_rest(), "free when nothing is left");
    let mut set = owed();
    if let Stage::Owed(receipt) = &mut set.stage {
        receipt.items[0].set = Some(json!("no"));
    }
    assert_eq!(stage(&accepted(set)), "owed", "a restart policy left at `no` is a thing left down");
    let unreadable = free().held(ONE, GRACE).unread(&for_good(), at(1));
    assert!(unreadable.accepted_whole(&binding(), "ada", "it is dead").is_done_for(ONE));
}

/// Two things: one that we stopped and keep down, and one that could not be stopped.
fn half_stopped() -> Engagement {
    let things =
        [Thing { keeps_down: Some(json!("no")), ..up(LONG_AGO) }, Thing { name: "web".to_owned(), ..up(LONG_AGO) }];
    let captured = free().held(ONE, GRACE).read(&listing(at(1), &things), true, at(1));
    let stopping = captured.calling(CallVerb::Apply, vec!["db".to_owned(), "web".to_owned()], at(2));
    let run = Run { started_at: Some(LONG_AGO), finished_at: Some(at(3)) };
    let web = Outcome { name: "web".to_owned(), fate: Fate::Failed(for_good()), set: None, found: None };
    let outcomes = [outcome(Fate::Stopped(run), Some(json!("no"))), vec![web]].concat();
    stopping.clone().reported(&report(&stopping, Ok(outcomes)), at(4))
}

#[test]
fn under_holders_a_path_stands_for_what_is_not_yet_stopped() {
    let accepted = half_stopped().accepted_whole(&binding(), "ada", "web may run");
    assert!(accepted.troubles().is_empty());
    let seen = listing(at(5), &[down(LONG_AGO, at(3)), Thing { name: "web".to_owned(), ..up(LONG_AGO) }]);
    let entered = accepted.read(&seen, true, at(5));
    assert!(entered.is_done_for(ONE));
    let [db, web] = entered.items() else { panic!("two things") };
    assert_eq!((&db.state, &db.set), (&ItemState::Down, &Some(json!("no"))), "it is put back in the end");
    assert!(matches!(web.state, ItemState::Struck(Why::Accepted { .. })));
    assert_eq!(stage(&entered.released(ONE)), "owed");
}

#[test]
fn a_path_accepted_while_leaving_still_puts_settings_back() {
    let mut set = owed();
    if let Stage::Owed(receipt) = &mut set.stage {
        receipt.items[0].set = Some(json!("no"));
    }
    let accepted = set.accepted_whole(&binding(), "ada", "it stays down");
    assert_eq!((stage(&accepted), &accepted.items()[0].set), ("owed", &Some(json!("no"))));
    let calling = accepted.calling(CallVerb::Revert, vec!["db".to_owned()], at(20));
    let failed = calling.clone().reported(&report(&calling, Err(for_good())), at(21));
    assert_eq!(failed.troubles().len(), 1, "its setting cannot be put back");
    let each = outcome(Fate::Failed(for_good()), Some(json!("no")));
    let each = calling.clone().reported(&report(&calling, Ok(each)), at(21));
    assert_eq!(each.troubles().len(), 1);
    for failed in [failed.clone(), each] {
        assert!(failed.accepted(&["db".to_owned()], "ada", "let it be").is_at_rest(), "accept is a way out");
    }
    assert!(failed.accepted_whole(&binding(), "ada", "let it be").is_at_rest());
}

#[test]
fn a_target_that_cannot_be_reached_is_accepted_with_its_settings() {
    let mut set = applied().released(ONE).unread(&for_good(), at(10));
    if let Stage::Owed(receipt) = &mut set.stage {
        receipt.items[0].set = Some(json!("no"));
    }
    assert!(set.accepted_whole(&binding(), "ada", "it is dead").is_at_rest());
}

#[test]
fn a_late_stop_of_a_free_engagement_is_owed() {
    let run = Run { started_at: Some(LONG_AGO), finished_at: Some(at(90)) };
    let report = report(&stopping(), Ok(outcome(Fate::Stopped(run), Some(json!("no")))));
    let freed = stopping().quiet().released(ONE).read(&listing(at(60), &[up(LONG_AGO)]), false, at(60));
    assert!(freed.is_free());
    let late = freed.reported(&report, at(91));
    assert_eq!((&late.doubt, late.silent.len()), (&None, 0), "it has reported after all");
    assert_eq!((stage(&late), thing(&late)), ("owed", Some(&ItemState::Down)));
    assert_eq!(late.items()[0].set, Some(json!("no")), "its setting too");
}

#[test]
fn a_late_report_goes_into_the_receipt_and_is_read_back() {
    let stop = report(&stopping(), Ok(stopped_at(3)));
    let late = stopping().quiet().reported(&stop, at(50));
    assert_eq!((stage(&late), thing(&late), late.look), ("captured", Some(&ItemState::Down), true));
    let start = report(&starting(), Ok(started_at(12)));
    let late = starting().held(TWO, GRACE).reported(&start, at(13));
    assert_eq!((stage(&late), thing(&late), late.look), ("owed", Some(&ItemState::Captured), true));
}

#[test]
fn found_stopped_before_our_first_call_is_somebody_elses() {
    let stopped = captured().read(&listing(at(2), &[down(LONG_AGO, at(1))]), true, at(2));
    assert_eq!((stage(&stopped), thing(&stopped)), ("applied", Some(&ItemState::Struck(Why::StoppedBefore))));
    let by_lost_call = stopping().quiet().read(&listing(at(60), &[down(LONG_AGO, at(3))]), true, at(60));
    assert_eq!((stage(&by_lost_call), thing(&by_lost_call)), ("applied", Some(&ItemState::Down)), "ended after it");
    let nobody_ran_it_since = owed().read(&listing(at(12), &[down(LONG_AGO, at(3))]), false, at(12));
    assert_eq!(thing(&nobody_ran_it_since), Some(&ItemState::Down), "our own stop");
    let run_since = owed().read(&listing(at(12), &[down(at(5), at(6))]), false, at(12));
    assert!(run_since.items().iter().all(|item| !item.is_ours()), "somebody ran it and stopped it");
}

#[test]
fn of_another_id_it_is_a_successor() {
    let successor = |thing: Thing| Thing { id: Some("2".to_owned()), setting: json!("always"), ..thing };
    let read = |thing: Thing| owed().read(&listing(at(60), &[successor(thing)]), false, at(60));
    assert!(read(up(at(20))).is_at_rest(), "it runs: nothing to do");
    assert!(read(down(at(20), at(30))).is_at_rest(), "it ran and stopped: a person's doing");
    let created = read(Thing { state: ThingState::Created, started_at: None, ..up(at(20)) });
    assert_eq!(
        (stage(&created), thing(&created)),
        ("owed", Some(&ItemState::Down)),
        "created and never run: started once"
    );
    assert!(owed().read(&listing(at(60), &[]), false, at(60)).is_at_rest(), "gone: told, no error");
}

#[test]
fn a_setting_that_somebody_else_made_is_left_and_is_the_new_before() {
    let stopping = stopping();
    let run = Run { started_at: Some(LONG_AGO), finished_at: Some(at(3)) };
    let found = Outcome { found: Some(json!("on-failure")), ..outcome(Fate::Stopped(run), None).remove(0) };
    let applied = stopping.clone().reported(&report(&stopping, Ok(vec![found])), at(4));
    assert_eq!((&applied.items()[0].before, &applied.items()[0].set), (&json!("on-failure"), &None));
}

#[test]
fn while_a_call_may_act_a_reading_means_nothing() {
    assert_eq!(stopping().read(&listing(at(5), &[]), true, at(5)), stopping());
}

#[test]
fn every_change_moves_the_revision_so_that_older_readings_are_void() {
    let steps = [
        free(),
        free().held(ONE, GRACE),
        captured(),
        stopping(),
        applied(),
        applied().released(ONE),
        owed(),
        starting(),
    ];
    assert!(steps.windows(2).all(|pair| pair[0].revision < pair[1].revision));
}

/// Two stops act after their time, each on a run that a restart of the outside began; the clock was put back before both.
#[test]
fn a_late_stop_is_owed_though_its_run_seems_older_than_one_that_we_ended_before() {
    let stopping_again = |engagement: Engagement, read: Instant| {
        let again = engagement.read(&listing(read, &[up(at(2_000))]), true, read);
        again.calling(CallVerb::Apply, vec!["db".to_owned()], read)
    };
    let ended = |of: &Engagement, began, ended| {
        let run = Run { started_at: Some(began), finished_at: Some(ended) };
        report(of, Ok(outcome(Fate::Stopped(run), None)))
    };
    let first = stopping_again(applied(), at(20));
    let second = stopping_again(first.clone().quiet(), at(100));
    let reported = second.clone().reported(&ended(&first, at(2_000), at(99)), at(101));
    let seen = reported.quiet().read(&listing(at(1_900), &[down(at(102), at(1_890))]), true, at(1_900));
    let left = seen.reported(&ended(&second, at(102), at(1_890)), at(1_901)).released(ONE);
    let read = left.read(&listing(at(1_902), &[down(at(102), at(1_890))]), false, at(1_902));
    assert_eq!((stage(&read), thing(&read)), ("owed", Some(&ItemState::Down)), "nobody has run it since");
}

/// Freed by the quiet time alone: the call never reported, and the thing runs.
fn doubted() -> Engagement {
    stopping().quiet().released(ONE).read(&listing(at(60), &[up(LONG_AGO)]), false, at(60))
}

#[test]
fn freed_after_a_stop_that_never_reported_it_is_read_once_more_and_what_is_down_is_told() {
    let doubt = doubted().doubt.expect("the call may yet act");
    assert_eq!((doubt.names, doubt.since, doubt.answers), (vec!["db".to_owned()], at(34), Some(ONE)));
    assert!(doubted().is_free() && !doubted().is_at_rest());
    let (runs, is_down) = (listing(at(3_700), &[up(LONG_AGO)]), listing(at(3_700), &[down(LONG_AGO, at(90))]));
    assert_eq!(doubted().suspects(Ok(&runs)), None);
    assert_eq!(doubted().suspects(Err(&for_now())), None);
    let told = doubted().suspects(Ok(&is_down)).expect("it is down");
    assert_eq!((told.names, told.maintenance), (vec!["db".to_owned()], Some(ONE)));
    assert!(doubted().suspects(Err(&for_good())).is_some(), "nobody can tell");
    for read in [runs, is_down] {
        let after = doubted().read(&read, false, at(3_700));
        assert!(after.is_at_rest() && after.silent.is_empty(), "told, not started");
    }
    assert!(doubted().unread(&for_good(), at(3_700)).is_at_rest());
    assert!(!doubted().unread(&for_now(), at(3_700)).is_at_rest(), "tried again");
}

#[test]
fn read_before_its_hour_is_over_it_stays_in_doubt_of_what_runs() {
    let early = |thing| doubted().read(&listing(at(100), &[thing]), false, at(100));
    assert_eq!(early(up(LONG_AGO)).doubt, doubted().doubt);
    assert!(early(down(LONG_AGO, at(90))).is_at_rest(), "what was told once is not told again");
}

#[test]
fn a_hold_takes_the_doubt_away() {
    let held = doubted().held(TWO, GRACE);
    assert_eq!((held.doubt, held.silent), (None, Vec::new()));
}

#[test]
fn a_release_that_drops_what_was_captured_anew_leaves_it_in_doubt() {
    let captured_anew = stopping().quiet().read(&listing(at(60), &[up(at(50))]), true, at(60));
    let released = captured_anew.released(ONE);
    assert!(released.is_free());
    assert_eq!(released.doubt.map(|doubt| doubt.answers), Some(Some(ONE)));
}

#[test]
fn a_start_that_never_reported_leaves_no_doubt() {
    let freed = starting().quiet().read(&listing(at(90), &[up(at(12))]), false, at(90));
    assert!(freed.is_at_rest());
}

#[test]
fn a_call_that_fails_for_now_again_and_again_is_tried_ever_later_and_told() {
    let mut engagement = stopping();
    let mut pauses = Vec::new();
    for attempt in 1..=5 {
        assert!(engagement.troubles().is_empty(), "attempt {attempt}");
        engagement = engagement.clone().reported(&report(&engagement, Err(for_now())), at(100));
        pauses.push((engagement.retry.as_ref().expect("it is tried again").at - at(100)).as_seconds());
        engagement = match attempt {
            5 => engagement,
            _ => engagement.calling(CallVerb::Apply, vec!["db".to_owned()], at(100)),
        };
    }
    assert_eq!(pauses, [2, 4, 8, 16, 32]);
    assert_eq!(engagement.troubles(), [(String::new(), "busy".to_owned())]);
}

#[test]
fn what_was_not_well_before_need_not_be_well_to_be_as_it_was() {
    let ailing = |began| Thing { healthy: Some(false), ..up(began) };
    let captured = free().held(ONE, GRACE).read(&listing(at(1), &[ailing(LONG_AGO)]), true, at(1));
    let stopping = captured.calling(CallVerb::Apply, vec!["db".to_owned()], at(2));
    let applied = stopping.clone().reported(&report(&stopping, Ok(stopped_at(3))), at(4));
    let owed = applied.released(ONE).read(&listing(at(10), &[down(LONG_AGO, at(3))]), false, at(10));
    let starting = owed.calling(CallVerb::Revert, vec!["db".to_owned()], at(11));
    let started = starting.clone().reported(&report(&starting, Ok(started_at(12))), at(12));
    let early = started.clone().read(&listing(at(13), &[ailing(at(12))]), false, at(13));
    assert_eq!(stage(&early), "owed", "it has to run for a while");
    assert_eq!(stage(&early.read(&listing(at(18), &[ailing(at(12))]), false, at(18))), "free");
}
