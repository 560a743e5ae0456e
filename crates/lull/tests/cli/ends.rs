//! What is said at the end of a maintenance, of several at once, and before there is one.
use crate::world::{SHOP, World};

const WIKI: &str = "acme/prod/wiki";

fn token(world: &World, name: &str, grants: &[&str]) -> String {
    let mut words = vec!["token", "create", name, "--kind", "person", "--json"];
    words.extend(grants.iter().flat_map(|grant| ["--grant", grant]));
    world.lull(&words).ends(0).json()["token"].as_str().expect("a secret").to_owned()
}

#[test]
fn what_was_left_as_it_is_is_named_at_the_end() {
    let world = World::new();
    std::fs::write(world.processes.0.join("wiki-1.stuck"), "").expect("it is written");
    let entered = world.lull(&["enter", WIKI, "--wait"]).ends(9);
    assert!(!entered.err.contains("needs attention, and"), "{entered:#?}");
    let shown = world.lull(&["show", WIKI]).ends(0).says(&["needs a person: wiki-1", "wiki-1 of acme/prod/wiki: "]);
    assert_eq!(shown.out.matches("is stuck").count(), 1, "{shown:#?}");
    world.lull(&["accept", WIKI, "wiki-1", "--reason", "it is read only"]).ends(0);
    world.lull(&["start", WIKI, "--wait"]).ends(0);
    let said = world.lull(&["exit", WIKI, "--wait"]).ends(0);
    let left = "left as it is: wiki-1 (admin accepts it as it is: it is read only)";
    assert!(said.out.trim_end().ends_with(left), "{said:#?}");
}

#[test]
fn who_ends_what_another_began_is_told_whose_it_is() {
    let world = World::new();
    let bob = token(&world, "bob", &["/:operator"]);
    world.with_token(&bob, &["enter", WIKI, "--title", "Bob moves the disks"]).ends(0);
    world.lull(&["exit", WIKI, "--wait"]).ends(0).says(&["mnt_", ", “Bob moves the disks”, entered by bob, is ended"]);
    world.lull(&["enter", WIKI]).ends(0);
    let own = world.lull(&["exit", WIKI, "--wait"]).ends(0);
    assert!(!own.out.contains("entered by"), "{own:#?}");
}

#[test]
fn a_refusal_of_one_does_not_stop_the_others() {
    let world = World::new();
    let anna = token(&world, "anna", &["/:viewer", "acme/prod/wiki:operator"]);
    world.lull(&["enter", WIKI, SHOP, "--title", "Both", "--for", "2h", "--wait"]).ends(0);
    world.with_token(&anna, &["enter", WIKI, "--title", "Alone", "--wait"]).ends(0);
    world
        .lull(&["complete", WIKI])
        .ends(6)
        .says(&["Both (active), entered by admin ", "Alone (active), entered by anna "]);

    let said = world.with_token(&anna, &["exit", WIKI]).ends(5);
    said.says(&["to be completed", "stays in maintenance:", "Both, by admin since", "“Both”, is not ended: "]);
    world.lull(&["list", WIKI]).ends(0).says(&["Both"]);
    world.lull(&["exit", WIKI, "--wait"]).ends(0).says(&["ends on all its targets", "is completed"]);
}

#[test]
fn what_is_not_there_is_not_found_and_what_is_over_is_shown() {
    let world = World::new();
    for command in ["list", "workloads"] {
        world.lull(&[command, "acme/prod/nothing"]).ends(4).says(&["There is no target acme/prod/nothing", "→"]);
    }
    world.lull(&["list", WIKI]).ends(0).says(&["Nothing is quiet or planned on acme/prod/wiki"]);
    world.lull(&["list", "/"]).ends(0).says(&["Nothing is quiet or planned on /"]);
    let problem = world.lull(&["enter", "acme/prod/nothing", "--json"]).ends(3);
    assert_eq!(problem.json()["field"], "scope.include[0].under", "{problem:#?}");

    world.lull(&["show", WIKI]).ends(4).says(&["No maintenance in progress or scheduled"]);
    let entered = world.lull(&["enter", WIKI]).ends(0);
    entered.says(&["until   somebody ends it; its owner is asked after 8 h"]);
    let id = world.id();
    world.lull(&["show", &id[..16]]).ends(0).says(&[&id, "until somebody ends it; its owner"]);
    world.lull(&["cancel", "mnt_"]).ends(2).says(&["too short"]);
    world.lull(&["complete", &id[..16], "--wait"]).ends(0);
    world.lull(&["show", &id[..16]]).ends(4).says(&["lull list --all"]);
    world.lull(&["show", WIKI]).ends(0).says(&[&format!("Taking {id}"), "completed"]);
    world.lull(&["list", "--all", WIKI]).ends(0).says(&["ago"]);
}

#[test]
fn what_nobody_does_yet_is_said_when_it_is_ordered() {
    let world = World::new();
    let entered = world.lull(&["enter", WIKI, "--preset", "announce"]).ends(0);
    assert!(entered.err.contains("Warning: "), "{entered:#?}");
    world.lull(&["show", WIKI]).ends(0).says(&["Warning: "]);
}
