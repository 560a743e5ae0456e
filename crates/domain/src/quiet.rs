//! From what is stored to what the gate knows.
//!
//! [`compile`] makes a snapshot of everything; a [`Compiler`] keeps one true while things change, by sweeping only the part of
//! the estate that a change touches. Both give equal snapshots, as both sweep.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lull_gate::{Builder, Epoch, SetId, Snapshot, Window};

use crate::engagement::{Engagement, Key, Stage};
use crate::estate::{Estate, Target};
use crate::id::{MaintenanceId, TargetId};
use crate::maintenance::Maintenance;
use crate::path::Path;
use crate::policy::{Effect, Unhealthy};
use crate::scope::Scope;

mod sweep;
mod window;

pub use window::differs;

/// Keeps a snapshot of what is stored.
#[derive(Debug, Default)]
pub struct Compiler {
    builder: Builder,
    maintenances: BTreeMap<MaintenanceId, Known>,
    /// The maintenances that include a target and what is below it.
    by_root: BTreeMap<TargetId, BTreeSet<MaintenanceId>>,
    /// Who stopped something on a target that is not free yet.
    stopped: BTreeMap<Key, BTreeSet<MaintenanceId>>,
    /// The same, of everything below a target: how many.
    stopped_below: BTreeMap<TargetId, BTreeMap<MaintenanceId, u32>>,
    serials: u64,
    /// Where something was stopped that nobody answers for.
    ownerless: Option<Window>,
}

/// What the gate knows of a maintenance.
#[derive(Debug)]
struct Known {
    scope: Scope,
    /// Where it covers; none while it is leaving.
    covering: Option<Window>,
    /// Where it stopped something that is not back yet; none before it began.
    stopping: Option<Window>,
    unhealthy: Unhealthy,
}

/// The snapshot of everything, at this epoch.
pub fn compile<'a>(
    estate: &Estate,
    maintenances: impl IntoIterator<Item = &'a Maintenance>,
    engagements: impl IntoIterator<Item = &'a Engagement>,
    epoch: Epoch,
) -> Snapshot {
    Compiler::new(estate, maintenances, engagements).snapshot(epoch)
}

/// Who keeps a target closed because of what they stopped there; none once it is put back. It may be nobody: what a call
/// that came too late has stopped is put back, and no maintenance answers for it any more.
pub fn stopped_by(engagement: &Engagement) -> Option<BTreeSet<MaintenanceId>> {
    let is_free = matches!(engagement.stage, Stage::Free) && engagement.holders.is_empty() && engagement.call.is_none();
    if engagement.key.effect != Effect::Stop || is_free {
        return None;
    }
    Some(engagement.holders.keys().copied().chain(engagement.answers).collect())
}

impl Compiler {
    /// A snapshot of all of these. What is not in force, scheduled or leaving may be left out.
    pub fn new<'a>(
        estate: &Estate,
        maintenances: impl IntoIterator<Item = &'a Maintenance>,
        engagements: impl IntoIterator<Item = &'a Engagement>,
    ) -> Compiler {
        let builder = Builder::with_capacity(estate.count());
        let mut compiler = Compiler { builder, ownerless: Some(window::ownerless()), ..Compiler::default() };
        for maintenance in maintenances {
            compiler.know(maintenance);
        }
        for engagement in engagements {
            compiler.note(estate, engagement);
        }
        compiler.sweep(estate, &Path::root());
        compiler
    }

    /// The snapshot as far as it is, of no epoch.
    pub const fn current(&self) -> &Snapshot {
        self.builder.current()
    }

    /// The snapshot as it is now, as this epoch.
    pub fn snapshot(&self, epoch: Epoch) -> Snapshot {
        self.builder.snapshot(epoch)
    }

    /// A maintenance is new, or has changed.
    pub fn maintenance_changed(&mut self, estate: &Estate, maintenance: &Maintenance) {
        let mut roots = self.roots(maintenance.id);
        self.know(maintenance);
        roots.extend(self.roots(maintenance.id));
        let paths = self.sweep_all(estate, &roots);
        // What it stopped elsewhere.
        let stopped = self.stopped.iter().filter(|(_, by)| by.contains(&maintenance.id)).map(|(key, _)| key.target);
        let stopped: Vec<&Target> = stopped.filter_map(|id| estate.target(id)).collect();
        for target in stopped.into_iter().filter(|target| !paths.iter().any(|path| path.covers(&target.path))) {
            self.sweep_around(estate, target);
        }
    }

    /// Something was stopped on a target, or put back.
    pub fn engagement_changed(&mut self, estate: &Estate, engagement: &Engagement) {
        if !self.note(estate, engagement) {
            return;
        }
        if let Some(target) = estate.target(engagement.key.target) {
            self.sweep_around(estate, target);
        }
    }

    /// A target is new, or its labels have changed; what it is called has not.
    pub fn target_changed(&mut self, estate: &Estate, id: TargetId) {
        let Some(target) = estate.target(id) else { return };
        self.count_below(estate, id);
        // What is new may be the root of a scope, and have come between others.
        match self.current().windows(text(&target.path)) {
            None => self.sweep(estate, &target.path),
            Some(_) => self.sweep_one(estate, id),
        }
    }

    /// A target is no more.
    pub fn target_removed(&mut self, path: &Path) {
        self.builder.remove(text(path));
    }

    /// Takes in how a maintenance stands.
    fn know(&mut self, maintenance: &Maintenance) {
        let id = maintenance.id;
        for root in self.roots(id) {
            if let Some(there) = self.by_root.get_mut(&root) {
                there.remove(&id);
                if there.is_empty() {
                    self.by_root.remove(&root);
                }
            }
        }
        self.maintenances.remove(&id);
        let windows = window::windows(maintenance, [self.serials + 1, self.serials + 2]);
        self.serials += 2;
        let Some([covering, stopping]) = windows else { return };
        let scope = maintenance.plan.scope.clone();
        for root in scope.roots() {
            self.by_root.entry(root).or_default().insert(id);
        }
        let unhealthy = maintenance.plan.policy.unhealthy;
        self.maintenances.insert(id, Known { scope, covering, stopping, unhealthy });
    }

    /// Takes in who stopped something; answers whether that is news.
    fn note(&mut self, estate: &Estate, engagement: &Engagement) -> bool {
        let key = engagement.key;
        let opens = |id: &MaintenanceId| self.maintenances.get(id).is_some_and(|m| m.unhealthy == Unhealthy::Open);
        let by = stopped_by(engagement);
        let by = by.filter(|by| by.is_empty() || !engagement.is_reverted() || !by.iter().all(opens));
        let before = self.stopped.remove(&key);
        if let Some(by) = &by {
            self.stopped.insert(key, by.clone());
        }
        if before == by {
            return false;
        }
        let (before, by) = (before.unwrap_or_default(), by.unwrap_or_default());
        let Some(target) = estate.target(key.target) else { return true };
        for id in above(estate, target) {
            let counts = self.stopped_below.entry(id).or_default();
            for gone in before.difference(&by) {
                let count = counts.entry(*gone).or_default();
                *count = count.saturating_sub(1);
            }
            for new in by.difference(&before) {
                *counts.entry(*new).or_default() += 1;
            }
            counts.retain(|_, count| *count > 0);
            if counts.is_empty() {
                self.stopped_below.remove(&id);
            }
        }
        true
    }

    /// Counts anew what is stopped below a target, which may have come between those and what is above them.
    fn count_below(&mut self, estate: &Estate, id: TargetId) {
        let Some(target) = estate.target(id) else { return };
        let is_below =
            |key: &Key| key.target != id && estate.target(key.target).is_some_and(|it| target.path.covers(&it.path));
        let mut counts: BTreeMap<MaintenanceId, u32> = BTreeMap::new();
        for by in self.stopped.iter().filter(|(key, _)| is_below(key)).flat_map(|(_, by)| by) {
            *counts.entry(*by).or_default() += 1;
        }
        if counts.is_empty() {
            self.stopped_below.remove(&id);
        } else {
            self.stopped_below.insert(id, counts);
        }
    }

    fn roots(&self, id: MaintenanceId) -> BTreeSet<TargetId> {
        self.maintenances.get(&id).map(|known| known.scope.roots()).unwrap_or_default()
    }

    /// Sweeps below all of these, each place once; answers where.
    fn sweep_all(&mut self, estate: &Estate, roots: &BTreeSet<TargetId>) -> Vec<Path> {
        let mut paths: Vec<Path> = roots.iter().filter_map(|id| Some(estate.target(*id)?.path.clone())).collect();
        paths.sort();
        paths.dedup_by(|below, above| above.covers(below));
        paths.iter().for_each(|path| self.sweep(estate, path));
        paths
    }

    /// Sweeps below a target, and says anew what holds on those above it.
    fn sweep_around(&mut self, estate: &Estate, target: &Target) {
        self.sweep(estate, &target.path);
        for id in above(estate, target) {
            self.sweep_one(estate, id);
        }
    }

    fn put(&mut self, target: &Target, set: SetId) {
        self.builder.put(text(&target.path), set);
    }
}

/// The known targets above this one.
fn above<'a>(estate: &'a Estate, target: &Target) -> impl Iterator<Item = TargetId> + use<'a> {
    let paths = std::iter::successors(target.path.parent(), Path::parent);
    paths.filter_map(|path| Some(estate.at(&path)?.id))
}

/// A path as the gate knows it: the installation is what all others begin with.
const fn text(path: &Path) -> &Arc<str> {
    path.as_str()
}
