//! A connection to a database: what is needed of it, whatever engine lies beneath.
use std::fmt::Debug;

use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::{Row, Value};

/// How many rows are in a part.
pub(crate) const PART: usize = 10_000;

/// A connection that one thread uses at a time.
///
/// Transactions that write come one after the other, whichever process begins them: what one has read is still so when it
/// commits. Several jobs may share one; each has a mark, and takes nothing with it when it fails.
pub(crate) trait Connection: Debug + Send {
    /// The rows that a statement gives.
    fn query(&mut self, statement: Statement, values: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// The rows that a statement gives, a part at a time, so that whoever takes them works while the next are read.
    fn query_in_parts(
        &mut self,
        statement: Statement,
        values: &[Value],
        take: &mut dyn FnMut(Vec<Row>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut rows = self.query(statement, values)?.into_iter().peekable();
        while rows.peek().is_some() {
            take(rows.by_ref().take(PART).collect())?;
        }
        Ok(())
    }

    /// How many rows a statement changes.
    fn exec(&mut self, statement: Statement, values: &[Value]) -> Result<usize, StoreError>;

    /// Runs a text of several statements.
    fn batch(&mut self, doing: &str, sql: &str) -> Result<(), StoreError>;

    /// Whether a transaction is open that statements can go on in. A full disk takes the whole of it away on SQLite; on
    /// PostgreSQL a statement that failed does, back to the mark.
    fn in_transaction(&self) -> bool;

    /// Begins a transaction that reads one state of the database.
    fn begin_reading(&mut self) -> Result<(), StoreError>;

    /// Begins a transaction that nobody else writes beside.
    fn begin_writing(&mut self) -> Result<(), StoreError>;

    /// Marks where a job begins.
    fn mark(&mut self) -> Result<(), StoreError>;

    /// Keeps what was done since the mark. An error has taken it back; the transaction too, if none is open then.
    fn keep(&mut self) -> Result<(), StoreError>;

    /// Takes back what was done since the mark. An error has taken back the transaction.
    fn take_back(&mut self) -> Result<(), StoreError>;

    /// Makes the transaction durable; other processes hear of it where the log has grown.
    ///
    /// # Errors
    /// Nothing of it is stored; Unknown where nobody can tell.
    fn commit(&mut self, has_grown: bool) -> Result<(), StoreError>;

    /// Takes the transaction back; nothing where there is none any more.
    fn roll_back(&mut self);
}
