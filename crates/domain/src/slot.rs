//! The next free slots: where something of a length fits, the quietest first.
//!
//! A slot begins at a quarter of an hour on the wall, lies within the allowed hours, and has nothing in common with an
//! obstacle. What is equally quiet is ordered by its start. Of 400 days there are 38,400 starts, and each is looked at once.
use crate::recurrence::Zone;
use crate::refusal::Refusal;
use crate::traffic::Week;
use crate::{Instant, Span, duration};

mod hours;
mod limited;

pub use hours::Hours;
pub use limited::limited;

/// How far ahead is looked.
pub const AHEAD_MAX: Span = Span::hours(24 * 400);
/// How long a slot may be.
pub const LASTS_MAX: Span = Span::hours(24 * 31);
/// How many are given at most.
pub const COUNT_MAX: usize = 20;
/// How many allowed hours may be named.
pub const HOURS_MAX: usize = 50;
/// How much of what is in the way is named.
const NAMED_MAX: usize = 20;
/// Starts lie so far apart.
const GRID: Span = Span::minutes(15);
/// What is not known is taken for the mean.
const MEAN: u32 = 1_000;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// How long it lasts.
    pub lasts: Span,
    /// It begins then, or later.
    pub earliest: Instant,
    /// It is over then.
    pub latest: Instant,
    /// It lies within these, taken together; at any time where there are none.
    pub hours: &'a [Hours],
    /// On whose clocks.
    pub zone: &'a Zone,
    /// How many, which do not overlap each other.
    pub count: usize,
}

/// A time that a slot must not touch, half-open.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Obstacle {
    /// From when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// What people read.
    pub why: String,
}

/// A time that is free.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    /// From when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// Thousandths of the week's mean, where every hour of it is known.
    pub traffic: Option<u32>,
    /// Why it is among the best.
    pub reasons: Vec<String>,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// The best first.
    pub slots: Vec<Slot>,
    /// What stands in the way, where there is no slot: the first of it.
    pub in_the_way: Vec<Obstacle>,
    /// And so many more.
    pub more: usize,
}

/// A time, half-open.
type Interval = (Instant, Instant);

/// A start: how busy it is in hundredths of the mean, and when.
type Start = (u32, Instant);

impl Wanted<'_> {
    /// Refuses what cannot be looked for.
    ///
    /// # Errors
    /// About the fields `duration`, `latest`, `hours` or `count`.
    pub fn checked(&self) -> Result<(), Refusal> {
        if self.lasts <= Span::ZERO || self.lasts > LASTS_MAX {
            let detail = format!("`{}` is not longer than nothing and at most 31 days", duration::print(self.lasts));
            return Err(Refusal::input("duration", detail, "Choose a duration in between."));
        }
        if self.latest <= self.earliest {
            return Err(Refusal::input("latest", "it is not after `earliest`", "Name a later time."));
        }
        if self.latest - self.earliest > AHEAD_MAX {
            let detail = "it is more than 400 days after `earliest`";
            return Err(Refusal::input("latest", detail, "Look for a slot within 400 days."));
        }
        if self.latest - self.earliest < self.lasts {
            let between = duration::print(self.latest - self.earliest);
            let detail = format!("only {between} lie between `earliest` and `latest`: less than `duration`");
            return Err(Refusal::input("latest", detail, "Name a later time, or a shorter duration."));
        }
        if self.hours.len() > HOURS_MAX {
            let detail = format!("{} allowed hours are more than {HOURS_MAX}", self.hours.len());
            return Err(Refusal::input("hours", detail, "Name several days at once in `days`."));
        }
        if !(1..=COUNT_MAX).contains(&self.count) {
            let detail = format!("{} slots are not looked for at a time", self.count);
            return Err(Refusal::input("count", detail, "Ask for 1 to 20 of them."));
        }
        Ok(())
    }

    /// The best slots between these obstacles.
    pub fn found(&self, mut obstacles: Vec<Obstacle>, week: &Week) -> Found {
        obstacles.retain(|it| it.from < self.latest && self.earliest < it.to);
        obstacles.sort();
        let allowed = self.allowed();
        let free = without(&allowed, &merged(obstacles.iter().map(|it| (it.from, it.to)).collect()));
        let starts = self.starts(&free, week);
        if starts.is_empty() {
            return self.nothing(&allowed, obstacles);
        }
        let bounds = Bounds::of(&starts);
        let slots = self.best(starts).into_iter().map(|start| self.slot(start, &bounds, week));
        Found { slots: slots.collect(), ..Found::default() }
    }

    /// The allowed hours that lie between the two ends.
    fn allowed(&self) -> Vec<Interval> {
        if self.hours.is_empty() {
            return vec![(self.earliest, self.latest)];
        }
        // A window that began the day before may go on.
        let days = self.zone.local(self.earliest).day() - 1..=self.zone.local(self.latest).day();
        let windows = days.flat_map(|day| self.hours.iter().filter_map(move |hours| hours.on(day, self.zone)));
        let clipped = windows.map(|(from, to)| (from.max(self.earliest), to.min(self.latest)));
        merged(clipped.filter(|(from, to)| from < to).collect())
    }

    /// Every quarter of an hour at which it may begin.
    fn starts(&self, free: &[Interval], week: &Week) -> Vec<Start> {
        let quarters = Quarters::new(self, week);
        let mut starts = Vec::new();
        for (from, to) in free {
            let fitting = (quarters.not_before(*from)..).map(|index| (index, quarters.at(index)));
            let fitting = fitting.take_while(|(_, at)| *at + self.lasts <= *to);
            starts.extend(fitting.map(|(index, at)| (quarters.busy(index), at)));
        }
        starts
    }

    /// The best of them that leave each other alone.
    fn best(&self, mut starts: Vec<Start>) -> Vec<Start> {
        starts.sort_unstable();
        let mut best: Vec<Start> = Vec::new();
        for (busy, at) in starts {
            if best.len() == self.count {
                break;
            }
            if best.iter().all(|(_, other)| at + self.lasts <= *other || *other + self.lasts <= at) {
                best.push((busy, at));
            }
        }
        best
    }

    fn slot(&self, (busy, at): Start, bounds: &Bounds, week: &Week) -> Slot {
        let traffic = Quarters::new(&Wanted { earliest: at, latest: at + self.lasts, ..*self }, week).traffic();
        let mut reasons = vec!["no blackout and nothing else planned".to_owned()];
        if traffic.is_some() {
            reasons.push(format!("traffic is {busy} % of the week's average"));
        }
        if busy == bounds.quietest && bounds.quietest < bounds.busiest {
            reasons.push("nothing that is free is quieter".to_owned());
        }
        if at == bounds.earliest {
            reasons.push("as early as it can be".to_owned());
        }
        Slot { from: at, to: at + self.lasts, traffic, reasons }
    }

    /// Why there is none.
    fn nothing(&self, allowed: &[Interval], obstacles: Vec<Obstacle>) -> Found {
        let longest = allowed.iter().map(|(from, to)| *to - *from).max().unwrap_or(Span::ZERO);
        let hours = |why: String| {
            let obstacle = Obstacle { from: self.earliest, to: self.latest, why };
            Found { in_the_way: vec![obstacle], ..Found::default() }
        };
        if allowed.is_empty() {
            return hours("none of the allowed hours lie in that time".to_owned());
        }
        if longest < self.lasts {
            let (longest, lasts) = (duration::print(longest), duration::print(self.lasts));
            return hours(format!("the allowed hours last {longest} at a time, and {lasts} are wanted"));
        }
        let touches = |it: &Obstacle| allowed.iter().any(|(from, to)| it.from < *to && *from < it.to);
        let mut in_the_way: Vec<Obstacle> = obstacles.into_iter().filter(touches).collect();
        if in_the_way.is_empty() {
            return hours("it would fit only where no quarter of an hour begins".to_owned());
        }
        let more = in_the_way.len().saturating_sub(NAMED_MAX);
        in_the_way.truncate(NAMED_MAX);
        Found { slots: Vec::new(), in_the_way, more }
    }
}

/// What all starts lie between.
struct Bounds {
    quietest: u32,
    busiest: u32,
    earliest: Instant,
}

impl Bounds {
    fn of(starts: &[Start]) -> Bounds {
        let busy = || starts.iter().map(|(busy, _)| *busy);
        Bounds {
            quietest: busy().min().unwrap_or_default(),
            busiest: busy().max().unwrap_or_default(),
            earliest: starts.iter().map(|(_, at)| *at).min().unwrap_or_default(),
        }
    }
}

/// The quarters of an hour from the earliest on, and how busy it was up to each: so what a slot has is one difference.
///
/// They are quarters on the wall at the first, and stay so, as clocks are changed by whole quarters.
struct Quarters {
    first: Instant,
    /// How many a slot touches.
    touched: usize,
    /// The sum of all before each, and how many of these are not known.
    before: Vec<(u64, usize)>,
}

impl Quarters {
    fn new(wanted: &Wanted<'_>, week: &Week) -> Quarters {
        let into = wanted.zone.local(wanted.earliest).0.rem_euclid(GRID.as_seconds());
        let first = wanted.earliest - Span(wanted.earliest.0.rem_euclid(1_000_000)) - Span::seconds(into);
        let quarters = |span: Span| usize::try_from((span.0 + GRID.0 - 1) / GRID.0).unwrap_or(0);
        let touched = quarters(wanted.lasts);
        let mut before = vec![(0, 0)];
        let (mut sum, mut unknown) = (0, 0);
        for index in 0..quarters(wanted.latest - first) + touched {
            let share = week.share(wanted.zone.local(first + Span(GRID.0 * index as i64)));
            sum += u64::from(share.unwrap_or(MEAN));
            unknown += usize::from(share.is_none());
            before.push((sum, unknown));
        }
        Quarters { first, touched, before }
    }

    fn at(&self, index: usize) -> Instant {
        self.first + Span(GRID.0 * index as i64)
    }

    /// The first quarter that begins then, or later.
    fn not_before(&self, at: Instant) -> usize {
        usize::try_from(((at - self.first).0 + GRID.0 - 1) / GRID.0).unwrap_or(0)
    }

    /// Thousandths of the mean that a slot has which begins here.
    fn mean(&self, index: usize) -> u64 {
        let (from, to) = (self.before[index].0, self.before[index + self.touched].0);
        (to - from) / self.touched.max(1) as u64
    }

    /// The same in hundredths, so that what is hardly quieter is not later for that.
    fn busy(&self, index: usize) -> u32 {
        u32::try_from((self.mean(index) + 5) / 10).unwrap_or(u32::MAX)
    }

    /// Thousandths of the mean that the first slot has, where all of it is known.
    fn traffic(&self) -> Option<u32> {
        let unknown = self.before[self.touched].1;
        (unknown == 0).then(|| u32::try_from(self.mean(0)).unwrap_or(u32::MAX))
    }
}

/// The same times in order, those that touch as one.
fn merged(mut all: Vec<Interval>) -> Vec<Interval> {
    all.sort_unstable();
    let mut merged: Vec<Interval> = Vec::new();
    for (from, to) in all {
        match merged.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            Some(_) | None => merged.push((from, to)),
        }
    }
    merged
}

/// What is left of these times without those; both in order, and none of them touch.
fn without(all: &[Interval], taken: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::new();
    for (from, to) in all {
        let mut at = *from;
        let first = taken.partition_point(|(_, end)| *end <= at);
        for (begin, end) in taken[first..].iter().take_while(|(begin, _)| begin < to) {
            if at < *begin {
                left.push((at, *begin));
            }
            at = at.max(*end);
        }
        if at < *to {
            left.push((at, *to));
        }
    }
    left
}
