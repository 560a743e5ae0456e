//! Tokens, and what they may where.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new token.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Whose; the same name is the same person.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// `person`, `service` or `observer`.
    #[schema(example = "person", pattern = "^(person|service|observer)$")]
    pub kind: String,
    /// What it may do, and where.
    #[schema(min_items = 1, max_items = 64)]
    pub grants: Vec<Grant>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// A role on a part of the estate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// A path; `/` is all.
    #[schema(example = "acme/prod")]
    pub under: String,
    /// `viewer`, `reporter`, `operator` or `administrator`.
    #[schema(example = "operator", pattern = "^(viewer|reporter|operator|administrator)$")]
    pub role: String,
    /// `break_glass`, `override`, `approve`, `gate.ask`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may: Vec<String>,
}
