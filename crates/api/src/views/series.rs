//! What callers see of something that comes again and again.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Approval;
use crate::params::{Expected, Scope};

/// A recurrence, as it will be.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct RecurrencePreviewed {
    /// When it happens, in one sentence.
    #[schema(example = "Every second Sunday 02:00–04:00 (Europe/Berlin)")]
    pub sentence: String,
    /// What the text says, as rules; only where there was one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The zone whose clocks count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// From when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// How long each lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// The first of them.
    pub occurrences: Vec<PreviewedOccurrence>,
}

/// One of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PreviewedOccurrence {
    /// From when, in the zone of the recurrence.
    #[schema(example = "2026-11-22T02:00:00+01:00")]
    pub starts_at: String,
    /// Until when.
    #[schema(example = "2026-11-22T04:00:00+01:00")]
    pub ends_at: String,
    /// What is odd: `gap_shifted_by_PT1H`, `fold_first`, `start_not_in_rule`; several are joined by a space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A series.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Series {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: String,
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where.
    pub scope: Scope,
    /// The name of a preset; this or `policy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// What quiet means; what is left out is as in the preset `announce`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub policy: Option<Value>,
    /// Under whose hand each ends: `{"by": "at_end" | "manual", …}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub end: Option<Value>,
    /// The IANA zone whose clocks count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// Who is told and asked; the creator where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `none`, `reduced`, `degraded` or `outage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// What works and what does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact_text: Option<String>,
    /// Told as "2–4 hours".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// How long before each begins people are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<String>>,
    /// How long before its end the owner is asked; not at all where it is `PT0S`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_before: Option<String>,
    /// After how long without an update the owner is nudged; never where it is `PT0S`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nudge_every: Option<String>,
    /// What becomes of one that begins while the one before still runs: `join` or `skip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(join|skip)$")]
    pub overlap: Option<String>,
    /// Texts by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
    /// Rules of RFC 5545, section 3.3.10; none where only `rdates` are wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["RRULE:FREQ=WEEKLY;BYDAY=SU"]), max_items = 20)]
    pub rules: Vec<String>,
    /// Further starts, written as `start` is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1_000)]
    pub rdates: Vec<String>,
    /// Starts that are left out, written as `start` is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1_000)]
    pub exdates: Vec<String>,
    /// From when, a local date and time; it may lie in the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2030-07-07T02:00")]
    pub start: Option<String>,
    /// How long each lasts, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "PT2H")]
    pub duration: Option<String>,
    /// The duration is time that passes, not what the clocks show.
    #[serde(default)]
    pub elapsed: bool,
    /// When it happens, in one sentence.
    #[schema(example = "Every second Sunday 02:00–04:00 (Europe/Berlin)")]
    pub sentence: String,
    /// The next ten occurrences.
    pub next: Vec<SeriesOccurrence>,
    /// The hash that an approval binds to, where its policy asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What a second person said of it, where its policy asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The series that it goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// The first occurrence that is held no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_before: Option<String>,
    /// Who made it.
    pub by: String,
    /// When.
    pub created_at: String,
    /// Grows with every change.
    pub revision: u64,
}

/// An occurrence of a series.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SeriesOccurrence {
    /// Its start as the rules give it: its name, also when it is moved.
    #[schema(example = "2030-07-14T02:00:00")]
    pub occurrence: String,
    /// From when, in the zone of the series.
    #[schema(example = "2030-07-14T02:00:00+02:00")]
    pub starts_at: String,
    /// Until when.
    #[schema(example = "2030-07-14T04:00:00+02:00")]
    pub ends_at: String,
    /// What is odd: `gap_shifted_by_PT1H`, `fold_first`, `start_not_in_rule`; several are joined by a space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The maintenance that it is, where it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<String>,
    /// `planned` where it is not made; else as the maintenance says, or how its time went by.
    pub status: String,
    /// Somebody gave it a time of its own.
    #[serde(default)]
    pub moved: bool,
}
