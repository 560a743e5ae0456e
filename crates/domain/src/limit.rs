//! Limits: how much of a part of the estate may be in maintenance at a time.
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::agenda::Planned;
use crate::estate::{Estate, Kind};
use crate::id::{LimitId, TargetId};
use crate::refusal::Refusal;

mod beside;

pub use beside::{Beside, Counted, Covered};

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
            Most::Percent(percent) => (self.all(estate) * usize::from(percent) / 100).max(1),
        }
    }

    /// Taken for exceeded from this time on by all that there are, where so much is planned that it cannot be counted.
    pub fn uncounted(&self, estate: &Estate, at: Instant) -> Option<Exceeded> {
        let (count, most) = (self.all(estate), self.most(estate));
        (count > most).then(|| Exceeded { at, count, most, others: Vec::new() })
    }

    /// How many there are of what it counts.
    fn all(&self, estate: &Estate) -> usize {
        let root = estate.target(self.under);
        root.map_or(0, |root| estate.under(&root.path).filter(|target| target.kind == self.kind).count())
    }

    /// Where what is looked at would be more than it lets.
    pub fn exceeded(&self, beside: &Beside<'_>) -> Option<Exceeded> {
        let counted = beside.counted(self)?;
        let most = self.most(beside.estate);
        let (at, count) = beside.each(&counted).find(|(_, count)| *count > most)?;
        Some(Exceeded { at, count, most, others: beside.others_at(&counted, at) })
    }
}
