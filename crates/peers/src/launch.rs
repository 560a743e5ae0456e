//! How each engine's daemon is started on a Debian 12 without systemd.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Which engine it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// dockerd.
    Docker,
    /// Podman's service with the Docker-compatible API.
    Podman,
}

/// Where the engine of this folder listens.
pub(crate) fn socket(home: &Path) -> PathBuf {
    home.join("engine.sock")
}

/// Where what the daemon says goes.
pub(crate) fn log(home: &Path) -> PathBuf {
    home.join("engine.log")
}

/// Starts the daemon of this folder, new or with the data of the last time. Does not wait until it listens.
pub(crate) fn spawn(kind: Kind, home: &Path) -> Result<Child> {
    let mut command = match kind {
        Kind::Docker => dockerd(home)?,
        Kind::Podman => podman(home)?,
    };
    let log = File::options().create(true).append(true).open(log(home))?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| {
        let (program, packages) = match kind {
            Kind::Docker => ("dockerd", "docker.io busybox-static"),
            Kind::Podman => ("podman", "podman runc busybox-static"),
        };
        format!("cannot run {program}; install it with: apt-get install -y --no-install-recommends {packages}")
    })
}

/// No bridge, no firewall rules, no configuration and no containerd of the machine.
fn dockerd(home: &Path) -> Result<Command> {
    let config = home.join("daemon.json");
    fs::write(&config, "{}")?;
    let namespace = home.file_name().context("the folder has a name")?.to_string_lossy().into_owned();
    let mut command = Command::new("/usr/sbin/dockerd");
    command
        .args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--storage-driver=overlay2"])
        .args(["--exec-opt", "native.cgroupdriver=cgroupfs", "--shutdown-timeout", "2"])
        .arg("--config-file")
        .arg(config)
        .arg("--data-root")
        .arg(home.join("root"))
        .arg("--exec-root")
        .arg(home.join("run"))
        .arg("--pidfile")
        .arg(home.join("engine.pid"))
        .arg(format!("--containerd-namespace={namespace}"))
        .arg(format!("--containerd-plugins-namespace={namespace}.plugins"))
        .arg("--host")
        .arg(format!("unix://{}", socket(home).display()));
    Ok(command)
}

/// runc, as crun refuses hybrid cgroups; limits that need no CAP_SYS_RESOURCE, soft as hard, as the compatible API swaps
/// them; locks in files, as those in shared memory are one set for all of the machine.
fn podman(home: &Path) -> Result<Command> {
    let at = home.display();
    let containers = home.join("containers.conf");
    let storage = home.join("storage.conf");
    fs::write(
        &containers,
        format!(
            "[containers]\nlog_driver = \"k8s-file\"\nnetns = \"host\"\n\
             default_ulimits = [\"nofile=4096:4096\", \"nproc=8192:8192\"]\n\
             [engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\nruntime = \"runc\"\n\
             lock_type = \"file\"\ntmp_dir = \"{at}/tmp\"\n"
        ),
    )?;
    fs::write(
        &storage,
        format!("[storage]\ndriver = \"overlay\"\ngraphroot = \"{at}/root\"\nrunroot = \"{at}/run\"\n"),
    )?;
    let mut command = Command::new("/usr/bin/podman");
    command
        .env("CONTAINERS_CONF", containers)
        .env("CONTAINERS_STORAGE_CONF", storage)
        .args(["system", "service", "--time=0"])
        .arg(format!("unix://{}", socket(home).display()));
    Ok(command)
}
