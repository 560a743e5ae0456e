//! What an engine tells about its containers, as far as we ask: every other word it may use is none of our business.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::setting;
use crate::State;

pub(super) const PROJECT: &str = "com.docker.compose.project";
pub(super) const SERVICE: &str = "com.docker.compose.service";
pub(super) const NUMBER: &str = "com.docker.compose.container-number";
const ONE_OFF: &str = "com.docker.compose.oneoff";

/// One line of a listing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Summary {
    /// Its id.
    pub id: String,
    /// Its own names, each with a slash before it.
    pub names: Option<Vec<String>>,
    /// Its labels.
    pub labels: Option<BTreeMap<String, String>>,
}

/// A container that was looked at.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Container {
    /// Its id.
    pub id: String,
    name: String,
    created: Option<String>,
    state: Run,
    /// How often its policy restarted it.
    #[serde(default)]
    pub restart_count: u64,
    config: Config,
    #[serde(default)]
    host_config: Host,
    mounts: Option<Vec<Mount>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mount {
    destination: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Run {
    status: String,
    #[serde(default)]
    running: bool,
    #[serde(default)]
    pid: u32,
    #[serde(default)]
    exit_code: i64,
    started_at: Option<String>,
    finished_at: Option<String>,
    health: Option<Health>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    status: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    image: Option<String>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Host {
    restart_policy: Option<Policy>,
}

/// A restart policy.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Policy {
    /// `no`, `always`, `unless-stopped`, `on-failure` or nothing.
    pub name: String,
    /// How often `on-failure` tries, 0 for ever.
    pub maximum_retry_count: u32,
}

/// The name that survives re-creation: what compose calls it, else its own name.
pub(super) fn lasting_name(labels: Option<&BTreeMap<String, String>>, own: &str) -> String {
    let label = |key| labels?.get(key);
    let one_off = label(ONE_OFF).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match (label(PROJECT), label(SERVICE), label(NUMBER)) {
        (Some(project), Some(service), Some(number)) if !one_off => format!("{project}/{service}/{number}"),
        _ => own.trim_start_matches('/').to_owned(),
    }
}

impl Container {
    /// Where what lies outside its own file system is mounted.
    pub(super) fn volumes(&self) -> Vec<String> {
        self.mounts.iter().flatten().filter_map(|mount| mount.destination.clone()).collect()
    }

    /// The name that survives its re-creation.
    pub(super) fn lasting_name(&self) -> String {
        lasting_name(self.labels(), &self.name)
    }

    /// Its own name.
    pub(super) fn title(&self) -> &str {
        self.name.trim_start_matches('/')
    }

    /// Its labels.
    pub(super) fn labels(&self) -> Option<&BTreeMap<String, String>> {
        self.config.labels.as_ref()
    }

    /// What it was made from.
    pub(super) fn image(&self) -> Option<&str> {
        self.config.image.as_deref()
    }

    /// Its restart policy.
    pub(super) fn policy(&self) -> Policy {
        self.host_config.restart_policy.clone().unwrap_or_default()
    }

    /// Of two containers with one lasting name the one that runs is meant, else the one made last.
    pub(super) fn rank(&self) -> (bool, Option<i64>) {
        (self.state() == State::Running, instant(self.created.as_deref()))
    }

    /// Whether it runs. Podman calls a container that its policy is about to restart `stopped`, and shows `initialized` in
    /// passing.
    pub(super) fn state(&self) -> State {
        let comes_back = || setting::held_down(&setting::of(self)).is_some();
        match self.state.status.as_str() {
            "running" | "paused" | "restarting" | "stopping" => State::Running,
            "exited" | "dead" | "removing" => State::Stopped,
            "created" | "configured" => State::Created,
            "stopped" | "initialized" if comes_back() => State::Running,
            _ if self.state.running => State::Running,
            _ if self.started_at().is_some() => State::Stopped,
            _ => State::Created,
        }
    }

    /// Its policy is about to start it again: it is up, and its times are those of the run that died.
    fn is_between_runs(&self) -> bool {
        let waits = matches!(self.state.status.as_str(), "restarting" | "stopped" | "initialized");
        waits && self.state() == State::Running
    }

    /// What its health check says; one that has not answered yet does not say that it is healthy, nor is what does not run.
    pub(super) fn healthy(&self) -> Option<bool> {
        if self.is_between_runs() {
            return Some(false);
        }
        match self.state.health.as_ref()?.status.as_deref()? {
            "healthy" => Some(true),
            "unhealthy" | "starting" => Some(false),
            _ => None,
        }
    }

    /// The process it runs as.
    pub(super) fn pid(&self) -> Option<u32> {
        Some(self.state.pid).filter(|pid| *pid > 0)
    }

    /// How its last run ended.
    pub(super) fn exit_code(&self) -> i64 {
        self.state.exit_code
    }

    /// When it last started, microseconds since 1970.
    pub(super) fn started_at(&self) -> Option<i64> {
        instant(self.state.started_at.as_deref())
    }

    /// When it last ended, microseconds since 1970.
    pub(super) fn finished_at(&self) -> Option<i64> {
        instant(self.state.finished_at.as_deref())
    }
}

/// Engines write a year-one date for "never".
fn instant(text: Option<&str>) -> Option<i64> {
    let at: Timestamp = text?.parse().ok()?;
    Some(at.as_microsecond()).filter(|at| *at > 0)
}
