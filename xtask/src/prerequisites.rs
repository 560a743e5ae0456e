//! The programs of other people that the tests run against, installed where they are missing.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell;

/// A program that tests start, the Debian package that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prerequisite {
    /// The file looked for on the path, or [`VENV`].
    pub program: &'static str,
    /// Where it comes from.
    pub package: &'static str,
}

/// All of them. What comes from elsewhere than Debian is fetched by whoever needs it, in versions that are written there.
const PREREQUISITES: &[Prerequisite] = &[
    Prerequisite { program: "dockerd", package: "docker.io" },
    Prerequisite { program: "podman", package: "podman" },
    Prerequisite { program: "runc", package: "runc" },
    Prerequisite { program: "busybox", package: "busybox-static" },
    Prerequisite { program: "initdb", package: "postgresql" },
    Prerequisite { program: VENV, package: "python3-venv" },
];

/// No file but a part of Python, which Debian keeps in a package of its own.
const VENV: &str = "python3 -m ensurepip";

/// Where programs are looked for besides `PATH`: daemons are in places that a user's path leaves out.
const PLACES: &[&str] = &["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Where Debian puts the programs of each version of PostgreSQL, in folders `VERSION/bin`.
const VERSIONS: &str = "/usr/lib/postgresql";

const INSTALL: &str = "apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300";
const UPDATE: &str = "apt-get update -o DPkg::Lock::Timeout=300";

/// Those that this machine lacks.
///
/// # Errors
/// Something is missing that cannot be installed from here; the message says what, and how.
pub fn missing() -> Result<Vec<Prerequisite>> {
    let missing: Vec<_> = PREREQUISITES.iter().copied().filter(|it| !is_installed(it.program)).collect();
    if !missing.is_empty() && !may_install() {
        bail!("{}\ninstall them, then try again: apt-get install {}", told(&missing), packages(&missing));
    }
    Ok(missing)
}

/// Installs them. May be called again after an interruption: apt takes up what is half done.
///
/// # Errors
/// apt refuses, or a program is still missing afterwards.
pub fn install(missing: &[Prerequisite]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("{INSTALL} {}", packages(missing));
    if apt(&line).is_err() {
        // Either there are no package lists yet, or they name versions that are gone.
        apt(UPDATE)?;
        apt(&line)?;
    }
    let still: Vec<_> = missing.iter().copied().filter(|it| !is_installed(it.program)).collect();
    if !still.is_empty() {
        bail!("{} although their packages are installed", told(&still));
    }
    Ok(())
}

/// Calls apt; it speaks only when it fails, as it runs beside the build.
fn apt(line: &str) -> Result<()> {
    let output = shell::command(line)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("starting `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(())
}

fn is_installed(program: &str) -> bool {
    if program == VENV {
        return shell::succeeds(&format!("{VENV} --version"));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let places = std::env::split_paths(&path).chain(PLACES.iter().map(Into::into));
    places.chain(versions.map(|version| version.path().join("bin"))).any(|place| place.join(program).is_file())
}

fn may_install() -> bool {
    let is_root = shell::output("id -u").is_ok_and(|id| id.trim() == "0");
    is_root && Path::new("/etc/debian_version").exists() && is_installed("apt-get")
}

fn packages(of: &[Prerequisite]) -> String {
    of.iter().map(|it| it.package).collect::<Vec<_>>().join(" ")
}

fn told(missing: &[Prerequisite]) -> String {
    let programs: Vec<_> = missing.iter().map(|it| it.program).collect();
    format!("the tests run against programs that are missing here: {}", programs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_on_the_path_is_found_and_a_made_up_one_is_not() {
        assert!(is_installed("cargo"));
        assert!(!is_installed("no-program-is-called-this"));
    }

    #[test]
    fn what_is_missing_is_said_by_program_and_installed_by_package() {
        let missing = &PREREQUISITES[..2];
        assert!(told(missing).ends_with("missing here: dockerd, podman"));
        assert_eq!(packages(missing), "docker.io podman");
    }

    #[test]
    fn nothing_missing_calls_nobody() -> Result<()> {
        install(&[])
    }
}
