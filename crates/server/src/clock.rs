//! The only clock: what time it is, and ids that grow with it.
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lull_domain::Instant;

mod belief;

pub use belief::TICK;
use belief::{Belief, JUMP, Reading};

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
    /// How far the wall clock was ahead of the monotonic one when both were read last, in microseconds; [`DOUBT`] where it is
    /// not believed. So a decision of the gate takes no lock.
    ahead: AtomicI64,
}

/// The wall clock is not believed.
const DOUBT: i64 = i64::MIN;

impl Watched {
    /// From now on.
    pub fn new() -> Watched {
        let began = std::time::Instant::now();
        let belief = Mutex::new(Belief::new(Reading { wall: now(), mono: Duration::ZERO }));
        Watched { began, belief, ahead: AtomicI64::new(DOUBT) }
    }

    /// Whether what is due by the clock may be ordered: not after a jump, until both clocks have advanced alike.
    pub fn holds(&self) -> bool {
        self.look(Belief::holds)
    }

    /// The time by which the gate decides: after a jump the last one that was believed.
    pub fn time(&self) -> Instant {
        let (ahead, wall) = (self.ahead.load(Ordering::Relaxed), now());
        let jumped = self.ahead(wall).saturating_sub(ahead).saturating_abs() > JUMP.0;
        if ahead == DOUBT || jumped { self.look(Belief::time) } else { wall }
    }

    fn ahead(&self, wall: Instant) -> i64 {
        wall.0 - i64::try_from(self.began.elapsed().as_micros()).unwrap_or(0)
    }

    fn look<T>(&self, of: impl FnOnce(&Belief) -> T) -> T {
        let mut belief = self.belief.lock().unwrap_or_else(PoisonError::into_inner);
        let held = belief.holds();
        let wall = now();
        belief.read(Reading { wall, mono: self.began.elapsed() });
        self.ahead.store(if belief.holds() { self.ahead(wall) } else { DOUBT }, Ordering::Relaxed);
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
