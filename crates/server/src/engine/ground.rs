//! What the steps of the engine stand on: the estate, and what each maintenance covers on it.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use lull_domain::engagement::{Engagement, Key};
use lull_domain::estate::Estate;
use lull_domain::id::MaintenanceId;
use lull_domain::maintenance::Maintenance;
use lull_domain::work::{Work, keys};

/// The estate, with what was found covered on it.
#[derive(Clone)]
pub(super) struct Ground {
    /// The estate as it was when the step began.
    pub estate: Arc<Estate>,
    /// Shared by all steps of a process.
    pub coverage: Arc<Coverage>,
}

/// What each maintenance covers: found once for each revision of its plan, on each estate.
#[derive(Default)]
pub(super) struct Coverage(Mutex<BTreeMap<MaintenanceId, Covered>>);

struct Covered {
    revision: u64,
    estate: Arc<Estate>,
    keys: Arc<BTreeSet<Key>>,
}

impl Ground {
    /// What these maintenances and engagements come to.
    pub fn work(
        &self,
        maintenances: BTreeMap<MaintenanceId, Maintenance>,
        engagements: BTreeMap<Key, Engagement>,
    ) -> Work<'_> {
        Work::covering(&self.estate, maintenances, engagements, |maintenance| self.covered(maintenance))
    }

    /// What this maintenance covers, as far as it can be acted on.
    pub fn covered(&self, maintenance: &Maintenance) -> Arc<BTreeSet<Key>> {
        let mut coverage = self.coverage.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = coverage.get(&maintenance.id)
            && known.revision == maintenance.revision
            && Arc::ptr_eq(&known.estate, &self.estate)
        {
            return Arc::clone(&known.keys);
        }
        let found = Arc::new(keys(&self.estate, maintenance));
        let (revision, estate) = (maintenance.revision, Arc::clone(&self.estate));
        coverage.insert(maintenance.id, Covered { revision, estate, keys: Arc::clone(&found) });
        found
    }

    /// Forgets what none of these covers.
    pub fn forget_all_but(&self, maintenances: &BTreeMap<MaintenanceId, Maintenance>) {
        let mut coverage = self.coverage.0.lock().unwrap_or_else(PoisonError::into_inner);
        coverage.retain(|id, _| maintenances.contains_key(id));
    }
}
