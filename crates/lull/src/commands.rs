//! What one can ask of a server, one file per group.
pub mod approve;
pub mod banner;
pub mod calendar;
pub mod change;
pub mod context;
pub mod end;
pub mod enter;
pub mod exit;
pub mod feed;
pub mod gate;
pub mod import;
pub mod limit;
pub mod list;
pub mod log;
pub mod manual;
pub mod schedule;
pub mod series;
pub mod show;
pub mod slots;
pub mod stop;
pub mod target;
pub mod token;
pub mod trouble;
pub mod verify;
pub mod wait;

use std::collections::BTreeMap;

/// A word of the form `key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Before the first `=`.
    pub key: String,
    /// After it.
    pub value: String,
}

impl std::str::FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self { key: key.to_owned(), value: value.to_owned() }),
            _ => Err(format!("{text:?} is not of the form key=value")),
        }
    }
}

/// Pairs as a map; of one key the last counts.
pub fn map(pairs: &[Pair]) -> BTreeMap<String, String> {
    pairs.iter().map(|pair| (pair.key.clone(), pair.value.clone())).collect()
}
