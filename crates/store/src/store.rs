//! The store: whoever has it can read, write, and hear when the log grows.
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, watch};

use crate::error::StoreError;
use crate::job::{self, Job};
use crate::once;
use crate::readers::Readers;
use crate::sqlite::Sqlite;
use crate::tx::Tx;
use crate::writer::{Tally, Writer};

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
    /// Taken only when the store is dropped.
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    changed: watch::Receiver<u64>,
    tally: Arc<Tally>,
}

impl Store {
    /// Opens the database in this file, makes it where there is none, and brings an older one to this version.
    ///
    /// # Errors
    /// Permanent where the database is of a newer program; Transient where another process holds the file.
    pub fn open(path: impl Into<PathBuf>, options: Options) -> Boxed<Result<Store, StoreError>> {
        open(path.into(), options)
    }

    /// Runs this in a transaction that writes; answers after the commit. An error takes back what it wrote, and nothing
    /// else. Once the future was polled, the work is carried out whether or not anybody still waits for it.
    ///
    /// # Errors
    /// What the work itself gives; else Transient where it could not be made durable, Permanent where it panicked.
    pub fn write<T, E, F>(&self, work: F) -> Boxed<Result<T, E>>
    where
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, result) = job::job(once::keyed(work));
        let handed = hand_in(self.jobs.clone(), job);
        Box::pin(async move {
            handed.await?;
            result.await.unwrap_or_else(|_| Err(job::stopped().into()))
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
        let (job, result) = job::job(work);
        let reading = Arc::clone(&self.readers).read(job);
        Box::pin(async move {
            reading.await;
            result.await.unwrap_or_else(|_| Err(job::stopped().into()))
        })
    }

    /// The newest number of the log, and a wake-up after each commit that raised it.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        let load = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        Counts { jobs: load(&self.tally.jobs), commits: load(&self.tally.commits) }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.jobs = None;
        let Some(thread) = self.thread.take() else { return };
        // A job that owned the last handle would wait for itself.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("the writing thread ended in a panic");
        }
    }
}

/// Puts a job in line; waits while the line is full.
fn hand_in(jobs: Option<mpsc::Sender<Box<dyn Job>>>, job: Box<dyn Job>) -> Boxed<Result<(), StoreError>> {
    Box::pin(async move {
        let jobs = jobs.ok_or_else(job::stopped)?;
        jobs.send(job).await.map_err(|_| job::stopped())
    })
}

fn open(path: PathBuf, options: Options) -> Boxed<Result<Store, StoreError>> {
    Box::pin(async move {
        let opening = tokio::task::spawn_blocking(move || opened(&path, options)).await;
        opening.map_err(|_| StoreError::transient("opening the store", "it was interrupted"))?
    })
}

fn opened(path: &Path, options: Options) -> Result<Store, StoreError> {
    let mut database = Sqlite::writing(path)?;
    database.migrate()?;
    let mut tx = Tx::over(database);
    tx.database().begin_reading()?;
    let (changed, receiver) = watch::channel(tx.head()?.seq);
    tx.database().roll_back();
    let readers = Readers::open(path, options.readers)?;
    let (sender, jobs) = mpsc::channel(options.waiting.max(1));
    let writer = Writer::new(tx, jobs, options.group, changed);
    let tally = writer.tally();
    let thread = Some(writer.start()?);
    Ok(Store { jobs: Some(sender), thread, readers: Arc::new(readers), changed: receiver, tally })
}
