//! `lull serve`: the server, until it is told to stop.
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::failed::{Exit, Failed};

/// So many open files are enough: the gate takes 8,192 connections, and engines and readers some more.
const FILES: u64 = 65_536;

/// Runs the server.
#[derive(Args, Clone, Debug)]
pub struct Serve {
    /// Where to listen; port 0 takes a free one. A line `listening on http://ADDR` on standard output says which
    #[arg(long, env = "LULL_LISTEN", default_value = "127.0.0.1:7420", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Where the gate alone listens, for proxies and visitors: /gate/…, /__lull/…; port 0 takes a free one. A line `gate
    /// listening on http://ADDR` says which. Without it --listen serves the same paths
    #[arg(long, env = "LULL_GATE_LISTEN", value_name = "ADDR")]
    pub gate_listen: Option<SocketAddr>,
    /// The folder of the database and of the first administrator's token [default: the user's data folder, `lull` in it]
    #[arg(long, env = "LULL_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Another database than the file in the data folder: `sqlite:PATH`, or `postgres://user@host/name`, which several servers may share
    #[arg(long, env = "LULL_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database: Option<String>,
    /// The file that names the adapters, and the networks inside that calendars may be fetched from
    #[arg(long, env = "LULL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Serve {
    /// Serves until SIGINT or SIGTERM.
    ///
    /// # Errors
    /// Options that cannot be; what the system or the store refuse.
    pub async fn run(self) -> Result<(), Failed> {
        let data = self.data.map_or_else(|| user_data("lull"), Ok)?;
        log_to(std::io::stderr);
        open_as_many_as_may_be();
        let config = lull_server::Config {
            listen: self.listen,
            gate_listen: self.gate_listen,
            data,
            database: self.database,
            file: self.config,
        };
        lull_server::serve(config, stop()?).await.map_err(failed)
    }
}

/// Asks the system for as many open files, and so connections, as it lets this process have.
fn open_as_many_as_may_be() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(FILES, |maximum| maximum.min(FILES));
    let current = Some(most.max(limit.current.unwrap_or(most)));
    // Where it is refused, fewer proxies can connect, and all else works.
    let _refused = setrlimit(Resource::Nofile, rustix::process::Rlimit { current, ..limit });
}

/// Writes the log there; `LULL_LOG` says how much of it.
pub fn log_to(writer: impl for<'a> tracing_subscriber::fmt::MakeWriter<'a> + Send + Sync + 'static) {
    let filter = EnvFilter::try_from_env("LULL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).init();
}

/// Why a server could not be started, or ended.
pub fn failed(error: lull_server::Failed) -> Failed {
    let exit = match &error {
        lull_server::Failed::Option(_) => Exit::Usage,
        lull_server::Failed::Taken(_) => Exit::Conflict,
        lull_server::Failed::System { .. } | lull_server::Failed::Store(_) => Exit::Unexpected,
    };
    Failed::new(exit, error.to_string())
}

/// Done when the process is told to end.
///
/// # Errors
/// The system gives no signals.
pub fn stop() -> Result<Pin<Box<dyn Future<Output = ()> + Send>>, Failed> {
    let listen =
        |kind| signal(kind).map_err(|error| Failed::new(Exit::Unexpected, format!("waiting for signals: {error}")));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(Box::pin(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }))
}

/// A folder of this name in the user's data folder (XDG Base Directory Specification).
///
/// # Errors
/// The user has no home.
pub fn user_data(name: &str) -> Result<PathBuf, Failed> {
    let set = |variable| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| set("HOME").map(|home| home.join(".local/share")));
    data.map(|data| data.join(name)).ok_or_else(|| {
        Failed::new(Exit::Usage, "You have no home folder to keep data in.").remedy("Name a folder: --data DIR.")
    })
}
