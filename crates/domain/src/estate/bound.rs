//! Which target an outside thing belongs to.
use std::collections::{BTreeMap, BTreeSet};

use super::{Binding, Match, Target};
use crate::id::TargetId;

/// An outside thing as an adapter lists it, as far as a binding can ask for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen<'a> {
    /// Its lasting name.
    pub name: &'a str,
    /// The name its own system shows for it, where that is another.
    pub title: Option<&'a str>,
    /// The project it belongs to.
    pub project: Option<&'a str>,
    /// The service within its project.
    pub service: Option<&'a str>,
    /// What it is marked with.
    pub labels: &'a BTreeMap<String, String>,
}

/// Whose an outside thing is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// No binding matches it.
    Nobody,
    /// This target's: the deepest of those that match, which all lie on one branch.
    One(TargetId),
    /// Bindings on different branches match it: these, the deepest of each, by path. Nobody may touch it.
    Contested(Vec<TargetId>),
}

impl Match {
    /// Whether all that it asks for holds of this thing.
    pub fn holds(&self, seen: &Seen<'_>) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| wanted.is_none() || wanted.as_deref() == found;
        (same(&self.name, Some(seen.name)) || same(&self.name, seen.title))
            && same(&self.project, seen.project)
            && same(&self.service, seen.service)
            && self.labels.iter().all(|(key, value)| seen.labels.get(key) == Some(value))
    }
}

/// The bound targets of each adapter, shelved by the one most telling thing that their binding asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Bound(BTreeMap<String, Shelves>);

type Shelf<K> = BTreeMap<K, BTreeSet<TargetId>>;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Shelves {
    name: Shelf<String>,
    project: Shelf<String>,
    service: Shelf<String>,
    label: BTreeMap<String, Shelf<String>>,
    anything: BTreeSet<TargetId>,
}

impl Bound {
    /// Shelves a target that has this binding.
    pub(super) fn add(&mut self, binding: &Binding, id: TargetId) {
        let shelves = self.0.entry(binding.adapter.clone()).or_default();
        shelves.place(&binding.matches).insert(id);
    }

    /// Takes a target that had this binding off its shelf; an empty shelf stays.
    pub(super) fn take(&mut self, binding: &Binding, id: TargetId) {
        if let Some(shelves) = self.0.get_mut(&binding.adapter) {
            shelves.place(&binding.matches).remove(&id);
        }
    }

    /// The targets that may have exactly this binding.
    pub(super) fn alike(&self, binding: &Binding) -> impl Iterator<Item = TargetId> {
        self.0.get(&binding.adapter).and_then(|shelves| shelves.find(&binding.matches)).into_iter().flatten().copied()
    }

    /// The targets whose binding may match this thing.
    pub(super) fn candidates(&self, adapter: &str, seen: &Seen<'_>) -> impl Iterator<Item = TargetId> {
        let mut shelves = Vec::new();
        if let Some(own) = self.0.get(adapter) {
            shelves.push(own.name.get(seen.name));
            shelves.push(seen.title.filter(|title| *title != seen.name).and_then(|title| own.name.get(title)));
            shelves.push(seen.project.and_then(|project| own.project.get(project)));
            shelves.push(seen.service.and_then(|service| own.service.get(service)));
            shelves.extend(seen.labels.iter().map(|(key, value)| own.label.get(key).and_then(|of| of.get(value))));
            shelves.push(Some(&own.anything));
        }
        shelves.into_iter().flatten().flatten().copied()
    }
}

impl Shelves {
    fn place(&mut self, matches: &Match) -> &mut BTreeSet<TargetId> {
        if let Some(name) = &matches.name {
            self.name.entry(name.clone()).or_default()
        } else if let Some(project) = &matches.project {
            self.project.entry(project.clone()).or_default()
        } else if let Some(service) = &matches.service {
            self.service.entry(service.clone()).or_default()
        } else if let Some((key, value)) = matches.labels.first_key_value() {
            self.label.entry(key.clone()).or_default().entry(value.clone()).or_default()
        } else {
            &mut self.anything
        }
    }

    /// The same place, without making it.
    fn find(&self, matches: &Match) -> Option<&BTreeSet<TargetId>> {
        if let Some(name) = &matches.name {
            self.name.get(name)
        } else if let Some(project) = &matches.project {
            self.project.get(project)
        } else if let Some(service) = &matches.service {
            self.service.get(service)
        } else if let Some((key, value)) = matches.labels.first_key_value() {
            self.label.get(key).and_then(|of| of.get(value))
        } else {
            Some(&self.anything)
        }
    }
}

/// Decides between the targets whose binding matches: on one branch the deepest; on several, none of them.
pub(super) fn claim<'a>(candidates: impl Iterator<Item = &'a Target>, seen: &Seen<'_>) -> Claim {
    let mut matching: Vec<&Target> = candidates
        .filter(|target| target.binding.as_ref().is_some_and(|binding| binding.matches.holds(seen)))
        .collect();
    matching.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    // By path, whatever is below a target comes right after it: a target is the deepest unless it covers the next.
    let mut deepest = matching
        .iter()
        .enumerate()
        .filter(|(place, target)| matching.get(place + 1).is_none_or(|next| !target.path.covers(&next.path)));
    match (deepest.next(), deepest.next()) {
        (None, _) => Claim::Nobody,
        (Some((_, target)), None) => Claim::One(target.id),
        (Some((_, first)), Some((_, second))) => Claim::Contested(
            [first, second].into_iter().chain(deepest.map(|(_, target)| target)).map(|target| target.id).collect(),
        ),
    }
}
