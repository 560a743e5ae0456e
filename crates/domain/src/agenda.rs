//! What is planned where and when, found without looking at all of it: maintenances to come and in progress, and what
//! series will come to.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::id::{MaintenanceId, SeriesId, TargetId};
use crate::life::Life;
use crate::maintenance::Maintenance;
use crate::policy::Facet;
use crate::recurrence::{Occurrence, Zone};
use crate::scope::{Reach, Scope};
use crate::series::{Key, Series};
use crate::{Instant, Span};

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

/// All that is planned in one part of the time that was asked about.
#[derive(Debug)]
pub struct Part {
    /// From when that part is.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// What is within, in the order of its begin; what goes on is in the next part, too.
    pub planned: Vec<Arc<Planned>>,
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

/// What series come to is looked through in parts that hold no more of it.
const PART_MAX: usize = 10_000;
/// A part is no shorter than this, whatever it holds.
const PART_MIN: Span = Span::hours(24);
/// The clocks may move times on the wall past each other by so much.
const ASIDE: Span = Span::hours(26);
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

    /// What covers something of this at some time within: in as many parts as it takes, so that none holds too much.
    pub fn meeting<'a>(&'a self, reach: &'a Reach<'_>, within: Within) -> impl Iterator<Item = Part> + use<'a> {
        let places = reach.places();
        let there = |places: &BTreeSet<TargetId>| -> BTreeSet<SeriesId> {
            places.iter().filter_map(|place| self.series.get(place)).flatten().copied().collect()
        };
        let repeating: Vec<&(Series, Zone)> = there(&places)
            .iter()
            .filter_map(|id| self.repeating.get(id))
            .filter(|(series, _)| series.next_at.is_some_and(|at| at < within.to) && reach.meets(&series.plan.scope))
            .collect();
        let planned: Vec<&BTreeMap<u32, Level>> = places.iter().filter_map(|place| self.planned.get(place)).collect();
        let mut from = within.from;
        let mut lasts = within.to - from;
        std::iter::from_fn(move || {
            (from < within.to).then(|| {
                let part = Within { from, to: within.to.min(from + lasts), ..within };
                let (mut found, to) = ahead(&repeating, part);
                (from, lasts) = (to, (to - from) + (to - from));
                let part = Within { to, ..part };
                let near = planned.iter().flat_map(|levels| near(levels, part));
                found.extend(near.filter(|it| reach.meets(&it.scope)).cloned());
                Part { from: part.from, to, planned: in_order(found) }
            })
        })
    }

    /// The same in one, each once: until the time when there are so many, which is told.
    pub fn met(&self, reach: &Reach<'_>, within: Within, most: usize) -> (Vec<Arc<Planned>>, Instant) {
        let mut all: Vec<Arc<Planned>> = Vec::new();
        for part in self.meeting(reach, within) {
            if all.len() >= most {
                return (all, part.from);
            }
            let is_new = |it: &Arc<Planned>| part.from <= it.from || part.from == within.from;
            all.extend(part.planned.into_iter().filter(is_new));
        }
        (all, within.to)
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

    /// By what it is told from others; what is made and what is not are two.
    pub fn known_by(&self) -> (Instant, Option<MaintenanceId>, Option<(SeriesId, Key)>) {
        (self.from, self.maintenance, self.series)
    }

    /// When it is over: never, as far as is known, where it runs past its end.
    pub fn over_at(&self, now: Instant) -> Option<Instant> {
        self.to.filter(|to| !self.runs || now < *to)
    }

    /// It is not over when that time begins, as far as is known.
    pub fn goes_on(&self, within: Within) -> bool {
        self.from < within.to && self.over_at(within.now).is_none_or(|to| within.from < to)
    }
}

/// What is within of one place.
fn near(levels: &BTreeMap<u32, Level>, within: Within) -> impl Iterator<Item = &Arc<Planned>> {
    levels.iter().flat_map(move |(level, planned)| {
        let from = match level {
            &OPEN => Instant(i64::MIN),
            level => Instant(within.from.0.saturating_sub(2_i64.checked_shl(*level).unwrap_or(i64::MAX))),
        };
        let near = planned.range((from, MaintenanceId(0))..(within.to, MaintenanceId(0)));
        near.map(|(_, it)| it).filter(move |it| it.goes_on(within))
    })
}

/// What these series come to within, as far as it is not made, and until when that was looked at: not until the end where it
/// is too much for one part.
fn ahead(repeating: &[&(Series, Zone)], mut within: Within) -> (Vec<Arc<Planned>>, Instant) {
    loop {
        let lasts = within.to - within.from;
        let room = if lasts <= PART_MIN { usize::MAX } else { PART_MAX };
        let all = repeating.iter().flat_map(|(series, zone)| series_ahead(series, zone, within));
        let all: Vec<Arc<Planned>> = all.take(room.saturating_add(1)).map(Arc::new).collect();
        if all.len() <= room {
            return (all, within.to);
        }
        within.to = within.from + PART_MIN.max(Span(lasts.0 / 2));
    }
}

/// What one series comes to within.
fn series_ahead<'a>(series: &'a Series, zone: &'a Zone, within: Within) -> impl Iterator<Item = Planned> + use<'a> {
    // What is made is found as a maintenance.
    let is_made = |it: &Occurrence| Some(Key::of(it)) <= series.made || series.early.contains(&Key::of(it));
    let from = within.from.max(series.next_at.unwrap_or(Instant::MAX));
    let ahead = series.all(zone, from).filter(move |it| !is_made(it));
    // The clocks may move one past the next.
    let ahead = ahead.take_while(move |it| it.starts_at < within.to + ASIDE);
    ahead.filter(move |it| it.starts_at < within.to).map(|it| Planned::ahead(series, &it))
}

/// By their begin, each once though it has several roots.
fn in_order(mut found: Vec<Arc<Planned>>) -> Vec<Arc<Planned>> {
    found.sort_by_key(|it| it.known_by());
    found.dedup_by_key(|it| it.known_by());
    found
}
