//! What fails is named, and a person retries or accepts it.
use std::fs;

use crate::world::{SHOP, World};

#[test]
fn what_does_not_stop_asks_for_a_person_who_retries() {
    let world = World::new();
    let stuck = world.processes.0.join("shop-web-2.stuck");
    fs::write(&stuck, "").expect("it is written");

    let entered = world.lull(&["enter", SHOP, "--wait"]).ends(9);
    entered.says(&["shop-web-2", "needs attention", "is stuck", "→ Mend it, then `lull retry mnt_"]);
    world.lull(&["show", SHOP]).ends(0).says(&["Needs attention", "shop-web-2 of acme/prod/shop/web", "lull accept"]);

    fs::remove_file(&stuck).expect("it is removed");
    world.lull(&["retry", SHOP, "--wait"]).ends(0).says(&["Tried again", "is active"]);
    assert_eq!(world.processes.names("running"), ["wiki-1"]);
    world.lull(&["exit", SHOP, "--wait"]).ends(0);
}

#[test]
fn what_does_not_stop_may_be_accepted_as_it_is() {
    let world = World::new();
    fs::write(world.processes.0.join("wiki-1.stuck"), "").expect("it is written");
    world.lull(&["enter", "acme/prod/wiki", "--wait"]).ends(9);
    let accept = ["accept", "acme/prod/wiki", "wiki-1", "--reason", "it is read only"];
    world.lull(&accept).ends(0).says(&["Accepted as they are: wiki-1"]);
    world.lull(&["start", "acme/prod/wiki", "--wait"]).ends(0).says(&["is active"]);
    assert!(world.processes.names("running").contains(&"wiki-1".to_owned()));
    world.lull(&["exit", "acme/prod/wiki", "--wait"]).ends(0).says(&["is completed"]);
}
