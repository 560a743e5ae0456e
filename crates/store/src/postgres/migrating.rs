//! Bringing a database to this version while other processes may be about to do the same.
use std::time::Duration;

use super::session::Session;
use super::{Access, MIGRATIONS};
use crate::connection::Connection;
use crate::error::StoreError;
use crate::migrations;

/// How long it may take, others that migrate at the same time included.
const MIGRATE_WITHIN: Duration = Duration::from_secs(600);
/// One process migrates, the others wait and find it done. The number is ours alone: `lull` in ASCII.
const ALONE: &str = "SET LOCAL lock_timeout = '600s'; SET LOCAL statement_timeout = '600s';
    SELECT pg_advisory_xact_lock(1819634796)";
/// What has been applied, in the database itself.
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS migrations (
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL)";

/// Applies what is missing, alone, in one transaction.
pub(super) fn migrate(mut session: Session) -> Result<(), StoreError> {
    session.patience = MIGRATE_WITHIN;
    let migrated = migrated(&mut session);
    if migrated.is_err() {
        session.roll_back();
    }
    session.end();
    migrated
}

fn migrated(session: &mut Session) -> Result<(), StoreError> {
    session.begin(Access::Write)?;
    session.batch("waiting for others that migrate", ALONE)?;
    session.batch("reading what was migrated", SCHEMA)?;
    migrations::apply(session, MIGRATIONS)?;
    session.commit(false)
}
