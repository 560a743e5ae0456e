//! What the gate is asked.
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Questions, each decided by itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GateCheck {
    /// At most 10,000.
    #[schema(max_items = 10_000)]
    pub questions: Vec<GateQuestion>,
    /// Waits up to a second for a snapshot of this epoch, as an order's answer named it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::whole::deserialize")]
    pub min_epoch: Option<u64>,
}

/// May this subject do this here?
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GateQuestion {
    /// The path of the target. Of one that is not known, the nearest known above it decides.
    #[schema(example = "acme/prod/shop")]
    pub target: String,
    /// `workload.start`, `login`, `deploy`, `request.read`, …
    #[schema(example = "workload.start")]
    pub action: String,
    /// Who wants to; nobody in particular, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// When; now, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// How long it will take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "PT20M")]
    pub lasts: Option<String>,
}

/// Who wants to do something, as the enforcer knows.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// His id with the enforcer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What he is on that target: `viewer`, `reporter`, `operator`, `administrator`. Needs the permission `gate.ask` there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

/// What holds somewhere at a time.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GateAt {
    /// The path of the target.
    #[param(example = "acme/prod/shop")]
    pub target: String,
    /// When, not in the past; now, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// For which action; the strictest answer to any, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// A pass for somebody who must get in while others are kept out.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPass {
    /// Where it lets one in: there, and below. Something must keep people out there now.
    #[schema(example = "acme/prod/shop")]
    pub target: String,
    /// The site that the link is for, as browsers know it; a link without one begins with a slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://shop.example")]
    pub url: Option<String>,
    /// How long link and cookie are good at most; 8 hours, where it is left out. Both end with the maintenance anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "PT2H")]
    pub expires_after: Option<String>,
}
