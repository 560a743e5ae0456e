//! Maintenances: as they were written, and found by what they are.
use std::collections::BTreeSet;
use std::sync::Arc;

use lull_domain::Instant;
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::maintenance::Maintenance;
use lull_domain::scope::{Clause, Scope};

use super::sample::minute;
use super::{Database, Outcome, sample};
use crate::error::StoreError;
use crate::maintenances::Status;
use crate::maintenances::found::{MaintenanceFilter, Page};
use crate::store::{Options, Store};

/// One of each life, after every change.
pub async fn a_maintenance_reads_back_as_it_was_written(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    assert_eq!(store.read(|tx| tx.maintenance(MaintenanceId(1))).await?, None);
    assert_eq!(store.write(|tx| tx.lock_maintenance(MaintenanceId(1))).await?, None);
    insert(&store, vec![sample::draft(1)]).await?;
    let lives = [sample::scheduled, sample::entering, sample::active, sample::leaving, sample::completed];
    for maintenance in lives.map(|life| life(1)) {
        let written = maintenance.clone();
        store.write(move |tx| tx.lock_maintenance(written.id).and_then(|_| tx.put_maintenance(&written))).await?;
        assert_eq!(store.read(|tx| tx.maintenance(MaintenanceId(1))).await?, Some(maintenance.clone()));
        assert_eq!(store.write(|tx| tx.lock_maintenance(MaintenanceId(1))).await?, Some(maintenance));
    }
    Ok(())
}

/// All phases of what has begun and is not over, and nothing else.
pub async fn what_is_in_progress_is_found(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let live = vec![sample::entering(3), sample::active(4), sample::leaving(5)];
    let others = vec![sample::draft(1), sample::scheduled(2), sample::completed(6)];
    insert(&store, [live.clone(), others].concat()).await?;
    assert_eq!(store.read(|tx| tx.live_maintenances()).await?, live);
    Ok(())
}

/// What the clock orders next is found by when it does, and no longer when it no longer does.
pub async fn what_is_due_is_found_in_its_order(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    assert_eq!(store.read(|tx| tx.next_due_at(minute(0))).await?, None);
    let starting = |id: u128, at: i64| {
        let mut maintenance = sample::scheduled(id);
        maintenance.plan.starts_at = Some(minute(at));
        maintenance
    };
    let all = vec![starting(1, 50), starting(2, 40), starting(3, 40), sample::active(4), sample::draft(5)];
    insert(&store, [all, vec![sample::completed(6)]].concat()).await?;
    let due = async |by: Instant| {
        let due = store.read(move |tx| tx.due_maintenances(by)).await?;
        Ok::<_, StoreError>(due.into_iter().map(|maintenance| maintenance.id.0).collect::<Vec<u128>>())
    };
    assert_eq!(due(Instant(minute(40).0 - 1)).await?, [0_u128; 0]);
    assert_eq!(due(minute(40)).await?, [2, 3], "at the very instant, by id");
    assert_eq!(due(minute(500)).await?, [2, 3, 1, 4], "the active one at its end; a draft and a completed one never");
    assert_eq!(store.read(|tx| tx.next_due_at(minute(0))).await?, Some(minute(40)));
    for id in [2, 3] {
        let begun = sample::active(id);
        store.write(move |tx| tx.lock_maintenance(begun.id).and_then(|_| tx.put_maintenance(&begun))).await?;
    }
    assert_eq!(store.read(|tx| tx.next_due_at(minute(0))).await?, Some(minute(50)));
    Ok(())
}

/// While it is read page by page, newer ones come and older ones go; none that stayed is left out, none is given twice.
pub async fn a_list_goes_on_where_it_ended_whatever_is_written(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    insert(&store, (100..140).map(sample::draft).collect()).await?;
    let (mut seen, mut page) = (Vec::new(), Page { after: None, limit: 7 });
    for round in 0.. {
        let part = list(&store, MaintenanceFilter::default(), page).await?;
        let Some(last) = part.last() else { break };
        page.after = Some(MaintenanceId(*last));
        seen.extend(part);
        insert(&store, vec![sample::draft(200 + round)]).await?;
        let gone = MaintenanceId(100 + round);
        store.write(move |tx| tx.lock_maintenance(gone).and_then(|_| tx.delete_maintenance(gone))).await?;
    }
    let stayed: Vec<u128> = (106..140).rev().collect();
    assert_eq!(seen.iter().copied().filter(|id| *id >= 106).collect::<Vec<u128>>(), stayed, "newest first");
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
    Ok(())
}

/// Each filter alone and together; counting agrees with listing.
pub async fn a_list_is_filtered_by_status_roots_and_text(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let mut two_roots = sample::active(3);
    two_roots.plan.scope =
        Scope { include: vec![Clause::under(TargetId(1)), Clause::under(TargetId(9))], exclude: vec![] };
    two_roots.plan.texts.title = "Größere 100%_Arbeiten!".to_owned();
    let mut described = sample::scheduled(2);
    described.plan.texts.description = Some("The DATABASE\0moves.".to_owned());
    insert(&store, vec![sample::scheduled(1), described, two_roots, sample::completed(4)]).await?;
    let filter = |status: Option<Status>, roots: Option<&[u128]>, text: Option<&str>| MaintenanceFilter {
        status,
        roots: roots.map(sample::targets),
        text: text.map(str::to_owned),
    };
    for (filter, expected) in [
        (filter(None, None, None), &[4, 3, 2, 1][..]),
        (filter(Some(Status::Scheduled), None, None), &[2, 1]),
        (filter(Some(Status::Cancelled), None, None), &[]),
        (filter(None, Some(&[1]), None), &[3, 1]),
        (filter(None, Some(&[9, 4, 77]), None), &[4, 3]),
        (filter(None, Some(&[]), None), &[]),
        (filter(None, None, Some("database")), &[2]),
        (filter(None, None, Some("base\0MOVES")), &[2]),
        (filter(None, None, Some("GRÖSSERE")), &[]),
        (filter(None, None, Some("GRÖßERE")), &[3]),
        (filter(None, None, Some("100%_a")), &[3]),
        (filter(None, None, Some("1%0")), &[]),
        (filter(None, None, Some("n!")), &[3]),
        (filter(Some(Status::Scheduled), Some(&[1, 2]), Some("maintenance 1")), &[1]),
    ] {
        let listed = list(&store, filter.clone(), Page { after: None, limit: 10 }).await?;
        assert_eq!(listed, expected, "{filter:?}");
        let counted = filter.clone();
        let count = store.read(move |tx| tx.count_maintenances(&counted)).await?;
        assert_eq!(count, expected.len() as u64, "{filter:?}");
    }
    Ok(())
}

/// With its roots, so that its id could be given again.
pub async fn a_draft_that_is_deleted_is_gone(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    insert(&store, vec![sample::draft(1)]).await?;
    let id = MaintenanceId(1);
    store.write(move |tx| tx.lock_maintenance(id).and_then(|_| tx.delete_maintenance(id))).await?;
    assert_eq!(store.read(move |tx| tx.maintenance(id)).await?, None);
    insert(&store, vec![sample::draft(1)]).await
}

/// None until it is marked; then the last one.
pub async fn the_epoch_of_a_maintenance_is_kept(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    insert(&store, vec![sample::scheduled(1)]).await?;
    let id = MaintenanceId(1);
    assert_eq!(store.read(move |tx| tx.epoch_of(id)).await?, None);
    let marked = store.write(move |tx| {
        tx.lock_maintenance(id)?;
        tx.put_maintenance(&sample::entering(1))?;
        let epoch = tx.raise_epoch()?;
        tx.mark_epoch(id, epoch)?;
        Ok::<_, StoreError>(epoch)
    });
    let marked = marked.await?;
    store.write(move |tx| tx.lock_maintenance(id).and_then(|_| tx.put_maintenance(&sample::active(1)))).await?;
    assert_eq!(store.read(move |tx| tx.epoch_of(id)).await?, Some(marked));
    Ok(())
}

/// A body of a newer program, or none at all, is an error that says which row.
pub async fn what_cannot_be_read_is_named(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    insert(&store, vec![sample::active(1)]).await?;
    for (meddled, said) in [
        ("UPDATE maintenances SET version = 99", "version 99"),
        ("UPDATE maintenances SET version = 1, body = '{\"id\":'", "EOF"),
        ("UPDATE maintenances SET body = '{}'", "missing field"),
    ] {
        database.meddle(meddled);
        let refused = store.read(|tx| tx.live_maintenances()).await.expect_err("it cannot be read");
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
        let words = refused.in_full();
        assert!(words.contains(said) && words.contains(&MaintenanceId(1).to_string()), "{words}");
    }
    Ok(())
}

async fn insert(store: &Store, maintenances: Vec<Maintenance>) -> Outcome {
    store.write(move |tx| maintenances.iter().try_for_each(|maintenance| tx.insert_maintenance(maintenance))).await
}

async fn list(store: &Store, filter: MaintenanceFilter, page: Page) -> Result<Vec<u128>, StoreError> {
    let listed = store.read(move |tx| tx.list_maintenances(&filter, page)).await?;
    Ok(listed.into_iter().map(|maintenance| maintenance.id.0).collect())
}
