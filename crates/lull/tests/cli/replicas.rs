//! Several servers on one PostgreSQL, stopped and killed in the middle of what they do.
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;

use lull_api::params::{GateCheck, GateQuestion};
use lull_api::views::GateDecision;
use lull_api::{Client, Error};
use lull_peers::{Postgres, until};
use tempfile::TempDir;

use crate::world::{LULL, Printing, Processes, RUNNING, SHOP, Said, command, run, settle};

/// Programs for the adapter: they log each stop and start with the process that asked, and do what the demo does.
const SCRIPT: &str =
    "#!/bin/sh\necho \"$1 $LULL_NAME $PPID\" >> \"$0.log\"\nexec \"$LULL_BINARY\" demo-process \"$@\"\n";
/// How many of those that run are the shop's.
const SHOPS: usize = RUNNING.len() - 1;

/// A server.
struct Replica {
    printing: Printing,
    /// What it said before it listened.
    said: Vec<String>,
    url: String,
}

/// Servers on one database, and the processes they stop and start. What is dropped first stands first.
struct Replicas {
    servers: Vec<Replica>,
    postgres: Postgres,
    processes: Processes,
    token: String,
    folder: TempDir,
}

impl Replicas {
    /// So many servers, each with a data folder of its own; the URL of the database ends with this.
    fn new(count: usize, query: &str) -> Replicas {
        let folder = tempfile::tempdir().expect("a folder");
        let processes = Processes(folder.path().join("processes"));
        RUNNING.iter().for_each(|name| processes.start(name));
        let postgres = Postgres::start().expect("PostgreSQL starts");
        let mut world = Replicas { servers: Vec::new(), postgres, processes, token: String::new(), folder };
        fs::write(world.file("adapter"), SCRIPT).expect("it is written");
        fs::write(world.file("lull.toml"), world.adapter()).expect("it is written");
        (0..count).for_each(|number| world.serve(number, query));
        let token = fs::read_to_string(world.file("data-0/admin-token")).expect("there is a first token");
        world.token = token.trim().to_owned();
        settle(|words| world.lull(0, words));
        world
    }

    fn serve(&mut self, number: usize, query: &str) {
        let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        serve.arg(self.file(&format!("data-{number}"))).arg("--config").arg(self.file("lull.toml"));
        serve.arg("--database").arg(format!("{}{query}", self.postgres.url()));
        serve.env("LULL_LOG", "warn").env("LULL_BINARY", LULL);
        serve.stderr(File::create(self.file(&format!("stderr-{number}"))).expect("a file"));
        let mut printing = Printing::start_with(serve);
        let mut said = printing.until("listening on ");
        let line = said.pop().expect("it says so");
        let url = line.strip_prefix("listening on ").expect("it begins so").to_owned();
        self.servers.push(Replica { printing, said, url });
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn adapter(&self) -> String {
        let (script, processes) = (self.file("adapter"), &self.processes.0);
        let verb = |verb: &str| format!("{verb} = [\"sh\", {script:?}, {verb:?}, \"--data\", {processes:?}]\n");
        let list = format!("list = [{LULL:?}, \"demo-process\", \"list\", \"--data\", {processes:?}]\n");
        format!("[adapters.demo]\nkind = \"command\"\n{list}{}{}", verb("stop"), verb("start"))
    }

    /// Runs a command as the administrator through one of the servers.
    fn lull(&self, server: usize, words: &[&str]) -> Said {
        let mut command = command(words);
        command.env("LULL_URL", &self.servers[server].url).env("LULL_TOKEN", &self.token);
        run(command)
    }

    fn client(&self, server: usize) -> Client {
        Client::new(&self.servers[server].url, Some(self.token.clone())).expect("the address is one")
    }

    /// What the adapter was asked: the verb, the thing, and the process that asked.
    fn asked(&self) -> Vec<(String, String, u32)> {
        let log = fs::read_to_string(self.file("adapter.log")).unwrap_or_default();
        let read = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            Some(((*words.first()?).to_owned(), (*words.get(1)?).to_owned(), words.get(2)?.parse().ok()?))
        };
        log.lines().filter_map(read).collect()
    }

    /// The server that asked first.
    fn at_it(&self) -> usize {
        let first = || self.asked().first().map(|(_, _, pid)| *pid);
        let pid = until("a server stops something", first).expect("one does");
        let found = self.servers.iter().position(|server| server.printing.child.id() == pid);
        found.expect("it is one of these")
    }

    /// Everything of the shop was stopped once, and so many started once, whoever did it.
    #[track_caller]
    fn each_was_stopped_once_and_started(&self, started: usize) {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (verb, name, _) in self.asked() {
            *counts.entry((verb, name)).or_default() += 1;
        }
        assert!(counts.values().all(|count| *count == 1), "{counts:#?}");
        let of = |wanted: &str| counts.keys().filter(|(verb, _)| verb == wanted).count();
        assert_eq!((of("stop"), of("start")), (SHOPS, started), "{counts:#?}");
    }

    fn stderr(&self, server: usize) -> String {
        fs::read_to_string(self.file(&format!("stderr-{server}"))).expect("there is one")
    }
}

#[test]
fn what_one_server_is_told_the_other_knows() {
    let world = Replicas::new(2, "");
    let said = world.servers[1].said.join("\n");
    assert!(said.contains("data-0/admin-token on ") && said.contains("another server wrote it"), "{said}");
    assert!(!world.file("data-1/admin-token").exists(), "there is one token");

    world.lull(0, &["target", "add", "acme/lab", "--kind", "environment"]).ends(0);
    world.lull(1, &["target", "add", "acme/lab/bench", "--kind", "stack"]).ends(0);
    world.lull(0, &["enter", "acme/lab/bench", "--preset", "announce", "--for", "1h", "--title", "New lamps"]).ends(0);
    world.lull(1, &["list", "acme/lab"]).ends(0).says(&["New lamps"]);
    world.lull(1, &["enter", "acme/prod/wiki", "--wait"]).ends(0).says(&["is active"]);
    world.lull(0, &["show", "acme/prod/wiki"]).ends(0).says(&["active"]);
    world.lull(0, &["exit", "acme/prod/wiki", "--wait"]).ends(0).says(&["is completed"]);
}

#[test]
fn a_server_that_is_stopped_in_the_middle_of_entering_and_goes_on_later_does_nothing_twice() {
    let world = Replicas::new(2, "");
    world.lull(0, &["enter", SHOP]).ends(0);
    let stopped = world.at_it();
    let other = 1 - stopped;
    world.servers[stopped].printing.signal("-STOP");
    world.lull(other, &["enter", SHOP, "--wait", "--timeout", "5m"]).ends(0).says(&["is active"]);
    assert_eq!(world.processes.names("running"), ["wiki-1"]);
    world.each_was_stopped_once_and_started(0);

    world.servers[stopped].printing.signal("-CONT");
    world.lull(stopped, &["show", SHOP]).ends(0).says(&["active"]);
    world.lull(stopped, &["exit", SHOP, "--wait", "--timeout", "5m"]).ends(0).says(&["is completed"]);
    assert_eq!(world.processes.names("running").len(), RUNNING.len());
    world.each_was_stopped_once_and_started(SHOPS);
}

#[test]
fn where_one_maintenance_ends_as_the_next_begins_two_servers_stop_and_start_each_thing_once() {
    let world = Replicas::new(2, "");
    let shown = |words: &[&str]| world.lull(1, words).ends(0).json();
    world.lull(0, &["enter", SHOP, "--title", "First", "--for", "PT6S"]).ends(0);
    let first = shown(&["list", "--json"])["items"][0].clone();
    let (id, ends_at) = (first["id"].as_str().expect("an id"), first["until"].as_str().expect("an end"));
    world.lull(1, &["schedule", SHOP, "--title", "Second", "--at", ends_at, "--for", "1h"]).ends(0);
    let is_over = || shown(&["show", id, "--json"])["maintenance"]["status"] == "completed";
    let over = until("the first is over", || is_over().then_some(()));
    over.expect("it ends");
    world.lull(0, &["enter", SHOP, "--wait", "--timeout", "5m"]).ends(0).says(&["is active"]);
    assert_eq!(world.processes.names("running"), ["wiki-1"]);
    world.each_was_stopped_once_and_started(0);
    world.lull(1, &["exit", SHOP, "--wait", "--timeout", "5m"]).ends(0).says(&["is completed"]);
    world.each_was_stopped_once_and_started(SHOPS);
}

#[test]
fn a_database_that_is_killed_in_the_middle_of_entering_comes_back_and_it_goes_on() {
    let mut world = Replicas::new(1, "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    world.lull(0, &["enter", SHOP]).ends(0);
    world.at_it();
    let client = world.client(0);
    assert_eq!(decided(&runtime, &client).answer.as_deref(), Some("deny"));
    world.postgres.kill();
    let refused = until("the API says that it cannot", || {
        runtime.block_on(client.targets(&Default::default())).err().map(|error| match error {
            Error::Problem(problem) => (problem.status, problem.kind),
            other => panic!("{other}"),
        })
    });
    assert_eq!(refused.expect("it refuses"), (503, "/problems/unavailable".to_owned()));
    runtime.block_on(client.healthz()).expect("the process lives");
    runtime.block_on(client.readyz()).expect_err("it is not ready");
    assert_eq!(decided(&runtime, &client).answer.as_deref(), Some("deny"), "the gate keeps answering");
    let stale = until("it says that it may be stale", || decided(&runtime, &client).stale.then_some(()));
    stale.expect("it cannot know what was ordered elsewhere");

    world.postgres.up().expect("it starts again");
    until("it is ready", || runtime.block_on(client.readyz()).ok()).expect("it gets ready");
    world.lull(0, &["enter", SHOP, "--wait", "--timeout", "5m"]).ends(0).says(&["is active"]);
    assert_eq!(world.processes.names("running"), ["wiki-1"]);
    world.lull(0, &["exit", SHOP, "--wait", "--timeout", "5m"]).ends(0).says(&["is completed"]);
    assert_eq!(world.processes.names("running").len(), RUNNING.len());
    world.each_was_stopped_once_and_started(SHOPS);
}

#[test]
fn a_server_whose_clock_is_far_off_answers_and_does_nothing_until_it_agrees() {
    // The database's clock is the one that is wrong here; nobody can tell which it is.
    let ahead = |by: &str| {
        let body = format!("SELECT pg_catalog.clock_timestamp() + interval '{by}'");
        format!(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $body${body}$body$"
        )
    };
    let world = Replicas::new(1, "?options=-csearch_path%3Dpublic,pg_catalog");
    world.postgres.sql(&ahead("40 seconds")).expect("the function is made");
    until("it says so", || world.stderr(0).contains("more than 30 s off").then_some(())).expect("it does");
    world.lull(0, &["enter", SHOP]).ends(0);
    world.lull(0, &["show", SHOP]).ends(0).says(&["entering"]);
    assert_eq!(world.asked(), []);
    world.postgres.sql(&ahead("0 seconds")).expect("the function is made");
    world.lull(0, &["enter", SHOP, "--wait", "--timeout", "5m"]).ends(0).says(&["is active"]);
    world.each_was_stopped_once_and_started(0);
}

/// What the gate says to a request at the shop.
fn decided(runtime: &tokio::runtime::Runtime, client: &Client) -> GateDecision {
    let question =
        GateQuestion { target: SHOP.to_owned(), action: "request.read".to_owned(), ..GateQuestion::default() };
    let asked = GateCheck { questions: vec![question], min_epoch: None };
    let mut said = runtime.block_on(client.check_gate(&asked)).expect("it is answered");
    said.decisions.pop().expect("one decision for one question")
}
