//! Series that go on at other times: what was left out, moved, begun or bounded stays so, and nothing is lost or doubled.
use lull_domain::Span;
use serde_json::{Value, json};

use super::world::{Caller, SHOP, World, hours};
use crate::clock;
use crate::view;

const ALL: &str = "/api/v1/series";

/// That time on the day so many days from now.
fn on(day: i64, time: &str) -> String {
    format!("{}T{time}:00", &view::instant(clock::now() + Span::hours(24 * day))[..10])
}

/// Every week from the day after tomorrow on, at two.
fn weekly(more: Value) -> Value {
    let mut body = json!({
        "title": "Patch day", "preset": "announce", "scope": {"include": [{"under": SHOP}]},
        "rules": ["FREQ=WEEKLY"], "zone": "UTC", "start": on(2, "02:00"), "duration": "PT2H",
    });
    body.as_object_mut().expect("it is one").extend(more.as_object().cloned().unwrap_or_default());
    body
}

fn place(series: &Value) -> String {
    format!("{ALL}/{}", series["id"].as_str().expect("an id"))
}

fn one(series: &Value, at: usize) -> String {
    format!("/api/v1/maintenances/{}", series["next"][at]["maintenance"].as_str().expect("it is made"))
}

fn keys(series: &Value) -> Vec<String> {
    let next = series["next"].as_array().expect("a list").iter();
    next.map(|it| it["occurrence"].as_str().expect("a key").to_owned()).collect()
}

impl Caller<'_> {
    async fn made(&self, more: Value) -> Value {
        self.post(ALL, weekly(more)).await.is(201).body
    }

    async fn does(&self, series: &Value, what: &str, body: Value) -> Value {
        self.post(&format!("{}/{what}", place(series)), body).await.is(if what == "split" { 201 } else { 200 }).body
    }
}

/// Somebody who operates the shop and approves.
async fn bob(world: &World) -> String {
    let grants = json!([{"under": SHOP, "role": "operator", "may": ["approve"]}]);
    let made = world.admin().post("/api/v1/tokens", json!({"name": "bob", "kind": "person", "grants": grants})).await;
    made.is(201).body["token"].as_str().expect("a secret").to_owned()
}

#[tokio::test]
async fn what_is_left_out_or_moved_stays_so_at_another_time_of_the_day_or_on_another_day() {
    for (start, first, later) in [
        (on(9, "03:00"), on(9, "03:00"), on(37, "03:00")),
        (on(9, "01:00"), on(9, "01:00"), on(37, "01:00")),
        (on(10, "01:00"), on(10, "01:00"), on(38, "01:00")),
        (on(8, "23:00"), on(8, "23:00"), on(36, "23:00")),
    ] {
        let world = World::new().await;
        let admin = world.admin();
        let made = admin.made(json!({"exdates": [on(23, "02:00")]})).await;
        admin.does(&made, "skip", json!({"occurrence": on(16, "02:00")})).await;
        let moved = json!({"occurrence": on(30, "02:00"), "starts_at": hours(24 * 32)});
        let moved = admin.does(&made, "move", moved).await;
        let onward = admin.does(&made, "split", json!({"occurrence": on(9, "02:00"), "start": start})).await;
        assert_eq!(keys(&onward)[..2], [first, later], "{onward:#}");
        assert_eq!(keys(&admin.get(&place(&made)).await.is(200).body), [on(2, "02:00")]);
        let moved = format!("/api/v1/maintenances/{}", moved["id"].as_str().expect("an id"));
        assert_eq!(admin.get(&moved).await.is(200).body["status"], "scheduled");
    }
}

#[tokio::test]
async fn a_start_in_the_past_or_words_go_on_from_the_day_of_the_occurrence() {
    for change in [
        json!({"start": on(-700, "01:00"), "rules": ["FREQ=DAILY"], "duration": "PT1H"}),
        json!({"text": "every day 01:00-02:00"}),
    ] {
        let world = World::new().await;
        let made = world.admin().made(json!({})).await;
        let mut change = change;
        change["occurrence"] = json!(on(9, "02:00"));
        let onward = world.admin().does(&made, "split", change).await;
        assert_eq!(keys(&onward)[..2], [on(9, "01:00"), on(10, "01:00")], "{onward:#}");
    }
}

#[tokio::test]
async fn what_stands_for_nothing_is_dropped_and_what_may_stand_for_several_is_asked_about() {
    let world = World::new().await;
    let admin = world.admin();
    let made = admin.made(json!({})).await;
    admin.does(&made, "skip", json!({"occurrence": on(16, "02:00")})).await;
    // Every second week there is none that week.
    let split = json!({"occurrence": on(9, "02:00"), "rules": ["FREQ=WEEKLY;INTERVAL=2"], "start": on(9, "03:00")});
    let onward = admin.does(&made, "split", split).await;
    assert_eq!(keys(&onward)[..2], [on(9, "03:00"), on(23, "03:00")]);
    // Of two in the weeks around one that is left out it is not known which.
    let made = admin.made(json!({"rules": ["FREQ=WEEKLY;INTERVAL=5"]})).await;
    admin.does(&made, "skip", json!({"occurrence": on(37, "02:00")})).await;
    let rules = json!(["FREQ=WEEKLY;INTERVAL=2"]);
    let mut split = json!({"occurrence": on(2, "02:00"), "rules": rules, "start": on(4, "02:00")});
    let refused = admin.post(&format!("{}/split", place(&made)), split.clone()).await;
    refused.refused(400, "bad-input", Some("exdates")).says(&[&on(37, "02:00")]);
    split["exdates"] = json!([on(32, "02:00")]);
    let onward = admin.does(&made, "split", split).await;
    assert_eq!(keys(&onward)[..3], [on(4, "02:00"), on(18, "02:00"), on(46, "02:00")]);
}

#[tokio::test]
async fn what_goes_on_earlier_ends_where_the_one_after_it_begins() {
    let world = World::new().await;
    let admin = world.admin();
    let made = admin.made(json!({})).await;
    let second = admin.does(&made, "split", json!({"occurrence": on(23, "02:00"), "title": "Later"})).await;
    assert_eq!(keys(&second)[0], on(23, "02:00"));
    let first = admin.does(&made, "split", json!({"occurrence": on(9, "02:00"), "start": on(9, "00:30")})).await;
    assert_eq!(keys(&first), [on(9, "00:30"), on(16, "00:30")]);
    assert_eq!(first["ends_before"], json!(on(23, "00:30")));
}

#[tokio::test]
async fn what_was_started_early_does_not_come_again() {
    let world = World::new().await;
    let admin = world.admin();
    let made = admin.made(json!({})).await;
    for at in [0, 2] {
        admin.post(&format!("{}/start", one(&made, at)), json!({})).await.is(200);
    }
    admin.post(&format!("{}/complete", one(&made, 0)), json!({})).await.is(200);
    let onward = admin.does(&made, "split", json!({"occurrence": on(2, "02:00"), "start": on(2, "03:00")})).await;
    assert_eq!(keys(&onward)[..2], [on(9, "03:00"), on(23, "03:00")]);
    assert_eq!(admin.get(&one(&made, 2)).await.is(200).body["status"], "in_progress");
}

#[tokio::test]
async fn a_split_that_leaves_nothing_is_refused() {
    let world = World::new().await;
    let admin = world.admin();
    let made = admin.made(json!({"rules": ["FREQ=WEEKLY;COUNT=2"]})).await;
    admin.does(&made, "skip", json!({"occurrence": on(9, "02:00")})).await;
    let split = json!({"occurrence": on(9, "02:00"), "title": "Never"});
    admin.post(&format!("{}/split", place(&made)), split).await.refused(400, "bad-input", Some("occurrence"));
}

#[tokio::test]
async fn a_series_that_ends_takes_along_what_was_moved_to_later() {
    let world = World::new().await;
    let admin = world.admin();
    let start = view::instant(clock::now() + Span::seconds(2));
    let start = start.split(['.', 'Z']).next().expect("a time");
    let made = admin.made(json!({"start": start, "rules": ["FREQ=DAILY"], "duration": "PT1S"})).await;
    let key = &keys(&made)[0];
    let moved = admin.does(&made, "move", json!({"occurrence": key, "starts_at": hours(24 * 5)})).await;
    world.until(&place(&made), |it| keys(it)[0] != *key).await;
    let ended = admin.does(&made, "end", json!({})).await;
    assert_eq!(ended["next"], json!([]));
    let moved = admin.get(&format!("/api/v1/maintenances/{}", moved["id"].as_str().expect("an id"))).await.is(200).body;
    assert_eq!(moved["outcome"], "series_ended");
    assert_eq!(admin.get("/api/v1/maintenances?status=scheduled").await.is(200).body["items"], json!([]));
}

#[tokio::test]
async fn another_policy_and_another_owner_are_those_of_what_is_to_come_and_are_approved_with_the_series() {
    let world = World::new().await;
    let (admin, secret) = (world.admin(), bob(&world).await);
    let made = admin.made(json!({})).await;
    let changed =
        admin.patch(&place(&made), json!({"policy": {"approval": true}, "owner": "carol"})).await.is(200).body;
    world.with(&secret).post(&format!("{}/approve", place(&made)), json!({"plan": changed["plan"]})).await.is(200);
    for at in 0..3 {
        let shown = admin.get(&one(&made, at)).await.is(200).body;
        assert_eq!((&shown["approval"]["by"], &shown["owner"]), (&json!("bob"), &json!("carol")), "{shown:#}");
        assert_eq!(shown.get("preset"), None);
    }
    // What was only told otherwise of one alone is nothing that anybody approves.
    let changed = admin.patch(&place(&made), json!({"title": "Patch night"})).await.is(200).body;
    admin.patch(&one(&made, 1), json!({"reminders": ["PT1H"]})).await.is(200);
    world.with(&secret).post(&format!("{}/approve", place(&made)), json!({"plan": changed["plan"]})).await.is(200);
    assert!(admin.get(&one(&made, 1)).await.is(200).body["approval"].get("lapsed_at").is_none());
}

#[tokio::test]
async fn who_changed_a_series_last_does_not_approve_what_is_made_of_it() {
    let world = World::new().await;
    world.acts();
    let (admin, secret) = (world.admin(), bob(&world).await);
    let mut body = weekly(json!({"policy": {"approval": true}}));
    body.as_object_mut().expect("it is one").remove("preset");
    let made = admin.post(ALL, body).await.is(201).body;
    let bob = world.with(&secret);
    // People are to hear of it early: it is made as early as that.
    bob.patch(&place(&made), json!({"reminders": ["P60D"]})).await.is(200);
    let shown = world.until(&place(&made), |it| it["next"][7]["maintenance"].is_string()).await;
    let plan = admin.get(&format!("{}/plan", one(&shown, 7))).await.is(200).body["hash"].clone();
    bob.post(&format!("{}/approve", one(&shown, 7)), json!({"plan": plan})).await.is(403).says(&["second person"]);
}

#[tokio::test]
async fn an_occurrence_is_made_before_its_first_reminder() {
    let world = World::new().await;
    let made = world.admin().made(json!({"reminders": ["P50D", "PT1H"]})).await;
    let is_made = |at: usize| made["next"][at]["maintenance"].is_string();
    assert!(is_made(6) && !is_made(8), "51 days ahead: {made:#}");
}

#[tokio::test]
async fn a_rule_that_counts_too_far_is_refused() {
    let world = World::new().await;
    let more = json!({"rules": ["FREQ=HOURLY;COUNT=10001"], "start": "1930-01-01T00:00", "duration": "PT1H"});
    world.admin().post(ALL, weekly(more.clone())).await.refused(400, "bad-input", Some("rules[0]")).says(&["10,000"]);
    let mut preview = more;
    preview["zone"] = json!("UTC");
    let preview = world.admin().post("/api/v1/recurrences/preview", preview).await;
    preview.refused(400, "bad-input", Some("rules[0]"));
}
