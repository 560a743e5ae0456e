//! What is said of something that comes again and again.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Expected, Override, Scope};

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

/// A maintenance that comes again and again: its body without times, and when.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Patch day", "preset": "stop-everything", "rules": ["RRULE:FREQ=WEEKLY;BYDAY=SU"],
    "scope": {"include": [{"under": "acme/prod/shop"}]}, "start": "2030-07-07T02:00", "duration": "PT2H", "zone": "Europe/Berlin"}))]
pub struct NewSeries {
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
    /// When, as a person says it, instead of `rules`, `start` and `duration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    pub text: Option<String>,
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
}

/// A change of a series: what is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesChange {
    /// From which occurrence on, by its start as the rules give it; for `split` only, which needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2030-07-14T02:00:00")]
    pub occurrence: Option<String>,
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<BTreeMap<String, String>>,
    /// When, as a person says it, instead of `rules`, `start` and `duration`; for `split` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    pub text: Option<String>,
    /// Rules of RFC 5545; for `split` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<String>>,
    /// Further starts; for `split` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rdates: Option<Vec<String>>,
    /// Starts that are left out; for `split` only, where they are those that were, at their new times, if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exdates: Option<Vec<String>>,
    /// From when; for `split` only, where it is the occurrence itself if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// How long each lasts; for `split` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// The duration is time that passes; for `split` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed: Option<bool>,
}

/// One occurrence of a series.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOccurrence {
    /// Its start as the rules give it, which stays its name when it is moved.
    #[schema(example = "2030-07-14T02:00:00")]
    pub occurrence: String,
}

/// Another time for one occurrence.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveOccurrence {
    /// Its start as the rules give it, which stays its name.
    #[schema(example = "2030-07-14T02:00:00")]
    pub occurrence: String,
    /// When it begins instead.
    #[schema(format = DateTime, example = "2030-07-15T02:00:00+02:00")]
    pub starts_at: String,
    /// When it ends instead; as long after its start as before, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub ends_at: Option<String>,
    /// Accepts what speaks against it.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub overrule: Option<Override>,
}

/// The end of a series.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndSeries {
    /// The first that is held no more, by its start as the rules give it; the next one, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2030-07-14T02:00:00")]
    pub occurrence: Option<String>,
}
