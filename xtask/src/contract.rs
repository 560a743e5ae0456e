//! The document and the running server, compared by programs of other people: openapi-spec-validator and schemathesis.
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::prerequisites::{self, VENV};
use crate::shell;

/// Where the server and schemathesis keep what they need.
const PLACE: &str = "target/contract";
/// The same cases in every run.
pub const SEED: &str = "20261121";
/// How many cases there are for an operation, at most.
const EXAMPLES: &str = "25";
/// Targets that the examples of the document name.
const TARGETS: [(&str, &str); 3] =
    [("acme", "organization"), ("acme/prod", "environment"), ("acme/prod/shop", "product")];

/// How far schemathesis looks.
#[derive(Clone, Copy)]
pub enum Search<'a> {
    /// Only at what is the same in every run, so that what has passed once passes again.
    Repeatable,
    /// Also from answer to answer: the ids in them are never the same twice. With this seed.
    Whole(&'a str),
}

/// A server that ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which whoever asked it has noticed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the binary on a folder of its own, and lets both programs at it.
///
/// # Errors
/// A program cannot be had, or finds something.
pub fn run(how: Search<'_>) -> Result<()> {
    prerequisites::make_venv()?;
    shell::run(&format!("{VENV}/bin/openapi-spec-validator openapi.json"))?;
    shell::run("cargo build --quiet --package lull")?;
    let data = shell::root().join(PLACE).join("data");
    std::fs::create_dir_all(&data).context("making a folder for the server")?;
    std::fs::remove_dir_all(&data).context("removing the data of the last run")?;
    let (_server, url) = started(&data)?;
    let token = std::fs::read_to_string(data.join("admin-token")).context("reading the administrator's token")?;
    for (path, kind) in TARGETS {
        let mut add = shell::command(&format!("target/debug/lull target add {path} --kind {kind}"));
        let added = add.env("LULL_URL", &url).env("LULL_TOKEN", token.trim()).stdout(Stdio::null()).status();
        if !added.context("starting lull")?.success() {
            bail!("the target {path} could not be added");
        }
    }
    found_nothing(&url, token.trim(), how)
}

/// A server on a free port, and its URL.
fn started(data: &PathBuf) -> Result<(Server, String)> {
    let mut serve =
        shell::command("target/debug/lull serve --listen 127.0.0.1:0 --config xtask/contract/lull.toml --data");
    let child =
        serve.arg(data).env("LULL_LOG", "error").stdout(Stdio::piped()).spawn().context("starting the server")?;
    let mut server = Server(child);
    let said = server.0.stdout.take().context("the server has no output")?;
    for line in BufReader::new(said).lines() {
        let line = line.context("reading what the server says")?;
        if let Some(url) = line.strip_prefix("listening on ") {
            return Ok((server, url.to_owned()));
        }
    }
    bail!("the server ended before it listened")
}

/// Lets schemathesis look, from a folder where it may leave what it keeps between runs.
fn found_nothing(url: &str, token: &str, how: Search<'_>) -> Result<()> {
    let (seed, phases) = match how {
        Search::Repeatable => (SEED, "examples,coverage,fuzzing"),
        Search::Whole(seed) => (seed, "examples,coverage,fuzzing,stateful"),
    };
    let root = shell::root().canonicalize().context("finding the repository")?;
    let mut search = Command::new(root.join(VENV).join("bin/schemathesis"));
    search.current_dir(root.join(PLACE));
    search.arg("--config-file").arg(root.join("xtask/contract/schemathesis.toml"));
    search.args([
        "run",
        &format!("{url}/openapi.json"),
        "--seed",
        seed,
        "--max-examples",
        EXAMPLES,
        "--phases",
        phases,
    ]);
    search.args(["--continue-on-failure", "--no-color", "--header", &format!("Authorization: Bearer {token}")]);
    if !search.status().context("starting schemathesis")?.success() {
        bail!("schemathesis found what is told above");
    }
    Ok(())
}
