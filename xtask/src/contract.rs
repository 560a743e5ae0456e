//! The document and the running server, compared by programs of other people: openapi-spec-validator and schemathesis.
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell;

/// Where the programs are put: a virtual environment of ours, which nobody else uses.
const PLACE: &str = "target/contract";
/// The programs, by the versions that were tried.
const PINS: &str = "schemathesis==4.32.5 openapi-spec-validator==0.9.0";
/// The same cases in every run.
const SEED: &str = "20261121";
/// How many cases there are for an operation, at most.
const EXAMPLES: &str = "25";
/// Targets that the examples of the document name.
const TARGETS: [(&str, &str); 3] =
    [("acme", "organization"), ("acme/prod", "environment"), ("acme/prod/shop", "product")];

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
pub fn run() -> Result<()> {
    programs()?;
    shell::run(&format!("{PLACE}/venv/bin/openapi-spec-validator openapi.json"))?;
    shell::run("cargo build --quiet --package lull")?;
    let data = shell::root().join(PLACE).join("data");
    if data.exists() {
        std::fs::remove_dir_all(&data).context("removing the data of the last run")?;
    }
    let (_server, url) = started(&data)?;
    let token = std::fs::read_to_string(data.join("admin-token")).context("reading the administrator's token")?;
    for (path, kind) in TARGETS {
        let mut add = shell::command(&format!("target/debug/lull target add {path} --kind {kind}"));
        let added = add.env("LULL_URL", &url).env("LULL_TOKEN", token.trim()).stdout(Stdio::null()).status();
        if !added.context("starting lull")?.success() {
            bail!("the target {path} could not be added");
        }
    }
    found_nothing(&url, token.trim())
}

/// Makes the environment, or leaves it where it holds these versions already.
fn programs() -> Result<()> {
    let marker = shell::root().join(PLACE).join("pins");
    if std::fs::read_to_string(&marker).is_ok_and(|pins| pins == PINS) {
        return Ok(());
    }
    shell::run(&format!("python3 -m venv --clear {PLACE}/venv"))?;
    shell::run(&format!("{PLACE}/venv/bin/pip install --quiet --disable-pip-version-check {PINS}"))?;
    std::fs::write(&marker, PINS).with_context(|| format!("writing {}", marker.display()))
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

fn found_nothing(url: &str, token: &str) -> Result<()> {
    let line = format!(
        "{PLACE}/venv/bin/schemathesis --config-file xtask/contract/schemathesis.toml run {url}/openapi.json \
         --seed {SEED} --max-examples {EXAMPLES} --continue-on-failure --no-color"
    );
    let mut search = shell::command(&line);
    search.arg("--header").arg(format!("Authorization: Bearer {token}"));
    if !search.status().context("starting schemathesis")?.success() {
        bail!("schemathesis found what is told above");
    }
    Ok(())
}
