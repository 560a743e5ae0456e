//! Local dates and times as numbers, in the Gregorian calendar.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// How long a recurrence goes on at most: a hundred years.
pub const GOES_ON: i64 = 100 * 366 * DAY;
/// The last year that is counted to.
pub const YEAR_MAX: i32 = 9_999;

/// A local date and time: seconds since 1970-01-01T00:00:00 on the wall, in whatever zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Local(pub i64);

/// A day as rules see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Date {
    /// Days since 1970-01-01.
    pub day: i32,
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub of_month: u8,
}

impl Local {
    /// That time on that day.
    pub const fn new(day: i32, seconds: i64) -> Local {
        Local(day as i64 * DAY + seconds)
    }

    /// The day, counted from 1970-01-01.
    pub const fn day(self) -> i32 {
        self.0.div_euclid(DAY) as i32
    }

    /// Seconds since midnight, on the wall.
    pub const fn of_day(self) -> i64 {
        self.0.rem_euclid(DAY)
    }

    /// The day.
    pub const fn date(self) -> Date {
        Date::of(self.day())
    }
}

impl Date {
    /// The day of this number. (After Howard Hinnant's `civil_from_days`.)
    pub const fn of(day: i32) -> Date {
        let shifted = day + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let from_march = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * from_march + 2) / 153;
        let of_month = from_march - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + (month <= 2) as i32;
        Date { day, year, month: month as u8, of_month: of_month as u8 }
    }

    /// 0 for Monday to 6 for Sunday.
    pub const fn weekday(self) -> u8 {
        weekday(self.day)
    }
}

/// 0 for Monday to 6 for Sunday.
pub const fn weekday(day: i32) -> u8 {
    (day + 3).rem_euclid(7) as u8
}

/// The number of a day.
pub const fn day_of(year: i32, month: u8, of_month: u8) -> i32 {
    let year = year - (month <= 2) as i32;
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + of_month as i32 - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// How many days the month has.
pub const fn days_in(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// How many days the year has.
pub const fn days_in_year(year: i32) -> i32 {
    if is_leap(year) { 366 } else { 365 }
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

impl fmt::Display for Local {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, of_day) = (self.date(), self.of_day());
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        write!(out, "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}", date.year, date.month, date.of_month)
    }
}

impl From<Local> for String {
    fn from(local: Local) -> String {
        local.to_string()
    }
}

impl TryFrom<String> for Local {
    type Error = String;

    fn try_from(text: String) -> Result<Local, String> {
        text.parse().map_err(|refusal: Refusal| refusal.detail)
    }
}

impl FromStr for Local {
    type Err = Refusal;

    /// Reads `2026-11-22T02:00`, with seconds or without.
    fn from_str(text: &str) -> Result<Local, Refusal> {
        numbers(text).ok_or_else(|| {
            let remedy = "Write a local date and time without an offset, such as 2026-11-22T02:00.";
            let shown: String = text.chars().take(40).collect();
            Refusal::input("start", format!("`{shown}` is no local date and time"), remedy)
        })
    }
}

/// The numbers of a local time, where each lies within its bounds.
fn numbers(text: &str) -> Option<Local> {
    let (date, time) = text.split_once('T')?;
    let [year, month, of_month] = fixed(date, '-', [4, 2, 2])?;
    let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
    let [hour, minute, second] = fixed(&time, ':', [2, 2, 2])?;
    let month = u8::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
    let of_month = u8::try_from(of_month).ok().filter(|day| (1..=days_in(year, month)).contains(day))?;
    let fits = year >= 1 && hour < 24 && minute < 60 && second < 60;
    fits.then(|| Local::new(day_of(year, month, of_month), i64::from(hour * 3_600 + minute * 60 + second)))
}

/// Three numbers of so many digits each.
fn fixed(text: &str, between: char, digits: [usize; 3]) -> Option<[i32; 3]> {
    let mut parts = text.split(between);
    let mut next = |digits: usize| {
        let part =
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<i32>().ok()
    };
    let numbers = [next(digits[0])?, next(digits[1])?, next(digits[2])?];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_thousand_years_is_the_one_after_the_day_before() {
        let (first, last) = (day_of(1, 1, 1), day_of(YEAR_MAX, 12, 31));
        let mut before = Date::of(first);
        for day in first + 1..=last {
            let date = Date::of(day);
            assert_eq!(day_of(date.year, date.month, date.of_month), day);
            let next = match (before.of_month == days_in(before.year, before.month), before.month) {
                (false, month) => (before.year, month, before.of_month + 1),
                (true, 12) => (before.year + 1, 1, 1),
                (true, month) => (before.year, month + 1, 1),
            };
            assert_eq!((date.year, date.month, date.of_month), next);
            before = date;
        }
        assert_eq!(weekday(day_of(2026, 11, 21)), 5, "a Saturday");
    }

    #[test]
    fn a_local_time_is_read_and_written() {
        for text in ["2026-11-22T02:00:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2024-02-29T12:30:01"] {
            assert_eq!(text.parse::<Local>().map(|local| local.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("2026-11-22T02:00".parse::<Local>(), "2026-11-22T02:00:00".parse());
        for odd in ["", "2026-11-22", "2026-02-29T00:00", "2026-11-22T24:00", "2026-11-22T02:00Z", "2026-11-22 02:00"] {
            assert!(odd.parse::<Local>().is_err(), "{odd}");
        }
    }
}
