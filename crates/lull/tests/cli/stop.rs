//! What is stopped for good stays down; what is only told restricts nothing.
use crate::world::{SHOP, World};

#[test]
fn what_is_stopped_for_good_is_backed_up_or_named() {
    let world = World::new();
    world.lull(&["stop", SHOP, "--yes"]).ends(6).says(&["No maintenance that holds work back covers"]);
    world.lull(&["enter", SHOP, "--preset", "no-new-work"]).ends(0);
    world.lull(&["stop", SHOP]).ends(2).says(&["nothing starts them again", "--yes"]);
    // The processes of the demo have no backups.
    let said = world.lull(&["stop", SHOP, "--yes", "--wait"]).ends(9);
    said.says(&["5 of 5 done", "the backup failed, so it runs on", "Did not stop: shop-api-1", "--force NAME"]);
    world.lull(&["stop", "acme/prod/nowhere", "--yes"]).ends(4);
    // Several paths are one job, or none.
    world.lull(&["stop", SHOP, "acme/prod/wiki", "--yes"]).ends(6).says(&["holds work back covers wiki-1"]);
}

#[test]
fn a_banner_is_put_up_and_taken_down() {
    let world = World::new();
    world.lull(&["banner", SHOP, "New disks on Sunday"]).ends(0).says(&["acme/prod/shop shows: New disks on Sunday"]);
    world.lull(&["banner", SHOP, "--off"]).ends(0).says(&["shows no banner"]);
    world.lull(&["log"]).ends(0).says(&["changed the banner of acme/prod/shop"]);
}
