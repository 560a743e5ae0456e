//! What callers send about running work: tried again, accepted as it is, or stopped for good.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is tried again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Lasting names, or paths of targets; all that failed where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// Stop the things that are named without a backup; needs the permission break_glass, and a reason.
    #[serde(default)]
    pub force: bool,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What is accepted as it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// Lasting names, or paths of targets.
    pub names: Vec<String>,
    /// Why.
    pub reason: String,
}

/// What is to be stopped for good: all that runs under a target, or these.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopWorkloads {
    /// A path or id of a target: all that runs there; this or `ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "acme/prod")]
    pub under: Option<String>,
    /// Ids or lasting names of workloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// Of these, what is stopped without a backup; needs the permission break_glass, and a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub force: Vec<String>,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The plan that is approved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The hash that the plan shows.
    pub plan: String,
}
