//! The word of a second person on a plan, where its policy asks for one.
use serde::{Deserialize, Serialize};

use super::{Maintenance, Obeyed};
use crate::Instant;
use crate::life::{Life, possible};
use crate::order::{Actor, Order};
use crate::refusal::{Because, Refusal};

/// What a second person said yes to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Instant,
    /// The hash of the plan that he saw.
    pub plan: String,
    /// Since when it holds no more, as the plan is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapsed_at: Option<Instant>,
}

impl Approval {
    /// It holds no more.
    pub fn has_lapsed(&self) -> bool {
        self.lapsed_at.is_some()
    }

    /// The same, lapsed at `at` at the latest.
    pub(super) fn lapsed(self, at: Instant) -> Approval {
        Approval { lapsed_at: self.lapsed_at.or(Some(at)), ..self }
    }
}

impl Maintenance {
    /// The word that holds.
    pub fn approval_in_force(&self) -> Option<&Approval> {
        self.approval.as_ref().filter(|approval| !approval.has_lapsed())
    }

    /// It is promised, and nobody has approved it as it stands.
    pub fn waits_for_approval(&self) -> bool {
        matches!(self.life, Life::Scheduled) && self.plan.policy.approval && self.approval_in_force().is_none()
    }

    /// The approval that it has was given to another plan than the one with this hash: a target has come or gone.
    pub fn was_approved_otherwise(&self, hash: &str) -> bool {
        matches!(self.life, Life::Scheduled) && self.approval_in_force().is_some_and(|approval| approval.plan != hash)
    }

    /// Who made the plan what it is, and cannot approve it.
    pub fn made_by(&self) -> impl Iterator<Item = &Actor> {
        std::iter::once(&self.created_by).chain(self.changed_by.as_ref().filter(|by| **by != self.created_by))
    }

    /// Approved as it stands, if it stands as the hash says.
    pub(super) fn approved(mut self, hash: &str, order: &Order) -> Result<Obeyed, Refusal> {
        if order.facts.plan_hash.as_deref() != Some(hash) {
            let detail = "The plan is another one than the one that you approve.";
            return Err(
                Refusal::new(Because::Conflict, detail, "Look at the plan again; its hash stands there.").at("plan")
            );
        }
        if self.approval_in_force().is_some_and(|approval| approval.plan == hash) {
            return Ok(Obeyed::Same(Box::new(self)));
        }
        self.approval = Some(Approval { by: order.by.clone(), at: order.at, plan: hash.to_owned(), lapsed_at: None });
        Ok(Obeyed::Changed(Box::new(self)))
    }

    /// Whether it may begin: where its policy asks for a second person, only as that person has approved it.
    pub(super) fn may_begin(&self, order: &Order) -> bool {
        let approved = self.approval_in_force().map(|approval| &approval.plan);
        !self.plan.policy.approval || approved.is_some() && approved == order.facts.plan_hash.as_ref()
    }

    pub(super) fn unapproved(&self) -> Refusal {
        let detail = "A second person must approve its plan before it begins.";
        let remedy = match self.life {
            Life::Scheduled => "Have somebody else look at its plan and approve it, then start it.",
            _ => "Save it as a draft or for a time to come, schedule it, have it approved, then start it.",
        };
        Refusal {
            state: Some(self.state_name().to_owned()),
            possible: possible(&self.life),
            ..Refusal::new(Because::State, detail, remedy)
        }
    }

    /// Why it is over without having begun.
    pub(super) fn missed_for(&self) -> String {
        match self.waits_for_approval() {
            true => "missed (unapproved)".to_owned(),
            false => "missed".to_owned(),
        }
    }
}
