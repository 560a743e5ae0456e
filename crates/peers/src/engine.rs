//! A container engine of one's own and what a test does with its containers.

use std::fs;
use std::path::Path;
use std::process::Child;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Request, exchange};
use crate::launch::{self, Kind};
use crate::{ENDS_ON_TERM, IMAGE, image, sweep, until};

/// An engine that runs for as long as this value lives.
#[derive(Debug)]
pub struct Engine {
    kind: Kind,
    home: TempDir,
    daemon: Option<Child>,
}

/// What a container is made from.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its labels.
    pub labels: &'a [(&'a str, &'a str)],
    /// Its restart policy: `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`.
    pub restart: &'a str,
    /// What it runs; [`ENDS_ON_TERM`] unless said otherwise.
    pub command: &'a [&'a str],
    /// A shell command that tells every second whether it is healthy. Podman without systemd never runs it.
    pub health: Option<&'a str>,
}

impl Default for Container<'_> {
    fn default() -> Self {
        Self { name: "one", labels: &[], restart: "no", command: ENDS_ON_TERM, health: None }
    }
}

impl Engine {
    /// Starts a dockerd with the image [`IMAGE`] and no containers.
    ///
    /// # Errors
    /// When it is not installed, or does not listen within 60 seconds; the error ends with its log.
    pub fn dockerd() -> Result<Self> {
        Self::start(Kind::Docker)
    }

    /// Starts a Podman service with the image [`IMAGE`] and no containers.
    ///
    /// # Errors
    /// As [`Engine::dockerd`].
    pub fn podman() -> Result<Self> {
        Self::start(Kind::Podman)
    }

    /// Starts an engine of this kind.
    ///
    /// # Errors
    /// As [`Engine::dockerd`].
    pub fn start(kind: Kind) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("lull-peer-").tempdir()?;
        let mut engine = Self { kind, home, daemon: None };
        let archive = image::tarball(engine.home.path())?;
        engine.up()?;
        let (repo, tag) = IMAGE.split_once(':').context("the image has a tag")?;
        let path = format!("/images/create?fromSrc=-&repo={repo}&tag={tag}");
        let content_type = "application/x-tar";
        let request = Request { method: "POST", path: &path, content_type, body: &archive };
        let (status, answer) = exchange(&launch::socket(engine.home.path()), &request)?;
        ensure!(status == 200, "importing the image: {status} {}", String::from_utf8_lossy(&answer));
        Ok(engine)
    }

    /// Which engine it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where it listens, as `unix:///…`.
    pub fn url(&self) -> String {
        format!("unix://{}", launch::socket(self.home.path()).display())
    }

    /// Ends the daemon and starts it again on the same data and the same socket.
    ///
    /// # Errors
    /// As [`Engine::up`].
    pub fn restart(&mut self) -> Result<()> {
        self.down();
        self.up()
    }

    /// Ends the daemon as `kill` does, so that nobody answers. dockerd takes its containers with it, Podman does not.
    pub fn down(&mut self) {
        let Some(mut daemon) = self.daemon.take() else { return };
        sweep::kill(daemon.id(), Signal::TERM);
        if until("the daemon has ended", || daemon.try_wait().ok().flatten()).is_err() {
            let _gone = daemon.kill();
            let _reaped = daemon.wait();
        }
        let _absent = fs::remove_file(launch::socket(self.home.path()));
    }

    /// Starts the daemon after [`Engine::down`] and waits until it answers.
    ///
    /// # Errors
    /// When it ends by itself or does not answer within 60 seconds.
    pub fn up(&mut self) -> Result<()> {
        let mut daemon = launch::spawn(self.kind, self.home.path())?;
        let ready = until("the engine answers", || match daemon.try_wait() {
            Ok(None) => {
                self.request("GET", "/_ping", &Value::Null).ok().filter(|(status, _)| *status == 200).map(|_| true)
            }
            Ok(Some(_)) | Err(_) => Some(false),
        });
        self.daemon = Some(daemon);
        match ready {
            Ok(true) => Ok(()),
            Ok(false) => bail!("the engine ended by itself; its log:\n{}", self.log()),
            Err(error) => Err(error.context(format!("its log:\n{}", self.log()))),
        }
    }

    /// Makes a container and returns its id. It does not run yet.
    ///
    /// # Errors
    /// The engine's own word.
    pub fn create(&self, container: &Container<'_>) -> Result<String> {
        let labels: serde_json::Map<_, _> =
            container.labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let mut body = json!({
            "Image": IMAGE,
            "Cmd": container.command,
            "Labels": labels,
            "HostConfig": { "NetworkMode": "host", "RestartPolicy": restart_policy(container.restart) },
        });
        if let Some(health) = container.health {
            body["Healthcheck"] = json!({ "Test": ["CMD-SHELL", health], "Interval": 1_000_000_000, "Retries": 1 });
        }
        let made = self.done("POST", &format!("/containers/create?name={}", container.name), &body)?;
        Ok(made["Id"].as_str().context("the engine gave no id")?.to_owned())
    }

    /// Makes a container, starts it and returns its id.
    ///
    /// # Errors
    /// The engine's own word.
    pub fn run(&self, container: &Container<'_>) -> Result<String> {
        let id = self.create(container)?;
        self.start_container(&id)?;
        Ok(id)
    }

    /// Starts a container, as a person would.
    ///
    /// # Errors
    /// The engine's own word.
    pub fn start_container(&self, name: &str) -> Result<()> {
        self.done("POST", &format!("/containers/{name}/start"), &Value::Null).map(drop)
    }

    /// Stops a container with a grace of one second, as a person would.
    ///
    /// # Errors
    /// The engine's own word.
    pub fn stop(&self, name: &str) -> Result<()> {
        self.done("POST", &format!("/containers/{name}/stop?t=1"), &Value::Null).map(drop)
    }

    /// Kills the process of a container, as a crash would; its restart policy then has its say.
    ///
    /// # Errors
    /// When it is gone or does not run.
    pub fn crash(&self, name: &str) -> Result<()> {
        let pid = self.inspect(name)?["State"]["Pid"].as_u64().filter(|pid| *pid > 1).context("it does not run")?;
        sweep::kill(u32::try_from(pid)?, Signal::KILL);
        Ok(())
    }

    /// Kills a container through the engine.
    ///
    /// # Errors
    /// The engine's own word.
    pub fn kill(&self, name: &str) -> Result<()> {
        self.done("POST", &format!("/containers/{name}/kill"), &Value::Null).map(drop)
    }

    /// Removes a container, running or not.
    ///
    /// # Errors
    /// The engine's own word.
    pub fn remove(&self, name: &str) -> Result<()> {
        self.done("DELETE", &format!("/containers/{name}?force=true"), &Value::Null).map(drop)
    }

    /// Changes the restart policy of a container. Podman 4 cannot.
    ///
    /// # Errors
    /// The engine's own word.
    pub fn set_restart(&self, name: &str, restart: &str) -> Result<()> {
        let body = json!({ "RestartPolicy": restart_policy(restart) });
        self.done("POST", &format!("/containers/{name}/update"), &body).map(drop)
    }

    /// Everything the engine knows about a container, in its own words.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer.
    pub fn inspect(&self, name: &str) -> Result<Value> {
        self.done("GET", &format!("/containers/{name}/json"), &Value::Null)
    }

    /// Whether a container runs; false also where there is none.
    pub fn is_running(&self, name: &str) -> bool {
        self.inspect(name).is_ok_and(|found| found["State"]["Running"] == json!(true))
    }

    /// One request to the engine: its status and what it answers, null where that is not JSON. A null body is sent empty.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn request(&self, method: &str, path: &str, body: &Value) -> Result<(u16, Value)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request { method, path, content_type: "application/json", body: body.as_bytes() };
        let (status, answer) = exchange(&launch::socket(self.home.path()), &request)?;
        Ok((status, serde_json::from_slice(&answer).unwrap_or_default()))
    }

    fn done(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let (status, answer) = self.request(method, path, body)?;
        ensure!(status < 400, "{method} {path}: {status} {}", answer["message"].as_str().unwrap_or_default());
        Ok(answer)
    }

    fn log(&self) -> String {
        fs::read_to_string(launch::log(self.home.path())).unwrap_or_default()
    }

    fn remove_all(&self) -> Result<()> {
        let listed = self.done("GET", "/containers/json?all=true", &Value::Null)?;
        for container in listed.as_array().into_iter().flatten() {
            let _swept_later = self.remove(container["Id"].as_str().unwrap_or_default());
        }
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let home: &Path = self.home.path();
        let _swept_below = self.remove_all();
        let home = home.to_owned();
        self.down();
        sweep::processes(&home);
        sweep::mounts(&home);
    }
}

fn restart_policy(text: &str) -> Value {
    let (name, times) = text.split_once(':').unwrap_or((text, "0"));
    json!({ "Name": name, "MaximumRetryCount": times.parse::<u32>().unwrap_or_default() })
}
