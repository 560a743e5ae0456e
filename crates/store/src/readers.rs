//! A few connections that only read, beside the one that writes.
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::error::StoreError;
use crate::job::{self, Job};
use crate::sqlite::Sqlite;
use crate::store::Boxed;
use crate::tx::Tx;

/// The connections that nobody is reading with.
pub(crate) struct Readers {
    idle: Mutex<Vec<Sqlite>>,
    free: Arc<Semaphore>,
}

impl Readers {
    /// So many connections to this file.
    pub fn open(path: &Path, count: usize) -> Result<Readers, StoreError> {
        let count = count.max(1);
        let idle = (0..count).map(|_| Sqlite::reading(path)).collect::<Result<Vec<Sqlite>, StoreError>>()?;
        Ok(Readers { idle: Mutex::new(idle), free: Arc::new(Semaphore::new(count)) })
    }

    /// Runs a job on a thread that may block, as soon as a connection is free. The job sees one state of the database.
    pub fn read(self: Arc<Self>, mut job: Box<dyn Job>) -> Boxed<()> {
        Box::pin(async move {
            let Ok(permit) = Arc::clone(&self.free).acquire_owned().await else {
                return job.answer(Some(job::stopped()));
            };
            tokio::task::spawn_blocking(move || {
                let failure = self.carry_out(&mut *job);
                drop(permit);
                job.answer(failure);
            });
        })
    }

    fn carry_out(&self, job: &mut dyn Job) -> Option<StoreError> {
        let Some(mut database) = self.idle().pop() else {
            return Some(StoreError::permanent("reading", "a permit was given out without a connection"));
        };
        let done = database.begin_reading().and_then(|()| job::run(job, &mut Tx::over(&mut database)));
        database.roll_back();
        self.idle().push(database);
        done.err()
    }

    /// A list of connections is whole at every moment, so a panic elsewhere does not spoil it.
    fn idle(&self) -> MutexGuard<'_, Vec<Sqlite>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
