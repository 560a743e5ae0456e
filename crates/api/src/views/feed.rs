//! Calendars that others read, and what became of the notices that others sent.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A feed; a secret one with its link only in the answer that made it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Feed {
    /// Its id.
    pub id: String,
    /// The path of the part that it is about.
    pub under: String,
    /// Whoever knows its link may read it.
    pub public: bool,
    /// Where it is read, on this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who made it.
    pub by: String,
    /// When.
    pub created_at: String,
}

/// What became of the notices of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    /// One for each, in their order.
    pub notices: Vec<ImportedNotice>,
}

/// What became of a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportedNotice {
    /// Its UID.
    pub uid: String,
    /// Its title.
    pub title: String,
    /// `created`, `updated`, `cancelled`, `left` or `refused`.
    pub did: String,
    /// The maintenance that was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<String>,
    /// Why it was left alone, or refused; else what somebody should look at: an object that is not known, what speaks against
    /// the time that it was moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
