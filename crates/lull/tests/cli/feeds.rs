//! Feeds and notices: a new user's commands, and what three libraries of other people make of the calendar.
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::world::{SHOP, World};

/// What a library reads of an event.
#[derive(Clone, PartialEq, Debug, Deserialize)]
struct Event {
    uid: String,
    sequence: u64,
    starts: i64,
    ends: i64,
    status: String,
    impact: String,
    objects: BTreeMap<String, String>,
    title: String,
}

/// Three libraries that have nothing in common: their interpreters, and how each is asked.
const PEERS: [(&str, &str); 3] = [
    ("target/venv/bin/python", "with_icalendar.py"),
    ("target/venv-notices/bin/python", "with_circuit_parser.py"),
    ("node", "with_ical.cjs"),
];

/// What one of them reads.
fn read_by((interpreter, script): (&str, &str), text: &str) -> Vec<Event> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.join("../..");
    let program = if interpreter.contains('/') { root.join(interpreter) } else { PathBuf::from(interpreter) };
    let mut peer = Command::new(program);
    peer.arg(here.join("tests/cli/peers").join(script)).env("NODE_PATH", root.join("target/npm/node_modules"));
    peer.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut peer = peer.spawn().expect("`cargo xtask test` installs it");
    peer.stdin.take().expect("it has one").write_all(text.as_bytes()).expect("it reads");
    let said = peer.wait_with_output().expect("it ends");
    assert!(said.status.success(), "{script} could not read {text}");
    serde_json::from_slice(&said.stdout).expect("it says JSON")
}

/// What all of them read alike.
fn events(text: &str) -> Vec<Event> {
    let mut read = PEERS.map(|peer| read_by(peer, text));
    read.iter_mut().for_each(|events| events.sort_by(|one, other| one.uid.cmp(&other.uid)));
    assert_eq!(read[0], read[1], "{text}");
    assert_eq!(read[0], read[2], "{text}");
    read[0].clone()
}

/// What is behind a link, as anybody reads it: without a token.
fn fetched(url: &str) -> String {
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("it has a path");
    let mut connection = TcpStream::connect(host).expect("it listens");
    let asked = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    connection.write_all(asked.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("it is text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("it has a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    body.to_owned()
}

/// An instant in seconds since 1970.
fn at(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an instant").as_second()
}

#[test]
fn three_libraries_understand_a_feed_its_changes_and_its_cancellations() {
    let world = World::new();
    let schedule = |path: &str, from: &str, title: &str| {
        let words =
            ["schedule", path, "--at", from, "--for", "2h", "--zone", "Europe/Berlin", "--title", title, "--json"];
        world.lull(&words).ends(0).json()["id"].as_str().expect("an id").to_owned()
    };
    // The clocks go back in the night of the first, and forward in that of the second.
    let autumn = schedule(
        SHOP,
        "2030-10-27 01:30",
        "Disks; racks, \u{e4}nd \\ more, with a title that is far too long for one line",
    );
    let spring = schedule("acme/prod/wiki", "2031-03-30 01:30", "Wiki");
    let added = world.lull(&["feed", "add", "acme/prod"]).ends(0).says(&["shown this once", "/feeds/"]);
    let url = added.out.lines().next().expect("the link comes first").to_owned();

    let first = events(&fetched(&url));
    assert_eq!(
        first.iter().map(|event| event.uid.clone()).collect::<Vec<_>>(),
        [format!("{autumn}@lull"), format!("{spring}@lull")]
    );
    assert_eq!((first[0].starts, first[0].ends), (at("2030-10-26T23:30:00Z"), at("2030-10-27T01:30:00Z")));
    assert_eq!((first[1].starts, first[1].ends), (at("2031-03-30T00:30:00Z"), at("2031-03-30T02:30:00Z")));
    assert!(first[0].title.starts_with("Disks; racks, \u{e4}nd \\ more"));
    assert_eq!((first[0].status.as_str(), first[0].impact.as_str()), ("CONFIRMED", "DEGRADED"));
    assert_eq!(first[0].objects, BTreeMap::from([(SHOP.to_owned(), "DEGRADED".to_owned())]));

    world.lull(&["extend", &autumn, "--by", "30m"]).ends(0);
    world.lull(&["cancel", &spring, "--reason", "the vendor moved it"]).ends(0);
    let second = events(&fetched(&url));
    assert_eq!((second[0].starts, second[0].ends), (first[0].starts, first[0].ends + 30 * 60));
    assert_eq!((second[0].status.as_str(), second[1].status.as_str()), ("CONFIRMED", "CANCELLED"));
    for (before, after) in first.iter().zip(&second) {
        assert!(before.uid == after.uid && before.sequence < after.sequence, "{before:?} {after:?}");
    }

    let listed = world.lull(&["feed", "list", "--json"]).ends(0).json();
    let id = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    world.lull(&["feed", "list"]).ends(0).says(&[&id, "acme/prod", "secret"]);
    world.lull(&["feed", "revoke", &id]).ends(0).says(&["gone"]);
    world.lull(&["feed", "revoke", &id]).ends(4);
}

#[test]
fn a_feed_of_one_server_is_imported_by_another_and_changed_there_with_it() {
    let (carrier, customer) = (World::new(), World::new());
    let at = ["--at", "2030-06-01 02:00", "--for", "2h", "--title", "New fibres", "--json"];
    let made = carrier.lull(&[&["schedule", SHOP][..], &at].concat()).ends(0).json();
    let added = carrier.lull(&["feed", "add", "/", "--public", "--json"]).ends(0).json();
    let url = format!("{}{}", carrier.url, added["url"].as_str().expect("a link"));
    let file = customer.file("notice.ics");
    let name = file.to_str().expect("it is text");

    std::fs::write(&file, fetched(&url)).expect("it is written");
    customer.lull(&["import", name]).ends(3).says(&[
        "refused",
        "no target has the external id `acme/prod/shop`",
        "--under",
    ]);
    let created = customer.lull(&["import", name, "--under", "acme/prod/wiki", "--json"]).ends(0).json();
    let draft = created["notices"][0]["maintenance"].as_str().expect("an id").to_owned();
    customer
        .lull(&["import", name, "--under", "acme/prod/wiki"])
        .ends(0)
        .says(&["left", "edition 0 was imported before"]);

    carrier.lull(&["extend", made["id"].as_str().expect("an id"), "--by", "1h"]).ends(0);
    std::fs::write(&file, fetched(&url)).expect("it is written");
    customer.lull(&["import", name]).ends(0).says(&["updated", &draft]);
    let shown = customer.lull(&["show", &draft, "--json"]).ends(0).json()["maintenance"].clone();
    assert_eq!((&shown["title"], &shown["status"]), (&"New fibres".into(), &"draft".into()));

    carrier.lull(&["cancel", made["id"].as_str().expect("an id")]).ends(0);
    std::fs::write(&file, fetched(&url)).expect("it is written");
    customer.lull(&["import", name]).ends(0).says(&["cancelled", &draft]);
    customer.lull(&["import", "/nowhere.ics"]).ends(2).says(&["reading /nowhere.ics"]);
}
