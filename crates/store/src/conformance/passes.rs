//! Passes: a link is opened once, by whoever is first, and its cookie is found.
use std::sync::Arc;

use lull_domain::id::{MaintenanceId, PassId, TargetId};

use super::sample::minute;
use super::{Database, Outcome};
use crate::error::StoreError;
use crate::passes::Pass;
use crate::store::{Options, Store};

fn pass(number: u128) -> Pass {
    Pass {
        id: PassId(number),
        maintenance: MaintenanceId(5),
        target: TargetId(7),
        made_by: "ada".to_owned(),
        made_at: minute(1),
        good_until: minute(60),
        is_opened: false,
    }
}

async fn insert(store: &Store, pass: Pass, link: [u8; 32]) -> Outcome {
    store.write(move |tx| tx.insert_pass(&pass, &link)).await
}

/// The second time it opens nothing, and the cookie of the first goes on.
pub async fn a_link_is_opened_once(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    insert(&store, pass(1), [1; 32]).await?;
    insert(&store, pass(2), [2; 32]).await?;
    let taken = insert(&store, pass(3), [1; 32]).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
    assert_eq!(store.read(|tx| tx.pass_by_link(&[1; 32])).await?, Some(pass(1)));
    assert_eq!(store.read(|tx| tx.pass_by_cookie(&[9; 32])).await?, None);
    assert!(store.write(|tx| tx.open_pass(&[1; 32], &[9; 32])).await?);
    assert!(!store.write(|tx| tx.open_pass(&[1; 32], &[8; 32])).await?);
    assert!(!store.write(|tx| tx.open_pass(&[3; 32], &[8; 32])).await?);
    let opened = Some(Pass { is_opened: true, ..pass(1) });
    assert_eq!(store.read(|tx| tx.pass_by_cookie(&[9; 32])).await?, opened);
    assert_eq!(store.read(|tx| tx.pass_by_link(&[1; 32])).await?, opened);
    assert_eq!(store.read(|tx| tx.pass_by_cookie(&[8; 32])).await?, None);
    assert_eq!(store.read(|tx| tx.pass_by_link(&[2; 32])).await?, Some(pass(2)));
    Ok(())
}

/// However many try at the same moment.
pub async fn of_64_who_open_a_link_one_gets_in(database: Arc<dyn Database>) -> Outcome {
    let store = Arc::new(database.open(Options::default()).await?);
    insert(&store, pass(1), [1; 32]).await?;
    let opening: Vec<_> = (0..64u8)
        .map(|n| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.write(move |tx| tx.open_pass(&[1; 32], &[100 + n; 32])).await })
        })
        .collect();
    let mut opened = 0;
    for one in opening {
        opened += usize::from(one.await.expect("it does not panic")?);
    }
    assert_eq!(opened, 1);
    Ok(())
}

/// What is still good stays.
pub async fn a_pass_is_forgotten_some_time_after_its_end(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    insert(&store, pass(1), [1; 32]).await?;
    insert(&store, Pass { good_until: minute(90), ..pass(2) }, [2; 32]).await?;
    assert_eq!(store.write(|tx| tx.forget_passes(minute(60))).await?, 0);
    assert_eq!(store.write(|tx| tx.forget_passes(minute(61))).await?, 1);
    assert_eq!(store.read(|tx| tx.pass_by_link(&[1; 32])).await?, None);
    assert!(store.read(|tx| tx.pass_by_link(&[2; 32])).await?.is_some());
    Ok(())
}

/// The first time counts, and only it is.
pub async fn a_pass_is_ended_once(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    insert(&store, pass(1), [1; 32]).await?;
    insert(&store, pass(2), [2; 32]).await?;
    assert_eq!(store.read(|tx| tx.good_passes(minute(59))).await?, [pass(1), pass(2)]);
    assert!(store.write(|tx| tx.end_pass(PassId(1), minute(20))).await?);
    assert!(!store.write(|tx| tx.end_pass(PassId(1), minute(30))).await?);
    assert!(!store.write(|tx| tx.end_pass(PassId(3), minute(30))).await?);
    let ended = Pass { good_until: minute(20), ..pass(1) };
    assert_eq!(store.read(|tx| tx.pass(PassId(1))).await?, Some(ended));
    assert_eq!(store.read(|tx| tx.good_passes(minute(20))).await?, [pass(2)]);
    assert_eq!(store.read(|tx| tx.good_passes(minute(60))).await?, []);
    Ok(())
}
