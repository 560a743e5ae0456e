//! Requests with a key: carried out once, whoever asks how often, and answered alike.
use std::sync::Arc;

use lull_domain::Instant;
use lull_domain::id::MaintenanceId;
use tokio::task::JoinSet;

use super::sample::minute;
use super::{Database, Outcome, sample};
use crate::error::StoreError;
use crate::idempotency::{KEPT_FOR, Kept, Keyed};
use crate::log::EntryKind;
use crate::maintenances::found::MaintenanceFilter;
use crate::once::Once;
use crate::store::{Options, Store};

/// The key is there exactly if the order is.
pub async fn a_key_is_taken_with_what_is_done_under_it_or_not_at_all(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let keyed = request(1);
    let refuse = async {
        let refused = store.write(|tx| {
            tx.insert_maintenance(&sample::draft(1))?;
            Err::<(), _>(StoreError::not_found("a sample"))
        });
        refused.await
    };
    assert!(Once::new(keyed).over(refuse).await.is_err());
    assert_eq!(kept(&store, keyed).await?, None);
    let once = Once::new(keyed);
    Arc::clone(&once).over(async { make(&store, 1).await }).await?;
    assert!(!once.is_taken());
    let done = Kept { request: keyed.request, seq: Some(1), answer: None };
    assert_eq!(kept(&store, keyed).await?, Some(done.clone()));
    drop(store);
    let store = database.open(Options::default()).await?;
    assert_eq!(kept(&store, keyed).await?, Some(done));
    Ok(())
}

/// An attempt that finds itself behind writes nothing; what the same request writes later is not in its way.
pub async fn a_key_is_taken_by_the_first_of_a_request_that_grows_the_log(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let keyed = request(1);
    let attempts = async {
        store.write(|_| Ok::<_, StoreError>(())).await?;
        make(&store, 1).await?;
        make(&store, 2).await
    };
    Once::new(keyed).over(attempts).await?;
    let done = Kept { request: keyed.request, seq: Some(1), answer: None };
    assert_eq!(kept(&store, keyed).await?, Some(done));
    let again = Once::new(keyed);
    assert!(Arc::clone(&again).over(async { make(&store, 3).await }).await.is_err() && again.is_taken());
    assert_eq!(store.read(|tx| tx.head()).await?.seq, 2);
    Ok(())
}

/// The others are told that it is taken, and leave nothing behind.
pub async fn of_64_requests_with_one_key_one_is_carried_out(database: Arc<dyn Database>) -> Outcome {
    let store = Arc::new(database.open(Options::default()).await?);
    let mut requests = JoinSet::new();
    for id in 1..=64 {
        let store = Arc::clone(&store);
        requests.spawn(async move {
            let once = Once::new(request(1));
            let done = Arc::clone(&once).over(async { make(&store, id).await }).await;
            assert_eq!(done.is_err(), once.is_taken(), "{done:?}");
            done.is_ok()
        });
    }
    let done = requests.join_all().await;
    assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
    assert_eq!(store.read(|tx| tx.count_maintenances(&MaintenanceFilter::default())).await?, 1);
    assert_eq!(store.read(|tx| tx.head()).await?.seq, 1);
    Ok(())
}

/// Seven days to the microsecond; what is forgotten may be taken anew.
pub async fn an_answer_is_kept_with_its_key_and_forgotten_after_seven_days(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let keyed = request(1);
    store.write(move |tx| tx.take_key(&keyed)).await?;
    store.write(move |tx| tx.keep_answer(&keyed, "201")).await?;
    let other = Keyed { request: [9; 32], ..keyed };
    store.write(move |tx| tx.keep_answer(&other, "500")).await?;
    let answered = Kept { request: keyed.request, seq: None, answer: Some("201".to_owned()) };
    let last = Keyed { at: keyed.at + KEPT_FOR, ..keyed };
    assert_eq!(kept(&store, last).await?, Some(answered));
    assert!(!store.write(move |tx| tx.take_key(&last)).await?);
    assert_eq!(store.write(move |tx| tx.forget_keys(last.at, 10)).await?, 0);
    let later = Keyed { at: Instant(last.at.0 + 1), ..keyed };
    assert_eq!(kept(&store, later).await?, None);
    assert!(store.write(move |tx| tx.take_key(&later)).await?);
    for n in 2..=4 {
        store.write(move |tx| tx.take_key(&request(n))).await?;
    }
    let then = minute(5) + KEPT_FOR;
    assert_eq!(store.write(move |tx| tx.forget_keys(then, 2)).await?, 2);
    assert_eq!(store.write(move |tx| tx.forget_keys(then, 2)).await?, 1);
    assert!(kept(&store, later).await?.is_some());
    Ok(())
}

/// Nothing was done under it, so nothing is done twice.
pub async fn what_changed_nothing_and_was_not_answered_may_be_asked_again(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    Once::new(request(1)).over(async { store.write(|_| Ok::<_, StoreError>(())).await }).await?;
    let once = Once::new(Keyed { request: [5; 32], ..request(1) });
    Arc::clone(&once).over(async { make(&store, 1).await }).await?;
    let kept = kept(&store, request(1)).await?;
    assert_eq!(kept, Some(Kept { request: [5; 32], seq: Some(1), answer: None }));
    Ok(())
}

/// A request as the server carries one out: what it does, and its entry.
async fn make(store: &Store, id: u128) -> Outcome {
    let made = store.write(move |tx| {
        tx.insert_maintenance(&sample::draft(id))?;
        tx.append(&[sample::entry(EntryKind::Order, 1)])?;
        tx.maintenance(MaintenanceId(id))
    });
    made.await.map(|_| ())
}

async fn kept(store: &Store, keyed: Keyed) -> Result<Option<Kept>, StoreError> {
    store.read(move |tx| tx.kept(&keyed)).await
}

fn request(number: u8) -> Keyed {
    Keyed { id: [number; 32], request: [number; 32], at: minute(i64::from(number)) }
}
