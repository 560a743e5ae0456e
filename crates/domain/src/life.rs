//! The life of a maintenance, and the table that says which command leads where.
use serde::{Deserialize, Serialize};

use crate::order::{Actor, Closing, Command, Finding, Order, Skip, Step, Tell};
use crate::plan::Edit;
use crate::{Instant, Span};

mod table;

pub use table::{TABLE, possible, printed};

/// Where a maintenance stands, with what only exists there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// Not promised to anybody.
    Draft,
    /// Promised.
    Scheduled,
    /// Begun and not over.
    InProgress(Progress),
    /// Over, done.
    Completed(Ended),
    /// Over, not done, or never begun.
    Cancelled(Ended),
}

/// A maintenance that has begun.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// Under whose hand it runs.
    pub trigger: Trigger,
    /// When it began.
    pub started_at: Instant,
    /// How long after its time it began, where that was late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_by: Option<Span>,
    /// How much of its overrun budget the clock has used.
    #[serde(default, skip_serializing_if = "is_none")]
    pub overrun: Span,
    /// What it is doing.
    pub phase: Phase,
    /// Since when.
    pub since: Instant,
}

/// What a maintenance in progress is doing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Making it quiet.
    Entering,
    /// It is quiet.
    Active,
    /// Operators in, users still out.
    Verifying,
    /// Putting everything back.
    Leaving(Leaving),
}

/// How a maintenance is being left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Leaving {
    /// As what it will be over.
    pub outcome: Outcome,
    /// Who ended it.
    pub by: Actor,
    /// What he said.
    pub closing: Closing,
}

/// As what a maintenance is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Completed,
    /// Not done.
    Cancelled,
}

/// Under whose hand a maintenance runs; set when it starts, never changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A person, a service, or the schedule acting for its owner.
    Manual(Actor),
    /// That observer.
    Observer(String),
}

/// A maintenance that is over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ended {
    /// Since when.
    pub at: Instant,
    /// How its time went by, where it never began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<Passed>,
    /// Why, as it was said at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was said at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How it ran, if it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<(Trigger, Instant)>,
}

/// How the time of a maintenance went by that never began.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    /// Nobody could begin it while enough of its window was left.
    Missed,
    /// Somebody left it out.
    Skipped,
    /// The occurrence before it still ran.
    Overlapped,
    /// Its series ended before it, or went on otherwise.
    SeriesEnded,
    /// A calendar said that no maintenance should be.
    Blackout,
    /// Something else was planned, which it may not meet.
    Conflict,
}

/// The columns of the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// Draft.
    D,
    /// Scheduled.
    S,
    /// Entering.
    E,
    /// Active.
    A,
    /// Verifying.
    V,
    /// Leaving.
    L,
    /// Completed.
    C,
    /// Cancelled.
    X,
}

/// The rows of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Verb {
    Schedule,
    EditTexts,
    EditStart,
    EditScopeOrPolicy,
    EditEnd,
    Exclude,
    Extend,
    Approve,
    Start,
    Miss,
    Skip,
    Update,
    Verify,
    Reenter,
    Complete,
    Cancel,
    Delete,
    Tell,
    LeavingLate,
    Entered,
    Left,
    Trouble,
}

/// What the table says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Do it.
    Go,
    /// It is so already.
    Same,
    /// Not from here; a word on what else, where the table has one.
    No(&'static str),
}

impl Command {
    /// The row of the table that decides about this command.
    pub fn verb(&self) -> Verb {
        match self {
            Command::Edit(edit) => edit.verb(),
            Command::Life(step) => step.verb(),
            Command::Tell(Tell::Update(_)) => Verb::Update,
            Command::Tell(Tell::LeavingLate) => Verb::LeavingLate,
            Command::Tell(
                Tell::Remind
                | Tell::AskOwner
                | Tell::Nudge
                | Tell::Overdue
                | Tell::Expired
                | Tell::DrainLate
                | Tell::ApprovalLapsed
                | Tell::HeldBack(_),
            ) => Verb::Tell,
            Command::Found(Finding::Entered) => Verb::Entered,
            Command::Found(Finding::Left) => Verb::Left,
            Command::Found(Finding::Trouble(_)) => Verb::Trouble,
        }
    }
}

impl Step {
    fn verb(&self) -> Verb {
        match self {
            Step::Schedule => Verb::Schedule,
            Step::Approve(_) => Verb::Approve,
            Step::Start => Verb::Start,
            Step::Miss => Verb::Miss,
            Step::Skip(_) => Verb::Skip,
            Step::Verify => Verb::Verify,
            Step::Reenter => Verb::Reenter,
            Step::Complete(_) => Verb::Complete,
            Step::Cancel(_) => Verb::Cancel,
            Step::Delete => Verb::Delete,
        }
    }
}

impl Edit {
    fn verb(&self) -> Verb {
        match self {
            Edit::Texts(_) | Edit::Tells(_) | Edit::Owner(_) => Verb::EditTexts,
            Edit::StartsAt(_) | Edit::Accept(_) => Verb::EditStart,
            Edit::Scope(_) | Edit::Policy(_) | Edit::Preset(_) => Verb::EditScopeOrPolicy,
            Edit::Exclude(_) => Verb::Exclude,
            Edit::End(_) => Verb::EditEnd,
            Edit::Extend(_) => Verb::Extend,
        }
    }
}

/// What the table says about a verb from here.
pub fn verdict(life: &Life, verb: Verb) -> Verdict {
    table::cell(verb, life.state()).verdict(life)
}

impl Life {
    /// Left out for what it would meet, by its name.
    pub fn left_out(at: Instant, passed: Passed, name: String) -> Life {
        Life::Cancelled(Ended { reason: Some(name), ..Ended::never_began(at, passed) })
    }

    /// The column of the table.
    pub fn state(&self) -> State {
        match self {
            Life::Draft => State::D,
            Life::Scheduled => State::S,
            Life::InProgress(progress) => match progress.phase {
                Phase::Entering => State::E,
                Phase::Active => State::A,
                Phase::Verifying => State::V,
                Phase::Leaving(_) => State::L,
            },
            Life::Completed(_) => State::C,
            Life::Cancelled(_) => State::X,
        }
    }

    /// The life of a maintenance in progress.
    pub fn progress(&self) -> Option<&Progress> {
        match self {
            Life::InProgress(progress) => Some(progress),
            Life::Draft | Life::Scheduled | Life::Completed(_) | Life::Cancelled(_) => None,
        }
    }

    /// It takes holds: entering or active.
    pub fn wants_quiet(&self) -> bool {
        matches!(self.state(), State::E | State::A)
    }

    /// Begun, and neither leaving nor over.
    pub fn is_in_force(&self) -> bool {
        matches!(self.state(), State::E | State::A | State::V)
    }

    /// The life after this step, which the table allowed.
    pub fn step(self, step: &Step, order: &Order, starts_at: Option<Instant>) -> Life {
        let at = order.at;
        match (self, step) {
            (Life::Draft, Step::Schedule) => Life::Scheduled,
            (Life::Draft | Life::Scheduled, Step::Start) => Life::InProgress(Progress {
                trigger: Trigger::of(&order.by),
                started_at: at,
                late_by: starts_at
                    .map(|planned| at - planned)
                    .filter(|late| *late > LATE && order.by == Actor::Schedule),
                overrun: Span::ZERO,
                phase: Phase::Entering,
                since: at,
            }),
            (Life::Scheduled, Step::Miss) => Life::Cancelled(Ended::never_began(at, Passed::Missed)),
            (Life::Scheduled, Step::Skip(skip)) => Life::Cancelled(Ended::never_began(at, (*skip).into())),
            (Life::InProgress(progress), Step::Verify) => Life::InProgress(progress.to(Phase::Verifying, at)),
            (Life::InProgress(progress), Step::Reenter) => Life::InProgress(progress.to(Phase::Entering, at)),
            (Life::InProgress(progress), Step::Complete(closing)) => progress.leave(Outcome::Completed, closing, order),
            (Life::InProgress(progress), Step::Cancel(closing)) => progress.leave(Outcome::Cancelled, closing, order),
            (Life::Draft | Life::Scheduled, Step::Cancel(closing)) => Life::Cancelled(Ended {
                at,
                passed: None,
                reason: closing.reason.clone(),
                message: closing.message.clone(),
                ran: None,
            }),
            (life, _) => life,
        }
    }

    /// The same, over for this reason, where there is one to give.
    pub(crate) fn because(self, reason: Option<String>) -> Life {
        match self {
            Life::Cancelled(ended) => Life::Cancelled(Ended { reason: reason.or(ended.reason), ..ended }),
            life => life,
        }
    }

    /// The life after the engine found this, which the table allowed.
    pub fn found(self, finding: &Finding, at: Instant) -> Life {
        match (self, finding) {
            (Life::InProgress(progress), Finding::Entered) => Life::InProgress(progress.to(Phase::Active, at)),
            (Life::InProgress(Progress { phase: Phase::Leaving(leaving), trigger, started_at, .. }), Finding::Left) => {
                let closing = leaving.closing;
                let ended = Ended {
                    at,
                    passed: None,
                    reason: closing.reason,
                    message: closing.message,
                    ran: Some((trigger, started_at)),
                };
                match leaving.outcome {
                    Outcome::Completed => Life::Completed(ended),
                    Outcome::Cancelled => Life::Cancelled(ended),
                }
            }
            (life, _) => life,
        }
    }
}

/// Entering later than this after `starts_at` is told as late.
pub const LATE: Span = Span::seconds(5);

fn is_none(span: &Span) -> bool {
    *span == Span::ZERO
}

impl Progress {
    fn to(self, phase: Phase, since: Instant) -> Progress {
        Progress { phase, since, ..self }
    }

    fn leave(self, outcome: Outcome, closing: &Closing, order: &Order) -> Life {
        let leaving = Leaving { outcome, by: order.by.clone(), closing: closing.clone() };
        Life::InProgress(self.to(Phase::Leaving(leaving), order.at))
    }
}

impl Ended {
    fn never_began(at: Instant, passed: Passed) -> Ended {
        Ended { at, passed: Some(passed), reason: None, message: None, ran: None }
    }
}

impl From<Skip> for Passed {
    fn from(skip: Skip) -> Passed {
        match skip {
            Skip::Alone => Passed::Skipped,
            Skip::Overlaps => Passed::Overlapped,
            Skip::SeriesEnded => Passed::SeriesEnded,
        }
    }
}

impl Trigger {
    fn of(actor: &Actor) -> Trigger {
        match actor {
            Actor::Observer(name) => Trigger::Observer(name.clone()),
            Actor::Person(_) | Actor::Service(_) | Actor::Schedule | Actor::Engine => Trigger::Manual(actor.clone()),
        }
    }
}
