//! A PostgreSQL of one's own, for as long as a test lasts.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{sweep, until};

/// Where Debian puts the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Where it listens unless told otherwise; the name of its socket has it too.
const PORT: u16 = 5432;
/// Texts compare by the rules of a language unless a column says otherwise, which a test then notices.
const INIT: &[&str] = &[
    "--username=lull",
    "--auth=trust",
    "--no-sync",
    "--wal-segsize=1",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--locale-provider=icu",
    "--icu-locale=en",
];
/// Small, and heard on a socket in its own folder.
const RUN: &[&str] = &["-c", "shared_buffers=16MB", "-c", "max_connections=60"];
/// A certificate for `localhost` that vouches for itself.
const CERTIFY: &[&str] = &[
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days=2",
    "-subj=/CN=localhost",
    "-addext=subjectAltName=DNS:localhost",
    "-addext=basicConstraints=critical,CA:FALSE",
];

/// A server that runs for as long as this value lives. It syncs to the disk, as a real one does.
#[derive(Debug)]
pub struct Postgres {
    home: TempDir,
    owner: Option<(u32, u32)>,
    server: Option<Child>,
    /// Where it listens besides, if it does.
    port: Option<u16>,
}

impl Postgres {
    /// Starts a server with an empty database.
    ///
    /// # Errors
    /// When it is not installed, or does not answer within 60 seconds; the error ends with its log.
    pub fn start() -> Result<Postgres> {
        let mut postgres = Postgres::made()?;
        postgres.up()?;
        Ok(postgres)
    }

    /// The same, which also listens on the loopback and speaks TLS there: its URL, and the file of its certificate.
    ///
    /// # Errors
    /// The same.
    pub fn start_with_tls() -> Result<(Postgres, String, PathBuf)> {
        let mut postgres = Postgres::made()?;
        let (certificate, key) = (postgres.data().join("server.crt"), postgres.data().join("server.key"));
        let mut openssl = Command::new("openssl");
        done(openssl.args(CERTIFY).arg("-out").arg(&certificate).arg("-keyout").arg(&key))?;
        done(Command::new("chmod").arg("600").arg(&key))?;
        postgres.give(&certificate, false)?;
        postgres.give(&key, false)?;
        postgres.port = Some(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port());
        postgres.up()?;
        let url = format!("postgres://lull@localhost:{}/postgres", postgres.port.unwrap_or_default());
        Ok((postgres, url, certificate))
    }

    fn made() -> Result<Postgres> {
        let home = tempfile::Builder::new().prefix("lull-peer-").tempdir()?;
        let postgres = Postgres { home, owner: owner()?, server: None, port: None };
        postgres.give(postgres.home.path(), false)?;
        postgres.init()?;
        Ok(postgres)
    }

    /// Its database, as `postgres://…`.
    pub fn url(&self) -> String {
        let folder = self.home.path().to_string_lossy().replace('/', "%2F");
        format!("postgres://lull@{folder}:{}/postgres", self.port.unwrap_or(PORT))
    }

    /// Runs statements past everybody, and gives what they print.
    ///
    /// # Errors
    /// The server's own word.
    pub fn sql(&self, statements: &str) -> Result<String> {
        let mut psql = Command::new(programs()?.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--dbname"]);
        done(psql.arg(self.url()).args(["--command", statements]))
    }

    /// As `kill -9`: what it had in memory is gone. Its children notice, and go too.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _gone = server.kill();
            let _reaped = server.wait();
        }
    }

    /// Starts it after [`Postgres::kill`] on what is on its disk, and waits until it answers.
    ///
    /// # Errors
    /// When it does not within 60 seconds.
    pub fn up(&mut self) -> Result<()> {
        let answers = until("PostgreSQL answers", || {
            // One that was killed leaves children who go in their own time; until then it refuses to start.
            if self.server.as_mut().is_none_or(|server| !matches!(server.try_wait(), Ok(None))) {
                self.server = Some(self.spawn().ok()?);
            }
            let mut ready = Command::new(programs().ok()?.join("pg_isready"));
            ready.args(["--quiet", "--host"]).arg(self.home.path()).arg("--port");
            done(ready.arg(self.port.unwrap_or(PORT).to_string())).ok()
        });
        answers.map(drop).with_context(|| format!("its log:\n{}", self.log()))
    }

    /// The folder of its data: made once for each version beside the program that runs, then copied, as making one takes
    /// longer than most tests.
    fn init(&self) -> Result<()> {
        let version = done(Command::new(programs()?.join("initdb")).arg("--version"))?;
        let version = version.split(' ').nth(2).context("initdb does not say its version")?;
        let made = std::env::current_exe()?.with_file_name(format!("lull-postgres-{}", version.trim()));
        if !made.exists() {
            let new = self.home.path().join("new");
            done(self.as_owner("initdb")?.args(INIT).arg("--pgdata").arg(&new))?;
            let whole = made.with_extension(std::process::id().to_string());
            done(Command::new("cp").arg("-R").arg(&new).arg(&whole))?;
            // Somebody else may have been faster, with the same.
            if fs::rename(&whole, &made).is_err() {
                fs::remove_dir_all(&whole)?;
            }
        }
        done(Command::new("cp").arg("-R").arg(&made).arg(self.data()))?;
        self.give(&self.data(), true)?;
        done(Command::new("chmod").arg("700").arg(self.data())).map(drop)
    }

    fn spawn(&self) -> Result<Child> {
        let log = File::options().create(true).append(true).open(self.home.path().join("engine.log"))?;
        let mut server = self.as_owner("postgres")?;
        server.arg("-D").arg(self.data()).arg("-k").arg(self.home.path()).args(RUN);
        match self.port {
            None => server.args(["-c", "listen_addresses="]),
            Some(port) => server.args(["-c", "listen_addresses=localhost", "-c", "ssl=on", "-p"]).arg(port.to_string()),
        };
        server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        server.spawn().context("cannot run postgres")
    }

    /// A program of PostgreSQL, which refuses to run as root.
    fn as_owner(&self, program: &str) -> Result<Command> {
        let mut command = Command::new(programs()?.join(program));
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.current_dir(self.home.path());
        Ok(command)
    }

    /// Gives a file, or a folder with all that is in it, to whoever PostgreSQL runs as.
    fn give(&self, path: &Path, and_below: bool) -> Result<()> {
        let Some((user, group)) = self.owner else { return Ok(()) };
        chown(path, Some(user), Some(group))?;
        if and_below {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                self.give(&entry.path(), entry.file_type()?.is_dir())?;
            }
        }
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("engine.log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // Ends its children and itself at once; nobody needs what it had.
        sweep::kill(server.id(), Signal::QUIT);
        if until("PostgreSQL has ended", || server.try_wait().ok().flatten()).is_err() {
            let _gone = server.kill();
            let _reaped = server.wait();
        }
    }
}

/// The programs of the newest version there is; elsewhere than on Debian, those on the path.
fn programs() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || std::env::split_paths(&path).find(|folder| folder.join("initdb").exists());
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).filter(|path| path.join("bin/initdb").exists()).max_by_key(number);
    newest.map(|version| version.join("bin")).or_else(on_path).with_context(|| {
        format!("there is no PostgreSQL in {VERSIONS}; install it with: apt-get install -y --no-install-recommends postgresql")
    })
}

/// As whom it runs, where we are root: Debian's own user, else nobody.
fn owner() -> Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
    let ids = |name: &str| {
        let fields: Vec<&str> = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').collect();
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody")).map(Some).context("there is no user `postgres`, and no user `nobody`")
}

/// Runs a command to its end; what it printed, or what it said of its failure.
fn done(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().with_context(|| format!("running {name}"))?;
    if !status.success() {
        bail!("{name}: {status}: {}", String::from_utf8_lossy(&stderr).trim());
    }
    Ok(String::from_utf8(stdout)?)
}
