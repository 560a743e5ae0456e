//! How connections are made, and what each is set to before it is used.
use std::fmt;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Error, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failed::failed;
use super::session::Session;
use crate::connection::Connection as _;
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

/// How a server is reached.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    tls: MakeRustlsConnect,
}

/// What carries a connection.
pub(super) type Carried = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl Server {
    /// The server of this URL. `sslmode=require` speaks TLS with one whose certificate the system trusts; everything else
    /// speaks without, as TLS with whoever answers would only seem safe.
    ///
    /// # Errors
    /// Permanent where it is none, or where nothing can be trusted.
    pub fn of(url: &str) -> Result<Server, StoreError> {
        let doing = "reading the URL of the database";
        let mut config: Config = url.parse().map_err(|error| failed(doing, error))?;
        // Somebody else may have installed it, and it is the same one everywhere.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = match config.get_ssl_mode() {
            SslMode::Require => MakeRustlsConnect::with_native_certs().map(|(tls, _)| tls).map_err(|errors| {
                let why = format!("the system has no certificates to trust; name some in SSL_CERT_FILE: {errors:?}");
                StoreError::permanent(doing, why)
            })?,
            _ => {
                config.ssl_mode(SslMode::Disable);
                let nobody = ClientConfig::builder().with_root_certificates(RootCertStore::empty());
                MakeRustlsConnect::new(nobody.with_no_client_auth())
            }
        };
        if config.get_application_name().is_none() {
            config.application_name("lull");
        }
        config.connect_timeout(CONNECT_WITHIN).tcp_user_timeout(ANSWER_WITHIN);
        config.keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE).keepalives_retries(3);
        Ok(Server { config, tls })
    }

    /// A new connection; somebody must carry it.
    pub async fn connect(&self) -> Result<(Client, Carried), Error> {
        self.config.connect(self.tls.clone()).await
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("config", &self.config).finish_non_exhaustive()
    }
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
