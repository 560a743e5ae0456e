//! What needs what: also through the targets above, and through those that have nothing to stop.
use std::collections::BTreeSet;

use super::{Estate, Target};
use crate::id::TargetId;

impl Estate {
    /// Everything that this target needs, directly or not. What a target needs, all below it needs; and it needs all
    /// below what it needs.
    pub fn all_needs_of(&self, id: TargetId) -> BTreeSet<TargetId> {
        self.reached(id, |id| self.needs_of(id).collect())
    }

    /// Everything that needs this target, directly or not.
    pub fn all_dependents_of(&self, id: TargetId) -> BTreeSet<TargetId> {
        self.reached(id, |id| self.dependents_of(id).collect())
    }

    /// Two targets at or below this one, or needed by it, that need each other by way of what is above or below them.
    pub(super) fn circle_of_parts(&self, id: TargetId) -> Option<(TargetId, TargetId)> {
        let root = self.target(id)?;
        self.under(&root.path).find_map(|part| {
            let needs = self.all_needs_of(part.id);
            let dependents = self.all_dependents_of(part.id);
            needs.intersection(&dependents).next().map(|other| (part.id, *other))
        })
    }

    fn reached(&self, id: TargetId, next: impl Fn(TargetId) -> Vec<TargetId>) -> BTreeSet<TargetId> {
        let Some(start) = self.target(id) else { return BTreeSet::new() };
        let mut found = BTreeSet::new();
        let mut waiting = vec![start];
        while let Some(target) = waiting.pop() {
            for id in self.with_above(target).flat_map(|above| next(above.id)) {
                let Some(root) = self.target(id) else { continue };
                let apart = |below: &&Target| !below.path.covers(&start.path) && !start.path.covers(&below.path);
                for below in self.under(&root.path).filter(apart) {
                    if found.insert(below.id) {
                        waiting.push(below);
                    }
                }
            }
        }
        found
    }

    /// A target and all above it.
    fn with_above<'a>(&'a self, target: &'a Target) -> impl Iterator<Item = &'a Target> {
        std::iter::successors(Some(target), |target| self.at(&target.path.parent()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::Kind;

    fn target(id: u128, path: &str, needs: &[u128]) -> Target {
        let mut target = Target::new(TargetId(id), path.parse().unwrap(), Kind::Stack);
        target.needs = needs.iter().map(|id| TargetId(*id)).collect();
        target
    }

    fn ids(ids: &[u128]) -> BTreeSet<TargetId> {
        ids.iter().map(|id| TargetId(*id)).collect()
    }

    fn shop() -> Estate {
        Estate::from_targets([
            target(1, "web", &[2]),
            target(11, "web/nginx", &[]),
            target(2, "api", &[3]),
            target(3, "data", &[]),
            target(31, "data/db", &[]),
        ])
    }

    #[test]
    fn what_a_stack_needs_all_its_services_need_and_what_that_needs_too() {
        assert_eq!(shop().all_needs_of(TargetId(11)), ids(&[2, 3, 31]));
        assert_eq!(shop().all_dependents_of(TargetId(31)), ids(&[1, 11, 2]));
        assert!(shop().all_needs_of(TargetId(31)).is_empty());
    }

    #[test]
    fn needs_that_run_in_a_circle_by_way_of_parts_are_refused() {
        let back = target(31, "data/db", &[11]);
        let refusal = shop().checked(&back).unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some("needs"));
        assert!(refusal.detail.contains("`data/db`"), "{}", refusal.detail);
    }
}
