//! What people do to series within a year, and what they mean by it.
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Command, Skip, Step};
use lull_domain::recurrence::{Local, Recurrence, Rule, Zone};
use lull_domain::series::{Key, Onward, Series};
use lull_domain::{Instant, Span};

use super::{BEGIN, DAY, History, MaintenanceId, SeriesId, by_bob, key_of};

/// The times of day that series are split to.
const TIMES: [i64; 6] = [30, 60, 195, 720, 1_275, 1_410];
/// So far ahead people look.
const AHEAD: Span = Span(DAY.0 * 80);

/// What people do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// Nothing.
    Leave,
    /// All that they can.
    Change,
    /// The same, where a series that goes on keeps the exceptions and the end of the one before as they are.
    KeepOldTimes,
}

/// What is to become of one occurrence.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The number of the series that it is of now.
    pub of: usize,
    /// As what.
    pub key: Key,
    /// It begins then; none where it is held no more.
    pub at: Option<Instant>,
    moved: bool,
}

/// What is to become of the occurrences of a series as long as nobody changes it.
pub fn fates(of: usize, recurrence: &Recurrence, zone: &Zone) -> Vec<Fate> {
    let end = BEGIN + Span(DAY.0 * 600);
    let all = recurrence.occurrences(zone).skip_while(|it| it.starts_at < BEGIN).take_while(|it| it.starts_at < end);
    all.map(|it| Fate { of, key: Key::of(&it), at: Some(it.starts_at), moved: false }).collect()
}

impl History {
    pub fn key(&self, fate: &Fate) -> (SeriesId, String) {
        (self.series[fate.of].0.id, fate.key.to_string())
    }

    /// Somebody changes something about an occurrence that comes in two days or later.
    pub fn change(&mut self, now: Instant) {
        let ahead = |fate: &Fate| fate.at.is_some_and(|at| now + DAY + DAY < at && at < now + AHEAD);
        let open: Vec<usize> =
            (0..self.fates.len()).filter(|at| ahead(&self.fates[*at]) && self.is_open(*at)).collect();
        if open.is_empty() {
            return;
        }
        let which = open[self.chance.below(open.len() as u64) as usize];
        let what = match self.chance.below(20) {
            0..=5 => self.leave_out(which, now),
            6..=9 => self.move_one(which, now),
            10..=11 => self.start_early(which, now),
            12..=18 if !self.fates[which].moved => self.split(which, now),
            19 if self.chance.one_in(2) => self.end(which, now),
            _ => return,
        };
        *self.changed.entry(what).or_default() += 1;
    }

    /// It has not begun, and is not over.
    fn is_open(&self, which: usize) -> bool {
        let made = self.by_key.get(&self.key(&self.fates[which]));
        made.is_none_or(|id| matches!(self.maintenances[id].life, Life::Scheduled))
    }

    /// The maintenance that it is, made where it is not.
    fn taken(&mut self, which: usize, now: Instant) -> MaintenanceId {
        let fate = self.fates[which].clone();
        if let Some(made) = self.by_key.get(&self.key(&fate)) {
            return *made;
        }
        let (series, zone) = &mut self.series[fate.of];
        let zone = &self.zones[zone];
        let of = series.at(zone, fate.key).unwrap_or_else(|it| panic!("{fate:?} is lost: {it:?}"));
        self.next_id += 1;
        let made = series.occurrence(&of, MaintenanceId(self.next_id), now);
        series.made_early(zone, fate.key);
        self.by_key.insert(key_of(&made), made.id);
        self.put(made.clone());
        made.id
    }

    fn leave_out(&mut self, which: usize, now: Instant) -> &'static str {
        let id = self.taken(which, now);
        self.give(id, &by_bob(now, Command::Life(Step::Skip(Skip::Alone))));
        self.fates[which].at = None;
        "left out"
    }

    fn move_one(&mut self, which: usize, now: Instant) -> &'static str {
        let id = self.taken(which, now);
        let one = &self.maintenances[&id];
        let (from, to) = one.plan.starts_at.zip(one.ends_at()).expect("it has both");
        let at = from + Span::minutes(self.chance.between(-24 * 60, 5 * 24 * 60));
        for edit in one.plan.timed(Some(at), Some(at + (to - from))) {
            self.give(id, &by_bob(now, Command::Edit(edit)));
        }
        self.fates[which] = Fate { at: Some(at), moved: true, ..self.fates[which].clone() };
        "moved"
    }

    fn start_early(&mut self, which: usize, now: Instant) -> &'static str {
        let id = self.taken(which, now);
        self.give(id, &by_bob(now, Command::Life(Step::Start)));
        *self.began.entry(self.key(&self.fates[which])).or_default() += 1;
        "started early"
    }

    /// From this one on it is at another time of the day, or as it was.
    fn split(&mut self, which: usize, now: Instant) -> &'static str {
        let Fate { of, key, .. } = self.fates[which];
        let (before, zone_name) = self.series[of].clone();
        let zone = self.zones[zone_name].clone();
        let time = if key.offset.is_some() || self.chance.one_in(4) {
            key.nominal.0.rem_euclid(86_400)
        } else {
            TIMES[self.chance.below(TIMES.len() as u64) as usize] * 60
        };
        let then = |nominal: Local| Local(nominal.0.div_euclid(86_400) * 86_400 + time);
        let hour = |rule: Rule| match rule.hours.as_slice() {
            [_] if key.offset.is_none() => Rule { hours: vec![(time / 3_600) as i16], ..rule },
            _ => rule,
        };
        let rules = before.rules_from(&zone, key).into_iter().map(hour).collect();
        let recurrence =
            Recurrence { rules, except: Vec::new(), start: then(key.nominal), ..before.recurrence.clone() };
        self.next_id += 1;
        let (id, made) = (SeriesId(1_000 + self.next_id), (before.created_by.clone(), now));
        let series = Series::new(id, before.plan.clone(), recurrence, before.overlap, made).begun(&zone);
        let Some(next) = self.gone_on(of, key, series, now) else { return "not split" };
        self.series.push((next, zone_name));
        let new = self.series.len() - 1;
        for at in 0..self.fates.len() {
            let fate = self.fates[at].clone();
            if fate.of == of && key <= fate.key && fate.at.is_some() && !fate.moved && self.is_open_of(&before, &fate) {
                let nominal = if fate.key.offset.is_some() { fate.key.nominal } else { then(fate.key.nominal) };
                let starts_at = zone.resolve(nominal).at;
                let starts_at = if fate.key.offset.is_some() { fate.at } else { Some(starts_at) };
                let key = Key { nominal, ..fate.key };
                self.fates[at] = Fate { of: new, key, at: starts_at, moved: false };
            }
        }
        "split"
    }

    /// It had not begun, and was not over, before its series ended.
    fn is_open_of(&self, of: &Series, fate: &Fate) -> bool {
        let made = self.by_key.get(&(of.id, fate.key.to_string())).map(|id| &self.maintenances[id].life);
        let ended = |life: &Life| matches!(life, Life::Cancelled(it) if it.passed == Some(lull_domain::life::Passed::SeriesEnded));
        made.is_none_or(|life| matches!(life, Life::Scheduled) || ended(life))
    }

    /// What the server stores in one transaction when a series goes on from an occurrence of another.
    fn gone_on(&mut self, of: usize, from: Key, series: Series, now: Instant) -> Option<Series> {
        let before = self.series[of].0.clone();
        let zone = self.zones[self.series[of].1].clone();
        let follows = |it: &&Maintenance| it.series.as_ref().is_some_and(|it| it.id == before.id && from <= it.key);
        let all: Vec<Maintenance> = self.maintenances.values().filter(follows).cloned().collect();
        let moved = |it: &Maintenance| it.series.as_ref().is_some_and(|of| of.moved);
        let stays = |it: &&Maintenance| !matches!(it.life, Life::Scheduled) || moved(it);
        let held: Vec<Key> = all.iter().filter(stays).filter_map(|it| it.series.as_ref().map(|of| of.key)).collect();
        let onward = Onward { series: series.clone(), zone: zone.clone(), is_started: true, is_excepted: false };
        let next = before.goes_on(&zone, from, onward, &held).ok()?;
        let next = match self.people {
            People::Leave | People::Change => next,
            People::KeepOldTimes => {
                let mut recurrence = series.recurrence.clone();
                recurrence.except =
                    before.recurrence.except.iter().copied().chain(held.iter().map(|it| it.nominal)).collect();
                Series { recurrence, ends_before: before.ends_before, ..next }.begun(&zone)
            }
        };
        self.series[of].0.end_before(&zone, from);
        for one in all.iter().filter(|it| !stays(it)) {
            self.give(one.id, &by_bob(now, Command::Life(Step::Skip(Skip::SeriesEnded))));
        }
        Some(next)
    }

    /// This one and all that follow are held no more.
    fn end(&mut self, which: usize, now: Instant) -> &'static str {
        let Fate { of, key, .. } = self.fates[which];
        let gone: Vec<usize> = (0..self.fates.len())
            .filter(|at| self.fates[*at].of == of && key <= self.fates[*at].key && self.is_open(*at))
            .collect();
        let (series, zone) = &mut self.series[of];
        series.end_before(&self.zones[zone], key);
        for at in gone {
            if let Some(id) = self.by_key.get(&self.key(&self.fates[at])).copied() {
                self.give(id, &by_bob(now, Command::Life(Step::Skip(Skip::SeriesEnded))));
            }
            self.fates[at].at = None;
        }
        "ended"
    }
}
