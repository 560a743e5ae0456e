//! The real server as a process: how soon it is ready, how long entering takes, what it keeps in memory.
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use lull_api::Client;
use lull_api::params::{Clause, Extend, GateCheck, GateQuestion, NewMaintenance, Scope};
use lull_domain::Instant as Moment;

use crate::filled::{self, Size};

/// Maintenances entered for one figure.
pub const ENTERED: usize = 41;

/// What a server with a full store can do.
pub struct Full {
    /// From the start of the process to the first good `readyz`.
    pub ready: Duration,
    /// Seconds to enter one maintenance, the median.
    pub entering: f64,
}

/// MiB that an idle server with nothing in it keeps.
pub async fn idle(binary: &str) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(binary, folder.path())?;
    server.ready().await?;
    // A few passes of the engine, so that what it needs once is there.
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.memory()
}

/// A server on a store with so many targets and maintenances.
pub async fn full(binary: &str, count: u64) -> Result<Full> {
    let folder = tempfile::tempdir()?;
    let size = Size { targets: count, maintenances: count };
    filled::store(folder.path(), size, now(folder.path())?).await?;
    let server = Server::start(binary, folder.path())?;
    server.ready().await?;
    let ready = server.began.elapsed();
    let mut taken = Vec::new();
    for number in 0..ENTERED as u64 {
        let new = announce(number);
        let began = Instant::now();
        server.client.create(&new).await?;
        taken.push(began.elapsed().as_secs_f64());
    }
    taken.sort_by(f64::total_cmp);
    Ok(Full { ready, entering: taken[taken.len() / 2] })
}

/// What the gate of a very full server can do.
pub struct Gate {
    /// From the start of the process to the first answer of the gate.
    pub first: Duration,
    /// Seconds from an order about ten thousand targets to the gate's knowing it, the median.
    pub reached: f64,
    /// MiB that the process keeps.
    pub memory: f64,
}

/// The gate of a server with a million targets and a hundred thousand maintenances.
pub async fn gate(binary: &str, size: Size) -> Result<Gate> {
    let folder = tempfile::tempdir()?;
    filled::store(folder.path(), size, now(folder.path())?).await?;
    // The first start makes the token; what is measured is any later one.
    drop(Server::start(binary, folder.path())?);
    let server = Server::start(binary, folder.path())?;
    server.asked(0).await?;
    let first = server.began.elapsed();
    let under = filled::target(filled::IN_ENVIRONMENT).path.to_string();
    let made = server.client.create(&NewMaintenance { scope: one(under), ..announce(0) }).await?;
    let mut taken = Vec::new();
    for minutes in 0..ENTERED {
        let ends_at = format!("2100-01-01T{:02}:{:02}:00Z", minutes / 60, minutes % 60);
        let began = Instant::now();
        let changed = server.client.extend(&made.id, &Extend { ends_at }, None).await?;
        server.asked(changed.epoch).await?;
        taken.push(began.elapsed().as_secs_f64());
    }
    taken.sort_by(f64::total_cmp);
    Ok(Gate { first, reached: taken[taken.len() / 2], memory: server.memory()? })
}

fn one(under: String) -> Scope {
    Scope { include: vec![Clause { under, ..Clause::default() }], exclude: Vec::new() }
}

/// A product is announced as under maintenance, now.
fn announce(number: u64) -> NewMaintenance {
    let under = filled::target(number % 10 * 10).path.to_string();
    NewMaintenance {
        title: format!("Measured {number}"),
        scope: one(under),
        preset: Some("announce".to_owned()),
        duration: Some("PT1H".to_owned()),
        ..NewMaintenance::default()
    }
}

struct Server {
    process: Child,
    client: Client,
    began: Instant,
}

impl Server {
    fn start(binary: &str, data: &Path) -> Result<Server> {
        let began = Instant::now();
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("starting {binary}"))?;
        let output = process.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(output).lines();
        let url = lines.find_map(|line| line.ok()?.strip_prefix("listening on ").map(str::to_owned));
        let token = std::fs::read_to_string(data.join("admin-token")).context("reading the first token")?;
        let client = Client::new(&url.context("it does not say where it listens")?, Some(token.trim().to_owned()))?;
        Ok(Server { process, client, began })
    }

    async fn ready(&self) -> Result<()> {
        while self.client.readyz().await.is_err() {
            anyhow::ensure!(self.began.elapsed() < Duration::from_secs(60), "the server is not ready after a minute");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Asks the gate one thing, as soon as it has this epoch.
    async fn asked(&self, epoch: u64) -> Result<()> {
        let question = GateQuestion {
            target: "e1/p1000/s10001".to_owned(),
            action: "deploy".to_owned(),
            ..GateQuestion::default()
        };
        let said = self.client.check_gate(&GateCheck { questions: vec![question], min_epoch: Some(epoch) }).await?;
        let decision = said.decisions.first().context("an answer to one question")?;
        anyhow::ensure!(decision.answer.is_some() && !decision.stale, "the gate does not know: {decision:?}");
        Ok(())
    }

    /// Resident memory in MiB.
    fn memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Now, as the file system dates what was just made: the clock itself is read by the server alone.
fn now(folder: &Path) -> Result<Moment> {
    let since = std::fs::metadata(folder)?.modified()?.duration_since(std::time::UNIX_EPOCH)?;
    Ok(Moment(i64::try_from(since.as_micros())?))
}
