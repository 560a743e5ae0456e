//! What is said of calendars.
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A new calendar: of iCalendar text, of an address from which that is fetched, or of a recurrence of one's own, in words or by
/// its rules; one of the four.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCalendar {
    /// What people call it; a recurrence of one's own is shown under this name.
    #[schema(example = "Public holidays", min_length = 1, max_length = 200)]
    pub name: String,
    /// It holds for this target and all below it.
    #[schema(example = "acme/prod")]
    pub under: String,
    /// iCalendar text (RFC 5545), at most 5 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ics: Option<String>,
    /// Where iCalendar text is fetched from, now and each hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2_048)]
    pub url: Option<String>,
    /// What a person says, such as `every year on 24 December 00:00 for 3 days`, instead of `rules`, `start` and `duration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400, example = "every year on 24 December 00:00 for 3 days")]
    pub text: Option<String>,
    /// Rules of RFC 5545, section 3.3.10; none where only `rdates` are wanted, or a single time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub rules: Vec<String>,
    /// Further starts, written as `start` is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1_000)]
    pub rdates: Vec<String>,
    /// Starts that are left out, written as `start` is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1_000)]
    pub exdates: Vec<String>,
    /// The IANA zone whose clocks count: for `rules` it is needed; of iCalendar it is where whole days and times without a zone
    /// are, UTC where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// From when, a local date and time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// How long each lasts, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// The duration is time that passes, not what the clocks show.
    #[serde(default)]
    pub elapsed: bool,
}

/// Which blackouts are asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BlackoutsAsked {
    /// The target, by its path or id.
    #[param(example = "acme/prod/shop")]
    pub target: String,
    /// From when.
    pub from: String,
    /// Until when; at most 400 days later.
    pub to: String,
}
