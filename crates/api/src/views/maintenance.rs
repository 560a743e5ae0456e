//! A maintenance and its plan, as callers get them.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Workload;
use crate::params::{Expected, Scope};

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
    /// Leaving or over: `completed`, `cancelled`; never begun: `missed`, `skipped`, `overlapped`, `series_ended`, `blackout`, `conflict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// What is true of it now.
    pub flags: Flags,
    /// From when it is certain that nothing is admitted under the old rules any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fenced_at: Option<String>,
    /// Enforcers that may still decide without it, and do not answer: until they come back, or somebody accepts that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfenced: Vec<String>,
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
    /// Of which series it is an occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<OfSeries>,
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
    /// The word of a second person, where the policy asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// How long before the begin subscribers are reminded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<String>,
    /// How long before the end the owner is asked; `PT0S` for not at all.
    #[serde(default)]
    pub ask_before: String,
    /// After how long without an update the owner is nudged; `PT0S` for never.
    #[serde(default)]
    pub nudge_every: String,
    /// How much of the budget of its overrun is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrun_used: Option<String>,
    /// Progress texts, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<Update>,
    /// What keeps it from beginning, though its time has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
    /// What needs a person, by path and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trouble: Vec<String>,
    /// What its policy asks for and this version does not do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// The running work that must end before it is ready, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<Blocker>,
    /// While verifying: how far each target is that is to come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returning: Vec<Returning>,
    /// How far entering, verifying or leaving is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The gate's epoch that holds it in this form.
    pub epoch: u64,
    /// Grows with every change of the plan; the ETag.
    pub revision: u64,
    /// When it was made.
    pub created_at: String,
}

/// The word of a second person on a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// It does not begin without.
    pub needed: bool,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Since when that holds no more, as the plan is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapsed_at: Option<String>,
    /// Who may approve it, while it waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
}

/// Running work that must end and has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Blocker {
    /// Its lasting name; the path of its target where the whole of it is meant.
    pub name: String,
    /// The target it belongs to.
    pub target: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Since when it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// What keeps it from ending, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How far a target is that is to come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Returning {
    /// Its place.
    pub target: String,
    /// `back`, `coming`, `held` by another maintenance, `waits` for another target, or `failed`.
    pub state: String,
    /// The same for people: `held by mnt_…`, `waits for acme/prod/db`.
    pub words: String,
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
    /// Fenced, and nothing in scope that must end still runs; while verifying: all that was stopped is back.
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
    /// The word of a second person, where the policy asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The targets, with what is done to each, in the order of stopping.
    pub targets: Vec<PlannedTarget>,
    /// What would be hit right now.
    pub forecast: Forecast,
    /// What speaks against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
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

/// Of which series a maintenance is an occurrence, and which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfSeries {
    /// The series.
    pub id: String,
    /// Its start as the rules give it.
    pub occurrence: String,
    /// Somebody gave it a time of its own.
    #[serde(default)]
    pub moved: bool,
}

/// Something that speaks against a maintenance.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Conflict {
    /// `blackout`, `maintenance` or `limit`.
    pub kind: String,
    /// What it is, in one sentence.
    pub text: String,
    /// From when, in the zone of the maintenance.
    pub from: String,
    /// Until when, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// It is refused because of it, until somebody accepts that.
    pub refuses: bool,
    /// Somebody has.
    pub accepted: bool,
    /// The calendar that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// The other maintenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<String>,
}
