//! Which targets a maintenance covers.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::estate::{Estate, TEXT_MAX, Target};
use crate::id::TargetId;
use crate::path::Path;
use crate::refusal::Refusal;

mod reach;

pub use reach::Reach;

/// How many clauses each list of a scope has at most.
pub const CLAUSES_MAX: usize = 64;
/// How many labels a clause asks for at most, and how many values one of them may have.
pub const WANTED_MAX: usize = 64;

/// Clauses, of which one must include a target and none exclude it. Stored by the ids of its roots, so that it follows
/// them when they move.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Covers what one of these holds.
    pub include: Vec<Clause>,
    /// Except what one of these holds; exclusions win.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Clause>,
}

/// A root with everything below it, as far as the labels hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The root. A clause whose root is not in the estate holds nothing.
    pub under: TargetId,
    /// Labels that a target must carry itself, all of them; labels are not inherited.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Wanted>,
}

/// What a label must be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "a value of a label is a text or a list of texts")]
pub enum Wanted {
    /// This value.
    Is(String),
    /// One of these values.
    In(BTreeSet<String>),
}

impl Clause {
    /// This root and everything below it.
    pub const fn under(root: TargetId) -> Clause {
        Clause { under: root, labels: BTreeMap::new() }
    }

    /// Whether the clause holds this target.
    pub fn holds(&self, target: &Target, estate: &Estate) -> bool {
        estate.target(self.under).is_some_and(|root| self.holds_below(&root.path, target))
    }

    /// The same, for a caller who knows where the root is.
    pub(crate) fn holds_below(&self, root: &Path, target: &Target) -> bool {
        root.covers(&target.path)
            && self.labels.iter().all(|(key, wanted)| target.labels.get(key).is_some_and(|value| wanted.accepts(value)))
    }
}

impl Wanted {
    /// Whether a label may have this value.
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            Wanted::Is(one) => one == value,
            Wanted::In(several) => several.contains(value),
        }
    }

    fn values(&self) -> impl Iterator<Item = &String> {
        let (one, several) = match self {
            Wanted::Is(one) => (Some(one), None),
            Wanted::In(several) => (None, Some(several)),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }
}

impl Scope {
    /// One target with everything below it.
    pub fn under(root: TargetId) -> Scope {
        Scope { include: vec![Clause::under(root)], exclude: Vec::new() }
    }

    /// Whether the scope covers this target.
    pub fn matches(&self, target: &Target, estate: &Estate) -> bool {
        self.include.iter().any(|clause| clause.holds(target, estate))
            && !self.exclude.iter().any(|clause| clause.holds(target, estate))
    }

    /// The roots of what it includes: where an order needs its right.
    pub fn roots(&self) -> BTreeSet<TargetId> {
        self.include.iter().map(|clause| clause.under).collect()
    }

    /// Whether it shares a target with another one. Where it is held against many, ask its [`Reach`].
    pub fn meets(&self, other: &Scope, estate: &Estate) -> bool {
        Reach::of(estate, self).meets(other)
    }

    /// It covers all that is below its roots.
    fn is_plain(&self) -> bool {
        self.exclude.is_empty() && self.include.iter().all(|clause| clause.labels.is_empty())
    }

    /// The same scope without what this clause holds. What is left may be nothing: ask [`Estate::covered`].
    pub fn excluding(mut self, clause: Clause) -> Scope {
        if !self.exclude.contains(&clause) {
            self.exclude.push(clause);
        }
        self
    }

    /// Refuses a scope that is empty, beyond a limit, or names a root that the estate does not have.
    ///
    /// # Errors
    /// About `scope.include` or `scope.exclude`, or the part of one of their clauses that is odd.
    pub fn checked(&self, estate: &Estate) -> Result<(), Refusal> {
        if self.include.is_empty() {
            return Err(Refusal::input("scope.include", "the scope includes nothing", "Name at least one target."));
        }
        for (field, clauses) in [("scope.include", &self.include), ("scope.exclude", &self.exclude)] {
            if clauses.len() > CLAUSES_MAX {
                let detail = format!("{} clauses are more than the {CLAUSES_MAX} allowed", clauses.len());
                return Err(Refusal::input(field, detail, "Put what belongs together under one target or label."));
            }
            clauses.iter().enumerate().try_for_each(|(n, clause)| clause.checked(&format!("{field}[{n}]"), estate))?;
        }
        Ok(())
    }
}

impl Clause {
    fn checked(&self, field: &str, estate: &Estate) -> Result<(), Refusal> {
        if estate.target(self.under).is_none() {
            let detail = format!("there is no target {}", self.under);
            return Err(Refusal::input(format!("{field}.under"), detail, "Name a target of the estate."));
        }
        let refused = |detail: String, remedy: &str| Err(Refusal::input(format!("{field}.labels"), detail, remedy));
        if self.labels.len() > WANTED_MAX {
            return refused(
                format!("{} labels are more than {WANTED_MAX}", self.labels.len()),
                "Ask for fewer labels.",
            );
        }
        for (key, wanted) in &self.labels {
            let values = wanted.values().count();
            if values == 0 {
                return refused(format!("the label `{key}` may have no value at all"), "List at least one value.");
            }
            if values > WANTED_MAX {
                return refused(format!("`{key}` has {values} values, more than {WANTED_MAX}"), "List fewer values.");
            }
            if [key].into_iter().chain(wanted.values()).any(|text| text.chars().nth(TEXT_MAX).is_some()) {
                return refused(format!("a label is longer than {TEXT_MAX} characters"), "No target has such a label.");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
