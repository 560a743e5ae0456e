//! The engines themselves: they start, run something real, restart and leave nothing behind.

use std::fs;
use std::path::Path;

use lull_peers::{Container, Engine, Kind, until};

fn runs_and_leaves_nothing(kind: Kind) {
    let mut engine = Engine::start(kind).expect("the engine starts");
    let socket = engine.url().trim_start_matches("unix://").to_owned();
    let id = engine.run(&Container { name: "one", restart: "always", ..Container::default() }).expect("it runs");
    assert!(engine.is_running("one"));
    let pid = engine.inspect(&id).expect("it is there")["State"]["Pid"].as_u64().expect("it has a process");

    engine.stop("one").expect("it stops");
    assert!(!engine.is_running("one"));
    engine.start_container("one").expect("it starts");
    engine.restart().expect("the engine comes back");
    until("it runs again", || engine.is_running("one").then_some(())).expect("always means always");

    let home = Path::new(&socket).parent().expect("the socket is in a folder").to_owned();
    drop(engine);
    assert!(!home.exists(), "{} is left", home.display());
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "the container is left");
    let mounts = fs::read_to_string("/proc/mounts").expect("it can be read");
    assert!(!mounts.contains(&*home.to_string_lossy()), "a mount is left: {mounts}");
}

#[test]
fn dockerd_runs_a_container_and_leaves_nothing_behind() {
    runs_and_leaves_nothing(Kind::Docker);
}

#[test]
fn podman_runs_a_container_and_leaves_nothing_behind() {
    runs_and_leaves_nothing(Kind::Podman);
}

#[test]
fn two_engines_of_a_kind_know_nothing_of_each_other() {
    for kind in [Kind::Docker, Kind::Podman] {
        let (first, second) = (Engine::start(kind).expect("it starts"), Engine::start(kind).expect("so does another"));
        first.run(&Container::default()).expect("it runs here");
        second.run(&Container::default()).expect("the name is free there");
        drop(first);
        assert!(second.is_running("one"));
        second.stop("one").expect("it stops");
    }
}
