//! Jobs that stop work: as they were written, found while something is left to do.
use std::sync::Arc;

use lull_domain::id::{JobId, TargetId};
use lull_domain::job::{Item, Job, State};
use lull_domain::order::Actor;
use serde_json::json;

use super::sample::minute;
use super::{Database, Outcome};
use crate::error::StoreError;
use crate::store::Options;

/// Items are found in order while they are not done; a job reads back with all of them.
pub async fn a_job_is_over_with_the_last_thing_that_it_stops(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let job = |id| Job { id: JobId(id), by: Actor::Person("ada".to_owned()), at: minute(1), reason: None };
    for id in [1, 2] {
        let items: Vec<Item> = ["a", "b"].into_iter().map(item).collect();
        store.write(move |tx| tx.insert_job(&job(id), &items)).await?;
    }
    let live = store.read(|tx| tx.live_job_items(3)).await?;
    let keys: Vec<_> = live.iter().map(|(id, number, item)| (id.0, *number, item.name.as_str())).collect();
    assert_eq!(keys, [(1, 0, "a"), (1, 1, "b"), (2, 0, "a")]);
    for number in [0, 1] {
        let write = store.write(move |tx| {
            assert!(tx.lock_job(JobId(1))?);
            let item = tx.job_item(JobId(1), number)?.expect("it is there");
            tx.put_job_item(JobId(1), number, &Item { state: State::Stopped, ..item })
        });
        write.await?;
    }
    let (read, items) = store.read(|tx| tx.job(JobId(1))).await?.expect("it is there");
    assert_eq!((read, items.iter().all(Item::is_done)), (job(1), true));
    assert_eq!(store.read(|tx| tx.live_job_items(9)).await?.len(), 2);
    let (all, first, rest) = store
        .read(|tx| Ok::<_, StoreError>((tx.jobs(None, 9)?, tx.jobs(None, 1)?, tx.jobs(Some(JobId(2)), 9)?)))
        .await?;
    assert_eq!((all, first, rest), (vec![job(2), job(1)], vec![job(2)], vec![job(1)]));
    assert!(!store.write(|tx| tx.lock_job(JobId(9))).await?);
    Ok(())
}

fn item(name: &str) -> Item {
    let body =
        json!({"target": TargetId(1), "binding": {"adapter": "here", "match": {}}, "name": name, "state": "waiting"});
    serde_json::from_value(body).expect("it is an item")
}
