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
