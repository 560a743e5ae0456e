//! What callers see of limits and of what speaks against a maintenance.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A limit.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Limit {
    /// Its id.
    pub id: String,
    /// It holds for this target and all below it.
    pub under: String,
    /// What is counted.
    pub kind: String,
    /// How many at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// How many of a hundred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// How many these are now, of those that there are.
    pub most: usize,
    /// Who made it.
    pub by: String,
    /// When.
    pub created_at: String,
}
