//! What ends a maintenance.
use lull_gate::Span;
use serde::{Deserialize, Serialize};

use crate::duration;
use crate::refusal::Refusal;

/// The one rule that says what ends a maintenance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub enum EndRule {
    /// Its end.
    AtEnd,
    /// This long after it began to enter.
    After(Span),
    /// A person; the overrun says what happens at an end that was planned all the same.
    Manual(Overrun),
    /// The observer's signal.
    OnSignal {
        /// The observer.
        observer: String,
        /// What happens at an end that was planned all the same.
        overrun: Overrun,
    },
}

/// What happens when the planned end has come and nobody has ended the maintenance.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Overrun {
    /// It stays, overdue, and people are told.
    #[default]
    Stay,
    /// It is completed.
    Complete,
    /// It is extended until the budget is used up; then it stays.
    Extend {
        /// By how much at a time.
        #[serde(with = "duration")]
        step: Span,
        /// By how much in all.
        #[serde(with = "duration")]
        budget: Span,
    },
}

/// An end rule as a body says it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
enum Wire {
    AtEnd {},
    After {
        #[serde(with = "duration")]
        duration: Span,
    },
    Manual {
        #[serde(default, skip_serializing_if = "stays")]
        overrun: Overrun,
    },
    OnSignal {
        observer: String,
        #[serde(default, skip_serializing_if = "stays")]
        overrun: Overrun,
    },
}

/// How long a rule may let a maintenance last, or extend it, in all.
const LASTS_MAX: Span = Span::hours(24 * 400);
/// How many characters the name of an observer has at most.
const OBSERVER_MAX: usize = 256;

impl EndRule {
    /// What happens at a planned end; none where the rule itself says when it is over.
    pub const fn overrun(&self) -> Option<Overrun> {
        match self {
            EndRule::AtEnd | EndRule::After(_) => None,
            EndRule::Manual(overrun) | EndRule::OnSignal { overrun, .. } => Some(*overrun),
        }
    }

    /// Refuses a rule beyond its limits.
    ///
    /// # Errors
    /// About the field `end`.
    pub fn checked(&self) -> Result<(), Refusal> {
        let refused = |detail: &str, remedy: &str| Err(Refusal::input("end", detail, remedy));
        match self {
            EndRule::After(span) if *span <= Span::ZERO || *span > LASTS_MAX => {
                return refused(
                    "the duration is not between a microsecond and 400 days",
                    "Choose a duration in between.",
                );
            }
            EndRule::OnSignal { observer, .. } if observer.is_empty() || observer.chars().count() > OBSERVER_MAX => {
                return refused("the observer has no name, or one of over 256 characters", "Name an observer.");
            }
            EndRule::AtEnd | EndRule::After(_) | EndRule::Manual(_) | EndRule::OnSignal { .. } => {}
        }
        match self.overrun() {
            Some(Overrun::Extend { step, .. }) if step < Span::minutes(1) => {
                refused("a step of the overrun is shorter than a minute", "Extend by at least `PT1M`.")
            }
            Some(Overrun::Extend { step, budget }) if budget < step || budget > LASTS_MAX => {
                refused("the budget of the overrun is less than one step, or over 400 days", "Choose one in between.")
            }
            None | Some(Overrun::Stay | Overrun::Complete | Overrun::Extend { .. }) => Ok(()),
        }
    }
}

impl From<Wire> for EndRule {
    fn from(wire: Wire) -> EndRule {
        match wire {
            Wire::AtEnd {} => EndRule::AtEnd,
            Wire::After { duration } => EndRule::After(duration),
            Wire::Manual { overrun } => EndRule::Manual(overrun),
            Wire::OnSignal { observer, overrun } => EndRule::OnSignal { observer, overrun },
        }
    }
}

impl From<EndRule> for Wire {
    fn from(rule: EndRule) -> Wire {
        match rule {
            EndRule::AtEnd => Wire::AtEnd {},
            EndRule::After(duration) => Wire::After { duration },
            EndRule::Manual(overrun) => Wire::Manual { overrun },
            EndRule::OnSignal { observer, overrun } => Wire::OnSignal { observer, overrun },
        }
    }
}

fn stays(overrun: &Overrun) -> bool {
    *overrun == Overrun::Stay
}
