//! Goes through a part of the estate, parents first, and says what holds on each target.
use std::collections::BTreeSet;

use lull_gate::{SetId, Window};

use super::{Compiler, above};
use crate::engagement::Key;
use crate::estate::{Estate, Target};
use crate::id::{MaintenanceId, TargetId};
use crate::path::Path;
use crate::policy::Effect;

/// What comes down from above.
#[derive(Clone, Default)]
struct Inherited {
    /// Maintenances that include something from here down.
    candidates: Vec<MaintenanceId>,
    /// Maintenances that stopped something here or above, which is not back.
    stopped: BTreeSet<MaintenanceId>,
    /// Something is down here or above, and nobody answers for it.
    is_ownerless: bool,
    /// The set that all below share, as long as nothing else is said there.
    shared: Option<SetId>,
}

impl Compiler {
    /// Says anew what holds on this target and all below it.
    pub(super) fn sweep(&mut self, estate: &Estate, root: &Path) {
        let Some(first) = estate.at(root) else { return };
        let mut line: Vec<(Path, Inherited)> = vec![(root.clone(), self.said_above(estate, first))];
        for target in estate.under(root) {
            while line.len() > 1 && line.last().is_some_and(|(path, _)| !path.covers(&target.path)) {
                line.pop();
            }
            let Some((_, inherited)) = line.last() else { return };
            if let (true, Some(set)) = (self.says_nothing(target.id), inherited.shared) {
                self.put(target, set);
                continue;
            }
            let inherited = self.here(inherited.clone(), target.id);
            let inherited = self.decided(estate, target, inherited);
            line.push((target.path.clone(), inherited));
        }
    }

    /// Nothing is said at this target that is not said above it.
    fn says_nothing(&self, id: TargetId) -> bool {
        !self.by_root.contains_key(&id)
            && (self.stopped.is_empty() || !self.stopped.contains_key(&stop(id)))
            && (self.stopped_below.is_empty() || !self.stopped_below.contains_key(&id))
    }

    /// Says anew what holds on this one target.
    pub(super) fn sweep_one(&mut self, estate: &Estate, id: TargetId) {
        let Some(target) = estate.target(id) else { return };
        let inherited = self.said_above(estate, target);
        let inherited = self.here(inherited, id);
        self.decided(estate, target, inherited);
    }

    /// What comes down to a target from those above it.
    fn said_above(&self, estate: &Estate, target: &Target) -> Inherited {
        let above: Vec<TargetId> = above(estate, target).collect();
        above.into_iter().rev().fold(Inherited::default(), |inherited, id| self.here(inherited, id))
    }

    /// With what is said at this target itself.
    fn here(&self, mut inherited: Inherited, id: TargetId) -> Inherited {
        inherited.candidates.extend(self.by_root.get(&id).into_iter().flatten());
        let stopped = self.stopped.get(&stop(id));
        inherited.stopped.extend(stopped.into_iter().flatten());
        inherited.is_ownerless |= stopped.is_some_and(BTreeSet::is_empty);
        inherited
    }

    /// Puts the set of this target, and says whether all below may share it.
    fn decided(&mut self, estate: &Estate, target: &Target, mut inherited: Inherited) -> Inherited {
        let mut windows: Vec<Window> = Vec::new();
        let mut alike = !self.stopped_below.contains_key(&target.id);
        let mut covered = BTreeSet::new();
        for id in &inherited.candidates {
            let known = &self.maintenances[id];
            let everything = known.scope.exclude.is_empty() && known.scope.include.iter().all(|c| c.labels.is_empty());
            alike &= everything;
            if covered.contains(id) || !(everything || known.scope.matches(target, estate)) {
                continue;
            }
            covered.insert(*id);
            windows.extend(known.covering.clone());
        }
        // What is down here, above, or below in its own scope, and not back: whoever still covers it says so already.
        let below = self.stopped_below.get(&target.id).into_iter().flat_map(|below| below.keys());
        let below = below.filter(|id| covered.contains(id));
        let stopped: BTreeSet<&MaintenanceId> = inherited.stopped.iter().chain(below).collect();
        for id in stopped {
            let known = self.maintenances.get(id);
            let says_so = covered.contains(id) && known.is_some_and(|known| known.covering.is_some());
            windows.extend(known.filter(|_| !says_so).and_then(|known| known.stopping.clone()));
        }
        windows.extend(self.ownerless.clone().filter(|_| inherited.is_ownerless));
        windows.sort_by(|one, two| one.quiet.id.cmp(&two.quiet.id));
        let set = self.builder.set(&windows);
        self.put(target, set);
        inherited.shared = alike.then_some(set);
        inherited
    }
}

const fn stop(target: TargetId) -> Key {
    Key { target, effect: Effect::Stop }
}
