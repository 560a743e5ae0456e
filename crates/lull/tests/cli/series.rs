//! Series from the command line; and what becomes of one when the rules of its zone change.
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::world::{Printing, SHOP, World, command};

#[test]
fn a_series_is_made_in_words_and_one_of_it_left_out_moved_and_changed() {
    let world = World::new();
    let when = "every Sunday 02:00-04:00 Europe/Berlin";
    let words = ["series", "add", SHOP, "--when", when, "--title", "Patch day", "--preset", "announce"];
    let made = world.lull(&[&words[..], &["--json"]].concat()).ends(0).json();
    let id = made["id"].as_str().expect("an id");
    let key = |at: usize| made["next"][at]["occurrence"].as_str().expect("a key").to_owned();
    world.lull(&["series", "show", &id[..12]]).ends(0).says(&["Patch day", "Every Sunday 02:00–04:00 (Europe/Berlin)"]);
    world.lull(&["series", "list"]).ends(0).says(&[id, "Every Sunday"]);
    world.lull(&["series", "skip", id]).ends(0).says(&["Left out: Patch day on Sun "]);
    world
        .lull(&["series", "move", id, &key(1), "--to", "2099-01-01 03:00"])
        .ends(0)
        .says(&["Moved", "1 Jan 2099, 03:00"]);
    let on = world.lull(&["series", "split", id, &key(3), "--for", "3h", "--json"]).ends(0).json();
    assert_eq!((&on["duration"], &on["follows"]), (&"PT3H".into(), &id.into()));
    world.lull(&["series", "show", id]).ends(0).says(&["skipped", ", moved", "ends before"]);
    world.lull(&["series", "end", on["id"].as_str().expect("an id")]).ends(0).says(&["Nothing more is to come."]);
    world.lull(&["log", "--kind", "series"]).ends(0).says(&["admin made the series Patch day", "changed the series"]);
    world.lull(&["series", "add", SHOP, "--when", "now and then"]).ends(3).says(&["text"]);
    world.lull(&["series", "show", "ser_"]).ends(2);
    world.lull(&["series", "show", "ser_00000000"]).ends(4);
}

#[test]
fn whoever_reads_in_another_zone_sees_his_own_time_too() {
    let world = World::new();
    let when = "every Sunday 02:00-04:00 America/New_York";
    let said = world.lull(&["series", "add", SHOP, "--when", when, "--preset", "announce"]).ends(0);
    said.says(&["02:00 (-0", "yours Sun ", "08:00 (+0"]);
}

/// A time-zone database in which one zone has this offset, always.
fn database(folder: &Path, name: &str, offset: &str) -> std::path::PathBuf {
    let database = folder.join(name);
    let header = |version: u8| {
        let mut header = b"TZif".to_vec();
        header.push(version);
        header.extend([0; 15]);
        for count in [0_u32, 0, 0, 0, 1, 4] {
            header.extend(count.to_be_bytes());
        }
        header
    };
    let kind = [&[0; 6][..], b"UTC\0"].concat();
    let hours: i32 = offset.parse().expect("it is a number");
    let later = [&(hours * 3_600).to_be_bytes()[..], &[0, 0], b"+0x\0"].concat();
    let footer = format!("\n<+0{offset}>-{offset}\n");
    let file = [header(b'2'), kind, header(b'2'), later, footer.into_bytes()].concat();
    fs::create_dir_all(database.join("Europe")).expect("it can be made");
    fs::write(database.join("Europe/Berlin"), file).expect("it can be written");
    database
}

#[test]
fn when_the_rules_of_its_zone_change_what_is_to_come_moves_and_the_owner_hears_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (database(folder.path(), "one", "1"), database(folder.path(), "two", "2"));
    let with = |database: std::path::PathBuf| {
        move |command: &mut Command| {
            command.env("TZDIR", &database);
        }
    };
    let world = World::with(with(one));
    let log = world.lull(&["log", "--json"]).ends(0).json();
    let now: jiff::Timestamp = log["items"][0]["at"].as_str().expect("a time").parse().expect("it is an instant");
    let in_three_days = now + jiff::SignedDuration::from_hours(72);
    let start = in_three_days.strftime("%Y-%m-%dT%H:%M").to_string();
    let words = ["series", "add", SHOP, "--rule", "FREQ=WEEKLY", "--start", &start, "--for", "1h"];
    let made = world.lull(&[&words[..], &["--zone", "Europe/Berlin", "--json"]].concat()).ends(0).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    let begins = |shown: &serde_json::Value, at: usize| {
        let begins = shown["next"][at]["starts_at"].as_str().expect("a start").to_owned();
        begins.parse::<jiff::Timestamp>().expect("it is an instant")
    };
    let own = made["next"][1]["occurrence"].as_str().expect("a key");
    world.lull(&["series", "move", &id, own, "--to", "2099-01-01T03:00:00Z"]).ends(0);

    let world = world.restarted(with(two));
    let mut follow = command(&["log", "--kind", "notice", "--follow"]);
    follow.env("LULL_URL", &world.url).env("LULL_TOKEN", &world.token);
    Printing::start(follow).until("for owner");
    let told = world.lull(&["log", "--kind", "notice", "--json"]).ends(0).json();
    let items = told["items"].as_array().expect("a list");
    let told = items.iter().find(|it| it["body"]["audience"] == "owner").expect("it was told just now");
    assert_eq!(told["body"]["kind"], "rescheduled");
    assert_eq!(told["body"]["moved"].as_array().map(Vec::len), Some(4), "all but the one with a time of its own");
    let shown = world.lull(&["series", "show", &id, "--json"]).ends(0).json();
    for at in [0, 2, 3, 4, 5, 9] {
        assert_eq!(shown["next"][at]["occurrence"], made["next"][at]["occurrence"], "it keeps its name");
        assert_eq!(
            begins(&made, at).as_second() - begins(&shown, at).as_second(),
            3_600,
            "the same time on other clocks"
        );
    }
    assert_eq!(shown["next"][1]["moved"], true);
    assert_eq!(begins(&shown, 1), "2099-01-01T03:00:00Z".parse().expect("it is an instant"));
}
