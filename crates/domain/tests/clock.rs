//! What the clock orders, and when.
mod sample;

use lull_domain::life::{LATE, State};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Command, Finding, Step, Tell};
use lull_domain::plan::{Edit, Until};
use lull_domain::policy::{EndRule, Overrun};
use lull_domain::{Instant, Span};

use sample::*;

/// Minutes after noon, and what is ordered then.
fn due(maintenance: &Maintenance) -> Option<(i64, Command)> {
    maintenance.due().map(|due| ((due.at - NOON).as_seconds() / 60, due.command))
}

/// Active since one o'clock, with this end.
fn active(until: Until, end: EndRule) -> Maintenance {
    let mut maintenance = in_state('A');
    maintenance.plan.until = until;
    maintenance.plan.end = end;
    maintenance.plan.expires_after = Some(Span::hours(8));
    maintenance
}

fn three() -> Until {
    Until::At(after(Span::hours(3)))
}

fn ordered(maintenance: &Maintenance, at: Instant) -> Maintenance {
    let due = maintenance.due().filter(|due| due.at <= at).expect("something is due");
    made(maintenance, Actor::Schedule, maintenance.ordered_at(due, at, false), at)
}

#[test]
fn nothing_is_due_for_a_draft_or_what_is_over() {
    for state in ['D', 'C', 'X'] {
        assert_eq!(due(&in_state(state)), None, "{state}");
    }
}

#[test]
fn a_promise_is_started_at_its_time() {
    assert_eq!(due(&in_state('S')), Some((60, step(Step::Start))));
    let mut by_hand = in_state('S');
    by_hand.plan.starts_at = None;
    assert_eq!(due(&by_hand), None);
}

#[test]
fn a_late_start_is_told_as_late() {
    let late = |by: Span| {
        let begun = ordered(&in_state('S'), after(Span::hours(1) + by));
        begun.life.progress().expect("it began").late_by
    };
    assert_eq!(late(Span::minutes(30)), Some(Span::minutes(30)));
    assert_eq!(late(LATE), None);
}

#[test]
fn with_nothing_left_of_its_window_it_is_missed() {
    let start = |at| ordered(&in_state('S'), at).life.state();
    assert_eq!(start(after(Span::hours(3)) - Span::millis(1)), State::E);
    assert_eq!(start(after(Span::hours(3))), State::X);
    let mut early = in_state('S');
    early.plan.policy.cutoff = Span::minutes(30);
    assert_eq!(ordered(&early, after(Span::minutes(150)) - Span::millis(1)).life.state(), State::E);
    assert_eq!(ordered(&early, after(Span::minutes(150))).life.state(), State::X);
}

#[test]
fn each_end_rule_has_its_due_time() {
    let signal = |overrun| EndRule::OnSignal { observer: "mode".to_owned(), overrun };
    let told = |tell| Command::Tell(tell);
    let cases = [
        (three(), EndRule::AtEnd, Some((180, complete()))),
        (Until::Lasting(Span::hours(4)), EndRule::AtEnd, Some((300, complete()))),
        (Until::Open, EndRule::After(Span::hours(2)), Some((180, complete()))),
        (three(), EndRule::Manual(Overrun::Stay), Some((180, told(Tell::Overdue)))),
        (three(), EndRule::Manual(Overrun::Complete), Some((180, complete()))),
        (Until::Open, EndRule::Manual(Overrun::Stay), Some((540, told(Tell::Expired)))),
        (three(), signal(Overrun::Stay), Some((180, told(Tell::Overdue)))),
        (three(), signal(Overrun::Complete), Some((180, complete()))),
        (Until::Open, signal(Overrun::Stay), Some((540, told(Tell::Expired)))),
    ];
    for (until, end, expected) in cases {
        assert_eq!(due(&active(until, end.clone())), expected, "{until:?} {end:?}");
    }
    let mut silent = active(Until::Open, EndRule::Manual(Overrun::Stay));
    silent.plan.expires_after = None;
    assert_eq!(due(&silent), None);
}

#[test]
fn what_was_told_is_told_again_hourly() {
    let once = ordered(&active(three(), EndRule::Manual(Overrun::Stay)), after(Span::minutes(190)));
    assert_eq!(due(&once), Some((250, Command::Tell(Tell::Overdue))));
    let once = ordered(&active(Until::Open, EndRule::Manual(Overrun::Stay)), after(Span::hours(9)));
    assert_eq!(due(&once), Some((600, Command::Tell(Tell::Expired))));
}

#[test]
fn another_end_makes_old_warnings_void() {
    let overdue = ordered(&active(three(), EndRule::Manual(Overrun::Stay)), after(Span::hours(3)));
    assert!(overdue.is_overdue(after(Span::hours(3))));
    let extended = made(&overdue, ada(), Command::Edit(Edit::Extend(after(Span::hours(5)))), after(Span::hours(3)));
    assert!(!extended.is_overdue(after(Span::hours(5)) - Span::millis(1)));
    assert_eq!(due(&extended), Some((300, Command::Tell(Tell::Overdue))));
}

#[test]
fn extend_moves_the_end_whatever_rule_ends_it() {
    let signal = EndRule::OnSignal { observer: "mode".to_owned(), overrun: Overrun::Complete };
    let overdue = Command::Tell(Tell::Overdue);
    let cases = [
        (three(), EndRule::AtEnd, complete()),
        (Until::Lasting(Span::hours(2)), EndRule::AtEnd, complete()),
        (Until::Open, EndRule::After(Span::hours(2)), complete()),
        (three(), EndRule::Manual(Overrun::Stay), overdue.clone()),
        (Until::Open, EndRule::Manual(Overrun::Stay), overdue),
        (three(), EndRule::Manual(Overrun::Complete), complete()),
        (three(), signal, complete()),
    ];
    for (until, end, then) in cases {
        for (to, minutes) in [(Span::hours(5), 300), (Span::minutes(150), 150)] {
            let extend = Command::Edit(Edit::Extend(after(to)));
            let extended = made(&active(until, end.clone()), ada(), extend, after(Span::hours(2)));
            assert_eq!(due(&extended), Some((minutes, then.clone())), "{until:?} {end:?}");
            assert_eq!(extended.ends_at(), Some(after(to)), "what people read is what the clock does");
        }
    }
}

#[test]
fn a_plan_has_one_end() {
    let two_hours = EndRule::After(Span::hours(2));
    let extend = Command::Edit(Edit::Extend(after(Span::hours(5))));
    let extended = made(&active(Until::Open, two_hours.clone()), ada(), extend, after(Span::hours(2)));
    assert_eq!((&extended.plan.until, &extended.plan.end), (&Until::At(after(Span::hours(5))), &EndRule::AtEnd));
    let again = made(&extended, ada(), Command::Edit(Edit::End(two_hours.clone())), after(Span::hours(2)));
    assert_eq!((&again.plan.until, &again.plan.end), (&Until::Open, &two_hours));
    assert_eq!(due(&again), Some((180, complete())));
}

#[test]
fn leaving_has_a_limit_and_past_it_people_are_told_hourly() {
    let leaving = in_state('L');
    assert_eq!(due(&leaving), Some((90, Command::Tell(Tell::LeavingLate))));
    let told = ordered(&leaving, after(Span::minutes(100)));
    assert_eq!(due(&told), Some((160, Command::Tell(Tell::LeavingLate))));
    assert!(!told.is_overdue(after(Span::hours(9))), "one that leaves is not overdue");
}

#[test]
fn verifying_goes_on_until_its_end_too() {
    assert_eq!(due(&in_state('V')), Some((180, Command::Tell(Tell::Overdue))));
    assert_eq!(due(&in_state('E')), Some((180, Command::Tell(Tell::Overdue))));
}

#[test]
fn a_report_that_comes_late_changes_nothing() {
    for (state, finding) in
        [('V', Finding::Entered), ('L', Finding::Entered), ('C', Finding::Left), ('X', Finding::Left)]
    {
        let before = in_state(state);
        let same = give(&before, Actor::Engine, Command::Found(finding), after(Span::hours(2)));
        assert_eq!(same, Ok(lull_domain::maintenance::Obeyed::Same(Box::new(before))), "{state}");
    }
}

#[test]
fn what_is_over_before_it_begins_cannot_be_started() {
    for state in ['D', 'S'] {
        let mut late = in_state(state);
        late.plan.until = three();
        let start = |at| give(&late, ada(), step(Step::Start), after(at));
        assert!(start(Span::minutes(179)).is_ok(), "{state}");
        let refusal = start(Span::hours(3)).expect_err("its window is over");
        assert_eq!(refusal.field.as_deref(), Some("ends_at"), "{state}");
        late.plan.policy.cutoff = Span::minutes(10);
        assert!(give(&late, ada(), step(Step::Start), after(Span::minutes(170))).is_err(), "{state}");
    }
}

#[test]
fn what_has_lost_its_end_expires_and_is_not_forgotten() {
    let mut bounded = active(Until::Open, EndRule::After(Span::hours(2)));
    bounded.plan.expires_after = None;
    let by_hand = Command::Edit(Edit::End(EndRule::Manual(Overrun::Stay)));
    let open = made(&bounded, ada(), by_hand, after(Span::hours(1)));
    assert_eq!(due(&open), Some((8 * 60 + 60, Command::Tell(Tell::Expired))));
}
