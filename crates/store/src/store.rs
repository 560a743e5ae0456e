//! The store: whoever has it can read, write, and hear when the log grows.
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use lull_domain::Instant;
use tokio::sync::watch;

use crate::embedded::Embedded;
use crate::error::StoreError;
use crate::job::{self, Job};
use crate::postgres::{self, Postgres};
use crate::tx::Tx;
use crate::writer::Tally;

/// A future that is compiled once, in this crate.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How the store works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// How many waiting jobs share a commit, at most; 1 commits each on its own. On PostgreSQL each has its own.
    pub group: usize,
    /// How many jobs write at a time, where the database lets more than one: PostgreSQL.
    pub writers: usize,
    /// How many jobs read at a time.
    pub readers: usize,
    /// How many jobs may wait to write; whoever comes later waits to be let in.
    pub waiting: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { group: 256, writers: 8, readers: 4, waiting: 4_096 }
    }
}

/// What the store has done since it was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Jobs that wrote, or tried to.
    pub jobs: u64,
    /// Commits, each of which made one or more of them durable.
    pub commits: u64,
}

/// The store. When an embedded one is dropped, what was handed to it is carried out first.
pub struct Store {
    engine: Engine,
    changed: watch::Receiver<u64>,
    tally: Arc<Tally>,
}

/// Where it is kept.
enum Engine {
    Sqlite(Embedded),
    Postgres(Postgres),
}

impl Store {
    /// Opens the database in this file, makes it where there is none, and brings an older one to this version.
    ///
    /// # Errors
    /// Permanent where the database is of a newer program; Transient where another process holds the file.
    pub fn open(path: impl Into<PathBuf>, options: Options) -> Boxed<Result<Store, StoreError>> {
        let path = path.into();
        Box::pin(async move {
            let opening = tokio::task::spawn_blocking(move || Embedded::open(&path, options)).await;
            let opened = opening.map_err(|_| StoreError::transient("opening the store", "it was interrupted"))?;
            let (embedded, changed, tally) = opened?;
            Ok(Store { engine: Engine::Sqlite(embedded), changed, tally })
        })
    }

    /// Opens the PostgreSQL database of this URL, which several processes may share, and brings an older one to this
    /// version.
    ///
    /// # Errors
    /// Permanent for a URL that is none or that asks for what there is not, and where the database is of a newer program;
    /// Transient where the server cannot be reached.
    pub fn connect(url: &str, options: Options) -> Boxed<Result<Store, StoreError>> {
        let opening = postgres::open(url.to_owned(), options);
        Box::pin(async move {
            let (postgres, changed, tally) = opening.await?;
            Ok(Store { engine: Engine::Postgres(postgres), changed, tally })
        })
    }

    /// Runs this in a transaction that writes; answers after the commit. An error takes back what it wrote, and nothing
    /// else. Once the future was polled, the work is carried out whether or not anybody still waits for it.
    ///
    /// # Errors
    /// What the work itself gives; else Transient where it could not be made durable, Unknown where that cannot be told,
    /// Permanent where it panicked.
    pub fn write<T, E, F>(&self, work: F) -> Boxed<Result<T, E>>
    where
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.carried_out(work, |engine, job| match engine {
            Engine::Sqlite(embedded) => embedded.write(job),
            Engine::Postgres(postgres) => postgres.write(job),
        })
    }

    /// Runs this on one state of the database, beside whoever writes.
    ///
    /// # Errors
    /// What the work itself gives; Permanent where it writes or panics.
    pub fn read<T, E, F>(&self, work: F) -> Boxed<Result<T, E>>
    where
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.carried_out(work, |engine, job| match engine {
            Engine::Sqlite(embedded) => embedded.read(job),
            Engine::Postgres(postgres) => postgres.read(job),
        })
    }

    /// The newest number of the log, and a wake-up after each commit that raised it or the epoch. On PostgreSQL also for
    /// commits of other processes: within a second at the latest.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }

    /// What time it is by the clock of a database that has one of its own; carried on by this process's monotonic clock
    /// from when it was last asked.
    pub fn clock(&self) -> Option<Instant> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(postgres) => postgres.clock(),
        }
    }

    /// Whether other processes may work on the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        let load = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        Counts { jobs: load(&self.tally.jobs), commits: load(&self.tally.commits) }
    }

    fn carried_out<T, E, F>(
        &self,
        work: F,
        hand_in: impl FnOnce(&Engine, Box<dyn Job>) -> Boxed<Result<(), StoreError>>,
    ) -> Boxed<Result<T, E>>
    where
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, result) = job::job(work);
        let handed = hand_in(&self.engine, job);
        Box::pin(async move {
            handed.await?;
            result.await.unwrap_or_else(|_| Err(job::stopped().into()))
        })
    }
}
