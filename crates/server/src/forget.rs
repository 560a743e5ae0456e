//! Forgets keys of requests once they are too old to be asked for again.
use std::sync::Arc;
use std::time::Duration;

use lull_store::StoreError;

use crate::clock;
use crate::core::Core;

/// How often old keys are looked for.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// How many are forgotten in one transaction, so that others get their turn.
const AT_A_TIME: usize = 1_000;

/// Forgets what is too old, now and then, until the server ends.
pub async fn forget_keys(core: Arc<Core>) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        while forgotten(&core).await == AT_A_TIME {}
    }
}

/// How many keys were forgotten; what fails is tried again in an hour.
async fn forgotten(core: &Core) -> usize {
    let forget = core.store.write::<_, StoreError, _>(|tx| tx.forget_keys(clock::now(), AT_A_TIME as u32));
    forget.await.unwrap_or_else(|error| {
        tracing::warn!(error = error.in_full(), "old keys could not be forgotten");
        0
    })
}
