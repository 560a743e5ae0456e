//! How a series goes on otherwise from one of its occurrences.
use std::collections::BTreeSet;

use super::{Key, Series};
use crate::recurrence::{Ends, Local, Recurrence, Rule, Zone};
use crate::refusal::Refusal;
use crate::{Instant, Span};

/// How far it is looked back for the occurrence before the first that is otherwise.
const LOOKED_BACK: Span = Span::hours(400 * 24);
/// The time around an occurrence that has none before or after it.
const AROUND: Span = Span::hours(24);
/// Seconds of a day.
const DAY: i64 = AROUND.as_seconds();

/// A series as it was asked to go on from an occurrence of another one.
#[derive(Clone, Debug)]
pub struct Onward {
    /// As it was asked for; nothing was made of it.
    pub series: Series,
    /// Its clocks.
    pub zone: Zone,
    /// It was said when it starts; otherwise it starts with the day of the occurrence.
    pub is_started: bool,
    /// It was said which of its starts are left out; otherwise those that were are.
    pub is_excepted: bool,
}

/// A start, and when it is.
type Start = (Key, Instant);

/// The starts of one series and of the one that goes on from it, whatever is left out of them, in their order.
struct Beside {
    /// The first is the one that the other goes on from.
    old: Vec<Start>,
    new: Vec<Start>,
}

impl Series {
    /// What its rules count from this occurrence on: so many fewer as came before it. A rule that counts no more is gone.
    pub fn rules_from(&self, zone: &Zone, key: Key) -> Vec<Rule> {
        let rest = |rule: &Rule| {
            let Ends::Count(count) = rule.ends else { return Some(rule.clone()) };
            let (rules, more, except) = (vec![rule.clone()], Vec::new(), Vec::new());
            let alone = Recurrence { rules, more, except, ..self.recurrence.clone() };
            let before = alone.occurrences(zone).take_while(|it| Key::of(it) < key).count();
            let left = count.saturating_sub(u32::try_from(before).unwrap_or(u32::MAX));
            (left > 0).then(|| Rule { ends: Ends::Count(left), ..rule.clone() })
        };
        self.recurrence.rules.iter().filter_map(rest).collect()
    }

    /// The series that goes on from this one from an occurrence on. It ends where this one was to end, and leaves out what
    /// is left out of this one: `held`, which need no other as they have begun, are over or have a time of their own.
    /// At other times each stands for the one that it was: that of the same day, or as many days later.
    ///
    /// # Errors
    /// Bad input, where it cannot be told which one that is, or where nothing would be left.
    pub fn goes_on(&self, zone: &Zone, from: Key, onward: Onward, held: &[Key]) -> Result<Series, Refusal> {
        let since = onward.series.since.max(self.since_of(zone, from, &onward));
        let Onward { series, zone: clocks, is_excepted, .. } = onward;
        let mut next = Series { since, follows: Some(self.id), ..series };
        let is_of = |key: &Key| from <= *key && self.ends_before.is_none_or(|end| *key < end);
        let said = self.recurrence.except.iter().map(|nominal| Key { nominal: *nominal, offset: None });
        let said = said.filter(|_| !is_excepted);
        let left: BTreeSet<Key> = held.iter().copied().chain(said).filter(is_of).collect();
        let last = left.last().copied().max(self.ends_before).unwrap_or(from);
        let beside = Beside::new((self, zone, from), (&next, &clocks), last);
        let mut except: BTreeSet<Local> = next.recurrence.except.drain(..).filter(|_| is_excepted).collect();
        let mut unclear = Vec::new();
        for key in left {
            match beside.standing_for(key).as_slice() {
                [] => {}
                [one] => _ = except.insert(one.nominal),
                _ => unclear.push(key.to_string()),
            }
        }
        if !unclear.is_empty() && !is_excepted {
            let detail =
                format!("It cannot be told which new start stands for what is left out at {}.", unclear.join(", "));
            return Err(Refusal::input("exdates", detail, "Name all new starts that are to be left out as `exdates`."));
        }
        next.recurrence.except = except.into_iter().collect();
        next.ends_before = self.ends_before.map(|end| match beside.standing_for(end).as_slice() {
            [one] => *one,
            _ => end,
        });
        let next = next.begun(&clocks);
        if next.next_at.is_none() {
            let detail = "Nothing is left from there on: every occurrence is left out, or has a time of its own.";
            return Err(Refusal::input("occurrence", detail, "Name an earlier one, or make another series."));
        }
        Ok(next)
    }

    /// What begins before this is not of what goes on: it starts when that was said, or on the day of the occurrence, but
    /// after the one before that.
    fn since_of(&self, zone: &Zone, from: Key, onward: &Onward) -> Instant {
        let began = self.recurrence.of_key(zone, from).starts_at;
        let nominal = onward.series.recurrence.start;
        let own = onward.series.recurrence.of_key(&onward.zone, Key { nominal, offset: None }).starts_at;
        let before = self.all(zone, began - LOOKED_BACK).take_while(|it| Key::of(it) < from).last();
        let before = before.map_or(Instant(i64::MIN), |it| it.starts_at);
        let day = onward.zone.resolve(Local::new(from.nominal.day(), 0)).at;
        let first =
            if onward.is_started && before.max(onward.series.since) < own { own } else { day.max(before + Span(1)) };
        first.min(began)
    }
}

impl Beside {
    fn new((old, zone, from): (&Series, &Zone, Key), (new, clocks): (&Series, &Zone), last: Key) -> Beside {
        let began = old.recurrence.of_key(zone, from).starts_at;
        let bare = |of: &Series| Series {
            recurrence: Recurrence { except: Vec::new(), ..of.recurrence.clone() },
            ends_before: None,
            ..of.clone()
        };
        let (old, new) = (bare(old), bare(new));
        let mut starts = Vec::new();
        for it in old.all(zone, began - Span(1)).filter(|it| from <= Key::of(it)) {
            starts.push((Key::of(&it), it.starts_at));
            if last < Key::of(&it) {
                break;
            }
        }
        let old = starts;
        let all = new.all(clocks, new.since - Span(1)).map(|it| (Key::of(&it), it.starts_at));
        let mut all = all.peekable();
        let shift = all.peek().map_or(Span::ZERO, |(_, at)| *at - began).max(Span::ZERO);
        let end = old.last().map_or(began, |(_, at)| *at) + shift + AROUND + AROUND;
        Beside { old, new: all.take_while(|(_, at)| *at <= end).collect() }
    }

    /// The new starts that stand for an old one: none where nothing takes its place, several where that is not clear.
    fn standing_for(&self, key: Key) -> Vec<Key> {
        let exact = self.old.binary_search_by_key(&key, |it| it.0);
        let at = exact.unwrap_or_else(|_| self.old.partition_point(|it| it.0.nominal < key.nominal));
        let Some(old) = self.old.get(at).copied().filter(|it| it.0.nominal == key.nominal) else {
            // Its rules do not give it either.
            return vec![key];
        };
        match self.on_the_day(old.0).or_else(|| self.shifted(old)) {
            Some(one) => vec![one],
            None => self.nearest(at),
        }
    }

    /// The one of the same day: of several the same, or the one in the same place.
    fn on_the_day(&self, key: Key) -> Option<Key> {
        let midnight = Local::new(key.nominal.day(), 0);
        let day = (midnight, Local(midnight.0 + DAY - 1));
        let (old, new) = (between(&self.old, day), between(&self.new, day));
        let is_it = |it: &Start| it.0 == key;
        let place = old.iter().position(is_it).filter(|_| old.len() == new.len() && key.offset.is_none());
        place.map(|place| new[place].0).or_else(|| new.iter().any(is_it).then_some(key))
    }

    /// The one that is as much later as the first is, unless there was one then already.
    fn shifted(&self, (key, starts_at): Start) -> Option<Key> {
        let ((first, began), (other, begins)) = (self.old.first()?, self.new.first()?);
        let then = Local(key.nominal.0 + other.nominal.0 - first.nominal.0);
        let found = match key.offset {
            None => between(&self.new, (then, then)).first(),
            Some(_) => {
                let around = (Local(then.0 - DAY), Local(then.0 + DAY));
                between(&self.new, around).iter().find(|(_, at)| *at - starts_at == *begins - *began)
            }
        };
        let (found, _) = found?;
        self.old.binary_search_by_key(found, |it| it.0).is_err().then_some(*found)
    }

    /// Those that no other old one is nearer to.
    fn nearest(&self, at: usize) -> Vec<Key> {
        let (key, starts_at) = self.old[at];
        let before = at.checked_sub(1).map(|before| starts_at - self.old[before].1);
        let after = self.old.get(at + 1).map(|(_, next)| *next - starts_at);
        let half = |gap: Option<Span>, other: Option<Span>| Span(gap.or(other).unwrap_or(AROUND).0 / 2);
        let (before, after) = (half(before, after), half(after, before));
        let near = starts_at - before..starts_at + after;
        let around =
            (Local(key.nominal.0 - before.as_seconds() - DAY), Local(key.nominal.0 + after.as_seconds() + DAY));
        let found = between(&self.new, around).iter().filter(|(_, at)| near.contains(at));
        found.map(|(it, _)| *it).collect()
    }
}

/// Of these starts those from one time on the wall to another, both included.
fn between(starts: &[Start], (from, to): (Local, Local)) -> &[Start] {
    let from = starts.partition_point(|it| it.0.nominal < from);
    let to = starts.partition_point(|it| it.0.nominal <= to);
    &starts[from..to.max(from)]
}
