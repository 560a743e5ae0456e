//! The outside world, one file per system, behind one trait that speaks names and JSON of its own.
//!
//! An adapter decides nothing: it lists what there is and does what it is told to exactly the things it is told, by the id
//! under which they were last seen. Every method can be called again, also after a crash half-way.
mod command;
#[cfg(feature = "docker")]
mod docker;
pub mod fetch;
pub mod ics;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use command::{Command, CommandConfig};
#[cfg(feature = "docker")]
pub use docker::Docker;

/// What an adapter's methods return: boxed, so that a change of an adapter rebuilds nothing above it.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Code that can act on one kind of outside system.
pub trait Adapter: Send + Sync {
    /// Lists what matches, running or not, with the evidence that tells who brought it into its state. Changes nothing.
    fn list<'a>(&'a self, matches: &'a Match) -> Boxed<'a, Reading>;

    /// Stops the things named, each by the id it was seen under. May find one stopped already, gone, or replaced.
    /// Returns when each one is down or its fate is known; a thing that ignores its signal is killed after the grace.
    fn stop<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>>;

    /// Starts the things named, each by the id it was seen under, and puts back what [`Adapter::stop`] set where it is
    /// still ours. Returns when the system has started them; whether they stay up is read by [`Adapter::list`].
    fn start<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>>;

    /// Makes a backup of each thing named before it is stopped. An adapter without backups fails for good.
    fn backup<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>>;

    /// Whether it can make backups at all.
    fn can_back_up(&self) -> bool {
        true
    }

    /// What [`Adapter::stop`] would make of this setting, none where it would leave it. Whoever stores the intent of a stop
    /// stores this as [`CallItem::set`], so that an answer that gets lost does not make our own value look foreign.
    fn held_down(&self, _setting: &Value) -> Option<Value> {
        None
    }
}

/// Which outside things are a target's. Fields that are present must all hold.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Labels the thing must carry, with these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The project (compose project) it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The service within its project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Its lasting name, or the name its system shows for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Match {
    /// Whether this thing is one of those meant. A match without any field means everything.
    pub fn covers(&self, workload: &Workload) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let named =
            self.name.as_ref().is_none_or(|name| *name == workload.name || workload.title.as_ref() == Some(name));
        named
            && same(&self.project, &workload.project)
            && same(&self.service, &workload.service)
            && self.labels.iter().all(|(key, value)| workload.labels.get(key) == Some(value))
    }
}

/// What one listing found.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Reading {
    /// When the system (engine or host) last started, in microseconds since 1970; none where it cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booted_at: Option<i64>,
    /// Every thing that matches.
    pub workloads: Vec<Workload>,
}

/// Whether a thing runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It runs (or is about to run again by itself).
    Running,
    /// It ran and does not now.
    Stopped,
    /// It was made and has never run.
    Created,
}

/// One thing that runs, or could.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Workload {
    /// The name that survives re-creation (`project/service/number`, a unit name).
    pub name: String,
    /// The name its own system shows for it, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its present id; another id under the same name is another thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether it runs.
    pub state: State,
    /// When it last started, microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
    /// When it last stopped, microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<i64>,
    /// How often its system has restarted it by itself.
    #[serde(default)]
    pub restarts: u64,
    /// What its own health check says, `false` between two runs; none where it has none, or none that has answered yet and
    /// it is not starting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy: Option<bool>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The project it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The service within its project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The image (or package, or file) it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The version it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it keeps what a backup of it does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    /// Everything else that it is marked with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Things (by lasting name) that it needs while it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Its owner asked that maintenance leaves it alone.
    #[serde(default)]
    pub ignored: bool,
    /// Another one that runs has the same lasting name: nobody can tell which is meant.
    #[serde(default)]
    pub twin: bool,
    /// The process it runs as on this host, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The setting that a stop must change so that the thing stays down (a restart policy); null where there is none.
    #[serde(default)]
    pub setting: Value,
}

/// One attempt at a verb.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The binding's match.
    #[serde(rename = "match")]
    pub matches: Match,
    /// What to act on.
    pub items: Vec<CallItem>,
    /// How long a thing may take to end by itself, in seconds.
    pub grace: u32,
}

/// One thing of a call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CallItem {
    /// Its lasting name.
    pub name: String,
    /// The id it was seen under; when another thing has the name now, it is left alone and reported as changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The setting as it was captured.
    #[serde(default)]
    pub before: Value,
    /// The setting as we set it, if we did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Value>,
    /// Start: only put the setting back, do not start it.
    #[serde(default)]
    pub setting_only: bool,
}

/// What became of one thing of a call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Done {
    /// Its lasting name.
    pub name: String,
    /// What happened.
    pub outcome: Outcome,
    /// What the setting is now, if we set it: our value after a stop; none after it was put back.
    pub set: Option<Value>,
    /// A setting that somebody else made since the capture; it was left.
    pub found: Option<Value>,
}

/// What happened to one thing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// We stopped it; `forced` when it did not end within its grace.
    Stopped {
        /// When the run that ended had begun, as its system says.
        started_at: Option<i64>,
        /// When it ended, as its system says.
        finished_at: Option<i64>,
        /// It had to be killed.
        forced: bool,
    },
    /// It was down already.
    WasDown,
    /// We started it.
    Started {
        /// When it began, as its system says.
        started_at: Option<i64>,
    },
    /// It ran already.
    WasUp,
    /// Its backup is made, under this name.
    BackedUp(String),
    /// Only its setting was put back.
    SettingBack,
    /// Nothing of this name is there any more.
    Gone,
    /// Another thing has its name now; it was left alone.
    Changed,
    /// The system said no.
    Failed(Failure),
}

/// Why something could not be done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The system said no, and may say yes later. Nothing of it is still under way.
    #[error("{0}")]
    ForNow(String),
    /// The system said no for a reason that stays.
    #[error("{0}")]
    ForGood(String),
    /// It is not known whether anything was done: no answer, or the connection broke after we had asked.
    #[error("{0}")]
    NoAnswer(String),
}
