//! A maintenance from its plan to its end, as somebody new to it goes: refused by a calendar, at a free slot, approved by a second
//! person, begun early, extended, completed; then one that comes again, of which the next is left out.
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use crate::world::{SHOP, World};

/// Now, as the server says it.
fn now(world: &World) -> Zoned {
    let log = world.lull(&["log", "--json"]).ends(0).json();
    let now: Timestamp = log["items"][0]["at"].as_str().expect("a time").parse().expect("it is an instant");
    now.to_zoned(TimeZone::get("Europe/Berlin").expect("it is bundled"))
}

#[test]
fn from_the_plan_to_the_end() {
    let world = World::new();
    let day = now(&world).checked_add(7.days()).expect("it is a date");
    let black = format!("every year on {} 00:00 for 1 day", day.strftime("%-d %B"));
    world.lull(&["calendar", "add", "acme/prod", "--name", "Freeze", "--rule", &black]).ends(0);
    let at = day.strftime("%Y-%m-%d 02:00").to_string();
    let words = ["schedule", SHOP, "--for", "2h", "--title", "New disks", "--approval", "--remind", "1h"];
    let schedule = |at: &str| world.lull(&[&words[..], &["--at", at]].concat());
    schedule(&at).ends(6).says(&["Freeze", "lull slots"]);

    let from = day.strftime("%Y-%m-%d 00:00").to_string();
    let asked = ["slots", SHOP, "--for", "2h", "--hours", "22:00-06:00", "--from", &from, "--json"];
    let slots = world.lull(&asked).ends(0).json();
    let slot = slots["slots"][0]["starts_at"].as_str().expect("there is one");
    let begins: Timestamp = slot.parse().expect("it is an instant");
    let black_until = day.start_of_day().and_then(|day| day.checked_add(1.day())).expect("it is a date");
    assert!(begins >= black_until.timestamp(), "it is free: {slots:#}");
    schedule(slot).ends(0);
    let id = world.id();
    world.lull(&["plan", &id]).ends(0).says(&["acme/prod/shop/db", "to be approved by anybody but admin"]);

    world.lull(&["start", &id]).ends(6).says(&["A second person must approve"]);
    world.lull(&["approve", &id, "--yes"]).ends(5);
    let bob = world.lull(&["token", "create", "bob", "--kind", "person", "--grant", "acme:viewer:approve", "--json"]);
    let bob = bob.ends(0).json()["token"].as_str().expect("a secret").to_owned();
    world.with_token(&bob, &["approve", &id, "--plan", "another"]).ends(6);
    world.with_token(&bob, &["approve", &id, "--yes"]).ends(0).says(&["approved by bob"]);

    world.lull(&["start", &id, "--wait"]).ends(0);
    assert_eq!(world.processes.names("running"), ["wiki-1"]);
    let ends = |shown: &serde_json::Value| -> Timestamp {
        shown["maintenance"]["ends_at"].as_str().expect("an end").parse().expect("it is an instant")
    };
    let before = world.lull(&["show", &id, "--json"]).ends(0).json();
    world.lull(&["extend", &id, "--by", "30m"]).ends(0);
    let after = world.lull(&["show", &id, "--json"]).ends(0).json();
    assert_eq!(ends(&after).as_second() - ends(&before).as_second(), 1_800);
    world.lull(&["complete", &id, "--message", "Faster search", "--wait"]).ends(0);
    assert_eq!(world.processes.names("running").len(), 6, "all that ran runs again");

    let when = "every Sunday 02:00-04:00 Europe/Berlin";
    let made = world.lull(&["series", "add", SHOP, "--when", when, "--preset", "announce", "--json"]).ends(0).json();
    let series = made["id"].as_str().expect("an id");
    world.lull(&["series", "skip", series]).ends(0).says(&["Left out"]);
    let shown = world.lull(&["series", "show", series, "--json"]).ends(0).json();
    let skipped = shown["next"].as_array().expect("a list").iter().filter(|it| it["status"] == "skipped").count();
    assert_eq!(skipped, 1, "{shown:#}");
}
