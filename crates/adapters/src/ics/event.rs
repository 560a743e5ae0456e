//! One event of an iCalendar text.
use calcard::common::PartialDateTime;
use calcard::icalendar::{ICalendarEntry, ICalendarParameterName, ICalendarProperty, ICalendarValue};
use jiff::civil::DateTime;

use super::lines::{Block, short};
use super::zones::Zones;
use super::{Event, Other, Unreadable, When, Zone, entries, name_of, param_text, parameter, text_of, value_of};

/// The longest time that an event may last, in seconds: 400 days.
const LONGEST: i64 = 400 * 24 * 3600;

/// An event, and the zones that its text describes.
struct Reading<'r> {
    said: Vec<ICalendarEntry>,
    zones: &'r Zones,
}

/// Reads the event of a block.
///
/// # Errors
/// [`Unreadable::Event`] where something that it needs is missing, is there twice, or cannot be.
pub(super) fn read(block: &Block, zones: &Zones) -> Result<Event, Unreadable> {
    let reading = Reading { said: entries(block), zones };
    let uid = text_of(&reading.said, "UID").unwrap_or_default();
    reading.event(block, &uid).map_err(|why| Unreadable::Event { uid: short(&uid), line: block.line, why })
}

impl Reading<'_> {
    fn event(&self, block: &Block, uid: &str) -> Result<Event, String> {
        for once in ["UID", "DTSTART", "DTEND", "DURATION", "SEQUENCE", "STATUS", "RECURRENCE-ID"] {
            if self.all(once).count() > 1 {
                return Err(format!("{once} is there more than once"));
            }
        }
        let ranges = |entry: &ICalendarEntry| entry.params.iter().any(|it| it.name == ICalendarParameterName::Range);
        if self.all("RECURRENCE-ID").any(ranges) {
            return Err("RECURRENCE-ID has a RANGE, which is not understood; write a series of its own".to_owned());
        }
        if uid.is_empty() {
            return Err("it has no UID".to_owned());
        }
        let start = self.time("DTSTART")?.ok_or("it has no DTSTART")?;
        let (end, lasts) = (self.time("DTEND")?, self.lasts()?);
        if end.is_some() && lasts.is_some() {
            return Err("it has both DTEND and DURATION".to_owned());
        }
        if end.as_ref().is_some_and(|end| end.zone == start.zone && end.local < start.local) {
            return Err("it ends before it begins".to_owned());
        }
        Ok(Event {
            line: block.line,
            uid: uid.to_owned(),
            sequence: self.sequence()?,
            status: text_of(&self.said, "STATUS").map(|word| word.to_ascii_uppercase()),
            transparent: text_of(&self.said, "TRANSP").is_some_and(|word| word.eq_ignore_ascii_case("TRANSPARENT")),
            summary: text_of(&self.said, "SUMMARY").unwrap_or_default(),
            description: text_of(&self.said, "DESCRIPTION").unwrap_or_default(),
            start,
            end,
            lasts,
            rules: block.rules.clone(),
            rdates: self.times("RDATE")?,
            exdates: self.times("EXDATE")?,
            recurrence_id: self.time("RECURRENCE-ID")?,
            stamp: self.stamp()?,
            others: self.others(),
        })
    }

    /// All properties of this name.
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a ICalendarEntry> {
        self.said.iter().filter(move |entry| name_of(&entry.name) == name)
    }

    fn time(&self, name: &str) -> Result<Option<When>, String> {
        let times = self.times(name)?;
        if times.len() > 1 {
            return Err(format!("{name} has more than one value"));
        }
        Ok(times.into_iter().next())
    }

    /// The times in all properties of this name.
    fn times(&self, name: &str) -> Result<Vec<When>, String> {
        let mut times = Vec::new();
        for entry in self.all(name) {
            if entry.values.is_empty() {
                return Err(format!("{name} is empty"));
            }
            let zone = parameter(entry, &ICalendarParameterName::Tzid);
            for value in &entry.values {
                times.push(self.when(value, zone).map_err(|why| format!("{name}: {why}"))?);
            }
        }
        Ok(times)
    }

    fn when(&self, value: &ICalendarValue, zone: Option<&str>) -> Result<When, String> {
        let written = match value {
            ICalendarValue::PartialDateTime(written) => written,
            ICalendarValue::Period(_) => return Err("a period is not understood here; write its start".to_owned()),
            other => return Err(format!("{:?} is no date and time", short(other.as_text().unwrap_or_default()))),
        };
        let date_only = written.hour.is_none();
        let zone = match (written.tz_hour, zone) {
            (Some(0), _) if written.tz_minute.unwrap_or(0) == 0 => Zone::Utc,
            (Some(_), _) => return Err("a time has no offset in iCalendar; write it in UTC, or with TZID".to_owned()),
            (None, None) => Zone::Floating,
            (None, Some(_)) if date_only => Zone::Floating,
            (None, Some(name)) => match self.zones.iana(name) {
                Some(known) if known == "UTC" || known == "Etc/UTC" => Zone::Utc,
                Some(known) => Zone::Iana(known),
                None => return Err(format!("the time zone {:?} is not known", short(name))),
            },
        };
        let local = local(written).ok_or("there is no such date and time")?;
        Ok(When { local: local.strftime("%Y-%m-%dT%H:%M:%S").to_string(), zone, date_only })
    }

    fn lasts(&self) -> Result<Option<i64>, String> {
        let Some(entry) = self.all("DURATION").next() else { return Ok(None) };
        match entry.values.first() {
            Some(ICalendarValue::Duration(duration)) => match duration.as_seconds() {
                lasts @ 0..=LONGEST => Ok(Some(lasts)),
                ..0 => Err("DURATION is less than nothing".to_owned()),
                _ => Err("DURATION is longer than 400 days".to_owned()),
            },
            _ => Err(format!("DURATION: {:?} is no duration, as PT2H is", short(&value_of(entry)))),
        }
    }

    fn sequence(&self) -> Result<u32, String> {
        let Some(entry) = self.all("SEQUENCE").next() else { return Ok(0) };
        match entry.values.first() {
            Some(ICalendarValue::Integer(number)) => u32::try_from(*number).ok(),
            _ => None,
        }
        .ok_or_else(|| "SEQUENCE is no number from 0 to 4294967295".to_owned())
    }

    /// When it was written. RFC 5545 wants UTC; what has no zone is taken as that.
    fn stamp(&self) -> Result<Option<i64>, String> {
        let Some(stamp) = self.time("DTSTAMP")? else { return Ok(None) };
        let local: DateTime = stamp.local.parse().map_err(|_| "DTSTAMP: there is no such date and time")?;
        let zone = match &stamp.zone {
            Zone::Iana(name) => jiff::tz::TimeZone::get(name).map_err(|error| format!("DTSTAMP: {error}"))?,
            Zone::Utc | Zone::Floating => jiff::tz::TimeZone::UTC,
        };
        let at = local.to_zoned(zone).map_err(|_| "DTSTAMP: there is no such date and time")?;
        Ok(Some(at.timestamp().as_microsecond()))
    }

    fn others(&self) -> Vec<Other> {
        let own = self.said.iter().filter(|entry| matches!(entry.name, ICalendarProperty::Other(_)));
        own.map(|entry| (name_of(&entry.name), parameters(entry), value_of(entry))).collect()
    }
}

/// The parameters of a property.
fn parameters(entry: &ICalendarEntry) -> Vec<(String, String)> {
    let each = entry.params.iter();
    each.map(|param| {
        (param.name.as_str().to_ascii_uppercase(), param_text(&param.value).unwrap_or_default().to_owned())
    })
    .collect()
}

/// What the wall shows. A leap second is the second before.
fn local(written: &PartialDateTime) -> Option<DateTime> {
    DateTime::new(
        i16::try_from(written.year?).ok()?,
        i8::try_from(written.month?).ok()?,
        i8::try_from(written.day?).ok()?,
        i8::try_from(written.hour.unwrap_or(0)).ok()?,
        i8::try_from(written.minute.unwrap_or(0)).ok()?,
        i8::try_from(written.second.unwrap_or(0).min(59)).ok()?,
        0,
    )
    .ok()
}
