//! One calendar with its zones looked up, ready to be asked.
use jiff::tz::TimeZone;

use super::{Blackout, Calendar, Entry, Source};
use crate::recurrence::{Ends, Recurrence, Zone};
use crate::{Instant, Span};

/// The clocks may move times on the wall past each other by so much.
const ASIDE: Span = Span::hours(26);

/// A calendar, ready to be asked. What it costs to ask grows with the answer and with how many entries come again, however
/// far back they began.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Whose it is.
    pub calendar: Calendar,
    /// When it is, where somebody wrote its rules here.
    pub sentence: Option<String>,
    /// What is once, by its start.
    once: Vec<(Instant, Instant, String)>,
    /// The longest of these.
    longest: Span,
    /// What comes again.
    again: Vec<Again>,
}

/// An entry that comes again, on the clocks of its zone.
#[derive(Clone, Debug)]
struct Again {
    name: String,
    zone: TimeZone,
    recurrence: Recurrence,
    /// Nothing of it is after this.
    until: Instant,
}

impl Sheet {
    /// A calendar with these entries; `clocks` are the zones by name. What names a zone that there is no more is by UTC.
    pub fn new(calendar: Calendar, entries: &[Entry], clocks: impl Fn(&str) -> Option<TimeZone>) -> Sheet {
        let (mut once, mut again) = (Vec::new(), Vec::new());
        for entry in entries {
            let zone = clocks(&entry.zone).unwrap_or(TimeZone::UTC);
            if entry.comes_again() {
                again.push(Again::new(entry, zone));
            } else if let Some(only) = entry.recurrence.occurrences(&Zone::new(zone)).next() {
                once.push((only.starts_at, only.ends_at, entry.name.clone()));
            }
        }
        once.sort();
        let longest = once.iter().map(|(from, to, _)| *to - *from).max().unwrap_or(Span::ZERO);
        let own = entries.iter().filter(|_| calendar.source == Source::Own);
        let sentences = own.map(|entry| {
            let zone = Zone::new(clocks(&entry.zone).unwrap_or(TimeZone::UTC));
            entry.recurrence.sentence(&zone, &entry.zone)
        });
        let sentence = sentences.reduce(|all, one| format!("{all}; {one}"));
        Sheet { calendar, sentence, once, longest, again }
    }

    /// How many entries it has.
    pub fn count(&self) -> usize {
        self.once.len() + self.again.len()
    }

    /// Its blackouts that touch this time, by their start.
    pub fn between(&self, from: Instant, to: Instant) -> Vec<Blackout> {
        let first = self.once.partition_point(|(start, ..)| *start < from - self.longest);
        let once = self.once[first..].iter().take_while(|(start, ..)| *start < to);
        let mut all: Vec<Blackout> = once.map(|(from, to, name)| self.blackout(*from, *to, name)).collect();
        for again in self.again.iter().filter(|again| from < again.until) {
            let zone = Zone::new(again.zone.clone());
            let ahead = again.recurrence.after(&zone, from).take_while(|one| one.starts_at < to + ASIDE);
            all.extend(ahead.map(|one| self.blackout(one.starts_at, one.ends_at, &again.name)));
        }
        all.retain(|blackout| blackout.touches(from, to));
        all.sort();
        all
    }

    /// The next of its blackouts that are not over then, so many at most, by their start.
    pub fn next(&self, at: Instant, count: usize) -> Vec<Blackout> {
        let first = self.once.partition_point(|(start, ..)| *start < at - self.longest);
        let once = self.once[first..].iter().filter(|(_, to, _)| at < *to).take(count);
        let mut all: Vec<Blackout> = once.map(|(from, to, name)| self.blackout(*from, *to, name)).collect();
        for again in self.again.iter().filter(|again| at < again.until) {
            let zone = Zone::new(again.zone.clone());
            let ahead = again.recurrence.after(&zone, at).take(count);
            all.extend(ahead.map(|one| self.blackout(one.starts_at, one.ends_at, &again.name)));
        }
        all.sort();
        all.truncate(count);
        all
    }

    fn blackout(&self, from: Instant, to: Instant, name: &str) -> Blackout {
        Blackout { from, to, name: name.to_owned(), calendar: self.calendar.id }
    }
}

impl Again {
    fn new(entry: &Entry, zone: TimeZone) -> Again {
        let recurrence = entry.clone().counted_out(&Zone::new(zone.clone())).recurrence;
        let until = until(&recurrence, &Zone::new(zone.clone()));
        Again { name: entry.name.clone(), zone, recurrence, until }
    }
}

/// When nothing of it is left; far too late rather than too early.
fn until(recurrence: &Recurrence, zone: &Zone) -> Instant {
    let ends = recurrence.rules.iter().map(|rule| match rule.ends {
        Ends::Never | Ends::Count(_) => None,
        Ends::Local(local) => Some(zone.resolve(local).at),
        Ends::At(at) => Some(at),
    });
    let named = recurrence.more.iter().chain([&recurrence.start]).map(|local| Some(zone.resolve(*local).at));
    let last = ends.chain(named).collect::<Option<Vec<Instant>>>().and_then(|all| all.into_iter().max());
    last.map_or(Instant(i64::MAX), |last| last + recurrence.lasts + ASIDE)
}
