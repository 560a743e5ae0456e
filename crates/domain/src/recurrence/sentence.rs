//! A recurrence as a person says it.
use super::civil::{Local, days_in};
use super::names::{DAYS, LEFT_OUT, MONTHS, ORDINALS};
use super::rule::{Ends, Frequency, Rule};
use super::{Recurrence, Zone};
use crate::{Span, duration};

const WORKDAYS: [(i16, u8); 5] = [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4)];

impl Recurrence {
    /// When it happens, in one sentence.
    pub fn sentence(&self, zone: &Zone, name: &str) -> String {
        let rules: Vec<String> = self.rules.iter().map(|rule| self.rule(rule, zone)).collect();
        let mut text = match rules.as_slice() {
            [] => format!("on {}", date(self.start)),
            rules => rules.join("; and "),
        };
        if !self.more.is_empty() {
            text += &format!("; also on {}", listed(self.more.iter().map(|at| moment(*at))));
        }
        if !self.except.is_empty() {
            text += &format!("; not on {}", listed(self.except.iter().map(|at| moment(*at))));
        }
        text += &format!(" ({name})");
        text[..1].to_uppercase() + &text[1..]
    }

    fn rule(&self, rule: &Rule, zone: &Zone) -> String {
        let mut text = format!("{} {}", self.days(rule), self.times(rule));
        match rule.ends {
            Ends::Never => {}
            Ends::Count(1) => text += ", only once",
            Ends::Count(count) => text += &format!(", {count} times"),
            Ends::Local(until) => text += &format!(", until {}", moment(until)),
            Ends::At(until) => text += &format!(", until {}", moment(zone.local(until))),
        }
        text
    }

    /// On which days.
    fn days(&self, rule: &Rule) -> String {
        let every = |unit: &str| every(rule.interval, unit);
        let is_each = rule.frequency == Frequency::Monthly && rule.interval == 1;
        let is_yearly = rule.frequency == Frequency::Yearly || is_each && !rule.months.is_empty();
        let mut text = match rule.frequency {
            Frequency::Hourly if rule.interval == 1 => "every hour".to_owned(),
            Frequency::Hourly => format!("every {} hours", rule.interval),
            Frequency::Daily if rule.interval == 1 => every(named_days(rule).as_deref().unwrap_or("day")),
            Frequency::Daily => every("day"),
            Frequency::Weekly => self.of_weeks(rule),
            _ if is_yearly => self.of_years(rule),
            Frequency::Monthly | Frequency::Yearly => format!("{} of {}", self.of_period(rule), every("month")),
        };
        let is_rarer = rule.frequency == Frequency::Hourly || rule.frequency == Frequency::Daily && rule.interval > 1;
        if let Some(days) = named_days(rule).filter(|_| is_rarer) {
            text += &format!(" if it is {days}");
        }
        if rule.frequency == Frequency::Hourly && !rule.year_days.is_empty() {
            text += &format!(" if it is {} of the year", year_days(rule));
        }
        if rule.frequency < Frequency::Monthly && !rule.month_days.is_empty() {
            text += &format!(" if it is {}", month_days(rule));
        }
        if !is_yearly && !rule.months.is_empty() {
            text += &format!(" in {}", months(rule));
        }
        if !rule.positions.is_empty() && !is_placed(rule) {
            let which = listed(rule.positions.iter().map(|nth| format!("the {}", ordinal(*nth))));
            text += &format!(", of these {which} in each {}", period(rule.frequency));
        }
        if counts_weeks(rule) {
            text += &format!(" (weeks from {} on)", DAYS[usize::from(rule.week_start)]);
        }
        if self.leaves_out(rule) {
            text += &format!(" {LEFT_OUT}");
        }
        text
    }

    /// Of a weekly rule. Several days of every second week are no "every second" of each: they are named first.
    fn of_weeks(&self, rule: &Rule) -> String {
        let start = || DAYS[usize::from(self.start.date().weekday())].to_owned();
        let days = named_days(rule).unwrap_or_else(start);
        match rule.days.len() {
            _ if rule.interval == 1 => every(1, &days),
            0 | 1 if rule.months.is_empty() => every(rule.interval, &days),
            _ if rule.days == WORKDAYS => format!("Monday to Friday {}", every(rule.interval, "week")),
            _ => format!("{days} {}", every(rule.interval, "week")),
        }
    }

    /// Of a rule within years, or within each month of some.
    fn of_years(&self, rule: &Rule) -> String {
        let (which, years) = (self.of_period(rule), every(rule.interval, "year"));
        let names_month = !rule.months.is_empty() || self.is_dated(rule);
        let is_monthly = !rule.month_days.is_empty();
        match (names_month, is_monthly) {
            (true, _) if rule.months.is_empty() => format!("{which} of {}, {years}", self.month()),
            (true, _) => format!("{which} of {}, {years}", months(rule)),
            (false, true) if rule.interval == 1 => format!("{which} of every month"),
            (false, true) => format!("{which} of every month, {years}"),
            (false, false) => format!("{which} of {years}"),
        }
    }

    /// A yearly rule that names a date of its own, or leaves it to the start.
    fn is_dated(&self, rule: &Rule) -> bool {
        rule.days.is_empty() && rule.year_days.is_empty() && rule.weeks.is_empty() && rule.month_days.is_empty()
    }

    fn month(&self) -> String {
        MONTHS[usize::from(self.start.date().month) - 1].to_owned()
    }

    /// Which days of a month or a year.
    fn of_period(&self, rule: &Rule) -> String {
        let of_year = if rule.months.is_empty() && rule.month_days.is_empty() { "" } else { " of the year" };
        let is_of_year = rule.frequency == Frequency::Yearly && rule.months.is_empty();
        let weekday = |(nth, day): &(i16, u8)| match nth {
            0 => format!("every {}", DAYS[usize::from(*day)]),
            nth if is_of_year => format!("the {} {}{of_year}", ordinal(*nth), DAYS[usize::from(*day)]),
            nth => format!("the {} {}", ordinal(*nth), DAYS[usize::from(*day)]),
        };
        let mut parts = Vec::new();
        if is_placed(rule) {
            parts.push(format!("the {} weekday", listed(rule.positions.iter().map(|nth| ordinal(*nth)))));
        } else if rule.days == WORKDAYS {
            parts.push("every weekday".to_owned());
        } else if !rule.days.is_empty() {
            parts.push(listed(rule.days.iter().map(weekday)));
        }
        if !rule.year_days.is_empty() {
            parts.push(year_days(rule) + of_year);
        }
        if !rule.month_days.is_empty() {
            parts.push(month_days(rule));
        }
        let mut text = match parts.is_empty() {
            true if !rule.weeks.is_empty() => "every day".to_owned(),
            true => format!("the {}", ordinal_number(i16::from(self.start.date().of_month))),
            false => parts.join(" that is also "),
        };
        if !rule.weeks.is_empty() {
            let weeks = rule.weeks.iter().map(|week| match week {
                week if *week < 0 => format!("the {} week", ordinal(*week)),
                week => format!("week {week}"),
            });
            text += &format!(" in {}", listed(weeks));
        }
        text
    }

    /// Whether some month or year has no such day, which is easily overlooked.
    fn leaves_out(&self, rule: &Rule) -> bool {
        let start = self.start.date();
        let is_dated = rule.month_days.is_empty() && self.is_dated(rule);
        let implied = [i16::from(start.of_month)];
        let named = if is_dated { &implied } else { rule.month_days.as_slice() };
        let months: Vec<u8> = match rule.months.as_slice() {
            [] if is_dated && rule.frequency == Frequency::Yearly => vec![start.month],
            [] => (1..=12).collect(),
            months => months.iter().filter_map(|month| u8::try_from(*month).ok()).collect(),
        };
        let shortest = months.iter().map(|month| days_in(2001, *month)).min().unwrap_or(31);
        let in_year = rule.frequency == Frequency::Yearly && rule.months.is_empty();
        let most = if in_year { 53 } else { 5 };
        rule.frequency >= Frequency::Monthly
            && (named.iter().any(|day| day.unsigned_abs() > u16::from(shortest))
                || rule.days.iter().any(|(nth, _)| nth.abs() == most)
                || rule.year_days.iter().any(|day| day.abs() == 366)
                || rule.weeks.iter().any(|week| week.abs() == 53))
    }

    /// From when to when.
    fn times(&self, rule: &Rule) -> String {
        let lasts = || lasting(self.lasts);
        if rule.frequency == Frequency::Hourly {
            let minute = self.start.of_day() / 60 % 60;
            let hours = listed(rule.hours.iter().map(|hour| format!("{hour:02}:{minute:02}")));
            return match rule.hours.is_empty() {
                true => format!("at minute {minute} for {}", lasts()),
                false => format!("only at {hours} for {}", lasts()),
            };
        }
        let hours = if rule.hours.is_empty() { vec![(self.start.of_day() / 3_600) as i16] } else { rule.hours.clone() };
        let minute = (self.start.of_day() / 60 % 60) as i16;
        let minutes = if rule.minutes.is_empty() { vec![minute] } else { rule.minutes.clone() };
        let times = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| i64::from(hour * 60 + minute)));
        let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
        let lasts_minutes = self.lasts.as_seconds() / 60;
        match times.collect::<Vec<_>>().as_slice() {
            [from] if !self.elapsed && lasts_minutes < 24 * 60 && self.lasts.as_seconds() % 60 == 0 => {
                format!("{}–{}", clock(*from), clock(from + lasts_minutes))
            }
            times => format!("at {} for {}", listed(times.iter().map(|from| clock(*from))), lasts()),
        }
    }
}

/// How long, in the largest unit that it is whole in.
fn lasting(span: Span) -> String {
    let units = [("day", Span::hours(24)), ("hour", Span::hours(1)), ("minute", Span::minutes(1))];
    let whole = units.into_iter().find(|(_, unit)| unit.0 <= span.0 && span.0 % unit.0 == 0);
    match whole.map(|(name, unit)| (span.0 / unit.0, name)) {
        Some((1, name)) => format!("1 {name}"),
        Some((count, name)) => format!("{count} {name}s"),
        None => duration::print(span),
    }
}

/// Days of the week that are not counted, by name; none where the rule names none.
fn named_days(rule: &Rule) -> Option<String> {
    if rule.days == WORKDAYS {
        return Some("weekday".to_owned());
    }
    let days = rule.days.iter().map(|(_, day)| DAYS[usize::from(*day)].to_owned());
    Some(listed(days)).filter(|days| !days.is_empty())
}

/// It counts the workdays of a month or a year, at one time of day.
fn is_placed(rule: &Rule) -> bool {
    let narrower = [&rule.year_days, &rule.month_days, &rule.weeks];
    let is_within_one = match rule.frequency {
        Frequency::Monthly => true,
        Frequency::Yearly => rule.months.len() < 2,
        Frequency::Hourly | Frequency::Daily | Frequency::Weekly => false,
    };
    let is_once_a_day = [&rule.hours, &rule.minutes, &rule.seconds].iter().all(|list| list.len() < 2);
    let is_all = narrower.iter().all(|list| list.is_empty()) && rule.days == WORKDAYS;
    is_within_one && is_once_a_day && is_all && !rule.positions.is_empty()
}

/// It matters with which day weeks begin, and that is not Monday.
fn counts_weeks(rule: &Rule) -> bool {
    let spans = rule.days.len() > 1 && (rule.interval > 1 || !rule.positions.is_empty());
    rule.week_start != 0 && (rule.frequency == Frequency::Weekly && spans || !rule.weeks.is_empty())
}

fn year_days(rule: &Rule) -> String {
    listed(rule.year_days.iter().map(|nth| format!("the {} day", ordinal(*nth))))
}

fn month_days(rule: &Rule) -> String {
    let day = |nth: &i16| match nth {
        -1 => "the last day".to_owned(),
        nth if *nth < 0 => format!("the {} day", ordinal(*nth)),
        nth => format!("the {}", ordinal_number(*nth)),
    };
    listed(rule.month_days.iter().map(day))
}

fn months(rule: &Rule) -> String {
    listed(rule.months.iter().map(|month| MONTHS[usize::from(month.unsigned_abs()) - 1].to_owned()))
}

fn every(interval: u32, unit: &str) -> String {
    match interval {
        1 => format!("every {unit}"),
        2..=5 => format!("every {} {unit}", ORDINALS[interval as usize - 1]),
        _ => format!("every {} {unit}", i16::try_from(interval).map_or(interval.to_string(), ordinal_number)),
    }
}

const fn period(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Hourly => "hour",
        Frequency::Daily => "day",
        Frequency::Weekly => "week",
        Frequency::Monthly => "month",
        Frequency::Yearly => "year",
    }
}

/// `second`, `17th`, `last`, `third to last`.
fn ordinal(nth: i16) -> String {
    let plain = |nth: i16| match usize::try_from(nth) {
        Ok(small @ 1..6) => ORDINALS[small - 1].to_owned(),
        _ => ordinal_number(nth),
    };
    match nth {
        -1 => "last".to_owned(),
        nth if nth < 0 => format!("{} to last", plain(-nth)),
        nth => plain(nth),
    }
}

fn ordinal_number(nth: i16) -> String {
    let ending = match (nth % 10, nth % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{nth}{ending}")
}

fn date(at: Local) -> String {
    let date = at.date();
    format!("{} {} {}", date.of_month, MONTHS[usize::from(date.month) - 1], date.year)
}

fn moment(at: Local) -> String {
    let minutes = at.of_day() / 60;
    format!("{} {:02}:{:02}", date(at), minutes / 60, minutes % 60)
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}
