//! The next free slots on the command line, and the command that takes one.
use crate::world::{SHOP, World};

#[test]
fn a_conflict_is_avoided_by_the_slot_that_is_proposed() {
    let world = World::new();
    let freeze = ["--rule", "every day 06:00-22:00 Europe/Berlin"];
    world.lull(&[&["calendar", "add", "acme/prod", "--name", "Trading hours"][..], &freeze].concat()).ends(0);
    let berlin = ["--zone", "Europe/Berlin"];
    let ask = |more: &[&str]| world.lull(&[&["slots", SHOP][..], more, &berlin].concat());
    let found = ask(&["--for", "8h"]).ends(0);
    found.says(&[
        "22:00 Europe/Berlin",
        "06:00",
        "no blackout and nothing else planned",
        "as early as it can be",
        "→ lull schedule acme/prod/shop --at 20",
        "--for PT8H",
        "No traffic is known yet",
    ]);
    let first = ask(&["--for", "8h", "--json"]).ends(0).json()["slots"][0].clone();
    let at = first["starts_at"].as_str().expect("an instant").to_owned();
    let take = ["schedule", SHOP, "--at", &at, "--for", "PT8H", "--preset", "announce"];
    world.lull(&take).ends(0).says(&["Scheduled: begins"]);
    let next = ask(&["--for", "8h", "--json"]).ends(0).json()["slots"][0].clone();
    assert_ne!(next["starts_at"], first["starts_at"], "it is taken");
    let none = ask(&["--for", "9h"]).ends(6);
    none.says(&[
        "In the way, in Europe/Berlin",
        "the blackout Trading hours",
        "does not fit anywhere",
        "more stand in the way",
    ]);
    ask(&["--for", "3h", "--hours", "22:00-00:00", "--days", "sa,SU"]).ends(6).says(&["last PT2H at a time"]);
    ask(&["--for", "2h", "--hours", "20:00-24:00", "--days", "SA,SU", "--count", "1"])
        .ends(0)
        .says(&["22:00 Europe/Berlin"]);
}

#[test]
fn what_makes_no_sense_is_said_precisely() {
    let world = World::new();
    let ask = |more: &[&str]| world.lull(&[&["slots", SHOP][..], more].concat());
    ask(&[]).ends(2).says(&["--for"]);
    ask(&["--for", "soon"]).ends(2).says(&["\"soon\" is no duration"]);
    ask(&["--for", "2h", "--hours", "at night"]).ends(2).says(&["\"at night\" are no hours", "22:00-06:00"]);
    ask(&["--for", "2h", "--hours", "22:00-6"]).ends(3).says(&["field: hours[0].to", "`6` is no time of day"]);
    ask(&["--for", "2h", "--days", "SO"]).ends(3).says(&["field: hours[0].days", "There is no day `SO`"]);
    ask(&["--for", "40d"]).ends(3).says(&["field: duration"]);
    ask(&["--for", "2h", "--zone", "Mars/Olympus"]).ends(2).says(&["no time zone"]);
    let turned = ["--for", "2h", "--from", "2099-01-02 00:00", "--until", "2099-01-01 00:00"];
    ask(&turned).ends(3).says(&["field: earliest", "400 days"]);
    world.lull(&["slots", "acme/nowhere", "--for", "2h"]).ends(3).says(&["scope.include[0].under"]);
}
