//! The series, and which maintenance is which of their occurrences.
use lull_domain::Instant;
use lull_domain::id::{MaintenanceId, SeriesId};
use lull_domain::series::{Key, OfSeries, Series};

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    INSERT: "storing a new series",
        "INSERT INTO series (id, version, due_at, created_at, revision, body) VALUES ($1, $2, $3, $4, $5, $6)";
    LOCK: "taking a series", "UPDATE series SET locked = locked + 1 WHERE id = $1 RETURNING id, version, body";
    PUT: "storing a series",
        "UPDATE series SET version = $2, due_at = $3, created_at = $4, revision = $5, body = $6 WHERE id = $1";
    MARK: "noting the epoch of a series", "UPDATE series SET epoch = $2 WHERE id = $1";
    ONE: "reading a series", "SELECT id, version, body FROM series WHERE id = $1";
    PART: "listing series", "SELECT id, version, body FROM series WHERE id < $1 ORDER BY id DESC LIMIT $2";
    SINCE: "reading the series that changed", "SELECT id, version, body FROM series WHERE epoch > $1";
    AHEAD: "reading the series that go on", "SELECT id, version, body FROM series WHERE due_at IS NOT NULL";
    DUE: "reading the series that are due", "SELECT id FROM series WHERE due_at <= $1 ORDER BY due_at, id";
    NEXT_DUE: "finding when a series is due next", "SELECT min(due_at) FROM series WHERE due_at > $1";
    IS: "storing which occurrence a maintenance is",
        "INSERT INTO occurrences (series, occurrence, maintenance) VALUES ($1, $2, $3)";
    OCCURRENCE: "finding an occurrence", "SELECT maintenance FROM occurrences WHERE series = $1 AND occurrence = $2";
    HELD: "reading the occurrences that are not to come",
        "SELECT o.occurrence FROM occurrences o JOIN maintenances m ON m.id = o.maintenance
         WHERE o.series = $1 AND m.status <> 'scheduled' ORDER BY o.occurrence";
    SCHEDULED: "reading the occurrences to come",
        "SELECT m.id FROM occurrences o JOIN maintenances m ON m.id = o.maintenance
         WHERE o.series = $1 AND m.status = 'scheduled' ORDER BY m.id";
}

/// Later than every id that can be.
const AFTER_ALL: &str = "ser_~";

impl Tx<'_> {
    /// Stores a new series; it counts as taken.
    ///
    /// # Errors
    /// Conflict where the id is taken.
    pub fn insert_series(&mut self, series: &Series) -> Result<(), StoreError> {
        self.exec_one(INSERT, &values(series)?)
    }

    /// Takes the row of a series, before any maintenance: nobody else changes it before this transaction ends.
    pub fn lock_series(&mut self, id: SeriesId) -> Result<Option<Series>, StoreError> {
        debug_assert!(self.locks.may_take_series(), "{id} is taken out of order: {:?}", self.locks);
        self.first(LOCK, &[id.to_string().into()])?.as_ref().map(series).transpose()
    }

    /// Stores a series that this transaction has taken.
    pub fn put_series(&mut self, series: &Series) -> Result<(), StoreError> {
        self.exec_one(PUT, &values(series)?)
    }

    /// Notes the epoch of which on a series is as it is now.
    pub fn mark_series(&mut self, id: SeriesId, epoch: u64) -> Result<(), StoreError> {
        self.exec_one(MARK, &[id.to_string().into(), epoch.into()])
    }

    /// The series of this id.
    pub fn series(&mut self, id: SeriesId) -> Result<Option<Series>, StoreError> {
        self.first(ONE, &[id.to_string().into()])?.as_ref().map(series).transpose()
    }

    /// A part of the list, newest first, after this one.
    pub fn list_series(&mut self, after: Option<SeriesId>, limit: u32) -> Result<Vec<Series>, StoreError> {
        let after = after.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string());
        self.query(PART, &[after.into(), Value::Int(i64::from(limit))])?.iter().map(series).collect()
    }

    /// All that changed after this epoch.
    pub fn series_since(&mut self, epoch: u64) -> Result<Vec<Series>, StoreError> {
        self.query(SINCE, &[epoch.into()])?.iter().map(series).collect()
    }

    /// All of which an occurrence is still to be made.
    pub fn series_ahead(&mut self) -> Result<Vec<Series>, StoreError> {
        self.query(AHEAD, &[])?.iter().map(series).collect()
    }

    /// Those of which an occurrence is to be made by then, the earliest first.
    pub fn due_series(&mut self, by: Instant) -> Result<Vec<SeriesId>, StoreError> {
        self.query(DUE, &[by.into()])?.iter().map(|row| row.parsed(0)).collect()
    }

    /// When the next occurrence is to be made, after now: what is due and cannot be made is asked about anyway.
    pub fn next_series_due_at(&mut self, now: Instant) -> Result<Option<Instant>, StoreError> {
        let row = self.first(NEXT_DUE, &[now.into()])?;
        row.map_or(Ok(None), |row| row.maybe(0, Row::instant))
    }

    /// The maintenance that is this occurrence.
    pub fn occurrence(&mut self, series: SeriesId, key: Key) -> Result<Option<MaintenanceId>, StoreError> {
        let row = self.first(OCCURRENCE, &[series.to_string().into(), key.to_string().into()])?;
        row.map(|row| row.parsed(0)).transpose()
    }

    /// The maintenances of a series that have not begun, by id.
    pub fn scheduled_of_series(&mut self, series: SeriesId) -> Result<Vec<MaintenanceId>, StoreError> {
        self.query(SCHEDULED, &[series.to_string().into()])?.iter().map(|row| row.parsed(0)).collect()
    }

    /// Those of a series that have begun, are over or are left out.
    pub fn held_of_series(&mut self, series: SeriesId) -> Result<Vec<Key>, StoreError> {
        self.query(HELD, &[series.to_string().into()])?.iter().map(|row| row.parsed(0)).collect()
    }

    /// Notes which occurrence a new maintenance is.
    pub(crate) fn put_occurrence(&mut self, maintenance: MaintenanceId, of: &OfSeries) -> Result<(), StoreError> {
        self.exec_one(IS, &[of.id.to_string().into(), of.key.to_string().into(), maintenance.to_string().into()])
    }
}

/// What is stored of a series, in the order of the columns.
fn values(series: &Series) -> Result<[Value; 6], StoreError> {
    Ok([
        series.id.to_string().into(),
        body::VERSION.into(),
        series.due_at().into(),
        series.created_at.into(),
        series.revision.into(),
        body::written(series, series.id)?.into(),
    ])
}

fn series(row: &Row) -> Result<Series, StoreError> {
    body::read(row.count(1)?, row.text(2)?, row.text(0)?)
}
