//! How connections are made, and what each is set to before it is used.
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::failed::failed;
use super::session::Session;
use crate::connection::Connection;
use crate::error::StoreError;
use crate::statement::Statement;

/// How long connecting may take.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long a statement may take until it is given up here; the server gives it up before.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// A connection that hears nothing for so long is probed.
const KEEPALIVE: Duration = Duration::from_secs(10);
/// The oldest server that this is tried with.
const VERSION_MIN: i64 = 130_000;

/// What every connection is set to. A process that was stopped in the middle of a transaction loses it, and with it the
/// rows that others wait for: `lock_timeout` is longer than what such a one can keep them. An acknowledged commit is on
/// disk, whatever the server, the role or the database say; a stricter setting than `on` stays.
pub const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '5s'; SET lock_timeout = '10s';
    SET statement_timeout = '15s'; SET standard_conforming_strings = on;
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";

/// What of a server must fit.
const LOOK: Statement = Statement {
    doing: "looking at the database",
    sql: "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'), current_setting('fsync')",
};

/// The connections of this URL.
///
/// # Errors
/// Permanent where it is none, or asks for TLS, which there is not.
pub fn config(url: &str) -> Result<Config, StoreError> {
    let doing = "reading the URL of the database";
    let mut config: Config = url.parse().map_err(|error| failed(doing, error))?;
    if config.get_ssl_mode() == SslMode::Require {
        let why = "sslmode=require cannot be had: this version speaks to PostgreSQL without TLS; use a Unix socket, or a \
                   tunnel or a network that nobody else hears, and sslmode=disable";
        return Err(StoreError::permanent(doing, why));
    }
    if config.get_application_name().is_none() {
        config.application_name("lull");
    }
    config.ssl_mode(SslMode::Disable).connect_timeout(CONNECT_WITHIN).keepalives_idle(KEEPALIVE);
    config.keepalives_interval(KEEPALIVE).keepalives_retries(3).tcp_user_timeout(ANSWER_WITHIN);
    Ok(config)
}

/// Refuses a server on which the promises would not hold.
///
/// # Errors
/// Permanent, in words.
pub fn fits(session: &mut Session) -> Result<(), StoreError> {
    let rows = session.query(LOOK, &[])?;
    let row = rows.first().ok_or_else(|| StoreError::corrupt(LOOK.doing, "it says nothing of itself"))?;
    if row.int(0)? < VERSION_MIN {
        let why = format!("the server is PostgreSQL {}, and it takes 13 or newer", row.int(0)? / 10_000);
        return Err(StoreError::permanent(LOOK.doing, why));
    }
    if row.text(1)? != "UTF8" {
        let why = format!("its encoding is {}; make the database with the encoding UTF8", row.text(1)?);
        return Err(StoreError::permanent(LOOK.doing, why));
    }
    if row.text(2)? != "on" {
        tracing::warn!("the database server runs with fsync = off: a power cut may lose what was acknowledged");
    }
    Ok(())
}
