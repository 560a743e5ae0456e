//! What is said of something that comes again and again.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A recurrence, to be looked at: in words, or by its rules.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecurrencePreview {
    /// What a person says, such as `every second Sunday 02:00-04:00 Europe/Berlin`, instead of `rules`, `start` and `duration`;
    /// `zone` counts where it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    pub text: Option<String>,
    /// Rules of RFC 5545, section 3.3.10; none where only `rdates` are wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"]), max_items = 20)]
    pub rules: Vec<String>,
    /// Further starts, written as `start` is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1_000)]
    pub rdates: Vec<String>,
    /// Starts that are left out, written as `start` is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1_000)]
    pub exdates: Vec<String>,
    /// The IANA zone whose clocks count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// From when, a local date and time; what a rule leaves out is as it is here. It may lie in the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-22T02:00")]
    pub start: Option<String>,
    /// How long each lasts, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "PT2H")]
    pub duration: Option<String>,
    /// The duration is time that passes, not what the clocks show.
    #[serde(default)]
    pub elapsed: bool,
    /// How many are listed, from the first on; 10 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000)]
    pub count: Option<u32>,
}
