//! What is verified comes back, is looked at, and goes again; and one can wait for each.
use crate::world::{RUNNING, SHOP, World};

#[test]
fn what_is_verified_runs_and_what_is_reentered_stops_again() {
    let world = World::new();
    world.lull(&["enter", SHOP, "--wait"]).ends(0);
    world.lull(&["reenter", SHOP]).ends(0).says(&["is active"]);
    let verified = world.lull(&["verify", SHOP, "--wait"]).ends(0);
    verified.says(&["is verifying (3 of 3 back)", "acme/prod/shop/web  back"]);
    assert_eq!(world.processes.names("running"), RUNNING);
    world.lull(&["wait", SHOP, "ready", "--timeout", "1m"]).ends(0).says(&["verifying", "and ready"]);
    world.lull(&["reenter", SHOP, "--wait"]).ends(0).says(&["is active"]);
    assert_eq!(world.processes.names("running"), ["wiki-1"]);
    world.lull(&["complete", SHOP]).ends(0);
    world.lull(&["wait", SHOP, "done"]).ends(0).says(&["is completed"]);
    assert_eq!(world.processes.names("running"), RUNNING);
}

#[test]
fn who_waits_in_vain_is_told_why() {
    let world = World::new();
    world.lull(&["enter", SHOP, "--wait"]).ends(0);
    world.lull(&["wait", SHOP, "done", "--timeout", "1s"]).ends(8).says(&["The time for waiting is up"]);
    std::fs::write(world.processes.0.join("wiki-1.stuck"), "").expect("it is written");
    world.lull(&["enter", "acme/prod/wiki"]).ends(0);
    world.lull(&["wait", "acme/prod/wiki", "ready", "--timeout", "1m"]).ends(9).says(&["is stuck"]);
    world.lull(&["verify", "acme/prod/wiki"]).ends(6).says(&["It is still entering, and waits for acme/prod/wiki"]);
}
