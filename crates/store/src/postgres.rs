//! What only PostgreSQL can: several processes on one database, through a pool of connections.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime};
use lull_domain::Instant;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{AbortHandle, spawn_blocking};
use tokio_postgres::NoTls;

use crate::error::StoreError;
use crate::job::{self, Job};
use crate::migrations::Migration;
use crate::store::{Boxed, Options};
use crate::tx::Tx;
use crate::writer::Tally;

mod failed;
mod listening;
mod migrating;
mod reached;
mod session;
mod settings;
#[cfg(test)]
mod tests;

use failed::not_connected;
use reached::Reached;
use session::Session;

/// The migrations of this engine, oldest first.
pub(crate) const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "first", sql: include_str!("../migrations/0001_first.pg.sql") }];

/// What was opened: the database, where the log stands, and what is done to it.
pub(crate) type Opened = (Postgres, watch::Receiver<u64>, Arc<Tally>);

/// A database that other processes may work on too.
pub(crate) struct Postgres {
    shared: Arc<Shared>,
    /// The task that hears what others commit.
    listening: AbortHandle,
}

/// What its jobs share.
struct Shared {
    pool: Pool,
    /// So many may wait to write.
    line: Arc<Semaphore>,
    /// So many write at a time, and so many read: whoever writes waits for others, and must not keep readers waiting.
    writers: Arc<Semaphore>,
    readers: Arc<Semaphore>,
    reached: Arc<Reached>,
    tally: Arc<Tally>,
}

/// What a job is let to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Access {
    Read,
    Write,
}

/// Connects, brings an older database to this version, and begins to listen.
pub(crate) fn open(url: String, options: Options) -> Boxed<Result<Opened, StoreError>> {
    Box::pin(async move {
        let config = settings::config(&url)?;
        let (writers, readers) = (options.writers.max(1), options.readers.max(1));
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config.clone(), NoTls, manager))
            .max_size(writers + readers)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(settings::CONNECT_WITHIN))
            .wait_timeout(Some(settings::CONNECT_WITHIN))
            .post_create(settings::hook())
            .build()
            .map_err(|error| StoreError::permanent("making a pool of connections", error.to_string()))?;
        settings::fits(&*connected(&pool).await?).await?;
        migrated(&pool).await?;
        let reached = Arc::new(Reached::default());
        listening::look(&*connected(&pool).await?, &reached).await.map_err(|error| failed::failed("opening", error))?;
        let changed = reached.changed();
        let tally = Arc::new(Tally::default());
        let shared = Arc::new(Shared {
            pool,
            line: Arc::new(Semaphore::new(options.waiting.clamp(1, Semaphore::MAX_PERMITS))),
            writers: Arc::new(Semaphore::new(writers)),
            readers: Arc::new(Semaphore::new(readers)),
            reached: Arc::clone(&reached),
            tally: Arc::clone(&tally),
        });
        let listening = tokio::spawn(listening::listen(config, reached)).abort_handle();
        Ok((Postgres { shared, listening }, changed, tally))
    })
}

async fn migrated(pool: &Pool) -> Result<(), StoreError> {
    let (client, runtime) = (connected(pool).await?, Handle::current());
    let migrating = spawn_blocking(move || migrating::migrate(Session::new(client, runtime))).await;
    migrating.map_err(|_| StoreError::transient("migrating the database", "it was interrupted"))?
}

async fn connected(pool: &Pool) -> Result<deadpool_postgres::Object, StoreError> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => not_connected(error),
        other => StoreError::transient("connecting to PostgreSQL", other.to_string()),
    })
}

impl Postgres {
    /// Lets a job that writes be carried out, whether or not anybody waits for it; waits while the line is full.
    pub fn write(&self, job: Box<dyn Job>) -> Boxed<Result<(), StoreError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let place = Arc::clone(&shared.line).acquire_owned().await.map_err(|_| job::stopped())?;
            tokio::spawn(async move {
                shared.carried_out(job, Access::Write).await;
                drop(place);
            });
            Ok(())
        })
    }

    /// Lets a job that only reads be carried out; it sees one state of the database.
    pub fn read(&self, job: Box<dyn Job>) -> Boxed<Result<(), StoreError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            shared.carried_out(job, Access::Read).await;
            Ok(())
        })
    }

    /// The time of the database's clock.
    pub fn clock(&self) -> Option<Instant> {
        self.shared.reached.clock()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Shared {
    /// Waits for a connection, then runs the job on a thread that may block.
    async fn carried_out(self: Arc<Shared>, job: Box<dyn Job>, access: Access) {
        let room = match access {
            Access::Read => &self.readers,
            Access::Write => &self.writers,
        };
        let Ok(room) = Arc::clone(room).acquire_owned().await else { return job.answer(Some(job::stopped())) };
        match connected(&self.pool).await {
            Err(failure) => job.answer(Some(failure)),
            Ok(client) => {
                let session = Session::new(client, Handle::current());
                spawn_blocking(move || self.run(session, job, (access, room)));
            }
        }
    }

    fn run(&self, mut session: Session, mut job: Box<dyn Job>, (access, room): (Access, OwnedSemaphorePermit)) {
        let done = match access {
            Access::Read => read(&mut session, &mut *job),
            Access::Write => self.written(&mut session, &mut *job),
        };
        session.end();
        drop(room);
        job.answer(done.err());
    }

    /// One transaction for one job; its commit wakes whoever waits for the log, here and in other processes.
    fn written(&self, session: &mut Session, job: &mut dyn Job) -> Result<(), StoreError> {
        self.tally.jobs.fetch_add(1, Ordering::Relaxed);
        session.begin(Access::Write)?;
        let mut tx = Tx::over(session);
        let done = job::run(job, &mut tx);
        let (head, epoch) = (tx.locks.head, tx.locks.epoch);
        if !matches!(done, Ok(true)) {
            session.roll_back();
            return done.map(|_| ());
        }
        session.commit(head.is_some())?;
        self.tally.commits.fetch_add(1, Ordering::Relaxed);
        if let Some(seq) = head {
            self.reached.tell(seq, epoch);
        }
        Ok(())
    }
}

fn read(session: &mut Session, job: &mut dyn Job) -> Result<(), StoreError> {
    session.begin(Access::Read)?;
    let done = job::run(job, &mut Tx::over(session));
    session.roll_back();
    done.map(|_| ())
}
