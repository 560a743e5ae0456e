//! What the gate answers.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problem;

/// The decisions, in the order of the questions.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct GateChecked {
    /// Of which snapshot.
    pub epoch: u64,
    /// One for each question.
    pub decisions: Vec<GateDecision>,
}

/// What the gate says to one question.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct GateDecision {
    /// `allow`, `warn`, `defer`, `queue` or `deny`; none where there is a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The status for enforcers that speak HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The maintenance that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What to tell whoever is kept out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When this answer changes, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// In how many seconds to ask again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// Nothing but the installation is known at this path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown_target: bool,
    /// The snapshot has not yet the epoch that was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// Why this question has no answer of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Box<Problem>>,
}

/// What holds somewhere at a time, as is planned now.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct GateForecast {
    /// The answer then.
    pub answer: String,
    /// The maintenances that hold then, the one that decides first.
    pub maintenances: Vec<GateMaintenance>,
    /// When the answer changes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_at: Option<String>,
    /// `planned`; `open_ended` where it ends nobody knows when; `beyond_horizon` where nothing is planned yet.
    pub certainty: String,
}

/// A maintenance that holds somewhere.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct GateMaintenance {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says to the action.
    pub answer: String,
    /// When it ends, as planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A pass; with its link only in the answer that made it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Pass {
    /// Its id.
    pub id: String,
    /// The path of the target.
    pub target: String,
    /// The maintenance that it lets one past; it ends with that.
    pub maintenance: String,
    /// Opened once, it sets a cookie that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Who made it.
    pub by: String,
    /// The link was opened.
    pub opened: bool,
    /// Until when link and cookie are good, at the latest.
    pub good_until: String,
}
