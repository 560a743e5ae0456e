//! How many would be in maintenance at each time: a scope beside all that is planned, for many limits at once.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Limit;
use crate::Instant;
use crate::agenda::{Planned, Within};
use crate::estate::{Estate, Kind, Target};
use crate::id::TargetId;
use crate::scope::Scope;

/// What a scope covers, by path: so that what is below one of it is found without looking at all.
pub struct Covered<'a>(Vec<&'a Target>);

/// A scope beside all else that holds work back, within a time.
pub struct Beside<'a> {
    pub(super) estate: &'a Estate,
    within: Within,
    own: &'a Covered<'a>,
    /// What the scopes of the others cover, equal ones once.
    scopes: Vec<Covered<'a>>,
    /// The others, with the place of their scope.
    others: Vec<(&'a Arc<Planned>, usize)>,
    /// When one begins, or ends, that has which scope, in the order of time.
    turns: Vec<(Instant, usize, Turn)>,
    known: RefCell<Known>,
}

/// What was counted below which target, of which kind.
type Known = BTreeMap<(TargetId, Kind), Option<Rc<Counted>>>;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Begins,
    Ends,
}

/// What a limit counts of them, by where it holds and what it counts: the same for all that are alike in that.
#[derive(Debug)]
pub struct Counted {
    own: usize,
    /// How many targets are alike: covered by the same of the other scopes, and not by this one.
    alike: Vec<usize>,
    /// Which of those each of the other scopes covers.
    of_scope: Vec<Vec<usize>>,
}

impl<'a> Covered<'a> {
    /// What this scope covers.
    pub fn of(estate: &'a Estate, scope: &Scope) -> Covered<'a> {
        let mut targets: Vec<&Target> = estate.covered(scope).into_iter().filter_map(|id| estate.target(id)).collect();
        targets.sort_by(|one, two| one.path.cmp(&two.path));
        Covered(targets)
    }

    /// Those of it that a limit counts.
    pub fn counted<'c>(&'c self, limit: &'c Limit, estate: &'c Estate) -> impl Iterator<Item = TargetId> + use<'c, 'a> {
        let root = estate.target(limit.under).into_iter();
        let below = root.flat_map(|root| {
            let first = self.0.partition_point(|target| target.path < root.path);
            self.0[first..].iter().take_while(|target| root.path.covers(&target.path))
        });
        below.filter(|target| target.kind == limit.kind).map(|target| target.id)
    }
}

impl<'a> Beside<'a> {
    /// What a scope covers, beside these others. What runs past its end goes on.
    pub fn new(estate: &'a Estate, own: &'a Covered<'a>, others: &'a [Arc<Planned>], within: Within) -> Beside<'a> {
        let mut beside = Beside {
            estate,
            within,
            own,
            scopes: Vec::new(),
            others: Vec::new(),
            turns: Vec::new(),
            known: RefCell::default(),
        };
        let mut places: BTreeMap<&Scope, usize> = BTreeMap::new();
        for other in others.iter().filter(|it| it.holds_work && it.goes_on(within)) {
            let place = *places.entry(&other.scope).or_insert_with(|| {
                beside.scopes.push(Covered::of(estate, &other.scope));
                beside.scopes.len() - 1
            });
            let over_at = other.over_at(within.now);
            if over_at.is_some_and(|to| to <= other.from) {
                continue;
            }
            beside.others.push((other, place));
            beside.turns.push((other.from, place, Turn::Begins));
            beside.turns.extend(over_at.map(|to| (to, place, Turn::Ends)));
        }
        beside.turns.sort_unstable();
        beside
    }

    /// What this limit counts; nothing where it counts nothing of the scope itself.
    pub fn counted(&self, limit: &Limit) -> Option<Rc<Counted>> {
        let mut known = self.known.borrow_mut();
        known.entry((limit.under, limit.kind)).or_insert_with(|| self.look(limit).map(Rc::new)).clone()
    }

    fn look(&self, limit: &Limit) -> Option<Counted> {
        let own: BTreeSet<TargetId> = self.own.counted(limit, self.estate).collect();
        if own.is_empty() {
            return None;
        }
        let mut covering: BTreeMap<TargetId, Vec<usize>> = BTreeMap::new();
        for (place, scope) in self.scopes.iter().enumerate() {
            for target in scope.counted(limit, self.estate).filter(|id| !own.contains(id)) {
                covering.entry(target).or_default().push(place);
            }
        }
        let mut alike: BTreeMap<&[usize], usize> = BTreeMap::new();
        for places in covering.values() {
            *alike.entry(places).or_default() += 1;
        }
        let mut of_scope = vec![Vec::new(); self.scopes.len()];
        for (index, places) in alike.keys().enumerate() {
            places.iter().for_each(|place| of_scope[*place].push(index));
        }
        Some(Counted { own: own.len(), alike: alike.into_values().collect(), of_scope })
    }

    /// How many would be in maintenance when it begins, and then each time that something else begins or ends: these times
    /// are the same whatever is counted.
    pub fn each(&self, counted: &Counted) -> impl Iterator<Item = (Instant, usize)> {
        let mut turns = self.turns.iter().peekable();
        let (mut on, mut count) = (vec![0_usize; counted.alike.len()], counted.own);
        let mut next = Some(self.within.from);
        std::iter::from_fn(move || {
            let at = next?;
            while let Some((_, place, turn)) = turns.next_if(|(turns_at, ..)| *turns_at <= at) {
                for index in &counted.of_scope[*place] {
                    let (on, alike) = (&mut on[*index], counted.alike[*index]);
                    match turn {
                        Turn::Begins => {
                            count += if *on == 0 { alike } else { 0 };
                            *on += 1;
                        }
                        Turn::Ends => {
                            *on -= 1;
                            count -= if *on == 0 { alike } else { 0 };
                        }
                    }
                }
            }
            next = turns.peek().map(|(turns_at, ..)| *turns_at).filter(|turns_at| *turns_at < self.within.to);
            Some((at, count))
        })
    }

    /// The others that count at this time.
    pub fn others_at(&self, counted: &Counted, at: Instant) -> Vec<Arc<Planned>> {
        let is_on = |it: &Planned| it.from <= at && it.over_at(self.within.now).is_none_or(|to| at < to);
        let others = self.others.iter().filter(|(it, place)| is_on(it) && !counted.of_scope[*place].is_empty());
        others.map(|(it, _)| Arc::clone(it)).collect()
    }
}
