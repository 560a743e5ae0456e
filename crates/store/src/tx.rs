//! A transaction: what every verb of the store is written over.
use crate::connection::Connection;
use crate::error::StoreError;
use crate::locks::Locks;
use crate::statement::Statement;
use crate::value::{Row, Value};

/// A transaction. Its verbs are beside the tables that they are about; all of them are synchronous, and nothing outside
/// is called while one is open.
///
/// A transaction that writes begins with the verb that takes its row (`lock_maintenance`, `lock_engagement`), takes
/// maintenances by id and then engagements by key, and ends with [`Tx::append`]. So two of them never wait for each other
/// in a circle, and what one has read is still so when it writes.
#[derive(Debug)]
pub struct Tx<'c> {
    connection: &'c mut dyn Connection,
    pub(crate) locks: Locks,
}

impl<'c> Tx<'c> {
    /// The verbs over a connection on which a transaction has begun.
    pub(crate) fn over(connection: &'c mut dyn Connection) -> Tx<'c> {
        Tx { connection, locks: Locks::default() }
    }

    /// The connection beneath.
    #[cfg(test)]
    pub(crate) fn connection(&mut self) -> &mut dyn Connection {
        self.connection
    }

    /// The rows that a statement gives.
    pub(crate) fn query(&mut self, statement: Statement, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.is_open(statement)?;
        self.connection.query(statement, values)
    }

    /// The rows that a statement gives, a part at a time.
    pub(crate) fn query_in_parts(
        &mut self,
        statement: Statement,
        mut take: impl FnMut(Vec<Row>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.is_open(statement)?;
        self.connection.query_in_parts(statement, &[], &mut take)
    }

    /// The first row that a statement gives.
    pub(crate) fn first(&mut self, statement: Statement, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(statement, values)?.into_iter().next())
    }

    /// How many rows a statement changes.
    pub(crate) fn exec(&mut self, statement: Statement, values: &[Value]) -> Result<usize, StoreError> {
        self.is_open(statement)?;
        self.connection.exec(statement, values)
    }

    /// Changes the one row that must be there.
    pub(crate) fn exec_one(&mut self, statement: Statement, values: &[Value]) -> Result<(), StoreError> {
        match self.exec(statement, values)? {
            0 => Err(StoreError::not_found(statement.doing)),
            _ => Ok(()),
        }
    }

    /// A database that could not write takes the whole transaction back; whoever goes on would write outside of any.
    fn is_open(&self, statement: Statement) -> Result<(), StoreError> {
        match self.connection.in_transaction() {
            true => Ok(()),
            false => Err(StoreError::transient(statement.doing, "the database took the transaction back")),
        }
    }
}
