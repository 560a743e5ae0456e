//! What was acknowledged is there, whatever became of the process.
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;

use lull_domain::id::MaintenanceId;

use super::{Database, Outcome, log, sample};
use crate::chain::Chain;
use crate::error::StoreError;
use crate::log::EntryKind;
use crate::maintenances::found::MaintenanceFilter;
use crate::store::{Options, Store};

/// How often the writer is killed, each time after another number of acknowledgements; more where `LULL_KILLS` says so.
const KILLS: usize = 8;
/// Writes that are under way at a time.
const AT_A_TIME: usize = 16;

/// Whoever got an answer finds it again, and what was still waiting when the store was dropped was carried out.
pub async fn what_was_acknowledged_is_there_after_reopening(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    for id in 1..=50 {
        insert(&store, id).await?;
    }
    drop(store);
    let store = database.open(Options::default()).await?;
    let (count, head) = store
        .read(|tx| Ok::<_, StoreError>((tx.count_maintenances(&MaintenanceFilter::default())?, tx.head()?)))
        .await?;
    assert_eq!((count, head.seq), (50, 50));
    assert_eq!(*store.changed().borrow(), 50, "the log goes on from where it was");
    Ok(())
}

/// A process is killed in the middle of a stream of writes, again and again: what it had acknowledged is there, and of what
/// it had not, either all or nothing.
pub async fn what_was_acknowledged_survives_a_kill(database: Arc<dyn Database>) -> Outcome {
    let mut acknowledged = Vec::new();
    let kills = std::env::var("LULL_KILLS").ok().and_then(|kills| kills.parse().ok());
    for kill in 0..kills.unwrap_or(KILLS) {
        acknowledged.extend(acknowledged_before_a_kill(&*database, 1 + 17 * kill % 200));
    }
    let store = database.open(Options::default()).await?;
    let found = acknowledged.clone();
    let missing = store.read(move |tx| {
        let mut missing = Vec::new();
        for id in found {
            if tx.maintenance(id)?.is_none() {
                missing.push(id);
            }
        }
        Ok::<_, StoreError>(missing)
    });
    let missing = missing.await?;
    assert!(missing.is_empty(), "{} of {} are lost: {missing:?}", missing.len(), acknowledged.len());
    store
        .read(|tx| {
            let head = tx.head()?;
            let count = tx.count_maintenances(&MaintenanceFilter::default())?;
            assert_eq!(count, head.seq, "each write stored a maintenance and an entry, or neither");
            assert_eq!(log::verified(tx)?, Chain::Whole { to: head.seq });
            Ok::<_, StoreError>(())
        })
        .await
}

/// Starts a writer, kills it after so many acknowledgements, and gives all that it had printed by then.
fn acknowledged_before_a_kill(database: &dyn Database, count: usize) -> Vec<MaintenanceId> {
    let mut child = database.writer().stdout(Stdio::piped()).spawn().expect("the writer starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
    let mut next = || lines.next().and_then(Result::ok);
    let mut acknowledged = Vec::new();
    // A test harness prints lines of its own around it.
    let id = |line: String| line.trim().parse::<MaintenanceId>().ok();
    while acknowledged.len() < count {
        let line = next().expect("the writer goes on until it is killed");
        acknowledged.extend(id(line));
    }
    child.kill().expect("the writer can be killed");
    acknowledged.extend(std::iter::from_fn(next).filter_map(id));
    child.wait().expect("a killed writer ends");
    acknowledged
}

/// Inserts maintenances, many at a time, and prints the id of each once it is acknowledged; never ends by itself.
///
/// # Errors
/// The first write that fails.
pub async fn write_until_killed(store: Store) -> Outcome {
    let store = Arc::new(store);
    let before = store.read(|tx| tx.head()).await?.seq;
    let mut writers = tokio::task::JoinSet::new();
    for lane in 0..AT_A_TIME {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            // Ids of one run and lane follow each other at a distance that no other one fills.
            for id in (0..).map(|n| 1 + u128::from(before) * 1_000_000 + lane as u128 + n * AT_A_TIME as u128) {
                insert(&store, id).await?;
                let mut out = std::io::stdout().lock();
                let printed = writeln!(out, "{}", MaintenanceId(id)).and_then(|()| out.flush());
                printed.map_err(|error| StoreError::transient("telling what was written", error.to_string()))?;
            }
            Ok::<_, StoreError>(())
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.expect("a writer does not panic")?;
    }
    Ok(())
}

/// Stores a maintenance with an entry of the log.
async fn insert(store: &Store, id: u128) -> Outcome {
    let write = store.write(move |tx| {
        tx.insert_maintenance(&sample::scheduled(id))?;
        tx.append(&[sample::entry(EntryKind::Order, 1)])?;
        Ok(())
    });
    write.await
}
