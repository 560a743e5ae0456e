//! A connection of the pool as jobs use it: without futures, and never given back in the middle of something.
use std::ops::AsyncFnOnce;
use std::time::Duration;

use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio_postgres::Error;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

use super::Access;
use super::failed::{failed, is_lost};
use super::settings::ANSWER_WITHIN;
use crate::connection::Connection;
use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::{Row, Value};

/// Whoever commits says so here; every process listens.
pub(super) const CHANNEL: &str = "lull";

/// A connection that is used by one thread, which may block.
#[derive(Debug)]
pub(super) struct Session {
    client: Object,
    runtime: Handle,
    transaction: Transaction,
    /// Whether the connection is gone, or nobody knows what it would answer next.
    is_lost: bool,
    /// How long a statement may take.
    pub patience: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Transaction {
    None,
    Open,
    /// A statement failed, and with it the whole of it: `COMMIT` would quietly take it back.
    Spoilt,
}

impl Session {
    /// A session on this connection.
    pub fn new(client: Object, runtime: Handle) -> Session {
        Session { client, runtime, transaction: Transaction::None, is_lost: false, patience: ANSWER_WITHIN }
    }

    /// Begins a transaction: one that reads sees one state of the database; one that writes sees, in each statement, what
    /// was committed before it, and as its first statement takes its row, it sees the row as it stands.
    pub fn begin(&mut self, access: Access) -> Result<(), StoreError> {
        self.batch(
            "beginning a transaction",
            match access {
                Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                Access::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            },
        )?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    /// Makes the transaction durable, and wakes whoever listens if they are to be told.
    ///
    /// # Errors
    /// Unknown where the connection was lost before the answer came.
    pub fn commit(&mut self, is_told: bool) -> Result<(), StoreError> {
        if !self.in_transaction() {
            self.roll_back();
            return Err(StoreError::transient("committing", "the database took the transaction back"));
        }
        let committed = match is_told {
            true => self.batch("committing", &format!("NOTIFY {CHANNEL}; COMMIT")),
            false => self.batch("committing", "COMMIT"),
        };
        match committed {
            Ok(()) => self.transaction = Transaction::None,
            Err(error) if self.is_lost => return Err(error.unknown()),
            Err(error) => {
                self.roll_back();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Takes the transaction back; where that fails, the connection is not used again.
    pub fn roll_back(&mut self) {
        if self.transaction != Transaction::None && !self.is_lost && self.batch("taking it back", "ROLLBACK").is_ok() {
            self.transaction = Transaction::None;
        }
    }

    /// Gives the connection back to the pool, if it is as good as new.
    pub fn end(self) {
        if self.is_lost || self.transaction != Transaction::None {
            drop(Object::take(self.client));
        }
    }

    /// Waits for this, not for ever.
    fn wait<T>(&mut self, doing: &str, work: impl AsyncFnOnce(&Object) -> Result<T, Error>) -> Result<T, StoreError> {
        let done = self.runtime.block_on(async { tokio::time::timeout(self.patience, work(&self.client)).await });
        if let Ok(Ok(done)) = done {
            return Ok(done);
        }
        if self.transaction == Transaction::Open {
            self.transaction = Transaction::Spoilt;
        }
        match done {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                self.is_lost |= is_lost(&error) || self.client.is_closed();
                Err(failed(doing, error))
            }
            Err(_) => {
                self.is_lost = true;
                let why = format!("no answer within {} s", self.patience.as_secs());
                Err(StoreError::transient(doing, why))
            }
        }
    }
}

impl Connection for Session {
    fn query(&mut self, statement: Statement, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let Statement { doing, sql } = statement;
        let rows = self.wait(doing, async |client| {
            let prepared = client.prepare_cached(sql).await?;
            client.query(&prepared, &parameters(values)).await
        })?;
        rows.iter().map(|row| Ok(Row { doing, cells: cells(doing, row)? })).collect()
    }

    fn exec(&mut self, statement: Statement, values: &[Value]) -> Result<usize, StoreError> {
        let Statement { doing, sql } = statement;
        let changed = self.wait(doing, async |client| {
            let prepared = client.prepare_cached(sql).await?;
            client.execute(&prepared, &parameters(values)).await
        })?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    fn batch(&mut self, doing: &str, sql: &str) -> Result<(), StoreError> {
        self.wait(doing, async |client| client.batch_execute(sql).await)
    }

    fn in_transaction(&self) -> bool {
        self.transaction == Transaction::Open && !self.is_lost
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn cells(doing: &'static str, row: &tokio_postgres::Row) -> Result<Vec<Value>, StoreError> {
    (0..row.len()).map(|column| row.try_get(column).map_err(|error| failed(doing, error))).collect()
}

/// What a value is to the database.
type Coded = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Coded> {
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

    tokio_postgres::types::to_sql_checked!();
}

impl<'r> FromSql<'r> for Value {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Value, Coded> {
        Ok(match *kind {
            Type::INT8 => Value::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Value::Int(bool::from_sql(kind, raw)?.into()),
            Type::BYTEA => Value::Blob(Vec::from_sql(kind, raw)?),
            _ => Value::Text(String::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_kind: &Type) -> Result<Value, Coded> {
        Ok(Value::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::BOOL | Type::BYTEA) || <String as FromSql>::accepts(kind)
    }
}
