//! Which days a rule names: each of its parts lets some through.
use super::civil::{Date, day_of, days_in, days_in_year, weekday};
use super::rule::{Frequency, Rule};

/// What a day must be, made for looking at many.
#[derive(Clone, Debug)]
pub struct Days {
    /// A bit for each month; all, where none is named.
    pub months: u16,
    /// A bit for each day of the month, and for each counted from its end.
    month_days: [u32; 2],
    /// A bit for each day of the week.
    weekdays: u8,
    /// Days of the week that are counted.
    counted: Vec<(i16, u8)>,
    /// They are counted within the year.
    within_year: bool,
    year_days: Vec<i16>,
    weeks: Vec<i16>,
    week_start: u8,
}

impl Days {
    /// The days of a rule that starts on this one, which says what the rule leaves out.
    pub fn of(rule: &Rule, start: Date) -> Days {
        let bit = |of: &[i16]| of.iter().fold(0, |bits, number| bits | 1_u32 << number.unsigned_abs());
        let (from_end, from_begin): (Vec<i16>, Vec<i16>) = rule.month_days.iter().partition(|day| **day < 0);
        let (counted, each): (Vec<_>, Vec<_>) = rule.days.iter().copied().partition(|(nth, _)| *nth != 0);
        let mut days = Days {
            months: if rule.months.is_empty() { u16::MAX } else { bit(&rule.months) as u16 },
            month_days: [bit(&from_begin), bit(&from_end)],
            weekdays: each.iter().fold(0, |bits, (_, day)| bits | 1 << day),
            counted,
            within_year: rule.frequency == Frequency::Yearly && rule.months.is_empty(),
            year_days: rule.year_days.clone(),
            weeks: rule.weeks.clone(),
            week_start: rule.week_start,
        };
        let lists = [&rule.month_days, &rule.year_days, &rule.weeks];
        let is_said = !rule.days.is_empty() || lists.iter().any(|list| !list.is_empty());
        match rule.frequency {
            Frequency::Weekly if rule.days.is_empty() => days.weekdays = 1 << start.weekday(),
            Frequency::Monthly | Frequency::Yearly if !is_said => {
                days.month_days[0] = 1 << start.of_month;
                if days.within_year {
                    days.months = 1 << start.month;
                }
            }
            _ => {}
        }
        days
    }

    /// Whether some day of this month may fit.
    pub const fn may_fit(&self, month: u8) -> bool {
        self.months & 1 << month != 0
    }

    /// Whether this day fits.
    pub fn fits(&self, date: Date) -> bool {
        self.may_fit(date.month)
            && (self.month_days == [0, 0] || self.fits_month_day(date))
            && (self.weekdays == 0 && self.counted.is_empty() || self.fits_weekday(date))
            && (self.year_days.is_empty() || self.fits_year_day(date))
            && (self.weeks.is_empty() || self.fits_week(date))
    }

    fn fits_month_day(&self, date: Date) -> bool {
        let [from_begin, from_end] = self.month_days;
        from_begin & 1 << date.of_month != 0
            || from_end != 0 && from_end & 1 << (days_in(date.year, date.month) - date.of_month + 1) != 0
    }

    fn fits_weekday(&self, date: Date) -> bool {
        let weekday = date.weekday();
        if self.weekdays & 1 << weekday != 0 {
            return true;
        }
        let mut counted = self.counted.iter().filter(|(_, day)| *day == weekday).peekable();
        if counted.peek().is_none() {
            return false;
        }
        let (number, of) = match self.within_year {
            true => (day_of_year(date), days_in_year(date.year)),
            false => (i32::from(date.of_month), i32::from(days_in(date.year, date.month))),
        };
        let (from_begin, from_end) = ((number - 1) / 7 + 1, -((of - number) / 7 + 1));
        counted.any(|(nth, _)| i32::from(*nth) == from_begin || i32::from(*nth) == from_end)
    }

    fn fits_year_day(&self, date: Date) -> bool {
        let number = day_of_year(date);
        let from_end = number - days_in_year(date.year) - 1;
        self.year_days.iter().any(|day| i32::from(*day) == number || i32::from(*day) == from_end)
    }

    fn fits_week(&self, date: Date) -> bool {
        let (number, of) = week_of(date, self.week_start);
        self.weeks.iter().any(|week| i32::from(*week) == number || i32::from(*week) == number - of - 1)
    }
}

/// 1 to 366.
fn day_of_year(date: Date) -> i32 {
    date.day - day_of(date.year, 1, 1) + 1
}

/// The number of the week that a day is in, and how many weeks that year has: the first is the first with four days of it.
fn week_of(date: Date, week_start: u8) -> (i32, i32) {
    let first = first_week(date.year, week_start);
    let year = match date.day {
        day if day < first => date.year - 1,
        day if day >= first_week(date.year + 1, week_start) => date.year + 1,
        _ => date.year,
    };
    let first = first_week(year, week_start);
    ((date.day - first) / 7 + 1, (first_week(year + 1, week_start) - first) / 7)
}

/// The day that the first week of a year begins with.
fn first_week(year: i32, week_start: u8) -> i32 {
    let first = day_of(year, 1, 1);
    let into = i32::from((weekday(first) + 7 - week_start) % 7);
    if into <= 3 { first - into } else { first - into + 7 }
}
