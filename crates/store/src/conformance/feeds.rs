//! Feeds and imports: found by what they are known by, and what is over stays to be found for a while.
use std::sync::Arc;

use lull_domain::id::{FeedId, MaintenanceId, TargetId};
use lull_domain::life::{Ended, Life};
use lull_domain::order::Actor;

use super::sample::{minute, scheduled};
use super::{Database, Outcome};
use crate::error::StoreError;
use crate::feeds::Feed;
use crate::imports::Import;
use crate::store::Options;

fn feed(number: u128, is_public: bool) -> Feed {
    let made_by = Actor::Person("ada".to_owned());
    Feed { id: FeedId(number), is_public, target: TargetId(7), made_by, made_at: minute(1) }
}

fn import(number: u128, uid: &str, sequence: u32) -> Import {
    let (provider, number_there) = ("carrier.example".to_owned(), format!("CHG{number}"));
    Import { maintenance: MaintenanceId(number), uid: uid.to_owned(), provider, number: number_there, sequence }
}

/// A public one has no secret to be found by.
pub async fn a_feed_is_found_by_its_secret_until_it_is_deleted(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    store.write(|tx| tx.insert_feed(&feed(1, false), Some(&[1; 32]))).await?;
    store.write(|tx| tx.insert_feed(&feed(2, true), None)).await?;
    store.write(|tx| tx.insert_feed(&feed(3, true), None)).await?;
    let taken = store.write(|tx| tx.insert_feed(&feed(4, false), Some(&[1; 32]))).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
    assert_eq!(store.read(|tx| tx.feed_by_secret(&[1; 32])).await?, Some(feed(1, false)));
    assert_eq!(store.read(|tx| tx.feed_by_secret(&[0; 32])).await?, None);
    assert_eq!(store.read(|tx| tx.feed(FeedId(2))).await?, Some(feed(2, true)));
    assert_eq!(store.read(|tx| tx.feeds()).await?, [feed(1, false), feed(2, true), feed(3, true)]);
    assert!(store.write(|tx| tx.delete_feed(FeedId(1))).await?);
    assert!(!store.write(|tx| tx.delete_feed(FeedId(1))).await?);
    assert_eq!(store.read(|tx| tx.feed_by_secret(&[1; 32])).await?, None);
    Ok(())
}

/// By either of the two that name it; the newest maintenance first.
pub async fn an_import_is_found_by_uid_or_number(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    for one in [import(1, "a", 0), import(2, "a", 3), import(3, "b", u32::MAX)] {
        store.write(move |tx| tx.put_import(&one)).await?;
    }
    store.write(|tx| tx.put_import(&import(1, "a", 5))).await?;
    assert_eq!(store.read(|tx| tx.imports("a", "", "")).await?, [import(2, "a", 3), import(1, "a", 5)]);
    let found = store.read(|tx| tx.imports("c", "carrier.example", "CHG3")).await?;
    assert_eq!(found, [import(3, "b", u32::MAX)]);
    assert_eq!(store.read(|tx| tx.imports("b", "carrier.example", "CHG3")).await?.len(), 1);
    assert_eq!(store.read(|tx| tx.imports("c", "other.example", "CHG3")).await?, []);
    Ok(())
}

/// A draft that nobody was promised is no news when it is cancelled.
pub async fn what_was_promised_and_is_over_is_found_by_when(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    for (number, at, promised) in [(1, 10, true), (2, 20, true), (3, 30, false)] {
        let ended = Ended { at: minute(at), passed: None, reason: None, message: None, ran: None };
        let mut over = scheduled(number);
        over.life = Life::Cancelled(ended);
        store
            .write(move |tx| {
                tx.insert_maintenance(&over)?;
                if promised { tx.mark_epoch(over.id, 1) } else { Ok(()) }
            })
            .await?;
    }
    let ids =
        |after| store.read(move |tx| Ok(tx.maintenances_over_since(minute(after))?.iter().map(|it| it.id).collect()));
    let found: Result<Vec<MaintenanceId>, StoreError> = ids(0).await;
    assert_eq!(found?, [MaintenanceId(1), MaintenanceId(2)]);
    let found: Result<Vec<MaintenanceId>, StoreError> = ids(10).await;
    assert_eq!(found?, [MaintenanceId(2)]);
    Ok(())
}
