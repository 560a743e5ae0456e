//! The one thread that writes: what waits shares a commit.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, watch};

use crate::connection::Connection;
use crate::error::StoreError;
use crate::job::{self, Job};
use crate::sqlite::Sqlite;
use crate::tx::Tx;

/// What the writer has done since it was started.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub jobs: AtomicU64,
    pub commits: AtomicU64,
}

/// The thread that owns the writing transaction.
pub(crate) struct Writer {
    database: Sqlite,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    group: usize,
    changed: watch::Sender<u64>,
    tally: Arc<Tally>,
}

impl Writer {
    /// A writer that takes up to `group` of these jobs into one commit.
    pub fn new(
        database: Sqlite,
        jobs: mpsc::Receiver<Box<dyn Job>>,
        group: usize,
        changed: watch::Sender<u64>,
    ) -> Writer {
        Writer { database, jobs, group: group.max(1), changed, tally: Arc::default() }
    }

    /// What it will have done.
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// Starts the thread; it ends when nobody can hand it jobs any more, and the last is done.
    pub fn start(self) -> Result<JoinHandle<()>, StoreError> {
        let named = thread::Builder::new().name("lull-store".to_owned());
        named.spawn(|| self.run()).map_err(|error| StoreError::transient("starting to write", error.to_string()))
    }

    fn run(mut self) {
        let mut waiting = Vec::with_capacity(self.group);
        while self.jobs.blocking_recv_many(&mut waiting, self.group) > 0 {
            self.carry_out(&mut waiting);
        }
    }

    /// Runs all that wait, commits once, and only then answers.
    fn carry_out(&mut self, waiting: &mut Vec<Box<dyn Job>>) {
        self.tally.jobs.fetch_add(waiting.len() as u64, Ordering::Relaxed);
        let mut failures = Vec::with_capacity(waiting.len());
        let committed = self.committed(waiting, &mut failures);
        match &committed {
            Ok(newest) => self.tell(*newest),
            Err(failure) => tracing::error!(failure = failure.in_full(), jobs = waiting.len(), "writing failed"),
        }
        let failure = committed.err();
        failures.resize_with(waiting.len(), || None);
        for (job, own) in waiting.drain(..).zip(failures) {
            job.answer(own.or_else(|| failure.clone()));
        }
    }

    /// One transaction over all that wait; gives the newest number of the log where it grew. `failures` tells, of each job
    /// that was begun, what failed in it alone.
    fn committed(
        &mut self,
        waiting: &mut [Box<dyn Job>],
        failures: &mut Vec<Option<StoreError>>,
    ) -> Result<Option<u64>, StoreError> {
        self.database.begin_writing()?;
        let mut newest = None;
        for job in waiting {
            let done = self.one(&mut **job);
            failures.push(done.as_ref().err().cloned());
            if !self.database.in_transaction() {
                let why = "the database took the transaction back";
                return Err(StoreError::transient("writing beside other jobs", why));
            }
            newest = done.unwrap_or_default().or(newest);
        }
        self.database.commit().inspect_err(|_| self.database.roll_back())?;
        self.tally.commits.fetch_add(1, Ordering::Relaxed);
        Ok(newest)
    }

    /// One job, which takes nothing with it when it fails; gives the number that the log has reached if it grew.
    fn one(&mut self, job: &mut dyn Job) -> Result<Option<u64>, StoreError> {
        let database = &mut self.database;
        database.mark()?;
        let mut tx = Tx::over(database);
        let done = job::run(job, &mut tx);
        let newest = tx.locks.head;
        let is_kept = matches!(done, Ok(true));
        if database.in_transaction() {
            let ended = if is_kept { database.keep() } else { database.take_back() };
            // Neither kept nor taken back: nobody knows what this commit would hold.
            ended.inspect_err(|_| database.roll_back())?;
        }
        done.map(|_| newest.filter(|_| is_kept))
    }

    /// Wakes whoever waits for the log to grow.
    fn tell(&self, newest: Option<u64>) {
        if let Some(newest) = newest {
            self.changed.send_replace(newest);
        }
    }
}

#[cfg(test)]
mod tests;
