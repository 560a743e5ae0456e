//! What people have been told about a maintenance, so that nothing is told twice or never.
use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::maintenance::Maintenance;
use crate::order::{Order, Step, Tell, Update};
use crate::plan::Edit;

/// The newest updates kept with the maintenance; older ones stay in the log.
const UPDATES_MAX: usize = 20;

/// What was told, and when last.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// Up to which instant reminders are accounted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded_at: Option<Instant>,
    /// That it will end soon; of the end that it has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Instant>,
    /// Another end: when that was ordered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_changed_at: Option<Instant>,
    /// That an update is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nudged_at: Option<Instant>,
    /// What keeps it from beginning, though its time has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
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
    /// What was said of how it was entered is void when it is entered again; who hears that it is scheduled needs no
    /// reminder whose time is over.
    pub(crate) fn at(self, step: &Step, at: Instant) -> Told {
        match step {
            Step::Reenter => Told { drain_late_at: None, ..self },
            Step::Schedule => Told { reminded_at: Some(at), ..self },
            Step::Start => Told { held_back: None, ..self },
            _ => self,
        }
    }

    /// A new end makes old warnings about the end void; a new begin is told, and so are new reminders' terms.
    pub(crate) fn after(self, edit: &Edit, before: &Maintenance, at: Instant) -> Told {
        match edit {
            Edit::Extend(_) | Edit::End(_) => Told { overdue_at: None, expired_at: None, ..self },
            Edit::StartsAt(_) => Told { reminded_at: Some(at), held_back: None, ..self },
            // One that is due already is still given.
            Edit::Tells(_) if before.reminded_next().is_none_or(|next| at < next) => {
                Told { reminded_at: self.reminded_at.max(Some(at)), ..self }
            }
            Edit::Tells(_) | Edit::Texts(_) | Edit::Scope(_) | Edit::Policy(_) | Edit::Preset(_) | Edit::Owner(_) => {
                self
            }
            Edit::Exclude(_) | Edit::Accept(_) => self,
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
            Tell::Remind => self.reminded_at = self.reminded_at.max(at),
            Tell::AskOwner => self.asked_at = at,
            Tell::Nudge => self.nudged_at = at,
            Tell::HeldBack(why) => self.held_back = Some(why.clone()),
            Tell::ApprovalLapsed => {}
        }
        self
    }
}
