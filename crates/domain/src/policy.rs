//! What quiet means: what new and running work gets, who passes, and what is done to the world.
use std::collections::{BTreeMap, BTreeSet};

use lull_gate::{Action, Answer, Span};
use serde::{Deserialize, Serialize};

use crate::duration;
use crate::preset::Preset;
use crate::refusal::Refusal;

mod checked;
mod end;

pub use checked::{CUTOFF_MAX, FINISH_MAX, GRACE_MAX, LEAVING_MAX, LEAVING_MIN, RETRY_AFTER_MAX, RETRY_AFTER_MIN};
pub use end::{EndRule, Overrun};

/// How long running work may take to finish where nothing else is said.
pub const FINISH_DEFAULT: Span = Span::minutes(30);

/// What quiet means. What a body leaves out is as in the preset `announce`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What the gate says to each action; an action that is not here is allowed.
    pub answers: BTreeMap<Action, Reply>,
    /// Who passes all the same; see [`Policy::passes`].
    pub passes: BTreeSet<Role>,
    /// What becomes of running work.
    pub running: Running,
    /// What is done to the outside world.
    pub effects: BTreeSet<Effect>,
    /// As what the targets are shown; see [`Policy::sets`].
    pub facets: BTreeSet<Facet>,
    /// The role that an order needs on every root.
    pub orders: Orders,
    /// How long before the end nothing more is stopped.
    #[serde(with = "duration")]
    pub cutoff: Span,
    /// How long leaving may take before people are told.
    #[serde(with = "duration")]
    pub leaving_limit: Span,
    /// What the gate does for a target that is not healthy again.
    pub unhealthy: Unhealthy,
    /// Whether a second person must approve the plan.
    pub approval: bool,
    /// What becomes of it where a calendar or another maintenance speaks against it.
    pub conflicts: Conflicts,
    /// What becomes of an execution that was set before, and that the window now swallows.
    pub swallowed: Swallowed,
}

/// What the gate says to one action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// The HTTP status for enforcers that speak HTTP, 400 to 599; the enforcer's own where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// When to ask again where the end is not known.
    #[serde(default, with = "duration::option", skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Span>,
}

/// What becomes of running work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Running {
    /// It goes on.
    GoOn,
    /// It is waited for.
    Finish {
        /// How long.
        #[serde(default = "finish_default", with = "duration")]
        limit: Span,
        /// What is done with what still runs then.
        #[serde(default)]
        then: Then,
    },
    /// It is stopped.
    Stop {
        /// How long a thing may take to end by itself before it is killed.
        #[serde(with = "duration")]
        grace: Span,
        /// Whether each thing is backed up first; one whose backup fails runs on.
        #[serde(default)]
        backup: bool,
    },
}

/// What is done with work that runs past its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// It is waited for on, and people are told.
    #[default]
    Wait,
    /// It is stopped, so that it can go on later.
    Stop,
    /// It is cancelled.
    Cancel,
}

/// What is done to the outside world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A product is told its mode.
    Tell,
    /// New work is held in somebody else's queue.
    Hold,
    /// Nothing new is placed on a node.
    Cordon,
    /// A monitor is silenced.
    Silence,
    /// What runs is stopped.
    Stop,
}

/// As what a target is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// Its work is refused, queued or stopped.
    Work,
    /// The status page shows it under maintenance.
    Page,
    /// Its monitors pause.
    Monitors,
}

/// What somebody is on a part of the estate, weakest first; who is one is all the weaker ones too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees it.
    Viewer,
    /// Posts updates, too.
    Reporter,
    /// Gives orders, too.
    Operator,
    /// Decides who may do what, too.
    Administrator,
}

/// The role that an order needs on every root.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Orders {
    /// Operator.
    #[default]
    Operator,
    /// Administrator.
    Administrator,
}

/// What the gate does for a target that is put back and not healthy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unhealthy {
    /// It stays closed until the target is healthy.
    #[default]
    StayClosed,
    /// It opens.
    Open,
}

/// What becomes of an execution that a window swallows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Swallowed {
    /// It is refused as `swallowed`.
    #[default]
    Fail,
    /// It runs afterwards.
    Defer,
}

/// What becomes of a maintenance where something speaks against it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conflicts {
    /// A blackout of a calendar.
    pub blackouts: Heed,
    /// Another maintenance on the same targets, or on some that need them.
    pub maintenances: Heed,
}

impl Default for Conflicts {
    /// Calendars forbid, others are told of: they may overlap.
    fn default() -> Conflicts {
        Conflicts { blackouts: Heed::Refuse, maintenances: Heed::Warn }
    }
}

/// What becomes of a maintenance where something speaks against it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heed {
    /// It is refused, until somebody accepts that with a reason.
    Refuse,
    /// It is told in the plan.
    Warn,
}

impl Default for Policy {
    /// The preset `announce`.
    fn default() -> Policy {
        Preset::Announce.policy()
    }
}

impl From<Reply> for lull_gate::Reply {
    fn from(reply: Reply) -> lull_gate::Reply {
        lull_gate::Reply { answer: reply.answer, status: reply.status, retry_after: reply.retry_after }
    }
}

impl Policy {
    /// What the gate says to this action, before it looks at who asks.
    pub fn reply(&self, action: Action) -> Reply {
        self.answers.get(&action).copied().unwrap_or_default()
    }

    /// Whether somebody of this role passes: any of the roles in `passes`, or a stronger one.
    pub fn passes(&self, role: Role) -> bool {
        self.passes.iter().any(|least| *least <= role)
    }

    /// Whether this is done to the outside world.
    pub fn does(&self, effect: Effect) -> bool {
        self.effects.contains(&effect)
    }

    /// Whether the mode of this facet is maintenance: where the policy lists it and, for work, also as soon as work is
    /// held back, whatever is listed.
    pub fn sets(&self, facet: Facet) -> bool {
        self.facets.contains(&facet) || facet == Facet::Work && self.holds_back()
    }

    /// Whether any work is refused, queued, waited for or stopped.
    fn holds_back(&self) -> bool {
        let closed = self.answers.values().any(|reply| reply.answer > Answer::Warn);
        let acts = [Effect::Hold, Effect::Cordon, Effect::Stop].into_iter().any(|effect| self.does(effect));
        closed || acts || self.running != Running::GoOn
    }

    /// Whether work that runs when it begins is waited for or stopped.
    pub fn holds_running(&self) -> bool {
        self.running != Running::GoOn
    }

    /// Whether running work may come to be stopped.
    pub const fn may_stop(&self) -> bool {
        matches!(self.running, Running::Stop { .. } | Running::Finish { then: Then::Stop | Then::Cancel, .. })
    }

    /// How long running work is waited for, where it is.
    pub const fn limit(&self) -> Option<(Span, Then)> {
        match self.running {
            Running::Finish { limit, then } => Some((limit, then)),
            Running::GoOn | Running::Stop { .. } => None,
        }
    }

    /// The role that an order needs on every root.
    pub const fn role_to_order(&self) -> Role {
        match self.orders {
            Orders::Operator => Role::Operator,
            Orders::Administrator => Role::Administrator,
        }
    }
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Reporter, Role::Operator, Role::Administrator];

    /// The word for it, as bodies and enforcers say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Reporter => "reporter",
            Role::Operator => "operator",
            Role::Administrator => "administrator",
        }
    }
}

impl Effect {
    /// Every effect, in the order in which they are taken; reversed when leaving.
    pub const ALL: [Effect; 5] = [Effect::Tell, Effect::Hold, Effect::Cordon, Effect::Silence, Effect::Stop];
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Effect::Tell => "tell",
            Effect::Hold => "hold",
            Effect::Cordon => "cordon",
            Effect::Silence => "silence",
            Effect::Stop => "stop",
        })
    }
}

/// Reads a policy from a body, with the end rule that may stand in it: the end is the plan's, not the policy's. What is left
/// out is as in the `preset` that it names, or as in `announce`.
///
/// # Errors
/// About the field `policy`, in serde's words; or what [`Policy::checked`] and [`EndRule::checked`] refuse.
pub fn from_body(body: serde_json::Value) -> Result<(Policy, Option<EndRule>), Refusal> {
    let odd = |field: &str, why: String| {
        Refusal::input(field, why, "Write it as the API reference shows: an object of `answers`, `passes`, …")
    };
    let serde_json::Value::Object(mut fields) = body else {
        return Err(odd("policy", "the policy is no object".into()));
    };
    let end = fields.remove("end").map(serde_json::from_value::<EndRule>).transpose();
    let end = end.map_err(|why| odd("policy.end", why.to_string()))?;
    let base = match fields.remove("preset") {
        None => Policy::default(),
        Some(serde_json::Value::String(name)) => {
            name.parse::<Preset>().map_err(|refusal| refusal.at("policy.preset"))?.policy()
        }
        Some(_) => return Err(odd("policy.preset", "the preset is no name".into())),
    };
    if let Ok(serde_json::Value::Object(base)) = serde_json::to_value(base) {
        for (field, value) in base {
            fields.entry(field).or_insert(value);
        }
    }
    let policy: Policy = serde_json::from_value(fields.into()).map_err(|why| odd("policy", why.to_string()))?;
    policy.checked()?;
    end.iter().try_for_each(EndRule::checked).map_err(|refusal| refusal.at("policy.end"))?;
    Ok((policy, end))
}

const fn finish_default() -> Span {
    FINISH_DEFAULT
}

#[cfg(test)]
mod tests;
