//! Anything that programs of the operator's own can list, stop and start.
//!
//! Programs are argument vectors, run without a shell. Each gets the binding's match as JSON on its standard input. `list`
//! prints a JSON array of workloads (`name` and `state` at least) or an object like [`Reading`]. The others are run once
//! for each thing, all at the same time, with the lasting name as last argument and `LULL_NAME`, `LULL_ID` and
//! `LULL_GRACE` (seconds) in their environment: exit code 0 is done, 78 (`EX_CONFIG`) is "no, for good", every other end is
//! "no, for now". They must bear being run again.

mod failure;
mod listing;
mod process;

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{Adapter, Boxed, Call, CallItem, Done, Failure, Match, Outcome, Reading, State, Workload};
use process::{Broken, Ended, Program};

const LIST_WITHIN: Duration = Duration::from_secs(30);
const STOP_BEYOND_GRACE: Duration = Duration::from_secs(15);
const START_WITHIN: Duration = Duration::from_secs(60);
const BACKUP_WITHIN: Duration = Duration::from_secs(600);
const HEALTH_AT_ONCE: usize = 16;

/// The programs of one adapter, each a program and its arguments.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandConfig {
    /// Prints what there is.
    pub list: Vec<String>,
    /// Stops one thing.
    pub stop: Vec<String>,
    /// Starts one thing.
    pub start: Vec<String>,
    /// Tells by its exit code whether one thing that runs is healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Vec<String>>,
    /// Makes a backup of one thing and prints its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Vec<String>>,
}

/// The adapter that runs programs.
#[derive(Clone, Debug)]
pub struct Command {
    config: CommandConfig,
}

/// What is to be done to each thing of a call.
#[derive(Clone, Copy)]
struct Order<'a> {
    verb: &'static str,
    argv: &'a [String],
    call: &'a Call,
    deadline: Instant,
}

impl Command {
    /// An adapter of these programs.
    ///
    /// # Errors
    /// For good, when one of them is named by no word at all.
    pub fn new(config: CommandConfig) -> Result<Self, Failure> {
        let CommandConfig { list, stop, start, health, backup } = &config;
        let named = [("list", Some(list)), ("stop", Some(stop)), ("start", Some(start))];
        let optional = [("health", health.as_ref()), ("backup", backup.as_ref())];
        for (verb, argv) in named.into_iter().chain(optional) {
            if argv.is_some_and(|argv| argv.first().is_none_or(String::is_empty)) {
                return Err(Failure::ForGood(format!("{verb}: the command names no program")));
            }
        }
        Ok(Self { config })
    }

    async fn reading(&self, matches: &Match) -> Result<Reading, Failure> {
        let deadline = Instant::now() + LIST_WITHIN;
        let program = Program { argv: &self.config.list, environment: &[], input: input(matches), deadline };
        let ended = process::run(&program).await.map_err(|broken| failure::of_question("list", &program, &broken))?;
        if ended.code != Some(0) {
            return Err(failure::of_exit("list", &program, &ended));
        }
        let mut reading = listing::parse(&ended.printed).map_err(|why| failure::of_print(&program, &why))?;
        reading.workloads.retain(|workload| matches.covers(workload));
        if let Some(argv) = &self.config.health {
            let asked = stream::iter(reading.workloads).map(|workload| health(argv, matches, workload, deadline));
            reading.workloads = asked.buffered(HEALTH_AT_ONCE).try_collect().await?;
        }
        Ok(reading)
    }
}

impl Adapter for Command {
    fn list<'a>(&'a self, matches: &'a Match) -> Boxed<'a, Reading> {
        Box::pin(self.reading(matches))
    }

    fn stop<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        Box::pin(async move {
            let deadline = Instant::now() + Duration::from_secs(call.grace.into()) + STOP_BEYOND_GRACE;
            let order = Order { verb: "stop", argv: &self.config.stop, call, deadline };
            Ok(each(order, |_, _| Outcome::Stopped { started_at: None, finished_at: None, forced: false }).await)
        })
    }

    fn start<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        Box::pin(async move {
            let deadline = Instant::now() + START_WITHIN;
            let order = Order { verb: "start", argv: &self.config.start, call, deadline };
            Ok(each(order, |_, _| Outcome::Started { started_at: None }).await)
        })
    }

    fn can_back_up(&self) -> bool {
        self.config.backup.is_some()
    }

    fn backup<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        Box::pin(async move {
            let argv = self.config.backup.as_ref();
            let argv = argv.ok_or_else(|| Failure::ForGood("backup: this adapter has no command for it".to_owned()))?;
            let order = Order { verb: "backup", argv, call, deadline: Instant::now() + BACKUP_WITHIN };
            Ok(each(order, |ended, item| Outcome::BackedUp(backup_name(ended, item))).await)
        })
    }
}

async fn each(order: Order<'_>, done: fn(&Ended, &CallItem) -> Outcome) -> Vec<Done> {
    let one = async |item: &CallItem| {
        // Programs have no settings, so there is none to put back.
        let outcome = if item.setting_only {
            Outcome::SettingBack
        } else {
            obey(order, item).await.map_or_else(Outcome::Failed, |ended| done(&ended, item))
        };
        Done { name: item.name.clone(), outcome, set: None, found: None }
    };
    join_all(order.call.items.iter().map(one)).await
}

async fn obey(order: Order<'_>, item: &CallItem) -> Result<Ended, Failure> {
    let Order { verb, argv, call, deadline } = order;
    let argv = on(argv, &item.name);
    let mut environment = environment(&item.name, item.id.as_deref());
    environment.push(("LULL_GRACE", call.grace.to_string()));
    let program = Program { argv: &argv, environment: &environment, input: input(&call.matches), deadline };
    let ended = process::run(&program).await.map_err(|broken| failure::of_order(verb, &program, &broken))?;
    if ended.code == Some(0) { Ok(ended) } else { Err(failure::of_exit(verb, &program, &ended)) }
}

/// A thing whose program did not end well, or not in time, is not healthy; a program that is not there tells nothing.
async fn health(argv: &[String], matches: &Match, workload: Workload, deadline: Instant) -> Result<Workload, Failure> {
    if workload.state != State::Running {
        return Ok(workload);
    }
    let argv = on(argv, &workload.name);
    let environment = environment(&workload.name, workload.id.as_deref());
    let program = Program { argv: &argv, environment: &environment, input: input(matches), deadline };
    let healthy = match process::run(&program).await {
        Ok(ended) => ended.code == Some(0),
        Err(broken @ Broken::NotRun(_)) => return Err(failure::of_question("health", &program, &broken)),
        Err(Broken::TimedOut | Broken::TooMuch) => false,
    };
    Ok(Workload { healthy: Some(healthy), ..workload })
}

fn on(argv: &[String], name: &str) -> Vec<String> {
    argv.iter().cloned().chain([name.to_owned()]).collect()
}

fn environment(name: &str, id: Option<&str>) -> Vec<(&'static str, String)> {
    vec![("LULL_NAME", name.to_owned()), ("LULL_ID", id.unwrap_or_default().to_owned())]
}

fn input(matches: &Match) -> Vec<u8> {
    serde_json::to_vec(matches).expect("a match is strings under string keys")
}

fn backup_name(ended: &Ended, item: &CallItem) -> String {
    failure::last_line(&ended.printed).unwrap_or_else(|| item.name.clone())
}
