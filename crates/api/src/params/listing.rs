//! What a list is asked for.
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which part of a list. Of the filters each list knows its own, and refuses the others.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Where the last page ended: `next` of it. Only with the same filters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many at most, 1 to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// Everything at or below this path. Maintenances: those that cover this path or something below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// Targets: exactly this path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// With this label, `key=value`; several by comma, all must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// With this text in it, in either case: title and description of a maintenance, the name of a workload or a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Maintenances: `draft`, `scheduled`, `in_progress`, `completed`, `cancelled`; several by comma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Workloads: `running`, `stopped`, `created`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Engagements: `free`, `captured`, `applied`, `owed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Of this maintenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<String>,
    /// About this target, by its path or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Events: `order`, `engagement`, `target`, `token`, `notice`, `banner`, `job`, `pass`, `calendar`. Targets: `product`, … Tokens: `person`,
    /// `service`, `observer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Done by who bears this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// At this instant or later. Maintenances: those that are not over then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Before this instant. Maintenances: those that have begun then, or will have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The log: entries after this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 0, maximum = 9223372036854775807i64)]
    pub after: Option<u64>,
}
