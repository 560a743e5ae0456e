//! When something happens again and again: rules of RFC 5545, in one zone, on the wall.
//!
//! A rule gives nominal local times; an occurrence is known by its own for ever. What the clocks make of one is found when
//! it is resolved: a start that they leave out moves forward by as much, of one that comes twice the first counts.
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::series::Key;
use crate::{Instant, Span, duration};

mod check;
mod civil;
mod days;
mod hours;
mod names;
mod rule;
mod sentence;
mod starts;
mod words;
mod zone;

pub use civil::Local;
pub use rule::{Ends, Frequency, Rule};
pub use words::{Heard, heard};
pub use zone::{Odd, Zone};

use hours::Hours;
use starts::Starts;

/// Rules, and what is added to them and taken from them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recurrence {
    /// What gives the starts.
    pub rules: Vec<Rule>,
    /// Further starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Local>,
    /// Starts that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Local>,
    /// From when; what a rule leaves out is as it is here.
    pub start: Local,
    /// How long each lasts.
    #[serde(with = "duration")]
    pub lasts: Span,
    /// That is time that has passed, not what the wall shows.
    #[serde(default)]
    pub elapsed: bool,
}

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Occurrence {
    /// Its start on the wall, as the rules give it; its key.
    pub nominal: Local,
    /// Seconds east of UTC, where the key needs them: of an hourly rule.
    pub offset: Option<i64>,
    /// From when.
    pub starts_at: Instant,
    /// Until when.
    pub ends_at: Instant,
    /// What is odd about it.
    pub notes: Vec<String>,
}

/// What comes next, by its wall time: an hourly one with its instant.
type Nominal = (Local, Option<Instant>);

/// The times of one rule.
#[derive(Clone, Debug)]
enum Given<'z> {
    Local(Starts, Option<Instant>, &'z Zone),
    Elapsed(Hours<'z>),
    Named(std::vec::IntoIter<Local>),
}

/// The occurrences of a recurrence, by their nominal starts.
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    of: &'a Recurrence,
    zone: &'a Zone,
    given: Vec<Given<'a>>,
    /// What is left out, in order.
    except: Cow<'a, [Local]>,
    /// What each gives next.
    next: Vec<Option<Nominal>>,
    before: Option<Nominal>,
    /// The next is the first, and the start is none.
    starts_late: bool,
}

impl Recurrence {
    /// All of them, in a zone.
    pub fn occurrences<'a>(&'a self, zone: &'a Zone) -> Occurrences<'a> {
        Occurrences::new(self, zone, None)
    }

    /// Those that end after this instant.
    pub fn after<'a>(&'a self, zone: &'a Zone, at: Instant) -> impl Iterator<Item = Occurrence> + use<'a> {
        let from = at - self.lasts - Span::hours(48);
        Occurrences::new(self, zone, Some(from)).filter(move |occurrence| at < occurrence.ends_at)
    }

    /// When the occurrence of this key is, whether or not the rules give it.
    pub fn of_key(&self, zone: &Zone, key: Key) -> Occurrence {
        let at = key.offset.map(|offset| Instant((key.nominal.0 - offset) * 1_000_000));
        self.resolved(zone, (key.nominal, at))
    }

    /// What a start comes to.
    fn resolved(&self, zone: &Zone, (nominal, at): Nominal) -> Occurrence {
        let start = match at {
            Some(at) => (at, nominal, Vec::new()),
            None => {
                let resolved = zone.resolve(nominal);
                let (moved, notes) = match resolved.odd {
                    Odd::No => (nominal, Vec::new()),
                    Odd::Gap(by) => {
                        (Local(nominal.0 + by.as_seconds()), vec![format!("gap_shifted_by_{}", duration::print(by))])
                    }
                    Odd::Fold(_) => (nominal, vec!["fold_first".to_owned()]),
                };
                (resolved.at, moved, notes)
            }
        };
        let (starts_at, local, notes) = start;
        let offset = at.map(|at| nominal.0 - at.0.div_euclid(1_000_000));
        Occurrence { nominal, offset, starts_at, ends_at: self.ends_at(zone, starts_at, local), notes }
    }

    /// When one ends that starts then: by the wall or by time that has passed.
    fn ends_at(&self, zone: &Zone, starts_at: Instant, local: Local) -> Instant {
        if self.elapsed {
            return starts_at + self.lasts;
        }
        let end = zone.resolve(Local(local.0 + self.lasts.as_seconds()));
        let second = |by: Span| Some(end.at + by).filter(|_| end.at <= starts_at);
        match end.odd {
            Odd::Fold(by) => second(by).unwrap_or(end.at),
            Odd::No | Odd::Gap(_) => end.at,
        }
    }
}

impl<'a> Occurrences<'a> {
    fn new(of: &'a Recurrence, zone: &'a Zone, from: Option<Instant>) -> Occurrences<'a> {
        let mut given: Vec<Given<'a>> = of.rules.iter().map(|rule| Given::new(rule, of.start, zone, from)).collect();
        let mut named: Vec<Local> = of.more.clone();
        if of.rules.is_empty() {
            named.push(of.start);
        }
        if !named.is_empty() {
            named.sort_unstable();
            given.push(Given::Named(named.into_iter()));
        }
        let next: Vec<Option<Nominal>> = given.iter_mut().map(Given::next).collect();
        let is_given = of.more.contains(&of.start) || next.iter().flatten().any(|(local, _)| *local == of.start);
        let except = in_order(&of.except);
        Occurrences { of, zone, given, except, next, before: None, starts_late: from.is_none() && !is_given }
    }

    /// The next nominal start of all, each once.
    fn nominal(&mut self) -> Option<Nominal> {
        loop {
            let (index, next) = match self.next.as_slice() {
                [only] => (0, (*only)?),
                all => {
                    let all = all.iter().enumerate().filter_map(|(index, next)| Some((index, (*next)?)));
                    all.min_by_key(|(_, next)| *next)?
                }
            };
            self.next[index] = self.given[index].next();
            if self.before != Some(next) && self.except.binary_search(&next.0).is_err() {
                self.before = Some(next);
                return Some(next);
            }
        }
    }
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        let nominal = self.nominal()?;
        let mut occurrence = self.of.resolved(self.zone, nominal);
        if std::mem::take(&mut self.starts_late) {
            occurrence.notes.push("start_not_in_rule".to_owned());
        }
        Some(occurrence)
    }
}

impl<'z> Given<'z> {
    fn new(rule: &Rule, start: Local, zone: &'z Zone, from: Option<Instant>) -> Given<'z> {
        if rule.frequency == Frequency::Hourly {
            let hours = Hours::new(rule, start, zone);
            return Given::Elapsed(match from {
                Some(from) => hours.not_before(from),
                None => hours,
            });
        }
        let starts = Starts::new(rule, start);
        let starts = match from {
            Some(from) => starts.not_before(zone.local(from)),
            None => starts,
        };
        let until = if let Ends::At(until) = rule.ends { Some(until) } else { None };
        Given::Local(starts, until, zone)
    }

    fn next(&mut self) -> Option<Nominal> {
        match self {
            Given::Local(starts, None, _) => starts.next().map(|local| (local, None)),
            Given::Local(starts, Some(until), zone) => {
                starts.find(|local| zone.resolve(*local).at <= *until).map(|local| (local, None))
            }
            Given::Elapsed(hours) => hours.next().map(|(local, at)| (local, Some(at))),
            Given::Named(named) => named.next().map(|local| (local, None)),
        }
    }
}

/// The same in order: a copy only where they are not.
fn in_order(all: &[Local]) -> Cow<'_, [Local]> {
    if all.is_sorted() {
        return Cow::Borrowed(all);
    }
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    Cow::Owned(sorted)
}

/// Reads rules as they are written.
///
/// # Errors
/// About the field `rules[…]` of the first that cannot be used.
pub fn rules(texts: &[String]) -> Result<Vec<Rule>, Refusal> {
    let read = |(index, text): (usize, &String)| {
        text.parse().map_err(|refusal: Refusal| refusal.at(format!("rules[{index}]")))
    };
    texts.iter().enumerate().map(read).collect()
}
