//! The only clock: what time it is, and ids that grow with it.
use std::time::Duration;

use lull_domain::Instant;

/// Now, by the wall.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Instant {
    Instant(jiff::Timestamp::now().as_microsecond())
}

/// How long it is until then; nothing where that has passed.
pub fn until(at: Instant) -> Duration {
    Duration::from_micros(u64::try_from((at - now()).0).unwrap_or(0))
}

/// A new id: a UUID of version 7, so that ids sort by the time they were made.
#[allow(clippy::disallowed_methods)]
pub fn id() -> u128 {
    uuid::Uuid::now_v7().as_u128()
}
