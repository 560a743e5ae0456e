//! Looking for a free time, and asking for traffic.
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Scope;

/// When would this fit?
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotsAsked {
    /// What is to be maintained.
    pub scope: Scope,
    /// How long, ISO 8601; at most 31 days.
    #[schema(example = "PT2H")]
    pub duration: String,
    /// It begins then or later; now, where it is left out or past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<String>,
    /// It is over then, at most 400 days from now; 28 days after `earliest`, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// It lies within these hours, taken together; at any time, where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub hours: Vec<AllowedHours>,
    /// The IANA zone whose clocks count; UTC, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// How many, which do not overlap each other: 1 to 20; 3, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::whole::deserialize")]
    #[schema(minimum = 1, maximum = 20)]
    pub count: Option<u32>,
}

/// Hours on the wall, over midnight where `to` is not later than `from`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowedHours {
    /// The days on which they begin: `MO`, `TU`, `WE`, `TH`, `FR`, `SA`, `SU`; each, where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["SA", "SU"]))]
    pub days: Vec<String>,
    /// From when.
    #[schema(example = "22:00")]
    pub from: String,
    /// Until when; `24:00` is the end of the day.
    #[schema(example = "06:00")]
    pub to: String,
}

/// How busy is a part of the estate?
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrafficAsked {
    /// The target, with everything below it; the installation, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(example = "acme/prod")]
    pub under: Option<String>,
    /// The IANA zone whose clocks count; UTC, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(example = "Europe/Berlin")]
    pub zone: Option<String>,
}
