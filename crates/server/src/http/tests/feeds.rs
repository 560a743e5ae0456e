//! Feeds: who may make one, what it shows to whom, and until when.
use axum::body::Body;
use axum::http::{Method, Request, header};
use lull_adapters::ics::{self, Event};
use serde_json::{Value, json};

use super::world::{SHOP, Said, World, hours};

const FEEDS: &str = "/api/v1/feeds";

/// Reads a link as whoever has it: without a token.
async fn read(world: &World, url: &str, headers: &[(&str, &str)]) -> Said {
    let mut request = Request::builder().method(Method::GET).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::empty()).expect("a request")).await
}

async fn events(world: &World, url: &str) -> Vec<Event> {
    let said = read(world, url, &[]).await.is(200);
    assert_eq!(said.headers[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
    ics::read(said.body.as_str().expect("text").as_bytes()).expect("it can be read").events
}

async fn titles(world: &World, url: &str) -> Vec<String> {
    events(world, url).await.into_iter().map(|event| event.summary).collect()
}

async fn feed(world: &World, under: &str, public: bool) -> Value {
    world.admin().post(FEEDS, json!({"under": under, "public": public})).await.is(201).body
}

fn url(feed: &Value) -> &str {
    feed["url"].as_str().expect("it is shown")
}

/// Promised for in two hours.
fn planned(title: &str) -> Value {
    json!({"title": title, "preset": "announce", "starts_at": hours(2), "ends_at": hours(3), "zone": "Europe/Berlin"})
}

#[tokio::test]
async fn a_feed_shows_what_is_planned_for_its_part_and_what_became_of_it() {
    let world = World::new().await;
    let admin = world.admin();
    for (under, title) in
        [("acme", "All"), (SHOP, "Shop"), ("acme/prod/shop/db", "Database"), ("acme/prod/wiki", "Wiki")]
    {
        admin.maintenance(under, planned(title)).await;
    }
    let mut draft = planned("Draft");
    draft["draft"] = json!(true);
    let draft = admin.maintenance(SHOP, draft).await;
    let shop = feed(&world, SHOP, false).await;
    assert_eq!(titles(&world, url(&shop)).await, ["All", "Shop", "Database"]);
    admin.post(&format!("/api/v1/maintenances/{draft}/cancel"), json!({})).await.is(200);
    assert_eq!(titles(&world, url(&shop)).await.len(), 3, "what was promised to nobody is no news");

    let before = events(&world, url(&shop)).await;
    let id = before[1].uid.trim_end_matches("@lull").to_owned();
    let one = format!("/api/v1/maintenances/{id}");
    admin.patch(&one, json!({"title": "Shop, later", "ends_at": hours(5)})).await.is(200);
    let moved = events(&world, url(&shop)).await.remove(1);
    assert_eq!((&moved.uid, moved.summary.as_str()), (&before[1].uid, "Shop, later"));
    assert!(moved.sequence > before[1].sequence && moved.end != before[1].end);
    admin.post(&format!("{one}/cancel"), json!({"message": "Another day.", "reason": "not for you"})).await.is(200);
    let cancelled = events(&world, url(&shop)).await.remove(1);
    assert_eq!(cancelled.status.as_deref(), Some("CANCELLED"));
    assert!(cancelled.sequence > moved.sequence && cancelled.description.contains("Another day."));
    assert!(!cancelled.description.contains("not for you"));
}

#[tokio::test]
async fn a_secret_feed_sees_what_its_maker_may_see_and_nothing_once_he_may_not() {
    let world = World::new().await;
    let grants = json!([{"under": SHOP, "role": "viewer"}]);
    let token = json!({"name": "vic", "kind": "person", "grants": grants});
    let token = world.admin().post("/api/v1/tokens", token).await.is(201).body;
    let vic = world.with(token["token"].as_str().expect("a secret"));
    vic.post(FEEDS, json!({"under": "acme/prod"})).await.refused(403, "forbidden", Some("under"));
    vic.post(FEEDS, json!({"under": "acme/test"})).await.refused(400, "bad-input", Some("under"));
    vic.post(FEEDS, json!({"under": SHOP, "public": true})).await.refused(403, "forbidden", Some("under"));
    let made = vic.post(FEEDS, json!({"under": SHOP})).await.is(201).body;
    world.admin().maintenance(SHOP, planned("Shop")).await;
    assert_eq!(titles(&world, url(&made)).await, ["Shop"]);
    let secret = url(&made).trim_start_matches("/feeds/").trim_end_matches(".ics");
    assert_eq!(secret.len(), 64);
    assert!(!world.files().windows(64).any(|part| part == secret.as_bytes()), "the secret is stored");
    world.admin().delete(&format!("/api/v1/tokens/{}", token["id"].as_str().expect("an id"))).await.is(200);
    read(&world, url(&made), &[]).await.refused(404, "not-found", None);
}

#[tokio::test]
async fn a_public_feed_has_texts_and_times_alone() {
    let world = World::new().await;
    let mut body = planned("Shop");
    for (name, text) in [("reason", "secret reason"), ("owner", "secret owner"), ("description", "New disks.")] {
        body[name] = json!(text);
    }
    world.admin().maintenance("acme", body).await;
    let public = feed(&world, SHOP, true).await;
    let listed = world.admin().get(FEEDS).await.is(200).body;
    assert_eq!(listed["items"][0]["url"], public["url"], "a public link is no secret");
    let said = read(&world, url(&public), &[]).await.is(200).says(&["New disks.", "acme-prod-shop"]);
    let text = said.body.to_string();
    for hidden in ["secret reason", "secret owner", "admin", "announce", "wiki", "test"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    read(&world, &format!("/feeds/{}.ics", public["id"].as_str().expect("an id")), &[]).await.refused(
        404,
        "not-found",
        None,
    );
    let secret = feed(&world, SHOP, false).await;
    let as_public = format!("/feeds/public/{}.ics", secret["id"].as_str().expect("an id"));
    read(&world, &as_public, &[]).await.refused(404, "not-found", None);
}

#[tokio::test]
async fn whoever_looks_again_is_told_that_nothing_is_new() {
    let world = World::new().await;
    let made = feed(&world, "/", false).await;
    world.admin().maintenance(SHOP, planned("Shop")).await;
    let first = read(&world, url(&made), &[]).await.is(200);
    assert!(first.headers[header::CACHE_CONTROL].to_str().expect("text").contains("max-age=60"));
    let tag = first.headers[header::ETAG].to_str().expect("text").to_owned();
    let same = read(&world, url(&made), &[("if-none-match", &tag)]).await.is(304);
    assert_eq!(same.headers[header::CACHE_CONTROL], first.headers[header::CACHE_CONTROL]);
    world.admin().maintenance("acme/prod/wiki", planned("Wiki")).await;
    let other = read(&world, url(&made), &[("if-none-match", &tag)]).await.is(200);
    assert_ne!(other.headers[header::ETAG], first.headers[header::ETAG]);
}

#[tokio::test]
async fn a_feed_is_listed_to_whom_it_concerns_and_revoked_by_its_maker_or_an_administrator() {
    let world = World::new().await;
    let vic = world.one("person", "vic", (SHOP, "viewer")).await;
    let ada = world.one("person", "ada", ("acme/prod", "administrator")).await;
    let own = vic.post(FEEDS, json!({"under": SHOP})).await.is(201).body;
    let public = ada.post(FEEDS, json!({"under": "acme/prod", "public": true})).await.is(201).body;
    let far = feed(&world, "acme/test", false).await;
    let ids = |said: Said| -> Vec<Value> {
        said.body["items"].as_array().expect("a list").iter().map(|feed| feed["id"].clone()).collect()
    };
    assert_eq!(ids(vic.get(FEEDS).await.is(200)), [own["id"].clone(), public["id"].clone()]);
    assert_eq!(ids(ada.get(FEEDS).await.is(200)), [own["id"].clone(), public["id"].clone()]);
    assert_eq!(ids(world.admin().get(&format!("{FEEDS}?under=acme/test")).await.is(200)), [far["id"].clone()]);
    assert!(vic.get(FEEDS).await.body["items"][0].get("url").is_none());
    let one = |feed: &Value| format!("{FEEDS}/{}", feed["id"].as_str().expect("an id"));
    vic.delete(&one(&public)).await.refused(403, "forbidden", None);
    ada.delete(&one(&far)).await.refused(404, "not-found", None);
    ada.delete(&one(&own)).await.is(204);
    read(&world, url(&own), &[]).await.refused(404, "not-found", None);
    ada.delete(&one(&own)).await.refused(404, "not-found", None);
    world
        .admin()
        .get("/api/v1/events?kind=feed")
        .await
        .is(200)
        .says(&["ada revoked a feed of acme/prod/shop that vic had made"]);
    for odd in ["/feeds/x.ics", "/feeds/public/x", "/feeds/public/fed_1.ics", "/feeds/%FF.ics"] {
        read(&world, odd, &[]).await.refused(404, "not-found", None);
    }
}

#[tokio::test]
async fn a_series_is_shown_for_a_year_and_keeps_its_uids_when_its_occurrences_are_made() {
    let world = World::new().await;
    let start = hours(1).split('.').next().expect("a time").trim_end_matches('Z').to_owned();
    let body = json!({"title": "Quarterly", "preset": "announce", "scope": {"include": [{"under": SHOP}]},
        "rules": ["FREQ=MONTHLY;INTERVAL=3"], "zone": "UTC", "start": start, "duration": "PT30M"});
    let made = world.admin().post("/api/v1/series", body).await.is(201).body;
    let shop = feed(&world, SHOP, false).await;
    let before = events(&world, url(&shop)).await;
    assert!((4..=6).contains(&before.len()), "{before:#?}");
    let status = |event: &Event| {
        event
            .others
            .iter()
            .find(|other| other.0 == "X-MAINTNOTE-STATUS")
            .map(|other| other.2.clone())
            .expect("it has one")
    };
    assert_eq!([status(&before[0]), status(&before[1])], ["CONFIRMED", "TENTATIVE"]);
    // Left out, the second is made first.
    let skip = json!({"occurrence": made["next"][1]["occurrence"]});
    world.admin().post(&format!("/api/v1/series/{}/skip", made["id"].as_str().expect("an id")), skip).await.is(200);
    let after = events(&world, url(&shop)).await;
    let skipped = after.iter().find(|event| event.uid == before[1].uid).expect("it has the same UID");
    assert_eq!(skipped.status.as_deref(), Some("CANCELLED"));
    assert!(skipped.sequence > before[1].sequence);
    assert_eq!(after.len(), before.len());
}
