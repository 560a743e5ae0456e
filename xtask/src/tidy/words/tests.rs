//! For each rule on words: what keeps it, what breaks it.

use super::*;

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn a_file_says_first_what_it_is() {
    assert_eq!(beginning(&Source::new("a.rs", "//! A thing.\n")), None);
    for text in ["", "// A thing.\n", "\n//! A thing.\n", "use a;\n", "//!\n"] {
        assert!(beginning(&Source::new("a.rs", text)).is_some(), "{text:?}");
    }
}

#[test]
fn unwrap_is_for_tests() {
    assert_eq!(unwrap(&Source::new("a.rs", "a.unwrap()\n"))[0].place, "a.rs:1");
    for text in ["a.unwrap_or(b)\n", "// a.unwrap()\n", "\"a.unwrap()\"\n", "#[cfg(test)]\nmod tests { a.unwrap() }\n"]
    {
        assert_eq!(unwrap(&Source::new("a.rs", text)), [], "{text:?}");
    }
    assert_eq!(unwrap(&Source::new("crates/a/tests/b.rs", "a.unwrap()\n")), []);
}

#[test]
fn files_and_folders_have_telling_names() {
    for path in ["crates/a/src/utils.rs", "crates/common/src/lib.rs", "service/x", "a/helpers.test.js"] {
        assert!(names(&file(path, "")).is_some(), "{path}");
    }
    for path in ["crates/a/src/notice.rs", "packaging/lull.service", "docs/commonplace.md"] {
        assert_eq!(names(&file(path, "")), None, "{path}");
    }
}

#[test]
fn modules_have_telling_names() {
    assert_eq!(modules(&Source::new("a.rs", "pub mod utils {\n}\n")).len(), 1);
    assert_eq!(modules(&Source::new("a.rs", "mod manager;\n")).len(), 1);
    assert_eq!(modules(&Source::new("a.rs", "mod plan;\n// mod utils;\nlet manager = 1;\n")), []);
}

#[test]
fn the_wall_clock_is_read_in_one_place() {
    let reading = "Timestamp::now()\n";
    assert_eq!(clock(&[Source::new(CLOCK, reading)]), []);
    assert_eq!(clock(&[Source::new(CLOCK, "// SystemTime::now\n")]), []);
    for path in ["crates/domain/src/life.rs", "crates/lull/tests/demo.rs"] {
        for reading in ["SystemTime::now()", "jiff::Timestamp::now()", "Zoned::now()"] {
            assert_eq!(clock(&[Source::new(path, reading)]).len(), 1, "{path} {reading}");
        }
    }
}

#[test]
fn the_wall_clock_is_read_once() {
    assert_eq!(clock(&[Source::new(CLOCK, "Timestamp::now()\nSystemTime::now()\n")])[0].place, format!("{CLOCK}:2"));
    assert_eq!(clock(&[Source::new(CLOCK, "(Timestamp::now(), Timestamp::now())\n")]).len(), 1);
}

#[test]
fn the_client_sees_only_the_api() {
    let text = "use lull_domain::Life;\nuse lull_api::View;\n";
    assert_eq!(client(&Source::new("crates/lull/src/list.rs", text))[0].place, "crates/lull/src/list.rs:1");
    assert_eq!(client(&Source::new("crates/lull/src/maintenance/show.rs", text)).len(), 1);
    for path in ["main.rs", "serve.rs", "demo.rs", "demo/world.rs"] {
        assert_eq!(client(&Source::new(&format!("crates/lull/src/{path}"), text)), [], "{path}");
    }
    assert_eq!(client(&Source::new("crates/server/src/view.rs", text)), []);
}

#[test]
fn no_file_tells_of_the_machine() {
    for word in MACHINE {
        assert_eq!(machine(&file("a.md", &format!("x\nsee {word}\n")))[0].place, "a.md:2", "{word}");
        assert_eq!(machine(&file("a.md", &format!("(\"{word}\")"))).len(), 1, "{word}");
    }
    assert_eq!(machine(&file("a.md", &format!("cd {}/.cargo", MACHINE[0]))).len(), 1);
}

#[test]
fn what_only_looks_like_the_machine_is_let_be() {
    for text in ["src/work/mod.rs", "$HOME/work/a", "/rootless", "/rootfs/bin", "web/root", "crates.io", "{base}/root"]
    {
        assert_eq!(machine(&file("a.md", text)), [], "{text}");
    }
}
