//! Running work that is waited for: by name, until it ends, and what is done when it does not.
use serde_json::{Value, json};

use super::world::{SHOP, World};

const ALL: &str = "/api/v1/maintenances";
/// What runs besides the shop.
const OTHERS: [&str; 2] = ["lab-web", "wiki-web"];
const RUNNING: [&str; 4] = ["lab-web", "shop-api", "shop-db", "wiki-web"];

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

fn finish(limit: &str, then: &str) -> Value {
    json!({"running": {"finish": {"limit": limit, "then": then}}, "effects": []})
}

/// Enters the shop so.
async fn entering(world: &World, policy: Value) -> String {
    let body = json!({"title": "Wait", "policy": policy, "scope": {"include": [{"under": SHOP}]}});
    let made = world.admin().post(ALL, body).await.is(201);
    made.body["id"].as_str().expect("it has an id").to_owned()
}

fn blockers(maintenance: &Value) -> Vec<String> {
    let all = maintenance["blockers"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|one| format!("{} of {}", one["name"], one["target"]).replace('"', "")).collect()
}

async fn completed(world: &World, id: &str) {
    world.admin().post(&format!("{}/complete", one(id)), json!({})).await.is(200);
    world.until(&one(id), |m| m["status"] == "completed").await;
}

#[tokio::test]
async fn what_runs_is_waited_for_by_name_until_it_ends_and_is_not_started_again() {
    let world = World::new().await;
    world.acts();
    let id = entering(&world, finish("PT30M", "wait")).await;
    let seen = world.until(&one(&id), |m| blockers(m).len() == 2).await;
    assert_eq!(blockers(&seen), ["shop-db of acme/prod/shop/db", "shop-api of acme/prod/shop/api"]);
    assert_eq!((&seen["phase"], &seen["flags"]["ready"]), (&json!("entering"), &json!(false)));
    assert!(seen["waits_for"].to_string().contains("waits until shop-api ends"), "{seen:#}");
    world.outside.end("shop-api");
    world.until(&one(&id), |m| blockers(m) == ["shop-db of acme/prod/shop/db"]).await;
    // What it waits for is stored: another process goes on with it.
    world.rests().await;
    let stored = world.admin().get(&one(&id)).await.is(200);
    assert_eq!(blockers(&stored.body), ["shop-db of acme/prod/shop/db"]);
    world.outside.run("shop-api");
    world.outside.end("shop-db");
    world.acts();
    let active = world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(blockers(&active), [""; 0], "what came later is not waited for");
    world.until(&one(&id), |m| m["flags"]["ready"] == true).await;
    completed(&world, &id).await;
    assert_eq!(world.outside.running(), ["lab-web", "shop-api", "wiki-web"]);
}

#[tokio::test]
async fn past_its_limit_people_are_told_and_one_may_let_it_run_on() {
    let world = World::new().await;
    world.acts();
    let id = entering(&world, finish("PT1S", "wait")).await;
    let late = world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    assert_eq!((&late["phase"], blockers(&late).len()), (&json!("entering"), 2));
    world.admin().get("/api/v1/events?kind=notice").await.says(&["drain_late", "operators"]);
    let accept = format!("{}/accept", one(&id));
    let admin = world.admin();
    admin.post(&accept, json!({"names": ["wiki-web"], "reason": "x"})).await.refused(
        400,
        "bad-input",
        Some("names[0]"),
    );
    admin.post(&accept, json!({"names": ["shop-db", "acme/prod/shop/api"], "reason": "it may"})).await.is(200);
    let active = world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(active["flags"]["needs_attention"], false);
    assert_eq!(world.outside.running(), RUNNING);
    completed(&world, &id).await;
    assert_eq!(world.outside.running(), RUNNING);
}

#[tokio::test]
async fn past_its_limit_it_is_stopped_and_started_again_at_the_end() {
    let world = World::new().await;
    world.acts();
    let id = entering(&world, finish("PT1S", "stop")).await;
    world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.running(), OTHERS);
    completed(&world, &id).await;
    assert_eq!(world.outside.running(), RUNNING);
}

#[tokio::test]
async fn past_its_limit_it_is_cancelled_and_stays_down() {
    let world = World::new().await;
    world.acts();
    let id = entering(&world, finish("PT1S", "cancel")).await;
    world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.running(), OTHERS);
    completed(&world, &id).await;
    assert_eq!(world.outside.running(), OTHERS);
}

#[tokio::test]
async fn what_one_lets_run_on_is_not_stopped_at_the_limit() {
    let world = World::new().await;
    world.acts();
    let id = entering(&world, finish("PT8S", "stop")).await;
    world.until(&one(&id), |m| blockers(m).len() == 2).await;
    let accept = format!("{}/accept", one(&id));
    world.admin().post(&accept, json!({"names": ["shop-api"], "reason": "it is read only"})).await.is(200);
    world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.running(), ["lab-web", "shop-api", "wiki-web"]);
    completed(&world, &id).await;
    assert_eq!(world.outside.running(), RUNNING);
}

#[tokio::test]
async fn a_plan_says_what_is_waited_for_and_a_policy_what_it_cannot_mean() {
    let world = World::new().await;
    let admin = world.admin();
    let body = json!({"title": "Wait", "policy": finish("PT5M", "stop"), "draft": true,
        "scope": {"include": [{"under": SHOP}]}});
    let id = admin.post(ALL, body.clone()).await.is(201).body["id"].as_str().expect("an id").to_owned();
    let plan = admin.get(&format!("{}/plan", one(&id))).await.is(200);
    assert_eq!(plan.body["targets"][1]["effects"], json!(["drain", "stop"]), "{plan:#?}");
    assert_eq!(plan.body["forecast"]["workloads"].as_array().map(Vec::len), Some(2));
    let mut wrong = body;
    wrong["policy"] = json!({"running": {"finish": {"limit": "PT5M"}}, "effects": ["stop"]});
    admin.post(ALL, wrong).await.refused(400, "bad-input", Some("policy.running"));
}
