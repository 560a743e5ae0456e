//! How far this process has seen the log grow, and what time the database had.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Monotonic};

use lull_domain::{Instant, Span};
use tokio::sync::watch;

/// An answer that took longer says too little about the time.
const PROMPT: Duration = Duration::from_millis(500);

/// What was seen of the database's head and clock.
pub(crate) struct Reached {
    changed: watch::Sender<u64>,
    epoch: Mutex<u64>,
    clock: Mutex<Option<(Instant, Monotonic)>>,
}

impl Default for Reached {
    fn default() -> Reached {
        Reached { changed: watch::channel(0).0, epoch: Mutex::default(), clock: Mutex::default() }
    }
}

impl Reached {
    /// The newest number of the log, and a wake-up for each that is new.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// A commit has reached this number and epoch; what is not new wakes nobody.
    pub fn tell(&self, seq: u64, epoch: u64) {
        let mut known = locked(&self.epoch);
        let raised = epoch > *known;
        *known = epoch.max(*known);
        self.changed.send_if_modified(|newest| {
            let grown = seq > *newest;
            *newest = seq.max(*newest);
            grown || raised
        });
    }

    /// The database was asked then, took so long to answer, and said this time.
    pub fn set_clock(&self, said: Instant, asked: Monotonic, took: Duration) {
        if took <= PROMPT {
            *locked(&self.clock) = Some((said, asked + took / 2));
        }
    }

    /// The time of the database's clock, carried on by the monotonic one.
    pub fn clock(&self) -> Option<Instant> {
        let (said, at) = (*locked(&self.clock))?;
        Some(said + Span(i64::try_from(at.elapsed().as_micros()).unwrap_or(i64::MAX)))
    }
}

/// Numbers are whole at every moment, so a panic elsewhere does not spoil them.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
