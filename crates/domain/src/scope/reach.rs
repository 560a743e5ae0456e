//! What a scope covers, found once and held against many others.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use super::{Clause, Scope};
use crate::estate::{Estate, Target};
use crate::id::TargetId;
use crate::path::Path;

/// Targets that many scopes are held against. What one of these costs does not grow with the estate, unless labels or an
/// exclusion are to be looked at; equal ones of those are looked at once.
pub struct Reach<'a> {
    estate: &'a Estate,
    there: There<'a>,
    known: RefCell<BTreeMap<Scope, Option<TargetId>>>,
}

/// Which targets.
enum There<'a> {
    /// These with all that is below them, by path; none lies below another.
    Below(Vec<&'a Target>),
    /// These alone, by path.
    These(Vec<&'a Target>),
}

impl<'a> Reach<'a> {
    /// What a scope covers.
    pub fn of(estate: &'a Estate, scope: &Scope) -> Reach<'a> {
        if !scope.is_plain() {
            return Reach::these(
                estate,
                estate.covered(scope).into_iter().filter_map(|id| estate.target(id)).collect(),
            );
        }
        let mut roots: Vec<&Target> = scope.include.iter().filter_map(|clause| estate.target(clause.under)).collect();
        roots.sort_by(|one, two| one.path.cmp(&two.path));
        // What is below another comes after it.
        let mut below: Vec<&Target> = Vec::new();
        for root in roots {
            if !below.last().is_some_and(|last| last.path.covers(&root.path)) {
                below.push(root);
            }
        }
        Reach { estate, there: There::Below(below), known: RefCell::default() }
    }

    /// These targets, without what is below them.
    pub fn these(estate: &'a Estate, mut targets: Vec<&'a Target>) -> Reach<'a> {
        targets.sort_by(|one, two| one.path.cmp(&two.path));
        Reach { estate, there: There::These(targets), known: RefCell::default() }
    }

    /// Whether that scope covers something of it.
    pub fn meets(&self, scope: &Scope) -> bool {
        self.first(scope).is_some()
    }

    /// A target of it that that scope covers.
    pub fn first(&self, scope: &Scope) -> Option<TargetId> {
        if scope.is_plain() {
            let clauses = scope.include.iter();
            return clauses.filter_map(|clause| self.below(clause)?.next()).map(|target| target.id).next();
        }
        if let Some(known) = self.known.borrow().get(scope) {
            return *known;
        }
        let held = |clause| self.below(clause)?.find(|target| scope.matches(target, self.estate));
        let first = scope.include.iter().find_map(held).map(|target| target.id);
        self.known.borrow_mut().insert(scope.clone(), first);
        first
    }

    /// Where something may lie that covers a target of it: these places and all above them, and all that is below.
    pub fn places(&self) -> BTreeSet<TargetId> {
        let (There::Below(targets) | There::These(targets)) = &self.there;
        let mut places = BTreeSet::new();
        for target in targets {
            let above = iter::successors(Some(target.path.clone()), Path::parent);
            // What is above a place that is known is known.
            let _ = above.filter_map(|path| self.estate.at(&path)).find(|target| !places.insert(target.id));
        }
        if let There::Below(roots) = &self.there {
            places.extend(roots.iter().flat_map(|root| self.estate.under(&root.path)).map(|target| target.id));
        }
        places
    }

    /// What of it is at the root of this clause or below, whatever its labels.
    fn below(&self, clause: &Clause) -> Option<Box<dyn Iterator<Item = &'a Target> + '_>> {
        let root = self.estate.target(clause.under)?;
        Some(match &self.there {
            There::These(targets) => {
                let first = targets.partition_point(|target| target.path < root.path);
                Box::new(targets[first..].iter().copied().take_while(|target| root.path.covers(&target.path)))
            }
            There::Below(roots) => {
                let deeper = roots.iter().filter_map(move |own| match own.path.covers(&root.path) {
                    true => Some(root),
                    false => root.path.covers(&own.path).then_some(*own),
                });
                Box::new(deeper.flat_map(|target| self.estate.under(&target.path)))
            }
        })
    }
}
