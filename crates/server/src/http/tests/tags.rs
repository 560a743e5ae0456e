//! Tags: what was decided on what is no longer so is refused, and what is not new is not sent again.
use std::sync::atomic::Ordering::Relaxed;

use axum::http::{Method, header};
use serde_json::{Value, json};

use super::world::{Caller, SHOP, Said, World, hours};

const TYPE: (&str, &str) = ("content-type", "application/json");

fn tag(said: &Said) -> String {
    said.headers[header::ETAG].to_str().expect("it is text").to_owned()
}

async fn one(world: &World, more: Value) -> String {
    format!("/api/v1/maintenances/{}", world.admin().maintenance(SHOP, more).await)
}

async fn patch(caller: &Caller<'_>, path: &str, tag: &str, body: Value) -> Said {
    caller.raw(Method::PATCH, path, &[TYPE, ("if-match", tag)], body.to_string()).await
}

#[tokio::test]
async fn of_two_clients_that_race_one_is_told_to_read_again_and_nothing_is_lost() {
    let world = World::new().await;
    let one = one(&world, json!({"starts_at": hours(2), "duration": "PT1H"})).await;
    let (ann, bob) = (world.admin(), world.one("person", "bob", ("acme", "operator")).await);
    let seen = tag(&ann.get(&one).await.is(200));
    assert_eq!(seen, tag(&bob.get(&one).await.is(200)));
    let title = patch(&ann, &one, &seen, json!({"title": "Disks"}));
    let reason = patch(&bob, &one, &seen, json!({"reason": "They are full"}));
    world.crowded.store(true, Relaxed);
    let (title, reason) = futures_util::future::join(title, reason).await;
    let (won, lost) = if title.status == 200 { (title, reason) } else { (reason, title) };
    let lost = lost.refused(412, "stale", None).says(&["revision 1", "2 now"]);
    assert_eq!((won.is(200).body["revision"].as_u64(), lost.body["revision"].as_u64()), (Some(2), Some(2)));
    assert_eq!(tag(&lost), "\"2\"");
    // Whoever lost decides on what it says now.
    patch(&bob, &one, &tag(&lost), json!({"title": "Disks", "reason": "They are full"})).await.is(200);
    ann.get(&one).await.is(200).says(&["Disks", "They are full"]);
}

#[tokio::test]
async fn what_is_read_again_and_is_not_new_is_not_sent() {
    let world = World::new().await;
    let admin = world.admin();
    let maintenance = one(&world, json!({"draft": true})).await;
    let target = format!("/api/v1/targets/{}", world.id(SHOP).await);
    for path in [&maintenance, &target] {
        let read = admin.get(path).await.is(200);
        for known in [tag(&read), format!("\"x\", W/{}", tag(&read)), "*".to_owned()] {
            let said = admin.raw(Method::GET, path, &[("if-none-match", &known)], "").await.is(304);
            assert_eq!((&said.body, tag(&said)), (&Value::Null, tag(&read)));
        }
        let again = admin.raw(Method::GET, path, &[("if-none-match", "\"1\"")], "").await.is(200);
        assert_eq!(again.body, read.body);
    }
}

#[tokio::test]
async fn progress_is_news_but_stands_in_nobodys_way() {
    let world = World::new().await;
    let admin = world.admin();
    let one = one(&world, json!({"draft": true})).await;
    let before = tag(&admin.get(&one).await.is(200));
    admin.post(&format!("{one}/start"), json!({})).await.is(200);
    let read = admin.raw(Method::GET, &one, &[("if-none-match", &before)], "").await.is(200);
    assert_eq!((read.body["phase"].as_str(), read.body["revision"].as_u64()), (Some("entering"), Some(1)));
    patch(&admin, &one, &before, json!({"title": "Disks"})).await.is(200);
    patch(&admin, &one, &before, json!({"title": "Other"})).await.refused(412, "stale", None);
}

#[tokio::test]
async fn a_target_is_changed_and_removed_as_it_was_read() {
    let world = World::new().await;
    let admin = world.admin();
    let made = admin.post("/api/v1/targets", json!({"path": "acme/new", "kind": "product"})).await.is(201);
    let place = made.headers["location"].to_str().expect("text").to_owned();
    let first = tag(&made);
    let changed = patch(&admin, &place, &first, json!({"version": "2"})).await.is(200);
    assert_eq!(tag(&changed), "\"2\"");
    let refused = patch(&admin, &place, &first, json!({"version": "3"})).await.refused(412, "stale", None);
    assert_eq!(tag(&refused), "\"2\"");
    admin.raw(Method::DELETE, &place, &[("if-match", &first)], "").await.refused(412, "stale", None);
    assert_eq!(admin.get(&place).await.is(200).body["version"], "2");
    admin.raw(Method::DELETE, &place, &[("if-match", "\"2\"")], "").await.is(204);
}
