//! What a terminal, a shell and a manual are given.
use std::process::{Command, Stdio};

use crate::world::{LULL, command, run};

/// What a command that fails prints on a terminal.
fn on_terminal(words: &str, set: &[(&str, &str)]) -> String {
    let mut script = Command::new("script");
    let line = format!("{LULL} {words} list --url http://127.0.0.1:1");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).stdin(Stdio::null());
    script.env_remove("NO_COLOR").env_remove("HOME").env_remove("XDG_CONFIG_HOME").env("TERM", "xterm");
    let output = script.envs(set.iter().copied()).output().expect("util-linux has it");
    String::from_utf8(output.stdout).expect("it is text")
}

#[test]
fn there_are_colours_on_a_terminal_alone_and_not_where_nobody_wants_them() {
    assert!(on_terminal("", &[]).contains("\u{1b}[1;31m"));
    for (words, set) in [("--no-color", None), ("", Some(("NO_COLOR", "1"))), ("", Some(("TERM", "dumb")))] {
        let said = on_terminal(words, set.as_slice());
        assert!(said.contains("cannot be reached") && !said.contains('\u{1b}'), "{words} {set:?}: {said:?}");
    }
    let mut piped = command(&["list", "--url", "http://127.0.0.1:1"]);
    piped.env("TERM", "xterm");
    let said = run(piped).ends(7);
    assert!(!said.err.contains('\u{1b}'), "{said:?}");
}

#[test]
fn every_shell_is_told_what_it_completes_by() {
    for (shell, word) in [("bash", "complete -F"), ("zsh", "#compdef lull"), ("fish", "complete -c lull")] {
        let said = run(command(&["completions", shell])).ends(0).says(&[word]);
        assert!(said.out.contains("workloads") && !said.out.contains("demo-process verb"), "{shell}");
    }
    run(command(&["completions", "dos"])).ends(2).says(&["bash", "zsh", "fish"]);
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("lull.bash");
    std::fs::write(&script, run(command(&["completions", "bash"])).out).expect("it is written");
    let checked = Command::new("bash").arg("-n").arg(&script).status().expect("bash is there");
    assert!(checked.success());
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    run(command(&["man"])).ends(0).says(&[".TH lull 1", "Exit codes", "lull\\-enter(1)"]);
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("man1");
    run(command(&["man", dir.to_str().expect("text")])).ends(0);
    for (page, word) in [("lull.1", "SUBCOMMANDS"), ("lull-enter.1", ".TH lull-enter 1"), ("lull-target-add.1", "kind")]
    {
        let text = std::fs::read_to_string(dir.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(text.contains(word), "{page}: {text}");
    }
    assert!(!dir.join("lull-demo-process.1").exists() && !dir.join("lull-openapi.1").exists());
}

#[test]
fn the_help_of_the_server_says_all_that_it_takes() {
    let said = run(command(&["serve", "--help"])).ends(0);
    for word in ["--listen", "--data", "--database", "--config", "LULL_LISTEN", "LULL_DATA", "LULL_DATABASE_URL"] {
        assert!(said.out.contains(word), "{word} is missing in {}", said.out);
    }
    said.says(&["LULL_CONFIG", "LULL_LOG", "DOCKER_HOST", "/metrics", "Example: lull serve"]);
}
