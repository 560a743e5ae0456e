//! The calendars: each with its entries as they were last good, and how it stands with fetching them.
use std::collections::BTreeMap;

use lull_domain::Instant;
use lull_domain::calendar::{Calendar, Entry};
use lull_domain::id::CalendarId;

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    INSERT: "storing a calendar",
        "INSERT INTO calendars (id, version, body, entries, due_at, fetched_at, etag, modified, error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    ALL: "reading the calendars", "SELECT id, version, body, entries FROM calendars ORDER BY id";
    ONE: "reading a calendar", "SELECT id, version, body, entries FROM calendars WHERE id = $1";
    PUT: "changing a calendar", "UPDATE calendars SET version = $2, body = $3, entries = $4 WHERE id = $1";
    DELETE: "deleting a calendar", "DELETE FROM calendars WHERE id = $1";
    FETCHINGS: "reading how calendars are fetched",
        "SELECT id, due_at, fetched_at, etag, modified, error FROM calendars ORDER BY id";
    FETCHING: "reading how a calendar is fetched",
        "SELECT id, due_at, fetched_at, etag, modified, error FROM calendars WHERE id = $1";
    PUT_FETCHING: "storing how a calendar is fetched",
        "UPDATE calendars SET due_at = $2, fetched_at = $3, etag = $4, modified = $5, error = $6 WHERE id = $1";
    DUE: "reading which calendars are to be fetched",
        "SELECT id, due_at FROM calendars WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2";
    CLAIM: "taking a calendar to fetch it", "UPDATE calendars SET due_at = $3 WHERE id = $1 AND due_at = $2";
}

/// How it stands with fetching a calendar; nothing of it for one that is not fetched.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fetching {
    /// When it is to be fetched again.
    pub due_at: Option<Instant>,
    /// When what it has was fetched, or was found to be still so.
    pub fetched_at: Option<Instant>,
    /// The tag that its server gave it.
    pub etag: Option<String>,
    /// When it was changed, as its server said.
    pub modified: Option<String>,
    /// Why it could not be fetched last time.
    pub error: Option<String>,
}

impl Tx<'_> {
    /// Stores a new calendar.
    ///
    /// # Errors
    /// Conflict where the id is taken.
    pub fn insert_calendar(
        &mut self,
        calendar: &Calendar,
        entries: &[Entry],
        fetching: &Fetching,
    ) -> Result<(), StoreError> {
        let Fetching { due_at, fetched_at, etag, modified, error } = fetching.clone();
        let mut values = columns(calendar, entries)?.to_vec();
        values.extend([due_at.into(), fetched_at.into(), etag.into(), modified.into(), error.into()]);
        self.exec_one(INSERT, &values)
    }

    /// Every calendar with its entries, by id.
    pub fn calendars(&mut self) -> Result<Vec<(Calendar, Vec<Entry>)>, StoreError> {
        self.query(ALL, &[])?.iter().map(calendar).collect()
    }

    /// The calendar of this id, with its entries.
    pub fn calendar(&mut self, id: CalendarId) -> Result<Option<(Calendar, Vec<Entry>)>, StoreError> {
        self.first(ONE, &[id.to_string().into()])?.as_ref().map(calendar).transpose()
    }

    /// Stores a calendar that is there, changed.
    ///
    /// # Errors
    /// Not found.
    pub fn put_calendar(&mut self, calendar: &Calendar, entries: &[Entry]) -> Result<(), StoreError> {
        self.exec_one(PUT, &columns(calendar, entries)?)
    }

    /// Takes a calendar away; whether it was there.
    pub fn delete_calendar(&mut self, id: CalendarId) -> Result<bool, StoreError> {
        Ok(self.exec(DELETE, &[id.to_string().into()])? > 0)
    }

    /// How it stands with fetching this calendar.
    pub fn fetching(&mut self, id: CalendarId) -> Result<Option<Fetching>, StoreError> {
        self.first(FETCHING, &[id.to_string().into()])?.map(|row| fetching(&row).map(|(_, it)| it)).transpose()
    }

    /// How it stands with fetching each.
    pub fn fetchings(&mut self) -> Result<BTreeMap<CalendarId, Fetching>, StoreError> {
        self.query(FETCHINGS, &[])?.iter().map(fetching).collect()
    }

    /// Stores how it stands with fetching a calendar, and so takes it; false where it is gone.
    pub fn put_fetching(&mut self, id: CalendarId, to: &Fetching) -> Result<bool, StoreError> {
        let Fetching { due_at, fetched_at, etag, modified, error } = to.clone();
        let values =
            [id.to_string().into(), due_at.into(), fetched_at.into(), etag.into(), modified.into(), error.into()];
        Ok(self.exec(PUT_FETCHING, &values)? > 0)
    }

    /// The calendars that are to be fetched, with the time since when they are; the longest due first.
    pub fn due_calendars(&mut self, now: Instant, limit: u32) -> Result<Vec<(CalendarId, Instant)>, StoreError> {
        let rows = self.query(DUE, &[now.into(), Value::Int(i64::from(limit))])?;
        rows.iter().map(|row| Ok((row.parsed(0)?, row.instant(1)?))).collect()
    }

    /// Takes a calendar that is due since then, so that nobody else fetches it before `until`; whether nobody was faster.
    pub fn claim_calendar(&mut self, id: CalendarId, due_at: Instant, until: Instant) -> Result<bool, StoreError> {
        Ok(self.exec(CLAIM, &[id.to_string().into(), due_at.into(), until.into()])? > 0)
    }
}

fn columns(calendar: &Calendar, entries: &[Entry]) -> Result<[Value; 4], StoreError> {
    Ok([
        calendar.id.to_string().into(),
        body::VERSION.into(),
        body::written(calendar, calendar.id)?.into(),
        body::written(&entries, calendar.id)?.into(),
    ])
}

fn calendar(row: &Row) -> Result<(Calendar, Vec<Entry>), StoreError> {
    let (id, version) = (row.text(0)?, row.count(1)?);
    Ok((body::read(version, row.text(2)?, id)?, body::read(version, row.text(3)?, format_args!("entries of {id}"))?))
}

fn fetching(row: &Row) -> Result<(CalendarId, Fetching), StoreError> {
    let text = |row: &Row, column| row.text(column).map(str::to_owned);
    let fetching = Fetching {
        due_at: row.maybe(1, Row::instant)?,
        fetched_at: row.maybe(2, Row::instant)?,
        etag: row.maybe(3, text)?,
        modified: row.maybe(4, text)?,
        error: row.maybe(5, text)?,
    };
    Ok((row.parsed(0)?, fetching))
}
