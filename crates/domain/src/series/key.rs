//! By what an occurrence is known.
use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::recurrence::{Local, Occurrence};
use crate::refusal::Refusal;

/// By what an occurrence is known for ever within its series: its start as the rules give it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key {
    /// On the wall.
    pub nominal: Local,
    /// Seconds east of UTC, of an hourly rule: there both of an hour that comes twice are.
    pub offset: Option<i64>,
}

impl Key {
    /// That of an occurrence.
    pub const fn of(occurrence: &Occurrence) -> Key {
        Key { nominal: occurrence.nominal, offset: occurrence.offset }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    /// Of an hour that comes twice, the first has the greater offset.
    fn cmp(&self, other: &Key) -> std::cmp::Ordering {
        (self.nominal, Reverse(self.offset)).cmp(&(other.nominal, Reverse(other.offset)))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.nominal)?;
        let Some(offset) = self.offset else { return Ok(()) };
        let (sign, seconds) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
        write!(out, "{sign}{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = String;

    fn try_from(text: String) -> Result<Key, String> {
        text.parse().map_err(|refusal: Refusal| refusal.detail)
    }
}

impl FromStr for Key {
    type Err = Refusal;

    /// Reads `2026-11-22T02:00`, and `2026-10-25T02:00+01:00` of an hourly rule.
    fn from_str(text: &str) -> Result<Key, Refusal> {
        let time = text.find('T').map_or(text.len(), |at| at + 1);
        let (local, offset) = match text[time..].find(['+', '-']) {
            Some(at) => (&text[..time + at], Some(&text[time + at..])),
            None => (text, None),
        };
        let odd = || {
            let remedy = "Write it as the series lists it: `2026-11-22T02:00:00`, with its offset for hourly rules.";
            Refusal::input("occurrence", "That is no start of an occurrence.", remedy)
        };
        let seconds = |offset: &str| -> Option<i64> {
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let east = hours.parse::<u8>().ok()?;
            let seconds = i64::from(east) * 3_600 + i64::from(minutes.parse::<u8>().ok()?) * 60;
            Some(if offset.starts_with('-') { -seconds } else { seconds })
        };
        let offset = offset.map(|offset| seconds(offset).ok_or_else(odd)).transpose()?;
        Ok(Key { nominal: local.parse().map_err(|_| odd())?, offset })
    }
}
