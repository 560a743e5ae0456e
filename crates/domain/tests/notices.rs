//! Who hears what: the news of every order, from every state.
mod sample;

use std::fmt::Write as _;

use lull_domain::Span;
use lull_domain::id::TargetId;
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::notice::notices;
use lull_domain::order::{Actor, Closing, Command, Finding, Skip, Step, Tell, Update};
use lull_domain::plan::{Edit, Texts};
use lull_domain::scope::Clause;

use sample::*;

/// `kind to audience`, for everything that is told.
fn news(before: &Maintenance, by: Actor, command: Command) -> String {
    let order = order(by, command, after(Span::hours(1)));
    let told = match before.clone().obey(&order) {
        Ok(Obeyed::Changed(after)) => notices(Some(before), Some(&order), &after),
        Ok(Obeyed::Same(after)) => notices(Some(before), Some(&order), &after),
        Ok(Obeyed::Gone) => Vec::new(),
        Err(refusal) => panic!("{refusal:?}"),
    };
    let words: Vec<String> = told.iter().map(|it| format!("{} to {:?}", it.kind, it.audience).to_lowercase()).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn texts() -> Command {
    Command::Edit(Edit::Texts(Box::new(Texts { title: "Another title".to_owned(), ..Texts::default() })))
}

fn tell(tell: Tell) -> Command {
    Command::Tell(tell)
}

fn trouble(names: &[&str]) -> Command {
    Command::Found(Finding::Trouble(names.iter().map(|name| (*name).to_owned()).collect()))
}

#[test]
fn everybody_hears_what_concerns_them_and_when_it_is_true() {
    let update = || Command::Tell(Tell::Update(Update { text: "On.".to_owned(), percent: None, expected_end: None }));
    let extend = || Command::Edit(Edit::Extend(after(Span::hours(9))));
    let exclude = Command::Edit(Edit::Exclude(Clause::under(TargetId(9))));
    let (clock, engine) = (|| Actor::Schedule, || Actor::Engine);
    let orders: Vec<(&str, char, Actor, Command)> = vec![
        ("schedule", 'D', ada(), step(Step::Schedule)),
        ("start", 'D', ada(), step(Step::Start)),
        ("edit texts", 'D', ada(), texts()),
        ("extend", 'D', ada(), extend()),
        ("cancel", 'D', ada(), cancel()),
        ("delete", 'D', ada(), step(Step::Delete)),
        ("edit texts", 'S', ada(), texts()),
        ("edit starts_at", 'S', ada(), Command::Edit(Edit::StartsAt(after(Span::hours(2))))),
        ("extend", 'S', ada(), extend()),
        ("update", 'S', ada(), update()),
        ("start", 'S', clock(), step(Step::Start)),
        ("miss", 'S', clock(), step(Step::Miss)),
        ("skip", 'S', ada(), step(Step::Skip(Skip::Alone))),
        ("cancel", 'S', ada(), cancel()),
        ("delete", 'S', ada(), step(Step::Delete)),
        ("start", 'E', ada(), step(Step::Start)),
        ("entered", 'E', engine(), Command::Found(Finding::Entered)),
        ("extend", 'A', ada(), extend()),
        ("exclude", 'A', ada(), exclude),
        ("verify", 'A', ada(), step(Step::Verify)),
        ("reenter", 'V', ada(), step(Step::Reenter)),
        ("overdue", 'A', clock(), tell(Tell::Overdue)),
        ("expired", 'A', clock(), tell(Tell::Expired)),
        ("trouble", 'A', engine(), trouble(&["shop/db: it says no"])),
        ("no trouble", 'A', engine(), trouble(&[])),
        ("complete", 'A', ada(), complete()),
        ("cancel", 'A', ada(), cancel()),
        ("complete", 'L', ada(), complete()),
        ("leaving late", 'L', clock(), tell(Tell::LeavingLate)),
        ("left", 'L', engine(), Command::Found(Finding::Left)),
        ("complete", 'C', ada(), complete()),
        ("entered", 'C', engine(), Command::Found(Finding::Entered)),
    ];
    let mut table = String::new();
    for (name, state, by, command) in orders {
        writeln!(table, "{state} {name}: {}", news(&in_state(state), by, command)).unwrap();
    }
    let left = news(&leaving_cancelled(), Actor::Engine, Command::Found(Finding::Left));
    writeln!(table, "L left, cancelled: {left}").unwrap();
    insta::assert_snapshot!(table, @r"
    D schedule: scheduled to subscribers
    D start: started to subscribers
    D edit texts: nothing
    D extend: nothing
    D cancel: nothing
    D delete: nothing
    S edit texts: nothing
    S edit starts_at: rescheduled to subscribers
    S extend: extended to subscribers
    S update: updated to subscribers
    S start: started to subscribers
    S miss: missed to subscribers
    S skip: cancelled to subscribers
    S cancel: cancelled to subscribers
    S delete: cancelled to subscribers
    E start: nothing
    E entered: nothing
    A extend: extended to subscribers
    A exclude: shrunk to operators
    A verify: verifying to operators
    V reenter: nothing
    A overdue: overdue to subscribers
    A expired: expired to owner
    A trouble: trouble to operators
    A no trouble: nothing
    A complete: nothing
    A cancel: nothing
    L complete: nothing
    L leaving late: leaving_late to operators
    L left: completed to subscribers
    C complete: nothing
    C entered: nothing
    L left, cancelled: cancelled to subscribers
    ");
}

#[test]
fn the_end_is_overdue_for_all_once_and_then_hourly_for_the_owner() {
    let once = made(&in_state('A'), Actor::Schedule, tell(Tell::Overdue), after(Span::hours(3)));
    assert_eq!(news(&once, Actor::Schedule, tell(Tell::Overdue)), "overdue to owner");
    let once = made(&in_state('A'), Actor::Schedule, tell(Tell::Expired), after(Span::hours(3)));
    assert_eq!(news(&once, Actor::Schedule, tell(Tell::Expired)), "expired to operators");
}

#[test]
fn the_same_trouble_is_told_once() {
    let told = made(&in_state('A'), Actor::Engine, trouble(&["shop/db: no"]), after(Span::hours(1)));
    assert_eq!(news(&told, Actor::Engine, trouble(&["shop/db: no"])), "nothing");
    assert_eq!(news(&told, Actor::Engine, trouble(&["shop/db: no", "shop/web: no"])), "trouble to operators");
}

#[test]
fn one_that_is_created_as_promised_is_told_as_scheduled() {
    let told: Vec<String> = notices(None, None, &in_state('S')).iter().map(|it| it.kind.to_string()).collect();
    assert_eq!(told, ["scheduled"]);
    assert_eq!(notices(None, None, &draft()), []);
}

#[test]
fn what_is_cancelled_for_a_missed_slot_is_no_missed_maintenance() {
    let closing = Closing { reason: Some("missed the slot".to_owned()), message: None, break_glass: false };
    let cancelled = news(&in_state('S'), ada(), Command::Life(Step::Cancel(closing)));
    assert_eq!(cancelled, "cancelled to subscribers");
}
