//! What callers see of something that comes again and again.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Approval;
use crate::params::NewSeries;

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
    /// What it says, as it could be sent to make it anew.
    #[serde(flatten)]
    pub said: NewSeries,
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
