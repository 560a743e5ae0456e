//! Traffic: how many decisions the gate gives, by place and hour, and the week that this comes to.
//!
//! Each place has a counter of its own, which is found by the path that is asked about: a look-up and an addition, without a
//! lock and without memory taken. The places are the targets down to the deepest level at which there are not too many; what
//! lies below one counts for it. Once a minute what was counted is added to what is stored.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use jiff::tz::TimeZone;
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::TargetId;
use lull_domain::path::{DEPTH_MAX, Path};
use lull_domain::recurrence::Zone;
use lull_domain::traffic::{HOURS, WEEKS, Week};
use lull_domain::{Instant, Span};
use lull_store::StoreError;

use crate::clock;
use crate::core::Core;

mod prometheus;

pub use prometheus::Prometheus;

/// How many places are counted at most.
const PLACES_MAX: usize = 500;
/// How often what was counted is stored.
const EVERY: Span = Span::minutes(1);
const HOUR: Span = Span::hours(1);
/// How long it is kept.
const KEPT: Span = Span::hours(HOURS as i64 * WEEKS);
/// How many hours are forgotten at a time.
const FORGOTTEN: u32 = 24;

/// What this process counts.
pub struct Traffic(ArcSwap<Places>);

/// Where is counted.
struct Places {
    /// The estate that they are of.
    estate: Arc<Estate>,
    /// They lie this deep at most.
    depth: usize,
    by_path: HashMap<Arc<str>, Arc<Place>>,
    root: Arc<Place>,
}

/// A target whose decisions are counted, and those below it that have no place of their own.
struct Place {
    target: TargetId,
    count: AtomicU64,
}

/// The traffic of a week, and where it is from.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its hours.
    pub week: Week,
    /// `gate` or `prometheus`.
    pub source: &'static str,
    /// What whoever asked should know of it.
    pub warnings: Vec<String>,
}

impl Traffic {
    /// Counters for this estate.
    pub fn new(estate: Arc<Estate>) -> Traffic {
        Traffic(ArcSwap::from_pointee(Places::of(estate, &HashMap::new())))
    }

    /// A decision was given about what is at this path.
    pub fn count(&self, path: &str) {
        self.0.load().nearest(path).count.fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted since this was asked last; from now on the places are those of this estate. The installation is always
    /// there, so that an hour in which nobody asked is known, too.
    fn taken(&self, estate: Arc<Estate>) -> Vec<(TargetId, u64)> {
        let places = self.0.load_full();
        let counted = places.by_path.values().map(|place| (place.target, place.count.swap(0, Ordering::Relaxed)));
        let counted = counted.filter(|(target, count)| *count > 0 || *target == ROOT).collect();
        if !Arc::ptr_eq(&places.estate, &estate) {
            self.0.store(Arc::new(Places::of(estate, &places.by_path)));
        }
        counted
    }

    /// What could not be stored is counted again.
    fn give_back(&self, counted: &[(TargetId, u64)]) {
        let places = self.0.load();
        for (target, count) in counted {
            let path = places.estate.target(*target).map(|target| target.path.as_str().as_ref());
            places.nearest(path.unwrap_or_default()).count.fetch_add(*count, Ordering::Relaxed);
        }
    }

    /// The nearest place above this one, where it is not counted by itself: the estate is too large, or it is new.
    fn above(&self, path: &Path) -> Option<Path> {
        let above = std::iter::successors(Some(path.clone()), Path::parent);
        let places = self.0.load();
        above.into_iter().find(|it| places.by_path.contains_key(it.as_str())).filter(|it| it != path)
    }

    /// The targets that are counted of this place: it and what is below it, or the nearest above where it is not counted itself.
    fn counted_for(&self, path: &Path) -> Vec<TargetId> {
        let places = self.0.load();
        if !places.by_path.contains_key(path.as_str()) {
            return vec![places.nearest(path.as_str()).target];
        }
        let below = places.by_path.iter().filter(|(at, _)| is_below(path.as_str(), at));
        below.map(|(_, place)| place.target).collect()
    }
}

impl Places {
    /// The places of this estate; what was counted before at those that stay goes on.
    fn of(estate: Arc<Estate>, before: &HashMap<Arc<str>, Arc<Place>>) -> Places {
        let depth = depth(&estate);
        let place = |target: TargetId, path: &Arc<str>| match before.get(path) {
            Some(place) if place.target == target => Arc::clone(place),
            Some(_) | None => Arc::new(Place { target, count: AtomicU64::new(0) }),
        };
        let root = place(ROOT, Path::root().as_str());
        let deep = estate.targets().filter(|target| !target.path.is_root() && target.path.depth() <= depth);
        let mut by_path: HashMap<Arc<str>, Arc<Place>> =
            deep.map(|target| (Arc::clone(target.path.as_str()), place(target.id, target.path.as_str()))).collect();
        by_path.insert(Arc::clone(Path::root().as_str()), Arc::clone(&root));
        Places { estate, depth, by_path, root }
    }

    /// The place at this path, or the nearest above it.
    fn nearest(&self, path: &str) -> &Place {
        let mut path = match path.match_indices('/').nth(self.depth.saturating_sub(1)) {
            Some((end, _)) if self.depth > 0 => &path[..end],
            Some(_) | None => path,
        };
        loop {
            if let Some(place) = self.by_path.get(path) {
                return place;
            }
            path = match path.rfind('/') {
                Some(end) => &path[..end],
                None => return &self.root,
            };
        }
    }
}

/// How deep the places lie: as deep as there are not too many of them.
fn depth(estate: &Estate) -> usize {
    let mut counts = [0; DEPTH_MAX + 1];
    estate.targets().for_each(|target| counts[target.path.depth().min(DEPTH_MAX)] += 1);
    let mut all = 0;
    let fits = counts.iter().take_while(|count| {
        all += **count;
        all <= PLACES_MAX
    });
    fits.count().saturating_sub(1)
}

fn is_below(path: &str, other: &str) -> bool {
    path.is_empty() || other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Stores what was counted once a minute, until the process ends.
pub async fn keep(core: Arc<Core>) {
    loop {
        let now = clock::now();
        let next = now - Span(now.0.rem_euclid(EVERY.0)) + EVERY;
        tokio::time::sleep(clock::until(next)).await;
        if let Err(error) = note(&core, next).await {
            tracing::warn!(error = error.in_full(), "what the gate has counted is stored a minute later");
        }
    }
}

/// Stores what was counted in the minute before this instant, and forgets what is old.
///
/// # Errors
/// What the store gives; what was counted is stored the next time.
pub async fn note(core: &Arc<Core>, at: Instant) -> Result<(), StoreError> {
    let hour = hour_of(at - Span(EVERY.0 / 2));
    let (counting, estate) = (Arc::clone(core), core.estate());
    // A large estate is gone through where it has changed.
    let taken = tokio::task::spawn_blocking(move || counting.traffic.taken(estate)).await.unwrap_or_default();
    let counted = taken.clone();
    let stored = core.store.write::<_, StoreError, _>(move |tx| {
        tx.add_traffic(hour, &counted)?;
        tx.forget_traffic(hour - KEPT, FORGOTTEN)
    });
    stored.await.map(drop).inspect_err(|_| core.traffic.give_back(&taken))
}

/// When the hour began, by UTC.
fn hour_of(at: Instant) -> Instant {
    at - Span(at.0.rem_euclid(HOUR.0))
}

impl Core {
    /// The week that the traffic of these places comes to, on the clocks of this zone.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn week(&self, under: &[Path], clocks: &TimeZone) -> Result<Known, StoreError> {
        let now = hour_of(clock::now());
        let mut warnings = Vec::new();
        if let Some(prometheus) = &self.prometheus {
            match prometheus.hours(under, (now - KEPT, now)).await {
                Ok(hours) => {
                    let week = Week::of(hours, &Zone::new(clocks.clone()));
                    return Ok(Known { week, source: "prometheus", warnings });
                }
                Err(why) => {
                    warnings.push(format!("Prometheus does not tell the traffic, so the gate's counts: {why}."))
                }
            }
        }
        let hours = self.counted(under, now).await?;
        let week = Week::of(hours, &Zone::new(clocks.clone()));
        if !week.is_known() {
            warnings.push("No traffic is known yet: the gate has not been asked about this part.".to_owned());
            return Ok(Known { week, source: "gate", warnings });
        }
        let above = under.iter().filter_map(|path| Some((path, self.traffic.above(path)?)));
        warnings.extend(
            above.map(|(path, above)| {
                format!("The traffic of {path} is not counted by itself: this is that of {above}.")
            }),
        );
        Ok(Known { week, source: "gate", warnings })
    }

    /// What the gate has counted of these places, by hour: whole hours of the last weeks, in which this was counted at all.
    async fn counted(&self, under: &[Path], now: Instant) -> Result<BTreeMap<Instant, f64>, StoreError> {
        let mut targets: Vec<TargetId> = under.iter().flat_map(|path| self.traffic.counted_for(path)).collect();
        targets.sort_unstable();
        targets.dedup();
        let read = self.store.read::<_, StoreError, _>(move |tx| {
            let seen = tx.traffic(ROOT, now - KEPT)?;
            let mut hours: BTreeMap<Instant, f64> = seen.into_iter().map(|(hour, _)| (hour, 0.0)).collect();
            for target in targets {
                for (hour, count) in tx.traffic(target, now - KEPT)? {
                    *hours.entry(hour).or_default() += count as f64;
                }
            }
            hours.retain(|hour, _| *hour < now);
            Ok(hours)
        });
        read.await
    }
}

#[cfg(test)]
mod tests;
