//! How xtask calls other programs.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A call from the root of the repository, with the environment of every test run: failures show where they come
/// from, and no run rewrites a snapshot.
pub fn command(line: &str) -> Command {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(words).current_dir(root()).env("RUST_BACKTRACE", "1").env("INSTA_UPDATE", "no");
    command
}

/// Runs a line to its end, its output shown as it comes.
///
/// # Errors
/// The program cannot be started, or says that it failed.
pub fn run(line: &str) -> Result<()> {
    let status = command(line).status().with_context(|| format!("starting `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// What a line prints; its errors are shown as they come.
///
/// # Errors
/// The program cannot be started, says that it failed, or prints something other than UTF-8.
pub fn output(line: &str) -> Result<String> {
    let output =
        command(line).stderr(std::process::Stdio::inherit()).output().with_context(|| format!("starting `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("reading what `{line}` printed"))
}

/// Whether a line succeeds; nothing that it prints is shown.
pub fn succeeds(line: &str) -> bool {
    command(line).output().is_ok_and(|output| output.status.success())
}
