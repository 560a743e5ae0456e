//! What callers get.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::params::{Binding, Expected, Grant, Scope};

/// A page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One thing Lull looks after.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Target {
    /// Its id.
    pub id: String,
    /// Its place.
    pub path: String,
    /// Its kind.
    pub kind: String,
    /// Words to select it by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The version deployed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its id in another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Which outside things are this target's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Paths of what it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Paths of its HTTP health checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_paths: Vec<String>,
    /// `normal` or `maintenance`, by facet: `work`, `page`, `monitors`.
    pub mode: BTreeMap<String, String>,
    /// The maintenances in progress that cover it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maintenances: Vec<String>,
    /// Grows with every change.
    pub revision: u64,
}

/// A maintenance.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Maintenance {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: String,
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `draft`, `scheduled`, `in_progress`, `completed`, `cancelled`.
    pub status: String,
    /// In progress: `entering`, `active`, `verifying`, `leaving`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Leaving or over: `completed`, `cancelled`; never begun: `missed`, `skipped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What is true of it now.
    pub flags: Flags,
    /// Under whose hand it runs; none before it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// Who began it, or made it.
    pub by: String,
    /// Since when it is in this state.
    pub since: String,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Who is told and asked.
    pub owner: String,
    /// Where.
    pub scope: Scope,
    /// The preset that the policy came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// What quiet means.
    #[schema(value_type = Object)]
    pub policy: Value,
    /// When it begins or began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// How long it lasts, where it has not begun and no end is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Under whose hand it ends.
    #[schema(value_type = Object)]
    pub end: Value,
    /// Without an end: after how long people are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<String>,
    /// The zone its times are told in.
    pub zone: String,
    /// `none`, `reduced`, `degraded`, `outage`.
    pub impact: String,
    /// What works and what does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact_text: Option<String>,
    /// How long it will probably take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Texts by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
    /// How long after its time it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_by: Option<String>,
    /// Progress texts, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<Update>,
    /// What needs a person, by path and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trouble: Vec<String>,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// How far entering or leaving is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The gate's epoch that holds it in this form.
    pub epoch: u64,
    /// Grows with every change of the plan; the ETag.
    pub revision: u64,
    /// When it was made.
    pub created_at: String,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// Targets that are done.
    pub done: usize,
    /// Of so many.
    pub of: usize,
}

/// What is true of a maintenance now.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Flags {
    /// People were told.
    pub announced: bool,
    /// Nothing is admitted under the old rules any more.
    pub fenced: bool,
    /// Fenced, and nothing in scope that must end still runs.
    pub ready: bool,
    /// Its end has passed.
    pub overdue: bool,
    /// A person is asked.
    pub needs_attention: bool,
}

/// Under whose hand something runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trigger {
    /// `manual` or `observer`.
    pub kind: String,
    /// Who.
    pub name: String,
}

/// A progress text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Update {
    /// When.
    pub at: String,
    /// What.
    pub text: String,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// When it will be over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_end: Option<String>,
}

/// What a maintenance will do, resolved, and what it would hit right now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// The hash of what is decided.
    pub hash: String,
    /// The targets, with what is done to each, in the order of stopping.
    pub targets: Vec<PlannedTarget>,
    /// What would be hit right now.
    pub forecast: Forecast,
    /// What an operator should know before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A target of a plan.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PlannedTarget {
    /// Its place.
    pub path: String,
    /// Its kind.
    pub kind: String,
    /// What is done to it.
    pub effects: Vec<String>,
    /// In which wave it stops; those of one wave stop together, and start in reverse.
    pub wave: usize,
}

/// What a maintenance would hit right now.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// What runs.
    pub workloads: Vec<Workload>,
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
}

/// A call that may still act.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// `apply` or `revert`.
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

/// An order as it was given.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// Its number in the log.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// What.
    pub command: String,
    /// The maintenance.
    pub maintenance: String,
    /// The whole order, as it is stored.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// One entry of the log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its number.
    pub seq: u64,
    /// When.
    pub at: String,
    /// `order`, `engagement`, `target`, `token`, `notice`.
    pub kind: String,
    /// About which maintenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<String>,
    /// About which target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// One line for people.
    pub text: String,
    /// What the entry holds.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// A token; the secret is shown once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// The secret, when it was just made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Whose.
    pub name: String,
    /// `person`, `service`, `observer`.
    pub kind: String,
    /// What it may do, and where.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created_at: String,
    /// Until when it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Since when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

/// The answer of the operation-mode route.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModeChanged {
    /// It is as was wished.
    pub success: bool,
    /// One sentence.
    pub message: String,
    /// The product.
    pub product_deployment_id: String,
    /// `Normal` or `Maintenance`.
    pub previous_mode: String,
    /// `Normal` or `Maintenance`.
    pub new_mode: String,
    /// `Manual` or `Observer`.
    pub trigger_source: String,
    /// Why the product could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setter_error: Option<String>,
    /// Who holds it still.
    pub held_by: Vec<HeldBy>,
}

/// Somebody who holds a product in maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldBy {
    /// `Manual` or `Observer`.
    pub kind: String,
    /// Who.
    pub name: String,
    /// Since when.
    pub since: String,
    /// When it ends, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
}

/// Why a request was not done (RFC 9457).
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `/problems/…`, stable.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong.
    pub detail: String,
    /// The field of the body it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do.
    pub remedy: String,
    /// The state that does not allow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What is possible instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub possible: Vec<String>,
    /// Who holds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Holder>,
}

/// Somebody who holds what the caller wants to change.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    /// `manual` or `observer`.
    pub kind: String,
    /// Who.
    pub name: String,
    /// His maintenance.
    pub maintenance: String,
    /// What ends it.
    pub ends: String,
}

/// Health of the server.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, or what is wrong.
    pub status: String,
    /// The version that answers.
    pub version: String,
}
