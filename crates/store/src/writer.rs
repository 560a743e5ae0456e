//! The one thread that writes: what waits shares a commit.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::connection::Connection;
use crate::error::StoreError;
use crate::job::{self, Job};
use crate::reached::Reached;
use crate::store::{Boxed, Options};
use crate::tx::Tx;

/// A job that runs longer than this is logged: all writers wait for it.
const SLOW: Duration = Duration::from_millis(50);

/// What the writer has done since it was started.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub jobs: AtomicU64,
    pub commits: AtomicU64,
}

/// The thread that owns the writing connection.
pub(crate) struct Writer {
    database: Box<dyn Connection>,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    group: usize,
    reached: Arc<Reached>,
    tally: Arc<Tally>,
}

/// The jobs that wait to write, and the thread that carries them out. When it is dropped, they are carried out first.
pub(crate) struct Line {
    /// Taken only when it is dropped.
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    /// What was carried out.
    pub tally: Arc<Tally>,
}

/// The log and the epoch as a job has left them.
type Head = (u64, u64);

impl Line {
    /// Starts a thread that writes on this connection.
    pub fn start(database: Box<dyn Connection>, options: Options, reached: Arc<Reached>) -> Result<Line, StoreError> {
        let (sender, jobs) = mpsc::channel(options.waiting.max(1));
        let writer = Writer::new(database, jobs, options.group, reached);
        let tally = Arc::clone(&writer.tally);
        let named = thread::Builder::new().name("lull-store".to_owned());
        let started = named.spawn(|| writer.run());
        let thread = started.map_err(|error| StoreError::transient("starting to write", error.to_string()))?;
        Ok(Line { jobs: Some(sender), thread: Some(thread), tally })
    }

    /// Puts a job in line; waits while the line is full.
    pub fn hand_in(&self, job: Box<dyn Job>) -> Boxed<Result<(), StoreError>> {
        let jobs = self.jobs.clone();
        Box::pin(async move {
            let jobs = jobs.ok_or_else(job::stopped)?;
            jobs.send(job).await.map_err(|_| job::stopped())
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.jobs = None;
        let Some(thread) = self.thread.take() else { return };
        // A job that owned the last handle would wait for itself.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("the writing thread ended in a panic");
        }
    }
}

impl Writer {
    /// A writer that takes up to `group` of these jobs into one commit.
    fn new(
        database: Box<dyn Connection>,
        jobs: mpsc::Receiver<Box<dyn Job>>,
        group: usize,
        reached: Arc<Reached>,
    ) -> Writer {
        Writer { database, jobs, group: group.max(1), reached, tally: Arc::default() }
    }

    /// Ends when nobody can hand it jobs any more, and the last is done.
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
            Ok(Some((seq, epoch))) => self.reached.tell(*seq, *epoch),
            Ok(None) => {}
            Err(failure) => tracing::error!(failure = failure.in_full(), jobs = waiting.len(), "writing failed"),
        }
        let failure = committed.err();
        failures.resize_with(waiting.len(), || None);
        for (job, own) in waiting.drain(..).zip(failures) {
            job.answer(own.or_else(|| failure.clone()));
        }
    }

    /// One transaction over all that wait; gives the head of the log where a job took it. `failures` tells, of each job that
    /// was begun, what failed in it alone.
    fn committed(
        &mut self,
        waiting: &mut [Box<dyn Job>],
        failures: &mut Vec<Option<StoreError>>,
    ) -> Result<Option<Head>, StoreError> {
        self.database.begin_writing()?;
        let mut newest = None;
        for job in waiting {
            let done = self.one(&mut **job);
            failures.push(done.as_ref().err().cloned());
            if !self.database.in_transaction() {
                let why = "the database took the transaction back";
                self.database.roll_back();
                return Err(StoreError::transient("writing beside other jobs", why));
            }
            newest = done.unwrap_or_default().or(newest);
        }
        self.database.commit(newest.is_some())?;
        self.tally.commits.fetch_add(1, Ordering::Relaxed);
        Ok(newest)
    }

    /// One job, which takes nothing with it when it fails; gives the head of the log if it took that.
    fn one(&mut self, job: &mut dyn Job) -> Result<Option<Head>, StoreError> {
        self.database.mark()?;
        let mut tx = Tx::over(&mut *self.database);
        let began = Instant::now();
        let done = job::run(job, &mut tx);
        let head = tx.locks.head.map(|seq| (seq, tx.locks.epoch));
        let took = began.elapsed();
        if took > SLOW {
            tracing::warn!(took_ms = took.as_millis(), "a job of the store took long");
        }
        let is_kept = matches!(done, Ok(true));
        let ended = if is_kept { self.database.keep() } else { self.database.take_back() };
        done.and(ended).map(|()| head.filter(|_| is_kept))
    }
}

#[cfg(test)]
mod tests;
