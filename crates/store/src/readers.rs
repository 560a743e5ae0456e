//! A few connections that only read, beside the one that writes.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::connection::Connection;
use crate::error::StoreError;
use crate::job::{self, Job};
use crate::store::Boxed;
use crate::tx::Tx;

/// The connections that nobody is reading with.
pub(crate) struct Readers {
    idle: Mutex<Vec<Box<dyn Connection>>>,
    free: Arc<Semaphore>,
}

impl Readers {
    /// These connections.
    pub fn new(idle: Vec<Box<dyn Connection>>) -> Readers {
        let free = Arc::new(Semaphore::new(idle.len()));
        Readers { idle: Mutex::new(idle), free }
    }

    /// Runs a job on a thread that may block, as soon as a connection is free. The job sees one state of the database.
    pub fn read(self: Arc<Self>, mut job: Box<dyn Job>) -> Boxed<Result<(), StoreError>> {
        Box::pin(async move {
            let permit = Arc::clone(&self.free).acquire_owned().await.map_err(|_| job::stopped())?;
            tokio::task::spawn_blocking(move || {
                let failure = self.carry_out(&mut *job);
                drop(permit);
                job.answer(failure);
            });
            Ok(())
        })
    }

    fn carry_out(&self, job: &mut dyn Job) -> Option<StoreError> {
        let Some(mut database) = self.idle().pop() else {
            return Some(StoreError::permanent("reading", "a permit was given out without a connection"));
        };
        let done = database.begin_reading().and_then(|()| job::run(job, &mut Tx::over(&mut *database)));
        database.roll_back();
        self.idle().push(database);
        done.err()
    }

    /// A list of connections is whole at every moment, so a panic elsewhere does not spoil it.
    fn idle(&self) -> MutexGuard<'_, Vec<Box<dyn Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
