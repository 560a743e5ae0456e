//! The real binary as a process that can be killed and started again on the same data.
use std::fs;
use std::future::Future;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use lull_api::Client;
use lull_api::views::Maintenance;
use lull_peers::until;

/// A server with its folder.
pub struct Server {
    folder: tempfile::TempDir,
    process: Option<Child>,
    client: Option<Client>,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    /// A server that acts on this engine.
    pub fn new(engine: &str) -> Server {
        let folder = tempfile::tempdir().expect("a temp folder can be made");
        let file = format!("[adapters.docker]\nkind = \"docker\"\nurl = \"{engine}\"\n");
        fs::write(folder.path().join("lull.toml"), file).expect("its file can be written");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        Server { folder, process: None, client: None, runtime }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts it, and has it die at this edge if one is named.
    pub fn start(&mut self, failpoint: Option<&str>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lull"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(self.data());
        command.arg("--config").arg(self.folder.path().join("lull.toml"));
        command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        if let Some(edge) = failpoint {
            command.env("LULL_FAILPOINT", edge);
        }
        let mut process = command.spawn().expect("the binary starts");
        let output = process.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(output).lines();
        let url = lines.find_map(|line| line.ok()?.strip_prefix("listening on ").map(str::to_owned));
        let url = url.expect("it says where it listens");
        // What it says later is read, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        let token = fs::read_to_string(self.data().join("admin-token")).expect("there is a first token");
        self.client = Some(Client::new(&url, Some(token.trim().to_owned())).expect("the address is one"));
        self.process = Some(process);
    }

    /// As `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it can be killed");
            process.wait().expect("it ends");
        }
    }

    /// Waits until it has died at its edge.
    pub fn dies(&mut self) {
        let mut process = self.process.take().expect("it was started");
        // A call whose report got lost is waited out for longer than one wait allows.
        let mut wait = || until("the server dies at its edge", || process.try_wait().expect("it can be asked"));
        wait().or_else(|_| wait()).or_else(|_| wait()).expect("it dies");
    }

    /// Asks it something.
    pub fn ask<'a, T, E: std::fmt::Debug, F: Future<Output = Result<T, E>>>(
        &'a self,
        call: impl FnOnce(&'a Client) -> F,
    ) -> T {
        self.try_ask(call).expect("it answers")
    }

    /// Asks it something that it may refuse.
    pub fn try_ask<'a, T, E, F: Future<Output = Result<T, E>>>(
        &'a self,
        call: impl FnOnce(&'a Client) -> F,
    ) -> Result<T, E> {
        let client = self.client.as_ref().expect("it was started");
        self.runtime.block_on(call(client))
    }

    /// Waits until the maintenance is as asked.
    pub fn wait(&self, id: &str, what: &str, is: impl Fn(&Maintenance) -> bool) -> Maintenance {
        let long = std::time::Instant::now();
        loop {
            // Several of the limits that are waited out here are longer than what one wait allows.
            let met = until(what, || Some(self.ask(|client| client.maintenance(id))).filter(|found| is(found)));
            match met {
                Ok(maintenance) => return maintenance,
                Err(error) if long.elapsed().as_secs() > 240 => {
                    panic!("{error}: {:#?}", self.ask(|client| client.maintenance(id)))
                }
                Err(_) => {}
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The phase, or the status where there is none.
pub fn is(maintenance: &Maintenance, state: &str) -> bool {
    maintenance.phase.as_deref() == Some(state) || maintenance.status == state
}
