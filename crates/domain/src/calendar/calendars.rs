//! All calendars, found by the target that they hold for.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Blackout, Sheet};
use crate::Instant;
use crate::estate::Estate;
use crate::id::{CalendarId, TargetId};

/// Every calendar. A clone shares them.
#[derive(Clone, Debug, Default)]
pub struct Calendars {
    by_id: BTreeMap<CalendarId, Arc<Sheet>>,
    by_target: BTreeMap<TargetId, BTreeSet<CalendarId>>,
}

impl Calendars {
    /// Puts a calendar in, in the place of what was there of it.
    pub fn put(&mut self, sheet: Arc<Sheet>) {
        self.remove(sheet.calendar.id);
        self.by_target.entry(sheet.calendar.under).or_default().insert(sheet.calendar.id);
        self.by_id.insert(sheet.calendar.id, sheet);
    }

    /// Takes a calendar out.
    pub fn remove(&mut self, id: CalendarId) {
        let Some(sheet) = self.by_id.remove(&id) else { return };
        if let Some(there) = self.by_target.get_mut(&sheet.calendar.under) {
            there.remove(&id);
        }
    }

    /// The calendar of this id.
    pub fn one(&self, id: CalendarId) -> Option<&Arc<Sheet>> {
        self.by_id.get(&id)
    }

    /// Every calendar, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Sheet>> {
        self.by_id.values()
    }

    /// The calendars that hold for a target: its own, and those of all that is above it.
    pub fn over<'a>(&'a self, estate: &'a Estate, target: TargetId) -> impl Iterator<Item = &'a Arc<Sheet>> {
        let place = estate.target(target).map(|target| target.path.clone());
        let places = std::iter::successors(place, |path| path.parent());
        let ids = places.filter_map(|path| self.by_target.get(&estate.at(&path)?.id)).flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// Which blackouts touch this target between these instants, by their start.
    pub fn touching(&self, estate: &Estate, target: TargetId, between: (Instant, Instant)) -> Vec<Blackout> {
        let (from, to) = between;
        let mut all: Vec<Blackout> = self.over(estate, target).flat_map(|sheet| sheet.between(from, to)).collect();
        all.sort();
        all
    }
}
