//! A banner is seen, is kept in the log, and restricts nothing.
use axum::http::{Method, header};
use lull_api::params::NewBanner;
use serde_json::json;

use super::world::{SHOP, World};

#[tokio::test]
async fn an_operator_puts_a_banner_up_and_takes_it_down() {
    let world = World::new().await;
    let place = format!("/api/v1/targets/{}/banner", world.id(SHOP).await);
    let target = format!("/api/v1/targets/{}", world.id(SHOP).await);
    let bob = world.one("person", "bob", (SHOP, "operator")).await;
    let said = bob.put(&place, json!({"text": " New disks on Sunday. ", "on": true})).await.is(200);
    assert_eq!(said.body["banner"]["text"], "New disks on Sunday.");
    assert_eq!((&said.body["banner"]["on"], &said.body["banner"]["by"]), (&json!(true), &json!("bob")));
    assert_eq!(said.body["mode"]["work"], "normal");
    let before = world
        .admin()
        .get("/api/v1/events?kind=target")
        .await
        .is(200)
        .says(&["bob changed the banner of acme/prod/shop"]);
    bob.put(&place, json!({"text": "New disks on Sunday.", "on": true})).await.is(200);
    assert_eq!(world.admin().get("/api/v1/events?kind=target").await.body, before.body, "twice is once");
    let down = bob.put(&place, json!({"on": false})).await.is(200);
    assert_eq!(
        (&down.body["banner"]["on"], &down.body["banner"]["text"]),
        (&json!(false), &json!("New disks on Sunday."))
    );
    assert_eq!(world.admin().get(&target).await.body["banner"], down.body["banner"]);
    let viewer = world.one("person", "vera", (SHOP, "viewer")).await;
    viewer.put(&place, json!({"on": true})).await.refused(403, "forbidden", None);
    for text in [String::new(), "x".repeat(501), "two\nlines".to_owned()] {
        bob.put(&place, json!({"text": text, "on": true})).await.refused(400, "bad-input", Some("text"));
    }
    let nowhere = "/api/v1/targets/tgt_00000000000000000000000000000099/banner";
    world.admin().put(nowhere, json!({"text": "x", "on": true})).await.refused(404, "not-found", None);
}

#[tokio::test]
async fn without_a_text_it_says_when_the_next_maintenance_is() {
    let world = World::new().await;
    let place = format!("/api/v1/targets/{}/banner", world.id(SHOP).await);
    world.admin().put(&place, json!({"on": true})).await.refused(400, "bad-input", Some("text"));
    let times =
        json!({"starts_at": "2099-07-01T20:00:00Z", "ends_at": "2099-07-01T23:30:00Z", "zone": "Europe/Berlin"});
    world.admin().maintenance(SHOP, times).await;
    let said = world.admin().put(&place, json!({"on": true})).await.is(200);
    said.says(&["On 2099-07-01 from 22:00 to 2099-07-02 01:30 Europe/Berlin. Workspaces will be stopped"]);
}

#[tokio::test]
async fn of_two_who_saw_the_same_one_is_told_to_read_again() {
    let world = World::new().await;
    let target = format!("/api/v1/targets/{}", world.id(SHOP).await);
    let admin = world.admin();
    let seen = admin.get(&target).await.is(200).headers[header::ETAG].to_str().expect("text").to_owned();
    let put = async |body: serde_json::Value| {
        let headers = [("content-type", "application/json"), ("if-match", seen.as_str())];
        admin.raw(Method::PUT, &format!("{target}/banner"), &headers, body.to_string()).await
    };
    put(json!({"text": "New disks", "on": true})).await.is(200);
    let late = put(json!({"text": "New fans", "on": true})).await.refused(412, "stale", None);
    assert_eq!(late.headers[header::ETAG], "\"2\"");
    admin.get(&target).await.is(200).says(&["New disks"]);
}

#[tokio::test]
async fn whoever_takes_it_down_keeps_the_text_that_another_server_was_told_meanwhile() {
    let world = World::new().await;
    let id = world.id(SHOP).await;
    let place = format!("/api/v1/targets/{id}/banner");
    world.admin().put(&place, json!({"text": "New disks", "on": true})).await.is(200);
    let other = world.restarted().await;
    world.admin().put(&place, json!({"text": "New fans", "on": true})).await.is(200);
    let down = NewBanner { text: None, on: false };
    let id = id.parse().expect("it is an id");
    other.app.core.set_banner(&other.behind().await, id, down, None).await.expect("it is taken down");
    let said = world.admin().get(&format!("/api/v1/targets/{id}")).await.is(200);
    assert_eq!((&said.body["banner"]["text"], &said.body["banner"]["on"]), (&json!("New fans"), &json!(false)));
}
