//! What callers get.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::params::{Binding, Grant};

mod calendar;
mod feed;
mod gate;
mod limit;
mod maintenance;
mod series;
mod slot;
mod work;

pub use calendar::{Blackout, Blackouts, Calendar};
pub use feed::{Feed, Imported, ImportedNotice};
pub use gate::{GateChecked, GateDecision, GateForecast, GateMaintenance, Pass};
pub use limit::Limit;
pub use maintenance::{
    Approval, Blocker, Conflict, Flags, Forecast, Maintenance, OfSeries, Plan, PlannedTarget, Progress, Returning,
    Trigger, Update,
};
pub use series::{PreviewedOccurrence, RecurrencePreviewed, Series, SeriesOccurrence};
pub use slot::{InTheWay, Slot, Slots, Traffic};
pub use work::{Again, Call, Engagement, Job, JobItem, Thing, Workload, Workloads};

/// A page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What members see on a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Banner {
    /// One line.
    pub text: String,
    /// Whether it is up.
    pub on: bool,
    /// Who changed it last.
    pub by: String,
    /// When.
    pub since: String,
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
    /// What members see there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<Banner>,
    /// Grows with every change.
    pub revision: u64,
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
    /// The revision that it has now, where the change was decided on another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
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
