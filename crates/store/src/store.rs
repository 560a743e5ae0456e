//! The store: whoever has it can read, write, and hear when the log grows.
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use lull_domain::Instant;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::connection::Connection;
use crate::error::StoreError;
use crate::job::{self, Job};
use crate::once;
use crate::postgres;
use crate::reached::Reached;
use crate::readers::Readers;
use crate::sqlite::Sqlite;
use crate::tx::Tx;
use crate::writer::Line;

/// A future that is compiled once, in this crate.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How the store works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// How many waiting jobs share a commit, at most; 1 commits each on its own.
    pub group: usize,
    /// How many jobs read at a time.
    pub readers: usize,
    /// How many jobs may wait to write; whoever comes later waits to be let in.
    pub waiting: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { group: 256, readers: 4, waiting: 4_096 }
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

/// The store. When it is dropped, what was handed to it is carried out first.
pub struct Store {
    line: Line,
    readers: Arc<Readers>,
    reached: Arc<Reached>,
    listening: Option<Listening>,
}

/// The task that hears what other processes commit; it ends with the store.
pub(crate) struct Listening(pub AbortHandle);

/// The connections of a database that was opened: the one that writes, and those that read.
pub(crate) struct Connections {
    pub writing: Box<dyn Connection>,
    pub reading: Vec<Box<dyn Connection>>,
}

impl Store {
    /// Opens the database in this file, makes it where there is none, and brings an older one to this version.
    ///
    /// # Errors
    /// Permanent where the database is of a newer program; Transient where another process holds the file.
    pub fn open(path: impl Into<PathBuf>, options: Options) -> Boxed<Result<Store, StoreError>> {
        let path = path.into();
        Box::pin(async move {
            let reached = Arc::new(Reached::default());
            let seen = Arc::clone(&reached);
            let opened = blocking(move || Sqlite::open(&path, &seen, options.readers.max(1))).await?;
            Store::over(opened, reached, options)
        })
    }

    /// Opens the PostgreSQL database of this URL, which several processes may share, and brings an older one to this
    /// version.
    ///
    /// # Errors
    /// Permanent for a URL that is none or that asks for what there is not, and where the database is of a newer program;
    /// Transient where the server cannot be reached.
    pub fn connect(url: &str, options: Options) -> Boxed<Result<Store, StoreError>> {
        let url = url.to_owned();
        Box::pin(async move {
            let reached = Arc::new(Reached::default());
            let server = Arc::new(postgres::Server::of(&url)?);
            let (reached_by, seen) = (Arc::clone(&server), Arc::clone(&reached));
            let opened = blocking(move || postgres::open(&reached_by, &seen, options.readers.max(1))).await?;
            let listening = tokio::spawn(postgres::listen(server, Arc::clone(&reached)));
            let listening = Some(Listening(listening.abort_handle()));
            Ok(Store { listening, ..Store::over(opened, reached, options)? })
        })
    }

    fn over(opened: Connections, reached: Arc<Reached>, options: Options) -> Result<Store, StoreError> {
        let line = Line::start(opened.writing, options, Arc::clone(&reached))?;
        Ok(Store { line, readers: Arc::new(Readers::new(opened.reading)), reached, listening: None })
    }

    /// Runs this in a transaction that nobody else writes beside; answers after the commit. An error takes back what it
    /// wrote, and nothing else. Once the future was polled, the work is carried out whether or not anybody still waits for it.
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
        self.carried_out(once::keyed(work), |job| self.line.hand_in(job))
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
        self.carried_out(work, |job| Arc::clone(&self.readers).read(job))
    }

    /// The newest number of the log, and a wake-up after each commit that raised it or the epoch. On PostgreSQL also for
    /// commits of other processes, within a second at the latest.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.reached.changed()
    }

    /// What time it is by the clock of a database that has one of its own, carried on by this process's monotonic clock
    /// from when it was last asked.
    pub fn clock(&self) -> Option<Instant> {
        self.reached.clock()
    }

    /// Whether other processes may work on the same database.
    pub fn is_shared(&self) -> bool {
        self.listening.is_some()
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        let load = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        Counts { jobs: load(&self.line.tally.jobs), commits: load(&self.line.tally.commits) }
    }

    fn carried_out<T, E, F>(
        &self,
        work: F,
        hand_in: impl FnOnce(Box<dyn Job>) -> Boxed<Result<(), StoreError>>,
    ) -> Boxed<Result<T, E>>
    where
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, result) = job::job(work);
        let handed = hand_in(job);
        Box::pin(async move {
            handed.await?;
            result.await.unwrap_or_else(|_| Err(job::stopped().into()))
        })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| StoreError::transient("opening the store", "it was interrupted"))?
}
