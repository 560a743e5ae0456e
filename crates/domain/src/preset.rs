//! The five policies that have a name.
use std::fmt;
use std::str::FromStr;

use lull_gate::{Action, Answer, Span};
use serde::{Deserialize, Serialize};

use crate::policy::{
    Conflicts, Effect, FINISH_DEFAULT, Facet, Orders, Policy, Reply, Role, Running, Swallowed, Then, Unhealthy,
};
use crate::refusal::Refusal;

/// How long a maintenance without an end lasts before its owner is reminded, where nothing else is said.
pub const EXPIRES_AFTER: Span = Span::hours(8);
/// How long a thing may take to end by itself under `stop-everything`: as long as a pod has unless it says otherwise.
pub const GRACE: Span = Span::seconds(30);
/// How long leaving may take before people are told.
pub const LEAVING_LIMIT: Span = Span::minutes(30);

/// A policy with a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Nobody starts a workload; what runs goes on.
    NoNewWork,
    /// Only administrators are let in.
    AdminsOnly,
    /// Work is accepted and held; what runs finishes its task.
    HoldNewWork,
    /// All that runs stops, and what ran starts afterwards.
    StopEverything,
    /// People are told and monitors are silent; nothing is refused.
    Announce,
}

/// One column of the table.
struct Row {
    preset: Preset,
    name: &'static str,
    answers: &'static [(Action, Reply)],
    passes: &'static [Role],
    running: Running,
    effects: &'static [Effect],
    facets: &'static [Facet],
    orders: Orders,
    /// Whether an order needs its right on `/`, wherever the scope lies.
    orders_at_root: bool,
}

const DENY: Reply = Reply { answer: Answer::Deny, status: None, retry_after: None };
const DEFER: Reply = Reply { answer: Answer::Defer, status: None, retry_after: None };
const QUEUE: Reply = Reply { answer: Answer::Queue, status: None, retry_after: None };

/// Refused as the lab's table says "refused (409 problem)". The table itself, which lets pass what lies apart from the
/// window and warns of what spans it, is asked where a booking's times are known; where they are not, it is refused.
const BOOKED: Reply = denied(409);

const fn denied(status: u16) -> Reply {
    Reply { answer: Answer::Deny, status: Some(status), retry_after: None }
}

/// The table of actions and presets, one preset a row; an action that is not named is allowed.
///
/// Where the model leaves room:
/// - **facets**: every preset shows its targets as under maintenance (`page`); `work` is set by all that hold work back;
///   `monitors` only where monitors are silenced too, as elsewhere the targets themselves stay up.
/// - **who passes**: with operators, administrators are named too, so that a set of roles can be compared as it stands.
/// - **`stop-everything`** ends by hand; on a signal when an observer's reading starts it, which then sets that rule.
static TABLE: [Row; 5] = [
    Row {
        preset: Preset::NoNewWork,
        name: "no-new-work",
        answers: &[(Action::WorkloadStart, denied(412)), (Action::WorkloadRestart, denied(412))],
        passes: &[],
        running: Running::GoOn,
        effects: &[],
        facets: &[Facet::Work, Facet::Page],
        orders: Orders::Administrator,
        orders_at_root: false,
    },
    Row {
        preset: Preset::AdminsOnly,
        name: "admins-only",
        answers: &[
            (Action::WorkloadStart, DENY),
            (Action::WorkloadRestart, DENY),
            (Action::Login, DENY),
            (Action::SessionCreate, DENY),
            (Action::SessionUseUi, DENY),
            (Action::SessionRenew, DENY),
            (Action::ReservationCreate, BOOKED),
            (Action::ReservationRestore, BOOKED),
            (Action::ReservationMove, BOOKED),
            (Action::ReservationUse, DENY),
            (Action::ExecutionAccept, DENY),
            (Action::ExecutionStart, DEFER),
            (Action::TaskStart, DEFER),
        ],
        passes: &[Role::Administrator],
        running: Running::GoOn,
        effects: &[],
        facets: &[Facet::Work, Facet::Page],
        orders: Orders::Administrator,
        orders_at_root: true,
    },
    Row {
        preset: Preset::HoldNewWork,
        name: "hold-new-work",
        answers: &[(Action::ExecutionStart, QUEUE), (Action::TaskStart, QUEUE)],
        passes: &[Role::Operator, Role::Administrator],
        running: Running::Finish { limit: FINISH_DEFAULT, then: Then::Wait },
        effects: &[Effect::Hold],
        facets: &[Facet::Work, Facet::Page],
        orders: Orders::Operator,
        orders_at_root: false,
    },
    Row {
        preset: Preset::StopEverything,
        name: "stop-everything",
        answers: &[
            (Action::WorkloadStart, DENY),
            (Action::WorkloadRestart, DENY),
            (Action::ExecutionStart, QUEUE),
            (Action::TaskStart, QUEUE),
            (Action::Deploy, DENY),
            (Action::RequestRead, denied(503)),
            (Action::RequestWrite, denied(503)),
        ],
        passes: &[Role::Operator, Role::Administrator],
        running: Running::Stop { grace: GRACE, backup: false },
        effects: &[Effect::Tell, Effect::Silence, Effect::Stop],
        facets: &[Facet::Work, Facet::Page, Facet::Monitors],
        orders: Orders::Operator,
        orders_at_root: false,
    },
    Row {
        preset: Preset::Announce,
        name: "announce",
        answers: &[],
        passes: &[],
        running: Running::GoOn,
        effects: &[Effect::Silence],
        facets: &[Facet::Page, Facet::Monitors],
        orders: Orders::Operator,
        orders_at_root: false,
    },
];

impl Preset {
    /// Every preset, in the order of the table.
    pub const ALL: [Preset; 5] =
        [Preset::NoNewWork, Preset::AdminsOnly, Preset::HoldNewWork, Preset::StopEverything, Preset::Announce];

    /// The name, as bodies and the CLI say it.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The policy that it stands for.
    pub fn policy(self) -> Policy {
        let row = self.row();
        Policy {
            answers: row.answers.iter().copied().collect(),
            passes: row.passes.iter().copied().collect(),
            running: row.running,
            effects: row.effects.iter().copied().collect(),
            facets: row.facets.iter().copied().collect(),
            orders: row.orders,
            cutoff: Span::ZERO,
            leaving_limit: LEAVING_LIMIT,
            unhealthy: Unhealthy::StayClosed,
            approval: false,
            conflicts: Conflicts::default(),
            swallowed: Swallowed::Fail,
        }
    }

    /// Whether an order needs its role on `/` itself, wherever the scope lies (lab: only administrators of the
    /// installation set, change, extend and end it).
    pub fn orders_at_root(self) -> bool {
        self.row().orders_at_root
    }

    fn row(self) -> &'static Row {
        match self {
            Preset::NoNewWork => &TABLE[0],
            Preset::AdminsOnly => &TABLE[1],
            Preset::HoldNewWork => &TABLE[2],
            Preset::StopEverything => &TABLE[3],
            Preset::Announce => &TABLE[4],
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Preset {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Preset, Refusal> {
        TABLE.iter().find(|row| row.name == text).map(|row| row.preset).ok_or_else(|| {
            let short: String = text.chars().take(40).collect();
            let remedy = "Use no-new-work, admins-only, hold-new-work, stop-everything or announce.";
            Refusal::input("preset", format!("{short:?} is no preset"), remedy)
        })
    }
}

#[cfg(test)]
mod tests;
