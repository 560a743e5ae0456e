//! Limits: how much of a part of the estate may be in maintenance at a time.
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::agenda::Planned;
use crate::estate::{Estate, Kind};
use crate::id::{LimitId, TargetId};
use crate::refusal::Refusal;
use crate::scope::Scope;

/// A limit: of the targets of this kind below that one, so many at a time may have their work held back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// Its id.
    pub id: LimitId,
    /// It holds for this target and all below it.
    pub under: TargetId,
    /// What is counted.
    pub kind: Kind,
    /// How many.
    pub most: Most,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
}

/// How many at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Most {
    /// So many.
    Max(u32),
    /// So many of a hundred that there are, rounded down, and one at least.
    Percent(u8),
}

/// More would be in maintenance than a limit lets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exceeded {
    /// From when.
    pub at: Instant,
    /// How many would be.
    pub count: usize,
    /// How many may be.
    pub most: usize,
    /// The others that count then, one of which must be over first.
    pub others: Vec<Arc<Planned>>,
}

impl Most {
    /// Refuses a limit that holds nothing or everything back.
    ///
    /// # Errors
    /// About the field `max` or `percent`.
    pub fn checked(self) -> Result<Most, Refusal> {
        match self {
            Most::Max(0) | Most::Percent(0) => {
                let field = if matches!(self, Most::Max(_)) { "max" } else { "percent" };
                Err(Refusal::input(field, "Nothing could be in maintenance at all.", "Allow one at least."))
            }
            Most::Percent(percent) if percent > 100 => {
                Err(Refusal::input("percent", "There are no more than all of them.", "Give 1 to 100."))
            }
            Most::Max(_) | Most::Percent(_) => Ok(self),
        }
    }
}

impl Limit {
    /// How many may be at a time, of as many as there are.
    pub fn most(&self, estate: &Estate) -> usize {
        match self.most {
            Most::Max(max) => max as usize,
            Most::Percent(percent) => {
                let all = estate
                    .target(self.under)
                    .map_or(0, |root| estate.under(&root.path).filter(|target| target.kind == self.kind).count());
                (all * usize::from(percent) / 100).max(1)
            }
        }
    }

    /// The targets of a scope that it counts.
    pub fn counted(&self, estate: &Estate, scope: &Scope) -> BTreeSet<TargetId> {
        let Some(root) = estate.target(self.under) else { return BTreeSet::new() };
        let counts = |id: &TargetId| {
            estate.target(*id).is_some_and(|target| target.kind == self.kind && root.path.covers(&target.path))
        };
        estate.covered(scope).into_iter().filter(counts).collect()
    }

    /// Where what this scope would hold back at that time, beside the others then, is more than it lets.
    pub fn exceeded(
        &self,
        estate: &Estate,
        scope: &Scope,
        (from, to): (Instant, Instant),
        others: &[Arc<Planned>],
    ) -> Option<Exceeded> {
        let counting = self.counting(estate, scope, others)?;
        // It can only become more when one begins.
        let begins = others.iter().map(|it| it.from).filter(|at| (from..to).contains(at));
        let mut points: Vec<Instant> = std::iter::once(from).chain(begins).collect();
        points.sort_unstable();
        points.into_iter().find_map(|at| counting.at(at))
    }

    /// What is counted of this scope and of the others, each looked at once; none where the limit says nothing of it.
    pub fn counting<'a>(&self, estate: &Estate, scope: &Scope, others: &'a [Arc<Planned>]) -> Option<Counting<'a>> {
        let own = self.counted(estate, scope);
        let count = |it: &'a Arc<Planned>| (it, self.counted(estate, &it.scope));
        let others = others.iter().filter(|it| it.holds_work).map(count).filter(|(_, counted)| !counted.is_empty());
        (!own.is_empty()).then(|| Counting { own, most: self.most(estate), others: others.collect() })
    }
}

/// What a limit counts of one scope and of others.
pub struct Counting<'a> {
    own: BTreeSet<TargetId>,
    most: usize,
    others: Vec<(&'a Arc<Planned>, BTreeSet<TargetId>)>,
}

impl Counting<'_> {
    /// How much too many would be in maintenance at this instant.
    pub fn at(&self, at: Instant) -> Option<Exceeded> {
        let now: Vec<_> = self.others.iter().filter(|(it, _)| is_on(it, at)).collect();
        let mut counted: BTreeSet<&TargetId> = self.own.iter().collect();
        counted.extend(now.iter().flat_map(|(_, counted)| counted));
        let count = counted.len();
        let others = now.iter().filter(|(_, counted)| !counted.is_subset(&self.own)).map(|(it, _)| Arc::clone(it));
        (count > self.most).then(|| Exceeded { at, count, most: self.most, others: others.collect() })
    }
}

/// It is on at this instant. What runs goes on until somebody ends it.
fn is_on(planned: &Planned, at: Instant) -> bool {
    planned.from <= at && planned.to.is_none_or(|to| at < to || planned.runs && to <= at)
}
