//! What is asked of the gate on the command line.
use crate::world::{SHOP, World};

#[test]
fn a_question_is_answered_in_words_and_by_the_exit_code() {
    let world = World::new();
    world.lull(&["gate", "check", SHOP, "deploy"]).ends(0).says(&["allow"]);
    world.lull(&["enter", "acme/prod/wiki", "--title", "New disks", "--for", "2h", "--wait"]).ends(0);
    let id = world.id();
    let no = world.lull(&["gate", "check", "acme/prod/wiki", "deploy"]).ends(6);
    no.says(&["deny", &id, "New disks", "until ", "→ `lull gate at acme/prod/wiki`"]);
    world.lull(&["gate", "check", "acme/prod/wiki", "deploy", "--role", "operator"]).ends(0).says(&["allow"]);
    world.lull(&["gate", "check", "acme/prod/wiki", "session.use.ui", "--lasts", "20m"]).ends(0);
    world.lull(&["gate", "check", "acme/prod/wiki", "dance"]).ends(3).says(&["field: action", "→ Use one of"]);
    let json = world.lull(&["gate", "check", "acme/prod/wiki", "deploy", "--json"]).ends(6).json();
    assert_eq!((&json["answer"], &json["maintenance"]), (&"deny".into(), &id.as_str().into()));
    world.lull(&["gate", "at", "acme/prod/wiki"]).ends(0).says(&["deny", &id, "New disks"]);
    world.lull(&["gate", "at", SHOP, "23:59", "--action", "request.read"]).ends(0).says(&["allow"]);
}

#[test]
fn a_pass_is_a_link_for_who_opens_it_first() {
    let world = World::new();
    world.lull(&["gate", "pass", SHOP]).ends(6).says(&["Nothing keeps anybody out of acme/prod/shop now.", "→"]);
    world.lull(&["enter", "acme/prod/wiki", "--wait"]).ends(0);
    let made = world.lull(&["gate", "pass", "acme/prod/wiki", "--site", "https://wiki.example", "--for", "2h"]).ends(0);
    made.says(&["https://wiki.example/__lull/pass/s", "opens once", &world.id()]);
    world.lull(&["gate", "pass", "acme/prod/wiki", "--site", "ftp://x"]).ends(3).says(&["field: url"]);
    world.lull(&["log", "--kind", "pass"]).ends(0).says(&["admin made a pass to acme/prod/wiki"]);
    let listed = world.lull(&["gate", "passes", "acme/prod"]).ends(0);
    listed.says(&["acme/prod/wiki", &world.id(), "admin", "no"]);
    let json = world.lull(&["gate", "passes", "--maintenance", &world.id(), "--json"]).ends(0).json();
    let id = json["items"][0]["id"].as_str().expect("it has one");
    world.lull(&["gate", "revoke", id]).ends(0).says(&[id, "worthless"]);
    world.lull(&["gate", "passes"]).ends(0).says(&["No pass is good now."]);
    world.lull(&["gate", "revoke", "pas_1"]).ends(4).says(&["→"]);
}
