//! What cannot be done, how that is said, and with which exit code.
use crate::world::{SHOP, World, command, run};

#[test]
fn every_refusal_says_what_to_do_and_has_its_exit_code() {
    let world = World::new();
    world.lull(&["enter", SHOP, "--preset", "quiet-please"]).ends(3).says(&["field: preset", "→"]);
    world.lull(&["enter", "acme/prod/nothing"]).ends(3).says(&["acme/prod/nothing", "→"]);
    world.lull(&["complete", "acme/prod/wiki"]).ends(4).says(&["acme/prod/wiki", "→"]);
    world.lull(&["show", "mnt_00000000000070008000000000000000"]).ends(4).says(&["→"]);
    world.lull(&["exit", "acme/prod/nothing"]).ends(4).says(&["There is no target"]);
    world.lull(&["enter", SHOP, "--zone", "Mars/Base"]).ends(2).says(&["Mars/Base", "IANA"]);
    world.lull(&["schedule", SHOP]).ends(2).says(&["→ Give --at TIME"]);
    world
        .lull(&["target", "set", SHOP, "--adapter", "demo", "--match", "colour=red"])
        .ends(2)
        .says(&["label:KEY=VALUE"]);
    world.with_token("lull_wrong", &["list"]).ends(5).says(&["→ Give a token with LULL_TOKEN"]);
    world.with_token("", &["list"]).ends(5);
}

#[test]
fn nobody_there_is_said_with_what_to_do() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it is bound");
    let mut list = command(&["list"]);
    list.env("LULL_URL", format!("http://{free}"));
    run(list).ends(7).says(&["cannot be reached", "→ Is the server up"]);
}

#[test]
fn one_server_works_on_a_folder() {
    let world = World::new();
    let data = world.file("data");
    let second = ["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().expect("text")];
    run(command(&second)).ends(6).says(&["another server works on", "--data"]);
}

#[test]
fn who_waits_too_short_is_told_that_it_goes_on() {
    let world = World::new();
    world.lull(&["enter", "acme/prod/wiki", "--wait"]).ends(0);
    // What was started must run for a while before it counts as back.
    let exit = world.lull(&["exit", "acme/prod/wiki", "--wait", "--timeout", "1s"]).ends(8);
    exit.says(&["The time for waiting is up", "goes on", "→ `lull show mnt_"]);
    world.lull(&["exit", "acme/prod/wiki", "--wait"]).ends(0).says(&["is completed"]);
}

#[test]
fn what_an_observer_entered_is_not_ended_by_a_person_but_by_breaking_the_glass() {
    let world = World::new();
    let create = ["token", "create", "search-flag", "--kind", "observer", "--grant", "/:operator", "--json"];
    let observer = world.lull(&create).ends(0).json()["token"].as_str().expect("a secret").to_owned();
    world.with_token(&observer, &["enter", "acme/prod/wiki", "--wait"]).ends(0);
    let id = world.id();

    world.lull(&["exit", "acme/prod/wiki"]).ends(6).says(&[&id, "search-flag", "--break-glass --reason"]);
    world.lull(&["complete", &id]).ends(6).says(&["search-flag"]);
    let broken = world.lull(&["complete", &id, "--break-glass", "--reason", "observer is gone", "--wait"]).ends(0);
    broken.says(&["is completed"]);
}

#[test]
fn what_still_holds_a_target_is_named_with_what_ends_it() {
    let world = World::new();
    world.lull(&["enter", "acme/prod", "--wait"]).ends(0);
    let above = world.id();
    let refused = world.lull(&["exit", SHOP]).ends(6);
    refused.says(&[&above, &format!("lull exclude {above} {SHOP}")]);
    world.lull(&["enter", SHOP, "--wait"]).ends(0);
    world.lull(&["exit", SHOP, "--wait"]).ends(0).says(&["stays in maintenance", &above]);
    assert!(world.processes.names("running").is_empty());
    world.lull(&["exit", "acme/prod", "--wait"]).ends(0);
}
