//! Free, but a stop never reported: an outside that acts after its time is looked for, and told. Nothing is started by it.
use serde::{Deserialize, Serialize};

use super::{Call, Engagement, Failure, ItemState, Reading, Stage};
use crate::id::MaintenanceId;
use crate::{Instant, Span};

/// A stop that never reported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Silent {
    /// The number of the call.
    pub number: u64,
    /// What it was to stop.
    pub names: Vec<String>,
    /// When it had to have acted.
    pub quiet_at: Instant,
}

/// What a stop that never reported may yet bring down, though the engagement is free.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Doubt {
    /// Which things; none of them was owed any more.
    pub names: Vec<String>,
    /// When the last such call had to have acted.
    pub since: Instant,
    /// Who answered for them last, and hears of it.
    pub answers: Option<MaintenanceId>,
}

/// Things that a person must hear of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suspects {
    /// Which things.
    pub names: Vec<String>,
    /// Whose operators hear of it.
    pub maintenance: Option<MaintenanceId>,
    /// What is the matter with them.
    pub why: String,
}

/// A free engagement is in doubt for so long after a stop that never reported.
pub const DOUBT_LASTS: Span = Span::hours(1);
/// A doubt that seems to begin later than this was noted before the clock was put back.
const AHEAD_MAX: Span = Span::minutes(2);
/// Silent stops that are remembered; the newest.
const SILENT_MAX: usize = 8;

impl Engagement {
    /// What a person must hear after this attempt to read a free engagement in doubt: what is down, or that nobody can tell.
    pub fn suspects(&self, read: Result<&Reading, &Failure>) -> Option<Suspects> {
        let doubt = self.doubt.as_ref().filter(|_| self.is_free())?;
        let (names, why) = match read {
            Ok(seen) => (doubt.down(seen), "down: a call that never reported may have stopped it late".to_owned()),
            Err(Failure::ForGood(why)) => (doubt.names.clone(), format!("may be down, and cannot be read: {why}")),
            Err(Failure::ForNow(_) | Failure::NoAnswer(_)) => return None,
        };
        (!names.is_empty()).then_some(Suspects { names, maintenance: doubt.answers, why })
    }

    /// When it is read once more; none where it is in no doubt.
    pub fn doubtful_until(&self, now: Instant) -> Option<Instant> {
        self.doubt.as_ref().filter(|_| self.is_free()).map(|doubt| doubt.until(now))
    }

    /// A stop can no longer act, and never reported.
    pub(super) fn falls_silent(&mut self, call: &Call) {
        let Call { number, quiet_at, .. } = *call;
        self.silent.push(Silent { number, names: call.names.clone(), quiet_at });
        let surplus = self.silent.len().saturating_sub(SILENT_MAX);
        self.silent.drain(..surplus);
    }

    /// It has reported after all.
    pub(super) fn speaks(&mut self, number: u64) {
        self.silent.retain(|silent| silent.number != number);
        if self.silent.is_empty() || !matches!(self.stage, Stage::Free) {
            self.doubt = None;
        }
    }

    /// It becomes free: what its silent stops may yet bring down is remembered.
    pub(super) fn doubts(&mut self, answers: Option<MaintenanceId>) {
        let Some(since) = self.silent.iter().map(|silent| silent.quiet_at).max() else { return };
        let struck = |name: &&String| {
            let struck = |state: &ItemState| matches!(state, ItemState::Struck(_));
            self.items().iter().any(|item| item.name == **name && struck(&item.state))
        };
        let mut names: Vec<String> = self.silent.iter().flat_map(|silent| &silent.names).cloned().collect();
        names.sort();
        names.dedup();
        names.retain(|name| !struck(&name));
        self.doubt = (!names.is_empty()).then_some(Doubt { names, since, answers });
    }

    /// A new hold finds out for itself.
    pub(super) fn doubts_nothing(&mut self) {
        self.doubt = None;
        self.silent.clear();
    }

    /// A free engagement was read: what was found down is told, and once only; after an hour nothing is doubted any more.
    pub(super) fn doubts_less(&mut self, seen: &Reading, now: Instant) {
        let left = self.doubt.take().filter(|doubt| now < doubt.until(now)).map(|mut doubt| {
            let down = doubt.down(seen);
            doubt.names.retain(|name| !down.contains(name));
            doubt
        });
        self.doubt = left.filter(|doubt| !doubt.names.is_empty());
        if self.doubt.is_none() {
            self.silent.clear();
        }
    }
}

impl Doubt {
    fn until(&self, now: Instant) -> Instant {
        if self.since > now + AHEAD_MAX { now } else { self.since + DOUBT_LASTS }
    }

    fn down(&self, seen: &Reading) -> Vec<String> {
        let is_down = |name: &&String| seen.thing(name).is_some_and(|thing| !thing.is_up());
        self.names.iter().filter(is_down).cloned().collect()
    }
}
