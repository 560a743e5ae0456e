//! One server: opens the store, starts the engine, answers until it is told to stop.
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lull_store::{Options, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::calendars;
use crate::chain;
use crate::clock;
use crate::config;
use crate::core::Core;
use crate::door::listener::Running;
use crate::engine::Engine;
use crate::fence;
use crate::forget;
use crate::gate;
use crate::http::{self, App, Limits};
use crate::series;
use crate::tokens::{self, First};
use crate::traffic;

/// A future that is compiled once, in this crate.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How long requests under way may take after the server was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the gate listens for proxies and visitors alone; where there is none, `listen` serves them, too.
    pub gate_listen: Option<SocketAddr>,
    /// The folder of its database and of the first token.
    pub data: PathBuf,
    /// Another database than the one in `data`: `sqlite:PATH`, or `postgres://…`, which several servers may share.
    pub database: Option<String>,
    /// The file with the adapters.
    pub file: Option<PathBuf>,
}

/// Why a server could not be started, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// An option that cannot be.
    #[error("{0}")]
    Option(String),
    /// The system refused something.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Another process works on this database.
    #[error("another server works on {}; stop it first, or name another folder with --data", .0.display())]
    Taken(PathBuf),
    /// The store.
    #[error("{}", .0.in_full())]
    Store(#[from] StoreError),
}

impl Failed {
    /// The system refused this.
    pub fn system(doing: impl Into<String>, source: std::io::Error) -> Failed {
        Failed::System { doing: doing.into(), source }
    }
}

/// Serves until `stop` is done. Prints `listening on http://ADDR` when it does.
///
/// # Errors
/// Options that cannot be, and what the system or the store refuse.
pub fn serve(config: Config, stop: Boxed<()>) -> Boxed<Result<(), Failed>> {
    Box::pin(run(config, stop))
}

async fn run(config: Config, stop: Boxed<()>) -> Result<(), Failed> {
    let config::Settings { adapters, fetcher, prometheus } =
        config::settings(config.file.as_deref()).map_err(Failed::Option)?;
    let database = Database::of(&config)?;
    let listener = bound(config.listen).await?;
    let door = match config.gate_listen {
        Some(address) => Some(bound(address).await?),
        None => None,
    };
    make_folder(&config.data)?;
    let (store, alone) = database.open().await?;
    let core = Arc::new(Core { fetcher, prometheus, ..Core::new(store, adapters).await? });
    match tokens::first(&core, &config.data).await? {
        First::Made(file) => println!("the administrator's token is in {}", file.display()),
        First::Elsewhere(place) => println!("the administrator's token is in {place}, where another server wrote it"),
        First::There => {}
    }
    let app = Arc::new(App::new(Arc::clone(&core)));
    let ready = Arc::clone(&app);
    let read = Arc::clone(&core);
    tokio::spawn(async move { chain::read_through(&read).await });
    tokio::spawn(forget::forget_keys(Arc::clone(&core)));
    tokio::spawn(calendars::keep(Arc::clone(&core)));
    tokio::spawn(traffic::keep(Arc::clone(&core)));
    let address = listener.local_addr().map_err(|source| Failed::system("asking for the port", source))?;
    let name = fence::name(address);
    if alone.is_some() {
        core.store.write(|tx| tx.delete_enforcers()).await?;
    }
    fence::join(&core, &name).await?;
    tokio::spawn(gate::follow(Arc::clone(&core)));
    tokio::spawn(series::follow_clocks(Arc::clone(&core)));
    let reporting = tokio::spawn(fence::report(Arc::clone(&core), name.clone()));
    let leaving = Arc::clone(&core);
    let engine = tokio::spawn(Engine::new(core).run(move || ready.is_ready()));
    announced("listening on", &listener)?;
    let door = match door {
        Some(listener) => {
            announced("gate listening on", &listener)?;
            let running = Running::start(listener, Arc::clone(&app.door));
            Some(running.map_err(|source| Failed::system("starting the gate's thread", source))?)
        }
        None => None,
    };
    let (told, stopping) = watch::channel(false);
    let mut served = tokio::spawn(http::serve(listener, http::router(app), Limits::of_system(), stopping));
    stop.await;
    // Nobody listens where the serving has ended by itself.
    let _ = told.send(true);
    // Who follows the events would be waited for without end.
    let _ = tokio::time::timeout(LAST_WORDS, &mut served).await;
    engine.abort();
    reporting.abort();
    let _ = reporting.await;
    served.abort();
    // Until here proxies are answered.
    drop(door);
    if let Err(error) = traffic::note(&leaving, clock::now()).await {
        tracing::warn!(error = error.in_full(), "what the gate has counted in this minute is not stored");
    }
    if let Err(error) = fence::leave(&leaving, name).await {
        tracing::warn!(error = error.in_full(), "this gate could not say that it decides no more");
    }
    Ok(())
}

async fn bound(address: SocketAddr) -> Result<TcpListener, Failed> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| Failed::system(format!("listening on {address}"), source))
}

/// Says where it listens. Whoever started this waits for that line.
fn announced(doing: &str, listener: &TcpListener) -> Result<(), Failed> {
    let address = listener.local_addr().map_err(|source| Failed::system("asking for the port", source))?;
    println!("{doing} http://{address}");
    std::io::stdout().flush().map_err(|source| Failed::system("writing to the output", source))
}

/// The data folder, which nobody else may read where it is made here.
fn make_folder(data: &Path) -> Result<(), Failed> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|source| Failed::system(format!("making the folder {}", data.display()), source))
}

/// The mark that this process alone works on an embedded database. It goes with the process.
fn alone(database: &Path) -> Result<File, Failed> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let doing = || format!("locking {}", path.display());
    let mark = File::create(&path).map_err(|source| Failed::system(doing(), source))?;
    match mark.try_lock() {
        Ok(()) => Ok(mark),
        Err(TryLockError::WouldBlock) => Err(Failed::Taken(database.to_owned())),
        Err(TryLockError::Error(source)) => Err(Failed::system(doing(), source)),
    }
}

/// Which database.
enum Database {
    /// A file that this process alone works on.
    File(PathBuf),
    /// A server that others may work on too.
    Url(String),
}

impl Database {
    /// `lull.db` in the data folder, the file that a `sqlite:` URL names, or the server of a `postgres:` URL.
    fn of(config: &Config) -> Result<Database, Failed> {
        let Some(url) = &config.database else { return Ok(Database::File(config.data.join("lull.db"))) };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Database::Url(url.clone()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        path.filter(|path| !path.is_empty()).map(|path| Database::File(path.into())).ok_or_else(|| {
            // What comes after the scheme may hold a password.
            let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
            Failed::Option(format!(
                "--database {scheme}:…: write sqlite:///path/to/file or postgres://user@host/name, or leave it out for \
                 DIR/lull.db"
            ))
        })
    }

    /// The store, with the mark that nobody else works on its file.
    async fn open(self) -> Result<(Store, Option<File>), Failed> {
        match self {
            Database::File(path) => {
                let mark = alone(&path)?;
                Ok((Store::open(path, Options::default()).await?, Some(mark)))
            }
            Database::Url(url) => Ok((Store::connect(&url, Options::default()).await?, None)),
        }
    }
}
