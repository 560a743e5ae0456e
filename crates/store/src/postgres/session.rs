//! A connection as a thread uses it that may block: without futures, made when it is needed, and again when it was lost.
use std::collections::HashMap;
use std::ops::AsyncFnOnce;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Error};

use super::failed::{failed, is_lost, not_connected};
use super::settings::{CONNECT_WITHIN, SETTINGS, Server};
use crate::connection::Connection;
use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::{Row, Value};

/// Whoever commits says so here; every process listens.
pub(super) const CHANNEL: &str = "lull";
/// One state of the database.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Nobody else writes beside: as `BEGIN IMMEDIATE` does on SQLite, it takes what only one transaction can have, whichever
/// process began it. What others have committed by then is seen. The number is ours alone: `lull` in ASCII.
const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(1819634796)";

/// A connection that is used by one thread at a time.
#[derive(Debug)]
pub(super) struct Session {
    server: Arc<Server>,
    /// Carries the connection while this thread waits for it. Taken only when it is dropped.
    runtime: Option<Runtime>,
    live: Option<Live>,
    transaction: Transaction,
    /// How long a statement may take.
    patience: Duration,
}

/// A connection that is made.
#[derive(Debug)]
pub(super) struct Live {
    pub client: Client,
    prepared: HashMap<&'static str, tokio_postgres::Statement>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Transaction {
    None,
    Open,
    /// It has the mark of a job that was kept.
    Kept,
    /// A statement failed, and with it all since the mark: `COMMIT` would quietly take everything back.
    Spoilt,
}

impl Session {
    /// A connection that will be made with these settings, whose statements may take so long.
    pub fn new(server: Arc<Server>, patience: Duration) -> Result<Session, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::transient("preparing a connection", error.to_string()))?;
        Ok(Session { server, runtime: Some(runtime), live: None, transaction: Transaction::None, patience })
    }

    /// Waits for this on the connection, which is made if there is none; not for ever.
    pub fn wait<T>(
        &mut self,
        doing: &str,
        work: impl AsyncFnOnce(&mut Live) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let runtime = self.runtime.as_ref().ok_or_else(|| StoreError::transient(doing, "the store is closing"))?;
        if self.live.is_none() && self.transaction == Transaction::None {
            let made = runtime.block_on(async { timeout(CONNECT_WITHIN, connected(&self.server)).await });
            self.live = Some(made.map_err(|_| not_connected_in_time())?.map_err(not_connected)?);
        }
        let live = self.live.as_mut().ok_or_else(|| StoreError::transient(doing, "the connection was lost"))?;
        let done = runtime.block_on(async { timeout(self.patience, work(live)).await });
        if let Ok(Ok(done)) = done {
            return Ok(done);
        }
        if self.transaction != Transaction::None {
            self.transaction = Transaction::Spoilt;
        }
        let (is_lost, error) = match done {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => (is_lost(&error) || live.client.is_closed(), failed(doing, error)),
            // What it would answer next nobody knows.
            Err(_) => (true, StoreError::transient(doing, format!("no answer within {} s", self.patience.as_secs()))),
        };
        if is_lost {
            self.live = None;
        }
        Err(error)
    }

    /// Begins a transaction. A connection that was idle may have been lost without anybody having noticed, and is made
    /// again then: nothing was done on it.
    fn begin(&mut self, sql: &str) -> Result<(), StoreError> {
        let was_idle = self.live.is_some();
        let mut begun = self.batch("beginning a transaction", sql);
        if was_idle && self.live.is_none() {
            begun = self.batch("beginning a transaction", sql);
        }
        self.transaction = if begun.is_ok() { Transaction::Open } else { Transaction::Spoilt };
        begun.inspect_err(|_| self.roll_back())
    }
}

fn not_connected_in_time() -> StoreError {
    StoreError::transient("connecting to PostgreSQL", format!("no answer within {} s", CONNECT_WITHIN.as_secs()))
}

async fn connected(server: &Server) -> Result<Live, Error> {
    let (client, connection) = server.connect().await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %error, "a connection to PostgreSQL ended");
        }
    });
    client.batch_execute(SETTINGS).await?;
    Ok(Live { client, prepared: HashMap::new() })
}

impl Live {
    /// The statement with this text, prepared once for this connection.
    async fn prepared(&mut self, sql: &'static str) -> Result<tokio_postgres::Statement, Error> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        let prepared = self.client.prepare(sql).await?;
        self.prepared.insert(sql, prepared.clone());
        Ok(prepared)
    }
}

impl Connection for Session {
    fn query(&mut self, statement: Statement, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let Statement { doing, sql } = statement;
        let rows = self.wait(doing, async |live| {
            let prepared = live.prepared(sql).await?;
            live.client.query(&prepared, &parameters(values)).await
        })?;
        rows.iter().map(|row| Ok(Row { doing, cells: cells(doing, row)? })).collect()
    }

    fn exec(&mut self, statement: Statement, values: &[Value]) -> Result<usize, StoreError> {
        let Statement { doing, sql } = statement;
        let changed = self.wait(doing, async |live| {
            let prepared = live.prepared(sql).await?;
            live.client.execute(&prepared, &parameters(values)).await
        })?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    fn batch(&mut self, doing: &str, sql: &str) -> Result<(), StoreError> {
        self.wait(doing, async |live| live.client.batch_execute(sql).await)
    }

    fn in_transaction(&self) -> bool {
        matches!(self.transaction, Transaction::Open | Transaction::Kept)
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.begin(READ)
    }

    fn begin_writing(&mut self) -> Result<(), StoreError> {
        self.begin(WRITE)
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        // The mark of the job before goes with the next one: a way to the server less.
        let sql = if self.transaction == Transaction::Kept { "RELEASE job; SAVEPOINT job" } else { "SAVEPOINT job" };
        self.batch("beginning a job", sql)?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        if self.transaction == Transaction::Open {
            self.transaction = Transaction::Kept;
            return Ok(());
        }
        self.take_back()?;
        Err(StoreError::transient("ending a job", "a statement of it failed"))
    }

    fn take_back(&mut self) -> Result<(), StoreError> {
        self.batch("taking a job back", "ROLLBACK TO job; RELEASE job")?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    fn commit(&mut self, has_grown: bool) -> Result<(), StoreError> {
        if !self.in_transaction() {
            self.roll_back();
            return Err(StoreError::transient("committing", "the database took the transaction back"));
        }
        let sql = if has_grown { format!("NOTIFY {CHANNEL}; COMMIT") } else { "COMMIT".to_owned() };
        let committed = self.batch("committing", &sql);
        let is_lost = self.live.is_none();
        if committed.is_ok() {
            self.transaction = Transaction::None;
        }
        self.roll_back();
        committed.map_err(|error| if is_lost { error.unknown() } else { error })
    }

    fn roll_back(&mut self) {
        if self.transaction != Transaction::None && self.live.is_some() {
            // Where this fails, the connection is not used again.
            if self.batch("taking it back", "ROLLBACK").is_err() {
                self.live = None;
            }
        }
        self.transaction = Transaction::None;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.live = None;
        // A store may be dropped where nobody may block.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn cells(doing: &'static str, row: &tokio_postgres::Row) -> Result<Vec<Value>, StoreError> {
    (0..row.len()).map(|column| row.try_get(column).map_err(|error| failed(doing, error))).collect()
}

/// Why a value cannot be sent or read.
type Odd = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Odd> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(int) if *kind == Type::INT4 => i32::try_from(*int)?.to_sql(kind, out),
            Value::Int(int) => int.to_sql_checked(kind, out),
            Value::Text(text) => text.to_sql_checked(kind, out),
            Value::Blob(blob) => blob.to_sql_checked(kind, out),
        }
    }

    fn accepts(_kind: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for Value {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Value, Odd> {
        Ok(match *kind {
            Type::INT8 => Value::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Value::Int(bool::from_sql(kind, raw)?.into()),
            Type::BYTEA => Value::Blob(Vec::from_sql(kind, raw)?),
            _ => Value::Text(String::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_kind: &Type) -> Result<Value, Odd> {
        Ok(Value::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::BOOL | Type::BYTEA) || <String as FromSql>::accepts(kind)
    }
}
