//! Series over HTTP: each occurrence a maintenance, one left out, one moved, from one on otherwise, and the end.
use lull_domain::Instant;
use serde_json::{Value, json};

use super::world::{Caller, SHOP, World, hours};
use crate::clock;
use crate::view;

const ALL: &str = "/api/v1/series";

/// Every Sunday, from this Sunday's week five years ago on.
fn weekly(more: Value) -> Value {
    let mut body = json!({
        "title": "Patch day", "preset": "announce", "scope": {"include": [{"under": SHOP}]},
        "rules": ["RRULE:FREQ=WEEKLY;BYDAY=SU"], "zone": "Europe/Berlin", "start": "2021-11-21T02:30", "duration": "PT2H",
    });
    body.as_object_mut().expect("it is one").extend(more.as_object().cloned().unwrap_or_default());
    body
}

fn next(series: &Value, at: usize) -> (String, Option<String>) {
    let it = &series["next"][at];
    (it["occurrence"].as_str().expect("a key").to_owned(), it["maintenance"].as_str().map(str::to_owned))
}

impl Caller<'_> {
    async fn series(&self, more: Value) -> (String, Value) {
        let said = self.post(ALL, weekly(more)).await.is(201);
        (format!("{ALL}/{}", said.body["id"].as_str().expect("an id")), said.body)
    }

    async fn notices(&self) -> Vec<String> {
        let events = self.get("/api/v1/events?kind=notice&limit=500").await.is(200).body;
        let text = |event: &Value| event["text"].as_str().map(str::to_owned);
        events["items"].as_array().expect("a list").iter().filter_map(text).collect()
    }
}

#[tokio::test]
async fn a_series_is_made_and_told_once_and_its_next_occurrences_are_maintenances() {
    let world = World::new().await;
    let (place, made) = world.admin().series(json!({})).await;
    assert_eq!(made["sentence"], "Every Sunday 02:30–04:30 (Europe/Berlin)");
    let all = made["next"].as_array().expect("a list");
    assert_eq!(all.len(), 10);
    let is_made = |it: &&Value| it["maintenance"].is_string();
    assert_eq!(all.iter().take_while(is_made).count(), 5, "35 days ahead: {made:#}");
    assert!(all.iter().skip_while(is_made).all(|it| it["status"] == "planned"), "{made:#}");
    let (key, id) = next(&made, 0);
    let one = world.admin().get(&format!("/api/v1/maintenances/{}", id.expect("it is made"))).await.is(200).body;
    assert_eq!((&one["status"], &one["title"]), (&json!("scheduled"), &json!("Patch day")));
    assert_eq!(one["series"], json!({"id": made["id"], "occurrence": key, "moved": false}));
    assert_eq!(world.admin().notices().await, ["scheduled: Patch day, for subscribers"]);
    let again = world.admin().get(&place).await.is(200).body;
    assert_eq!(again, made);
    assert_eq!(world.admin().get(ALL).await.is(200).body["items"], json!([made]));
    let year = world.admin().get(&format!("{place}/occurrences?limit=500")).await.is(200).body;
    let count = year["items"].as_array().map_or(0, Vec::len);
    assert!((57..=58).contains(&count), "{count} Sundays in 400 days");
    // What is answered can be sent to make another.
    let mut sent = made.clone();
    for own in ["plan", "approval", "id", "sentence", "next", "by", "created_at", "revision"] {
        sent.as_object_mut().expect("it is one").remove(own);
    }
    let other = world.admin().post(ALL, sent).await.is(201).body;
    assert_eq!(other["rules"], made["rules"]);
}

#[tokio::test]
async fn one_is_left_out_and_one_is_moved_also_beyond_what_is_made() {
    let world = World::new().await;
    let (place, made) = world.admin().series(json!({})).await;
    for at in [0, 8] {
        let (key, _) = next(&made, at);
        let skipped = world.admin().post(&format!("{place}/skip"), json!({"occurrence": key})).await.is(200);
        assert_eq!((&skipped.body["status"], &skipped.body["outcome"]), (&json!("cancelled"), &json!("skipped")));
        assert_eq!(skipped.body["series"]["occurrence"], json!(key));
    }
    for at in [1, 9] {
        let (key, _) = next(&made, at);
        let to = hours(24 * (9 + at as i64 * 7));
        let moved = world.admin().post(&format!("{place}/move"), json!({"occurrence": key, "starts_at": to})).await;
        let moved = moved.is(200).body;
        assert_eq!((&moved["series"]["occurrence"], &moved["series"]["moved"]), (&json!(key), &json!(true)));
        let lasts = |of: &Value| of["ends_at"].as_str().map(|it| it.parse::<jiff::Timestamp>().expect("a time"));
        let began: jiff::Timestamp = moved["starts_at"].as_str().expect("a start").parse().expect("a time");
        assert_eq!(lasts(&moved).map(|it| it.duration_since(began).as_secs()), Some(7_200));
    }
    let shown = world.admin().get(&place).await.is(200).body;
    let statuses: Vec<&str> =
        shown["next"].as_array().expect("a list").iter().filter_map(|it| it["status"].as_str()).collect();
    assert_eq!(statuses[..2], ["skipped", "scheduled"]);
    assert_eq!((statuses[8], statuses[9]), ("skipped", "scheduled"));
    let again = world.admin().post(&format!("{place}/skip"), json!({"occurrence": next(&made, 0).0})).await;
    assert_eq!(again.is(409).body["state"], "cancelled");
    let none = world.admin().post(&format!("{place}/skip"), json!({"occurrence": "2030-01-01T02:30"})).await.is(400);
    assert_eq!(none.body["field"], "occurrence");
}

#[tokio::test]
async fn from_one_occurrence_on_it_is_otherwise_and_another_series_goes_on() {
    let world = World::new().await;
    let (place, made) = world.admin().series(json!({})).await;
    let (key, gone) = next(&made, 2);
    let change = json!({"occurrence": key, "duration": "PT3H", "title": "Patch morning"});
    let on = world.admin().post(&format!("{place}/split"), change).await.is(201).body;
    assert_eq!((&on["follows"], &on["duration"], &on["title"]), (&made["id"], &json!("PT3H"), &json!("Patch morning")));
    assert_eq!(next(&on, 0).0, key);
    let old = world.admin().get(&place).await.is(200).body;
    assert_eq!(old["ends_before"], json!(key));
    assert_eq!(old["next"].as_array().map(Vec::len), Some(2));
    let gone = world.admin().get(&format!("/api/v1/maintenances/{}", gone.expect("it was made"))).await.is(200).body;
    assert_eq!(gone["outcome"], "series_ended");
    let told = world.admin().notices().await;
    assert_eq!(told, ["scheduled: Patch day, for subscribers", "rescheduled: Patch morning, for subscribers"]);
    // Texts change in place, and with them what is to come.
    let new = format!("{ALL}/{}", on["id"].as_str().expect("an id"));
    world.admin().patch(&new, json!({"title": "Patch night"})).await.is(200);
    let one = world.admin().get(&format!("/api/v1/maintenances/{}", next(&on, 0).1.expect("it is made"))).await.is(200);
    assert_eq!(one.body["title"], "Patch night");
    let times = world.admin().patch(&new, json!({"duration": "PT1H"})).await.is(400).body;
    assert!(times["remedy"].as_str().is_some_and(|it| it.contains("split")), "{times:#}");
}

#[tokio::test]
async fn a_series_ends_and_what_follows_is_held_no_more() {
    let world = World::new().await;
    let (place, made) = world.admin().series(json!({})).await;
    let (key, _) = next(&made, 3);
    let ended = world.admin().post(&format!("{place}/end"), json!({"occurrence": key})).await.is(200).body;
    assert_eq!(ended["next"].as_array().map(Vec::len), Some(3));
    let all = world.admin().post(&format!("{place}/end"), json!({})).await.is(200).body;
    assert_eq!(all["next"], json!([]));
    let again = world.admin().post(&format!("{place}/end"), json!({})).await.is(200).body;
    assert_eq!(again, all);
    let told = world.admin().notices().await;
    assert_eq!(told.iter().filter(|it| it.starts_with("cancelled")).count(), 2, "{told:#?}");
    let list = world.admin().get("/api/v1/maintenances?status=scheduled").await.is(200).body;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn who_may_not_order_makes_no_series_and_who_sees_nothing_finds_none() {
    let world = World::new().await;
    let (place, made) = world.admin().series(json!({})).await;
    let viewer = world.one("person", "vera", (SHOP, "viewer")).await;
    viewer.get(&place).await.is(200);
    viewer.post(ALL, weekly(json!({}))).await.is(403);
    viewer.post(&format!("{place}/skip"), json!({"occurrence": next(&made, 0).0})).await.is(403);
    viewer.post(&format!("{place}/end"), json!({})).await.is(403);
    let stranger = world.one("person", "olaf", ("acme/test/lab", "operator")).await;
    stranger.get(&place).await.is(404);
    stranger.post(&format!("{place}/end"), json!({})).await.is(404);
    assert_eq!(stranger.get(ALL).await.is(200).body["items"], json!([]));
}

#[tokio::test]
async fn an_occurrence_begins_at_its_time_and_ends_at_its_end() {
    let world = World::new().await;
    world.acts();
    let soon = clock::now() + lull_domain::Span::seconds(3);
    let whole = Instant(soon.0 - soon.0.rem_euclid(1_000_000));
    let local = view::instant(whole).trim_end_matches('Z').to_owned();
    let (place, made) =
        world.admin().series(json!({"rules": ["FREQ=DAILY"], "zone": "UTC", "start": local, "duration": "PT2S"})).await;
    let (_, id) = next(&made, 0);
    let one = format!("/api/v1/maintenances/{}", id.expect("it is made"));
    world.until(&one, |it| it["status"] == "in_progress").await;
    world.until(&one, |it| it["status"] == "completed").await;
    let shown = world.admin().get(&place).await.is(200).body;
    assert_eq!(next(&shown, 0).0, next(&made, 1).0, "the next is tomorrow");
}

#[tokio::test]
async fn a_series_is_approved_once_by_a_second_person_and_so_are_its_occurrences() {
    let world = World::new().await;
    let policy = json!({"approval": true});
    let mut body = weekly(json!({"policy": policy}));
    body.as_object_mut().expect("it is one").remove("preset");
    let made = world.admin().post(ALL, body).await.is(201).body;
    let place = format!("{ALL}/{}", made["id"].as_str().expect("an id"));
    let hash = |of: &Value| json!({"plan": of["plan"]});
    let grants = json!([{"under": SHOP, "role": "viewer", "may": ["approve"]}]);
    let token = json!({"name": "bob", "kind": "person", "grants": grants});
    let bob = world.admin().post("/api/v1/tokens", token).await.is(201).body;
    let bob = world.with(bob["token"].as_str().expect("a secret"));
    world.admin().post(&format!("{place}/approve"), hash(&made)).await.is(403);
    bob.post(&format!("{place}/approve"), json!({"plan": "another"})).await.is(409);
    let approved = bob.post(&format!("{place}/approve"), hash(&made)).await.is(200).body;
    assert_eq!((&approved["approval"]["by"], approved["approval"].get("who")), (&json!("bob"), None));
    bob.post(&format!("{place}/approve"), hash(&made)).await.is(200);
    let one = |of: &Value| format!("/api/v1/maintenances/{}", next(of, 0).1.expect("it is made"));
    assert_eq!(world.admin().get(&one(&made)).await.is(200).body["approval"]["by"], "bob");
    // What is changed is another series, and so are its occurrences.
    let changed = world.admin().patch(&place, json!({"title": "Patch night"})).await.is(200).body;
    assert_ne!(changed["plan"], made["plan"]);
    assert!(changed["approval"]["who"].is_string(), "{changed:#}");
    assert!(world.admin().get(&one(&made)).await.is(200).body["approval"]["lapsed_at"].is_string());
    bob.post(&format!("{place}/approve"), hash(&changed)).await.is(200);
    assert!(world.admin().get(&one(&made)).await.is(200).body["approval"].get("lapsed_at").is_none());
}

#[tokio::test]
async fn what_goes_on_counts_on_and_keeps_what_was_left_out_and_moved() {
    let world = World::new().await;
    let start = hours(24).split('.').next().expect("a time").trim_end_matches('Z').to_owned();
    let body = json!({"rules": ["FREQ=DAILY;COUNT=10"], "zone": "UTC", "start": start, "duration": "PT1H"});
    let (place, made) = world.admin().series(body).await;
    let (fourth, sixth, seventh) = (next(&made, 3).0, next(&made, 5).0, next(&made, 6));
    world.admin().post(&format!("{place}/skip"), json!({"occurrence": sixth})).await.is(200);
    let to = json!({"occurrence": seventh.0, "starts_at": hours(24 * 30)});
    world.admin().post(&format!("{place}/move"), to).await.is(200);
    let change = json!({"occurrence": fourth, "title": "Patch morning"});
    let on = world.admin().post(&format!("{place}/split"), change).await.is(201).body;
    let keys: Vec<String> = (0..5).map(|at| next(&on, at).0).collect();
    assert_eq!(
        on["next"].as_array().map(Vec::len),
        Some(5),
        "seven, but for the one left out and the one moved: {on:#}"
    );
    assert!(!keys.contains(&sixth) && !keys.contains(&seventh.0), "{keys:?}");
    assert_eq!(on["rules"], json!(["RRULE:FREQ=DAILY;COUNT=7"]));
    let moved = format!("/api/v1/maintenances/{}", seventh.1.expect("it is made"));
    assert_eq!(world.admin().get(&moved).await.is(200).body["status"], "scheduled");
}

#[tokio::test]
async fn what_was_changed_alone_is_not_approved_with_its_series_and_a_refused_move_leaves_nothing() {
    let world = World::new().await;
    let mut body = weekly(json!({"policy": {"approval": true}}));
    body.as_object_mut().expect("it is one").remove("preset");
    let made = world.admin().post(ALL, body).await.is(201).body;
    let place = format!("{ALL}/{}", made["id"].as_str().expect("an id"));
    let one = |at: usize| format!("/api/v1/maintenances/{}", next(&made, at).1.expect("it is made"));
    world.admin().patch(&one(1), json!({"description": "Another thing altogether."})).await.is(200);
    let grants = json!([{"under": SHOP, "role": "viewer", "may": ["approve"]}]);
    let token = json!({"name": "bob", "kind": "person", "grants": grants});
    let bob = world.admin().post("/api/v1/tokens", token).await.is(201).body;
    let bob = world.with(bob["token"].as_str().expect("a secret"));
    bob.post(&format!("{place}/approve"), json!({"plan": made["plan"]})).await.is(200);
    for (at, by) in [(0, Some("bob")), (1, None), (2, Some("bob"))] {
        let shown = world.admin().get(&one(at)).await.is(200).body;
        assert_eq!(shown["approval"].get("by").and_then(Value::as_str), by, "{at}");
    }
    let (far, none) = next(&made, 8);
    assert_eq!(none, None);
    let to = json!({"occurrence": far, "starts_at": hours(24 * 90), "ends_at": hours(24 * 80)});
    world.admin().post(&format!("{place}/move"), to).await.is(400);
    assert_eq!(next(&world.admin().get(&place).await.is(200).body, 8).1, None, "nothing was made");
}

#[tokio::test]
async fn a_list_of_occurrences_goes_on_where_it_ended() {
    let world = World::new().await;
    let (place, _) = world.admin().series(json!({})).await;
    let first = world.admin().get(&format!("{place}/occurrences?limit=30")).await.is(200).body;
    let cursor = first["next"].as_str().expect("there are more");
    let second = world.admin().get(&format!("{place}/occurrences?limit=30&cursor={cursor}")).await.is(200).body;
    assert_eq!(second["next"].as_str(), None);
    let keys = |of: &Value| -> Vec<String> {
        of["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|it| it["occurrence"].as_str().expect("a key").to_owned())
            .collect()
    };
    let all = [keys(&first), keys(&second)].concat();
    assert!((57..=58).contains(&all.len()) && all.is_sorted_by(|one, next| one < next), "{all:?}");
}

#[tokio::test]
async fn what_goes_on_from_one_that_was_to_end_ends_there_too() {
    let world = World::new().await;
    let (place, made) = world.admin().series(json!({})).await;
    let (fourth, seventh) = (next(&made, 3).0, next(&made, 6).0);
    world.admin().post(&format!("{place}/end"), json!({"occurrence": seventh})).await.is(200);
    let change = json!({"occurrence": fourth, "duration": "PT3H"});
    let on = world.admin().post(&format!("{place}/split"), change).await.is(201).body;
    assert_eq!(on["ends_before"], json!(seventh));
    assert_eq!(on["next"].as_array().map(Vec::len), Some(3), "{on:#}");
}

#[tokio::test]
async fn words_from_an_occurrence_on_begin_with_the_week_of_that_occurrence() {
    let world = World::new().await;
    let (place, made) = world.admin().series(json!({})).await;
    // No whole number of second weeks after the next Sunday.
    let key = next(&made, 1).0;
    let change = json!({"occurrence": key, "text": "every second Sunday 03:00-05:00"});
    let on = world.admin().post(&format!("{place}/split"), change).await.is(201).body;
    assert_eq!(next(&on, 0).0, key.replace("T02:30", "T03:00"));
    let odd = json!({"occurrence": next(&made, 0).0, "text": "every second Sunday in March 03:00-05:00"});
    world.admin().post(&format!("{place}/split"), odd).await.refused(400, "bad-input", Some("text"));
}
