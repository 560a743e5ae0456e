//! The only clock: what time it is, and ids that grow with it.
use lull_domain::Instant;

/// Now, by the wall.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Instant {
    Instant(jiff::Timestamp::now().as_microsecond())
}

/// A new id: a UUID of version 7, so that ids sort by the time they were made.
#[allow(clippy::disallowed_methods)]
pub fn id() -> u128 {
    uuid::Uuid::now_v7().as_u128()
}
