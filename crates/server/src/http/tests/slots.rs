//! The next free slots over HTTP, and the traffic that they are chosen by.
use std::net::Ipv4Addr;

use axum::http::Request;
use lull_domain::estate::ROOT;
use lull_domain::id::TargetId;
use lull_domain::{Instant, Span};
use lull_store::StoreError;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::world::{Caller, SHOP, World};
use crate::clock;
use crate::traffic::{Prometheus, note};
use crate::view;

const SLOTS: &str = "/api/v1/slots";
const TRAFFIC: &str = "/api/v1/traffic";
const DAY: Span = Span::hours(24);

/// So many days after the last midnight, by UTC, and so many hours.
fn at(days: i64, hours: i64) -> Instant {
    let now = clock::now();
    now - Span(now.0.rem_euclid(DAY.0)) + Span::hours(24 * days + hours)
}

fn text(days: i64, hours: i64) -> String {
    view::instant(at(days, hours))
}

/// What is asked, for the shop, with more.
fn asked(more: Value) -> Value {
    let mut body = json!({"scope": {"include": [{"under": SHOP}]}, "duration": "PT4H"});
    body.as_object_mut().expect("it is one").extend(more.as_object().cloned().unwrap_or_default());
    body
}

impl Caller<'_> {
    async fn slots(&self, more: Value) -> Value {
        self.post(SLOTS, asked(more)).await.is(200).body
    }

    /// A blackout from one instant on, and a maintenance at another.
    async fn plans(&self) {
        let blackout = json!({"name": "Freeze", "under": "acme/prod", "rdates": [], "rules": ["RRULE:FREQ=DAILY;COUNT=1"],
            "zone": "UTC", "start": &text(2, 0)[..19], "duration": "PT12H"});
        self.post("/api/v1/calendars", blackout).await.is(201);
        self.planned(SHOP, "Move the database", (2, 12)).await;
    }

    async fn planned(&self, under: &str, title: &str, (day, hour): (i64, i64)) {
        let body = json!({"title": title, "preset": "announce", "scope": {"include": [{"under": under}]},
            "starts_at": text(day, hour), "duration": "PT2H"});
        self.post("/api/v1/maintenances", body).await.is(201);
    }
}

#[tokio::test]
async fn a_slot_lies_between_blackouts_and_what_else_is_planned() {
    let world = World::new().await;
    let admin = world.admin();
    admin.plans().await;
    let found = admin.slots(json!({"earliest": text(2, 0), "latest": text(2, 20), "count": 5})).await;
    assert_eq!(
        found["slots"],
        json!([{"starts_at": text(2, 14), "ends_at": text(2, 18),
            "reasons": ["no blackout and nothing else planned", "as early as it can be"]}])
    );
    assert_eq!(found["in_the_way"], json!([]));
    assert!(found["warnings"][0].as_str().unwrap().starts_with("No traffic is known yet"), "{found:#}");
    let nights = json!([{"from": "22:00", "to": "06:00"}]);
    let found = admin.slots(json!({"earliest": text(2, 0), "latest": text(4, 0), "hours": nights})).await;
    assert_eq!(found["slots"][0]["starts_at"], text(2, 22));
    assert_eq!(admin.slots(json!({})).await["slots"].as_array().map(Vec::len), Some(3), "from now on");
}

#[tokio::test]
async fn a_slot_minds_what_is_stopped_on_a_target_that_this_needs() {
    let world = World::new().await;
    let admin = world.admin();
    let body = json!({"title": "Vacuum", "preset": "stop-everything", "scope": {"include": [{"under": "acme/prod/shop/db"}]},
        "starts_at": text(2, 4), "duration": "PT2H"});
    admin.post("/api/v1/maintenances", body).await.is(201);
    let api = json!({"scope": {"include": [{"under": "acme/prod/shop/api"}]}, "duration": "PT5H",
        "earliest": text(2, 0), "latest": text(2, 11)});
    let found = admin.post(SLOTS, api.clone()).await.is(200).body;
    assert_eq!(found["slots"][0]["starts_at"], text(2, 6), "{found:#}");
    let mut less = api;
    less["latest"] = json!(text(2, 10));
    let found = admin.post(SLOTS, less).await.is(200).body;
    let why = found["in_the_way"][0]["why"].as_str().expect("a reason").to_owned();
    assert!(why.contains("Vacuum") && why.contains("acme/prod/shop/db, which this needs"), "{found:#}");
}

#[tokio::test]
async fn where_there_is_none_it_is_said_what_is_in_the_way_by_the_name_that_the_caller_may_see() {
    let world = World::new().await;
    let admin = world.admin();
    admin.plans().await;
    admin.planned("acme/test/lab", "Secret lab", (2, 13)).await;
    let within = |under: &str| {
        let include = [{ json!({"under": under}) }];
        json!({"scope": {"include": include}, "earliest": text(2, 8), "latest": text(2, 17)})
    };
    let found = admin.slots(within("acme")).await;
    assert_eq!(
        (&found["slots"], &found["in_the_way"]),
        (
            &json!([]),
            &json!([
                {"from": text(2, 0), "to": text(2, 12), "why": "the blackout Freeze"},
                {"from": text(2, 12), "to": text(2, 14), "why": "the maintenance Move the database"},
                {"from": text(2, 13), "to": text(2, 15), "why": "the maintenance Secret lab"},
            ])
        )
    );
    let ada = world.one("person", "ada", (SHOP, "viewer")).await;
    let found = ada.slots(within("acme")).await;
    assert_eq!(found["in_the_way"][2]["why"], "another maintenance");
    let hours = json!([{"days": ["MO", "TU"], "from": "01:00", "to": "03:00"}]);
    let found = ada.slots(json!({"hours": hours, "latest": text(14, 0)})).await;
    assert_eq!(found["in_the_way"][0]["why"], "the allowed hours last PT2H at a time, and PT4H are wanted");
}

#[tokio::test]
async fn what_a_series_comes_to_is_in_the_way_long_before_it_is_made() {
    let world = World::new().await;
    let series = json!({"title": "Nightly", "preset": "announce", "scope": {"include": [{"under": "acme/prod/shop/db"}]},
        "rules": ["RRULE:FREQ=DAILY"], "zone": "UTC", "start": "2021-01-01T04:00", "duration": "PT20H"});
    world.admin().post("/api/v1/series", series).await.is(201);
    let found = world.admin().slots(json!({"earliest": text(90, 5), "latest": text(92, 0)})).await;
    assert_eq!(found["slots"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["slots"][0]["starts_at"], text(91, 0));
    let elsewhere =
        json!({"scope": {"include": [{"under": "acme/prod/wiki"}]}, "earliest": text(90, 5), "latest": text(91, 0)});
    assert_eq!(world.admin().slots(elsewhere).await["slots"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn what_a_limit_does_not_let_is_in_the_way() {
    let world = World::new().await;
    let limit = json!({"under": "acme", "kind": "product", "max": 1});
    world.admin().post("/api/v1/limits", limit).await.is(201);
    let wiki = json!({"title": "Wiki", "preset": "stop-everything", "scope": {"include": [{"under": "acme/prod/wiki"}]},
        "starts_at": text(2, 4), "duration": "PT2H"});
    world.admin().post("/api/v1/maintenances", wiki).await.is(201);
    let found = world.admin().slots(json!({"earliest": text(2, 3), "latest": text(2, 12), "count": 1})).await;
    assert_eq!(found["slots"][0]["starts_at"], text(2, 6));
    let found = world.admin().slots(json!({"earliest": text(2, 3), "latest": text(2, 8)})).await;
    let why = "a limit: 2 would be in maintenance, and 1 may be";
    assert_eq!(found["in_the_way"], json!([{"from": text(2, 4), "to": text(2, 6), "why": why}]));
}

#[tokio::test]
async fn what_runs_is_in_the_way_of_a_limit_until_its_end() {
    let world = World::new().await;
    world.admin().post("/api/v1/limits", json!({"under": "acme", "kind": "product", "max": 1})).await.is(201);
    let wiki = json!({"title": "Wiki", "preset": "stop-everything", "scope": {"include": [{"under": "acme/prod/wiki"}]},
        "ends_at": view::instant(clock::now() + Span::hours(2))});
    world.admin().post("/api/v1/maintenances", wiki).await.is(201);
    let found = world.admin().slots(json!({"latest": text(2, 0)})).await;
    assert_eq!(found["slots"].as_array().map(Vec::len), Some(3), "{found:#}");
}

impl Caller<'_> {
    /// A series of ten minutes in each hour, on a target of its own.
    async fn hourly(&self, path: &str, minute: u8) {
        self.post("/api/v1/targets", json!({"path": path, "kind": "service"})).await.is(201);
        let series = json!({"title": "Hourly", "preset": "announce", "scope": {"include": [{"under": path}]},
            "rules": ["RRULE:FREQ=HOURLY"], "zone": "UTC", "start": format!("2021-01-01T00:{minute:02}"), "duration": "PT10M"});
        self.post("/api/v1/series", series).await.is(201);
    }
}

#[tokio::test]
async fn all_that_is_planned_is_looked_at_or_it_is_said_until_when() {
    let world = World::new().await;
    let admin = world.admin();
    for (path, minute) in [("acme/prod/a", 0), ("acme/prod/b", 0), ("acme/prod/c", 30)] {
        admin.hourly(path, minute).await;
    }
    let within = |lasts: &str| {
        json!({"scope": {"include": [{"under": "acme/prod"}]}, "duration": lasts,
            "earliest": text(1, 0), "latest": text(399, 0), "count": 20})
    };
    let found = admin.slots(within("PT30M")).await;
    assert_eq!(found["slots"], json!([]), "none is free for half an hour from a quarter on");
    let is_told = |found: &Value| found["warnings"].to_string().contains("looked through until");
    assert!(!is_told(&found), "{:#}", found["warnings"]);
    let found = admin.slots(within("PT15M")).await;
    for slot in found["slots"].as_array().expect("a list") {
        let start = slot["starts_at"].as_str().expect("a time");
        assert!(start.contains(":15:00") || start.contains(":45:00"), "{slot:#}");
    }
    for (path, minute) in [("acme/prod/d", 0), ("acme/prod/e", 30)] {
        admin.hourly(path, minute).await;
    }
    let found = admin.slots(within("PT15M")).await;
    assert_eq!(found["slots"].as_array().map(Vec::len), Some(20));
    assert!(is_told(&found), "{:#}", found["warnings"]);
}

#[tokio::test]
async fn bad_input_is_refused_by_the_name_of_its_field() {
    let world = World::new().await;
    for (more, field) in [
        (json!({"duration": "2h"}), "duration"),
        (json!({"duration": "P32D"}), "duration"),
        (json!({"duration": "PT0S"}), "duration"),
        (json!({"earliest": "tomorrow"}), "earliest"),
        (json!({"earliest": text(500, 0)}), "earliest"),
        (json!({"latest": text(401, 0)}), "latest"),
        (json!({"latest": text(-1, 0)}), "latest"),
        (json!({"earliest": text(3, 0), "latest": text(2, 0)}), "latest"),
        (json!({"earliest": text(3, 0), "latest": text(3, 3)}), "latest"),
        (json!({"zone": "Mars/Olympus"}), "zone"),
        (json!({"count": 0}), "count"),
        (json!({"count": 21}), "count"),
        (json!({"hours": [{"from": "22:00", "to": "6"}]}), "hours[0].to"),
        (
            json!({"hours": [{"from": "22:00", "to": "06:00"}, {"days": ["SO"], "from": "22:00", "to": "06:00"}]}),
            "hours[1].days",
        ),
        (json!({"hours": vec![json!({"from": "22:00", "to": "06:00"}); 60]}), "hours"),
        (json!({"scope": {"include": []}}), "scope.include"),
        (json!({"scope": {"include": [{"under": "acme/nowhere"}]}}), "scope.include[0].under"),
    ] {
        world.admin().post(SLOTS, asked(more)).await.refused(400, "bad-input", Some(field));
    }
    let ada = world.one("person", "ada", ("acme/test", "viewer")).await;
    ada.post(SLOTS, asked(json!({}))).await.refused(400, "bad-input", Some("scope.include[0].under"));
    ada.get(&format!("{TRAFFIC}?under={SHOP}")).await.refused(400, "bad-input", Some("under"));
    world.admin().get(&format!("{TRAFFIC}?zone=Mars")).await.refused(400, "bad-input", Some("zone"));
}

/// Two weeks of traffic at the shop: a hundred in each hour, but at three in the morning four.
async fn two_weeks(world: &World) {
    let shop: TargetId = world.id(SHOP).await.parse().unwrap();
    // From now on it has a place of its own.
    note(&world.app.core, clock::now()).await.unwrap();
    let (first, count) = (at(-14, 0), |hour: i64| if hour % 24 == 3 { 4 } else { 100 });
    let hours = (0..14 * 24).map(move |hour| (first + Span::hours(hour), count(hour)));
    let write = world.app.core.store.write::<_, StoreError, _>(move |tx| {
        hours.into_iter().try_for_each(|(hour, count)| tx.add_traffic(hour, &[(ROOT, 0), (shop, count)]))
    });
    write.await.unwrap();
}

#[tokio::test]
async fn the_quietest_hours_are_the_best_and_the_week_is_shown() {
    let world = World::new().await;
    two_weeks(&world).await;
    let hour = json!({"duration": "PT1H", "earliest": text(1, 0), "latest": text(3, 0), "count": 2});
    let found = world.admin().slots(hour).await;
    let starts: Vec<&Value> = found["slots"].as_array().unwrap().iter().map(|it| &it["starts_at"]).collect();
    assert_eq!(starts, [&json!(text(1, 3)), &json!(text(2, 3))]);
    assert_eq!(found["slots"][0]["traffic"], 0.042);
    assert_eq!(found["slots"][0]["reasons"][1], "traffic is 4 % of the week's average");
    assert_eq!(found["warnings"], json!([]));

    world.admin().plans().await;
    let week = world.admin().get(&format!("{TRAFFIC}?under=acme/prod&zone=Asia/Kolkata")).await.is(200).body;
    assert_eq!((&week["source"], &week["weeks"], &week["zone"]), (&json!("gate"), &json!(2.0), &json!("Asia/Kolkata")));
    let hours = week["hours"].as_array().unwrap();
    assert_eq!((hours.len(), hours[0].as_array().map(Vec::len)), (7, Some(24)));
    assert!(hours.iter().all(|day| day[9] == 0.042 && day[10] == 1.042), "08:30 is 09:00 there: {week:#}");
    assert_eq!(week["planned"][0]["why"], "the blackout Freeze");
    let wiki = world.admin().get(&format!("{TRAFFIC}?under=acme/prod/wiki")).await.is(200).body;
    assert!(wiki["warnings"][0].as_str().unwrap().starts_with("No traffic is known"), "{wiki:#}");
}

#[tokio::test]
async fn what_the_gate_is_asked_is_counted_once_whatever_it_says() {
    let world = World::new().await;
    let shut =
        json!({"title": "Shut", "preset": "stop-everything", "scope": {"include": [{"under": "acme/prod/wiki"}]}});
    world.admin().post("/api/v1/maintenances", shut).await.is(201);
    // From now on each has a place of its own.
    note(&world.app.core, clock::now()).await.unwrap();
    for target in [SHOP, "acme/prod/shop/unknown", "acme/prod/wiki"] {
        ask(&world, target).await;
    }
    let question = json!({"target": "acme/prod/shop/db", "action": "deploy"});
    let later = json!({"target": "acme/prod/shop/db", "action": "deploy", "at": text(2, 0)});
    world.admin().post("/api/v1/gate/check", json!({"questions": [question, later]})).await.is(200);
    note(&world.app.core, clock::now()).await.unwrap();
    for (path, expected) in [(SHOP, 2), ("acme/prod/shop/db", 1), ("acme/prod/wiki", 1)] {
        let id: TargetId = world.id(path).await.parse().unwrap();
        let read = world.app.core.store.read::<_, StoreError, _>(move |tx| tx.traffic(id, Instant(0)));
        let counted: u64 = read.await.unwrap().into_iter().map(|(_, count)| count).sum();
        assert_eq!(counted, expected, "{path}");
    }
}

/// What a proxy asks before it lets a request through, as its listener answers it.
async fn ask(world: &World, target: &str) {
    let request = Request::get(format!("/gate/haproxy?target={target}")).body(()).expect("a request");
    if world.app.door.lets_through(&request).is_none() {
        world.app.door.answer(&request).await;
    }
}

/// A server that answers every request with this, and the address that it has.
async fn saying(status: u16, body: String) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("it is bound"));
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { break };
                head.push(byte);
            }
            let head = String::from_utf8_lossy(&head);
            let is_asked = head
                .contains("/api/v1/query_range?query=sum%28http%7Bpath%3D~%22acme%2Fprod%2Fshop.%2A%22%7D%29&start=")
                && head.contains("&step=3600 ");
            let status = if is_asked { status } else { 400 };
            let answer =
                format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            // Whoever has read enough is gone.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, task)
}

#[tokio::test]
async fn a_prometheus_is_asked_where_there_is_one_and_where_it_fails_the_gate_counts() {
    let here = World::new().await;
    two_weeks(&here).await;
    // As Prometheus documents it: a value at the end of each hour. The busiest is at three.
    let value = |hour: i64| {
        let value = if hour % 24 == 3 { "12.5" } else { "0.5" };
        json!([at(-7, hour + 1).0 / 1_000_000, value])
    };
    let series = |values: Vec<Value>| json!([{"metric": {}, "values": values}]);
    let odd = json!([at(-7, 5).0 / 1_000_000, "NaN"]);
    let values = (0..7 * 24).map(value).chain([odd]).collect();
    let good = json!({"status": "success", "data": {"resultType": "matrix", "result": series(values)}}).to_string();
    let nothing = json!({"status": "success", "data": {"resultType": "matrix", "result": []}}).to_string();
    for (status, body, source, warning) in [
        (200, good, "prometheus", None),
        (503, "busy".to_owned(), "gate", Some("it answers 503 instead of 200")),
        (200, "<html>".to_owned(), "gate", Some("its answer is not that of a range query")),
        (200, nothing, "gate", Some("it has nothing for this query")),
        (200, "x".repeat(6 << 20), "gate", Some("it is longer than 5 MiB")),
    ] {
        let (address, answering) = saying(status, body).await;
        let prometheus = Prometheus::new(&address, "sum(http{path=~\"{under}.*\"})").expect("it is well-formed");
        let world = here.knowing(Some(prometheus)).await;
        let week = world.admin().get(&format!("{TRAFFIC}?under={SHOP}")).await.is(200).body;
        assert_eq!(week["source"], source, "{week:#}");
        let warned = week["warnings"][0].as_str().unwrap_or_default();
        assert!(warned.contains(warning.unwrap_or_default()), "{warned}");
        assert_eq!(week["warnings"].as_array().map_or(0, Vec::len), usize::from(warning.is_some()));
        assert_eq!(week["hours"][0][3].as_f64() > Some(1.0), source == "prometheus", "{week:#}");
        answering.abort();
    }
}
