//! `lull demo`: a server of its own over a small estate of real processes.
pub mod estate;
pub mod process;
mod tour;

use std::fs::{self, File, TryLockError};
use std::io::{self, IsTerminal};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use clap::Args;
use lull_api::Client;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::failed::{Exit, Failed};
use crate::serve;
use crate::session::{Session, print};
use process::Processes;

/// How long a process of the demo may take to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long the server may take until it answers.
const UP_WITHIN: Duration = Duration::from_secs(20);
/// The file that tells a folder of the demo from any other; also keeps a second demo out.
const MARK: &str = "demo.lock";
/// Names the processes that run when the demo runs; there while it does not.
const RESTING: &str = "resting.json";

/// Runs the demo.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// Its folder [default: the user's data folder, `lull-demo` in it]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where its server listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:7420", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// End its processes, remove its folder, and do nothing else
    #[arg(long)]
    pub reset: bool,
}

/// The folder, while nobody else has it.
struct Place {
    folder: PathBuf,
    _mark: File,
}

impl Demo {
    /// Runs the demo until SIGINT or SIGTERM.
    ///
    /// # Errors
    /// Somebody else has the folder or the address; what the system or the server refuse.
    pub async fn run(self) -> Result<(), Failed> {
        let folder = self.data.clone().map_or_else(|| serve::user_data("lull-demo"), Ok)?;
        let place = Place::take(std::path::absolute(folder).map_err(|error| system("finding the folder", &error))?)?;
        if self.reset {
            return place.reset();
        }
        let stop = serve::stop()?;
        let listen = free(self.listen)?;
        place.configure()?;
        place.wake()?;
        let shown = self.shown(&place, listen, stop).await;
        // A server that never came up leaves nothing running behind that the reader was not told of.
        place.rest()?;
        shown
    }

    async fn shown(&self, place: &Place, listen: SocketAddr, stop: lull_server::Boxed<()>) -> Result<(), Failed> {
        let (halt, halted) = oneshot::channel::<()>();
        let halted = Box::pin(async move { drop(halted.await) });
        let mut server = tokio::spawn(lull_server::serve(place.server(listen), halted));
        let told = tokio::select! {
            () = stop => Ok(()),
            told = tour(place, listen, &mut server) => told,
        };
        drop(halt);
        if !server.is_finished() {
            let _ended = tokio::time::timeout(GRACE, server).await;
        }
        told
    }
}

/// The tour, and then nothing more; ends only by failing. What needs a person ends the tour but not the demo.
async fn tour(
    place: &Place,
    listen: SocketAddr,
    server: &mut JoinHandle<Result<(), lull_server::Failed>>,
) -> Result<(), Failed> {
    let url = format!("http://{listen}");
    let session = tokio::select! {
        ended = &mut *server => return Err(server_ended(ended)),
        session = up(&url, place) => session?,
    };
    let toured = tokio::select! {
        ended = &mut *server => return Err(server_ended(ended)),
        toured = tour::go(&session) => toured,
    };
    if let Err(failed) = toured {
        print(&format!("\n{failed}"))?;
    }
    print(&place.to_try(&url))?;
    Err(server_ended(server.await))
}

fn server_ended(ended: Result<Result<(), lull_server::Failed>, tokio::task::JoinError>) -> Failed {
    match ended {
        Ok(Err(error)) => serve::failed(error),
        Ok(Ok(())) => Failed::new(Exit::Unexpected, "The server ended by itself."),
        Err(error) => Failed::new(Exit::Unexpected, format!("The server broke: {error}")),
    }
}

/// A session with the demo's server, once it answers.
async fn up(url: &str, place: &Place) -> Result<Session, Failed> {
    let anonymous = Client::new(url, None)?;
    let deadline = tokio::time::Instant::now() + UP_WITHIN;
    let mut look = tokio::time::interval(Duration::from_millis(20));
    loop {
        look.tick().await;
        match anonymous.readyz().await {
            Ok(_) => break,
            Err(error) if tokio::time::Instant::now() >= deadline => return Err(error.into()),
            Err(_) => {}
        }
    }
    let token = fs::read_to_string(place.token()).map_err(|error| {
        system(&format!("reading the token from {}", place.token().display()), &error).remedy("lull demo --reset")
    })?;
    let client = Client::new(url, Some(token.trim().to_owned()))?;
    Ok(Session { client, json: false, is_terminal: io::stdout().is_terminal() })
}

/// An address that nobody listens on; a port is chosen where none is named.
fn free(listen: SocketAddr) -> Result<SocketAddr, Failed> {
    TcpListener::bind(listen).and_then(|listener| listener.local_addr()).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            let what = format!("Something listens on {listen} already, perhaps another Lull.");
            Failed::new(Exit::Conflict, what).remedy("End that, or choose another port: lull demo --listen 127.0.0.1:0")
        }
        _ => system(&format!("listening on {listen}"), &error),
    })
}

fn system(doing: &str, error: &io::Error) -> Failed {
    Failed::new(Exit::Unexpected, format!("{doing}: {error}"))
}

impl Place {
    fn take(folder: PathBuf) -> Result<Self, Failed> {
        let doing = format!("making the folder {}", folder.display());
        let is_foreign = folder.join(MARK).metadata().is_err()
            && fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
        if is_foreign {
            return Err(Failed::new(
                Exit::Refused,
                format!("{} holds something that is not the demo's.", folder.display()),
            )
            .remedy("Name another folder: lull demo --data DIR"));
        }
        fs::create_dir_all(&folder).map_err(|error| system(&doing, &error))?;
        let mark = File::create(folder.join(MARK)).map_err(|error| system(&doing, &error))?;
        match mark.try_lock() {
            Ok(()) => Ok(Self { folder, _mark: mark }),
            Err(TryLockError::WouldBlock) => {
                let what = format!("Another demo runs on {} already.", folder.display());
                Err(Failed::new(Exit::Conflict, what).remedy("End it with Ctrl-C, or name another folder: --data DIR"))
            }
            Err(TryLockError::Error(error)) => Err(system(&doing, &error)),
        }
    }

    fn processes(&self) -> Processes {
        Processes::new(&self.folder.join("processes"))
    }

    fn token(&self) -> PathBuf {
        self.folder.join("server/admin-token")
    }

    fn server(&self, listen: SocketAddr) -> lull_server::Config {
        let (data, file) = (self.folder.join("server"), Some(self.folder.join("lull.toml")));
        lull_server::Config { listen, gate_listen: None, data, database: None, file }
    }

    /// Writes what the server is told of its adapter, and where its log goes.
    fn configure(&self) -> Result<(), Failed> {
        let exe = std::env::current_exe().map_err(|error| system("finding this program", &error))?;
        let text = adapter(&exe, &self.folder.join("processes"));
        let file = self.folder.join("lull.toml");
        fs::write(&file, text).map_err(|error| system(&format!("writing {}", file.display()), &error))?;
        let log = self.folder.join("server.log");
        let log =
            File::options().create(true).append(true).open(log).map_err(|error| system("writing a log", &error))?;
        serve::log_to(Mutex::new(log));
        Ok(())
    }

    /// Starts what is to run, unless the estate lives already: then a demo was killed, and only Lull knows what is to run.
    fn wake(&self) -> Result<(), Failed> {
        let (processes, resting) = (self.processes(), self.folder.join(RESTING));
        let is_first = !self.folder.join("processes").exists();
        if is_first {
            let names: Vec<&str> = estate::PARTS.iter().filter(|part| part.runs).map(|part| part.name).collect();
            self.keep(&names)?;
        }
        let Ok(text) = fs::read(&resting) else {
            return print("The processes of an earlier demo live on; they are taken over as they are.");
        };
        let names: Vec<String> = serde_json::from_slice(&text).unwrap_or_default();
        for part in names.iter().filter_map(|name| estate::named(name)) {
            processes.start(part).map_err(|error| system(&format!("starting {}", part.name), &error))?;
        }
        fs::remove_file(&resting).map_err(|error| system(&format!("removing {}", resting.display()), &error))?;
        print(&format!(
            "Started {} processes; their records are in {}.",
            names.len(),
            self.folder.join("processes").display()
        ))
    }

    /// Ends the processes, and keeps which ran.
    fn rest(&self) -> Result<(), Failed> {
        let processes = self.processes();
        let running: Vec<_> = estate::PARTS.iter().filter(|part| processes.pid(part).is_some()).collect();
        self.keep(&running.iter().map(|part| part.name).collect::<Vec<_>>())?;
        for part in &running {
            processes.stop(part, GRACE).map_err(|error| system(&format!("stopping {}", part.name), &error))?;
        }
        print(&format!(
            "\nStopped the demo's {} processes. `lull demo` goes on from here; --reset removes it all.",
            running.len()
        ))
    }

    /// Written aside first, as half a list would leave processes down.
    fn keep(&self, names: &[&str]) -> Result<(), Failed> {
        let (aside, resting) = (self.folder.join("resting.new"), self.folder.join(RESTING));
        let text = serde_json::to_vec(names).map_err(|error| Failed::new(Exit::Unexpected, error.to_string()))?;
        let written = fs::write(&aside, text).and_then(|()| fs::rename(&aside, &resting));
        written.map_err(|error| system(&format!("writing {}", resting.display()), &error))
    }

    fn reset(self) -> Result<(), Failed> {
        let processes = self.processes();
        let mut ended = 0;
        for part in &estate::PARTS {
            if processes.pid(part).is_some() {
                processes.stop(part, GRACE).map_err(|error| system(&format!("stopping {}", part.name), &error))?;
                ended += 1;
            }
        }
        fs::remove_dir_all(&self.folder)
            .map_err(|error| system(&format!("removing {}", self.folder.display()), &error))?;
        print(&format!("Stopped {ended} processes and removed {}.", self.folder.display()))
    }

    fn to_try(&self, url: &str) -> String {
        let (token, folder) = (self.token(), self.folder.join("processes"));
        let exe = std::env::current_exe().ok();
        let path = exe.as_deref().and_then(Path::parent).map(|bin| format!("PATH={}:$PATH ", bin.display()));
        format!(
            "
It stays up until Ctrl-C. In another terminal:

  export {path}LULL_URL={url} LULL_TOKEN=$(cat {token})
  lull workloads
  lull enter acme/prod/wiki --for 30m --wait
  lull list
  lull exit acme/prod/wiki --wait
  lull log

To see a failure, before you enter: touch {stuck}
To see it survive, kill this process, {pid}, while it stops things, and run `lull demo` again:

  lull enter acme/prod && kill -9 {pid}",
            path = path.unwrap_or_default(),
            token = token.display(),
            stuck = folder.join("wiki-1.stuck").display(),
            pid = std::process::id(),
        )
    }
}

/// The server's file: this program lists, stops and starts the processes. Strings of JSON are strings of TOML.
fn adapter(exe: &Path, processes: &Path) -> String {
    let verb = |verb: &str| {
        let argv =
            [exe.to_string_lossy(), "demo-process".into(), verb.into(), "--data".into(), processes.to_string_lossy()];
        serde_json::json!(argv).to_string()
    };
    let (list, stop, start) = (verb("list"), verb("stop"), verb("start"));
    let name = estate::ADAPTER;
    format!(
        "# Written by `lull demo` at every start.\n[adapters.{name}]\nkind = \"command\"\nlist = {list}\nstop = {stop}\nstart = {start}\n"
    )
}
