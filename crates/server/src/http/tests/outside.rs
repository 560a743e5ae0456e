//! An outside that does at once what it is told, or says no.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};

use lull_adapters::{Adapter, Boxed, Call, Done, Failure, Match, Outcome, Reading, State, Workload};
use serde_json::Value;
use tokio::sync::watch;

/// Things by name, `project-service`.
#[derive(Default)]
pub struct Outside {
    things: Mutex<BTreeMap<String, Thing>>,
    silent: Mutex<BTreeSet<String>>,
    /// Listings that were not answered.
    in_vain: AtomicU32,
    /// While a project is in it, its backups go on.
    saving: watch::Sender<BTreeSet<String>>,
}

#[derive(Clone, Default)]
struct Thing {
    running: bool,
    stuck: bool,
    dead: bool,
    unsaved: bool,
    /// What was done to it, in order.
    done: Vec<&'static str>,
}

impl Outside {
    /// One that runs.
    pub fn run(&self, name: &str) {
        self.things().insert(name.to_owned(), Thing { running: true, ..Thing::default() });
    }

    /// One that can be neither stopped nor started, or can again.
    pub fn stick(&self, name: &str, stuck: bool) {
        self.things().get_mut(name).expect("it is there").stuck = stuck;
    }

    /// One that cannot be started, or can again.
    pub fn kill(&self, name: &str, dead: bool) {
        self.things().get_mut(name).expect("it is there").dead = dead;
    }

    /// One that cannot be backed up, or can again.
    pub fn fill(&self, name: &str, full: bool) {
        self.things().get_mut(name).expect("it is there").unsaved = full;
    }

    /// Backups of this project go on until they may end.
    pub fn hold_backups(&self, project: &str, held: bool) {
        self.saving.send_modify(|saving| match held {
            true => drop(saving.insert(project.to_owned())),
            false => drop(saving.remove(project)),
        });
    }

    /// What was done to one, in order.
    pub fn done(&self, name: &str) -> Vec<&'static str> {
        self.things()[name].done.clone()
    }

    /// One ends by itself, or somebody stops it.
    pub fn end(&self, name: &str) {
        self.things().get_mut(name).expect("it is there").running = false;
    }

    /// This project is not to be reached any more.
    pub fn silence(&self, project: &str) {
        self.silent().insert(project.to_owned());
    }

    /// This project answers again.
    pub fn answer(&self, project: &str) {
        self.silent().remove(project);
    }

    /// How many listings were not answered.
    pub fn asked_in_vain(&self) -> u32 {
        self.in_vain.load(Ordering::Relaxed)
    }

    fn silent(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.silent.lock().expect("nobody panics with it")
    }

    /// The names of what runs.
    pub fn running(&self) -> Vec<String> {
        self.things().iter().filter(|(_, thing)| thing.running).map(|(name, _)| name.clone()).collect()
    }

    fn things(&self) -> MutexGuard<'_, BTreeMap<String, Thing>> {
        self.things.lock().expect("nobody panics with it")
    }

    fn each(&self, call: &Call, act: impl Fn(&mut Thing) -> Outcome) -> Vec<Done> {
        let mut things = self.things();
        let done = call.items.iter().map(|item| {
            let outcome = things.get_mut(&item.name).map_or(Outcome::Gone, &act);
            Done { name: item.name.clone(), outcome, set: None, found: None }
        });
        done.collect()
    }
}

fn workload(name: &str, thing: &Thing) -> Workload {
    let (project, service) = name.split_once('-').expect("project-service");
    serde_json::from_value(serde_json::json!({
        "name": name, "project": project, "service": service, "healthy": true, "volumes": if name.ends_with("-db") { vec!["/var/lib/data"] } else { vec![] },
        "state": if thing.running { State::Running } else { State::Stopped }, "setting": Value::Null,
    }))
    .expect("it is a workload")
}

impl Adapter for Outside {
    fn list<'a>(&'a self, matches: &'a Match) -> Boxed<'a, Reading> {
        if matches.project.as_ref().is_some_and(|project| self.silent().contains(project)) {
            self.in_vain.fetch_add(1, Ordering::Relaxed);
            return Box::pin(async { Err(Failure::NoAnswer("it does not answer".to_owned())) });
        }
        let workloads: Vec<Workload> = self.things().iter().map(|(name, thing)| workload(name, thing)).collect();
        let workloads = workloads.into_iter().filter(|workload| matches.covers(workload)).collect();
        Box::pin(async { Ok(Reading { booted_at: None, workloads }) })
    }

    fn stop<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        let done = self.each(call, |thing| match thing.stuck {
            true => Outcome::Failed(Failure::ForGood("it does not let itself be stopped".to_owned())),
            false => {
                thing.running = false;
                thing.done.push("stopped");
                Outcome::Stopped { started_at: None, finished_at: None, forced: false }
            }
        });
        Box::pin(async { Ok(done) })
    }

    fn start<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        let done = self.each(call, |thing| match thing.dead || thing.stuck {
            true => Outcome::Failed(Failure::ForGood("it does not let itself be started".to_owned())),
            false => {
                thing.running = true;
                Outcome::Started { started_at: None }
            }
        });
        Box::pin(async { Ok(done) })
    }

    fn backup<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        let done = self.each(call, |thing| match thing.unsaved {
            true => Outcome::Failed(Failure::ForGood("the disk is full".to_owned())),
            false => {
                thing.done.push("backed up");
                Outcome::BackedUp("backup-1".to_owned())
            }
        });
        let mut saving = self.saving.subscribe();
        let project = call.items.first().and_then(|item| item.name.split_once('-')).map(|(project, _)| project);
        Box::pin(async move {
            let over = saving.wait_for(|saving| project.is_none_or(|project| !saving.contains(project))).await;
            over.expect("it is there as long as this");
            Ok(done)
        })
    }
}
