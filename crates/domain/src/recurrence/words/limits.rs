//! The phrases that say at what time, how long, from when and until when.
use super::numbers::{self, month};
use super::phrases::{ADVERBS, EVERY, Hearing, Sort};
use super::{Refusal, odd, times, unknown};
use crate::recurrence::civil::{DAY, Local, day_of, days_in};
use crate::recurrence::rule::Ends;

impl Hearing {
    /// `02:00`, `02:00-04:00`, `2am to 4am`, `noon`, `minute 15`.
    pub fn time(&mut self) -> bool {
        let Some(word) = self.row.peek(0) else { return false };
        let minute = self.row.peek(1).and_then(|minute| minute.parse::<i64>().ok());
        if let ("minute", Some(minute @ 0..60)) = (word, minute) {
            self.row.skip(2);
            self.at_minute = true;
            self.times.push((minute * 60, None));
            self.order.push(Sort::Time);
            return true;
        }
        let (from, to) = word.split_once('-').map_or((word, None), |(from, to)| (from, Some(to)));
        let (Some(from), to) = (times::of_day(from), to.map(times::of_day)) else { return false };
        if to == Some(None) {
            return false;
        }
        let is_between = to.is_none() && matches!(self.row.peek(1), Some("to" | "-" | "till" | "until"));
        let later = self.row.peek(2).and_then(times::of_day).filter(|_| is_between);
        self.row.skip(if later.is_some() { 3 } else { 1 });
        self.times.push((from, later.or(to.flatten())));
        self.order.push(Sort::Time);
        true
    }

    /// `10 times`; what is so often in a week is not counted.
    pub fn many_times(&mut self) -> bool {
        let count = self.row.is(|word| word.parse::<u32>().ok()).filter(|count| *count > 0);
        let is_rate = self.row.peek(2).is_some_and(|word| ["a", "an", "per", "every", "each", "in"].contains(&word));
        match count {
            Some(count) if self.row.peek(1) == Some("times") && !is_rate && self.ends.is_none() => {
                self.row.skip(2);
                self.ends = Some(Ends::Count(count));
                self.order.push(Sort::End);
                true
            }
            _ => false,
        }
    }

    /// A zone: `Europe/Berlin`, `UTC`.
    pub fn place(&mut self, word: &str) -> bool {
        let is_zone = word.contains('/') || ["UTC", "GMT"].contains(&word.to_uppercase().as_str());
        if is_zone && self.zone.is_none() {
            self.zone = Some(word.to_owned());
            self.row.skip(1);
            return true;
        }
        false
    }

    /// `until 2026-12-31`, `until 31 December 2026`, with a time behind it or without.
    pub fn until(&mut self) -> Result<(), Refusal> {
        self.row.skip(1);
        let named = |of_month: &str, name: &str, year: &str| {
            let (month, year) = (month(name)?, year.parse::<i32>().ok().filter(|year| (1..10_000).contains(year))?);
            let month = u8::try_from(month).ok()?;
            let of_month = of_month.trim_end_matches(|it: char| it.is_alphabetic()).parse::<u8>().ok()?;
            (1..=days_in(year, month)).contains(&of_month).then(|| day_of(year, month, of_month))
        };
        let words = [0, 1, 2].map(|ahead| self.row.peek(ahead).unwrap_or_default());
        let day = numbers::date(words[0]).map(|day| (day, 1));
        let day = day.or_else(|| named(words[0], words[1], words[2]).map(|day| (day, 3)));
        let (day, used) = day.ok_or_else(|| odd("`until` is followed by a date such as 2026-12-31"))?;
        self.row.skip(used);
        let time = self.row.take_known(times::of_day);
        self.order.push(Sort::End);
        match self.ends.replace(Ends::Local(Local::new(day, time.unwrap_or(DAY - 1)))) {
            None => Ok(()),
            Some(_) => Err(odd("it says twice when it ends")),
        }
    }

    /// `for 2h`, `for 90 minutes`, `for PT2H`.
    pub fn lasting(&mut self) -> Result<(), Refusal> {
        let words = [1, 2].map(|ahead| self.row.peek(ahead).unwrap_or_default());
        let (span, used) = times::lasting(words[0], words[1])
            .ok_or_else(|| odd("`for` is followed by a duration such as 2h or 90 minutes"))?;
        self.row.skip(1 + used);
        match self.lasts.replace(span) {
            None => Ok(()),
            Some(_) => Err(odd("it says twice how long it lasts")),
        }
    }

    /// `from 02:00 to 04:00`, `starting 2027-06-01`.
    pub fn starting(&mut self) -> Result<(), Refusal> {
        let at = self.row.at();
        self.row.skip(1);
        self.row.take(&["at", "on"]);
        if self.time() {
            return Ok(());
        }
        let Some(day) = self.row.take_known(numbers::date).filter(|_| self.from.is_none()) else {
            let why = "a time of day or a date written as 2027-06-01 follows";
            self.row.skip(1);
            return Err(odd(&format!("`{}` is not understood: {why}", self.row.since(at))));
        };
        self.order.push(Sort::End);
        self.from = Some(day);
        Ok(())
    }

    /// `once a week` says no more than `every week`; `only once` is a count.
    pub fn once(&mut self) -> Result<(), Refusal> {
        let at = self.row.at();
        if self.row.take(&["only"]) {
            if !self.row.take(&["once"]) || self.ends.is_some() {
                return Err(unknown(&self.row.since(at)));
            }
            self.ends = Some(Ends::Count(1));
            self.order.push(Sort::End);
            return Ok(());
        }
        self.row.skip(1);
        if self.row.take(&["a", "an", "per", "in"]) {
            self.row.take(&["a", "an"]);
            return match self.counted(true)? {
                true => Ok(()),
                false => Err(unknown(&self.row.since(at))),
            };
        }
        let is_rate =
            self.row.is(|word| (EVERY.contains(&word) || ADVERBS.iter().any(|(it, _)| *it == word)).then_some(()));
        self.once |= is_rate.is_none();
        Ok(())
    }
}
