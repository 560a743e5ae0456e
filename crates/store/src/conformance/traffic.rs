//! Traffic: what several count adds up, and what is old is forgotten.
use std::sync::Arc;

use lull_domain::id::TargetId;
use lull_domain::{Instant, Span};

use super::sample::minute;
use super::{Database, Outcome};
use crate::error::StoreError;
use crate::store::Options;

fn hour(number: i64) -> Instant {
    minute(0) + Span::hours(number)
}

/// What is counted of the same target in the same hour adds up, whoever counted it.
pub async fn what_several_count_adds_up(database: Arc<dyn Database>) -> Outcome {
    let (one, other) = (database.open(Options::default()).await?, database.open(Options::default()).await?);
    let (shop, wiki) = (TargetId(1), TargetId(2));
    for (store, count) in [(&one, 3), (&other, 4), (&one, 0)] {
        store.write(move |tx| tx.add_traffic(hour(5), &[(shop, count), (wiki, 1)])).await?;
    }
    one.write(move |tx| tx.add_traffic(hour(4), &[(shop, 9)])).await?;
    assert_eq!(other.read(move |tx| tx.traffic(shop, hour(0))).await?, [(hour(4), 9), (hour(5), 7)]);
    assert_eq!(other.read(move |tx| tx.traffic(shop, hour(5))).await?, [(hour(5), 7)]);
    assert_eq!(one.read(move |tx| tx.traffic(wiki, hour(0))).await?, [(hour(5), 3)]);
    assert_eq!(one.read(move |tx| tx.traffic(TargetId(3), hour(0))).await?, []);
    Ok(())
}

/// What is old is forgotten, a few hours at a time.
pub async fn old_traffic_is_forgotten(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let counted = [(TargetId(1), 1), (TargetId(2), 2)];
    let five = move |tx: &mut crate::Tx| (0..5).try_for_each(|number| tx.add_traffic(hour(number), &counted));
    store.write::<_, StoreError, _>(five).await?;
    assert_eq!(store.write(|tx| tx.forget_traffic(hour(4), 3)).await?, 6);
    assert_eq!(store.write(|tx| tx.forget_traffic(hour(4), 3)).await?, 2);
    assert_eq!(store.write(|tx| tx.forget_traffic(hour(4), 3)).await?, 0);
    assert_eq!(store.read(|tx| tx.traffic(TargetId(2), hour(0))).await?, [(hour(4), 2)]);
    Ok(())
}
