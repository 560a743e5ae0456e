//! What callers see of something that comes again and again.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
