//! The client against a server of a few lines that says what the test wants and keeps what it was asked.
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Client, Error};
use crate::params::{Extend, Listing};

/// Answers one connection after the other with these texts, then closes; what it was asked is the task's result.
async fn server(answers: Vec<String>) -> (Client, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let task = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.expect("somebody connects");
            let mut request = Vec::new();
            while !is_whole(&request) {
                let mut chunk = [0; 4096];
                let read = socket.read(&mut chunk).await.expect("it speaks");
                assert_ne!(read, 0, "a request has an end");
                request.extend_from_slice(&chunk[..read]);
            }
            asked.push(String::from_utf8(request).expect("it is text"));
            socket.write_all(answer.as_bytes()).await.expect("it listens");
        }
        asked
    });
    (Client::new(&url, Some("lull_secret".to_owned())).expect("it is a URL"), task)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn answer(status: &str, kind: &str, body: &str) -> String {
    let date = "date: Sat, 21 Nov 2026 12:00:00 GMT";
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{date}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn json(value: &serde_json::Value) -> String {
    answer("200 OK", "application/json", &value.to_string())
}

fn event(seq: u64) -> String {
    let event = json!({"seq": seq, "at": "2026-11-21T12:00:00Z", "kind": "order", "text": "started", "body": {}});
    format!("id: {seq}\ndata: {event}\n\n")
}

#[tokio::test]
async fn a_list_is_read_to_its_last_page() {
    let token = |id: &str| json!({"id": id, "name": "anna", "kind": "person", "grants": [], "created_at": "2026-11-21T12:00:00Z"});
    let pages =
        vec![json(&json!({"items": [token("tok_1")], "next": "a b"})), json(&json!({"items": [token("tok_2")]}))];
    let (client, server) = server(pages).await;

    let tokens = client.tokens(&Listing::default()).await.expect("both pages come");

    assert_eq!(tokens.items.iter().map(|token| token.id.as_str()).collect::<Vec<_>>(), ["tok_1", "tok_2"]);
    assert_eq!(client.date().as_deref(), Some("Sat, 21 Nov 2026 12:00:00 GMT"));
    let asked = server.await.expect("it ends");
    assert!(asked[0].starts_with("GET /api/v1/tokens HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("authorization: Bearer lull_secret\r\n"), "{}", asked[0]);
    assert!(asked[1].starts_with("GET /api/v1/tokens?cursor=a+b HTTP/1.1\r\n"), "{}", asked[1]);
}

#[tokio::test]
async fn a_problem_comes_whole_and_a_revision_is_sent() {
    let problem = json!({"type": "/problems/stale", "title": "Changed meanwhile", "status": 412,
        "detail": "Bob extended this.", "remedy": "Read it again."});
    let (client, server) =
        server(vec![answer("412 Precondition Failed", "application/problem+json", &problem.to_string())]).await;

    let to = Extend { ends_at: "2026-11-21T14:00:00Z".to_owned() };
    let error = client.extend("mnt_1/../x", &to, Some(7)).await.expect_err("it is refused");

    assert!(matches!(error, Error::Problem(problem) if problem.status == 412 && problem.remedy == "Read it again."));
    let asked = server.await.expect("it ends");
    assert!(asked[0].starts_with("POST /api/v1/maintenances/mnt_1%2F..%2Fx/extend HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("if-match: \"7\"\r\n"), "{}", asked[0]);
    assert!(asked[0].ends_with(r#"{"ends_at":"2026-11-21T14:00:00Z"}"#), "{}", asked[0]);
}

#[tokio::test]
async fn an_answer_of_somebody_else_is_named_so() {
    let (client, server) = server(vec![answer("502 Bad Gateway", "text/html", "<h1>Bad\n gateway</h1>")]).await;
    let error = client.healthz().await.expect_err("it is not ours");
    let text = error.to_string();
    assert!(text.ends_with("gave an answer (status 502) that is not Lull's: <h1>Bad gateway</h1>"), "{text}");
    server.await.expect("it ends");
}

#[tokio::test]
async fn nobody_there_is_said_with_the_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    let error = Client::new(&url, None).expect("it is a URL").healthz().await.expect_err("nobody is there");
    let text = error.to_string();
    assert!(text.starts_with(&format!("{url} cannot be reached: ")) && text.contains("refused"), "{text}");
}

#[test]
fn what_is_no_url_is_refused_before_anything_is_sent() {
    for url in ["", "127.0.0.1:7420", "ftp://host", "unix:/run/lull"] {
        assert!(matches!(Client::new(url, None), Err(Error::Unreachable { .. })), "{url:?}");
    }
}

#[tokio::test]
async fn events_go_on_after_the_last_one_when_the_connection_breaks() {
    let stream = |events: &str| answer("200 OK", "text/event-stream", events);
    let first = stream(&format!("{}{}", event(4), event(5)));
    let (client, server) = server(vec![first, stream(&event(6))]).await;
    let mut events = client.follow(Listing { after: Some(3), ..Listing::default() });

    let mut heard = Vec::new();
    while heard.len() < 3 {
        match events.next(Duration::from_millis(10)).await {
            Ok(Some(event)) => heard.push(event.seq),
            Ok(None) | Err(Error::Unreachable { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }

    assert_eq!(heard, [4, 5, 6]);
    let asked = server.await.expect("it ends");
    assert!(asked[0].contains("last-event-id: 3\r\n"), "{}", asked[0]);
    assert!(asked[1].contains("last-event-id: 5\r\n"), "{}", asked[1]);
    assert!(asked[0].contains("accept: text/event-stream\r\n"), "{}", asked[0]);
}
