//! A database of another version is refused, in words.
use std::sync::Arc;

use super::{Database, Outcome, sample};
use crate::error::StoreError;
use crate::maintenances::found::MaintenanceFilter;
use crate::store::Options;

/// An older program does not touch what it cannot know.
pub async fn a_newer_schema_is_refused(database: Arc<dyn Database>) -> Outcome {
    drop(database.open(Options::default()).await?);
    database.meddle("INSERT INTO migrations (version, name, hash) VALUES (9999, 'later', '')");
    let words = refused(&*database).await;
    assert!(words.contains("9999") && words.contains("newer program"), "{words}");
    Ok(())
}

/// What was applied is not what this program would apply.
pub async fn an_edited_migration_is_refused(database: Arc<dyn Database>) -> Outcome {
    drop(database.open(Options::default()).await?);
    database.meddle("UPDATE migrations SET hash = 'another' WHERE version = 1");
    let words = refused(&*database).await;
    assert!(words.contains("migration 1 (first)") && words.contains("never edited"), "{words}");
    Ok(())
}

/// What is there stays.
pub async fn opening_twice_migrates_once(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    store.write(|tx| tx.insert_maintenance(&sample::draft(1))).await?;
    drop(store);
    for _ in 0..2 {
        let store = database.open(Options::default()).await?;
        assert_eq!(store.read(|tx| tx.count_maintenances(&MaintenanceFilter::default())).await?, 1);
    }
    Ok(())
}

async fn refused(database: &dyn Database) -> String {
    match database.open(Options::default()).await {
        Err(error @ StoreError::Permanent { .. }) => error.in_full(),
        Err(other) => panic!("refused for another reason: {}", other.in_full()),
        Ok(_) => panic!("the database was opened"),
    }
}
