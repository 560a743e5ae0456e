//! Orders: who wants what changed, when, and on which facts it is decided.
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::OrderId;
use crate::plan::{Edit, Zone};
use crate::policy::Role;
use crate::{Instant, Span};

/// Who gives an order; taken from the authenticated caller, never from a body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person; the same name is the same person.
    Person(String),
    /// A program with a token of its own.
    Service(String),
    /// A signal read from outside.
    Observer(String),
    /// The clock, acting for the owner.
    Schedule,
    /// Lull itself, reporting what it found.
    Engine,
}

impl Actor {
    /// The kind, as the API says it.
    pub fn kind(&self) -> &'static str {
        match self {
            Actor::Person(_) => "person",
            Actor::Service(_) => "service",
            Actor::Observer(_) => "observer",
            Actor::Schedule => "schedule",
            Actor::Engine => "engine",
        }
    }

    /// The name, as people know it.
    pub fn name(&self) -> &str {
        match self {
            Actor::Person(name) | Actor::Service(name) | Actor::Observer(name) => name,
            Actor::Schedule => "schedule",
            Actor::Engine => "engine",
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person(name) | Actor::Service(name) | Actor::Observer(name) => write!(f, "{} {name}", self.kind()),
            Actor::Schedule | Actor::Engine => f.write_str(self.kind()),
        }
    }
}

/// A permission that no role includes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Permission {
    /// End what an observer holds; force without a backup.
    #[serde(rename = "break_glass")]
    BreakGlass,
    /// Order what a calendar or a conflict forbids.
    #[serde(rename = "override")]
    Override,
    /// Approve a plan.
    #[serde(rename = "approve")]
    Approve,
    /// Ask the gate for somebody else.
    #[serde(rename = "gate.ask")]
    GateAsk,
}

/// What was found outside the maintenance before the order was decided; stored with it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The caller's weakest role over all roots of the scope; none where he has none on one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The caller may see the maintenance.
    #[serde(default)]
    pub sees: bool,
    /// Permissions that he has on every root.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub may: BTreeSet<Permission>,
    /// The occurrence before it, of the same series, still runs.
    #[serde(default)]
    pub continues: bool,
    /// Its begin moves with it: that is what people are told.
    #[serde(default)]
    pub moves: bool,
    /// What is missing before the maintenance may be verified, as the engine last saw it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// The hash of the plan as it stands, with the targets that it covers now; where the order needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<String>,
    /// The hash of the plan as this changes it, where the word on it is one on that, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_hash: Option<String>,
}

/// Something that changes a maintenance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Who gave it.
    pub by: Actor,
    /// When.
    pub at: Instant,
    /// What.
    pub command: Command,
    /// What it is decided on.
    pub facts: Facts,
}

/// What is ordered, split by who may give it: a person cannot say `Entered`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Change the plan.
    Edit(Edit),
    /// Change the life.
    Life(Step),
    /// Tell people.
    Tell(Tell),
    /// The engine's findings.
    Found(Finding),
}

/// An order about the life of a maintenance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Make a draft a promise.
    Schedule,
    /// Approve the plan with this hash.
    Approve(String),
    /// Begin now.
    Start,
    /// Too late to begin.
    Miss,
    /// Leave this occurrence out.
    Skip(Skip),
    /// Operators in, users still out.
    Verify,
    /// Out again.
    Reenter,
    /// End it as done.
    Complete(Closing),
    /// End it as not done.
    Cancel(Closing),
    /// Take it away, as far as that can be.
    Delete,
}

/// Why an occurrence is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// Somebody said so of this one.
    Alone,
    /// The one before it still runs.
    Overlaps,
    /// Its series ends before it, or goes on otherwise.
    SeriesEnded,
}

/// What is said when a maintenance ends.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Closing {
    /// For the people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ends what an observer holds.
    #[serde(default)]
    pub break_glass: bool,
}

/// An order that only tells.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tell {
    /// A progress text by a person.
    Update(Update),
    /// It will begin soon.
    Remind,
    /// It will end soon: is that right?
    AskOwner,
    /// A while without a word.
    Nudge,
    /// Its approval was given to what it is no more.
    ApprovalLapsed,
    /// Its time has come, and this keeps it from beginning.
    HeldBack(String),
    /// Its end has passed.
    Overdue,
    /// It has no end and runs longer than it said.
    Expired,
    /// Running work has not ended within its limit.
    DrainLate,
    /// Leaving takes longer than its limit.
    LeavingLate,
}

/// A progress text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Update {
    /// What to tell.
    pub text: String,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// When it will be over; moves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_end: Option<Instant>,
}

/// What the engine found to be so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Everything that had to be done to enter is done.
    Entered,
    /// Everything is put back, or somebody else answers for it.
    Left,
    /// Something needs a person; named.
    Trouble(Vec<String>),
}

/// What a person says when he creates a maintenance; times are resolved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Times {
    /// When it begins; none means when it is started.
    pub starts_at: Option<Instant>,
    /// When it ends.
    pub until: crate::plan::Until,
    /// The zone that its times are told in.
    pub zone: Zone,
    /// How long it may run without an end before people are told.
    pub expires_after: Option<Span>,
}
