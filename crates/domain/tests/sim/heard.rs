//! What people heard by the clock, kept apart from what the domain says it told them: once of each cause, in time.
use std::collections::{BTreeMap, BTreeSet};

use lull_domain::id::MaintenanceId;
use lull_domain::life::State;
use lull_domain::maintenance::{Approval, Maintenance};
use lull_domain::notice::{Audience, Kind, notices};
use lull_domain::order::{Actor, Command, Order, Step};
use lull_domain::plan::Edit;
use lull_domain::policy::Overrun;
use lull_domain::{Instant, Span};

use super::judge::Promise;
use super::rules::{Rule, Rules};

/// What was heard, by its cause.
#[derive(Debug, Default)]
pub struct Heard {
    reminded: BTreeSet<(MaintenanceId, Span)>,
    asked: BTreeSet<(MaintenanceId, Instant)>,
    overdue: BTreeSet<(MaintenanceId, Instant)>,
    nudged: BTreeMap<MaintenanceId, Instant>,
    extended: BTreeMap<MaintenanceId, Span>,
    approved: BTreeSet<MaintenanceId>,
    /// What was broken by it.
    pub broken: Vec<(Promise, String)>,
}

impl Heard {
    /// An order made this of that.
    pub fn ordered(&mut self, before: &Maintenance, order: &Order, after: &Maintenance, rules: &Rules) {
        // Without a rule it is told whenever it comes.
        let at = if rules.has(Rule::StaleDropped) { order.at } else { Instant(i64::MIN) };
        for notice in notices(Some(before), Some(&Order { at, ..order.clone() }), after) {
            match notice.kind {
                Kind::Reminder => self.reminder(before, order.at),
                Kind::EndsSoon => self.question(before, order.at),
                Kind::Nudge => self.nudge(before, order.at),
                Kind::Overdue if notice.audience == Audience::Subscribers => {
                    let ends_at = before.ends_at().expect("what is overdue has an end");
                    let anew = self.overdue.insert((before.id, ends_at));
                    self.holds(anew, Promise::ToldOnce, || format!("{} is called overdue again", before.id));
                }
                _ => {}
            }
        }
        match &order.command {
            Command::Edit(Edit::Extend(to)) if order.by == Actor::Schedule => self.extension(before, *to),
            Command::Life(Step::Approve(_)) => {
                self.approved.insert(before.id);
            }
            Command::Life(Step::Start) if before.plan.policy.approval => {
                let approved = self.approved.contains(&before.id);
                self.holds(approved, Promise::Approved, || format!("{} begins and nobody approved it", before.id));
            }
            Command::Edit(_) if before.life.state() == State::S => {
                self.approved.remove(&before.id);
            }
            _ => {}
        }
    }

    fn holds(&mut self, so: bool, promise: Promise, why: impl FnOnce() -> String) {
        if !so {
            self.broken.push((promise, why()));
        }
    }

    fn reminder(&mut self, of: &Maintenance, now: Instant) {
        let starts_at = of.plan.starts_at.expect("what is reminded of has a begin");
        let is_due = |lead: &&Span| starts_at - **lead <= now && of.created_at < starts_at - **lead;
        let due: Vec<Span> = of.plan.tells.reminders.iter().filter(is_due).copied().collect();
        let anew = due.into_iter().filter(|lead| self.reminded.insert((of.id, *lead))).count() > 0;
        self.holds(anew, Promise::ToldOnce, || format!("{} is reminded of for nothing new", of.id));
        self.holds(now < starts_at, Promise::InTime, || format!("{} is reminded of after its begin", of.id));
    }

    fn question(&mut self, of: &Maintenance, now: Instant) {
        let ends_at = of.ends_at().expect("what ends soon has an end");
        let anew = self.asked.insert((of.id, ends_at));
        self.holds(anew, Promise::ToldOnce, || format!("{} is asked about again", of.id));
        self.holds(now < ends_at, Promise::InTime, || format!("{} is said to end soon after its end", of.id));
    }

    fn nudge(&mut self, of: &Maintenance, now: Instant) {
        let last = self.nudged.insert(of.id, now).max(of.began_at());
        let anew = last.is_some_and(|last| last + of.plan.tells.nudge_every <= now);
        self.holds(anew, Promise::ToldOnce, || format!("{} is nudged too soon", of.id));
    }

    fn extension(&mut self, of: &Maintenance, to: Instant) {
        let Some(Overrun::Extend { budget, .. }) = of.plan.end.overrun() else { return };
        let sum = self.extended.entry(of.id).or_default();
        *sum = *sum + (to - of.ends_at().expect("what is extended has an end"));
        let within = *sum <= budget;
        self.holds(within, Promise::Budget, || format!("{} is extended beyond its budget", of.id));
    }
}

/// Without a rule: what an order makes of a maintenance is spoilt.
pub fn spoil_after_order(before: &Maintenance, order: &Order, after: &mut Maintenance, rules: &Rules) {
    let due_at = before.due().map(|due| due.at);
    match &order.command {
        Command::Tell(lull_domain::order::Tell::Remind) if !rules.has(Rule::RemindedTogether) => {
            after.told.reminded_at = due_at;
        }
        Command::Tell(lull_domain::order::Tell::AskOwner) if !rules.has(Rule::AskedOnce) => after.told.asked_at = None,
        Command::Tell(lull_domain::order::Tell::Nudge) if !rules.has(Rule::NudgedOnce) => {
            after.told.nudged_at = due_at;
        }
        Command::Edit(Edit::Extend(_)) if !rules.has(Rule::BudgetKept) => {
            if let lull_domain::life::Life::InProgress(progress) = &mut after.life {
                progress.overrun = Span::ZERO;
            }
        }
        _ => {}
    }
}

/// Without a rule: what is created is as good as approved.
pub fn spoil_created(created: &mut Maintenance, hash: String, rules: &Rules) {
    if !rules.has(Rule::SecondPerson) && created.plan.policy.approval {
        let (by, at) = (created.created_by.clone(), created.created_at);
        created.approval = Some(Approval { by, at, plan: hash, lapsed_at: None });
    }
}
