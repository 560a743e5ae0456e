//! How many orders a second the store makes durable, with shared commits and without; on a PostgreSQL too where one is named.
//!
//! `cargo run --release -p lull-store --example orders -- [callers] [orders of each] [postgres://…, an empty database]`
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use lull_store::conformance::jobs;
use lull_store::{Options, Store};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let mut number = |otherwise: u64| words.next().map_or(Ok(otherwise), |number| number.parse());
    let (callers, each) = (number(64)?, number(1_000)?);
    for group in [256, 1] {
        let folder = tempfile::tempdir()?;
        let store = Store::open(folder.path().join("lull.db"), Options { group, ..Options::default() }).await?;
        measured(&format!("group {group}"), store, callers, each).await?;
    }
    if let Some(url) = words.next() {
        measured("PostgreSQL", Store::connect(&url, Options::default()).await?, callers, each).await?;
    }
    Ok(())
}

async fn measured(name: &str, store: Store, callers: u64, each: u64) -> Result<(), Box<dyn Error>> {
    let (store, began) = (Arc::new(store), Instant::now());
    jobs::orders(Arc::clone(&store), u128::from(callers), each).await?;
    let rate = (callers * each) as f64 / began.elapsed().as_secs_f64();
    let counts = store.counts();
    println!("{name}: {rate:.0} orders/s, {} jobs in {} commits", counts.jobs, counts.commits);
    Ok(())
}
