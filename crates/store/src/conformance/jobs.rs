//! Jobs beside each other: none is lost, none takes another with it.
use std::sync::{Arc, mpsc};

use lull_domain::id::MaintenanceId;
use lull_domain::maintenance::Maintenance;
use tokio::task::JoinSet;

use super::{Database, Outcome, sample};
use crate::error::StoreError;
use crate::log::EntryKind;
use crate::maintenances::found::MaintenanceFilter;
use crate::store::{Options, Store};
use crate::tx::Tx;

const ORDERS: u64 = 64;
const ROUNDS: u64 = 5;

/// An error of the caller's own.
#[derive(Debug)]
enum Refused {
    No(&'static str),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused::Store(error)
    }
}

/// Orders that read, decide and write at the same time come one after the other.
pub async fn of_64_orders_at_a_time_none_is_lost(database: Arc<dyn Database>) -> Outcome {
    concurrent_orders(&*database, Options::default()).await
}

/// The same where each has a commit of its own.
pub async fn each_order_sees_the_one_before_it_whatever_the_group(database: Arc<dyn Database>) -> Outcome {
    concurrent_orders(&*database, Options { group: 1, ..Options::default() }).await
}

async fn concurrent_orders(database: &dyn Database, options: Options) -> Outcome {
    let store = Arc::new(database.open(options).await?);
    store.write(|tx| tx.insert_maintenance(&sample::scheduled(1))).await?;
    let mut orders = JoinSet::new();
    for _ in 0..ORDERS {
        let store = Arc::clone(&store);
        orders.spawn(async move {
            for _ in 0..ROUNDS {
                store.write(|tx| edit(tx, 1)).await?;
            }
            Ok::<_, StoreError>(())
        });
    }
    while let Some(order) = orders.join_next().await {
        order.expect("an order does not panic")?;
    }
    let (stored, head) = store.read(|tx| Ok::<_, StoreError>((stored(tx, 1)?, tx.head()?))).await?;
    assert_eq!(stored.revision, 1 + ORDERS * ROUNDS);
    assert_eq!(head.seq, ORDERS * ROUNDS);
    Ok(())
}

/// Of many jobs at a time every third one fails: its writes are gone, those of its neighbours are there.
pub async fn a_failing_job_takes_nothing_with_it(database: Arc<dyn Database>) -> Outcome {
    let store = Arc::new(database.open(Options::default()).await?);
    let mut jobs = JoinSet::new();
    for id in 1..=90_u128 {
        let store = Arc::clone(&store);
        jobs.spawn(async move {
            let write = store.write(move |tx| {
                tx.insert_maintenance(&sample::scheduled(id))?;
                tx.lock_engagement(sample::key(id))?;
                tx.put_engagement(&sample::captured(id, id))?;
                tx.append(&[sample::entry(EntryKind::Order, 1)])?;
                if id % 3 == 0 { Err(Refused::No("every third")) } else { Ok(id) }
            });
            (id, write.await)
        });
    }
    while let Some(job) = jobs.join_next().await {
        let (id, answer) = job.expect("a job does not panic");
        assert_eq!(answer.is_err(), id % 3 == 0, "{id}: {answer:?}");
    }
    let read = store.read(|tx| {
        let all = MaintenanceFilter::default();
        Ok::<_, StoreError>((tx.count_maintenances(&all)?, tx.live_engagements()?.len(), tx.head()?.seq))
    });
    assert_eq!(read.await?, (60, 60, 60));
    Ok(())
}

/// The error of a job comes back as it was given; one of the store as the caller's own type.
pub async fn a_job_is_refused_in_its_own_words(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let refused = store.write(|_| Err::<(), _>(Refused::No("not today"))).await;
    assert!(matches!(refused, Err(Refused::No("not today"))), "{refused:?}");
    let twice = |tx: &mut Tx| {
        tx.insert_maintenance(&sample::draft(1))?;
        tx.insert_maintenance(&sample::draft(1))?;
        Ok::<_, Refused>(())
    };
    let conflict = store.write(twice).await;
    assert!(matches!(conflict, Err(Refused::Store(StoreError::Conflict { .. }))), "{conflict:?}");
    assert_eq!(store.read(|tx| tx.count_maintenances(&MaintenanceFilter::default())).await?, 0);
    Ok(())
}

/// A panic is an error of whoever asked for it; the store goes on.
pub async fn a_panic_in_a_job_is_an_error_of_its_caller_alone(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let write = store.write(|tx| {
        tx.insert_maintenance(&sample::draft(1))?;
        assert_eq!(tx.head()?.seq, 17, "a mistake in a job");
        Ok::<_, StoreError>(())
    });
    let panicked = write.await.expect_err("a panic is an error");
    assert!(matches!(panicked, StoreError::Permanent { .. }), "{panicked}");
    assert!(panicked.in_full().contains("a mistake in a job"), "{}", panicked.in_full());
    let read = store.read(|_| -> Result<(), StoreError> { panic!("another mistake") }).await;
    assert!(read.is_err_and(|error| error.in_full().contains("another mistake")));
    store.write(|tx| tx.insert_maintenance(&sample::draft(2))).await?;
    assert_eq!(store.read(|tx| tx.count_maintenances(&MaintenanceFilter::default())).await?, 1);
    Ok(())
}

/// Whatever is committed while it reads, a reader sees what was so when it began.
pub async fn a_reader_sees_one_state_while_others_write(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    store.write(|tx| tx.insert_maintenance(&sample::draft(1))).await?;
    let (has_read, when_read) = tokio::sync::oneshot::channel();
    let (has_written, when_written) = mpsc::channel();
    let reading = tokio::spawn(store.read(move |tx| {
        let before = (stored(tx, 1)?.revision, tx.head()?);
        has_read.send(()).expect("the writer waits for it");
        when_written.recv().expect("the writer says when it has written");
        assert_eq!(before, (stored(tx, 1)?.revision, tx.head()?));
        Ok::<_, StoreError>(before.0)
    }));
    when_read.await.expect("the reader says when it has read");
    store.write(|tx| edit(tx, 1)).await?;
    has_written.send(()).expect("the reader waits for it");
    assert_eq!(reading.await.expect("the reader does not panic")?, 1);
    assert_eq!(store.read(|tx| stored(tx, 1)).await?.revision, 2);
    Ok(())
}

/// What is asked for as a reading changes nothing.
pub async fn a_reader_cannot_write(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let refused = store.read(|tx| tx.insert_maintenance(&sample::draft(1))).await;
    assert!(matches!(refused, Err(StoreError::Permanent { .. })), "{refused:?}");
    assert_eq!(store.read(|tx| tx.count_maintenances(&MaintenanceFilter::default())).await?, 0);
    Ok(())
}

/// An order as the server gives it: take the row, decide, store, append.
fn edit(tx: &mut Tx, id: u128) -> Result<(), StoreError> {
    let taken = tx.lock_maintenance(MaintenanceId(id))?;
    let mut maintenance = taken.ok_or_else(|| StoreError::not_found("editing a sample"))?;
    maintenance.revision += 1;
    tx.put_maintenance(&maintenance)?;
    tx.append(&[sample::entry(EntryKind::Order, maintenance.revision)]).map(|_| ())
}

fn stored(tx: &mut Tx, id: u128) -> Result<Maintenance, StoreError> {
    tx.maintenance(MaintenanceId(id))?.ok_or_else(|| StoreError::not_found("reading a sample"))
}

/// What the benchmark measures: so many callers, each giving so many orders to a maintenance of its own.
///
/// # Errors
/// The first order that fails.
pub async fn orders(store: Arc<Store>, callers: u128, each: u64) -> Outcome {
    let mut orders = JoinSet::new();
    for id in 1..=callers {
        let store = Arc::clone(&store);
        orders.spawn(async move {
            store.write(move |tx| tx.insert_maintenance(&sample::scheduled(id))).await?;
            for _ in 0..each {
                store.write(move |tx| edit(tx, id)).await?;
            }
            Ok::<_, StoreError>(())
        });
    }
    while let Some(order) = orders.join_next().await {
        order.expect("an order does not panic")?;
    }
    Ok(())
}
