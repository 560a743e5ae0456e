//! The cases that are easy to get wrong, each over HTTP and named as people name it.
use serde_json::{Value, json};

use super::world::{SHOP, World};

const ALL: &str = "/api/v1/maintenances";
const DB: &str = "acme/prod/shop/db";
const API: &str = "acme/prod/shop/api";
/// What runs when nothing is in maintenance.
const RUNNING: [&str; 4] = ["lab-web", "shop-api", "shop-db", "wiki-web"];

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

fn to(id: &str, command: &str) -> String {
    format!("{ALL}/{id}/{command}")
}

/// How far this target is that is to come back.
fn far(maintenance: &Value, target: &str) -> String {
    let all = maintenance["returning"].as_array().map(Vec::as_slice).unwrap_or_default();
    let one = all.iter().find(|one| one["target"] == target);
    one.map_or_else(String::new, |one| one["state"].as_str().unwrap_or_default().to_owned())
}

async fn entered(world: &World, under: &str) -> String {
    let id = world.admin().maintenance(under, json!({})).await;
    world.until(&one(&id), |m| m["phase"] == "active").await;
    id
}

async fn stage(world: &World, target: &str) -> Value {
    let held = world.admin().get("/api/v1/engagements").await.is(200);
    let all = held.body["items"].as_array().expect("a list").clone();
    all.into_iter().find(|one| one["target"] == target).unwrap_or(Value::Null)
}

#[tokio::test]
async fn verify_then_reenter_with_one_service_that_failed_to_start() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    let id = entered(&world, SHOP).await;
    let op = stage(&world, API).await["op"].clone();
    world.outside.kill("shop-api", true);
    let said = admin.post(&to(&id, "verify"), json!({})).await.is(200);
    assert_eq!(said.body["phase"], "verifying");
    let troubled = world.until(&one(&id), |m| far(m, API) == "failed").await;
    assert_eq!(far(&troubled, DB), "back");
    assert_eq!(troubled["flags"]["ready"], false);
    assert_eq!(troubled["progress"], json!({"done": 1, "of": 2}));
    assert_eq!(stage(&world, API).await["stage"], "owed");
    assert_eq!(world.outside.running(), ["lab-web", "shop-db", "wiki-web"]);
    let mode = admin.get(&format!("/api/v1/targets?path={SHOP}")).await;
    assert_eq!(mode.body["items"][0]["mode"]["work"], "maintenance", "users are still out");

    let again = admin.post(&to(&id, "reenter"), json!({})).await.is(200);
    assert_eq!(again.body["phase"], "entering");
    world.until(&one(&id), |m| m["phase"] == "active").await;
    let api = stage(&world, API).await;
    assert_eq!((&api["stage"], &api["things"][0]["state"]), (&json!("applied"), &json!("down")), "the receipt is kept");
    assert!(api["op"].as_u64() > op.as_u64(), "{api:#}");
    assert_eq!(stage(&world, DB).await["things"][0]["state"], "down", "what came back is captured anew");

    world.outside.kill("shop-api", false);
    admin.post(&to(&id, "complete"), json!({})).await.is(200);
    world.until(&one(&id), |m| m["status"] == "completed").await;
    assert_eq!(world.outside.running(), RUNNING);
}

#[tokio::test]
async fn what_is_verified_is_ready_when_all_is_back() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    let id = entered(&world, SHOP).await;
    admin.post(&to(&id, "verify"), json!({})).await.is(200);
    let verified = world.until(&one(&id), |m| m["flags"]["ready"] == true).await;
    assert_eq!(verified["phase"], "verifying");
    assert_eq!((far(&verified, API), far(&verified, DB)), ("back".to_owned(), "back".to_owned()));
    assert_eq!(verified["progress"], json!({"done": 2, "of": 2}));
    assert_eq!(world.outside.running(), RUNNING);
    admin.post(&to(&id, "verify"), json!({})).await.is(200);
    admin.post(&to(&id, "complete"), json!({})).await.is(200);
    world.until(&one(&id), |m| m["status"] == "completed").await;
}

#[tokio::test]
async fn verify_from_entering_says_what_is_missing() {
    let world = World::new().await;
    world.outside.stick("shop-db", true);
    world.acts();
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({})).await;
    world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    let said = admin.post(&to(&id, "verify"), json!({})).await.refused(409, "state", None);
    assert!(said.body["detail"].as_str().is_some_and(|text| text.contains(DB)), "{said:#?}");
    admin.get("/api/v1/orders").await.is(200);
}

#[tokio::test]
async fn verified_beside_another_a_target_is_held_by_it_and_what_needs_it_waits() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    let shop = entered(&world, SHOP).await;
    let other = entered(&world, DB).await;
    admin.post(&to(&shop, "verify"), json!({})).await.is(200);
    let seen = world.until(&one(&shop), |m| far(m, API) == "waits" && far(m, DB) == "held").await;
    let words = seen["returning"].to_string();
    assert!(words.contains(&format!("held by {other}")), "{words}");
    assert!(words.contains(&format!("waits for {DB}, held by {other}")), "{words}");
    admin.post(&to(&other, "complete"), json!({})).await.is(200);
    world.until(&one(&shop), |m| far(m, API) == "back").await;
    assert_eq!(world.outside.running(), RUNNING);
}

#[tokio::test]
async fn ends_at_passing_while_lull_is_down() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({"duration": "PT4S"})).await;
    world.until(&one(&id), |m| m["phase"] == "active").await;
    world.rests().await;
    world.until(&one(&id), |m| m["flags"]["overdue"] == true).await;
    let down = admin.get(&one(&id)).await.is(200);
    assert_eq!(down.body["phase"], "active", "nothing opens by itself over what is stopped");
    assert_eq!(world.outside.running(), ["lab-web", "wiki-web"]);
    world.acts();
    world.until(&one(&id), |m| m["status"] == "completed").await;
    assert_eq!(world.outside.running(), RUNNING);
}

/// Ended in this way while something does not let itself be stopped, all that ran runs.
async fn ended_while_entering(command: &str, status: &str) {
    let world = World::new().await;
    world.outside.stick("shop-db", true);
    world.acts();
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({})).await;
    world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    assert_eq!(world.outside.running(), ["lab-web", "shop-db", "wiki-web"]);
    let said = admin.post(&to(&id, command), json!({})).await.is(200);
    assert_eq!(said.body["phase"], "leaving");
    world.until(&one(&id), |m| m["status"] == status).await;
    assert_eq!(world.outside.running(), RUNNING);
    assert_eq!(admin.get("/api/v1/engagements").await.body["items"], json!([]), "nothing is held or owed");
}

#[tokio::test]
async fn cancel_while_entering() {
    ended_while_entering("cancel", "cancelled").await;
}

#[tokio::test]
async fn complete_while_entering() {
    ended_while_entering("complete", "completed").await;
}

#[tokio::test]
async fn a_hold_taken_on_a_failing_revert() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    let first = entered(&world, SHOP).await;
    world.outside.kill("shop-api", true);
    admin.post(&to(&first, "complete"), json!({})).await.is(200);
    world.until(&one(&first), |m| m["flags"]["needs_attention"] == true).await;
    let second = entered(&world, SHOP).await;
    let api = stage(&world, API).await;
    assert_eq!(api["holders"], json!([second]), "the receipt is taken over: {api:#}");
    assert_eq!(api["things"][0]["state"], "down");
    world.until(&one(&first), |m| m["status"] == "completed").await;
    world.outside.kill("shop-api", false);
    admin.post(&to(&second, "complete"), json!({})).await.is(200);
    world.until(&one(&second), |m| m["status"] == "completed").await;
    assert_eq!(world.outside.running(), RUNNING);
}

#[tokio::test]
async fn a_revert_whose_dependency_another_maintenance_holds() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    let shop = entered(&world, SHOP).await;
    let other = entered(&world, DB).await;
    admin.post(&to(&shop, "complete"), json!({})).await.is(200);
    let waits = world.until(&one(&shop), |m| m["waits_for"].to_string().contains("waits for")).await;
    assert_eq!(waits["phase"], "leaving");
    assert!(waits["waits_for"].to_string().contains(&format!("{API}, which waits for {DB}")), "{waits:#}");
    assert_eq!(world.outside.running(), ["lab-web", "wiki-web"]);
    admin.post(&to(&other, "complete"), json!({})).await.is(200);
    world.until(&one(&shop), |m| m["status"] == "completed").await;
    assert_eq!(world.outside.running(), RUNNING);
}

#[tokio::test]
async fn past_its_cutoff_nothing_more_is_stopped_and_a_later_end_lets_it_go_on() {
    let world = World::new().await;
    world.outside.stick("shop-api", true);
    world.acts();
    let admin = world.admin();
    let policy = json!({"running": {"stop": {"grace": "PT5S"}}, "effects": ["stop"], "cutoff": "PT45M"});
    let body =
        json!({"title": "Cutoff", "policy": policy, "duration": "PT4H", "scope": {"include": [{"under": SHOP}]}});
    let id = admin.post(ALL, body).await.is(201).body["id"].as_str().expect("an id").to_owned();
    world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    let half_an_hour = crate::view::instant(crate::clock::now() + lull_domain::Span::minutes(30));
    admin.post(&to(&id, "extend"), json!({"ends_at": half_an_hour})).await.is(200);
    world.outside.stick("shop-api", false);
    admin.post(&to(&id, "retry"), json!({})).await.is(200);
    world.until(&one(&id), |m| m["waits_for"].to_string().contains("the cutoff has passed")).await;
    assert_eq!(world.outside.running(), RUNNING);
    admin.post(&to(&id, "extend"), json!({"ends_at": super::world::hours(4)})).await.is(200);
    world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.running(), ["lab-web", "wiki-web"]);
}

#[tokio::test]
async fn newcomers_are_stopped_while_entering_and_afterwards_only_left() {
    let world = World::new().await;
    world.outside.stick("wiki-web", true);
    world.acts();
    let admin = world.admin();
    let id = admin.maintenance("acme/prod", json!({})).await;
    world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    world.until("/api/v1/engagements", |e| e.to_string().matches("\"applied\"").count() == 2).await;
    world.outside.run("shop-db");
    world.outside.stick("wiki-web", false);
    world.until("/api/v1/workloads?under=acme/prod/shop/db", |w| w["items"][0]["state"] == "stopped").await;
    admin.post(&to(&id, "retry"), json!({})).await.is(200);
    world.until(&one(&id), |m| m["phase"] == "active").await;
    world.outside.run("shop-api");
    world.until("/api/v1/engagements", |e| e.to_string().contains("a person started it meanwhile")).await;
    admin.post(&to(&id, "complete"), json!({})).await.is(200);
    world.until(&one(&id), |m| m["status"] == "completed").await;
    assert_eq!(world.outside.running(), RUNNING);
}

#[tokio::test]
async fn what_falls_out_of_scope_comes_back_early() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    let id = entered(&world, "acme/prod").await;
    admin.post(&to(&id, "exclude"), json!({"under": SHOP})).await.is(200);
    world.until("/api/v1/engagements", |e| e["items"].as_array().is_some_and(|all| all.len() == 1)).await;
    assert_eq!(world.outside.running(), ["lab-web", "shop-api", "shop-db"]);
    assert_eq!(admin.get(&one(&id)).await.body["phase"], "active");
}

#[tokio::test]
async fn one_that_waits_and_one_that_stops_on_the_same_target() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    let policy = json!({"running": {"finish": {"limit": "PT1H"}}});
    let body = json!({"title": "Wait", "policy": policy, "scope": {"include": [{"under": SHOP}]}});
    let waits = admin.post(ALL, body).await.is(201).body["id"].as_str().expect("an id").to_owned();
    world.until(&one(&waits), |m| m["blockers"].as_array().is_some_and(|all| all.len() == 2)).await;
    let stops = entered(&world, SHOP).await;
    world.until(&one(&waits), |m| m["phase"] == "active").await;
    admin.post(&to(&stops, "complete"), json!({})).await.is(200);
    world.until(&one(&stops), |m| m["status"] == "completed").await;
    assert_eq!(world.outside.running(), RUNNING, "who only waits holds nothing down");
    assert_eq!(admin.get(&one(&waits)).await.body["phase"], "active");
}
