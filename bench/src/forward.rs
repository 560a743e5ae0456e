//! A proxy's question over HTTP, beside a bare axum handler that always says 204: requests for each second of CPU.
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use lull_domain::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::filled;

/// Rounds of each, in turn; the median counts.
const ROUNDS: usize = 10;
/// Requests in a round.
const ASKED: usize = 60_000;
/// Connections at a time, each with one request under way.
const CONNECTIONS: usize = 32;
/// What nginx asks, as its page says.
const REQUEST: &str = "GET /gate/nginx?target=e0/p1/s11 HTTP/1.1\r\nHost: gate\r\nX-Original-Method: GET\r\n\
                       X-Original-URI: /index.html\r\n\r\n";

/// Prints how many of a proxy's questions a second of CPU answers.
pub async fn print(binary: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    filled::store(folder.path(), filled::Size { targets: 100, maintenances: 0 }, Instant(0)).await?;
    let ours = Listening::lull(binary, folder.path())?;
    let theirs = Listening::bare()?;
    let (mut ratios, mut figures) = (Vec::new(), Vec::new());
    // A round of each first, so that both are warm.
    for round in 0..=ROUNDS {
        let (theirs, ours) = (theirs.round().await?, ours.round().await?);
        if round > 0 {
            ratios.push(ours / theirs);
            figures.push((ours, theirs));
        }
    }
    ratios.sort_by(f64::total_cmp);
    figures.sort_by(|one, two| one.0.total_cmp(&two.0));
    let (ours, theirs) = figures[ROUNDS / 2];
    println!("| a bare axum handler that says 204 | {theirs:.0} requests per CPU second | |");
    println!("| forward-auth, allowed | {ours:.0}, {:.2} × | at least 1.2 × |", ratios[ROUNDS / 2]);
    Ok(())
}

/// Answers everything with 204, until it is killed.
pub async fn bare() -> Result<()> {
    let router = axum::Router::new().fallback(|| async { axum::http::StatusCode::NO_CONTENT });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

/// A process that listens.
struct Listening {
    process: Child,
    address: SocketAddr,
}

impl Listening {
    fn lull(binary: &str, data: &Path) -> Result<Listening> {
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--gate-listen", "127.0.0.1:0", "--data"]).arg(data);
        Listening::start(command, "gate listening on http://")
    }

    fn bare() -> Result<Listening> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare");
        Listening::start(command, "listening on http://")
    }

    fn start(mut command: Command, says: &str) -> Result<Listening> {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let lines = BufReader::new(process.stdout.take().context("its output is piped")?).lines();
        let address = lines.map_while(Result::ok).find_map(|line| line.strip_prefix(says)?.parse().ok());
        Ok(Listening { address: address.context("it does not say where it listens")?, process })
    }

    /// Requests that a second of its CPU answers.
    async fn round(&self) -> Result<f64> {
        let before = self.cpu_seconds()?;
        let asking = (0..CONNECTIONS).map(|_| tokio::spawn(asked(self.address, ASKED / CONNECTIONS)));
        for asking in asking.collect::<Vec<_>>() {
            asking.await??;
        }
        Ok((ASKED / CONNECTIONS * CONNECTIONS) as f64 / (self.cpu_seconds()? - before))
    }

    /// What all its threads have run, as the scheduler counts it.
    fn cpu_seconds(&self) -> Result<f64> {
        let mut nanoseconds = 0.0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let counted = std::fs::read_to_string(task?.path().join("schedstat"))?;
            nanoseconds += counted.split(' ').next().context("no schedstat")?.parse::<f64>()?;
        }
        Ok(nanoseconds / 1e9)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks so often on one connection, one request after the other; each answer is 204 without a body.
async fn asked(address: SocketAddr, count: usize) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(1_024);
    for _ in 0..count {
        stream.write_all(REQUEST.as_bytes()).await?;
        answer.clear();
        while !answer.ends_with(b"\r\n\r\n") {
            ensure!(stream.read_buf(&mut answer).await? > 0, "it hung up");
        }
        ensure!(answer.starts_with(b"HTTP/1.1 204"), "it says {}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}
