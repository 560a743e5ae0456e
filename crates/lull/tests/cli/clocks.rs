//! A server whose wall clock is put back and forth while it runs.
use std::fs;
use std::path::Path;
use std::process::Command;

use lull_api::Client;
use lull_api::params::{GateCheck, GateQuestion};
use lull_api::views::GateDecision;

use crate::world::{SHOP, World};

/// What libfaketime is called, wherever Debian has put it.
const PRELOADED: &str = "faketime/libfaketimeMT.so.1";

/// The library that shifts the wall clock of a process by what stands in a file.
fn shifted_by(file: &Path) -> impl Fn(&mut Command) {
    let triples = fs::read_dir("/usr/lib").expect("there are libraries").flatten().map(|entry| entry.path());
    let library = triples.map(|folder| folder.join(PRELOADED)).find(|library| library.is_file());
    let library = library.expect("apt-get install faketime");
    let file = file.to_owned();
    move |command| {
        command.env("LD_PRELOAD", &library).env("FAKETIME_TIMESTAMP_FILE", &file).env("FAKETIME_NO_CACHE", "1");
        command.env("DONT_FAKE_MONOTONIC", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}

/// What the gate says to a request there.
fn decided(world: &World) -> GateDecision {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let client = Client::new(&world.url, Some(world.token.clone())).expect("the address is one");
    let question =
        GateQuestion { target: SHOP.to_owned(), action: "request.read".to_owned(), ..GateQuestion::default() };
    let asked = GateCheck { questions: vec![question], min_epoch: None };
    let mut said = runtime.block_on(client.check_gate(&asked)).expect("it is answered");
    said.decisions.pop().expect("one decision for one question")
}

#[test]
fn a_clock_stepped_back_an_hour_after_entering() {
    let clock = tempfile::NamedTempFile::new().expect("a file");
    fs::write(clock.path(), "+0").expect("it is written");
    let world = World::with(shifted_by(clock.path()));
    world.lull(&["enter", SHOP, "--for", "2h", "--wait"]).ends(0);
    let before = decided(&world);
    assert_eq!(before.answer.as_deref(), Some("deny"));
    assert!(world.processes.names("running").iter().all(|name| name == "wiki-1"));

    fs::write(clock.path(), "-3600").expect("it is written");
    let shown = world.lull(&["show", SHOP, "--json"]).ends(0).json();
    let now = world.lull(&["enter", "acme/prod/wiki", "--for", "1h", "--wait", "--json"]).ends(0).json();
    assert!(
        now["starts_at"].as_str() < shown["maintenance"]["starts_at"].as_str(),
        "its clock was put back: {now} {shown}"
    );
    let after = decided(&world);
    assert_eq!(after.answer.as_deref(), Some("deny"), "in progress is closed as a fact");
    assert_eq!((&after.until, &after.maintenance), (&before.until, &before.maintenance));
    assert!(world.processes.names("running").is_empty(), "nothing was started, and the wiki is stopped too");

    world.lull(&["exit", SHOP, "--wait"]).ends(0);
    assert_eq!(decided(&world).answer.as_deref(), Some("allow"));
    assert_eq!(world.processes.names("running").len(), 5, "the shop runs as before");
}

#[test]
fn a_clock_that_jumps_orders_nothing_until_it_runs_as_it_should() {
    let clock = tempfile::NamedTempFile::new().expect("a file");
    let shows = |shift: &str| fs::write(clock.path(), shift).expect("it is written");
    shows("+0 x1");
    let world = World::with(shifted_by(clock.path()));
    let soon = world.lull(&["enter", "acme/prod/wiki", "--preset", "announce", "--for", "8m", "--json"]).ends(0).json();
    world.lull(&["exit", "acme/prod/wiki", "--wait"]).ends(0);
    let at = soon["ends_at"].as_str().expect("it has an end");
    world.lull(&["schedule", SHOP, "--at", at, "--for", "4h"]).ends(0);
    let state = || world.lull(&["show", SHOP, "--json"]).ends(0).json()["maintenance"]["status"].clone();
    let before = decided(&world);
    assert_eq!(before.answer.as_deref(), Some("allow"));

    // It jumps ten minutes ahead and then runs ten times too fast: it and the monotonic clock do not advance alike.
    shows("+600 x10");
    let jumped = decided(&world);
    assert_eq!((&jumped.answer, &jumped.until), (&before.answer, &before.until), "the gate keeps its answer");
    // The engine goes through everything meanwhile, and orders nothing by that clock.
    world.lull(&["enter", "acme/prod/wiki", "--wait"]).ends(0);
    world.lull(&["exit", "acme/prod/wiki", "--wait"]).ends(0);
    assert_eq!(state(), "scheduled");
    assert_eq!(decided(&world).answer.as_deref(), Some("allow"));

    shows("+0 x1");
    assert_eq!(decided(&world).answer.as_deref(), Some("allow"), "back again, its time has not come");
    assert_eq!(state(), "scheduled");
    assert_eq!(world.processes.names("running").len(), 6, "nothing was stopped");

    // Ten minutes ahead for good: as soon as both advance alike, it is that time.
    shows("+600 x1");
    let id = world.id();
    world.lull(&["wait", &id, "ready", "--timeout", "1m"]).ends(0);
    assert_eq!(decided(&world).answer.as_deref(), Some("deny"));
    world.lull(&["exit", SHOP, "--wait"]).ends(0);
}
