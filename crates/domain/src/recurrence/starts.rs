//! The local times that a rule gives, from its start on, one period after the other.
use super::civil::{DAY, Date, GOES_ON, Local, YEAR_MAX, day_of, days_in, weekday};
use super::days::Days;
use super::rule::{Ends, Frequency, Rule};

/// The local times of a rule that is daily or rarer, in order.
#[derive(Clone, Debug)]
pub struct Starts {
    frequency: Frequency,
    interval: i64,
    week_start: u8,
    days: Days,
    /// Seconds of the day, in order.
    times: Vec<i64>,
    positions: Vec<i16>,
    start: Local,
    /// Nothing after this.
    last: Local,
    /// How many are left; none where they are not counted.
    left: Option<u32>,
    /// The number of the period that is looked at next.
    period: i64,
    /// What the period before gave, and how much of it is gone.
    given: Vec<Local>,
    gone: usize,
}

impl Starts {
    /// What a rule gives that starts then.
    pub fn new(rule: &Rule, start: Local) -> Starts {
        let last = Local(start.0 + GOES_ON).min(Local::new(day_of(YEAR_MAX, 12, 31), DAY - 1));
        let (left, last) = match rule.ends {
            Ends::Never => (None, last),
            Ends::Count(count) => (Some(count), last),
            Ends::Local(until) => (None, until.min(last)),
            // Where the wall stands at that instant is within a day of what it is in UTC; whoever knows the zone says more.
            Ends::At(at) => (None, Local(at.0.div_euclid(1_000_000) + DAY).min(last)),
        };
        Starts {
            frequency: rule.frequency,
            interval: i64::from(rule.interval),
            week_start: rule.week_start,
            days: Days::of(rule, start.date()),
            times: times(rule, start.of_day()),
            positions: rule.positions.clone(),
            start,
            last,
            left,
            period: 0,
            given: Vec::new(),
            gone: 0,
        }
    }

    /// The same, without what lies before this: it jumps there, unless it has to count.
    pub fn not_before(mut self, from: Local) -> Starts {
        if self.left.is_none() && from > self.start {
            let periods = match self.frequency {
                Frequency::Hourly | Frequency::Daily => i64::from(from.day() - self.start.day()),
                Frequency::Weekly => i64::from(from.day() - self.start.day()) / 7 - 1,
                Frequency::Monthly => months(from.date()) - months(self.start.date()),
                Frequency::Yearly => i64::from(from.date().year - self.start.date().year),
            };
            self.period = (periods / self.interval).max(0);
        }
        self
    }

    /// Fills in what the next period gives that gives anything; whether there is one.
    fn fill(&mut self) -> bool {
        self.given.clear();
        self.gone = 0;
        while self.given.is_empty() {
            if !self.gather(self.period * self.interval) {
                return false;
            }
            self.period += 1;
            if !self.positions.is_empty() {
                self.choose();
            }
            let (first, last) = (self.start, self.last);
            self.given.retain(|at| first <= *at && *at <= last);
        }
        true
    }

    /// What a period gives, so many after the first; whether it begins before the end.
    fn gather(&mut self, after: i64) -> bool {
        let start = self.start.date();
        let (from, to) = match self.frequency {
            Frequency::Hourly | Frequency::Daily => {
                let day = i64::from(start.day) + after;
                (day, day + 1)
            }
            Frequency::Weekly => {
                let into = (weekday(start.day) + 7 - self.week_start) % 7;
                let day = i64::from(start.day) - i64::from(into) + after * 7;
                // Positions in the first week count from the start, as they do in python-dateutil.
                (day.max(i64::from(start.day)), day + 7)
            }
            Frequency::Monthly => {
                let month = months(start) + after;
                let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u8 + 1);
                if months(self.last.date()) < months(start) + after {
                    return false;
                }
                self.month(year as i32, month);
                return true;
            }
            Frequency::Yearly => {
                let year = i64::from(start.year) + after;
                if year > i64::from(self.last.date().year) {
                    return false;
                }
                (1..=12).for_each(|month| self.month(year as i32, month));
                return true;
            }
        };
        if from > i64::from(self.last.day()) {
            return false;
        }
        (from..to).for_each(|day| self.day(Date::of(day as i32)));
        true
    }

    fn month(&mut self, year: i32, month: u8) {
        let first = day_of(year, month, 1);
        if self.days.may_fit(month) {
            for of_month in 1..=days_in(year, month) {
                self.day(Date { day: first + i32::from(of_month) - 1, year, month, of_month });
            }
        }
    }

    fn day(&mut self, date: Date) {
        if self.days.fits(date) {
            self.given.extend(self.times.iter().map(|time| Local::new(date.day, *time)));
        }
    }

    /// Keeps of a period what stands at these positions.
    fn choose(&mut self) {
        let count = self.given.len() as i64;
        let index = |position: &i16| match i64::from(*position) {
            position if position > 0 => position - 1,
            position => count + position,
        };
        let mut chosen: Vec<i64> = self.positions.iter().map(index).filter(|at| (0..count).contains(at)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        self.given = chosen.into_iter().map(|at| self.given[at as usize]).collect();
    }
}

impl Iterator for Starts {
    type Item = Local;

    fn next(&mut self) -> Option<Local> {
        if self.left == Some(0) || self.gone == self.given.len() && !self.fill() {
            return None;
        }
        let next = self.given[self.gone];
        self.gone += 1;
        self.left = self.left.map(|left| left - 1);
        Some(next)
    }
}

/// The months since the year 0.
fn months(date: Date) -> i64 {
    i64::from(date.year) * 12 + i64::from(date.month) - 1
}

/// The times of day; what the rule leaves out is as at the start.
fn times(rule: &Rule, start: i64) -> Vec<i64> {
    let or = |list: &[i16], else_: i64| match list {
        [] => vec![else_],
        list => list.iter().map(|number| i64::from(*number)).collect(),
    };
    let (hours, minutes) = (or(&rule.hours, start / 3_600), or(&rule.minutes, start / 60 % 60));
    let seconds = or(&rule.seconds, start % 60);
    let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
    for hour in &hours {
        for minute in &minutes {
            times.extend(seconds.iter().map(|second| hour * 3_600 + minute * 60 + second));
        }
    }
    times
}
