//! What is planned where and when, found without looking at all of it: maintenances to come and in progress, and what
//! series will come to.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::Instant;
use crate::estate::{Estate, Target};
use crate::id::{MaintenanceId, SeriesId, TargetId};
use crate::life::Life;
use crate::maintenance::Maintenance;
use crate::path::Path;
use crate::policy::Facet;
use crate::recurrence::{Occurrence, Zone};
use crate::scope::Scope;
use crate::series::{Key, Series};

/// Something planned, or in progress.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planned {
    /// The maintenance; none for an occurrence that is not made yet.
    pub maintenance: Option<MaintenanceId>,
    /// Of which series it is which occurrence.
    pub series: Option<(SeriesId, Key)>,
    /// What people read.
    pub title: String,
    /// Where.
    pub scope: Scope,
    /// From when.
    pub from: Instant,
    /// Until when, as far as is known.
    pub to: Option<Instant>,
    /// It has begun, and goes on until it is left.
    pub runs: bool,
    /// Work there is refused, queued or stopped.
    pub holds_work: bool,
}

/// Those that last alike, by their begin: none that begins longer ago than twice the least of them can still go on.
type Level = BTreeMap<(Instant, MaintenanceId), Arc<Planned>>;

/// What is planned.
#[derive(Default, Debug)]
pub struct Agenda {
    /// By the roots of their scopes, then by the power of two that their length reaches.
    planned: BTreeMap<TargetId, BTreeMap<u32, Level>>,
    by_id: BTreeMap<MaintenanceId, Arc<Planned>>,
    series: BTreeMap<TargetId, BTreeSet<SeriesId>>,
    repeating: BTreeMap<SeriesId, (Series, Zone)>,
}

/// A time that is asked about, as seen now.
#[derive(Clone, Copy, Debug)]
pub struct Within {
    /// From then.
    pub from: Instant,
    /// Until then.
    pub to: Instant,
    /// What runs past its end goes on.
    pub now: Instant,
}

/// Nobody reads more; whoever asks for all that touches the whole installation in a year is told of so much.
const FOUND_MAX: usize = 10_000;
/// The level of what has no end, or goes on until somebody ends it.
const OPEN: u32 = 64;

impl Agenda {
    /// Notes how a maintenance stands now; one that is over, or a draft, is forgotten.
    pub fn maintenance_changed(&mut self, maintenance: &Maintenance) {
        let id = maintenance.id;
        if let Some(before) = self.by_id.remove(&id) {
            for root in before.scope.roots() {
                let level = self.planned.get_mut(&root).and_then(|levels| levels.get_mut(&before.level()));
                level.map(|level| level.remove(&(before.from, id)));
            }
        }
        let Some(planned) = Planned::of(maintenance).map(Arc::new) else { return };
        for root in planned.scope.roots() {
            let level = self.planned.entry(root).or_default().entry(planned.level()).or_default();
            level.insert((planned.from, id), Arc::clone(&planned));
        }
        self.by_id.insert(id, planned);
    }

    /// Notes how a series stands now.
    pub fn series_changed(&mut self, series: Series, zone: Zone) {
        let id = series.id;
        for root in self.repeating.remove(&id).iter().flat_map(|(before, _)| before.plan.scope.roots()) {
            self.series.entry(root).or_default().remove(&id);
        }
        if series.next_at.is_some() {
            for root in series.plan.scope.roots() {
                self.series.entry(root).or_default().insert(id);
            }
            self.repeating.insert(id, (series, zone));
        }
    }

    /// What covers this target at some time within, in the order of its begin.
    pub fn touching(&self, estate: &Estate, target: &Target, within: Within) -> Vec<Arc<Planned>> {
        let covers = |planned: &Planned| estate.covers(&planned.scope, target);
        let mut found = Vec::new();
        for root in above(estate, &target.path) {
            self.at(root, within, &covers, &mut found);
        }
        in_order(found)
    }

    /// What covers something that this scope covers, too, at some time within, in the order of its begin.
    pub fn meeting(&self, estate: &Estate, scope: &Scope, within: Within) -> Vec<Arc<Planned>> {
        let meets = |planned: &Planned| scope.meets(&planned.scope, estate);
        let mut roots = BTreeSet::new();
        for root in scope.roots().into_iter().filter_map(|root| estate.target(root)) {
            roots.extend(above(estate, &root.path));
            let known = |id: &TargetId| self.planned.contains_key(id) || self.series.contains_key(id);
            roots.extend(estate.under(&root.path).map(|target| target.id).filter(known));
        }
        let mut found = Vec::new();
        for root in roots {
            self.at(root, within, &meets, &mut found);
        }
        in_order(found)
    }

    /// What of this root is within, and wanted.
    fn at(&self, root: TargetId, within: Within, wanted: &dyn Fn(&Planned) -> bool, found: &mut Vec<Arc<Planned>>) {
        for (level, planned) in self.planned.get(&root).into_iter().flatten() {
            let from = match level {
                &OPEN => Instant(i64::MIN),
                level => Instant(within.from.0.saturating_sub(2_i64.checked_shl(*level).unwrap_or(i64::MAX))),
            };
            let near = planned.range((from, MaintenanceId(0))..(within.to, MaintenanceId(0)));
            let near = near.map(|(_, it)| it).filter(|it| it.goes_on(within) && wanted(it));
            let room = FOUND_MAX.saturating_sub(found.len());
            found.extend(near.take(room).cloned());
        }
        let repeating = self.series.get(&root).into_iter().flatten().filter_map(|id| self.repeating.get(id));
        for (series, zone) in repeating {
            // What is made is found as a maintenance.
            let Some(next_at) = series.next_at.filter(|next_at| *next_at < within.to) else { continue };
            let from = within.from.max(next_at);
            let is_made = |it: &Occurrence| Some(Key::of(it)) <= series.made || series.early.contains(&Key::of(it));
            let ahead = series.all(zone, from).filter(|it| !is_made(it));
            let mut ahead = ahead.take_while(|it| it.starts_at < within.to).peekable();
            // All of them are in one scope: the first says whether they are wanted.
            if ahead.peek().is_some_and(|first| wanted(&Planned::ahead(series, first))) {
                let room = FOUND_MAX.saturating_sub(found.len());
                found.extend(ahead.take(room).map(|it| Arc::new(Planned::ahead(series, &it))));
            }
        }
    }
}

impl Planned {
    /// What a maintenance is on the agenda; nothing for a draft, or for one that is over.
    pub fn of(maintenance: &Maintenance) -> Option<Planned> {
        let runs = match &maintenance.life {
            Life::Scheduled => false,
            Life::InProgress(_) => true,
            Life::Draft | Life::Completed(_) | Life::Cancelled(_) => return None,
        };
        Some(Planned {
            maintenance: Some(maintenance.id),
            series: maintenance.series.as_ref().map(|of| (of.id, of.key)),
            title: maintenance.plan.texts.title.clone(),
            scope: maintenance.plan.scope.clone(),
            from: maintenance.began_at().or(maintenance.plan.starts_at)?,
            to: maintenance.ends_at(),
            runs,
            holds_work: maintenance.plan.policy.sets(Facet::Work),
        })
    }

    fn ahead(series: &Series, of: &Occurrence) -> Planned {
        Planned {
            maintenance: None,
            series: Some((series.id, Key::of(of))),
            title: series.plan.texts.title.clone(),
            scope: series.plan.scope.clone(),
            from: of.starts_at,
            to: Some(of.ends_at),
            runs: false,
            holds_work: series.plan.policy.sets(Facet::Work),
        }
    }

    /// The power of two that its length reaches, in microseconds.
    fn level(&self) -> u32 {
        let lasts = self.to.filter(|_| !self.runs).map(|to| (to - self.from).0.max(1));
        lasts.map_or(OPEN, |lasts| lasts.ilog2())
    }

    /// It is not over when that time begins, as far as is known.
    pub fn goes_on(&self, within: Within) -> bool {
        self.from < within.to && self.to.is_none_or(|to| within.from < to || self.runs && to <= within.now)
    }
}

/// This place, and every known one above it.
fn above<'a>(estate: &'a Estate, path: &Path) -> impl Iterator<Item = TargetId> + use<'a> {
    std::iter::successors(Some(path.clone()), Path::parent).filter_map(|path| Some(estate.at(&path)?.id))
}

/// By their begin, each once though it has several roots.
fn in_order(mut found: Vec<Arc<Planned>>) -> Vec<Arc<Planned>> {
    found.sort_by_key(|it| (it.from, it.maintenance, it.series));
    found.dedup_by_key(|it| (it.from, it.maintenance, it.series));
    found
}
