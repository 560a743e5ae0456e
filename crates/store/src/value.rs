//! What goes into a statement and comes out of a row, alike in every database.
use lull_domain::Instant;

use crate::error::StoreError;

/// One value. Truths are 0 or 1, instants microseconds, JSON and ids text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// One row of an answer.
#[derive(Debug)]
pub(crate) struct Row {
    pub doing: &'static str,
    pub cells: Vec<Value>,
}

impl Row {
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.cells.get(column) {
            Some(Value::Int(int)) => Ok(*int),
            other => Err(self.odd(column, "a number", other)),
        }
    }

    /// A number that never falls below zero: a revision, a seq, an epoch.
    pub fn count(&self, column: usize) -> Result<u64, StoreError> {
        let int = self.int(column)?;
        u64::try_from(int).map_err(|_| self.odd(column, "a number from 0", Some(&Value::Int(int))))
    }

    pub fn instant(&self, column: usize) -> Result<Instant, StoreError> {
        self.int(column).map(Instant)
    }

    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.cells.get(column) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(self.odd(column, "a text", other)),
        }
    }

    pub fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.cells.get(column) {
            Some(Value::Blob(blob)) => Ok(blob),
            other => Err(self.odd(column, "bytes", other)),
        }
    }

    /// A SHA-256.
    pub fn hash(&self, column: usize) -> Result<[u8; 32], StoreError> {
        let blob = self.blob(column)?;
        blob.try_into().map_err(|_| self.odd(column, "32 bytes", self.cells.get(column)))
    }

    /// An id, or anything else that reads from text.
    pub fn parsed<T: std::str::FromStr>(&self, column: usize) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|_| self.odd(column, "a well-formed id", self.cells.get(column)))
    }

    /// The column, where it is not null.
    pub fn maybe<'r, T>(
        &'r self,
        column: usize,
        read: impl FnOnce(&'r Row, usize) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self.cells.get(column) {
            Some(Value::Null) => Ok(None),
            _ => read(self, column).map(Some),
        }
    }

    fn odd(&self, column: usize, expected: &str, found: Option<&Value>) -> StoreError {
        StoreError::corrupt(self.doing, format!("column {column} should hold {expected}, and holds {found:?}"))
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Value {
        Value::Int(int)
    }
}

impl From<u64> for Value {
    /// Counts stay below 2⁶³: at a million a second that takes 290,000 years.
    fn from(count: u64) -> Value {
        Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Int(i64::from(truth))
    }
}

impl From<Instant> for Value {
    fn from(instant: Instant) -> Value {
        Value::Int(instant.0)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<&[u8]> for Value {
    fn from(blob: &[u8]) -> Value {
        Value::Blob(blob.to_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}
