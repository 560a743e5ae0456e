//! One rule of RFC 5545, section 3.3.10, as it is written.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::civil::{Local, day_of, days_in};
use crate::Instant;
use crate::refusal::Refusal;

/// The days of the week as rules write them, from Monday.
pub const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// Longer rules mean nothing that anybody could check.
const TEXT_MAX: usize = 1_024;

/// How often, before all else is looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Frequency {
    /// Every so many hours that have passed, whatever the wall shows.
    Hourly,
    /// Every so many days.
    Daily,
    /// Every so many weeks.
    Weekly,
    /// Every so many months.
    Monthly,
    /// Every so many years.
    Yearly,
}

/// When it fires for the last time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    /// Never.
    Never,
    /// After so many times.
    Count(u32),
    /// With this local time at the latest.
    Local(Local),
    /// With this instant at the latest.
    At(Instant),
}

/// A rule. Lists are sorted and name nothing twice; an empty one says nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    /// How often.
    pub frequency: Frequency,
    /// Only every so many of these.
    pub interval: u32,
    /// When it ends.
    pub ends: Ends,
    /// 1 to 12.
    pub months: Vec<i16>,
    /// Weeks of the year, from its end where negative.
    pub weeks: Vec<i16>,
    /// Days of the year, from its end where negative.
    pub year_days: Vec<i16>,
    /// Days of the month, from its end where negative.
    pub month_days: Vec<i16>,
    /// Days of the week, 0 for Monday; the how manieth, from the end where negative, each where 0.
    pub days: Vec<(i16, u8)>,
    /// Hours of the day.
    pub hours: Vec<i16>,
    /// Minutes of the hour.
    pub minutes: Vec<i16>,
    /// Seconds of the minute.
    pub seconds: Vec<i16>,
    /// Of all that fire in one period only these, from the end where negative.
    pub positions: Vec<i16>,
    /// The day that weeks begin with.
    pub week_start: u8,
}

impl Rule {
    /// A rule that says no more than how often.
    pub const fn new(frequency: Frequency) -> Rule {
        Rule {
            frequency,
            interval: 1,
            ends: Ends::Never,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
            week_start: 0,
        }
    }

    /// What a rule may say with what else (RFC 5545, the table in 3.3.10).
    fn checked(self) -> Result<Rule, Refusal> {
        use Frequency::{Daily, Hourly, Monthly, Weekly, Yearly};
        let (at, counted) = (self.frequency, self.days.iter().any(|(nth, _)| *nth != 0));
        let within_month = at == Monthly || at == Yearly && !self.months.is_empty();
        let beyond = within_month && self.days.iter().any(|(nth, _)| nth.abs() > 5);
        let others = [&self.months, &self.weeks, &self.year_days, &self.month_days, &self.hours, &self.minutes];
        let alone = others.iter().all(|list| list.is_empty()) && self.seconds.is_empty() && self.days.is_empty();
        let hourly_parts = !self.minutes.is_empty() || !self.seconds.is_empty() || !self.positions.is_empty();
        let wrong = [
            (counted && at < Monthly, "only a monthly or yearly rule counts days of the week"),
            (counted && !self.weeks.is_empty(), "days of the week are not counted where weeks are named"),
            (beyond, "no month has more than five of one day of the week"),
            (!self.weeks.is_empty() && at != Yearly, "`BYWEEKNO` is for yearly rules"),
            (!self.month_days.is_empty() && at == Weekly, "a weekly rule has no `BYMONTHDAY`"),
            (!self.year_days.is_empty() && matches!(at, Daily | Weekly | Monthly), "`BYYEARDAY` is for yearly rules"),
            (!self.positions.is_empty() && alone, "`BYSETPOS` chooses among what another part gives"),
            (hourly_parts && at == Hourly, "an hourly rule fires at the minute of its start, every time"),
        ];
        match wrong.into_iter().find(|(is_so, _)| *is_so) {
            Some((_, why)) => Err(odd(why)),
            None => Ok(self),
        }
    }
}

impl FromStr for Rule {
    type Err = Refusal;

    /// Reads `RRULE:FREQ=WEEKLY;BYDAY=SU`; the name in front may be left out.
    fn from_str(text: &str) -> Result<Rule, Refusal> {
        if text.len() > TEXT_MAX {
            return Err(odd("it is longer than 1,024 characters"));
        }
        let upper = text.trim().to_ascii_uppercase();
        let parts: Vec<(&str, &str)> = upper
            .strip_prefix("RRULE:")
            .unwrap_or(&upper)
            .split(';')
            .map(|part| part.split_once('=').ok_or_else(|| odd(&format!("`{part}` is not written as NAME=VALUE"))))
            .collect::<Result<_, _>>()?;
        let frequency = parts.iter().find(|(name, _)| *name == "FREQ").ok_or_else(|| odd("it has no `FREQ`"))?;
        let mut rule = Rule::new(named(frequency.1)?);
        for (index, (name, value)) in parts.iter().enumerate() {
            if parts[..index].iter().any(|(before, _)| before == name) {
                return Err(odd(&format!("it has `{name}` twice")));
            }
            rule.set(name, value)?;
        }
        rule.checked()
    }
}

fn named(frequency: &str) -> Result<Frequency, Refusal> {
    Ok(match frequency {
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        "MINUTELY" | "SECONDLY" => return Err(odd("nothing fires more often than hourly")),
        other => return Err(odd(&format!("there is no frequency `{other}`"))),
    })
}

impl Rule {
    fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let list = |min: i16, max: i16| list(name, value, (min, max));
        match name {
            "FREQ" => {}
            "INTERVAL" => self.interval = positive(name, value)?,
            "COUNT" => self.end(Ends::Count(positive(name, value)?))?,
            "UNTIL" => self.end(until(value).ok_or_else(|| odd(&format!("`{value}` is no time for UNTIL")))?)?,
            "BYMONTH" => self.months = list(1, 12)?,
            "BYWEEKNO" => self.weeks = list(-53, 53)?,
            "BYYEARDAY" => self.year_days = list(-366, 366)?,
            "BYMONTHDAY" => self.month_days = list(-31, 31)?,
            "BYHOUR" => self.hours = list(0, 23)?,
            "BYMINUTE" => self.minutes = list(0, 59)?,
            "BYSECOND" => self.seconds = list(0, 59)?,
            "BYSETPOS" => self.positions = list(-366, 366)?,
            "BYDAY" => self.days = days(value)?,
            "WKST" => self.week_start = weekday(value)?,
            other => return Err(odd(&format!("`{other}` is no part of a rule"))),
        }
        Ok(())
    }

    fn end(&mut self, ends: Ends) -> Result<(), Refusal> {
        if self.ends != Ends::Never {
            return Err(odd("it has both `COUNT` and `UNTIL`"));
        }
        self.ends = ends;
        Ok(())
    }
}

fn positive(name: &str, value: &str) -> Result<u32, Refusal> {
    let number = value.parse::<u32>().ok().filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| odd(&format!("`{name}` is a number from 1 to 1,000,000")))
}

/// Numbers within these bounds; none is 0 where they may be negative.
fn list(name: &str, value: &str, (min, max): (i16, i16)) -> Result<Vec<i16>, Refusal> {
    let fits = |number: &i16| (min..=max).contains(number) && (min >= 0 || *number != 0);
    let number = |part: &str| part.parse::<i16>().ok().filter(fits);
    let numbers: Option<Vec<i16>> = value.split(',').map(number).collect();
    let mut numbers = numbers.ok_or_else(|| odd(&format!("`{name}` takes numbers from {min} to {max}")))?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn days(value: &str) -> Result<Vec<(i16, u8)>, Refusal> {
    let day = |part: &str| {
        let (nth, name) = part.split_at_checked(part.len().saturating_sub(2)).unwrap_or(("", part));
        let nth = if nth.is_empty() { 0 } else { list("BYDAY", nth, (-53, 53))?[0] };
        Ok((nth, weekday(name)?))
    };
    let mut days: Vec<(i16, u8)> = value.split(',').map(day).collect::<Result<_, Refusal>>()?;
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn weekday(name: &str) -> Result<u8, Refusal> {
    let found = (0..).zip(WEEKDAYS).find(|(_, day)| *day == name);
    found.map(|(number, _)| number).ok_or_else(|| odd(&format!("there is no day of the week `{name}`")))
}

/// `20261231T230000Z`, the same without Z on the wall of the series, or a day, which counts to its end.
fn until(text: &str) -> Option<Ends> {
    let (date, time) = text.split_once('T').unwrap_or((text, "235959"));
    let (time, is_utc) = time.strip_suffix('Z').map_or((time, false), |time| (time, true));
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(date, 8) || !digits(time, 6) {
        return None;
    }
    let number = |text: &str| text.parse::<i32>().ok();
    let (year, month, of_month) = (number(&date[..4])?, number(&date[4..6])?, number(&date[6..])?);
    let (hour, minute, second) = (number(&time[..2])?, number(&time[2..4])?, number(&time[4..])?);
    let month = u8::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
    let of_month = u8::try_from(of_month).ok().filter(|day| (1..=days_in(year, month)).contains(day))?;
    if year < 1 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let local = Local::new(day_of(year, month, of_month), i64::from(hour * 3_600 + minute * 60 + second));
    Some(if is_utc { Ends::At(Instant(local.0 * 1_000_000)) } else { Ends::Local(local) })
}

pub(super) fn odd(why: &str) -> Refusal {
    let remedy = "Write a rule as RFC 5545 does, such as RRULE:FREQ=WEEKLY;BYDAY=SU.";
    Refusal::input("rules", format!("The rule cannot be used: {why}."), remedy)
}

impl TryFrom<String> for Rule {
    type Error = String;

    fn try_from(text: String) -> Result<Rule, String> {
        text.parse().map_err(|refusal: Refusal| refusal.detail)
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> String {
        rule.to_string()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frequency = match self.frequency {
            Frequency::Hourly => "HOURLY",
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Yearly => "YEARLY",
        };
        write!(out, "RRULE:FREQ={frequency}")?;
        if self.interval > 1 {
            write!(out, ";INTERVAL={}", self.interval)?;
        }
        match self.ends {
            Ends::Never => {}
            Ends::Count(count) => write!(out, ";COUNT={count}")?,
            Ends::Local(local) => write!(out, ";UNTIL={}", local.to_string().replace(['-', ':'], ""))?,
            Ends::At(at) => {
                let utc = Local(at.0.div_euclid(1_000_000)).to_string();
                write!(out, ";UNTIL={}Z", utc.replace(['-', ':'], ""))?;
            }
        }
        let lists = [
            ("BYMONTH", &self.months),
            ("BYWEEKNO", &self.weeks),
            ("BYYEARDAY", &self.year_days),
            ("BYMONTHDAY", &self.month_days),
            ("BYHOUR", &self.hours),
            ("BYMINUTE", &self.minutes),
            ("BYSECOND", &self.seconds),
            ("BYSETPOS", &self.positions),
        ];
        for (name, numbers) in lists.into_iter().filter(|(_, numbers)| !numbers.is_empty()) {
            let numbers: Vec<String> = numbers.iter().map(i16::to_string).collect();
            write!(out, ";{name}={}", numbers.join(","))?;
        }
        if !self.days.is_empty() {
            let nth = |nth: i16| if nth == 0 { String::new() } else { nth.to_string() };
            let days = self.days.iter().map(|(n, day)| format!("{}{}", nth(*n), WEEKDAYS[usize::from(*day)]));
            write!(out, ";BYDAY={}", days.collect::<Vec<_>>().join(","))?;
        }
        if self.week_start > 0 {
            write!(out, ";WKST={}", WEEKDAYS[usize::from(self.week_start)])?;
        }
        Ok(())
    }
}
