//! What people have been told about a maintenance, so that nothing is told twice or never.
use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::order::{Order, Step, Tell, Update};

/// The newest updates kept with the maintenance; older ones stay in the log.
const UPDATES_MAX: usize = 20;

/// What was told, and when last.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// That its end has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue_at: Option<Instant>,
    /// That it runs longer than it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_at: Option<Instant>,
    /// That running work has not ended within its limit, since it was entered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_late_at: Option<Instant>,
    /// That leaving takes longer than its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving_late_at: Option<Instant>,
    /// What needs a person, by name, and since when that is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trouble: Vec<String>,
    /// Progress texts, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<(Instant, Update)>,
}

impl Told {
    /// What was said of how it was entered is void when it is entered again.
    pub fn before(self, step: &Step) -> Told {
        match step {
            Step::Reenter => Told { drain_late_at: None, ..self },
            _ => self,
        }
    }

    /// What is told after this order.
    pub fn with(mut self, tell: &Tell, order: &Order) -> Told {
        let at = Some(order.at);
        match tell {
            Tell::Update(update) => {
                self.updates.push((order.at, update.clone()));
                let surplus = self.updates.len().saturating_sub(UPDATES_MAX);
                self.updates.drain(..surplus);
            }
            Tell::Overdue => self.overdue_at = at,
            Tell::Expired => self.expired_at = at,
            Tell::DrainLate => self.drain_late_at = at,
            Tell::LeavingLate => self.leaving_late_at = at,
            Tell::Remind | Tell::AskOwner | Tell::Nudge => {}
        }
        self
    }
}
