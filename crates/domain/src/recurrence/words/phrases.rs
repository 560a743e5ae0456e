//! The phrases of a text: what each says for itself.
use super::numbers::{count, month, ordinal, weekday};
use super::row::Row;
use super::{Refusal, odd, unknown};
use crate::Span;
use crate::recurrence::rule::{Ends, Frequency};

/// Words that only join others.
const JOINING: [&str; 9] = ["on", "at", "of", "and", "in", "if", "it", "is", "also"];
pub const EVERY: [&str; 2] = ["every", "each"];
const UNITS: [(&str, Frequency); 6] = [
    ("hour", Frequency::Hourly),
    ("day", Frequency::Daily),
    ("week", Frequency::Weekly),
    ("month", Frequency::Monthly),
    ("year", Frequency::Yearly),
    ("night", Frequency::Daily),
];
pub const ADVERBS: [(&str, Frequency); 7] = [
    ("hourly", Frequency::Hourly),
    ("daily", Frequency::Daily),
    ("nightly", Frequency::Daily),
    ("weekly", Frequency::Weekly),
    ("monthly", Frequency::Monthly),
    ("yearly", Frequency::Yearly),
    ("annually", Frequency::Yearly),
];

/// All that was heard so far.
#[derive(Default)]
pub struct Hearing {
    pub row: Row,
    /// What sort of phrase came after what.
    pub order: Vec<Sort>,
    /// Which days were named last.
    latest: Option<DaySort>,
    pub unit: Option<Unit>,
    pub days: Vec<Days>,
    pub month_days: Vec<i16>,
    /// All of these were said as days: "the last day".
    pub are_days: bool,
    /// As in "if it is the 13th".
    pub are_if: bool,
    pub months: Vec<i16>,
    /// As in "of March"; in "in March" they only narrow down.
    pub of_months: bool,
    pub times: Vec<(i64, Option<i64>)>,
    /// The time is a minute of each hour.
    pub at_minute: bool,
    pub lasts: Option<Span>,
    pub ends: Option<Ends>,
    /// `once` was said without what it is once in.
    pub once: bool,
    /// `every` was said.
    pub every: bool,
    pub from: Option<i32>,
    pub zone: Option<String>,
}

/// The sorts of phrases whose order matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    Days,
    Unit,
    Months,
    Time,
    End,
}

/// Which days a phrase names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DaySort {
    OfWeek,
    OfMonth,
}

/// How often.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    pub frequency: Frequency,
    pub interval: u32,
    /// As in "of the month".
    pub is_of: bool,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Weekdays,
    Workdays,
    Weekend,
}

/// Days of the week, said together.
pub struct Days {
    pub said: String,
    pub kind: Kind,
    pub days: Vec<u8>,
    pub count: Count,
    pub are_many: bool,
    /// As in "if it is Sunday".
    pub is_if: bool,
}

/// What stands before what is counted.
#[derive(Clone, Default)]
pub struct Count {
    pub every: bool,
    /// "every other", "every 3".
    pub step: Option<u32>,
    /// "first and third", from the end where negative.
    pub nth: Vec<i16>,
}

impl Count {
    /// "every second" and the like, which may count weeks or the days of a month.
    pub fn every_nth(&self) -> Option<i16> {
        match self.nth.as_slice() {
            [nth] if self.every && *nth > 1 => Some(*nth),
            _ => None,
        }
    }
}

impl Hearing {
    /// A text of which nothing is heard yet.
    pub fn of(text: &str) -> Hearing {
        Hearing { row: Row::of(text), are_days: true, ..Hearing::default() }
    }

    /// Hears all of it.
    pub fn phrases(mut self) -> Result<Hearing, Refusal> {
        while let Some(word) = self.row.said().map(str::to_owned) {
            let at = self.row.at();
            match word.to_lowercase().as_str() {
                "until" | "till" => self.until()?,
                "for" => self.lasting()?,
                "from" | "starting" => self.starting()?,
                "once" | "only" => self.once()?,
                "that" if self.row.peek(1) == Some("is") => self.row.skip(2),
                joining if JOINING.contains(&joining) && self.joins(joining) => self.row.skip(1),
                joining => {
                    let is_known = self.time() || self.months() || self.many_times() || self.place(&word);
                    if !is_known && !self.counted(false)? {
                        self.row.skip(if JOINING.contains(&joining) { 2 } else { 1 });
                        return Err(unknown(&self.row.since(at)));
                    }
                }
            }
        }
        Ok(self)
    }

    /// It stands before what it joins: `of` and `in` before a month or a period.
    fn joins(&self, word: &str) -> bool {
        let Some(next) = self.row.peek(1) else { return false };
        let is_period = EVERY.contains(&next) || unit(next).is_some() || month(next).is_some();
        !["of", "in"].contains(&word) || is_period
    }

    /// Days or a unit, with what counts them.
    pub fn counted(&mut self, mut every: bool) -> Result<bool, Refusal> {
        let at = self.row.at();
        every |= self.row.take(&EVERY);
        self.every |= every;
        let count = Count { every, step: self.step(every), nth: self.nth()? };
        if self.adverb(at, &count)? || self.unit(at, &count)? || self.days(at, &count)? || self.of_month(at, &count)? {
            return Ok(true);
        }
        let noun = self.row.at();
        if !every && count.nth.is_empty() {
            return Ok(false);
        }
        self.row.skip(1);
        Err(unknown(&self.row.since(if count.step.is_none() && count.nth.is_empty() { noun } else { at })))
    }

    /// `other`, `3`, where a day or a unit follows.
    fn step(&mut self, every: bool) -> Option<u32> {
        if !every || self.row.peek(1).is_some_and(|next| month(next).is_some()) {
            return None;
        }
        self.row.take_known(|word| if word == "other" { Some(2) } else { count(word) })
    }

    /// `second`, `1st and 3rd`, `second to last`, `last`.
    fn nth(&mut self) -> Result<Vec<i16>, Refusal> {
        let (at, mut nth, mut from_end) = (self.row.at(), Vec::new(), 0);
        let one = |word: &str| if word == "last" { Some(-1) } else { ordinal(word) };
        let mut next = self.row.take_known(one);
        while let Some(number) = next {
            let is_from_end = number > 0 && {
                let to = usize::from(self.row.peek(0) == Some("to"));
                let is_last = self.row.peek(to) == Some("last");
                self.row.skip(if is_last { to + 1 } else { 0 });
                is_last
            };
            from_end += usize::from(is_from_end);
            nth.push(if is_from_end { -number } else { number });
            next = self.row.take_listed(one);
        }
        match from_end > 0 && nth.len() > 1 {
            true => Err(odd(&format!("`{}` can be read in two ways: count each from the end", self.row.since(at)))),
            false => Ok(nth),
        }
    }

    /// `daily`.
    fn adverb(&mut self, at: usize, count: &Count) -> Result<bool, Refusal> {
        let known = |word: &str| ADVERBS.iter().find(|(name, _)| *name == word).map(|(_, frequency)| *frequency);
        let Some(frequency) = self.row.is(known) else { return Ok(false) };
        if count.every || !count.nth.is_empty() {
            return Ok(false);
        }
        self.row.skip(1);
        self.often(at, Unit { frequency, interval: 1, is_of: false }).map(|()| true)
    }

    /// `every week`, `every second day`, `of the month`; also `the last day`.
    fn unit(&mut self, at: usize, count: &Count) -> Result<bool, Refusal> {
        let Some((name, frequency)) = self.row.is(unit) else { return Ok(false) };
        let is_of = self.row.follows(at, &["of"]);
        let interval = match (count.step, count.every_nth(), count.nth.as_slice()) {
            (None, None, []) if count.every || is_of => 1,
            (Some(step), _, []) => step,
            (None, Some(nth), _) => u32::try_from(nth).unwrap_or(1),
            (None, None, nth) if name == "day" && !nth.is_empty() => {
                self.row.skip(1);
                return self.of_the_month(at, nth).map(|()| true);
            }
            _ => return Ok(false),
        };
        self.row.skip(1);
        self.often(at, Unit { frequency, interval, is_of }).map(|()| true)
    }

    fn often(&mut self, at: usize, unit: Unit) -> Result<(), Refusal> {
        self.order.push(Sort::Unit);
        match self.unit.replace(unit) {
            Some(before) if before != unit || !unit.is_of => {
                Err(odd(&format!("it says how often twice, the second time with `{}`", self.row.since(at))))
            }
            _ => Ok(()),
        }
    }

    /// `Sunday`, `Monday and Thursday`, `Mon-Fri`, `weekdays`, `weekend`; `night` behind it says no more.
    fn days(&mut self, at: usize, count: &Count) -> Result<bool, Refusal> {
        let Some(word) = self.row.peek(0).map(str::to_owned) else { return Ok(false) };
        let (kind, days) = match word.trim_end_matches('s') {
            "weekday" | "workday" => (Kind::Workdays, (0..5).collect()),
            "weekend" => (Kind::Weekend, vec![5, 6]),
            _ => (Kind::Weekdays, Vec::new()),
        };
        self.row.skip(usize::from(kind != Kind::Weekdays));
        let days = if kind == Kind::Weekdays { self.weekdays()? } else { days };
        if days.is_empty() {
            return Ok(false);
        }
        self.row.take(&["night", "nights"]);
        self.together(at, DaySort::OfWeek)?;
        let are_many = word.len() > 5 && word.ends_with('s');
        let is_if = self.row.follows(at, &["is"]);
        self.days.push(Days { said: self.row.since(at), kind, days, count: count.clone(), are_many, is_if });
        Ok(true)
    }

    /// Days of the week, one by one or from one to another.
    fn weekdays(&mut self) -> Result<Vec<u8>, Refusal> {
        let at = self.row.at();
        let range = |word: &str| word.split_once('-').and_then(|(from, to)| Some((weekday(from)?, weekday(to)?)));
        let mut range = self.row.take_known(range);
        let mut days: Vec<u8> = Vec::new();
        let first = if range.is_none() { self.row.take_known(weekday) } else { None };
        if let Some(day) = first {
            days.push(day);
            let is_range = matches!(self.row.peek(0), Some("to" | "through" | "-"));
            if let Some(to) = self.row.peek(1).and_then(weekday).filter(|_| is_range) {
                self.row.skip(2);
                range = Some((day, to));
            }
        }
        if let Some((from, to)) = range {
            if to <= from {
                return Err(odd(&format!("`{}` goes beyond a week: name each day", self.row.since(at))));
            }
            days = (from..=to).collect();
        }
        if !days.is_empty() {
            days.extend(std::iter::from_fn(|| self.row.take_listed(weekday)));
        }
        Ok(days)
    }

    /// `15th of`, `24 December`, `on the 15th`.
    fn of_month(&mut self, at: usize, count: &Count) -> Result<bool, Refusal> {
        let is_month = |ahead: usize| self.row.peek(ahead).is_some_and(|word| month(word).is_some());
        let number = |word: &str| word.parse::<i16>().ok().filter(|day| (1..=31).contains(day));
        if let (Some(day), true, []) = (self.row.is(number), is_month(1), count.nth.as_slice()) {
            self.row.skip(1);
            return self.of_month_days(at, &[day]).map(|()| true);
        }
        let is_of = self.row.peek(0) == Some("of")
            && (is_month(1) || self.row.peek(1).is_some_and(|word| EVERY.contains(&word) || word == "month"));
        match count.nth.as_slice() {
            nth if !nth.is_empty() && (is_of || !count.every && nth.iter().all(|nth| *nth > 0)) => {
                self.of_month_days(at, nth).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    fn of_month_days(&mut self, at: usize, days: &[i16]) -> Result<(), Refusal> {
        self.are_days = false;
        self.of_the_month(at, days)
    }

    fn of_the_month(&mut self, at: usize, days: &[i16]) -> Result<(), Refusal> {
        self.together(at, DaySort::OfMonth)?;
        self.month_days.extend(days);
        self.are_if = self.row.follows(at, &["is"]);
        Ok(())
    }

    /// Days of the week and of the month: both must be so, and that must be said.
    fn together(&mut self, at: usize, sort: DaySort) -> Result<(), Refusal> {
        let follows = self.order.last() == Some(&Sort::Days);
        let is_more = follows && self.latest == Some(sort);
        let is_also = follows && !is_more && self.row.follows(at, &["is", "also"]);
        let others = match sort {
            DaySort::OfWeek => !self.month_days.is_empty(),
            DaySort::OfMonth => !self.days.is_empty(),
        };
        self.order.push(Sort::Days);
        self.latest = Some(sort);
        match is_more && !self.row.follows(at, &["is", "also"]) || others == is_also {
            true => Ok(()),
            false => {
                let said = self.row.since(at);
                let why = format!("`{said}` may be meant to narrow down the days before it, or to add to them");
                Err(odd(&format!("{why}: say `every Friday that is also the 13th of every month`, or make two series")))
            }
        }
    }

    /// `March`, `March and June`.
    fn months(&mut self) -> bool {
        let at = self.row.at();
        let Some(first) = self.row.take_known(month) else { return false };
        self.order.push(Sort::Months);
        self.of_months = !self.row.follows(at, &["in"]);
        self.months.push(first);
        self.months.extend(std::iter::from_fn(|| self.row.take_listed(month)));
        true
    }
}

/// `week`, `weeks`.
fn unit(word: &str) -> Option<(&'static str, Frequency)> {
    let name = word.strip_suffix('s').unwrap_or(word);
    UNITS.iter().find(|(unit, _)| *unit == name).copied()
}
