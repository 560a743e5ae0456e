//! Times on the walls of a zone, and what a calendar says of the zones that it names (RFC 5545, 3.6.5).
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use lull_domain::Instant;

use super::text::Text;

/// The zones that a calendar names, each with the first and the last time that it is named for.
#[derive(Default)]
pub struct Zones(BTreeMap<String, (Instant, Instant)>);

impl Zones {
    /// The parameters and the value of a property that is this time. In UTC where the zone is that or is not known, and in the
    /// second of two hours that the wall shows twice.
    pub fn written(&mut self, at: Instant, zone: &str) -> (String, String) {
        match local(at, zone) {
            Some(local) => {
                let span = self.0.entry(zone.to_owned()).or_insert((at, at));
                *span = (span.0.min(at), span.1.max(at));
                (format!(";TZID={zone}"), local.strftime("%Y%m%dT%H%M%S").to_string())
            }
            None => (String::new(), utc(at)),
        }
    }

    /// Describes each of them.
    pub fn describe(&self, text: &mut Text) {
        for (name, (first, last)) in &self.0 {
            if let Ok(zone) = TimeZone::get(name) {
                describe(text, name, &zone, [timestamp(*first), timestamp(*last)]);
            }
        }
    }
}

/// A time in UTC.
pub fn utc(at: Instant) -> String {
    timestamp(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::MAX)
}

/// What the wall shows, where that names this time and no other.
fn local(at: Instant, zone: &str) -> Option<DateTime> {
    let known = TimeZone::get(zone).ok().filter(|zone| !zone.to_fixed_offset().is_ok_and(|offset| offset.is_zero()))?;
    let local = known.to_datetime(timestamp(at));
    let first = known.to_ambiguous_timestamp(local).compatible().ok()?;
    (first == timestamp(at)).then_some(local)
}

/// What holds before the first time, and every change up to the year after the last: some readers look no further than here.
fn describe(text: &mut Text, name: &str, zone: &TimeZone, [first, last]: [Timestamp; 2]) {
    text.plain("BEGIN", "VTIMEZONE");
    text.plain("TZID", name);
    let until = last.saturating_add(jiff::SignedDuration::from_hours(366 * 24)).unwrap_or(Timestamp::MAX);
    let before = zone.preceding(first).next();
    let mut offset = match &before {
        Some(change) => zone.to_offset(change.timestamp() - jiff::SignedDuration::from_secs(1)),
        None => {
            let offset = zone.to_offset(first);
            let begin = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
            observance(text, &Change { is_summer: false, begin, offsets: [offset, offset], name });
            offset
        }
    };
    for change in before.into_iter().chain(zone.following(first).take_while(|change| change.timestamp() <= until)) {
        let is_summer = change.dst().is_dst();
        let begin = offset.to_datetime(change.timestamp());
        let offsets = [offset, change.offset()];
        observance(text, &Change { is_summer, begin, offsets, name: change.abbreviation() });
        offset = change.offset();
    }
    text.plain("END", "VTIMEZONE");
}

/// A change of the clocks, by the clocks before it.
struct Change<'c> {
    is_summer: bool,
    begin: DateTime,
    offsets: [Offset; 2],
    name: &'c str,
}

fn observance(text: &mut Text, change: &Change<'_>) {
    let kind = if change.is_summer { "DAYLIGHT" } else { "STANDARD" };
    text.plain("BEGIN", kind);
    text.plain("DTSTART", &change.begin.strftime("%Y%m%dT%H%M%S").to_string());
    text.plain("TZOFFSETFROM", &written(change.offsets[0]));
    text.plain("TZOFFSETTO", &written(change.offsets[1]));
    text.text("TZNAME", change.name);
    text.plain("END", kind);
}

/// `+0100`, with seconds where there are any.
fn written(offset: Offset) -> String {
    let (sign, seconds) = (if offset.seconds() < 0 { '-' } else { '+' }, offset.seconds().abs());
    let text = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 == 0 { text } else { format!("{text}{:02}", seconds % 60) }
}
