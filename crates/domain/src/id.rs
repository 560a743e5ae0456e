//! Typed, sortable ids: a prefix that tells what is meant, and a number that is passed in.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! ids { ($($(#[$doc:meta])* $name:ident $prefix:literal),* $(,)?) => { $(
    $(#[$doc])*
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct $name(pub u128);

    impl fmt::Display for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, concat!($prefix, "_{:032x}"), self.0)
        }
    }

    impl fmt::Debug for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Display::fmt(self, f)
        }
    }

    impl FromStr for $name {
        type Err = NotAnId;

        fn from_str(text: &str) -> Result<Self, NotAnId> {
            parsed(text, $prefix).map($name)
        }
    }

    impl Serialize for $name {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }

    impl<'de> Deserialize<'de> for $name {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        }
    }
)* } }

ids! {
    /// A maintenance.
    MaintenanceId "mnt",
    /// A target.
    TargetId "tgt",
    /// An order.
    OrderId "ord",
    /// A token.
    TokenId "tok",
    /// A notice.
    NoticeId "ntc",
    /// A job.
    JobId "job",
    /// A pass.
    PassId "pas",
    /// A series.
    SeriesId "ser",
    /// A limit.
    LimitId "lim",
    /// A calendar.
    CalendarId "cal",
    /// A feed.
    FeedId "fed",
}

/// The text is no id of the kind asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotAnId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id here is `{}_` and 32 hexadecimal digits", self.prefix)
    }
}

impl std::error::Error for NotAnId {}

fn parsed(text: &str, prefix: &'static str) -> Result<u128, NotAnId> {
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
    digits
        .filter(|d| d.len() == 32 && d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
        .and_then(|d| u128::from_str_radix(d, 16).ok())
        .ok_or(NotAnId { prefix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_another_kind_is_refused() {
        let id = MaintenanceId(7);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("tgt_00000000000000000000000000000007".parse::<MaintenanceId>().is_err());
        assert!("mnt_+0000000000000000000000000000007".parse::<MaintenanceId>().is_err());
    }
}
