//! Where a test may end the process, to see that what is stored is enough. Only in builds with debug assertions.

/// The edges of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edge {
    /// The intent of a call is stored, the call not yet sent.
    Intent,
    /// The call has acted, nothing is reported.
    Call,
    /// The report is stored.
    Report,
    /// A phase is over, and that is not yet stored.
    Phase,
    /// Everything is written, and not yet committed.
    Log,
}

/// Ends the process as by `kill -9` where `LULL_FAILPOINT` names this edge: `intent`, or `intent:3` for the third time.
#[cfg(debug_assertions)]
pub fn reached(edge: Edge) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicI64, Ordering};
    static LEFT: AtomicI64 = AtomicI64::new(0);
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("LULL_FAILPOINT").ok()?;
        let (name, times) = text.split_once(':').map_or((text.as_str(), 1), |(name, n)| (name, n.parse().unwrap_or(1)));
        LEFT.store(times, Ordering::SeqCst);
        Some(name.to_owned())
    });
    let here = format!("{edge:?}").to_lowercase();
    if wanted.as_deref() == Some(here.as_str()) && LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}

/// Nothing: failpoints are for tests.
#[cfg(not(debug_assertions))]
pub fn reached(_edge: Edge) {}
