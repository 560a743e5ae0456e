//! SQLite passes the suite, and what only SQLite promises.
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use lull_store::conformance::{Database, Outcome, durable, log, run, sample};
use lull_store::{Boxed, Chain, EntryKind, MaintenanceFilter, Options, Store, StoreError};

const FILE: &str = "LULL_STORE_TEST_FILE";

struct Sqlite {
    folder: tempfile::TempDir,
}

impl Sqlite {
    fn new() -> Sqlite {
        Sqlite { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("lull.db")
    }
}

impl Database for Sqlite {
    fn open(&self, options: Options) -> Boxed<Result<Store, StoreError>> {
        Store::open(self.path(), options)
    }

    fn meddle(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.path()).expect("the file can be opened");
        connection.busy_timeout(std::time::Duration::from_secs(5)).expect("no statement is running");
        connection.execute_batch(sql).expect("a meddler knows SQL");
    }

    fn writer(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("a test knows where it is"));
        command.args(["a_writer_that_others_kill", "--exact", "--ignored", "--nocapture"]).env(FILE, self.path());
        command
    }
}

lull_store::conformance!(Sqlite::new());

#[test]
#[ignore = "another test starts it and kills it"]
fn a_writer_that_others_kill() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let written: Outcome = runtime.block_on(async {
        let store = Store::open(file, Options::default()).await?;
        durable::write_until_killed(store).await
    });
    written.unwrap();
}

#[test]
fn jobs_that_wait_share_a_commit() {
    for (group, commits) in [(256, 2), (32, 5), (1, 101)] {
        run(
            async move |database| {
                let store = database.open(Options { group, ..Options::default() }).await?;
                let before = store.counts();
                queued(&store, 100).await?;
                let after = store.counts();
                assert_eq!(after.jobs - before.jobs, 101);
                assert_eq!(after.commits - before.commits, commits);
                Ok(())
            },
            Sqlite::new(),
        );
    }
}

/// Stores so many maintenances that all wait while the writer is busy with another job.
async fn queued(store: &Store, count: u128) -> Outcome {
    let (go, when) = mpsc::channel::<()>();
    let mut busy = store.write(move |_| {
        when.recv().expect("the test says when");
        Ok::<_, StoreError>(())
    });
    begin(&mut busy);
    // The busy one must be under way before the others come, or they would join its commit.
    while store.counts().jobs == 0 {
        tokio::task::yield_now().await;
    }
    let mut waiting: Vec<_> =
        (1..=count).map(|id| store.write(move |tx| tx.insert_maintenance(&sample::draft(id)))).collect();
    waiting.iter_mut().for_each(begin);
    go.send(()).expect("the job waits for it");
    busy.await?;
    for one in waiting {
        one.await?;
    }
    Ok(())
}

/// Hands a job in, without waiting for its answer.
fn begin<T>(write: &mut Boxed<T>) {
    assert!(matches!(write.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

#[test]
fn what_was_handed_in_is_carried_out_though_nobody_waits_and_the_store_is_dropped() {
    run(
        async |database| {
            let store = database.open(Options::default()).await?;
            for id in 1..=20 {
                begin(&mut store.write(move |tx| tx.insert_maintenance(&sample::draft(id))));
            }
            drop(store);
            let store = database.open(Options::default()).await?;
            assert_eq!(store.read(|tx| tx.count_maintenances(&MaintenanceFilter::default())).await?, 20);
            Ok(())
        },
        Sqlite::new(),
    );
}

#[test]
fn a_copy_of_the_open_files_has_what_was_acknowledged() {
    let original = Sqlite::new();
    let (from, copy) = (original.folder.path().to_owned(), Sqlite::new());
    run(
        async move |database| {
            let store = database.open(Options::default()).await?;
            for number in 1..=20 {
                store.write(move |tx| tx.append(&[sample::entry(EntryKind::Order, number)])).await?;
            }
            for name in ["lull.db", "lull.db-wal"] {
                std::fs::copy(from.join(name), copy.folder.path().join(name)).unwrap();
            }
            let copied = copy.open(Options::default()).await?;
            assert_eq!(copied.read(log::verified).await?, Chain::Whole { to: 20 });
            Ok(())
        },
        original,
    );
}
