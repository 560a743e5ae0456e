//! The word of a second person: who may give it, what it is bound to, and what waits for it.
mod sample;

use lull_domain::Span;
use lull_domain::id::TargetId;
use lull_domain::life::{Life, State};
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::notice::notices;
use lull_domain::order::{Actor, Command, Facts, Order, Step, Tell};
use lull_domain::plan::{Edit, Tells, Texts, Until};
use lull_domain::policy::{EndRule, Overrun, Role};
use lull_domain::quiet::differs;
use lull_domain::refusal::{Because, Refusal};
use lull_domain::scope::Scope;

use sample::*;

fn bob() -> Actor {
    Actor::Person("bob".to_owned())
}

/// A draft that asks for a second person, made by Eve.
fn asks() -> Maintenance {
    let mut draft = draft();
    draft.plan.policy.approval = true;
    draft
}

fn scheduled() -> Maintenance {
    made(&asks(), eve(), step(Step::Schedule), NOON)
}

fn approve(hash: &str) -> Command {
    step(Step::Approve(hash.to_owned()))
}

fn approved() -> Maintenance {
    made(&scheduled(), bob(), approve("hash"), after(Span::minutes(5)))
}

fn refused(maintenance: &Maintenance, order: &Order) -> Refusal {
    maintenance.clone().obey(order).expect_err("it is refused")
}

fn title(text: &str) -> Command {
    Command::Edit(Edit::Texts(Box::new(Texts { title: text.to_owned(), ..Texts::default() })))
}

#[test]
fn nobody_starts_what_nobody_approved() {
    for (maintenance, word) in [(asks(), "Save it"), (scheduled(), "somebody else")] {
        for by in [eve(), bob(), Actor::Service("ci".to_owned()), observer()] {
            let refusal = refused(&maintenance, &order(by, step(Step::Start), NOON));
            assert_eq!(refusal.because, Because::State);
            assert!(refusal.remedy.contains(word), "{refusal:?}");
        }
    }
    assert_eq!(made(&approved(), eve(), step(Step::Start), after(Span::minutes(6))).life.state(), State::E);
}

#[test]
fn who_made_it_or_changed_it_last_cannot_approve() {
    let edited = made(&scheduled(), bob(), title("Another"), NOON);
    let twin = Actor::Service("bob".to_owned());
    for (maintenance, by) in
        [(scheduled(), eve()), (edited.clone(), bob()), (edited.clone(), eve()), (edited.clone(), twin)]
    {
        let refusal = refused(&maintenance, &order(by, approve("hash"), NOON));
        assert_eq!(refusal.because, Because::Forbidden);
    }
    assert!(!made(&edited, ada(), approve("hash"), NOON).waits_for_approval());
}

#[test]
fn it_needs_the_permission_and_no_role() {
    let with = |facts: Facts| Order { facts, ..order(bob(), approve("hash"), NOON) };
    let all = order(bob(), approve("hash"), NOON).facts;
    let without = Facts { may: Default::default(), ..all.clone() };
    assert_eq!(refused(&scheduled(), &with(without)).because, Because::Forbidden);
    let unseen = Facts { sees: false, ..all.clone() };
    assert_eq!(refused(&scheduled(), &with(unseen)).because, Because::NotFound);
    let viewer = Facts { role: Some(Role::Viewer), ..all };
    assert!(scheduled().obey(&with(viewer)).is_ok());
}

#[test]
fn another_plan_than_the_one_that_stands_is_not_approved() {
    let refusal = refused(&scheduled(), &order(bob(), approve("an older one"), NOON));
    assert_eq!((refusal.because, refusal.field.as_deref()), (Because::Conflict, Some("plan")));
    let again = give(&approved(), bob(), approve("hash"), after(Span::minutes(9)));
    assert_eq!(again, Ok(Obeyed::Same(Box::new(approved()))));
}

#[test]
fn a_change_of_the_plan_lapses_it_and_the_owner_hears() {
    let edits = [
        title("Another"),
        Command::Edit(Edit::Scope(Scope::under(TargetId(8)))),
        Command::Edit(Edit::Extend(after(Span::hours(9)))),
    ];
    for edit in edits {
        let order = order(eve(), edit, after(Span::minutes(6)));
        let Ok(Obeyed::Changed(lapsed)) = approved().obey(&order) else { panic!("it changes") };
        assert!(lapsed.waits_for_approval());
        let told: Vec<String> =
            notices(Some(&approved()), Some(&order), &lapsed).iter().map(|it| it.kind.to_string()).collect();
        assert!(told.contains(&"approval_lapsed".to_owned()), "{told:?}");
        assert!(differs(&approved(), &lapsed), "the gate hears of it");
    }
    let asked = made(&approved(), eve(), Command::Edit(Edit::Tells(Tells::default())), after(Span::minutes(6)));
    assert!(!asked.waits_for_approval(), "when people are asked is not what was decided");
}

#[test]
fn other_targets_lapse_it_once() {
    assert!(!approved().was_approved_otherwise("hash"));
    assert!(approved().was_approved_otherwise("with another target"));
    let lapsed = Command::Tell(Tell::ApprovalLapsed);
    let after_it = made(&approved(), Actor::Schedule, lapsed.clone(), after(Span::minutes(7)));
    assert!(after_it.waits_for_approval() && !after_it.was_approved_otherwise("with another target"));
    let again = give(&after_it, Actor::Schedule, lapsed, after(Span::minutes(8)));
    assert_eq!(again, Ok(Obeyed::Same(Box::new(after_it))));
    let mut elsewhere = order(Actor::Schedule, step(Step::Start), after(Span::hours(1)));
    elsewhere.facts.plan_hash = Some("with another target".to_owned());
    assert_eq!(refused(&approved(), &elsewhere).because, Because::State);
}

#[test]
fn unapproved_it_waits_until_nothing_is_left_and_is_missed() {
    let waiting = scheduled();
    let due = waiting.due().expect("it is missed at last");
    assert_eq!((due.at, &due.command), (after(Span::hours(3)), &step(Step::Miss)));
    assert!(!waiting.begins(after(Span::hours(2))));
    let order = order(Actor::Schedule, due.command, due.at);
    let Ok(Obeyed::Changed(missed)) = waiting.clone().obey(&order) else { panic!("it is over") };
    let Life::Cancelled(ended) = &missed.life else { panic!("it is cancelled") };
    assert_eq!(ended.reason.as_deref(), Some("missed (unapproved)"));
    let told: Vec<String> =
        notices(Some(&waiting), Some(&order), &missed).iter().map(|it| it.kind.to_string()).collect();
    assert_eq!(told, ["missed"]);
    let mut endless = asks();
    endless.plan.until = Until::Open;
    assert_eq!(made(&endless, eve(), step(Step::Schedule), NOON).due(), None, "its window is never over");
}

#[test]
fn without_an_end_it_waits_as_long_as_it_might_go_on_and_is_missed() {
    let mut waits = scheduled();
    waits.plan.until = Until::Open;
    waits.plan.end = EndRule::Manual(Overrun::Stay);
    waits.plan.expires_after = Some(Span::hours(8));
    let starts_at = waits.plan.starts_at.expect("it has a start");
    let due = waits.due().expect("something is due");
    assert_eq!((due.at, &due.command), (starts_at + Span::hours(8), &Command::Life(Step::Miss)));
    let late = starts_at + Span::hours(9);
    let mut unheld = waits;
    unheld.plan.policy.approval = false;
    let due = unheld.due().expect("something is due");
    assert_eq!(unheld.ordered_at(due, late, false), Command::Life(Step::Miss));
}

#[test]
fn a_little_late_it_still_begins() {
    let late = made(&scheduled(), bob(), approve("hash"), after(Span::minutes(90)));
    let due = late.due().expect("it begins");
    assert!(late.begins(after(Span::minutes(90))));
    let begun =
        made(&late, Actor::Schedule, late.ordered_at(due, after(Span::minutes(90)), false), after(Span::minutes(90)));
    assert_eq!(begun.life.progress().and_then(|it| it.late_by), Some(Span::minutes(30)));
}

#[test]
fn in_progress_nothing_lapses() {
    let begun = made(&approved(), eve(), step(Step::Start), after(Span::minutes(6)));
    let edited = made(&begun, eve(), title("Another"), after(Span::minutes(7)));
    assert!(edited.approval_in_force().is_some());
    assert!(!edited.was_approved_otherwise("with another target"));
}
