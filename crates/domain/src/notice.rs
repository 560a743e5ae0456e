//! What people must hear about a change, as a pure function of before, order and after.
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::MaintenanceId;
use crate::life::{Life, Passed, Phase, State};
use crate::maintenance::{Approval, Maintenance};
use crate::order::{Actor, Command, Finding, Order, Tell};
use crate::plan::Edit;

/// What people are told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// What kind of news.
    pub kind: Kind,
    /// About which maintenance.
    pub maintenance: MaintenanceId,
    /// For whom.
    pub audience: Audience,
}

/// A kind of news.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Kind {
    Scheduled,
    Rescheduled,
    Started,
    Continued,
    Updated,
    Extended,
    Shrunk,
    Verifying,
    Completed,
    Cancelled,
    Missed,
    Overdue,
    Expired,
    DrainLate,
    LeavingLate,
    Trouble,
    Reminder,
    EndsSoon,
    Nudge,
    ApprovalLapsed,
    HeldBack,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned));
        f.write_str(name.as_deref().unwrap_or("notice"))
    }
}

/// Who hears it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody who chose to hear about a target in scope.
    Subscribers,
    /// Whoever answers for the maintenance.
    Owner,
    /// All operators of its roots.
    Operators,
}

/// What people must hear. `before` is none for a maintenance that was just created.
pub fn notices(before: Option<&Maintenance>, order: Option<&Order>, after: &Maintenance) -> Vec<Notice> {
    let notice = |kind, audience| Notice { kind, maintenance: after.id, audience };
    let mut told: Vec<Notice> = Vec::new();
    let from = before.map_or(State::D, |before| before.life.state());
    if let Some(news) = by_life(from, order, after) {
        told.push(notice(news.0, news.1));
    }
    if let (Some(order), Some(before)) = (order, before) {
        told.extend(by_command(before, order, after).map(|(kind, audience)| notice(kind, audience)));
        if before.approval_in_force().is_some() && after.approval.as_ref().is_some_and(Approval::has_lapsed) {
            told.push(notice(Kind::ApprovalLapsed, Audience::Owner));
        }
    }
    told
}

/// News because the state is another one than it was.
fn by_life(from: State, order: Option<&Order>, after: &Maintenance) -> Option<(Kind, Audience)> {
    if from == after.life.state() {
        return None;
    }
    let promised = from != State::D;
    match &after.life {
        Life::Draft => None,
        // That an occurrence will be is told with its series.
        Life::Scheduled if after.series.is_some() => None,
        Life::Scheduled => Some((Kind::Scheduled, Audience::Subscribers)),
        Life::InProgress(progress) => match progress.phase {
            // A maintenance that is entered again was told as started already.
            Phase::Entering if from == State::V => None,
            Phase::Entering if order.is_some_and(|order| order.facts.continues) => {
                Some((Kind::Continued, Audience::Subscribers))
            }
            Phase::Entering => Some((Kind::Started, Audience::Subscribers)),
            Phase::Verifying => Some((Kind::Verifying, Audience::Operators)),
            Phase::Active | Phase::Leaving(_) => None,
        },
        Life::Completed(_) => Some((Kind::Completed, Audience::Subscribers)),
        Life::Cancelled(ended) => match ended.passed {
            Some(Passed::Missed) => Some((Kind::Missed, Audience::Subscribers)),
            Some(Passed::Overlapped) => Some((Kind::Continued, Audience::Subscribers)),
            // That is told once, with the series.
            Some(Passed::SeriesEnded | Passed::Blackout | Passed::Conflict) => None,
            Some(Passed::Skipped) | None => promised.then_some((Kind::Cancelled, Audience::Subscribers)),
        },
    }
}

/// News because of what was ordered, the state being the same.
fn by_command(before: &Maintenance, order: &Order, after: &Maintenance) -> Option<(Kind, Audience)> {
    if before.life.state() == State::D || before == after {
        return None;
    }
    match &order.command {
        // The clock moves the end of what has not begun with its start, which is told.
        Command::Edit(Edit::Extend(_)) if order.by == Actor::Schedule && after.life.state() == State::S => None,
        Command::Edit(Edit::Extend(_)) if order.facts.moves => None,
        Command::Edit(Edit::Extend(_)) => Some((Kind::Extended, Audience::Subscribers)),
        Command::Edit(Edit::StartsAt(_)) => Some((Kind::Rescheduled, Audience::Subscribers)),
        Command::Edit(Edit::Exclude(_)) => Some((Kind::Shrunk, Audience::Operators)),
        Command::Edit(Edit::End(_)) if before.ends_at() != after.ends_at() => {
            Some((Kind::Extended, Audience::Subscribers))
        }
        Command::Edit(
            Edit::Texts(_)
            | Edit::Scope(_)
            | Edit::Policy(_)
            | Edit::Preset(_)
            | Edit::Owner(_)
            | Edit::End(_)
            | Edit::Tells(_)
            | Edit::Accept(_),
        ) => None,
        Command::Tell(Tell::Update(_)) => Some((Kind::Updated, Audience::Subscribers)),
        Command::Tell(Tell::Overdue) if before.told.overdue_at.is_none() => {
            Some((Kind::Overdue, Audience::Subscribers))
        }
        Command::Tell(Tell::Overdue) => Some((Kind::Overdue, Audience::Owner)),
        Command::Tell(Tell::Expired) if before.told.expired_at.is_none() => Some((Kind::Expired, Audience::Owner)),
        Command::Tell(Tell::Expired) => Some((Kind::Expired, Audience::Operators)),
        Command::Tell(Tell::DrainLate) => Some((Kind::DrainLate, Audience::Operators)),
        Command::Tell(Tell::LeavingLate) => Some((Kind::LeavingLate, Audience::Operators)),
        // What comes later than what it announces is only recorded.
        Command::Tell(Tell::Remind) => {
            let comes = after.plan.starts_at.is_some_and(|starts_at| order.at < starts_at);
            comes.then_some((Kind::Reminder, Audience::Subscribers))
        }
        Command::Tell(Tell::AskOwner) => {
            let comes = after.ends_at().is_some_and(|ends_at| order.at < ends_at);
            comes.then_some((Kind::EndsSoon, Audience::Owner))
        }
        Command::Tell(Tell::Nudge) => Some((Kind::Nudge, Audience::Owner)),
        Command::Tell(Tell::HeldBack(_)) => Some((Kind::HeldBack, Audience::Owner)),
        Command::Tell(Tell::ApprovalLapsed) => None,
        Command::Found(Finding::Trouble(names)) if !names.is_empty() => Some((Kind::Trouble, Audience::Operators)),
        Command::Found(_) | Command::Life(_) => None,
    }
}
