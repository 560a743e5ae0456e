//! What callers send. Instants are RFC 3339 with offset, durations ISO 8601, targets a path or an id.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

mod listing;
mod whole;

pub use listing::Listing;

mod calendar;
mod feed;
mod gate;
mod limit;
mod series;
mod slot;
mod token;
mod work;

pub use calendar::{BlackoutsAsked, NewCalendar};
pub use feed::{Import, NewFeed};
pub use gate::{GateAt, GateCheck, GateQuestion, NewPass, Subject};
pub use limit::NewLimit;
pub use series::{EndSeries, MoveOccurrence, NewSeries, OneOccurrence, RecurrencePreview, SeriesChange};
pub use slot::{AllowedHours, SlotsAsked, TrafficAsked};
pub use token::{Grant, NewToken};
pub use work::{Accept, Approve, Retry, StopWorkloads};

/// A new target, or what is to be changed of one.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTarget {
    /// Its place: segments of `[a-z0-9._-]` joined by `/`.
    #[schema(example = "acme/prod/shop")]
    pub path: String,
    /// `organization`, `domain`, `environment`, `product`, `stack`, `service` or `node`.
    #[schema(example = "product", pattern = "^(organization|domain|environment|product|stack|service|node)$")]
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
    /// Targets that it needs while it runs, by path or id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Paths of its HTTP health checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_paths: Vec<String>,
}

/// A change of a target: what is left out stays; `null` takes away.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetChange {
    /// Its new place; what is below moves with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// All its labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// The version deployed there.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    pub version: Option<Option<String>>,
    /// Its id in another system.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    pub external_id: Option<Option<String>>,
    /// Which outside things are this target's.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "given")]
    pub binding: Option<Option<Binding>>,
    /// All that it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<String>>,
    /// All its health paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_paths: Option<Vec<String>>,
}

/// Tells `null` from left out.
mod given {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer, T: Serialize>(value: &Option<Option<T>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(de: D) -> Result<Option<Option<T>>, D::Error> {
        Option::<T>::deserialize(de).map(Some)
    }
}

/// Which outside things are a target's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The adapter's name in the server's file.
    #[schema(example = "docker")]
    pub adapter: String,
    /// What must match; all that is present must hold.
    #[serde(rename = "match")]
    pub matches: Match,
}

/// What must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Labels with these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The compose project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The service in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The lasting name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Which targets a maintenance covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Any of these.
    pub include: Vec<Clause>,
    /// But none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Clause>,
}

/// A target with everything below it, narrowed by labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// A path or id.
    #[schema(example = "acme/prod/shop")]
    pub under: String,
    /// `{"tier": "web"}` or `{"tier": ["web", "api"]}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, Wanted>)]
    pub labels: BTreeMap<String, Value>,
}

/// What a label must be, as the document tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Wanted {
    /// This value.
    Is(String),
    /// One of these values.
    In(Vec<String>),
}

/// How long something will probably take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// At least, ISO 8601.
    pub min: String,
    /// At most, ISO 8601.
    pub max: String,
}

/// A new maintenance. Without `starts_at` it begins now, unless it is a draft.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Database upgrade", "preset": "stop-everything", "duration": "PT2H",
    "scope": {"include": [{"under": "acme/prod/shop"}]}, "starts_at": "2030-07-01T22:00:00+02:00", "zone": "Europe/Berlin"}))]
pub struct NewMaintenance {
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
    /// When it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// When it ends; this or `duration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// How long it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Under whose hand it ends: `{"by": "at_end" | "after" | "manual" | "on_signal", …}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub end: Option<Value>,
    /// Without an end: after how long people are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<String>,
    /// The IANA zone its times are told in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Who is told and asked; the creator where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Texts by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
    /// `none`, `reduced`, `degraded` or `outage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// What works and what does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact_text: Option<String>,
    /// Told as "2–4 hours".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// How long before the begin subscribers are reminded, each once; at most 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["PT24H", "PT1H"]), max_items = 20)]
    pub reminders: Option<Vec<String>>,
    /// How long before the end the owner is asked; `PT15M` where left out, `PT0S` for not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_before: Option<String>,
    /// After how long without an update the owner is nudged; `PT1H` where left out, `PT0S` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nudge_every: Option<String>,
    /// Promised to nobody yet.
    #[serde(default)]
    pub draft: bool,
    /// Accepts what speaks against it.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub overrule: Option<Override>,
}

/// Accepts what speaks against a maintenance; needs the permission `override`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Why.
    #[schema(max_length = 10_000, pattern = r"[^\s\x00-\x1f\x7f-\x9f]")]
    pub reason: String,
}

/// The body of a command that may be refused because something speaks against it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Overruling {
    /// Accepts what speaks against it.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub overrule: Option<Override>,
}

/// A change of a maintenance: what is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceChange {
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Texts by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<BTreeMap<String, String>>,
    /// How much people will notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// What works and what does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact_text: Option<String>,
    /// How long it will probably take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// How long before the begin subscribers are reminded: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 20)]
    pub reminders: Option<Vec<String>>,
    /// How long before the end the owner is asked; `PT0S` for not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_before: Option<String>,
    /// After how long without an update the owner is nudged; `PT0S` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nudge_every: Option<String>,
    /// When it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// Under whose hand it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub end: Option<Value>,
    /// Where; before it begins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// What quiet means; before it begins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub policy: Option<Value>,
    /// Accepts what speaks against it.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub overrule: Option<Override>,
}

/// Another end.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// The new end, later or earlier.
    #[schema(format = DateTime, example = "2030-07-02T02:00:00+02:00")]
    pub ends_at: String,
}

/// A progress text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUpdate {
    /// What to tell.
    #[schema(max_length = 10_000, pattern = r"[^\s\x00-\x1f\x7f-\x9f]")]
    pub text: String,
    /// How far it is, 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole::deserialize")]
    pub percent: Option<u8>,
    /// When it will be over; moves nothing.
    #[schema(format = DateTime)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_end: Option<String>,
}

/// What is said when a maintenance is completed or cancelled.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// For the people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For the record; needed to break the glass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ends what an observer holds.
    #[serde(default)]
    pub break_glass: bool,
}

/// Nothing: the body of commands that need none.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A banner: what members see on a target; it restricts nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBanner {
    /// One line; left out, the last one, or one made of the next maintenance there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "The disks are swapped on Sunday.")]
    pub text: Option<String>,
    /// Whether it is up.
    pub on: bool,
}

/// Sets the operation mode of a product.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OperationMode {
    /// `Maintenance` or `Normal`.
    #[schema(example = "Maintenance", pattern = "^(Maintenance|Normal)$")]
    pub mode: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
