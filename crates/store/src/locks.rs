//! The rows that a transaction has taken, with the order in which it may.
use std::collections::{BTreeMap, BTreeSet};

use lull_domain::engagement::Key;
use lull_domain::id::{MaintenanceId, TargetId};

use crate::engagements::Role;

/// What a transaction has taken: maintenances by id, then engagements by key, then the head of the log. Two transactions
/// that keep to this order never wait for each other in a circle.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    /// The last that was taken. One that this transaction inserted is not: nobody else can wait for it.
    pub last_maintenance: Option<MaintenanceId>,
    /// With the roots that are stored for each.
    pub maintenances: BTreeMap<MaintenanceId, BTreeSet<TargetId>>,
    /// With the holds that are stored for each.
    pub engagements: BTreeMap<Key, BTreeMap<MaintenanceId, Role>>,
    /// The number that the log has reached in this transaction, once its head is taken.
    pub head: Option<u64>,
    /// The epoch that goes with it.
    pub epoch: u64,
    /// The first entry that this transaction appended.
    pub first: Option<u64>,
}

impl Locks {
    /// A series may be taken now: it comes before everything else.
    pub fn may_take_series(&self) -> bool {
        self.last_maintenance.is_none() && self.engagements.is_empty() && self.head.is_none()
    }

    /// A maintenance may be taken now: it is the next by id, or taken already.
    pub fn may_take_maintenance(&self, id: MaintenanceId) -> bool {
        let is_next = self.last_maintenance.is_none_or(|last| last < id);
        self.maintenances.contains_key(&id) || is_next && self.engagements.is_empty() && self.head.is_none()
    }

    /// It is taken, and these are its roots.
    pub fn take_maintenance(&mut self, id: MaintenanceId, roots: BTreeSet<TargetId>) {
        self.last_maintenance = self.last_maintenance.max(Some(id));
        self.maintenances.insert(id, roots);
    }

    /// An engagement may be taken now: it is the next by key, or taken already.
    pub fn may_take_engagement(&self, key: Key) -> bool {
        let is_next = self.engagements.last_key_value().is_none_or(|(last, _)| *last < key);
        self.engagements.contains_key(&key) || is_next && self.head.is_none()
    }
}

#[cfg(test)]
mod tests {
    use lull_domain::policy::Effect;

    use super::*;

    fn key(target: u128) -> Key {
        Key { target: TargetId(target), effect: Effect::Stop }
    }

    #[test]
    fn maintenances_come_by_id_before_engagements_by_key_before_the_head() {
        let mut locks = Locks::default();
        assert!(locks.may_take_maintenance(MaintenanceId(2)));
        locks.take_maintenance(MaintenanceId(2), BTreeSet::new());
        assert!(locks.may_take_maintenance(MaintenanceId(2)), "again");
        assert!(!locks.may_take_maintenance(MaintenanceId(1)));
        assert!(locks.may_take_engagement(key(2)));
        locks.engagements.insert(key(2), BTreeMap::new());
        assert!(!locks.may_take_maintenance(MaintenanceId(3)));
        assert!(!locks.may_take_engagement(key(1)));
        locks.head = Some(1);
        assert!(!locks.may_take_engagement(key(3)));
    }
}
