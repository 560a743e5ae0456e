//! A connection to a database: what statements need of it, whatever engine lies beneath.
use std::fmt::Debug;

use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::{Row, Value};

/// A connection that statements run on.
pub(crate) trait Connection: Debug + Send {
    /// The rows that a statement gives.
    fn query(&mut self, statement: Statement, values: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// How many rows a statement changes.
    fn exec(&mut self, statement: Statement, values: &[Value]) -> Result<usize, StoreError>;

    /// Runs a text of several statements.
    fn batch(&mut self, doing: &str, sql: &str) -> Result<(), StoreError>;

    /// Whether a transaction is open that can still be committed. A full disk takes the whole of it away on SQLite, any
    /// statement that failed does on PostgreSQL.
    fn in_transaction(&self) -> bool;
}
