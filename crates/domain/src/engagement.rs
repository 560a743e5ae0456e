//! One effect on one target: who holds it, what was captured, what is still owed.
//!
//! An engagement is an aggregate of its own. The rules of `docs/engagements.md` hold it together; each has a test in the
//! simulation that fails without it. Everything here is decided in the transaction that stores it.
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{MaintenanceId, TargetId};
use crate::policy::Effect;
use crate::{Instant, Span};

mod accept;
mod backup;
mod call;
mod doubt;
mod hold;
mod item;
mod reading;
mod receipt;
mod report;

pub use backup::Backup;
pub use call::{BACKUP_LIMIT, Call, CallVerb, MARGIN, Retry, SEND_WITHIN, START_LIMIT, STOP_EXTRA};
pub use doubt::{DOUBT_LASTS, Doubt, Silent, Suspects};
pub use hold::Terms;
pub use reading::{Reading, Thing, ThingState};
pub use receipt::{Item, ItemState, Lost, OwnStart, Receipt, Run, Why};
pub use report::{Failure, Fate, Outcome, Report};

/// Which engagement: one effect on one target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Key {
    /// The target.
    pub target: TargetId,
    /// The effect.
    pub effect: Effect,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.target, self.effect)
    }
}

/// The engagement as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Engagement {
    /// Which one.
    pub key: Key,
    /// Where it stands.
    pub stage: Stage,
    /// The maintenances that hold it.
    pub holders: BTreeMap<MaintenanceId, Hold>,
    /// Who released last and must see it paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<MaintenanceId>,
    /// Grows with every change of intent.
    pub op: u64,
    /// Grows with every change at all; a reading that began before one is void.
    pub revision: u64,
    /// How many calls were begun; the newest has this number.
    pub calls: u64,
    /// A call that may still act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// A reading is owed before anything else is done.
    pub look: bool,
    /// What failed for now, and when it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The whole target failed for good; waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Things that two bindings claim: left alone, and told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<String>,
    /// When the outside last started, and when we first listed it after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<Boot>,
    /// Stops that never reported, oldest first, until it has been free for long enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<Silent>,
    /// It is free, and one of these may yet act: it is read once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// How long a thing may take to end by itself; of the first hold.
    pub grace: Span,
    /// Each thing is backed up before it is stopped; so wishes one of those that hold it, or held it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backup: bool,
}

/// Where an engagement stands, with its receipt where there is one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing of it is ours.
    Free,
    /// What ran is stored.
    Captured(Receipt),
    /// It is done to the world.
    Applied(Receipt),
    /// Released and not yet paid.
    Owed(Receipt),
}

/// What a maintenance has in an engagement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Hold {
    /// A reading was made since it joined.
    pub seen: bool,
    /// What is stopped for it is not started again at the end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancels: bool,
}

/// When the outside last started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Boot {
    /// When, by its own evidence.
    pub at: Instant,
    /// Our first listing after that.
    pub first_read_at: Instant,
}

/// A thing is well when it has run this long.
pub const WELL_AFTER: Span = Span::seconds(5);
/// Starts that do not hold before a person is asked.
pub const STARTS_MAX: u32 = 3;

/// Attempts of a whole call that fail for now before people are told; it is tried again all the same.
pub const ATTEMPTS_TOLD: u32 = 5;

impl Engagement {
    /// A free engagement that nobody holds.
    pub fn free(key: Key) -> Engagement {
        Engagement {
            key,
            stage: Stage::Free,
            holders: BTreeMap::new(),
            answers: None,
            op: 0,
            revision: 0,
            calls: 0,
            call: None,
            look: false,
            retry: None,
            trouble: None,
            contested: Vec::new(),
            boot: None,
            silent: Vec::new(),
            doubt: None,
            grace: Span::seconds(10),
            backup: false,
        }
    }

    /// Nothing is left to do: captured and never called, or owed and paid.
    pub fn freed(mut self) -> Engagement {
        if !matches!(self.stage, Stage::Free) {
            self.doubts(self.answers);
        }
        self.stage = Stage::Free;
        self.answers = None;
        self.retry = None;
        self.trouble = None;
        self.changed()
    }

    /// Nothing is left to stop.
    pub fn applied(mut self) -> Engagement {
        self.stage = match self.stage {
            Stage::Captured(receipt) | Stage::Owed(receipt) => Stage::Applied(receipt),
            stage @ (Stage::Free | Stage::Applied(_)) => stage,
        };
        self.changed()
    }

    /// A reading failed for now, or for good.
    pub fn unread(mut self, failure: &Failure, now: Instant) -> Engagement {
        match failure {
            Failure::ForGood(_) if self.is_free() => self.doubts_nothing(),
            Failure::ForGood(why) => self.trouble = Some(why.clone()),
            Failure::ForNow(why) | Failure::NoAnswer(why) => self.failed_for_now(why, now),
        }
        self.changed()
    }
}

/// Questions.
impl Engagement {
    /// The receipt, where there is one.
    pub fn receipt(&self) -> Option<&Receipt> {
        match &self.stage {
            Stage::Free => None,
            Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt) => Some(receipt),
        }
    }

    /// The things of the receipt; none where there is none.
    pub fn items(&self) -> &[Item] {
        self.receipt().map_or(&[], |receipt| &receipt.items)
    }

    /// Nothing is left to start or to put back.
    pub fn is_paid(&self) -> bool {
        self.items().iter().all(|item| !item.is_ours() && item.set.is_none())
    }

    /// Everything that was to be started again was started, whether or not it is well.
    pub fn is_reverted(&self) -> bool {
        let started = |item: &Item| !item.is_ours() || item.called_at.is_some() || item.trouble.is_some();
        matches!(self.stage, Stage::Owed(_)) && self.call.is_none() && !self.look && self.items().iter().all(started)
    }

    /// Nothing holds it, nothing is owed, nothing is under way.
    pub fn is_free(&self) -> bool {
        matches!(self.stage, Stage::Free) && self.holders.is_empty() && self.call.is_none() && !self.look
    }

    /// It is free, and nothing is to be looked for any more.
    pub fn is_at_rest(&self) -> bool {
        self.is_free() && self.doubt.is_none()
    }

    /// Everything that is still owed failed for good.
    pub fn failed_for_good(&self) -> bool {
        let mut unpaid = self.items().iter().filter(|item| item.is_ours() || item.set.is_some());
        self.trouble.is_some() || !self.is_paid() && unpaid.all(|item| item.trouble.is_some())
    }

    /// What needs a person, by name.
    pub fn troubles(&self) -> Vec<(String, String)> {
        let tired = self.retry.as_ref().filter(|retry| retry.attempts >= ATTEMPTS_TOLD).map(|retry| &retry.why);
        let whole = self.trouble.iter().chain(tired).map(|why| (String::new(), why.clone()));
        let twice = |name: &String| {
            (name.clone(), "two bindings claim it, or two that run have this name; it is left alone".to_owned())
        };
        let whole = whole.chain(self.contested.iter().map(twice));
        let things = self.items().iter().filter_map(|item| Some((item.name.clone(), item.trouble.clone()?)));
        whole.chain(things).collect()
    }

    /// Everything that had to stop has stopped, for this holder too.
    pub fn is_done_for(&self, maintenance: MaintenanceId) -> bool {
        matches!(self.stage, Stage::Applied(_))
            && self.call.is_none()
            && self.holders.get(&maintenance).is_some_and(|hold| hold.seen)
            && self.items().iter().all(|item| item.state != ItemState::Again)
    }
}

/// Parts of the verbs here and beside.
impl Engagement {
    fn items_mut(&mut self) -> &mut [Item] {
        match &mut self.stage {
            Stage::Free => &mut [],
            Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt) => &mut receipt.items,
        }
    }

    fn changed(mut self) -> Engagement {
        self.revision += 1;
        self
    }
}
