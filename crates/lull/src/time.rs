//! Times and durations as people type and read them.
use std::fmt;
use std::str::FromStr;

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ToSpan, Zoned};

/// How long something lasts; longer than nothing. A day is 24 hours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lasting(SignedDuration);

impl Lasting {
    /// As the standard library has it.
    pub fn std(self) -> std::time::Duration {
        self.0.unsigned_abs()
    }

    /// So long after an instant.
    ///
    /// # Errors
    /// What is wrong, when that is later than any date.
    pub fn after(self, at: Timestamp) -> Result<Timestamp, String> {
        at.checked_add(self.0).map_err(|error| error.to_string())
    }
}

impl FromStr for Lasting {
    type Err = String;

    /// Reads `2h30m`, `90 min`, `1d` or ISO 8601, `PT2H30M`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no duration: write 2h30m, 45m, 1d or PT2H30M");
        let span: Span = text.trim().parse().map_err(|_| wrong())?;
        let lasting = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        if lasting <= SignedDuration::ZERO { Err(wrong()) } else { Ok(Self(lasting)) }
    }
}

impl fmt::Display for Lasting {
    /// ISO 8601, as the API reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A time as it was typed, before zone and date are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// With an offset: an instant.
    At(Timestamp),
    /// Date and time of a zone.
    On(DateTime),
    /// The next time a clock of the zone shows this, or the last where what is past is meant.
    OfDay(Time),
}

/// What a time turned out to mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolved {
    /// The instant.
    pub at: Timestamp,
    /// What its zone's change of clocks did to it, in words.
    pub note: Option<String>,
}

impl When {
    /// The instant meant, in this zone. A time that the clocks jump over is moved forward by the jump; of one that they
    /// show twice the first is taken.
    ///
    /// # Errors
    /// What is wrong, when it is out of the range of dates.
    pub fn resolve(self, zone: &TimeZone, now: Timestamp) -> Result<Resolved, String> {
        self.meant(zone, now, |today| if today > now { 0 } else { 1 })
    }

    /// The same, but a time of day is the last one that a clock of the zone has shown.
    ///
    /// # Errors
    /// The same.
    pub fn resolve_past(self, zone: &TimeZone, now: Timestamp) -> Result<Resolved, String> {
        self.meant(zone, now, |today| if today > now { -1 } else { 0 })
    }

    /// `days`: of a time of day, how many days from today it is meant, by when it is today.
    fn meant(self, zone: &TimeZone, now: Timestamp, days: impl Fn(Timestamp) -> i64) -> Result<Resolved, String> {
        let local = match self {
            When::At(at) => return Ok(Resolved { at, note: None }),
            When::On(local) => local,
            When::OfDay(time) => {
                let today = now.to_zoned(zone.clone()).date().to_datetime(time);
                let days = days(on(today, zone)?.at);
                today.checked_add(days.days()).map_err(|error| error.to_string())?
            }
        };
        on(local, zone)
    }
}

fn on(local: DateTime, zone: &TimeZone) -> Result<Resolved, String> {
    let ambiguous = zone.to_ambiguous_zoned(local);
    let offset = ambiguous.offset();
    let zoned = ambiguous.compatible().map_err(|error| error.to_string())?;
    let note = match offset {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { before, after } => Some(format!(
            "The clocks go from {before} to {after} then, and {} does not exist: {} is taken.",
            local.strftime("%H:%M"),
            full(&zoned)
        )),
        AmbiguousOffset::Fold { before, after } => Some(format!(
            "The clocks go from {before} to {after} then, and {} comes twice: the first is taken, {}.",
            local.strftime("%H:%M"),
            full(&zoned)
        )),
    };
    Ok(Resolved { at: zoned.timestamp(), note })
}

impl FromStr for When {
    type Err = String;

    /// Reads RFC 3339, `YYYY-MM-DD HH:MM` or `HH:MM`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(When::At(at));
        }
        if text.len() <= 8
            && text.contains(':')
            && let Ok(time) = text.parse::<Time>()
        {
            return Ok(When::OfDay(time));
        }
        match text.parse::<DateTime>() {
            Ok(local) if text.contains(':') => Ok(When::On(local)),
            _ => Err(format!("{text:?} is no time: write 22:30, 2026-11-22 03:00 or 2026-11-22T03:00:00+01:00")),
        }
    }
}

/// A zone by its IANA name.
///
/// # Errors
/// What is wrong, when there is none of that name.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("{name:?} is no time zone: write its IANA name, such as Europe/Berlin"))
}

/// The name of this machine's zone, UTC where it has none with a name.
pub fn zone_here() -> String {
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// An instant of the API in a zone: `Sun 22 Nov 2026, 03:00 Europe/Berlin (+01:00)`. What is no instant is shown as it came.
pub fn told(instant: &str, zone_name: &str) -> String {
    match instant.parse::<Timestamp>() {
        Ok(at) => full(&at.to_zoned(TimeZone::get(zone_name).unwrap_or(TimeZone::UTC))),
        Err(_) => instant.to_owned(),
    }
}

/// As [`told`], with how far that is from now.
pub fn told_from(instant: &str, zone_name: &str, now: Timestamp) -> String {
    match instant.parse::<Timestamp>() {
        Ok(at) => format!("{}, {}", told(instant, zone_name), relative(at, now)),
        Err(_) => instant.to_owned(),
    }
}

/// The same without the name of the zone: `Sun 22 Nov 2026, 03:00 (+01:00)`.
pub fn dated(instant: &str, zone_name: &str) -> String {
    written(instant, zone_name, "%a %-d %b %Y, %H:%M (%:z)")
}

/// The same without year and zone, for tables whose caption names the zone: `Sun 22 Nov 03:00`.
pub fn short(instant: &str, zone_name: &str) -> String {
    written(instant, zone_name, "%a %-d %b %H:%M (%:z)")
}

/// To the second, for lines of a log: `2026-11-22 03:00:05+01:00`.
pub fn exact(instant: &str, zone_name: &str) -> String {
    written(instant, zone_name, "%Y-%m-%d %H:%M:%S%:z")
}

/// Only the time of day, to the second: `03:00:05`.
pub fn of_day(instant: &str, zone_name: &str) -> String {
    written(instant, zone_name, "%H:%M:%S")
}

/// An instant of the API in a zone, in this form. What is no instant is shown as it came.
fn written(instant: &str, zone_name: &str, form: &str) -> String {
    match instant.parse::<Timestamp>() {
        Ok(at) => at.to_zoned(TimeZone::get(zone_name).unwrap_or(TimeZone::UTC)).strftime(form).to_string(),
        Err(_) => instant.to_owned(),
    }
}

fn full(at: &Zoned) -> String {
    let name = at.time_zone().iana_name().unwrap_or("UTC");
    format!("{} {name} ({})", at.strftime("%a %-d %b %Y, %H:%M"), at.strftime("%:z"))
}

/// `in 1 h 46 min`, `3 min ago`, `now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    if seconds == 0 {
        return "now".to_owned();
    }
    let lasting = lasting(seconds.unsigned_abs());
    if seconds > 0 { format!("in {lasting}") } else { format!("{lasting} ago") }
}

/// The two largest units that matter.
pub fn lasting(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let two = |large: u64, unit: &str, small: u64, part: &str| {
        if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {part}") }
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => two(hours, "h", minutes, "min"),
        (days, hours, _) => two(days, "d", hours, "h"),
    }
}

#[cfg(test)]
mod tests;
