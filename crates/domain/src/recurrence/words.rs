//! From what a person says to a rule: `every second Sunday 02:00–04:00 Europe/Berlin`.
//!
//! The words may stand in any order that reads well; what is not understood is named, never guessed.
use super::civil::{DAY, Local, day_of, days_in};
use super::rule::{Ends, Frequency, Rule};
use super::starts::Starts;
use crate::refusal::Refusal;
use crate::{Span, duration};

mod numbers;
mod times;

use numbers::{month, ordinal, weekday};

/// Longer texts say too much.
const TEXT_MAX: usize = 400;
/// Words that only join others.
const JOINING: [&str; 12] = ["on", "at", "the", "of", "and", "in", "a", "from", "if", "is", "it", "starting"];
const UNITS: [(&str, Frequency); 6] = [
    ("hour", Frequency::Hourly),
    ("day", Frequency::Daily),
    ("week", Frequency::Weekly),
    ("month", Frequency::Monthly),
    ("year", Frequency::Yearly),
    ("night", Frequency::Daily),
];

/// What was heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heard {
    /// The rule.
    pub rule: Rule,
    /// The zone, where one was named.
    pub zone: Option<String>,
    /// How long each lasts.
    pub lasts: Span,
    /// The times of day, in seconds.
    times: Vec<i64>,
    /// The first day, where one was named.
    from: Option<i32>,
}

/// What has been heard so far.
#[derive(Default)]
struct Hearing {
    words: Vec<String>,
    at: usize,
    frequency: Option<Frequency>,
    interval: Option<u32>,
    /// Counted as in "the second": what it counts comes next.
    nth: Vec<i16>,
    /// The word before was `every`.
    every: bool,
    /// That stood before what is counted: "every second".
    every_nth: bool,
    /// The same before a day of the week, which may be counted in weeks or in a month.
    undecided: Option<i16>,
    days: Vec<(i16, u8)>,
    month_days: Vec<i16>,
    months: Vec<i16>,
    times: Vec<(i64, Option<i64>)>,
    lasts: Option<Span>,
    ends: Option<Ends>,
    from: Option<i32>,
    zone: Option<String>,
}

/// Understands what somebody says.
///
/// # Errors
/// About the field `text`: the first word that is not understood, or what is missing.
pub fn heard(text: &str) -> Result<Heard, Refusal> {
    if text.len() > TEXT_MAX {
        return Err(odd("it is longer than 400 characters"));
    }
    let plain = text.replace(['–', '—'], "-").replace(['(', ')', ',', ';'], " ");
    let mut hearing = Hearing { words: plain.split_whitespace().map(str::to_owned).collect(), ..Hearing::default() };
    while hearing.at < hearing.words.len() {
        hearing.word()?;
    }
    hearing.heard()
}

impl Heard {
    /// When it starts: the first time that the rule gives, now or later.
    pub fn start(&self, now: Local) -> Result<Local, Refusal> {
        let first = self.from.map_or(now, |day| Local::new(day, 0));
        let time = self.times.first().copied().unwrap_or_default();
        let today = Local::new(first.day(), time);
        if self.rule.frequency == Frequency::Hourly {
            let step = i64::from(self.rule.interval) * 3_600;
            let missed = (first.0 - today.0).max(0);
            return Ok(Local(today.0 + (missed + step - 1) / step * step));
        }
        let ahead = self.times.iter().map(|time| Local::new(first.day(), *time)).find(|at| first <= *at);
        let from = ahead.unwrap_or(Local::new(first.day() + 1, time));
        let once = Rule { interval: 1, ends: Ends::Never, ..self.rule.clone() };
        Starts::new(&once, from).next().ok_or_else(|| odd("no day is all that it asks for"))
    }
}

impl Hearing {
    fn peek(&self, ahead: usize) -> Option<String> {
        self.words.get(self.at + ahead).map(|word| word.to_lowercase())
    }

    /// Understands the next word, and those that belong to it.
    fn word(&mut self) -> Result<(), Refusal> {
        let Some(word) = self.peek(0) else { return Ok(()) };
        let before = self.at;
        self.at += 1;
        let every = std::mem::take(&mut self.every);
        match word.as_str() {
            "every" | "each" => self.every = true,
            "other" if every => self.interval = Some(2),
            "last" => self.nth.push(-1),
            "of" => self.month_days.append(&mut self.nth),
            "until" | "till" => return self.until(),
            "for" => return self.lasting(),
            "once" => self.ends = Some(Ends::Count(1)),
            _ => {
                let is_known = self.unit(&word) || self.day(&word) || self.number(&word, every) || self.time(&word);
                if !is_known && !JOINING.contains(&word.as_str()) && !self.place(before) {
                    return Err(odd(&format!("`{}` is not understood", shown(&self.words[before]))));
                }
            }
        }
        Ok(())
    }

    /// `day`, `weeks`, `daily`, `weekday`.
    fn unit(&mut self, word: &str) -> bool {
        let singular = word.strip_suffix('s').unwrap_or(word);
        let adverbs = [
            ("daily", "day"),
            ("nightly", "day"),
            ("weekly", "week"),
            ("monthly", "month"),
            ("yearly", "year"),
            ("annually", "year"),
            ("hourly", "hour"),
        ];
        let unit = adverbs.iter().find(|(adverb, _)| *adverb == word).map_or(singular, |(_, unit)| unit);
        match unit {
            "weekday" | "workday" => self.days.extend((0..5).map(|day| (0, day))),
            "weekend" => self.days.extend([(0, 5), (0, 6)]),
            "day" if !self.nth.is_empty() && !self.every_nth => self.month_days.append(&mut self.nth),
            unit => {
                let Some((_, frequency)) = UNITS.iter().find(|(name, _)| *name == unit) else { return false };
                if let Some(nth) = self.nth.pop() {
                    self.interval = u32::try_from(nth).ok();
                    if !self.every_nth || !self.nth.is_empty() || self.interval.is_none() {
                        return false;
                    }
                }
                // Of "the second Sunday of every month" the month says how often.
                if self.frequency.is_none_or(|before| before < *frequency) {
                    self.frequency = Some(*frequency);
                }
            }
        }
        true
    }

    /// A day of the week or a month, by name.
    fn day(&mut self, word: &str) -> bool {
        if let Some(day) = weekday(word) {
            match self.nth.as_slice() {
                [] => self.days.push((0, day)),
                [nth] if self.every_nth && *nth > 1 => {
                    self.undecided = Some(*nth);
                    self.days.push((0, day));
                }
                counted => self.days.extend(counted.iter().map(|nth| (*nth, day))),
            }
            self.nth.clear();
            return true;
        }
        let month = month(word);
        self.months.extend(month);
        month.is_some()
    }

    /// `second`, `2nd`, `24 December`, `10 times`, `every 3 weeks`, a date.
    fn number(&mut self, word: &str, every: bool) -> bool {
        if let Some(day) = numbers::date(word) {
            self.from = Some(day);
            return true;
        }
        let next = self.peek(0);
        if let Ok(count) = word.parse::<u32>() {
            return match next.as_deref() {
                Some("times") => {
                    self.at += 1;
                    self.ends = Some(Ends::Count(count));
                    count > 0
                }
                Some(name) if month(name).is_some() => {
                    let day = i16::try_from(count).ok().filter(|day| (1..=31).contains(day));
                    self.month_days.extend(day);
                    day.is_some()
                }
                _ if every && count > 0 => {
                    self.interval = Some(count);
                    true
                }
                _ => false,
            };
        }
        let Some(nth) = ordinal(word) else { return false };
        self.every_nth = every || self.every_nth && !self.nth.is_empty();
        self.nth.push(nth);
        if self.peek(0).as_deref() == Some("to") && self.peek(1).as_deref() == Some("last") {
            self.at += 2;
            self.nth.iter_mut().for_each(|nth| *nth = -nth.abs());
        }
        true
    }

    /// `02:00`, `02:00-04:00`, `2am`, `noon`.
    fn time(&mut self, word: &str) -> bool {
        let (from, to) = word.split_once('-').map_or((word, None), |(from, to)| (from, Some(to)));
        let (Some(from), to) = (times::of_day(from), to.map(times::of_day)) else { return false };
        if to == Some(None) {
            return false;
        }
        let is_between = matches!(self.peek(0).as_deref(), Some("to" | "-" | "till" | "until"));
        let later = self.peek(1).as_deref().and_then(times::of_day).filter(|_| is_between);
        self.at += if later.is_some() { 2 } else { 0 };
        self.times.push((from, later.or(to.flatten())));
        true
    }

    /// A zone: `Europe/Berlin`, `UTC`.
    fn place(&mut self, at: usize) -> bool {
        let word = &self.words[at];
        let is_zone = word.contains('/') || ["UTC", "GMT"].contains(&word.to_uppercase().as_str());
        if is_zone && self.zone.is_none() {
            self.zone = Some(word.clone());
            return true;
        }
        false
    }

    /// `until 2026-12-31`, `until 31 December 2026`, with a time behind it or without.
    fn until(&mut self) -> Result<(), Refusal> {
        let words: Vec<String> = (0..4).map_while(|ahead| self.peek(ahead)).collect();
        let named = |of_month: &str, name: &str, year: &str| {
            let (month, year) = (month(name)?, year.parse::<i32>().ok().filter(|year| (1..10_000).contains(year))?);
            let month = u8::try_from(month).ok()?;
            let of_month = of_month.trim_end_matches(|it: char| it.is_alphabetic()).parse::<u8>().ok()?;
            (1..=days_in(year, month)).contains(&of_month).then(|| day_of(year, month, of_month))
        };
        let (day, used) = match words.as_slice() {
            [date, ..] if numbers::date(date).is_some() => (numbers::date(date), 1),
            [of_month, name, year, ..] => (named(of_month, name, year), 3),
            _ => (None, 0),
        };
        let day = day.ok_or_else(|| odd("`until` is followed by a date such as 2026-12-31"))?;
        self.at += used;
        let time = self.peek(0).as_deref().and_then(times::of_day);
        self.at += usize::from(time.is_some());
        self.ends = Some(Ends::Local(Local::new(day, time.unwrap_or(DAY - 1))));
        Ok(())
    }

    /// `for 2h`, `for 90 minutes`, `for PT2H`.
    fn lasting(&mut self) -> Result<(), Refusal> {
        let words = [self.peek(0), self.peek(1)].map(Option::unwrap_or_default);
        let (span, used) = times::lasting(&words[0], &words[1])
            .ok_or_else(|| odd("`for` is followed by a duration such as 2h or 90 minutes"))?;
        self.at += used;
        self.lasts = Some(span);
        Ok(())
    }

    /// What it comes to.
    fn heard(mut self) -> Result<Heard, Refusal> {
        self.month_days.append(&mut self.nth);
        self.decide();
        let frequency = self.frequency()?;
        let mut times: Vec<i64> = self.times.iter().map(|(from, _)| *from).collect();
        let Some(time) = times.first().copied() else { return Err(odd("it does not say at what time")) };
        let between =
            |(from, to): &(i64, Option<i64>)| Some(Span::seconds(((*to)? - from + DAY - 1).rem_euclid(DAY) + 1));
        let mut lengths: Vec<Span> = self.times.iter().filter_map(between).chain(self.lasts).collect();
        lengths.dedup();
        let lasts = match lengths.as_slice() {
            [] => return Err(odd("it does not say how long it lasts")),
            [lasts] => *lasts,
            _ => return Err(odd("its times are not equally long: make them series of their own")),
        };
        let mut rule = Rule { interval: self.interval.unwrap_or(1), ..Rule::new(frequency) };
        rule.ends = self.ends.unwrap_or(Ends::Never);
        (rule.days, rule.month_days, rule.months) = (self.days, self.month_days, self.months);
        if times.len() > 1 {
            rule.hours = times.iter().map(|time| (time / 3_600) as i16).collect();
            if times.iter().any(|other| other % 3_600 != time % 3_600) {
                return Err(odd("its times do not have the same minute: make them series of their own"));
            }
        }
        times.sort_unstable();
        let rule: Rule = rule.to_string().parse().map_err(|refusal: Refusal| refusal.at("text"))?;
        Ok(Heard { rule, zone: self.zone, lasts, times, from: self.from })
    }

    /// "Every second Sunday" counts weeks; "of the month" it counts Sundays.
    fn decide(&mut self) {
        let Some(nth) = self.undecided else { return };
        let in_month = self.frequency >= Some(Frequency::Monthly) || !self.months.is_empty();
        match in_month {
            true => self.days.iter_mut().filter(|day| day.0 == 0).for_each(|day| day.0 = nth),
            false => self.interval = u32::try_from(nth).ok(),
        }
    }

    /// How often: as was said, where the rest only narrows that down.
    fn frequency(&self) -> Result<Frequency, Refusal> {
        let is_counted = self.days.iter().any(|(nth, _)| *nth != 0);
        let implied = match () {
            () if !self.months.is_empty() => Some(Frequency::Yearly),
            () if is_counted || !self.month_days.is_empty() => Some(Frequency::Monthly),
            () if !self.days.is_empty() => Some(Frequency::Weekly),
            () => None,
        };
        let (said, implied) = match (self.frequency, implied) {
            (None, None) => return Err(odd("it does not say how often")),
            (Some(one), None) | (None, Some(one)) => return Ok(one),
            (Some(said), Some(implied)) => (said, implied),
        };
        let narrows = !is_counted && (self.month_days.is_empty() || said != Frequency::Weekly);
        match said >= implied || narrows {
            true => Ok(said),
            false => Err(odd("it says how often twice")),
        }
    }
}

fn odd(why: &str) -> Refusal {
    let remedy = "Say it like `every second Sunday 02:00-04:00 Europe/Berlin`, or give rules.";
    Refusal::input("text", format!("This cannot be made a rule: {why}."), remedy)
}

fn shown(word: &str) -> String {
    word.chars().take(40).collect()
}
