//! What the clock will order of a maintenance, and when: each is acknowledged by its own order.
use super::Maintenance;
use crate::life::{Life, Phase, Progress};
use crate::order::{Actor, Closing, Command, Order, Skip, Step, Tell};
use crate::plan::Edit;
use crate::policy::{EndRule, Overrun};
use crate::series::Overlap;
use crate::{Instant, Span};

/// What the clock will order next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// When.
    pub at: Instant,
    /// What.
    pub command: Command,
}

/// How often people are told again.
const HOURLY: Span = Span::hours(1);

impl Maintenance {
    /// What the clock will order next and when; none if only people or the engine move it.
    pub fn due(&self) -> Option<Due> {
        let Life::InProgress(progress) = &self.life else {
            return match self.life {
                Life::Scheduled => first([self.due_start(), self.due_reminder()]),
                _ => None,
            };
        };
        let began = progress.started_at;
        let usual = [self.due_end(began), self.due_question(began), self.due_nudge(began)];
        match &progress.phase {
            Phase::Leaving(_) => {
                let limit = progress.since + self.plan.policy.leaving_limit;
                Some(told(limit, self.told.leaving_late_at.filter(|at| *at >= progress.since), Tell::LeavingLate))
            }
            Phase::Entering => first([self.due_drain(progress.since), first(usual)]),
            Phase::Active | Phase::Verifying => first(usual),
        }
    }

    /// The order that the clock gives at `now` for what is due: a start that comes too late is a miss, and one that its
    /// series leaves out while the one before still runs is skipped; nobody is asked about an end that has come, and an
    /// end that moves by itself moves past `now`.
    pub fn ordered_at(&self, due: Due, now: Instant, continues: bool) -> Command {
        let skips = continues && self.series.as_ref().is_some_and(|of| of.overlap == Overlap::Skip);
        match due.command {
            Command::Life(Step::Start) if self.is_cut_off(now) => Command::Life(Step::Miss),
            Command::Life(Step::Start) if skips => Command::Life(Step::Skip(Skip::Overlaps)),
            Command::Tell(Tell::AskOwner | Tell::Nudge) => {
                match self.began_at().and_then(|began| self.due_end(began)) {
                    Some(end) if end.at <= now && !matches!(end.command, Command::Tell(_)) => {
                        self.ordered_at(end, now, continues)
                    }
                    _ => due.command,
                }
            }
            Command::Edit(Edit::Extend(_)) => self.overruns(now),
            command => command,
        }
    }

    /// The clock would end it now.
    pub(super) fn ends(&self, now: Instant) -> bool {
        let end = self.began_at().and_then(|began| self.due_end(began)).filter(|end| end.at <= now);
        end.is_some_and(|end| matches!(end.command, Command::Life(Step::Complete(_))))
    }

    /// The start at its time. What nobody has approved does not begin; it is over when nothing of its window is left.
    fn due_start(&self) -> Option<Due> {
        let starts_at = self.plan.starts_at?;
        match self.waits_for_approval() {
            false => Some(Due { at: starts_at, command: Command::Life(Step::Start) }),
            true => self.cut_off_at().map(|at| Due { at: at.max(starts_at), command: Command::Life(Step::Miss) }),
        }
    }

    /// The next reminder whose time had not passed when people were told last.
    fn due_reminder(&self) -> Option<Due> {
        let at = self.reminded_next()?;
        Some(Due { at, command: Command::Tell(Tell::Remind) })
    }

    /// When the next reminder is due.
    pub(crate) fn reminded_next(&self) -> Option<Instant> {
        let starts_at = self.plan.starts_at?;
        let since = self.told.reminded_at.unwrap_or(self.created_at);
        let times = self.plan.tells.reminders.iter().map(|lead| starts_at - *lead);
        times.filter(|at| since < *at).min()
    }

    /// The owner is asked before the end, where there was time for that when the end was named.
    fn due_question(&self, began: Instant) -> Option<Due> {
        let before = self.plan.tells.ask_before;
        let at = self.ends_at()? - before;
        let named = self.told.end_changed_at.map_or(began, |changed| changed.max(began));
        let asks = before > Span::ZERO && self.told.asked_at.is_none() && named < at;
        asks.then_some(Due { at, command: Command::Tell(Tell::AskOwner) })
    }

    /// The owner is nudged so long after the begin, the last update, or the last nudge.
    fn due_nudge(&self, began: Instant) -> Option<Due> {
        let every = self.plan.tells.nudge_every;
        let updated = self.told.updates.last().map(|(at, _)| *at);
        let last = [updated, self.told.nudged_at].into_iter().flatten().fold(began, Instant::max);
        (every > Span::ZERO).then_some(Due { at: last + every, command: Command::Tell(Tell::Nudge) })
    }

    /// Running work has not ended within its limit, as it is still entering then.
    fn due_drain(&self, since: Instant) -> Option<Due> {
        let (limit, _) = self.plan.policy.limit()?;
        Some(told(since + limit, self.told.drain_late_at, Tell::DrainLate))
    }

    fn due_end(&self, began: Instant) -> Option<Due> {
        let Some(at) = self.ends_at() else {
            return self.plan.expires_after.map(|span| told(began + span, self.told.expired_at, Tell::Expired));
        };
        let complete = Due { at, command: Command::Life(Step::Complete(Closing::default())) };
        match &self.plan.end {
            EndRule::AtEnd | EndRule::After(_) => Some(complete),
            EndRule::Manual(overrun) | EndRule::OnSignal { overrun, .. } => match overrun {
                Overrun::Complete => Some(complete),
                // Once it is called overdue it stays so, until somebody names another end.
                Overrun::Extend { .. } if self.told.overdue_at.is_none() => {
                    Some(Due { at, command: self.overruns(at) })
                }
                Overrun::Stay | Overrun::Extend { .. } => Some(told(at, self.told.overdue_at, Tell::Overdue)),
            },
        }
    }

    /// What is ordered at an end that has come and may move: the first further end that lies ahead, as far as the budget
    /// goes; with nothing left of that it is overdue.
    fn overruns(&self, now: Instant) -> Command {
        let overdue = Command::Tell(Tell::Overdue);
        let Some(ends_at) = self.ends_at() else { return overdue };
        let Some(Overrun::Extend { step, budget }) = self.plan.end.overrun() else { return overdue };
        let used = self.life.progress().map_or(Span::ZERO, |progress| progress.overrun);
        let steps = (now - ends_at).0.max(0) / step.0.max(1) + 1;
        let further = Span(step.0.saturating_mul(steps)).min(Span(budget.0 - used.0));
        let next = ends_at + further;
        if now < next { Command::Edit(Edit::Extend(next)) } else { overdue }
    }
}

impl Life {
    /// The life after this change of the plan: what the clock extends uses the budget, and a new rule has a new one.
    pub(super) fn overrun(self, edit: &Edit, before: &Maintenance, order: &Order) -> Life {
        match (self, edit, before.ends_at()) {
            (Life::InProgress(progress), Edit::Extend(to), Some(from)) if order.by == Actor::Schedule => {
                let overrun = progress.overrun + (*to - from);
                Life::InProgress(Progress { overrun, ..progress })
            }
            (Life::InProgress(progress), Edit::End(_), _) => {
                Life::InProgress(Progress { overrun: Span::ZERO, ..progress })
            }
            (life, ..) => life,
        }
    }
}

/// Whichever is due first.
fn first<const N: usize>(dues: [Option<Due>; N]) -> Option<Due> {
    dues.into_iter().flatten().min_by_key(|due| due.at)
}

/// Told first at `first`, then hourly.
fn told(first: Instant, last: Option<Instant>, tell: Tell) -> Due {
    Due { at: last.map_or(first, |last| last + HOURLY), command: Command::Tell(tell) }
}
