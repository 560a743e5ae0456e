//! Orders made durable, with shared commits and without, and what the disk itself can do.
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use lull_peers::Postgres;
use lull_store::conformance::jobs;
use lull_store::{Options, Store};

const CALLERS: u64 = 64;
const EACH: u64 = 500;

/// Orders a second with commits of at most so many.
pub async fn rate(group: usize) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    measured(Store::open(folder.path().join("lull.db"), Options { group, ..Options::default() }).await?).await
}

/// Orders a second on a PostgreSQL of one's own, beside us on the same disk.
pub async fn rate_on_postgres() -> Result<f64> {
    let server = Postgres::start()?;
    measured(Store::connect(&server.url(), Options::default()).await?).await
}

async fn measured(store: Store) -> Result<f64> {
    let (store, began) = (Arc::new(store), Instant::now());
    jobs::orders(Arc::clone(&store), u128::from(CALLERS), EACH).await?;
    Ok((CALLERS * EACH) as f64 / began.elapsed().as_secs_f64())
}

/// Appends of 4 kB with an fdatasync each, a second.
pub fn syncs() -> Result<f64> {
    let mut file = tempfile::tempfile()?;
    let (block, began, count) = ([7_u8; 4096], Instant::now(), 2_000);
    for _ in 0..count {
        file.write_all(&block)?;
        file.sync_data()?;
    }
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}
