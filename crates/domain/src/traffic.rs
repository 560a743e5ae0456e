//! A week of traffic: how busy each of its hours is, measured by the mean of them all.
use crate::Instant;
use crate::recurrence::{Local, Zone};

/// Hours of a week.
pub const HOURS: usize = 168;
/// How many weeks are looked back on.
pub const WEEKS: i64 = 8;

/// The hours of a week from Monday 00:00 on the wall of a zone, each as so many thousandths of the mean of all that are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Week {
    shares: [Option<u32>; HOURS],
    /// How many hours it stands on.
    pub seen: usize,
}

impl Default for Week {
    fn default() -> Week {
        Week::UNKNOWN
    }
}

impl Week {
    /// Nothing is known.
    pub const UNKNOWN: Week = Week { shares: [None; HOURS], seen: 0 };

    /// The week that these hours come to: of each the instant at which it begins, and how much was counted in it. An hour that
    /// two hours on the wall share, as in India, counts for the one that it is for the longer part, or the later.
    pub fn of(hours: impl IntoIterator<Item = (Instant, f64)>, zone: &Zone) -> Week {
        let (mut sums, mut seen) = ([(0.0, 0_u32); HOURS], 0);
        for (at, count) in hours {
            let (sum, times) = &mut sums[hour_of_week(zone.local(at + crate::Span::minutes(30)))];
            *sum += count;
            *times += 1;
            seen += 1;
        }
        let means = sums.map(|(sum, times)| (times > 0).then(|| sum / f64::from(times)));
        let known = means.iter().flatten().count();
        let mean = means.iter().flatten().sum::<f64>() / known as f64;
        if mean.is_nan() || mean <= 0.0 {
            return Week { seen, ..Week::UNKNOWN };
        }
        // Whatever is counted is finite; what would not fit is as busy as can be said.
        let shares = means.map(|it| it.map(|it| (it / mean * 1_000.0).round() as u32));
        Week { shares, seen }
    }

    /// Thousandths of the mean in the hour that the wall shows.
    pub fn share(&self, local: Local) -> Option<u32> {
        self.shares[hour_of_week(local)]
    }

    /// Each hour from Monday 00:00.
    pub const fn shares(&self) -> &[Option<u32>; HOURS] {
        &self.shares
    }

    /// Anything is known.
    pub fn is_known(&self) -> bool {
        self.shares.iter().any(Option::is_some)
    }
}

/// Which hour of the week: 0 for Monday 00:00. (1970-01-01 was a Thursday.)
fn hour_of_week(local: Local) -> usize {
    let hours = local.0.div_euclid(3_600) + 3 * 24;
    usize::try_from(hours.rem_euclid(HOURS as i64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64, hour: i64) -> Instant {
        // 2026-06-01 was a Monday.
        Instant((1_780_272_000 + (day * 24 + hour) * 3_600) * 1_000_000)
    }

    #[test]
    fn an_hour_is_the_mean_of_the_same_hours_measured_by_the_mean_of_all() {
        let week = Week::of([(at(0, 2), 10.0), (at(7, 2), 30.0), (at(1, 2), 60.0)], &Zone::utc());
        assert_eq!(week.shares()[2], Some(500));
        assert_eq!(week.shares()[26], Some(1_500));
        assert_eq!((week.shares()[3], week.seen), (None, 3));
    }

    #[test]
    fn the_hours_are_those_of_the_wall() {
        let berlin = Zone::new(jiff::tz::db().get("Europe/Berlin").expect("it is there"));
        let week = Week::of([(at(0, 23), 5.0)], &berlin);
        assert_eq!(week.share("2026-01-06T01:59".parse().expect("a time")), Some(1_000), "a Tuesday, 01:00");
        assert_eq!(week.shares().iter().flatten().count(), 1);
    }

    #[test]
    fn where_nothing_was_counted_nothing_is_known() {
        assert!(!Week::of([], &Zone::utc()).is_known());
        assert!(!Week::of([(at(0, 0), 0.0)], &Zone::utc()).is_known());
    }
}
