//! iCalendar text (RFC 5545), read into plain values.
//!
//! The text is cut into lines and blocks first ([`lines`]), with limits on everything; `calcard` reads what is in a block. Rules of
//! recurrence are handed on as they are written. Nothing is resolved: a time is what the wall shows, and the name of its zone.
mod event;
mod lines;
mod zones;

use calcard::Parser;
use calcard::icalendar::{ICalendarEntry, ICalendarParameterName, ICalendarParameterValue, ICalendarProperty};

use lines::{Block, Kind};

/// The longest text that is read, in bytes.
pub const LONGEST: usize = 5 * 1024 * 1024;
/// How many events one text may have.
pub const MOST_EVENTS: usize = 10_000;

/// What a text says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Ics {
    /// What it is for: `PUBLISH`, `REQUEST`, `CANCEL`, in capitals.
    pub method: Option<String>,
    /// The name that it gives itself.
    pub name: Option<String>,
    /// Its events, as they come.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// Where it begins, counted from 1, for errors.
    pub line: usize,
    /// What it is known by.
    pub uid: String,
    /// How often it was changed; 0 where it does not say.
    pub sequence: u32,
    /// `CONFIRMED`, `TENTATIVE`, `CANCELLED`, in capitals.
    pub status: Option<String>,
    /// It takes no time of anybody.
    pub transparent: bool,
    /// Its title; empty where there is none.
    pub summary: String,
    /// What else it says; empty where there is nothing.
    pub description: String,
    /// When it begins.
    pub start: When,
    /// When it ends, where it says so.
    pub end: Option<When>,
    /// How long it lasts, in seconds, where it says that instead.
    pub lasts: Option<i64>,
    /// Its rules, each `RRULE:…`.
    pub rules: Vec<String>,
    /// Further starts.
    pub rdates: Vec<When>,
    /// Starts that are left out.
    pub exdates: Vec<When>,
    /// The start that this event stands instead of.
    pub recurrence_id: Option<When>,
    /// When it was written, in microseconds since 1970.
    pub stamp: Option<i64>,
    /// Its `X-` properties.
    pub others: Vec<Other>,
}

/// An `X-` property: its name in capitals, its parameters likewise, and its value.
pub type Other = (String, Vec<(String, String)>, String);

/// A time as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct When {
    /// What the wall shows: `2026-11-22T02:00:00`.
    pub local: String,
    /// Where the wall is.
    pub zone: Zone,
    /// Only a date was written; the time is midnight.
    pub date_only: bool,
}

/// Where a wall is that shows a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Zone {
    /// In UTC.
    Utc,
    /// Wherever the reader is.
    Floating,
    /// In a zone of the time-zone database, by its name there.
    Iana(String),
}

/// Why a text cannot be read, in one sentence that says where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is too long to be looked at.
    #[error("this is longer than 5 MiB, the most that an iCalendar text may have")]
    TooLong,
    /// Something is wrong at a place.
    #[error("line {line}: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What, in a few words.
        why: String,
    },
    /// Something is wrong with an event.
    #[error("the event {uid:?} that begins in line {line}: {why}")]
    Event {
        /// What it is known by; shortened.
        uid: String,
        /// Where it begins.
        line: usize,
        /// What, in a few words.
        why: String,
    },
}

/// Reads iCalendar text.
///
/// # Errors
/// [`Unreadable`], naming the line or the event, when it is too long, no iCalendar, or says what cannot be.
pub fn read(text: &[u8]) -> Result<Ics, Unreadable> {
    if text.len() > LONGEST {
        return Err(Unreadable::TooLong);
    }
    let blocks = lines::blocks(text)?;
    let zones = zones::Zones::of(&blocks);
    let mut ics = Ics::default();
    for block in &blocks {
        match block.kind {
            Kind::Calendar => {
                let said = entries(block);
                ics.method = ics.method.or_else(|| text_of(&said, "METHOD").map(|word| word.to_ascii_uppercase()));
                ics.name = ics.name.or_else(|| text_of(&said, "X-WR-CALNAME").or_else(|| text_of(&said, "NAME")));
            }
            Kind::Event => ics.events.push(event::read(block, &zones)?),
            Kind::Zone => {}
        }
    }
    Ok(ics)
}

/// The properties of a block.
fn entries(block: &Block) -> Vec<ICalendarEntry> {
    match Parser::new(&block.text).entry() {
        calcard::Entry::ICalendar(said) => {
            said.components.into_iter().next().map(|component| component.entries).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// A property's name, in capitals.
fn name_of(name: &ICalendarProperty) -> String {
    name.as_str().to_ascii_uppercase()
}

/// The text of the first property of this name.
fn text_of(said: &[ICalendarEntry], name: &str) -> Option<String> {
    said.iter().find(|entry| name_of(&entry.name) == name).map(value_of)
}

/// A property's value as text; what was parted at a `;` or a `,` is put together again.
fn value_of(entry: &ICalendarEntry) -> String {
    let parts: Vec<&str> = entry.values.iter().filter_map(|value| value.as_text()).collect();
    parts.join(if matches!(entry.name, ICalendarProperty::Other(_)) { ";" } else { "," })
}

/// A property's parameter.
fn parameter<'e>(entry: &'e ICalendarEntry, name: &ICalendarParameterName) -> Option<&'e str> {
    entry.params.iter().find(|param| param.name == *name).and_then(|param| param_text(&param.value))
}

/// A parameter's value as text.
fn param_text(value: &ICalendarParameterValue) -> Option<&str> {
    value.as_text()
}
