//! The one thread that writes: what waits shares a commit.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, watch};

use crate::error::StoreError;
use crate::job::{self, Job};
use crate::locks::Locks;
use crate::tx::Tx;

/// What the writer has done since it was started.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub jobs: AtomicU64,
    pub commits: AtomicU64,
}

/// The thread that owns the writing transaction.
pub(crate) struct Writer {
    tx: Tx,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    group: usize,
    changed: watch::Sender<u64>,
    tally: Arc<Tally>,
}

impl Writer {
    /// A writer that takes up to `group` of these jobs into one commit.
    pub fn new(tx: Tx, jobs: mpsc::Receiver<Box<dyn Job>>, group: usize, changed: watch::Sender<u64>) -> Writer {
        Writer { tx, jobs, group: group.max(1), changed, tally: Arc::default() }
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
        let mut answers = Vec::with_capacity(waiting.len());
        let committed = self.committed(waiting, &mut answers);
        match &committed {
            Ok(newest) => self.tell(*newest),
            Err(failure) => tracing::error!(failure = failure.in_full(), jobs = answers.len(), "writing failed"),
        }
        let failure = committed.err();
        for (job, own) in answers.into_iter().chain(waiting.drain(..).map(|job| (job, None))) {
            job.answer(own.or_else(|| failure.clone()));
        }
    }

    /// One transaction over all that wait; gives the newest number of the log where it grew. What has run moves to
    /// `answers`, with its own failure; what is still waiting was not begun.
    fn committed(
        &mut self,
        waiting: &mut Vec<Box<dyn Job>>,
        answers: &mut Vec<(Box<dyn Job>, Option<StoreError>)>,
    ) -> Result<Option<u64>, StoreError> {
        self.tx.database().begin_writing()?;
        let mut newest = None;
        for mut job in waiting.drain(..) {
            let done = self.one(&mut *job);
            let own = done.as_ref().err().cloned();
            answers.push((job, own));
            if !self.tx.database().in_transaction() {
                return Err(StoreError::transient("writing", "the database took the whole transaction back"));
            }
            newest = done.unwrap_or_default().or(newest);
        }
        self.tx.database().commit().inspect_err(|_| self.tx.database().roll_back())?;
        self.tally.commits.fetch_add(1, Ordering::Relaxed);
        Ok(newest)
    }

    /// One job, which takes nothing with it when it fails; gives the number that the log has reached if it grew.
    fn one(&mut self, job: &mut dyn Job) -> Result<Option<u64>, StoreError> {
        self.tx.locks = Locks::default();
        self.tx.database().mark()?;
        let done = job::run(job, &mut self.tx);
        if let Ok(true) = done {
            self.tx.database().keep()?;
            return Ok(self.tx.locks.head);
        }
        if self.tx.database().in_transaction() {
            self.tx.database().take_back()?;
        }
        done.map(|_| None)
    }

    /// Wakes whoever waits for the log to grow.
    fn tell(&self, newest: Option<u64>) {
        if let Some(newest) = newest {
            self.changed.send_replace(newest);
        }
    }
}
