//! What the Docker adapter makes of an engine that breaks off, hangs or answers nonsense: faults that no real one produces.
#![cfg(feature = "docker")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use lull_adapters::{Adapter, Call, CallItem, Docker, Done, Failure, Match, Outcome};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::time::{Duration, Instant};

/// How the engine answers one kind of request.
#[derive(Clone, Copy)]
enum Answer {
    /// With this status and body.
    With(u16, &'static str),
    /// By closing the connection after it has read the request.
    Breaking,
    /// Never.
    Hanging,
}

/// An engine with one container `web` that runs, and the requests it has seen.
struct Fake {
    folder: TempDir,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// `verb` is the part of the path to which it answers so; to everything else it answers as an engine does.
    fn start(verb: &'static str, answer: Answer) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let listener = UnixListener::bind(folder.path().join("engine.sock")).expect("it can be bound");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let log = Arc::clone(&log);
                tokio::spawn(async move {
                    let mut request = vec![0; 4096];
                    let read = stream.read(&mut request).await.unwrap_or_default();
                    let request = String::from_utf8_lossy(&request[..read]).into_owned();
                    let line = request.lines().next().unwrap_or_default().to_owned();
                    log.lock().expect("nobody panics with it").push(line.clone());
                    let (status, body) = match answer {
                        Answer::With(status, body) if line.contains(verb) => (status, body.to_owned()),
                        Answer::Breaking if line.contains(verb) => return,
                        Answer::Hanging if line.contains(verb) => std::future::pending().await,
                        _ => as_an_engine(&line),
                    };
                    let head = format!("HTTP/1.0 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
                    let _gone = stream.write_all((head + &body).as_bytes()).await;
                });
            }
        });
        Self { folder, seen }
    }

    fn adapter(&self) -> Docker {
        let socket: PathBuf = self.folder.path().join("engine.sock");
        Docker::new(&format!("unix://{}", socket.display())).expect("its address is one")
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics with it").clone()
    }
}

fn as_an_engine(line: &str) -> (u16, String) {
    let body = if line.contains("/version") {
        json!({ "Version": "20.10.24", "ApiVersion": "1.41" })
    } else if line.contains("/containers/json") {
        json!([{ "Id": "abc", "Names": ["/web"], "State": "running" }])
    } else if line.ends_with("/json HTTP/1.0") {
        json!({
            "Id": "abc", "Name": "/web", "State": { "Status": "running" }, "Config": { "Labels": {} },
            "HostConfig": { "RestartPolicy": { "Name": "always", "MaximumRetryCount": 0 } },
        })
    } else {
        json!({ "Warnings": null })
    };
    (200, body.to_string())
}

fn call() -> Call {
    let before = json!({ "restart": "always" });
    let item = CallItem { name: "web".to_owned(), id: Some("abc".to_owned()), before, set: None, setting_only: false };
    Call { matches: Match::default(), items: vec![item], grace: 1 }
}

async fn stopped(fake: &Fake) -> Done {
    fake.adapter().stop(&call()).await.expect("it answered at first").remove(0)
}

#[tokio::test]
async fn a_connection_that_breaks_after_a_stop_was_asked_for_is_no_answer() {
    let done = stopped(&Fake::start("/stop", Answer::Breaking)).await;
    assert!(matches!(&done.outcome, Outcome::Failed(Failure::NoAnswer(_))), "{done:?}");
    assert_eq!(done.set, Some(json!({ "restart": "no" })), "that much is known");
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_policy_was_set_is_no_answer_and_nothing_is_stopped() {
    let fake = Fake::start("/update", Answer::Breaking);
    let done = stopped(&fake).await;
    assert!(matches!(&done.outcome, Outcome::Failed(Failure::NoAnswer(_))), "{done:?}");
    assert_eq!(done.set, Some(json!({ "restart": "no" })), "it may have been set");
    assert!(!fake.seen().iter().any(|line| line.contains("/stop")));
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_hangs_is_given_up_fifteen_seconds_after_the_grace() {
    let fake = Fake::start("/stop", Answer::Hanging);
    let began = Instant::now();
    let done = stopped(&fake).await;
    assert!(matches!(&done.outcome, Outcome::Failed(Failure::NoAnswer(_))), "{done:?}");
    assert_eq!(began.elapsed().as_secs(), 16);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_hangs_is_given_up_after_a_minute() {
    let fake = Fake::start("/containers/abc/json", Answer::Hanging);
    let began = Instant::now();
    let done = fake.adapter().start(&call()).await.expect("it answered at first").remove(0);
    assert!(matches!(&done.outcome, Outcome::Failed(Failure::ForNow(_))), "only a question hangs: {done:?}");
    assert!(began.elapsed() <= Duration::from_secs(60));
}

#[tokio::test]
async fn what_the_engine_says_decides_whether_it_is_worth_another_try() {
    let later = stopped(&Fake::start("/stop", Answer::With(500, r#"{"message":"busy"}"#))).await;
    assert_eq!(later.outcome, Outcome::Failed(Failure::ForNow("stopping web: busy (500)".to_owned())));
    let never = stopped(&Fake::start("/stop", Answer::With(409, r#"{"message":"no way"}"#))).await;
    assert_eq!(never.outcome, Outcome::Failed(Failure::ForGood("stopping web: no way (409)".to_owned())));
    let gone = stopped(&Fake::start("/stop", Answer::With(404, r#"{"message":"No such container"}"#))).await;
    assert_eq!(gone.outcome, Outcome::Gone);
}

#[tokio::test]
async fn a_policy_that_cannot_be_set_leaves_the_container_running() {
    let fake = Fake::start("/update", Answer::With(409, r#"{"message":"AutoRemove is on"}"#));
    let done = stopped(&fake).await;
    let words = "setting the restart policy of web: AutoRemove is on (409)";
    assert_eq!(done.outcome, Outcome::Failed(Failure::ForGood(words.to_owned())));
    assert!(!fake.seen().iter().any(|line| line.contains("/stop")));
}

#[tokio::test]
async fn a_container_that_vanishes_while_it_is_listed_is_not_there() {
    let fake = Fake::start("/containers/abc/json", Answer::With(404, r#"{"message":"No such container"}"#));
    let reading = fake.adapter().list(&Match::default()).await.expect("the others are listed");
    assert!(reading.workloads.is_empty());
}

#[tokio::test]
async fn nonsense_is_a_failure_for_now() {
    let fake = Fake::start("/containers/json", Answer::With(200, "{"));
    let listed = fake.adapter().list(&Match::default()).await;
    assert!(matches!(&listed, Err(Failure::ForNow(words)) if words.starts_with("listing containers: ")), "{listed:?}");
}

#[tokio::test]
async fn requests_carry_no_version_so_that_every_engine_understands_them() {
    let fake = Fake::start("/never", Answer::Breaking);
    stopped(&fake).await;
    let seen = fake.seen();
    let asked: Vec<_> = seen.iter().map(|line| line.trim_end_matches(" HTTP/1.0")).collect();
    let inspect = "GET /containers/abc/json";
    let expected = ["GET /version", inspect, "POST /containers/abc/update", "POST /containers/abc/stop?t=1", inspect];
    assert_eq!(asked, expected);
}
