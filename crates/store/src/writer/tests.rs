//! What becomes of a group when the database fails it.
use tokio::sync::oneshot;

use super::*;
use crate::conformance::sample;
use crate::maintenances::found::MaintenanceFilter;
use crate::sqlite::Sqlite;

type Answer = oneshot::Receiver<Result<(), StoreError>>;

fn writer() -> (tempfile::TempDir, Writer) {
    let folder = tempfile::tempdir().unwrap();
    let mut database = Sqlite::writing(&folder.path().join("lull.db")).unwrap();
    database.migrate().unwrap();
    let (_, jobs) = mpsc::channel(1);
    (folder, Writer::new(Box::new(database), jobs, 256, Arc::default()))
}

fn insert(id: u128) -> (Box<dyn Job>, Answer) {
    job::job(move |tx| tx.insert_maintenance(&sample::draft(id)))
}

fn carried_out(writer: &mut Writer, jobs: Vec<(Box<dyn Job>, Answer)>) -> Vec<Result<(), StoreError>> {
    let (mut waiting, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
    writer.carry_out(&mut waiting);
    answers.into_iter().map(|mut answer| answer.try_recv().expect("every caller is answered")).collect()
}

fn count(writer: &mut Writer) -> u64 {
    writer.database.begin_reading().unwrap();
    let count = Tx::over(&mut *writer.database).count_maintenances(&MaintenanceFilter::default()).unwrap();
    writer.database.roll_back();
    count
}

#[test]
fn nobody_is_told_of_success_when_the_whole_transaction_is_lost() {
    let (_folder, mut writer) = writer();
    // As a full disk does: the transaction is gone, the job goes on and ends well.
    let losing = job::job(|tx| {
        tx.connection().batch("testing", "ROLLBACK")?;
        let refused = tx.insert_maintenance(&sample::draft(9));
        assert!(matches!(refused, Err(StoreError::Transient { .. })), "nothing is written outside of a transaction");
        Ok(())
    });
    let answers = carried_out(&mut writer, vec![insert(1), losing, insert(2)]);
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Transient { .. }))), "{answers:?}");
    assert_eq!(count(&mut writer), 0);
    assert!(carried_out(&mut writer, vec![insert(3)])[0].is_ok(), "the writer goes on");
    assert_eq!(count(&mut writer), 1);
}

#[test]
fn nobody_is_told_of_success_when_the_commit_fails() {
    let (_folder, mut writer) = writer();
    // A constraint that is looked at only when all is committed.
    let deferred = "CREATE TABLE parents (id INTEGER PRIMARY KEY); CREATE TABLE children (parent INTEGER
        REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED); PRAGMA foreign_keys = ON";
    writer.database.batch("testing", deferred).unwrap();
    let orphan = job::job(|tx| tx.connection().batch("testing", "INSERT INTO children (parent) VALUES (1)"));
    let answers = carried_out(&mut writer, vec![insert(1), orphan, insert(2)]);
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
    assert_eq!(count(&mut writer), 0);
    assert!(carried_out(&mut writer, vec![insert(3)])[0].is_ok(), "the writer goes on");
}

#[test]
fn whoever_finds_the_file_taken_may_try_again() {
    let (folder, mut writer) = writer();
    writer.database.batch("testing", "PRAGMA busy_timeout = 0").unwrap();
    let mut other = Sqlite::writing(&folder.path().join("lull.db")).unwrap();
    other.begin_writing().unwrap();
    let answers = carried_out(&mut writer, vec![insert(1), insert(2)]);
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Transient { .. }))), "{answers:?}");
    other.roll_back();
    assert!(carried_out(&mut writer, vec![insert(1)])[0].is_ok());
}
