//! What the gate of each process follows: what changed since an epoch, and who has reported which.
use std::sync::Arc;

use lull_domain::Span;
use lull_domain::engagement::Engagement;
use lull_domain::fence::Enforcer;
use lull_domain::id::MaintenanceId;
use lull_domain::maintenance::Maintenance;

use super::sample::minute;
use super::{Database, Outcome, sample};
use crate::error::StoreError;
use crate::store::{Options, Store};

/// Also what is over, and nothing that was known already.
pub async fn what_changed_since_an_epoch_is_found(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let first = marked(&store, sample::scheduled(1)).await?;
    let second = marked(&store, sample::completed(2)).await?;
    store.write(|tx| tx.insert_maintenance(&sample::draft(3))).await?;
    let engagement = sample::captured(7, 1);
    let put = engagement.clone();
    let third = store
        .write(move |tx| {
            tx.lock_engagement(put.key)?;
            tx.put_engagement(&put)?;
            let epoch = tx.raise_epoch()?;
            tx.mark_engagement(put.key, epoch)?;
            Ok::<_, StoreError>(epoch)
        })
        .await?;
    assert_eq!([first, second, third], [1, 2, 3]);
    assert_eq!(since(&store, 0).await?, (vec![1, 2], vec![engagement.clone()]));
    assert_eq!(since(&store, 1).await?, (vec![2], vec![engagement]));
    assert_eq!(since(&store, 3).await?, (vec![], vec![]));
    let ahead = store.read(|tx| tx.maintenances_ahead()).await?;
    assert_eq!(ahead.iter().map(|it| it.id.0).collect::<Vec<_>>(), [1]);
    Ok(())
}

/// One row for each name, until it is forgotten.
pub async fn an_enforcer_is_known_until_it_is_forgotten(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let enforcer = |name: &str, epoch: u32| Enforcer {
        name: name.to_owned(),
        epoch: epoch.into(),
        lease_until: minute(epoch.into()),
    };
    for said in [enforcer("b", 1), enforcer("a", 2), enforcer("b", 3)] {
        store.write(move |tx| tx.put_enforcer(&said)).await?;
    }
    assert_eq!(store.read(|tx| tx.enforcers()).await?, [enforcer("a", 2), enforcer("b", 3)]);
    assert!(store.write(|tx| tx.delete_enforcer("b")).await?);
    assert!(!store.write(|tx| tx.delete_enforcer("b")).await?);
    let last = enforcer("c", 1);
    store.write(move |tx| tx.put_enforcer(&last)).await?;
    store.write(|tx| tx.delete_enforcers()).await?;
    assert_eq!(store.read(|tx| tx.enforcers()).await?, []);
    Ok(())
}

/// In progress, and not yet noted; when it was is kept.
pub async fn what_not_every_enforcer_has_is_found(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    marked(&store, sample::scheduled(1)).await?;
    marked(&store, sample::active(2)).await?;
    marked(&store, sample::leaving(3)).await?;
    assert_eq!(store.read(|tx| tx.unreported()).await?, [(MaintenanceId(2), 2), (MaintenanceId(3), 3)]);
    let at = minute(5) + Span(7);
    store
        .write(move |tx| {
            tx.lock_maintenance(MaintenanceId(2))?;
            tx.mark_reported(MaintenanceId(2), at)
        })
        .await?;
    assert_eq!(store.read(|tx| tx.unreported()).await?, [(MaintenanceId(3), 3)]);
    assert_eq!(store.read(|tx| tx.reported_at(MaintenanceId(2))).await?, Some(at));
    assert_eq!(store.read(|tx| tx.reported_at(MaintenanceId(3))).await?, None);
    store
        .write(|tx| {
            tx.lock_maintenance(MaintenanceId(2))?;
            tx.unmark_reported(MaintenanceId(2))
        })
        .await?;
    assert_eq!(store.read(|tx| tx.unreported()).await?, [(MaintenanceId(2), 2), (MaintenanceId(3), 3)]);
    Ok(())
}

/// Stores one as an order does that the gate must know of.
async fn marked(store: &Store, maintenance: Maintenance) -> Result<u64, StoreError> {
    store
        .write(move |tx| {
            tx.insert_maintenance(&maintenance)?;
            let epoch = tx.raise_epoch()?;
            tx.mark_epoch(maintenance.id, epoch)?;
            Ok::<_, StoreError>(epoch)
        })
        .await
}

async fn since(store: &Store, epoch: u64) -> Result<(Vec<u128>, Vec<Engagement>), StoreError> {
    store
        .read(move |tx| {
            let maintenances = tx.maintenances_since(epoch)?.into_iter().map(|it| it.id.0).collect();
            Ok::<_, StoreError>((maintenances, tx.engagements_since(epoch)?))
        })
        .await
}
