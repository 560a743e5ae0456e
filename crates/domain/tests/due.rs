//! What people are reminded of and asked by the clock: once, in time, and never in a row.
mod sample;

use lull_domain::life::{Life, State};
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::notice::notices;
use lull_domain::order::{Actor, Command, Step, Tell, Update};
use lull_domain::plan::{Edit, Tells, Until};
use lull_domain::policy::{EndRule, Overrun};
use lull_domain::{Instant, Span};

use sample::*;

const fn min(minutes: i64) -> Span {
    Span::minutes(minutes)
}

/// All that the clock orders from the first time on until this one, and what is told of it: minute, kind.
fn clock(maintenance: &mut Maintenance, ticks: impl IntoIterator<Item = i64>) -> Vec<(i64, String)> {
    let mut told = Vec::new();
    for minute in ticks {
        let now = after(min(minute));
        for _ in 0..10 {
            let Some(due) = maintenance.due().filter(|due| due.at <= now) else { break };
            let order = order(Actor::Schedule, maintenance.ordered_at(due, now, false), now);
            let Ok(Obeyed::Changed(next)) = maintenance.clone().obey(&order) else { panic!("{order:?} does nothing") };
            let news = notices(Some(maintenance), Some(&order), &next);
            told.extend(news.iter().map(|it| (minute, format!("{} to {:?}", it.kind, it.audience).to_lowercase())));
            *maintenance = *next;
        }
        assert!(maintenance.due().is_none_or(|due| now < due.at), "nothing is left due at {minute}");
    }
    told
}

fn told(all: &[(i64, String)], kind: &str) -> Vec<i64> {
    all.iter().filter(|(_, it)| it.starts_with(kind)).map(|(at, _)| *at).collect()
}

/// Scheduled at noon from one o'clock to three, with these reminders in minutes before.
fn reminded(leads: &[i64]) -> Maintenance {
    let mut draft = draft();
    draft.plan.tells.reminders = leads.iter().map(|lead| min(*lead)).collect();
    made(&draft, ada(), step(Step::Schedule), NOON)
}

/// Active since one o'clock until then, with these questions to the owner.
fn asked(until: Until, ask_before: Span, nudge_every: Span) -> Maintenance {
    let mut maintenance = in_state('A');
    maintenance.plan.until = until;
    maintenance.plan.tells = Tells { reminders: Vec::new(), ask_before, nudge_every };
    maintenance
}

#[test]
fn each_reminder_is_told_at_its_time_to_subscribers() {
    let mut promised = reminded(&[50, 20, 5]);
    let all = clock(&mut promised, 0..60);
    let heard = |at| (at, "reminder to subscribers".to_owned());
    assert_eq!(all, [heard(10), heard(40), heard(55)]);
}

#[test]
fn a_reminder_whose_time_was_over_when_it_was_scheduled_is_not_told() {
    assert_eq!(told(&clock(&mut reminded(&[24 * 60, 60, 30]), 0..60), "reminder"), [30]);
}

#[test]
fn after_downtime_one_reminder_is_told() {
    assert_eq!(told(&clock(&mut reminded(&[50, 40, 30, 5]), [35, 36, 55]), "reminder"), [35, 55]);
}

#[test]
fn a_reminder_that_comes_after_the_begin_is_recorded_and_not_told() {
    let mut late = reminded(&[50, 40]);
    let remind = late.due().expect("something is due");
    assert_eq!(late.ordered_at(remind, after(min(70)), false), Command::Tell(Tell::Remind));
    let all = clock(&mut late, [70]);
    assert_eq!(all, [(70, "started to subscribers".to_owned())]);
    assert_eq!(late.told.reminded_at, Some(after(min(70))));
}

#[test]
fn what_is_rescheduled_is_reminded_of_anew() {
    let mut promised = reminded(&[30]);
    assert_eq!(told(&clock(&mut promised, 0..=40), "reminder"), [30]);
    let later = Command::Edit(Edit::StartsAt(after(min(110))));
    let mut moved = made(&promised, ada(), later, after(min(40)));
    assert_eq!(told(&clock(&mut moved, 40..110), "reminder"), [80]);
    let sooner = Command::Edit(Edit::StartsAt(after(min(65))));
    let mut moved = made(&promised, ada(), sooner, after(min(40)));
    assert_eq!(told(&clock(&mut moved, 40..65), "reminder"), [] as [i64; 0], "that was told with the new time");
}

#[test]
fn new_reminders_tell_nothing_of_times_that_are_over() {
    let tells = Tells { reminders: vec![min(50), min(10)], ..Tells::NOTHING };
    let mut more = made(&reminded(&[]), ada(), Command::Edit(Edit::Tells(tells)), after(min(20)));
    assert_eq!(told(&clock(&mut more, 20..60), "reminder"), [50]);
}

#[test]
fn the_owner_is_asked_once_before_each_end() {
    let mut active = asked(Until::At(after(min(180))), min(15), Span::ZERO);
    let all = clock(&mut active, 60..170);
    assert_eq!(all, [(165, "ends_soon to owner".to_owned())]);
    let mut extended = made(&active, ada(), Command::Edit(Edit::Extend(after(min(240)))), after(min(170)));
    assert_eq!(told(&clock(&mut extended, 170..=240), "ends_soon"), [225]);
    let mut shortly = made(&active, ada(), Command::Edit(Edit::Extend(after(min(180 + 5)))), after(min(171)));
    let all = clock(&mut shortly, 171..=185);
    assert_eq!(told(&all, "ends_soon"), [] as [i64; 0], "who names an end this soon knows that it is soon");
    assert_eq!(told(&all, "overdue"), [185]);
}

#[test]
fn nobody_is_asked_of_an_end_that_was_too_near_when_it_began_or_has_come() {
    let mut short = asked(Until::Lasting(min(10)), min(15), Span::ZERO);
    assert_eq!(told(&clock(&mut short, 60..=70), "ends_soon"), [] as [i64; 0]);
    let mut down = asked(Until::At(after(min(180))), min(15), min(60));
    down.plan.end = EndRule::AtEnd;
    assert_eq!(clock(&mut down, [190]), [], "it ends, and that is told when all is back");
    assert_eq!(down.life.state(), State::L);
    let mut stays = asked(Until::At(after(min(180))), min(15), Span::ZERO);
    assert_eq!(clock(&mut stays, [190]), [(190, "overdue to subscribers".to_owned())]);
}

#[test]
fn the_owner_is_nudged_after_each_hour_without_a_word() {
    let mut active = asked(Until::Open, Span::ZERO, min(60));
    assert_eq!(told(&clock(&mut active, 60..=200), "nudge to owner"), [120, 180]);
    let update = Update { text: "On.".to_owned(), percent: None, expected_end: None };
    let mut active = made(&active, ada(), Command::Tell(Tell::Update(update)), after(min(200)));
    assert_eq!(told(&clock(&mut active, 200..=300), "nudge"), [260]);
}

#[test]
fn after_downtime_one_nudge_is_told() {
    let mut active = asked(Until::Open, Span::ZERO, min(60));
    assert_eq!(told(&clock(&mut active, [60 + 400, 60 + 401, 60 + 459, 60 + 460]), "nudge"), [460, 520]);
}

#[test]
fn an_overrun_extends_by_steps_until_its_budget_is_used_up() {
    let mut active = asked(Until::At(after(min(180))), min(5), Span::ZERO);
    active.plan.end = EndRule::Manual(Overrun::Extend { step: min(20), budget: min(50) });
    let all = clock(&mut active, 60..=240);
    assert_eq!(told(&all, "extended to subscribers"), [180, 200, 220]);
    assert_eq!(told(&all, "ends_soon"), [175, 195, 215, 225], "each new end asks anew");
    assert_eq!(told(&all, "overdue"), [230]);
    assert_eq!(active.ends_at(), Some(after(min(230))));
}

#[test]
fn what_a_person_extends_uses_no_budget() {
    let mut active = asked(Until::At(after(min(180))), Span::ZERO, Span::ZERO);
    active.plan.end = EndRule::Manual(Overrun::Extend { step: min(20), budget: min(40) });
    clock(&mut active, 60..=190);
    let by_hand = Command::Edit(Edit::Extend(after(min(300))));
    let mut extended = made(&active, ada(), by_hand, after(min(190)));
    let all = clock(&mut extended, 190..=400);
    assert_eq!(told(&all, "extended"), [300]);
    assert_eq!(told(&all, "overdue"), [320, 380]);
    let anew = Command::Edit(Edit::Extend(after(min(500))));
    let mut extended = made(&extended, ada(), anew, after(min(400)));
    assert_eq!(told(&clock(&mut extended, 400..=510), "overdue"), [500], "all of it is used");
}

#[test]
fn after_downtime_an_overrun_catches_up_in_one_step_or_is_overdue() {
    let overrun = |budget| {
        let mut active = asked(Until::At(after(min(180))), Span::ZERO, Span::ZERO);
        active.plan.end = EndRule::Manual(Overrun::Extend { step: min(20), budget: min(budget) });
        active
    };
    let mut active = overrun(100);
    assert_eq!(told(&clock(&mut active, [225]), "extended"), [225]);
    assert_eq!(active.ends_at(), Some(after(min(240))), "the first step that lies ahead");
    let Life::InProgress(progress) = &active.life else { panic!("it is in progress") };
    assert_eq!(progress.overrun, min(60));
    let all = clock(&mut overrun(40), [225, 226, 285]);
    assert_eq!(
        all.iter().map(|(at, it)| (*at, it.as_str())).collect::<Vec<_>>(),
        [(225, "overdue to subscribers"), (285, "overdue to owner")]
    );
}

#[test]
fn what_is_off_is_never_due() {
    let mut silent = asked(Until::At(after(min(600))), Span::ZERO, Span::ZERO);
    assert_eq!(clock(&mut silent, 60..600), []);
    let begun: Instant = after(min(60));
    assert_eq!(silent.began_at(), Some(begun));
}
