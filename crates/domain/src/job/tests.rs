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
    assert_eq!(item().next(Some(&up), None), Next::Call(CallVerb::Backup));
    let saving = item().calling(CallVerb::Backup, None, at(1));
    assert_eq!(saving.state, State::BackingUp);
    let saved = saving.reported(1, &done(Fate::BackedUp("image".to_owned()))).expect("it is known");
    assert_eq!(saved.next(Some(&up), None), Next::Call(CallVerb::Apply));
    let stopping = saved.calling(CallVerb::Apply, Some(json!("no")), at(2));
    let run = Run { started_at: Some(at(0)), finished_at: Some(at(3)) };
    let stopped = stopping.reported(2, &done(Fate::Stopped(run))).expect("it is known");
    assert_eq!(stopped.next(Some(&thing("Stopped", 0, "no")), None), Next::Call(CallVerb::Revert));
    assert_eq!(stopped.next(Some(&thing("Stopped", 0, "always")), None), Next::Stopped);
}

#[test]
fn a_failed_backup_is_the_end_unless_somebody_does_without() {
    let failed = item()
        .calling(CallVerb::Backup, None, at(1))
        .reported(1, &done(Fate::Failed(Failure::ForGood("full".to_owned()))));
    let failed = failed.expect("it is known");
    assert_eq!((failed.state, failed.why.as_deref()), (State::Failed, Some("the backup failed, so it runs on: full")));
    let forced = Item { forced: true, ..item() };
    assert_eq!(forced.next(Some(&thing("Running", 0, "always")), None), Next::Call(CallVerb::Apply));
}

#[test]
fn what_was_started_anew_or_may_not_be_stopped_any_more_is_left() {
    let saved = Item { backup: Some("image".to_owned()), ..item() };
    assert!(matches!(saved.next(Some(&thing("Running", 5, "always")), None), Next::Failed(_)), "another run");
    let over = saved.next(Some(&thing("Running", 0, "always")), Some("it is over".to_owned()));
    assert_eq!(over, Next::Failed("it is over".to_owned()));
    assert_eq!(saved.next(None, None), Next::Stopped, "gone is down");
}

#[test]
fn without_an_answer_nothing_is_known_and_a_late_one_means_nothing() {
    let stopping = Item { forced: true, ..item() }.calling(CallVerb::Apply, None, at(1));
    assert_eq!(stopping.clone().reported(1, &Err(Failure::NoAnswer("gone".to_owned()))), None);
    assert_eq!(stopping.reported(7, &done(Fate::WasDown)), None);
}

#[test]
fn what_does_not_stop_is_given_up() {
    let tired = Item { forced: true, calls: CALLS_MAX, ..item() };
    assert!(matches!(tired.next(Some(&thing("Running", 0, "always")), None), Next::Failed(_)));
}
