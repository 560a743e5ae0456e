//! What runs outside, and what is done to it, as callers get them.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of what runs, or could.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Workloads {
    /// The rows.
    pub items: Vec<Workload>,
    /// Where the next page begins; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What could not be listed, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// Something that runs, or could.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Workload {
    /// The target it belongs to.
    pub target: String,
    /// Its lasting name.
    pub name: String,
    /// Its present id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `running`, `stopped`, `created`.
    pub state: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The project it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// What it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Since when it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// Where it keeps what a backup of it does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    /// It asked to be left alone.
    #[serde(default)]
    pub ignored: bool,
    /// What happens to it at the end of the maintenance that stopped it; none if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
}

/// What is done to one target, and how far that is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Engagement {
    /// The target's place.
    pub target: String,
    /// `stop`.
    pub effect: String,
    /// `free`, `captured`, `applied`, `owed`.
    pub stage: String,
    /// The operation number.
    pub op: u64,
    /// The maintenances that hold it.
    pub holders: Vec<String>,
    /// Who sees the debt paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// The receipt.
    pub things: Vec<Thing>,
    /// A call that may still act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// What failed, and when it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Again>,
    /// Why the whole target needs a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Targets that must stop or start first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
}

/// A job that stops work for good.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many are stopped, or failed.
    pub done: usize,
    /// Of so many.
    pub of: usize,
    /// What it stops.
    pub items: Vec<JobItem>,
}

/// One thing that a job stops.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JobItem {
    /// Its id when it was asked for; its lasting name where it has none.
    pub id: String,
    /// Its lasting name.
    pub name: String,
    /// The target it belongs to.
    pub target: String,
    /// `waiting`, `backing_up`, `stopping`, `stopped`, `failed`.
    pub state: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Its backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
}

/// One thing of a receipt.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Thing {
    /// Its lasting name.
    pub name: String,
    /// `captured`, `called`, `down`, `again`, `struck`, `back`.
    pub state: String,
    /// Why it is no longer ours to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Why it needs a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Its backup, or who did without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
}

/// A call that may still act.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// `backup`, `apply` or `revert`.
    pub verb: String,
    /// On what.
    pub names: Vec<String>,
    /// Since when.
    pub started_at: String,
    /// Past this it can no longer act.
    pub quiet_at: String,
}

/// When something is tried again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Again {
    /// When.
    pub at: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed.
    pub why: String,
}
