//! The log: gapless, in order, chained.
use std::sync::Arc;

use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::order::Actor;
use serde_json::json;
use tokio::task::JoinSet;

use super::{Database, Outcome, sample};
use crate::chain::Chain;
use crate::error::StoreError;
use crate::log::{Entry, EntryFilter, EntryKind};
use crate::store::{Options, Store};
use crate::tx::Tx;

const APPENDERS: u64 = 32;

/// Many append one to three entries at a time, some in vain: the numbers are 1, 2, 3, …, each given once.
pub async fn the_log_has_no_gap_and_one_order(database: Arc<dyn Database>) -> Outcome {
    let store = Arc::new(database.open(Options::default()).await?);
    let mut appenders = appenders(&store);
    let mut given = Vec::new();
    while let Some(ended) = appenders.join_next().await {
        given.extend(ended.expect("an appender does not panic"));
    }
    given.sort_unstable();
    let count = given.len() as u64;
    assert_eq!(given, (1..=count).collect::<Vec<u64>>());
    let chain = store.read(verified).await?;
    assert_eq!(chain, Chain::Whole { to: count });
    assert_eq!(store.read(|tx| tx.verify_chain(0, 10)).await?, Chain::Whole { to: 10 });
    Ok(())
}

/// The whole chain, part by part.
///
/// # Errors
/// Those of reading.
pub fn verified(tx: &mut Tx) -> Result<Chain, StoreError> {
    let mut after = 0;
    loop {
        match tx.verify_chain(after, 100)? {
            Chain::Whole { to } if to > after => after = to,
            end => return Ok(end),
        }
    }
}

/// A row that is changed, taken out, cut off or put elsewhere breaks the chain where it stood.
pub async fn a_row_that_was_tampered_with_is_found(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let entries: Vec<Entry> = (1..=9).map(|number| sample::entry(EntryKind::Order, number)).collect();
    store.write(move |tx| tx.append(&entries)).await?;
    for (meddled, undone, broken) in [
        ("UPDATE log SET body = '{}' WHERE seq = 4", "UPDATE log SET body = '{\"number\":4}' WHERE seq = 4", 4),
        ("UPDATE log SET at = at + 1 WHERE seq = 5", "UPDATE log SET at = at - 1 WHERE seq = 5", 5),
        ("UPDATE log SET kind = 'token' WHERE seq = 1", "UPDATE log SET kind = 'order' WHERE seq = 1", 1),
        ("UPDATE log SET target = 'tgt_1' WHERE seq = 9", "UPDATE log SET target = NULL WHERE seq = 9", 9),
        ("UPDATE log SET seq = 99 WHERE seq = 3", "UPDATE log SET seq = 3 WHERE seq = 99", 3),
        ("UPDATE log SET seq = 99 WHERE seq = 9", "UPDATE log SET seq = 9 WHERE seq = 99", 9),
        ("UPDATE head SET seq = 10", "UPDATE head SET seq = 9", 10),
        ("DELETE FROM log WHERE seq = 9", "", 9),
        ("UPDATE head SET seq = 8", "", 9),
    ] {
        database.meddle(meddled);
        let found = store.read(|tx| tx.verify_chain(0, 1_000)).await?;
        assert!(matches!(found, Chain::Broken { seq, .. } if seq == broken), "{meddled}: {found:?}");
        if !undone.is_empty() {
            database.meddle(undone);
            assert_eq!(store.read(|tx| tx.verify_chain(0, 1_000)).await?, Chain::Whole { to: 9 }, "{undone}");
        }
    }
    Ok(())
}

/// Somebody who follows the log while it is written sees every entry, in order.
pub async fn nobody_sees_an_entry_without_the_one_before_it(database: Arc<dyn Database>) -> Outcome {
    let store = Arc::new(database.open(Options::default()).await?);
    let followers: Vec<_> = (0..3).map(|_| tokio::spawn(followed(Arc::clone(&store)))).collect();
    let mut appenders = appenders(&store);
    while let Some(ended) = appenders.join_next().await {
        ended.expect("an appender does not panic");
    }
    store.write(|tx| tx.append(&[sample::entry(EntryKind::Token, 0)])).await?;
    let head = store.read(|tx| tx.head()).await?;
    for follower in followers {
        assert_eq!(follower.await.expect("a follower does not panic")?, head.seq);
    }
    Ok(())
}

/// Follows the log to its entry of kind token; gives that one's number.
async fn followed(store: Arc<Store>) -> Result<u64, StoreError> {
    let mut changed = store.changed();
    let mut last = 0;
    loop {
        for logged in store.read(move |tx| tx.entries(last, &EntryFilter::default(), 7)).await? {
            assert_eq!(logged.seq, last + 1);
            last = logged.seq;
            if logged.entry.kind == EntryKind::Token {
                return Ok(last);
            }
        }
        let grown = changed.wait_for(|newest| *newest > last).await;
        grown.map_err(|_| StoreError::transient("following the log", "the store has stopped"))?;
    }
}

/// After a commit the newest number is told; a job that fails or appends nothing wakes nobody.
pub async fn the_log_wakes_whoever_waits_for_it(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let mut changed = store.changed();
    assert_eq!(*changed.borrow_and_update(), 0);
    let failing = store.write(|tx| {
        tx.append(&[sample::entry(EntryKind::Order, 1)])?;
        Err::<(), _>(StoreError::not_found("failing on purpose"))
    });
    failing.await.expect_err("it fails on purpose");
    store.write(|tx| tx.append(&[])).await?;
    store.write(|tx| tx.insert_maintenance(&sample::draft(1))).await?;
    assert!(!changed.has_changed().expect("the store is open"));
    let given = store.write(|tx| tx.append(&[sample::entry(EntryKind::Order, 1), sample::entry(EntryKind::Order, 2)]));
    assert_eq!(given.await?, 1..=2);
    changed.changed().await.expect("the store is open");
    assert_eq!(*changed.borrow_and_update(), 2);
    Ok(())
}

/// Each filter alone and together, after a number, at most so many.
pub async fn entries_are_found_by_what_they_concern(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let kinds = [EntryKind::Order, EntryKind::Engagement, EntryKind::Notice];
    let of = |number: u64| Entry {
        maintenance: Some(MaintenanceId(u128::from(number % 4))),
        target: (!number.is_multiple_of(5)).then_some(TargetId(u128::from(number % 5))),
        ..sample::entry(kinds[(number % 3) as usize], number)
    };
    let entries: Vec<Entry> = (1..=120).map(of).collect();
    let appended = entries.clone();
    store.write(move |tx| tx.append(&appended)).await?;
    for kind in [None, Some(EntryKind::Order), Some(EntryKind::Banner)] {
        for maintenance in [None, Some(MaintenanceId(3))] {
            for target in [None, Some(TargetId(2)), Some(TargetId(77))] {
                let filter = EntryFilter { kind, maintenance, target };
                let holds = |entry: &&Entry| {
                    kind.is_none_or(|kind| entry.kind == kind)
                        && (maintenance.is_none() || entry.maintenance == maintenance)
                        && (target.is_none() || entry.target == target)
                };
                let expected: Vec<Entry> = entries[20..].iter().filter(holds).take(6).cloned().collect();
                let found = store.read(move |tx| tx.entries(20, &filter, 6)).await?;
                let found: Vec<Entry> = found.into_iter().map(|logged| logged.entry).collect();
                assert_eq!(found, expected, "{filter:?}");
            }
        }
    }
    Ok(())
}

/// Every kind, every sort of actor, any body.
pub async fn an_entry_reads_back_as_it_was_appended(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let name = || "Zoë \"Z\" O'Neil\u{0}\u{1f}".to_owned();
    let actors =
        [Actor::Person(name()), Actor::Service(name()), Actor::Observer(name()), Actor::Schedule, Actor::Engine];
    let body = json!({ "text": name(), "deep": [1, 2.5, null, { "b": true, "a": -1 }], "": i64::MAX });
    let kinds = EntryKind::ALL.into_iter().cycle();
    let some = actors.into_iter().map(Some).chain([None]);
    let entry = |(kind, actor)| Entry { actor, body: body.clone(), ..sample::entry(kind, 0) };
    let entries: Vec<Entry> = kinds.zip(some).map(entry).collect();
    let appended = entries.clone();
    store.write(move |tx| tx.append(&appended)).await?;
    let logged = store.read(|tx| tx.entries(0, &EntryFilter::default(), 100)).await?;
    assert_eq!(logged.into_iter().map(|logged| logged.entry).collect::<Vec<Entry>>(), entries);
    let head = store.read(|tx| Ok::<_, StoreError>((tx.verify_chain(0, 100)?, tx.head()?))).await?;
    assert_eq!(head.0, Chain::Whole { to: head.1.seq });
    Ok(())
}

/// An epoch is raised by one each time, with or without entries, and outlives the process.
pub async fn epochs_are_given_once(database: Arc<dyn Database>) -> Outcome {
    let store = Arc::new(database.open(Options::default()).await?);
    let mut raised = JoinSet::new();
    for number in 1..=APPENDERS {
        let store = Arc::clone(&store);
        raised.spawn(async move { store.write(move |tx| raise(tx, number)).await });
    }
    let mut epochs = Vec::new();
    while let Some(epoch) = raised.join_next().await {
        epochs.push(epoch.expect("raising does not panic")?);
    }
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=APPENDERS).collect::<Vec<u64>>());
    drop(store);
    let store = database.open(Options::default()).await?;
    let head = store.read(|tx| tx.head()).await?;
    assert_eq!((head.epoch, head.seq), (APPENDERS, APPENDERS / 2));
    Ok(())
}

fn raise(tx: &mut Tx, number: u64) -> Result<u64, StoreError> {
    let epoch = tx.raise_epoch()?;
    if number.is_multiple_of(2) {
        tx.append(&[sample::entry(EntryKind::Order, number)])?;
    }
    Ok(epoch)
}

/// Appenders of one to three entries, every fifth in vain; each gives the numbers that it got.
fn appenders(store: &Arc<Store>) -> JoinSet<Vec<u64>> {
    let mut appenders = JoinSet::new();
    for number in 0..APPENDERS {
        let store = Arc::clone(store);
        appenders.spawn(async move {
            let mut given = Vec::new();
            for round in 0..10 {
                let entries = vec![sample::entry(EntryKind::Order, number); 1 + ((number + round) % 3) as usize];
                let append = store.write(move |tx| {
                    let seqs = tx.append(&entries)?;
                    let in_vain = (number + round).is_multiple_of(5);
                    if in_vain { Err(StoreError::not_found("failing on purpose")) } else { Ok(seqs) }
                });
                given.extend(append.await.into_iter().flatten());
            }
            given
        });
    }
    appenders
}
