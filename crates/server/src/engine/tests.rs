//! What the engine stores of a free engagement in doubt.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lull_adapters::{Adapter, Boxed, Call, Done, Match, Reading};
use lull_domain::Span;
use lull_domain::engagement::{Doubt, Engagement, Key};
use lull_domain::estate::{Binding, Kind, Match as Bound, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::policy::Effect;
use lull_store::{EntryFilter, EntryKind, Logged, Options, Store, StoreError};
use serde_json::json;

use super::Engine;
use crate::clock;
use crate::core::Core;

/// One thing that is down; it cannot be started.
struct Down;

impl Adapter for Down {
    fn list<'a>(&'a self, _matches: &'a Match) -> Boxed<'a, Reading> {
        let db = json!({"name": "shop-db", "project": "shop", "service": "db", "state": "stopped", "setting": null});
        let workloads = vec![serde_json::from_value(db).expect("it is a workload")];
        Box::pin(async { Ok(Reading { booted_at: None, workloads }) })
    }

    fn stop<'a>(&'a self, _call: &'a Call) -> Boxed<'a, Vec<Done>> {
        unreachable!("what is in doubt is only read")
    }

    fn start<'a>(&'a self, _call: &'a Call) -> Boxed<'a, Vec<Done>> {
        unreachable!("what is in doubt is only read")
    }

    fn backup<'a>(&'a self, _call: &'a Call) -> Boxed<'a, Vec<Done>> {
        unreachable!("what is in doubt is only read")
    }
}

async fn stored(core: &Core) -> (Engagement, Vec<Logged>) {
    let read = core
        .store
        .read::<_, StoreError, _>(|tx| Ok((tx.engagement(key())?, tx.entries(0, &EntryFilter::default(), 100)?)));
    read.await.expect("a store")
}

fn key() -> Key {
    Key { target: TargetId(7), effect: Effect::Stop }
}

#[tokio::test]
async fn what_is_down_after_its_hour_of_doubt_is_logged_and_told_once_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path().join("lull.db"), Options::default()).await.expect("a store");
    let matches = Bound { project: Some("shop".to_owned()), ..Bound::default() };
    let binding = Some(Binding { adapter: "here".to_owned(), matches });
    let target = Target { binding, ..Target::new(TargetId(7), "shop".parse().expect("a path"), Kind::Product) };
    let doubt = Doubt {
        names: vec!["shop-db".to_owned()],
        since: clock::now() - Span::minutes(61),
        answers: Some(MaintenanceId(3)),
    };
    let written = store.write::<_, StoreError, _>(move |tx| {
        tx.put_target(&target)?;
        let free = tx.lock_engagement(key())?;
        tx.put_engagement(&Engagement { doubt: Some(doubt), ..free })
    });
    written.await.expect("it can be stored");
    let adapters = BTreeMap::from([("here".to_owned(), Arc::new(Down) as _)]);
    let core = Arc::new(Core::new(store, adapters).await.expect("an estate"));
    let running = tokio::spawn(Engine::new(Arc::clone(&core)).run(|| {}));
    while !stored(&core).await.0.is_at_rest() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.abort();
    let (_, entries) = stored(&core).await;
    let of = |kind| entries.iter().filter(move |logged| logged.entry.kind == kind).collect::<Vec<_>>();
    let (logs, notices) = (of(EntryKind::Engagement), of(EntryKind::Notice));
    assert_eq!((logs.len(), notices.len()), (1, 1), "{entries:?}");
    for told in [logs[0], notices[0]] {
        assert_eq!(told.entry.body["names"], json!(["shop-db"]));
        assert_eq!(told.entry.maintenance, Some(MaintenanceId(3)));
    }
    assert_eq!(notices[0].entry.body["kind"], "trouble");
    assert_eq!(notices[0].entry.body["audience"], "operators");
}
