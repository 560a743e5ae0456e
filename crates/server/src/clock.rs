//! The only clock: what time it is, and ids that grow with it.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lull_domain::Instant;

mod belief;

pub use belief::TICK;
use belief::{Belief, Reading};

/// Now, by the wall.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Instant {
    Instant(jiff::Timestamp::now().as_microsecond())
}

/// How long it is until then; nothing where that has passed.
pub fn until(at: Instant) -> Duration {
    Duration::from_micros(u64::try_from((at - now()).0).unwrap_or(0))
}

/// The wall clock, watched against the monotonic one: whoever orders or decides by time looks here.
pub struct Watched {
    began: std::time::Instant,
    belief: Mutex<Belief>,
}

impl Watched {
    /// From now on.
    pub fn new() -> Watched {
        let began = std::time::Instant::now();
        Watched { began, belief: Mutex::new(Belief::new(Reading { wall: now(), mono: Duration::ZERO })) }
    }

    /// Whether what is due by the clock may be ordered: not after a jump, until both clocks have advanced alike.
    pub fn holds(&self) -> bool {
        self.look(Belief::holds)
    }

    /// The time by which the gate decides: after a jump the last one that was believed.
    pub fn time(&self) -> Instant {
        self.look(Belief::time)
    }

    fn look<T>(&self, of: impl FnOnce(&Belief) -> T) -> T {
        let mut belief = self.belief.lock().unwrap_or_else(PoisonError::into_inner);
        let held = belief.holds();
        belief.read(Reading { wall: now(), mono: self.began.elapsed() });
        match (held, belief.holds()) {
            (true, false) => tracing::warn!(
                "the wall clock has jumped by more than a minute: nothing is ordered by it, and the gate keeps its answers, \
                 until it advances as the monotonic clock does"
            ),
            (false, true) => tracing::info!("the wall clock is believed"),
            (true, true) | (false, false) => {}
        }
        of(&belief)
    }
}

/// A new id: a UUID of version 7, so that ids sort by the time they were made.
#[allow(clippy::disallowed_methods)]
pub fn id() -> u128 {
    uuid::Uuid::now_v7().as_u128()
}
