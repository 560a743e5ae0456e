//! What only PostgreSQL can: one database for several processes.
use std::sync::Arc;
use std::time::Duration;

use crate::connection::Connection;
use crate::error::StoreError;
use crate::migrations::{self, Migration};
use crate::reached::Reached;
use crate::store::Connections;

mod failed;
mod listening;
mod session;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use listening::listen;
use session::Session;
pub(crate) use settings::Server;

/// How long migrating may take, others that migrate at the same time included.
const MIGRATE_WITHIN: Duration = Duration::from_secs(600);
/// What that is to the server.
const PATIENTLY: &str = "SET lock_timeout = '600s'; SET statement_timeout = '600s'";
/// What has been applied, in the database itself.
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS migrations (
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL)";

/// The migrations of this engine, oldest first.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "first", sql: include_str!("../migrations/0001_first.pg.sql") },
    Migration { version: 2, name: "gate", sql: include_str!("../migrations/0002_gate.pg.sql") },
    Migration { version: 3, name: "idempotency", sql: include_str!("../migrations/0003_idempotency.pg.sql") },
    Migration { version: 4, name: "jobs", sql: include_str!("../migrations/0004_jobs.pg.sql") },
    Migration { version: 5, name: "series", sql: include_str!("../migrations/0005_series.pg.sql") },
    Migration { version: 6, name: "calendars", sql: include_str!("../migrations/0006_calendars.pg.sql") },
    Migration { version: 7, name: "limits", sql: include_str!("../migrations/0007_limits.pg.sql") },
    Migration { version: 8, name: "feeds", sql: include_str!("../migrations/0008_feeds.pg.sql") },
    Migration { version: 9, name: "traffic", sql: include_str!("../migrations/0009_traffic.pg.sql") },
];

/// Connects, and brings an older database to this version: one process does, the others wait and find it done.
pub(crate) fn open(server: &Arc<Server>, reached: &Reached, readers: usize) -> Result<Connections, StoreError> {
    let mut first = Session::new(Arc::clone(server), MIGRATE_WITHIN)?;
    settings::fits(&mut first)?;
    first.batch("preparing to migrate", PATIENTLY)?;
    migrate(&mut first)?;
    first.wait("asking for the time", async |live| listening::look(&live.client, reached).await)?;
    let session = || Session::new(Arc::clone(server), settings::ANSWER_WITHIN);
    let reading = (0..readers).map(|_| Ok(Box::new(session()?) as Box<dyn Connection>));
    Ok(Connections { writing: Box::new(session()?), reading: reading.collect::<Result<_, StoreError>>()? })
}

fn migrate(session: &mut Session) -> Result<(), StoreError> {
    session.begin_writing()?;
    let migrated = session.batch("reading what was migrated", SCHEMA);
    let migrated = migrated.and_then(|()| migrations::apply(session, MIGRATIONS));
    match migrated {
        Ok(()) => session.commit(false),
        Err(error) => {
            session.roll_back();
            Err(error)
        }
    }
}
