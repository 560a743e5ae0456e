//! Servers by name: what goes before what, and a file that is nobody else's.
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::world::{Said, World, command, run};

/// A command of somebody whose settings are in this folder.
fn as_user(home: &Path, words: &[&str]) -> Command {
    let mut command = command(words);
    command.env("XDG_CONFIG_HOME", home);
    command
}

fn ask(home: &Path, words: &[&str]) -> Said {
    run(as_user(home, words))
}

#[test]
fn a_context_names_a_server_and_where_its_token_is() {
    let world = World::new();
    let (home, token) = (world.file("home"), world.file("token"));
    fs::write(&token, &world.token).expect("it is written");
    let token = token.to_str().expect("text");
    ask(&home, &["context", "list"]).ends(0).says(&["There is no context", "lull context add"]);
    let add = ["context", "add", "here", "--url", &world.url, "--token-file", token];
    ask(&home, &add).ends(0).says(&["here is", &world.url, "It is in use"]);
    ask(&home, &["target", "list"]).ends(0).says(&["acme/prod/shop"]);
    ask(&home, &["context", "add", "gone", "--url", "http://127.0.0.1:1"]).ends(0).says(&["lull context use gone"]);
    ask(&home, &["target", "list", "--context", "gone"]).ends(7).says(&["127.0.0.1:1"]);
    ask(&home, &["context", "use", "gone"]).ends(0);
    ask(&home, &["target", "list"]).ends(7).says(&["127.0.0.1:1"]);
    ask(&home, &["context", "list"]).ends(0).says(&["here", "gone", token, "yes"]);
    let listed = ask(&home, &["context", "list", "--json"]).ends(0).json();
    assert_eq!((listed["use"].as_str(), listed["context"]["here"]["url"].as_str()), (Some("gone"), Some(&*world.url)));
    ask(&home, &["context", "remove", "gone"]).ends(0);
    ask(&home, &["context", "use", "gone"]).ends(2).says(&["There is no context gone", "Use here"]);

    let file = home.join("lull/contexts.toml");
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&file).expect("it can be read").contains(&world.token), "a secret stands in it");
}

#[test]
fn what_is_typed_goes_before_the_environment_and_that_before_the_context() {
    let world = World::new();
    let home = world.file("home");
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    for (name, port) in [("one", 1), ("two", 2)] {
        ask(&home, &["context", "add", name, "--url", &url(port), "--token-env", "MY_TOKEN"]).ends(0);
    }
    let asked = |words: &[&str], set: &[(&str, &str)]| {
        let mut list = as_user(&home, &["list"]);
        list.args(words).env("MY_TOKEN", &world.token).envs(set.iter().copied());
        run(list)
    };
    asked(&[], &[]).ends(7).says(&[":1 "]);
    asked(&[], &[("LULL_CONTEXT", "two")]).ends(7).says(&[":2 "]);
    asked(&[], &[("LULL_CONTEXT", "two"), ("LULL_URL", &url(3))]).ends(7).says(&[":3 "]);
    asked(&["--context", "two"], &[("LULL_URL", &url(3))]).ends(7).says(&[":2 "]);
    asked(&["--context", "two", "--url", &url(4)], &[("LULL_URL", &url(3))]).ends(7).says(&[":4 "]);
    asked(&["--context", "nine"], &[]).ends(2).says(&["There is no context nine"]);
    // The token of a context is shown to no other server.
    asked(&["--url", &world.url], &[]).ends(5);
    asked(&["--url", &world.url, "--token", &world.token], &[]).ends(0);
    asked(&[], &[("LULL_URL", &world.url), ("LULL_TOKEN", &world.token)]).ends(0);
    let mut list = as_user(&home, &["list"]);
    list.env_remove("MY_TOKEN");
    run(list).ends(2).says(&["MY_TOKEN", "not set"]);
}

#[test]
fn what_makes_no_sense_of_a_context_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    ask(home, &["context", "add", "a"]).ends(2).says(&["--url URL"]);
    ask(home, &["context", "add", "a", "--url", "ftp://a"]).ends(2).says(&["http://"]);
    ask(home, &["context", "add", "a b", "--url", "http://a"]).ends(2).says(&["a name is 1 to 64"]);
    let both = ["context", "add", "a", "--url", "http://a", "--token-file", "f", "--token-env", "T"];
    ask(home, &both).ends(2).says(&["one of the two"]);
    ask(home, &["context", "remove", "a"]).ends(2).says(&["lull context add"]);
    run(command(&["context", "add", "a", "--url", "http://a"])).ends(2).says(&["no home folder"]);
    fs::create_dir_all(home.join("lull")).expect("a folder");
    fs::write(home.join("lull/contexts.toml"), "colour = 3\n").expect("it is written");
    ask(home, &["list"]).ends(2).says(&["contexts.toml", "colour", "Correct the file"]);
}
