//! The shop goes quiet and comes back, early or late, in parts or as a whole.
use crate::world::{RUNNING, SHOP, World};

#[test]
fn the_shop_goes_quiet_and_exactly_what_ran_comes_back() {
    let world = World::new();
    let enter = ["enter", SHOP, "--title", "Upgrade", "--reason", "new schema", "--for", "2h", "--wait"];
    world.lull(&enter).ends(0).says(&["acme/prod/shop/db  down: shop-db-1", "is active"]);
    assert_eq!(world.processes.names("running"), ["wiki-1"]);
    let id = world.id();

    let again = world.lull(&["enter", SHOP, "--json"]).ends(0).json();
    assert_eq!(again["id"], *id, "who enters twice gets the same one");
    world.lull(&["show", SHOP]).ends(0).says(&[&id, "Upgrade", "new schema", "Europe/Berlin", "down: shop-web-1"]);
    world.lull(&["list"]).ends(0).says(&[&id, "Upgrade", "active", SHOP, ", in "]);
    world.lull(&["workloads", SHOP]).ends(0).says(&["shop-api-2", "stopped", "shop-seed", "created"]);
    world.lull(&["plan", &id]).ends(0).says(&["acme/prod/shop/web", "stop", "plan "]);
    world.lull(&["target", "show", SHOP]).ends(0).says(&["maintenance (", &id]);

    world.lull(&["exit", SHOP, "--message", "Done", "--wait"]).ends(0).says(&["is completed"]);
    let mut running = world.processes.names("running");
    running.sort();
    let mut expected = RUNNING.to_vec();
    expected.sort_unstable();
    assert_eq!(running, expected);
    assert_eq!(world.processes.names("created"), ["shop-seed", "billing-api-1", "billing-worker-1"]);

    world.lull(&["list"]).ends(0).says(&["Nothing is quiet"]);
    world.lull(&["list", "--all", SHOP]).ends(0).says(&[&id, "completed"]);
    world.lull(&["log", SHOP]).ends(0).says(&["admin completed Upgrade"]);
    world.lull(&["log", &id]).ends(0).says(&["admin started Upgrade", "admin completed Upgrade"]);
    world.lull(&["log", "--kind", "notice", &id]).ends(0).says(&["completed: Upgrade"]);
    world.lull(&["exit", SHOP]).ends(0).says(&["is not in maintenance", "Nothing was changed"]);
}

#[test]
fn what_is_planned_can_be_moved_begun_early_and_given_up() {
    let world = World::new();
    let schedule =
        ["schedule", "acme/prod/wiki", "--at", "2050-07-01 03:00", "--for", "2h", "--zone", "America/New_York"];
    world.lull(&schedule).ends(0).says(&["Scheduled: begins Fri 1 Jul 2050, 03:00 America/New_York (-04:00), in "]);
    let id = world.id();
    world.lull(&["plan", "acme/prod/wiki"]).ends(0).says(&[&format!("Taking {id}"), "Right now 1 runs there: wiki-1"]);
    world.lull(&["cancel", &id, "--reason", "moved"]).ends(0).says(&["is cancelled"]);
    world.lull(&["start", &id]).ends(6).says(&["→"]);

    world.lull(&["schedule", "acme/prod/wiki", "--at", "2050-07-01 03:00", "--for", "2h"]).ends(0);
    world.lull(&["start", "acme/prod/wiki", "--wait"]).ends(0).says(&["is active"]);
    assert!(!world.processes.names("running").contains(&"wiki-1".to_owned()));
    world.lull(&["complete", "acme/prod/wiki", "--wait"]).ends(0).says(&["wiki-1", "is completed"]);
    assert!(world.processes.names("running").contains(&"wiki-1".to_owned()));
}

#[test]
fn what_goes_on_can_be_extended_told_of_and_let_out_in_parts() {
    let world = World::new();
    world.lull(&["enter", SHOP, "--for", "2h", "--wait"]).ends(0);
    let id = world.id();
    let ends = |said: &serde_json::Value| said["ends_at"].as_str().expect("it ends").to_owned();
    let before = ends(&world.lull(&["show", &id, "--json"]).json()["maintenance"]);

    let after = ends(&world.lull(&["extend", SHOP, "--by", "1h", "--json"]).ends(0).json());
    let hours = |text: &str| text.parse::<jiff::Timestamp>().expect("an instant").as_second() / 3600;
    assert_eq!(hours(&after) - hours(&before), 1);
    world.lull(&["extend", &id, "--until", "2020-01-01 00:00"]).ends(3).says(&["field: ends_at", "→"]);
    world.lull(&["update", SHOP, "Half way", "--percent", "50"]).ends(0).says(&["Told: Half way"]);
    world.lull(&["show", SHOP]).ends(0).says(&["Half way (50 %)"]);

    world.lull(&["exclude", SHOP, "acme/prod/shop/db"]).ends(0).says(&["acme/prod/shop without acme/prod/shop/db"]);
    world.lull(&["cancel", SHOP, "--wait"]).ends(0).says(&["is cancelled"]);
    assert_eq!(world.processes.names("running").len(), RUNNING.len());
}

#[test]
fn targets_are_changed_and_removed() {
    let world = World::new();
    let set = ["target", "set", "acme/prod/wiki", "--version", "2.4.1", "--label", "tier=front", "--label", "team=kim"];
    world.lull(&set).ends(0).says(&["version     2.4.1", "team=kim tier=front", "demo project=wiki service=wiki"]);
    world.lull(&["target", "set", "acme/prod/wiki", "--without", "version"]).ends(0);
    let shown = world.lull(&["target", "show", "acme/prod/wiki", "--json"]).ends(0).json();
    assert!(shown.get("version").is_none(), "{shown}");
    assert_eq!(shown["labels"]["tier"], "front");
    world.lull(&["target", "list", SHOP]).ends(0).says(&["acme/prod/shop/web", "normal", "acme/prod/shop/api"]);
    world.lull(&["target", "remove", "acme/prod/wiki"]).ends(0).says(&["Removed acme/prod/wiki."]);
    world.lull(&["target", "show", "acme/prod/wiki"]).ends(4).says(&["There is no target acme/prod/wiki"]);
}

#[test]
fn tokens_are_made_used_listed_and_revoked() {
    let world = World::new();
    let create = ["token", "create", "anna", "--kind", "person", "--grant", "acme/prod/wiki:operator:break_glass"];
    let token = world.lull(&[&create[..], &["--expires", "2050-01-01 00:00", "--json"]].concat()).ends(0).json();
    let (id, secret) = (token["id"].as_str().expect("an id"), token["token"].as_str().expect("a secret"));
    world.lull(&["token", "list"]).ends(0).says(&[id, "anna", "acme/prod/wiki:operator:break_glass", "1 Jan 00:00"]);

    world.with_token(secret, &["enter", "acme/prod/wiki", "--wait"]).ends(0).says(&["is active"]);
    world.with_token(secret, &["enter", SHOP]).ends(3).says(&["There is no target `acme/prod/shop`", "→"]);
    world.with_token(secret, &["exit", "acme/prod/wiki", "--wait"]).ends(0);
    let file = world.file("token");
    std::fs::write(&file, secret).expect("it is written");
    world.with_token("", &["list", "--token-file", file.to_str().expect("text")]).ends(0);

    world.lull(&["token", "revoke", id]).ends(0).says(&["worthless"]);
    world.with_token(secret, &["list"]).ends(5).says(&["→ Give a token with LULL_TOKEN"]);
}
