//! Bounded waiting for something outside that tells nobody when it is ready.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(40);

/// Asks again and again until `check` answers, for at most 60 seconds.
///
/// # Errors
/// Names `what` when the time is over.
pub fn until<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check() {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            bail!("waited {} s in vain until {what}", PATIENCE.as_secs());
        }
        thread::park_timeout(PAUSE);
    }
}
