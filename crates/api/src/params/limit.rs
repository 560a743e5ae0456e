//! What is said of limits.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new limit: `max` or `percent`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"under": "acme/prod", "kind": "service", "max": 2}))]
pub struct NewLimit {
    /// It holds for this target and all below it.
    #[schema(example = "acme/prod")]
    pub under: String,
    /// What is counted: `organization`, `domain`, `environment`, `product`, `stack`, `service` or `node`.
    #[schema(example = "service", pattern = "^(organization|domain|environment|product|stack|service|node)$")]
    pub kind: String,
    /// How many of them may have their work held back at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub max: Option<u32>,
    /// How many of a hundred, rounded down, one at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub percent: Option<u8>,
}
