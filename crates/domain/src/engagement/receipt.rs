//! The receipt: what was there before anything was touched.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Backup;
use crate::Instant;
use crate::estate::Binding;

/// What was there before anything was touched; enough to put it back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The binding it was made with.
    pub binding: Binding,
    /// The things.
    pub items: Vec<Item>,
    /// When the first reading was made.
    pub taken_at: Instant,
}

/// One thing of a receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// The name that survives re-creation.
    pub name: String,
    /// The id under which it was last seen as ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it was last found running as ours to stop.
    pub captured_at: Instant,
    /// When the run that was found then had begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_since: Option<Instant>,
    /// Things of this receipt that it needs while it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What has become of it.
    pub state: ItemState,
    /// The stored start of this operation's first call for it since it was last found running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Instant>,
    /// It was called only for such as cancel it: it is not started again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
    /// The backup of the run that was found running, or who did without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// When the outside had last started, as far as was known when it was found running or called last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_at: Option<Instant>,
    /// The run that we last ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Run>,
    /// Runs of it that we ended too. Reports come in any order and clocks are put back: which of these was the last is not
    /// asked, only whether the present one is among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Run>,
    /// A call that never reported may have ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsure: Option<Lost>,
    /// The run that we last began; its start lies between these, or is the one reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<OwnStart>,
    /// The setting that keeps it up, as captured.
    #[serde(default)]
    pub before: Value,
    /// The setting that would keep it down; none where its system has none to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps_down: Option<Value>,
    /// The setting as we set it, or are about to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Value>,
    /// How often its own system had restarted it when it was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts: Option<u64>,
    /// It was not well when it was found running: to be as it was, it need not be well again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ailed: bool,
    /// Starts that did not hold.
    #[serde(default)]
    pub failures: u32,
    /// Why it needs a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// What has become of a thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// It ran.
    Captured,
    /// It is down, and ours to start.
    Down,
    /// It runs again although it should not.
    Again,
    /// Ours no longer to start.
    Struck(Why),
    /// It runs as before.
    Back,
}

/// Why a thing is no longer ours to start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A person started it under the present holds.
    TakenOver,
    /// Somebody stopped it before we did.
    StoppedBefore,
    /// Somebody re-created it, ran it, and stopped it.
    Replaced,
    /// There is nothing of this name any more.
    Gone,
    /// Its time to end was over, and it was cancelled.
    Cancelled,
    /// A person accepts it as it is.
    Accepted {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Struck under holds that are over.
    Earlier,
}

/// One run of a thing; its start identifies it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// When it began.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// A start of ours: what it reported, or the span in which it may have happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwnStart {
    /// The stored start of the call.
    pub from: Instant,
    /// Until when that call may have acted.
    pub to: Instant,
    /// The start that it reported.
    pub at: Option<Instant>,
}

/// A call that never reported: when it may have acted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lost {
    /// When its intent was stored.
    pub from: Instant,
    /// Past this it could no longer act.
    pub to: Instant,
}
