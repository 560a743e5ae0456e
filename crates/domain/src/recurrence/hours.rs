//! The times that an hourly rule gives: counted in hours that have passed, so that none is shifted and none left out.
use super::civil::{DAY, GOES_ON, Local, YEAR_MAX, day_of};
use super::days::Days;
use super::rule::{Ends, Rule};
use super::zone::Zone;
use crate::Instant;

const HOUR: i64 = 3_600;

/// The instants of an hourly rule, in order.
#[derive(Clone, Debug)]
pub struct Hours<'z> {
    zone: &'z Zone,
    days: Days,
    /// A bit for each hour of the day; all, where none is named.
    hours: u32,
    step: i64,
    left: Option<u32>,
    ends: Ends,
    /// Nothing after this.
    last: Local,
    /// Seconds since 1970, of the next that is looked at.
    at: i64,
}

impl<'z> Hours<'z> {
    /// What a rule gives that starts then.
    pub fn new(rule: &Rule, start: Local, zone: &'z Zone) -> Hours<'z> {
        let hours = rule.hours.iter().fold(0, |bits, hour| bits | 1 << hour);
        let left = if let Ends::Count(count) = rule.ends { Some(count) } else { None };
        Hours {
            zone,
            days: Days::of(rule, start.date()),
            hours: if hours == 0 { u32::MAX } else { hours },
            step: i64::from(rule.interval) * HOUR,
            left,
            ends: rule.ends,
            last: Local(start.0 + GOES_ON).min(Local::new(day_of(YEAR_MAX, 12, 30), 0)),
            at: zone.resolve(start).at.0.div_euclid(1_000_000),
        }
    }

    /// The same, without what lies before this: it jumps there, unless it has to count.
    pub fn not_before(mut self, from: Instant) -> Hours<'z> {
        let ahead = from.0.div_euclid(1_000_000) - self.at;
        if self.left.is_none() && ahead > 0 {
            self.at += ahead / self.step * self.step;
        }
        self
    }

    fn is_over(&self, at: Instant, local: Local) -> bool {
        let is_past = match self.ends {
            Ends::Never | Ends::Count(_) => false,
            Ends::Local(until) => local > until,
            Ends::At(until) => at > until,
        };
        is_past || self.left == Some(0) || local > self.last
    }
}

impl Iterator for Hours<'_> {
    type Item = (Local, Instant);

    fn next(&mut self) -> Option<(Local, Instant)> {
        loop {
            let at = Instant(self.at * 1_000_000);
            let local = self.zone.local(at);
            if self.is_over(at, local) {
                return None;
            }
            if !self.days.fits(local.date()) {
                // On to the next day, but for what the clocks may do until then.
                self.at += ((DAY - local.of_day() - 3 * HOUR) / self.step).max(1) * self.step;
                continue;
            }
            self.at += self.step;
            if self.hours & 1 << (local.of_day() / HOUR) != 0 {
                self.left = self.left.map(|left| left - 1);
                return Some((local, at));
            }
        }
    }
}
