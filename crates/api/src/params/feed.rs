//! What is said of calendars that others read, and of notices that others sent.
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A new feed: a calendar of the maintenances of a part of the estate.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFeed {
    /// The part: a path or an id; `/` is all.
    #[schema(example = "acme/prod")]
    pub under: String,
    /// Whoever knows its link may read it, and the list of feeds shows that link. Takes an administrator.
    #[serde(default)]
    pub public: bool,
}

/// Where notices belong that name nothing known.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// A path or an id; left out, a notice that names nothing known is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
}
