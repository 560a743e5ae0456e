//! An image without a registry: a tarball of the static busybox.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

const BUSYBOX: &str = "/bin/busybox";
const APPLETS: &[&str] = &["sh", "sleep", "cat", "echo", "true", "false", "kill", "ls", "rm", "test", "touch"];

/// A tar archive of a root file system with busybox and a few names for it.
pub(crate) fn tarball(home: &Path) -> Result<Vec<u8>> {
    let root = home.join("rootfs");
    let bin = root.join("bin");
    fs::create_dir_all(&bin)?;
    fs::copy(BUSYBOX, bin.join("busybox"))
        .context("there is no /bin/busybox: apt-get install -y --no-install-recommends busybox-static")?;
    for applet in APPLETS {
        symlink("busybox", bin.join(applet))?;
    }
    let tar = Command::new("tar").arg("-C").arg(&root).args(["-cf", "-", "."]).output().context("running tar")?;
    ensure!(tar.status.success(), "tar failed: {}", String::from_utf8_lossy(&tar.stderr));
    fs::remove_dir_all(&root)?;
    Ok(tar.stdout)
}
