//! What the command adapter promises, with programs that really run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use lull_adapters::{Adapter, Call, CallItem, Command, CommandConfig, Done, Failure, Match, Outcome, State, Workload};
use lull_peers::until;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Duration, timeout};

/// A folder of shell scripts, one a verb.
struct Scripts {
    folder: TempDir,
    config: CommandConfig,
}

impl Scripts {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let argv = |verb: &str| vec![folder.path().join(verb).display().to_string()];
        let config =
            CommandConfig { list: argv("list"), stop: argv("stop"), start: argv("start"), health: None, backup: None };
        Self { folder, config }.with("list", "echo '[]'").with("stop", "exit 0").with("start", "exit 0")
    }

    fn with(mut self, verb: &str, script: &str) -> Self {
        let path = self.path(verb);
        fs::write(&path, format!("#!/bin/sh\ncd {}\n{script}\n", self.folder.path().display()))
            .expect("it can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
        let argv = Some(vec![path.display().to_string()]);
        match verb {
            "health" => self.config.health = argv,
            "backup" => self.config.backup = argv,
            _ => {}
        }
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn adapter(&self) -> Command {
        Command::new(self.config.clone()).expect("every verb names a program")
    }

    async fn list(&self) -> Result<Vec<Workload>, Failure> {
        self.adapter().list(&Match::default()).await.map(|reading| reading.workloads)
    }

    async fn stop(&self, grace: u32) -> Outcome {
        let done = self.adapter().stop(&call(&["web"], grace)).await.expect("it answers for each thing");
        done.into_iter().next().expect("there is one thing").outcome
    }
}

fn call(names: &[&str], grace: u32) -> Call {
    let item = |name: &&str| CallItem {
        name: (*name).to_owned(),
        id: Some(format!("id of {name}")),
        before: Value::Null,
        set: None,
        setting_only: false,
    };
    let matches = Match { project: Some("shop".to_owned()), ..Match::default() };
    Call { matches, items: names.iter().map(item).collect(), grace }
}

fn failure(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat"));
    // A zombie has ended; whose child it is is not our affair.
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn a_listing_needs_no_more_than_names_and_states() {
    let scripts = Scripts::new().with(
        "list",
        r#"cat > asked; echo '[{"name":"web","state":"running","started_at":"2026-11-21T02:00:00+01:00"},
            {"name":"db","state":"stopped","finished_at":1795219169000000,"labels":{"tier":"back"}}]'"#,
    );
    let matches = Match { labels: [("tier".to_owned(), "back".to_owned())].into(), ..Match::default() };

    let all = scripts.list().await.expect("it lists");
    assert_eq!((all[0].state, all[0].started_at), (State::Running, Some(1_795_222_800_000_000)));
    assert_eq!((all[1].state, all[1].finished_at), (State::Stopped, Some(1_795_219_169_000_000)));
    let some = scripts.adapter().list(&matches).await.expect("it lists").workloads;
    assert_eq!(some.iter().map(|workload| workload.name.as_str()).collect::<Vec<_>>(), ["db"]);
    assert_eq!(scripts.read("asked"), r#"{"labels":{"tier":"back"}}"#);
}

#[tokio::test]
async fn a_listing_may_tell_when_its_system_started() {
    let list = r#"echo '{"booted_at":"1970-01-01T00:00:01Z","workloads":[{"name":"web","state":"created"}]}'"#;
    let reading = Scripts::new().with("list", list).adapter().list(&Match::default()).await.expect("it lists");
    assert_eq!((reading.booted_at, reading.workloads.len()), (Some(1_000_000), 1));
}

#[tokio::test]
async fn a_listing_that_cannot_be_read_says_where_it_is_wrong() {
    let wrong = [
        ("echo 'web is up'", "expected value at line 1 column 1"),
        (r#"echo '[{"name":"web"}]'"#, "missing field `state`"),
        (r#"echo '[{"name":"web","state":"up"}]'"#, "unknown variant `up`"),
        (r#"echo '[{"name":"web","state":"running","lables":{}}]'"#, "unknown field `lables`"),
        (r#"echo '[{"name":"web","state":"running","started_at":"today"}]'"#, "a time is RFC 3339"),
        (r#"echo '[{"name":"--all","state":"running"}]'"#, "is no name"),
        (r#"echo '[{"name":"a","state":"running"},{"name":"a","state":"stopped"}]'"#, r#"the name "a" twice"#),
    ];
    for (list, why) in wrong {
        let failure = Scripts::new().with("list", list).list().await.expect_err(list);
        assert!(matches!(&failure, Failure::ForNow(words) if words.contains(why)), "{failure:?} lacks {why:?}");
    }
}

#[tokio::test]
async fn each_thing_is_stopped_by_a_program_of_its_own_that_knows_what_it_is_about() {
    let stop = r#"{ echo "$@"; echo $LULL_NAME; echo $LULL_ID; echo $LULL_GRACE; cat; } > "stopped-$1""#;
    let scripts = Scripts::new().with("stop", stop);

    let done = scripts.adapter().stop(&call(&["web", "db"], 7)).await.expect("it answers for each thing");
    let stopped = |name: &str| Done {
        name: name.to_owned(),
        outcome: Outcome::Stopped { started_at: None, finished_at: None, forced: false },
        set: None,
        found: None,
    };
    assert_eq!(done, [stopped("web"), stopped("db")]);
    assert_eq!(scripts.read("stopped-web"), "web\nweb\nid of web\n7\n{\"project\":\"shop\"}");
    assert_eq!(scripts.read("stopped-db"), "db\ndb\nid of db\n7\n{\"project\":\"shop\"}");
}

#[tokio::test]
async fn things_are_stopped_side_by_side() {
    // Each waits until the other has begun.
    let stop = "touch began-$1; while ! [ -e began-web ] || ! [ -e began-db ]; do sleep 0.02; done";
    let scripts = Scripts::new().with("stop", stop);
    let done = scripts.adapter().stop(&call(&["web", "db"], 20)).await.expect("it answers for each thing");
    assert!(done.iter().all(|done| matches!(done.outcome, Outcome::Stopped { .. })), "{done:?}");
}

#[tokio::test]
async fn a_failure_names_the_program_its_end_and_its_last_words() {
    let scripts = Scripts::new().with("stop", "echo first >&2; echo 'disk is full' >&2; echo >&2; exit 3");
    let argv = format!("[{:?}, \"web\"]", scripts.path("stop"));
    let expected = format!("stop: {argv} ended with exit status: 3: disk is full");
    assert_eq!(failure(scripts.stop(1).await), Failure::ForNow(expected));

    let silent = Scripts::new().with("stop", "exit 75");
    let words = failure(silent.stop(1).await).to_string();
    assert!(words.ends_with("ended with exit status: 75 and said nothing"), "{words}");
}

#[tokio::test]
async fn long_last_words_are_trimmed() {
    let scripts = Scripts::new().with("stop", "head -c 200000 /dev/zero | tr '\\0' x >&2; exit 1");
    let words = failure(scripts.stop(1).await).to_string();
    assert!(words.ends_with(&format!(": {}", "x".repeat(500))), "{}", words.len());
}

#[tokio::test]
async fn only_a_wrong_configuration_fails_for_good() {
    let configured = Scripts::new().with("stop", "exit 78");
    assert!(matches!(failure(configured.stop(1).await), Failure::ForGood(_)));

    let mut missing = Scripts::new();
    missing.config.stop = vec!["/no/such/program".to_owned()];
    let words = failure(missing.stop(1).await);
    assert!(matches!(&words, Failure::ForGood(words) if words.contains("/no/such/program")), "{words:?}");

    let killed = Scripts::new().with("stop", "kill -KILL $$");
    let words = failure(killed.stop(1).await);
    assert!(matches!(&words, Failure::ForNow(words) if words.contains("signal: 9")), "{words:?}");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_in_time_is_killed_with_all_it_started() {
    let scripts = Scripts::new().with("stop", "sleep 1000 & echo $! > child; echo $$ > own; wait");
    let (child, own) = (scripts.path("child"), scripts.path("own"));
    let adapter = scripts.adapter();
    let call = call(&["web"], 1);
    // The clock stands until the script runs, and then goes as soon as all wait.
    let began =
        tokio::task::spawn_blocking(move || until("it runs", || (fs::read(&own).ok()?.len() > 1).then_some(())));
    let (done, began) = tokio::join!(adapter.stop(&call), began);
    began.expect("no panic").expect("the script runs");

    let outcome = done.expect("it answers for each thing").remove(0).outcome;
    let words = failure(outcome);
    assert!(matches!(&words, Failure::NoAnswer(words) if words.contains("killed")), "{words:?}");
    for pid in [fs::read_to_string(child), Ok(scripts.read("own"))] {
        let pid = pid.expect("it was written");
        until("it is dead", || (!is_alive(&pid)).then_some(())).expect("nothing is left");
    }
}

#[tokio::test]
async fn an_abandoned_call_leaves_no_process() {
    let scripts = Scripts::new().with("stop", "sleep 1000 & echo $! > child; echo $$ > own; wait");
    let stopping = {
        let adapter = scripts.adapter();
        tokio::spawn(async move { adapter.stop(&call(&["web"], 600)).await })
    };
    let own = scripts.path("own");
    let running =
        tokio::task::spawn_blocking(move || until("it runs", || (fs::read(&own).ok()?.len() > 1).then_some(())));
    running.await.expect("no panic").expect("the script runs");

    stopping.abort();
    assert!(stopping.await.expect_err("it was abandoned").is_cancelled());
    for name in ["child", "own"] {
        until("it is dead", || (!is_alive(&scripts.read(name))).then_some(())).expect("nothing is left");
    }
}

#[tokio::test]
async fn what_a_start_leaves_running_is_left_running_and_not_waited_for() {
    let scripts = Scripts::new().with("start", "sleep 1000 & echo $! > child");
    let done = timeout(Duration::from_secs(20), async {
        scripts.adapter().start(&call(&["web"], 1)).await.expect("it answers")
    });
    let done = done.await.expect("it does not wait for what runs on");
    assert_eq!(done[0].outcome, Outcome::Started { started_at: None });
    let child = scripts.read("child");
    assert!(is_alive(&child));
    let killed = std::process::Command::new("sh").args(["-c", &format!("kill {child}")]).status().expect("sh runs");
    assert!(killed.success());
}

#[tokio::test]
async fn a_program_that_prints_without_end_is_not_believed() {
    let scripts = Scripts::new().with("list", "head -c 2000000 /dev/zero | tr '\\0' ' '; echo '[]'");
    let failure = scripts.list().await.expect_err("it printed too much");
    assert!(matches!(&failure, Failure::ForNow(words) if words.contains("1 MiB")), "{failure:?}");
}

#[tokio::test]
async fn a_program_need_not_read_what_it_is_given() {
    assert_eq!(Scripts::new().stop(1).await, Outcome::Stopped { started_at: None, finished_at: None, forced: false });
}

#[tokio::test]
async fn health_is_asked_of_what_runs() {
    let list = r#"echo '[{"name":"ill","state":"running"},{"name":"off","state":"stopped"},{"name":"well","state":"running"}]'"#;
    let scripts = Scripts::new().with("list", list).with("health", r#"echo "$1" >> asked; [ "$1" = well ]"#);
    let healthy: Vec<_> =
        scripts.list().await.expect("it lists").into_iter().map(|workload| workload.healthy).collect();
    assert_eq!(healthy, [Some(false), None, Some(true)]);
    assert!(!scripts.read("asked").contains("off"));
}

#[tokio::test]
async fn a_health_program_that_is_not_there_says_so_instead_of_calling_all_ill() {
    let mut scripts = Scripts::new().with("list", r#"echo '[{"name":"web","state":"running"}]'"#);
    scripts.config.health = Some(vec!["/no/such/program".to_owned()]);
    assert!(matches!(scripts.list().await, Err(Failure::ForGood(words)) if words.starts_with("health: ")));
}

#[tokio::test]
async fn a_backup_is_named_by_the_last_line_that_is_printed() {
    let none = Scripts::new().adapter().backup(&call(&["web"], 1)).await;
    assert!(matches!(none, Err(Failure::ForGood(_))), "{none:?}");
    let scripts = Scripts::new().with("backup", "echo working; echo s3://backups/$1");
    let done = scripts.adapter().backup(&call(&["web"], 1)).await.expect("it answers for each thing");
    assert_eq!(done[0].outcome, Outcome::BackedUp("s3://backups/web".to_owned()));
}

#[tokio::test]
async fn there_are_no_settings_to_put_back() {
    let scripts = Scripts::new().with("start", "touch ran");
    let mut call = call(&["web"], 1);
    call.items[0].setting_only = true;
    let done = scripts.adapter().start(&call).await.expect("it answers for each thing");
    assert_eq!(done[0].outcome, Outcome::SettingBack);
    assert!(!scripts.path("ran").exists());
}

#[test]
fn a_verb_without_a_program_is_refused() {
    let mut config = Scripts::new().config;
    config.stop.clear();
    let refused = Command::new(config).expect_err("stop names no program");
    assert_eq!(refused, Failure::ForGood("stop: the command names no program".to_owned()));
}

#[test]
fn a_verb_that_is_misspelt_is_refused() {
    let config = r#"{"list":["l"],"stop":["s"],"start":["s"],"helth":["h"]}"#;
    let refused = serde_json::from_str::<CommandConfig>(config).expect_err("there is no such verb");
    assert!(refused.to_string().contains("unknown field `helth`"), "{refused}");
}
