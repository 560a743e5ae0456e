//! The hours in which something may be, on the wall.
use std::collections::BTreeSet;

use crate::recurrence::{Local, Odd, Zone};
use crate::refusal::Refusal;
use crate::{Instant, Span};

/// Minutes of a day.
const DAY: i64 = 24 * 60;
/// The days, as RFC 5545 names them.
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// From a time of day to another, over midnight where that is not later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hours {
    /// The days on which it begins, 0 for Monday; on each where there are none.
    days: BTreeSet<u8>,
    /// Minutes since midnight.
    from: i64,
    /// Minutes since that midnight; more than a day's where it goes over the next.
    to: i64,
}

impl Hours {
    /// Reads days such as `MO`, and times such as `22:00`; `24:00` is the end of a day.
    ///
    /// # Errors
    /// About the fields `days`, `from` or `to`.
    pub fn read<T: AsRef<str>>(days: &[T], from: &str, to: &str) -> Result<Hours, Refusal> {
        let days = days.iter().map(|text| day(text.as_ref())).collect::<Result<BTreeSet<u8>, Refusal>>()?;
        let (from, to) = (minutes("from", from)?, minutes("to", to)?);
        if from == DAY {
            return Err(Refusal::input("from", "`24:00` is the end of a day", "Write `00:00` of the next day."));
        }
        Ok(Hours { days, from, to: if to <= from { to + DAY } else { to } })
    }

    /// When that is on the day of this number: from when its clocks first show that time, or what they show after it where
    /// they leave it out.
    pub(super) fn on(&self, day: i32, zone: &Zone) -> Option<(Instant, Instant)> {
        // 1970-01-01 was a Thursday.
        let weekday = (i64::from(day) + 3).rem_euclid(7);
        let is_meant = self.days.is_empty() || self.days.iter().any(|day| i64::from(*day) == weekday);
        let local = |minutes: i64| Local((i64::from(day) * DAY + minutes) * 60);
        is_meant.then(|| (first(zone, local(self.from)), first(zone, local(self.to))))
    }
}

/// When the wall first shows this, or what comes after it where the clocks leave it out.
fn first(zone: &Zone, local: Local) -> Instant {
    let resolved = zone.resolve(local);
    let Odd::Gap(by) = resolved.odd else { return resolved.at };
    // By as much as it was moved, it may lie after the change: that is found by halves.
    let second = Span::seconds(1);
    let (mut before, mut after) = (resolved.at - by - second, resolved.at);
    while after - before > second {
        let middle = before + Span::seconds((after - before).as_seconds() / 2);
        match zone.local(middle) < local {
            true => before = middle,
            false => after = middle,
        }
    }
    after
}

fn day(text: &str) -> Result<u8, Refusal> {
    let found = (0_u8..).zip(DAYS).find(|(_, name)| *name == text);
    found.map(|(day, _)| day).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Refusal::input("days", format!("there is no day `{shown}`"), format!("Use one of {}.", DAYS.join(", ")))
    })
}

/// Minutes since midnight of a time such as `22:00`.
fn minutes(field: &str, text: &str) -> Result<i64, Refusal> {
    let number = |text: &str| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse::<i64>().ok()).flatten()
    };
    let read = text.split_once(':').and_then(|(hour, minute)| Some((number(hour)?, number(minute)?)));
    let minutes = read.filter(|(_, minute)| *minute < 60).map(|(hour, minute)| hour * 60 + minute);
    minutes.filter(|minutes| *minutes <= DAY).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Refusal::input(field, format!("`{shown}` is no time of day"), "Write it as `22:00`.")
    })
}
