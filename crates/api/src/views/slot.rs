//! Free times, and traffic.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The free times that were found, the best first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Slots {
    /// The quietest first; what is equally quiet by its start.
    pub slots: Vec<Slot>,
    /// What stands in the way, where there is none: the first of it.
    pub in_the_way: Vec<InTheWay>,
    /// What one should know of this answer.
    pub warnings: Vec<String>,
}

/// A free time.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    /// From when.
    pub starts_at: String,
    /// Until when.
    pub ends_at: String,
    /// How busy it is, as a share of the week's mean: 1 is the mean. None where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.04)]
    pub traffic: Option<f64>,
    /// Why it is among the best.
    #[schema(example = json!(["no blackout and nothing else planned", "traffic is 4 % of the week's average"]))]
    pub reasons: Vec<String>,
}

/// Something that is planned, or forbids that something is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct InTheWay {
    /// From when.
    pub from: String,
    /// Until when; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What it is.
    #[schema(example = "the blackout Christmas")]
    pub why: String,
}

/// How busy a part of the estate is, by the hour of the week.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Traffic {
    /// Of which target, with everything below it.
    pub under: String,
    /// On whose clocks.
    pub zone: String,
    /// Where this is from: `gate`, its own decisions, or `prometheus`.
    #[schema(pattern = "^(gate|prometheus)$")]
    pub source: String,
    /// How many weeks it stands on.
    pub weeks: f64,
    /// Seven days from Monday, of 24 hours each, as a share of the week's mean: 1 is the mean. None where nothing is known.
    pub hours: Vec<Vec<Option<f64>>>,
    /// What is planned there in the next seven days, and when nothing should be.
    pub planned: Vec<InTheWay>,
    /// What one should know of this answer.
    pub warnings: Vec<String>,
}
