//! The demo as a reader runs it: to its end, killed and taken up, and removed.
use std::path::Path;

use crate::world::{Printing, Processes, command, run};

const LAST: &str = "To see it survive";

fn demo(folder: &Path) -> Printing {
    let mut demo = command(&["demo", "--listen", "127.0.0.1:0", "--data"]);
    demo.arg(folder);
    Printing::start(demo)
}

fn has(lines: &[String], word: &str) -> bool {
    lines.iter().any(|line| line.contains(word))
}

#[test]
fn the_shop_goes_quiet_and_comes_back_before_the_readers_eyes() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("demo");
    let processes = Processes(folder.join("processes"));
    let mut first = demo(&folder);
    let told = first.until(LAST);
    for word in
        ["down: shop-web-1, shop-web-2", "Quiet.", "Back, exactly what ran before", "Scheduled: Upgrade", "02:00"]
    {
        assert!(has(&told, word), "{word:?} in {told:#?}");
    }
    assert_eq!(processes.names("running").len(), 8);
    let pid = format!("kill -9 {}", first.child.id());
    assert!(has(&told, "export PATH=/") && has(&[first.until("kill -9").concat()], &pid));

    let second = run({
        let mut second = command(&["demo", "--listen", "127.0.0.1:0", "--data"]);
        second.arg(&folder);
        second
    });
    second.ends(6).says(&["Another demo runs on", "→"]);

    first.signal("-TERM");
    assert!(has(&first.rest(), "Stopped the demo's 8 processes"));
    assert!(first.child.wait().expect("it ends").success());
    assert!(processes.names("running").is_empty());

    let mut third = demo(&folder);
    assert!(has(&third.until(LAST), "in an earlier tour"));
    assert_eq!(processes.names("running").len(), 8);
    third.signal("-INT");
    third.rest();
    assert!(third.child.wait().expect("it ends").success());

    let mut reset = command(&["demo", "--reset", "--data"]);
    reset.arg(&folder);
    run(reset).ends(0).says(&["removed"]);
    assert!(!folder.exists());
}

#[test]
fn killed_half_way_it_finishes_what_it_began() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("demo");
    let processes = Processes(folder.join("processes"));
    let mut first = demo(&folder);
    first.until("acme/prod/shop/");
    first.until("$ lull enter");
    first.until("acme/prod/shop/");
    first.signal("-KILL");
    first.rest();
    assert!(processes.names("running").contains(&"wiki-1".to_owned()), "the estate lives on");

    let mut second = demo(&folder);
    let told = second.until(LAST);
    for word in ["live on", "It goes on by itself", "Back, exactly what ran before"] {
        assert!(has(&told, word), "{word:?} in {told:#?}");
    }
    assert_eq!(processes.names("running").len(), 8);
    assert_eq!(processes.names("created"), ["shop-seed"]);
    second.signal("-TERM");
    second.rest();
}

#[test]
fn a_folder_or_an_address_of_somebody_else_is_left_alone() {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::write(place.path().join("thesis.tex"), "").expect("it is written");
    let mut demo = command(&["demo", "--reset", "--data"]);
    demo.arg(place.path());
    run(demo).ends(3).says(&["something that is not the demo's", "→"]);

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let mut demo = command(&["demo", "--listen", &address, "--data"]);
    demo.arg(place.path().join("demo"));
    run(demo).ends(6).says(&[&address, "--listen 127.0.0.1:0"]);
}
