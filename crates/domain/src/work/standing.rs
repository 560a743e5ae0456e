//! How far a maintenance is: what it still waits for, what is back, and what needs a person.
use super::Work;
use crate::Instant;
use crate::engagement::{Engagement, Key, Stage};
use crate::id::{MaintenanceId, TargetId};
use crate::maintenance::Maintenance;

/// How far a target is that is to come back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Return {
    /// What ran runs again.
    Back,
    /// These hold it.
    Held(Vec<MaintenanceId>),
    /// It waits for these targets, by path, with whoever holds them.
    Waits(Vec<(String, Vec<MaintenanceId>)>),
    /// It is being put back.
    Coming,
    /// It needs a person, for this reason.
    Failed(String),
}

impl Work<'_> {
    /// What keeps a maintenance from having entered; none when it has.
    pub fn waits_for(&self, id: MaintenanceId) -> Vec<Key> {
        let drains = self.maintenances.get(&id).is_some_and(Maintenance::drains);
        let done = |key: Key| (!drains || self.is_drained(id, key)) && self.is_stopped(id, key);
        self.covered(id).filter(|key| !done(*key)).collect()
    }

    /// What had to stop has stopped; nothing had to, where it only waited.
    fn is_stopped(&self, id: MaintenanceId, key: Key) -> bool {
        !self.wants(id, key) || self.engagement(key).is_done_for(id)
    }

    /// What keeps a maintenance from having left.
    pub fn not_left(&self, id: MaintenanceId) -> Vec<Key> {
        self.involved(id).map(|engagement| engagement.key).collect()
    }

    /// What a maintenance that verifies is to see back, and how far each is: all that it covers, or answers for.
    pub fn returning(&self, id: MaintenanceId, now: Instant) -> Vec<(Key, Return)> {
        let mut keys: Vec<Key> = self.covered(id).chain(self.not_left(id)).collect();
        keys.sort();
        keys.dedup();
        keys.into_iter().map(|key| (key, self.returns(id, key, now))).collect()
    }

    fn returns(&self, id: MaintenanceId, key: Key, now: Instant) -> Return {
        let Some(engagement) = self.engagements.get(&key) else { return Return::Back };
        let others: Vec<MaintenanceId> = engagement.holders.keys().copied().filter(|holder| *holder != id).collect();
        let troubles = engagement.troubles();
        if !others.is_empty() {
            Return::Held(others)
        } else if matches!(engagement.stage, Stage::Free) && engagement.holders.is_empty() {
            Return::Back
        } else if let Some((name, why)) = troubles.into_iter().next() {
            Return::Failed(if name.is_empty() { why } else { format!("{name}: {why}") })
        } else {
            let waits = self.waits_on(engagement, now);
            if waits.is_empty() { Return::Coming } else { Return::Waits(waits) }
        }
    }

    /// What it waits for, with whoever holds that.
    fn waits_on(&self, engagement: &Engagement, now: Instant) -> Vec<(String, Vec<MaintenanceId>)> {
        let holders = |key: &Key| self.engagements.get(key).map(|e| e.holders.keys().copied().collect());
        let path = |key: Key| self.estate.target(key.target).map(|target| target.path.to_string());
        let named = |key: Key| Some((path(key)?, holders(&key).unwrap_or_default()));
        self.waits_keys(engagement, now).into_iter().filter_map(named).collect()
    }

    /// What needs a person, by path and name.
    pub fn troubles(&self, id: MaintenanceId) -> Vec<String> {
        let words = |engagement: &Engagement| {
            let target = self.estate.target(engagement.key.target);
            let path = target.map_or_else(|| engagement.key.target.to_string(), |target| target.path.to_string());
            let named = |(name, why): (String, String)| match name.is_empty() {
                true => format!("{path}: {why}"),
                false => format!("{path} {name}: {why}"),
            };
            engagement.troubles().into_iter().map(named).collect::<Vec<_>>()
        };
        let unread = self.blockers(id).into_iter().filter(|it| self.is_unread(id, it.target));
        let unread = unread.filter_map(|it| Some(format!("{}: {}", it.blocker.name, it.why?)));
        self.involved(id).flat_map(words).chain(unread).collect()
    }

    /// What it waits for there cannot be read, for a reason that stays.
    fn is_unread(&self, id: MaintenanceId, target: TargetId) -> bool {
        self.drain(id, target).is_some_and(|drain| drain.needs_person)
    }

    /// What it holds or answers for.
    fn involved(&self, id: MaintenanceId) -> impl Iterator<Item = &Engagement> {
        let is_its = move |e: &&Engagement| e.holders.contains_key(&id) || e.answers == Some(id);
        self.engagements.values().filter(is_its)
    }
}
