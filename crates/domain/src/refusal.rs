//! Why an order may not be, in words for whoever gave it.
use serde::{Deserialize, Serialize};

use crate::id::MaintenanceId;

/// The kind of a refusal; each is one problem type of the API.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The body says something that cannot be; `field` names what.
    BadInput,
    /// There is no such thing, or the caller may not see it.
    NotFound,
    /// The caller lacks a right.
    Forbidden,
    /// Somebody else holds it; `holders` names who.
    Held,
    /// The maintenance is in a state that does not allow it.
    State,
    /// It collides with something that exists.
    Conflict,
    /// The caller decided on an older revision.
    Stale,
}

/// A refusal: what, why, and what to do instead.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// Which kind.
    pub because: Because,
    /// One sentence: what is wrong.
    pub detail: String,
    /// The field of the body it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// One sentence: what to do.
    pub remedy: String,
    /// The state that the maintenance is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The commands that are possible from there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub possible: Vec<String>,
    /// Who holds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Holder>,
    /// The revision that it has now, where the caller decided on another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// Somebody who holds what the caller wants to change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// `person`, `observer`, …
    pub kind: String,
    /// His name.
    pub name: String,
    /// His maintenance.
    pub maintenance: MaintenanceId,
    /// What ends it.
    pub ends: String,
}

impl Refusal {
    /// A refusal of this kind.
    pub fn new(because: Because, detail: impl Into<String>, remedy: impl Into<String>) -> Refusal {
        Refusal {
            because,
            detail: detail.into(),
            field: None,
            remedy: remedy.into(),
            state: None,
            possible: Vec::new(),
            holders: Vec::new(),
            revision: None,
        }
    }

    /// Bad input in this field.
    pub fn input(field: impl Into<String>, detail: impl Into<String>, remedy: impl Into<String>) -> Refusal {
        Refusal { field: Some(field.into()), ..Refusal::new(Because::BadInput, detail, remedy) }
    }

    /// The same refusal, about this field.
    pub fn at(self, field: impl Into<String>) -> Refusal {
        Refusal { field: Some(field.into()), ..self }
    }
}
