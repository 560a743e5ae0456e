//! What is waited for: as it was written, and gone when nobody waits any more.
use std::sync::Arc;

use lull_domain::drain::{Blocker, Drain};
use lull_domain::id::{MaintenanceId, TargetId};

use super::sample::minute;
use super::{Database, Outcome, sample};
use crate::error::StoreError;
use crate::store::Options;

/// By maintenance and target, written again and again; gone with its maintenance's wait, and no other's.
pub async fn what_is_waited_for_reads_back_until_nobody_waits(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let blocker = Blocker { name: "shop/web/1".to_owned(), id: None, owner: Some("ada".to_owned()), since: None };
    let some = Drain { running: Some(vec![blocker]), ..Drain::new(minute(1)) };
    for (id, target, drain) in
        [(1, 10, Drain::new(minute(1))), (1, 10, some.clone()), (1, 11, some.clone()), (2, 10, some)]
    {
        let write = store.write(move |tx| {
            if tx.maintenance(MaintenanceId(id))?.is_none() {
                tx.insert_maintenance(&sample::scheduled(id))?;
            }
            tx.lock_maintenance(MaintenanceId(id))?;
            tx.put_drain(MaintenanceId(id), TargetId(target), &drain)
        });
        write.await?;
    }
    let all = store.read(|tx| tx.drains()).await?;
    let keys: Vec<_> = all.keys().map(|(id, target)| (id.0, target.0)).collect();
    assert_eq!(keys, [(1, 10), (1, 11), (2, 10)]);
    assert_eq!(all[&(MaintenanceId(1), TargetId(10))].running.as_ref().map(Vec::len), Some(1), "the newest counts");
    assert_eq!(store.read(|tx| tx.drains_of(MaintenanceId(1))).await?.len(), 2);
    store.write(|tx| tx.drop_drains(MaintenanceId(1))).await?;
    let left = store.read(|tx| Ok::<_, StoreError>(tx.drains()?.into_keys().collect::<Vec<_>>())).await?;
    assert_eq!(left, [(MaintenanceId(2), TargetId(10))]);
    Ok(())
}
