//! What only SQLite can: opening, pragmas, savepoints, its kinds of failure.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Error, ErrorCode, OpenFlags, ToSql};

use crate::connection::{Connection, PART};
use crate::error::StoreError;
use crate::head::Head;
use crate::migrations::{self, Migration};
use crate::reached::Reached;
use crate::statement::Statement;
use crate::store::Connections;
use crate::tx::Tx;
use crate::value::{Row, Value};

/// How long a write waits for another process that holds the file: a backup, an export.
const BUSY_FOR: Duration = Duration::from_secs(5);
/// Compiled statements that a connection keeps; more than there are.
const PREPARED_MAX: usize = 256;
/// An acknowledged write survives a power cut (`synchronous = FULL`; NORMAL was seen to lose some), also on macOS.
const WRITING: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON; PRAGMA trusted_schema = OFF;";
const READING: &str = "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;";
/// What has been applied, in the database itself.
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL) STRICT";

/// The migrations of this engine, oldest first.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "first", sql: include_str!("../migrations/0001_first.sqlite.sql") },
    Migration { version: 2, name: "gate", sql: include_str!("../migrations/0002_gate.sqlite.sql") },
    Migration { version: 3, name: "idempotency", sql: include_str!("../migrations/0003_idempotency.sqlite.sql") },
    Migration { version: 4, name: "jobs", sql: include_str!("../migrations/0004_jobs.sqlite.sql") },
    Migration { version: 5, name: "series", sql: include_str!("../migrations/0005_series.sqlite.sql") },
    Migration { version: 6, name: "calendars", sql: include_str!("../migrations/0006_calendars.sqlite.sql") },
    Migration { version: 7, name: "limits", sql: include_str!("../migrations/0007_limits.sqlite.sql") },
    Migration { version: 8, name: "feeds", sql: include_str!("../migrations/0008_feeds.sqlite.sql") },
    Migration { version: 9, name: "traffic", sql: include_str!("../migrations/0009_traffic.sqlite.sql") },
];

/// A connection to the file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    connection: rusqlite::Connection,
    /// Each text as SQLite wants it: it would number `$2` by first appearance and bind the wrong columns, so it gets `?2`.
    texts: HashMap<&'static str, String>,
}

impl Sqlite {
    /// The connections to this file, which is made where there is none and brought to this version.
    pub fn open(path: &Path, reached: &Reached, readers: usize) -> Result<Connections, StoreError> {
        let mut writing = Sqlite::writing(path)?;
        writing.migrate()?;
        writing.begin_reading()?;
        let head = Tx::over(&mut writing).head();
        writing.roll_back();
        let Head { seq, epoch, .. } = head?;
        reached.tell(seq, epoch);
        let reading = (0..readers).map(|_| Ok(Box::new(Sqlite::reading(path)?) as Box<dyn Connection>));
        Ok(Connections { reading: reading.collect::<Result<_, StoreError>>()?, writing: Box::new(writing) })
    }

    /// The connection that writes; makes the file where there is none.
    pub fn writing(path: &Path) -> Result<Sqlite, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Sqlite::opened(path, flags, WRITING)
    }

    /// A connection that only reads.
    pub fn reading(path: &Path) -> Result<Sqlite, StoreError> {
        Sqlite::opened(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX, READING)
    }

    fn opened(path: &Path, flags: OpenFlags, pragmas: &str) -> Result<Sqlite, StoreError> {
        let failed = |error| failed(&format!("opening {}", path.display()), error);
        let connection = rusqlite::Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY_FOR).map_err(failed)?;
        connection.execute_batch(pragmas).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
        Ok(Sqlite { connection, texts: HashMap::new() })
    }

    fn run(&self, doing: &str, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(|error| failed(doing, error))
    }

    /// Brings an older database to this version, under a lock that nobody else gets.
    pub fn migrate(&mut self) -> Result<(), StoreError> {
        self.run("beginning to migrate", "BEGIN EXCLUSIVE")?;
        let migrated = self.run("reading what was migrated", SCHEMA).and_then(|()| migrations::apply(self, MIGRATIONS));
        if migrated.is_err() {
            self.roll_back();
            return migrated;
        }
        self.commit(false)
    }

    /// Ends a job. Where it is neither kept nor taken back, nobody knows what the commit would hold.
    fn end(&mut self, doing: &str, sql: &str) -> Result<(), StoreError> {
        if !self.in_transaction() {
            return Err(StoreError::transient(doing, "the database took the transaction back"));
        }
        self.run(doing, sql).inspect_err(|_| self.roll_back())
    }

    #[cfg(test)]
    pub fn prepares(&mut self, statement: Statement) -> Result<(), StoreError> {
        let prepared = self.connection.prepare(numbered(&mut self.texts, statement.sql));
        prepared.map(|_| ()).map_err(|error| failed(statement.doing, error))
    }
}

impl Connection for Sqlite {
    fn query(&mut self, statement: Statement, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut read = Vec::new();
        let mut take = |mut part: Vec<Row>| {
            read.append(&mut part);
            Ok(())
        };
        self.query_in_parts(statement, values, &mut take)?;
        Ok(read)
    }

    fn query_in_parts(
        &mut self,
        Statement { doing, sql }: Statement,
        values: &[Value],
        take: &mut dyn FnMut(Vec<Row>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failed = |error| failed(doing, error);
        let mut prepared = self.connection.prepare_cached(numbered(&mut self.texts, sql)).map_err(failed)?;
        let columns = prepared.column_count();
        let mut rows = prepared.query(rusqlite::params_from_iter(values)).map_err(failed)?;
        let mut part = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let cells = (0..columns).map(|column| Ok(value(row.get_ref(column)?)?)).collect::<Result<_, Error>>();
            part.push(Row { doing, cells: cells.map_err(failed)? });
            if part.len() == PART {
                take(std::mem::take(&mut part))?;
            }
        }
        take(part)
    }

    fn exec(&mut self, statement: Statement, values: &[Value]) -> Result<usize, StoreError> {
        let mut run = || {
            let mut prepared = self.connection.prepare_cached(numbered(&mut self.texts, statement.sql))?;
            prepared.execute(rusqlite::params_from_iter(values))
        };
        run().map_err(|error| failed(statement.doing, error))
    }

    fn batch(&mut self, doing: &str, sql: &str) -> Result<(), StoreError> {
        self.run(doing, sql)
    }

    fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.run("beginning to read", "BEGIN DEFERRED")
    }

    fn begin_writing(&mut self) -> Result<(), StoreError> {
        self.run("beginning to write", "BEGIN IMMEDIATE")
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        self.run("beginning a job", "SAVEPOINT job")
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.end("ending a job", "RELEASE job")
    }

    fn take_back(&mut self) -> Result<(), StoreError> {
        self.end("taking a job back", "ROLLBACK TO job; RELEASE job")
    }

    fn commit(&mut self, _has_grown: bool) -> Result<(), StoreError> {
        self.run("committing", "COMMIT").inspect_err(|_| self.roll_back())
    }

    fn roll_back(&mut self) {
        if self.in_transaction() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

fn numbered<'t>(texts: &'t mut HashMap<&'static str, String>, sql: &'static str) -> &'t str {
    match texts.entry(sql) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(sql.replace('$', "?")),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(int) => ValueRef::Integer(*int),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(blob) => ValueRef::Blob(blob),
        }))
    }
}

fn value(cell: ValueRef<'_>) -> Result<Value, rusqlite::types::FromSqlError> {
    Ok(match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Real(_) => return Err(rusqlite::types::FromSqlError::InvalidType),
        ValueRef::Text(_) => Value::Text(cell.as_str()?.to_owned()),
        ValueRef::Blob(blob) => Value::Blob(blob.to_owned()),
    })
}

/// What can be done about a failure of SQLite.
fn failed(doing: &str, error: Error) -> StoreError {
    let doing = doing.to_owned();
    let code = error.sqlite_error_code();
    let source = Arc::new(error);
    match code {
        Some(ErrorCode::ConstraintViolation) => StoreError::Conflict { doing, source },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt { doing, source },
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted
            | ErrorCode::SystemIoFailure
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreError::Transient { doing, source },
        _ => StoreError::Permanent { doing, source },
    }
}

#[cfg(test)]
mod tests;
