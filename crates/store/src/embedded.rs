//! The embedded database: one thread that writes, a few connections that read.
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, watch};

use crate::error::StoreError;
use crate::job::{self, Job};
use crate::readers::Readers;
use crate::sqlite::Sqlite;
use crate::store::{Boxed, Options};
use crate::tx::Tx;
use crate::writer::{Tally, Writer};

/// A file that this process alone writes. When it is dropped, what was handed to it is carried out first.
pub(crate) struct Embedded {
    /// Taken only when it is dropped.
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
}

/// What was opened: the file, where the log stands, and what is done to it.
pub(crate) type Opened = (Embedded, watch::Receiver<u64>, Arc<Tally>);

impl Embedded {
    /// Opens the file, makes it where there is none, and brings an older one to this version.
    pub fn open(path: &Path, options: Options) -> Result<Opened, StoreError> {
        let mut database = Sqlite::writing(path)?;
        database.migrate()?;
        database.begin_reading()?;
        let head = Tx::over(&mut database).head();
        database.roll_back();
        let (changed, receiver) = watch::channel(head?.seq);
        let readers = Readers::open(path, options.readers)?;
        let (sender, jobs) = mpsc::channel(options.waiting.max(1));
        let writer = Writer::new(database, jobs, options.group, changed);
        let tally = writer.tally();
        let thread = Some(writer.start()?);
        Ok((Embedded { jobs: Some(sender), thread, readers: Arc::new(readers) }, receiver, tally))
    }

    /// Puts a job in line; waits while the line is full.
    pub fn write(&self, job: Box<dyn Job>) -> Boxed<Result<(), StoreError>> {
        let jobs = self.jobs.clone();
        Box::pin(async move {
            let jobs = jobs.ok_or_else(job::stopped)?;
            jobs.send(job).await.map_err(|_| job::stopped())
        })
    }

    /// Runs a job that only reads.
    pub fn read(&self, job: Box<dyn Job>) -> Boxed<Result<(), StoreError>> {
        let reading = Arc::clone(&self.readers).read(job);
        Box::pin(async move {
            reading.await;
            Ok(())
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.jobs = None;
        let Some(thread) = self.thread.take() else { return };
        // A job that owned the last handle would wait for itself.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("the writing thread ended in a panic");
        }
    }
}
