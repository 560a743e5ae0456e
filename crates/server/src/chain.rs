//! At the start the log is read through once: whether it is as it was written.
use lull_store::{Chain, StoreError};

use crate::core::Core;

/// How many entries are read at a time, so that others get their turn.
const AT_A_TIME: u32 = 1_000;

/// Reads the whole log, and says in the server's own log what it found.
pub async fn read_through(core: &Core) {
    match found(core).await {
        Ok(Chain::Whole { to }) => tracing::info!(entries = to, "the log is as it was written"),
        Ok(Chain::Broken { seq, why }) => tracing::error!(seq, why, "the log was changed from outside"),
        Err(error) => tracing::error!(error = %error, "the log could not be read through"),
    }
}

async fn found(core: &Core) -> Result<Chain, StoreError> {
    let mut after = 0;
    loop {
        match core.store.read::<_, StoreError, _>(move |tx| tx.verify_chain(after, AT_A_TIME)).await? {
            Chain::Whole { to } if to > after => after = to,
            found => return Ok(found),
        }
    }
}
