//! Calendars and blackouts as callers see them.
use lull_api::views;
use lull_domain::calendar::{Blackout, Sheet, Source};
use lull_domain::policy::Role;
use lull_store::Fetching;

use super::{instant, path};
use crate::caller::Reader;

/// A calendar, without its next blackouts.
pub fn calendar(sheet: &Sheet, fetching: &Fetching, reader: Reader<'_>) -> views::Calendar {
    let calendar = &sheet.calendar;
    let (source, url, zone) = match &calendar.source {
        Source::Own => ("own", None, None),
        Source::File { zone } => ("file", None, Some(zone)),
        Source::Url { url, zone } => ("url", Some(url), Some(zone)),
    };
    let administers = reader.caller.role_on(reader.estate, calendar.under) == Some(Role::Administrator);
    views::Calendar {
        id: calendar.id.to_string(),
        name: calendar.name.clone(),
        under: path(reader.estate, calendar.under),
        source: source.to_owned(),
        url: url.filter(|_| administers).cloned(),
        zone: zone.cloned(),
        sentence: sheet.sentence.clone(),
        entries: sheet.count() as u64,
        by: calendar.created_by.clone(),
        created_at: instant(calendar.created_at),
        fetched_at: fetching.fetched_at.map(instant),
        due_at: fetching.due_at.map(instant),
        error: fetching.error.clone(),
        revision: calendar.revision,
        next: None,
    }
}

/// A blackout.
pub fn blackout(blackout: &Blackout) -> views::Blackout {
    views::Blackout {
        calendar: blackout.calendar.to_string(),
        name: blackout.name.clone(),
        from: instant(blackout.from),
        to: instant(blackout.to),
    }
}
