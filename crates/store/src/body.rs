//! An aggregate as versioned JSON: only Rust interprets it.
use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

/// The form that bodies are written in. A change that older programs would misread raises it, and teaches [`read`] to
/// bring the older form up.
pub(crate) const VERSION: u64 = 1;

/// The JSON of an aggregate.
pub(crate) fn written<T: Serialize>(aggregate: &T, row: impl Display) -> Result<String, StoreError> {
    serde_json::to_string(aggregate).map_err(|error| StoreError::permanent(format!("writing {row}"), error.to_string()))
}

/// The aggregate of a body.
///
/// # Errors
/// Corrupt, naming the row, where a newer program wrote it or it does not parse.
pub(crate) fn read<T: DeserializeOwned>(version: u64, body: &str, row: impl Display) -> Result<T, StoreError> {
    let corrupt = |why: String| StoreError::corrupt(format!("reading {row}"), why);
    if version > VERSION {
        return Err(corrupt(format!("its form has version {version}, and this program knows up to {VERSION}")));
    }
    serde_json::from_str(body).map_err(|error| corrupt(error.to_string()))
}
