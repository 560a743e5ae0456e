//! The log: what is in it for whom, and as a stream without gap or repetition.
use std::collections::VecDeque;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode, header};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::world::{PATIENCE, SHOP, World, hours};

const EVENTS: &str = "/api/v1/events";

/// Somebody who follows the log.
struct Stream {
    body: BodyDataStream,
    text: String,
    events: VecDeque<(u64, Value)>,
}

impl Stream {
    async fn open(world: &World, token: &str, query: &str, last: Option<u64>) -> Stream {
        let mut request = Request::get(format!("{EVENTS}{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::ACCEPT, "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response =
            world.router().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Stream { body: response.into_body().into_data_stream(), text: String::new(), events: VecDeque::new() }
    }

    /// The next event and its id.
    async fn next(&mut self) -> Option<(u64, Value)> {
        while self.events.is_empty() {
            let bytes = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("something comes")?;
            self.take(&bytes.expect("it is whole"));
        }
        self.events.pop_front()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.text.push_str(std::str::from_utf8(bytes).expect("it is text"));
        while let Some((event, rest)) = self.text.split_once("\n\n") {
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
                let data: Value = serde_json::from_str(data).expect("it is JSON");
                assert_eq!(field("event:"), data["kind"].as_str());
                let id = id.parse().expect("a number");
                assert_eq!(data["seq"], id);
                self.events.push_back((id, data));
            }
            self.text = rest.to_owned();
        }
    }

    /// So many ids.
    async fn ids(&mut self, count: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            ids.push(self.next().await.expect("more comes").0);
        }
        ids
    }
}

async fn listed(world: &World, token: &str, query: &str) -> Vec<u64> {
    let said = world.with(token).get(&format!("{EVENTS}?limit=500{query}")).await.is(200);
    said.body["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| event["seq"].as_u64().expect("a number"))
        .collect()
}

async fn head(world: &World) -> u64 {
    listed(world, &world.admin, "").await.last().copied().expect("there are entries")
}

#[tokio::test]
async fn the_log_has_every_change_with_who_and_what() {
    let world = World::new().await;
    let ada = world.one("person", "ada", (SHOP, "operator")).await;
    let id = ada.maintenance(SHOP, json!({"title": "Disks", "duration": "PT1H"})).await;
    ada.post(&format!("/api/v1/maintenances/{id}/extend"), json!({"ends_at": hours(5)})).await.is(200);
    let said = world.admin().get(&format!("{EVENTS}?maintenance={id}")).await.is(200);
    let lines: Vec<_> = said.body["items"].as_array().expect("a list").iter().map(|e| e["text"].as_str()).collect();
    assert_eq!(lines[..3], [Some("ada started Disks"), Some("started: Disks, for subscribers"), lines[2]]);
    assert!(lines[2].is_some_and(|line| line.starts_with("ada moved the end of Disks to ")), "{lines:?}");
    let orders = world.admin().get(&format!("/api/v1/orders?maintenance={id}")).await.is(200);
    let commands: Vec<_> = orders.body["items"].as_array().expect("a list").iter().map(|o| &o["command"]).collect();
    assert_eq!(commands, ["create and start", "extend"]);
    assert_eq!(orders.body["items"][1]["by"], "ada");
}

#[tokio::test]
async fn notices_are_seen_by_their_kind_of_entry() {
    let world = World::new().await;
    let id = world.admin().maintenance(SHOP, json!({"starts_at": hours(2), "duration": "PT1H"})).await;
    world.admin().post(&format!("/api/v1/maintenances/{id}/cancel"), json!({})).await.is(200);
    let said = world.admin().get(&format!("{EVENTS}?kind=notice")).await.is(200);
    let notices = said.body["items"].as_array().expect("a list");
    assert_eq!(notices.iter().map(|n| &n["body"]["kind"]).collect::<Vec<_>>(), ["scheduled", "cancelled"]);
    for notice in notices {
        let mut fields: Vec<&String> = notice["body"].as_object().expect("an object").keys().collect();
        fields.sort();
        assert_eq!(fields, ["at", "audience", "id", "kind", "maintenance"]);
        assert_eq!(notice["body"]["maintenance"], id);
    }
}

#[tokio::test]
async fn everybody_sees_his_part_of_the_log() {
    let world = World::new().await;
    let eve = world.one("person", "eve", ("acme/test", "operator")).await;
    world.admin().maintenance(SHOP, json!({"title": "Secret disks"})).await;
    let lab = eve.maintenance("acme/test/lab", json!({"title": "Lab"})).await;
    let said = eve.get(EVENTS).await.is(200);
    assert!(!said.body.to_string().contains("Secret") && !said.body.to_string().contains("token"), "{said:#?}");
    said.says(&[&lab, "eve started Lab", "admin added acme/test/lab"]);
    let mut stream = Stream::open(&world, eve.token(), "?after=0", None).await;
    let ids = listed(&world, eve.token(), "").await;
    assert_eq!(stream.ids(ids.len()).await, ids);
}

#[tokio::test]
async fn the_log_comes_in_pages_without_gap_or_repetition() {
    let world = World::new().await;
    let (mut found, mut route) = (Vec::new(), format!("{EVENTS}?limit=3"));
    loop {
        let page = world.admin().get(&route).await.is(200).body;
        found.extend(
            page["items"].as_array().expect("a list").iter().map(|event| event["seq"].as_u64().expect("a number")),
        );
        let Some(next) = page.get("next").and_then(Value::as_str) else { break };
        route = format!("{EVENTS}?limit=3&cursor={next}");
    }
    assert_eq!(found, listed(&world, &world.admin, "").await);
    assert_eq!(found, (1..=found.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_begins_now_unless_it_is_told_where() {
    let world = World::new().await;
    let before = head(&world).await;
    let mut now = Stream::open(&world, &world.admin, "", None).await;
    let mut all = Stream::open(&world, &world.admin, "?after=0", None).await;
    world.admin().maintenance(SHOP, json!({})).await;
    assert_eq!(now.next().await.expect("it comes").0, before + 1);
    assert_eq!(all.ids(3).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_stream_that_is_taken_up_again_has_no_gap_and_repeats_nothing() {
    let world = World::new().await;
    let admin = world.admin();
    let start = head(&world).await;
    let id = admin.maintenance(SHOP, json!({})).await;
    let updates = format!("/api/v1/maintenances/{id}/updates");
    let mut found = Vec::new();
    let mut last = start;
    // Torn off again and again, in the middle of what is under way.
    for round in 0..6 {
        let mut stream = Stream::open(&world, &world.admin, "?after=0", Some(last)).await;
        let telling = async {
            for n in 0..3 {
                admin.post(&updates, json!({"text": format!("{round} {n}")})).await.is(200);
            }
        };
        let ((), ids) = tokio::join!(telling, stream.ids(round + 1));
        last = *ids.last().expect("there are some");
        found.extend(ids);
    }
    let mut stream = Stream::open(&world, &world.admin, "", Some(last)).await;
    let rest = head(&world).await - last;
    found.extend(stream.ids(usize::try_from(rest).expect("it is small")).await);
    assert_eq!(found, (start + 1..=head(&world).await).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_of_one_kind_goes_on_past_entries_of_others() {
    let world = World::new().await;
    let mut stream = Stream::open(&world, &world.admin, "?kind=notice", None).await;
    for _ in 0..2 {
        world.admin().maintenance(SHOP, json!({"draft": true})).await;
        world.admin().maintenance(SHOP, json!({})).await;
    }
    let found = stream.ids(2).await;
    assert_eq!(found, listed(&world, &world.admin, "&kind=notice").await);
    assert!(stream.body.next().now_or_never().is_none(), "there is no more");
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it() {
    let world = World::new().await;
    let body = json!({"name": "bob", "kind": "person", "grants": [{"under": "/", "role": "administrator"}]});
    let made = world.admin().post("/api/v1/tokens", body).await.is(201);
    let (id, secret) = (made.body["id"].as_str().expect("an id"), made.body["token"].as_str().expect("a secret"));
    let mut stream = Stream::open(&world, secret, "", None).await;
    world.admin().maintenance(SHOP, json!({})).await;
    assert!(stream.next().await.is_some());
    world.admin().delete(&format!("/api/v1/tokens/{id}")).await.is(200);
    while let Some((_, event)) = stream.next().await {
        assert_ne!(event["kind"], "token", "it was told of its own end");
    }
}

#[tokio::test]
async fn an_odd_last_event_id_is_refused() {
    let world = World::new().await;
    let headers = [("accept", "text/event-stream"), ("last-event-id", "mnt_1")];
    let said = world.admin().raw(axum::http::Method::GET, EVENTS, &headers, "").await;
    said.refused(400, "bad-input", Some("Last-Event-ID"));
}

#[tokio::test]
async fn a_stream_ends_when_its_token_expires_and_says_how_soon_to_come_back() {
    let world = World::new().await;
    let soon = crate::view::instant(crate::clock::now() + lull_domain::Span::millis(500));
    let grants = json!([{"under": "/", "role": "viewer"}]);
    let body = json!({"name": "bob", "kind": "person", "grants": grants, "expires_at": soon});
    let made = world.admin().post("/api/v1/tokens", body).await.is(201);
    let mut stream = Stream::open(&world, made.body["token"].as_str().expect("a secret"), "", None).await;
    let first = stream.body.next().await.expect("it begins").expect("it is whole");
    assert_eq!(&first[..], b"retry: 1000\n\n");
    assert!(stream.next().await.is_none(), "nothing has happened");
}

#[tokio::test]
async fn a_stream_that_is_taken_up_after_a_restart_gives_every_entry_once() {
    let world = World::new().await;
    let start = head(&world).await;
    let mut stream = Stream::open(&world, &world.admin, "", None).await;
    world.admin().maintenance(SHOP, json!({})).await;
    let first = stream.ids(1).await;
    let restarted = world.restarted().await;
    restarted.admin().maintenance("acme/prod/wiki", json!({"draft": true})).await;
    let end = head(&restarted).await;
    let mut stream = Stream::open(&restarted, &world.admin, "", Some(first[0])).await;
    let rest = stream.ids(usize::try_from(end - first[0]).expect("it is small")).await;
    assert_eq!([first, rest].concat(), (start + 1..=end).collect::<Vec<_>>());
    assert!(stream.body.next().now_or_never().is_none(), "there is no more");
}
