//! What callers see of calendars.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A calendar of blackouts.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Calendar {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// It holds for this target and all below it.
    pub under: String,
    /// Where its entries come from: `own`, `file` or `url`.
    #[schema(pattern = "^(own|file|url)$")]
    pub source: String,
    /// The address it is fetched from; only for administrators of that target, as whoever knows it can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The zone in which whole days are, and times without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// When it is, in one sentence, where somebody wrote its rules here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// How many entries it has; one that comes again counts once.
    pub entries: u64,
    /// Who made it.
    pub by: String,
    /// When.
    pub created_at: String,
    /// When it was fetched last, or found to be unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<String>,
    /// When it is to be fetched again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<String>,
    /// Why it could not be fetched or read last time; what it had before still counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Grows with each change of its entries.
    pub revision: u64,
    /// The next ten of its blackouts, the one that lasts now among them; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Vec<Blackout>>,
}

/// A time in which no maintenance should be.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Blackout {
    /// The calendar that it is in.
    pub calendar: String,
    /// What people read.
    pub name: String,
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
}

/// The blackouts of a target in a time, by their start.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Blackouts {
    /// The first of them, 1,000 at most.
    pub items: Vec<Blackout>,
    /// There are more.
    pub more: bool,
}
