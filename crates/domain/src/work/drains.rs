//! What is waited for: which targets are to be looked at, and what of them still runs.
use super::{Todo, Work};
use crate::drain::{Blocker, Drain};
use crate::engagement::{Engagement, Item, ItemState, Key};
use crate::id::{MaintenanceId, TargetId};
use crate::work::Memory;
use crate::{Instant, Span};

/// What is waited for is read this often.
pub const DRAIN_EVERY: Span = Span::seconds(5);

/// Running work that must end and has not, and why not where that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocking {
    /// On which target.
    pub target: TargetId,
    /// What; named by the path of its target where the whole of it is meant.
    pub blocker: Blocker,
    /// What keeps it from ending.
    pub why: Option<String>,
}

impl Work<'_> {
    /// What a maintenance waits for on a target, as it was last read; none where it has not been, since it enters.
    pub fn drain(&self, id: MaintenanceId, target: TargetId) -> Option<&Drain> {
        let since = self.maintenances.get(&id)?.life.progress()?.since;
        self.drains.get(&(id, target)).filter(|drain| drain.since == since)
    }

    /// Whether what ran on this target has ended, or may run on.
    pub(super) fn is_drained(&self, id: MaintenanceId, key: Key) -> bool {
        self.drain(id, key.target).is_some_and(Drain::is_done)
    }

    /// What is to be read because somebody waits for it to end, and when the next is.
    pub(super) fn looks(&self, memory: &Memory, now: Instant) -> (Vec<Todo>, Option<Instant>) {
        let (mut todo, mut wake) = (Vec::new(), None::<Instant>);
        let draining = self.maintenances.values().filter(|maintenance| maintenance.drains()).map(|m| m.id);
        for (id, key) in draining.flat_map(|id| self.covered(id).map(move |key| (id, key))) {
            let drain = self.drain(id, key.target);
            if drain.is_some_and(|drain| drain.is_done() || drain.needs_person) {
                continue;
            }
            let read_at = memory.drained_at.get(&(id, key.target)).filter(|at| **at <= now);
            match read_at.map(|at| *at + DRAIN_EVERY).filter(|at| now < *at) {
                Some(at) => wake = Some(wake.map_or(at, |wake| wake.min(at))),
                None => todo.push(Todo::Look(id, key.target)),
            }
        }
        (todo, wake)
    }

    /// What people let run on, on this target, while somebody still waits for it: not to be stopped afterwards either.
    pub fn spared(&self, engagement: &Engagement) -> Vec<(String, crate::drain::Accepted)> {
        let target = engagement.key.target;
        let drains = engagement.holders.keys().filter_map(|id| self.drain(*id, target));
        drains.flat_map(|drain| drain.accepted.clone()).collect()
    }

    /// The running work that must end before a maintenance is ready, by name.
    pub fn blockers(&self, id: MaintenanceId) -> Vec<Blocking> {
        let quiet = self.maintenances.get(&id).is_some_and(|maintenance| maintenance.life.wants_quiet());
        let keys = self.covered(id).filter(|_| quiet);
        keys.flat_map(|key| self.blockers_on(id, key)).collect()
    }

    fn blockers_on(&self, id: MaintenanceId, key: Key) -> Vec<Blocking> {
        let target = key.target;
        let of = |blocker: Blocker, why: Option<String>| Blocking { target, blocker, why };
        let whole = |why: &String| {
            let path = self.estate.target(target).map_or_else(|| target.to_string(), |found| found.path.to_string());
            of(Blocker { name: path, id: None, owner: None, since: None }, Some(why.clone()))
        };
        if self.maintenances[&id].drains() {
            let Some(drain) = self.drain(id, target) else { return Vec::new() };
            let unread = drain.unread.iter().map(whole);
            return drain.running.iter().flatten().map(|blocker| of(blocker.clone(), None)).chain(unread).collect();
        }
        let Some(engagement) = self.engagements.get(&key).filter(|it| it.holders.contains_key(&id)) else {
            return Vec::new();
        };
        let runs = |item: &&Item| matches!(item.state, ItemState::Captured | ItemState::Again);
        let items = engagement.items().iter().filter(runs).map(|item| {
            let Item { name, id, ran_since, trouble, .. } = item.clone();
            of(Blocker { name, id, owner: None, since: ran_since }, trouble)
        });
        items.chain(engagement.trouble.iter().map(whole)).collect()
    }
}
