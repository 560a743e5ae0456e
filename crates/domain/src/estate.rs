//! The tree of all targets, in memory.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::TargetId;
use crate::path::Path;
use crate::scope::{Clause, Scope};

mod bound;
mod checked;
mod needs;
mod target;

pub use bound::{Claim, Seen};
pub use checked::{HEALTH_PATHS_MAX, LABELS_MAX, NEEDS_MAX, TEXT_MAX};
pub use target::{BANNER_MAX, Banner, Binding, Kind, Match, Target};

use bound::Bound;

/// The root target `/`, the installation. It is always there, stays where it is, and has no binding.
pub const ROOT: TargetId = TargetId(0);

/// Every target, found by id, by path, by its id elsewhere, by what needs it and by what it is bound to.
///
/// A clone shares the targets, so it costs their number, not their size.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<Target>", into = "Vec<Target>")]
pub struct Estate {
    by_id: BTreeMap<TargetId, Arc<Target>>,
    by_path: BTreeMap<Path, Arc<Target>>,
    by_external_id: BTreeMap<String, TargetId>,
    dependents: BTreeMap<TargetId, BTreeSet<TargetId>>,
    bound: Bound,
}

impl Default for Estate {
    fn default() -> Estate {
        Estate::new()
    }
}

impl PartialEq for Estate {
    /// By the targets alone: all else follows from them.
    fn eq(&self, other: &Estate) -> bool {
        self.by_path == other.by_path
    }
}

impl Eq for Estate {}

impl From<Vec<Target>> for Estate {
    fn from(targets: Vec<Target>) -> Estate {
        Estate::from_targets(targets)
    }
}

impl From<Estate> for Vec<Target> {
    fn from(estate: Estate) -> Vec<Target> {
        estate.targets().cloned().collect()
    }
}

impl Estate {
    /// An estate with nothing but the installation.
    pub fn new() -> Estate {
        let mut estate = Estate {
            by_id: BTreeMap::new(),
            by_path: BTreeMap::new(),
            by_external_id: BTreeMap::new(),
            dependents: BTreeMap::new(),
            bound: Bound::default(),
        };
        estate.put(Arc::new(Target::new(ROOT, Path::root(), Kind::Organization)));
        estate
    }

    /// The estate of these targets, which were checked when they were stored; the installation is added if missing.
    pub fn from_targets<T: Into<Arc<Target>>>(targets: impl IntoIterator<Item = T>) -> Estate {
        let mut estate = Estate::new();
        let mut others: Vec<Arc<Target>> = Vec::new();
        for target in targets {
            let target = target.into();
            match target.id == ROOT || target.path.is_root() {
                true => estate.insert(Target::clone(&target)),
                false => others.push(target),
            }
        }
        // Maps are made faster of what is sorted, all at once.
        others.sort_by(|one, two| one.path.cmp(&two.path));
        let mut by_id: BTreeMap<TargetId, Arc<Target>> = others.iter().map(|it| (it.id, Arc::clone(it))).collect();
        if by_id.len() < others.len() || others.windows(2).any(|pair| pair[0].path == pair[1].path) {
            others.into_iter().for_each(|target| estate.put(target));
            return estate;
        }
        others.iter().for_each(|target| estate.link(target));
        estate.by_id.append(&mut by_id);
        estate.by_path.append(&mut others.into_iter().map(|it| (it.path.clone(), it)).collect());
        estate
    }

    /// The target of this id.
    pub fn target(&self, id: TargetId) -> Option<&Target> {
        self.by_id.get(&id).map(Arc::as_ref)
    }

    /// The target at this path.
    pub fn at(&self, path: &Path) -> Option<&Target> {
        self.by_path.get(path).map(Arc::as_ref)
    }

    /// The target that goes by this id elsewhere.
    pub fn by_external_id(&self, external_id: &str) -> Option<&Target> {
        self.by_external_id.get(external_id).and_then(|id| self.target(*id))
    }

    /// Every target, by path; the installation is the first.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.by_path.values().map(Arc::as_ref)
    }

    /// How many targets there are, the installation counted.
    pub fn count(&self) -> usize {
        self.by_id.len()
    }

    /// The target at this path, if there is one, and every target below it, by path.
    pub fn under<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Target> {
        self.by_path.range(path..).take_while(|(at, _)| path.covers(at)).map(|(_, target)| target.as_ref())
    }

    /// The target at this path or, failing that, at the deepest known path above it.
    pub fn nearest(&self, path: &Path) -> Option<&Target> {
        let mut at = path.clone();
        loop {
            if let Some(target) = self.at(&at) {
                return Some(target);
            }
            at = at.parent()?;
        }
    }

    /// What this target needs while it runs.
    pub fn needs_of(&self, id: TargetId) -> impl Iterator<Item = TargetId> {
        self.target(id).into_iter().flat_map(|target| target.needs.iter().copied())
    }

    /// The targets that need this one.
    pub fn dependents_of(&self, id: TargetId) -> impl Iterator<Item = TargetId> {
        self.dependents.get(&id).into_iter().flatten().copied()
    }

    /// Whether the scope covers the target.
    pub fn covers(&self, scope: &Scope, target: &Target) -> bool {
        scope.matches(target, self)
    }

    /// Every target that the scope covers.
    pub fn covered(&self, scope: &Scope) -> BTreeSet<TargetId> {
        let excluded = self.rooted(&scope.exclude);
        let kept = |target: &&Target| !excluded.iter().any(|(root, clause)| clause.holds_below(root, target));
        let held = self
            .rooted(&scope.include)
            .into_iter()
            .flat_map(|(root, clause)| self.under(root).filter(move |target| clause.holds_below(root, target)));
        held.filter(kept).map(|target| target.id).collect()
    }

    /// Whose an outside thing is: the deepest target whose binding matches it.
    pub fn claim(&self, adapter: &str, seen: &Seen<'_>) -> Claim {
        bound::claim(self.bound.candidates(adapter, seen).filter_map(|id| self.target(id)), seen)
    }

    /// What has changed since: the paths that are no more, and the targets that are new, elsewhere, or otherwise.
    pub fn since(&self, before: &Estate) -> (Vec<Path>, Vec<TargetId>) {
        let gone = before.by_path.keys().filter(|path| !self.by_path.contains_key(path)).cloned().collect();
        let same = |target: &Arc<Target>| before.by_id.get(&target.id).is_some_and(|there| Arc::ptr_eq(there, target));
        let changed = self.by_path.values().filter(|target| !same(target)).map(|target| target.id).collect();
        (gone, changed)
    }

    /// Adds a target, or replaces the one of its id. Ask [`Estate::checked`] first: at one path the later target stays.
    ///
    /// The installation stays at `/` and unbound whatever is said, and nothing else takes its place.
    pub fn insert(&mut self, mut target: Target) {
        if target.id == ROOT {
            target.path = Path::root();
            target.binding = None;
        } else if target.path.is_root() {
            return;
        }
        self.put(Arc::new(target));
    }

    /// Replaces the target of this id; the same as [`Estate::insert`].
    pub fn replace(&mut self, target: Target) {
        self.insert(target);
    }

    /// Takes a target out and answers it; the installation stays. What is below it stays where it is.
    pub fn remove(&mut self, id: TargetId) -> Option<Arc<Target>> {
        if id == ROOT {
            return None;
        }
        let target = self.by_id.remove(&id)?;
        self.by_path.remove(&target.path);
        self.unlink(&target);
        Some(target)
    }

    /// The clauses whose root is known, each with its path.
    fn rooted<'a>(&'a self, clauses: &'a [Clause]) -> Vec<(&'a Path, &'a Clause)> {
        clauses.iter().filter_map(|clause| Some((&self.target(clause.under)?.path, clause))).collect()
    }

    /// Puts a target in the place of whatever has its id or its path.
    fn put(&mut self, target: Arc<Target>) {
        if let Some(before) = self.by_id.insert(target.id, Arc::clone(&target)) {
            self.by_path.remove(&before.path);
            self.unlink(&before);
        }
        if let Some(there) = self.by_path.insert(target.path.clone(), Arc::clone(&target)) {
            self.by_id.remove(&there.id);
            self.unlink(&there);
        }
        self.link(&target);
    }

    fn link(&mut self, target: &Target) {
        if let Some(external_id) = &target.external_id {
            self.by_external_id.insert(external_id.clone(), target.id);
        }
        for &need in &target.needs {
            self.dependents.entry(need).or_default().insert(target.id);
        }
        if let Some(binding) = &target.binding {
            self.bound.add(binding, target.id);
        }
    }

    fn unlink(&mut self, target: &Target) {
        if let Some(external_id) = &target.external_id
            && self.by_external_id.get(external_id) == Some(&target.id)
        {
            self.by_external_id.remove(external_id);
        }
        for need in &target.needs {
            if let Some(dependents) = self.dependents.get_mut(need) {
                dependents.remove(&target.id);
                if dependents.is_empty() {
                    self.dependents.remove(need);
                }
            }
        }
        if let Some(binding) = &target.binding {
            self.bound.take(binding, target.id);
        }
    }
}

#[cfg(test)]
mod tests;
