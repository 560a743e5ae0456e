//! What can go wrong with the store, by what can be done about it.
use std::error::Error;
use std::sync::Arc;

use thiserror::Error;

/// Whatever lies beneath an error of the store.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why the store did not do it. `Display` says what it was doing; [`source`](Error::source) says what lies beneath.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// The row that was to be changed is not there.
    #[error("{doing}: it is not there")]
    NotFound {
        /// What the store was doing.
        doing: String,
    },
    /// Something else has what must be unique.
    #[error("{doing}: another one has that already")]
    Conflict {
        /// What the store was doing.
        doing: String,
        /// Which rule of the database was broken.
        source: Cause,
    },
    /// It was not done and may succeed when it is tried again: the disk is full, the file is busy.
    #[error("{doing}: it failed for now")]
    Transient {
        /// What the store was doing.
        doing: String,
        /// Why.
        source: Cause,
    },
    /// Nobody knows whether it was done: the connection was lost before the answer came.
    #[error("{doing}: whether it was done is not known")]
    Unknown {
        /// What the store was doing.
        doing: String,
        /// Why that is not known.
        source: Cause,
    },
    /// It was not done and will not succeed: a mistake in the program, a database of another version.
    #[error("{doing}: it cannot be done")]
    Permanent {
        /// What the store was doing.
        doing: String,
        /// Why.
        source: Cause,
    },
    /// What is stored cannot be read; the row is named.
    #[error("{doing}: what is stored cannot be read")]
    Corrupt {
        /// What the store was doing.
        doing: String,
        /// Which row, and what is wrong with it.
        source: Cause,
    },
}

/// A cause in words, where no other error lies beneath.
#[derive(Debug, Error)]
#[error("{0}")]
struct Words(String);

impl StoreError {
    /// It is not there.
    pub(crate) fn not_found(doing: impl Into<String>) -> StoreError {
        StoreError::NotFound { doing: doing.into() }
    }

    /// It may succeed when it is tried again.
    pub(crate) fn transient(doing: impl Into<String>, why: impl Into<String>) -> StoreError {
        StoreError::Transient { doing: doing.into(), source: words(why) }
    }

    /// It will not succeed.
    pub(crate) fn permanent(doing: impl Into<String>, why: impl Into<String>) -> StoreError {
        StoreError::Permanent { doing: doing.into(), source: words(why) }
    }

    /// A row that cannot be read.
    pub(crate) fn corrupt(doing: impl Into<String>, why: impl Into<String>) -> StoreError {
        StoreError::Corrupt { doing: doing.into(), source: words(why) }
    }

    /// The same, where the outcome cannot be told.
    pub(crate) fn unknown(self) -> StoreError {
        match self {
            StoreError::Transient { doing, source } | StoreError::Permanent { doing, source } => {
                StoreError::Unknown { doing, source }
            }
            other => other,
        }
    }

    /// What it was doing, and every cause beneath, in one line.
    pub fn in_full(&self) -> String {
        let mut line = self.to_string();
        let mut beneath = self.source();
        while let Some(cause) = beneath {
            line = format!("{line}: {cause}");
            beneath = cause.source();
        }
        line
    }
}

fn words(why: impl Into<String>) -> Cause {
    Arc::new(Words(why.into()))
}
