//! Backed up before it is stopped; one whose backup fails runs on, and is named.
use serde_json::{Value, json};

use super::world::{SHOP, World};

const ALL: &str = "/api/v1/maintenances";
const WIKI: &str = "acme/prod/wiki";

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

fn saving(under: &str) -> Value {
    json!({"title": "Save", "policy": {"running": {"stop": {"grace": "PT5S", "backup": true}}, "effects": ["stop"]},
        "scope": {"include": [{"under": under}]}})
}

async fn entering(world: &World, under: &str) -> String {
    let made = world.admin().post(ALL, saving(under)).await.is(201);
    made.body["id"].as_str().expect("it has an id").to_owned()
}

#[tokio::test]
async fn each_thing_is_backed_up_and_then_stopped() {
    let world = World::new().await;
    world.acts();
    let id = entering(&world, SHOP).await;
    world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.done("shop-api"), ["backed up", "stopped"]);
    assert_eq!(world.outside.done("shop-db"), ["backed up", "stopped"]);
    let held = world.admin().get(&format!("/api/v1/engagements?maintenance={id}")).await.is(200);
    assert_eq!(held.body["items"][0]["things"][0]["backup"], "backup-1", "{held:#?}");
    world.admin().get("/api/v1/events?kind=engagement").await.is(200).says(&["backup-1"]);
}

#[tokio::test]
async fn one_whose_backup_fails_runs_on_as_a_named_blocker_and_the_others_go_on() {
    let world = World::new().await;
    world.outside.fill("shop-api", true);
    world.acts();
    let admin = world.admin();
    let id = entering(&world, "acme/prod").await;
    let seen = world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    world.until("/api/v1/workloads?under=acme/prod/wiki", |w| w["items"][0]["state"] == "stopped").await;
    assert_eq!(seen["flags"]["ready"], false);
    let blocker = seen["blockers"].as_array().expect("a list").iter().find(|it| it["name"] == "shop-api");
    let why = blocker.expect("it is named")["why"].to_string();
    assert!(why.contains("the backup failed") && why.contains("the disk is full"), "{seen:#}");
    assert_eq!(world.outside.running(), ["lab-web", "shop-api", "shop-db"], "what it needs stays up too");
    world.outside.fill("shop-api", false);
    admin.post(&format!("{}/retry", one(&id)), json!({})).await.is(200);
    world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.done("shop-api"), ["backed up", "stopped"]);
}

#[tokio::test]
async fn only_who_may_break_the_glass_does_without_a_backup_and_says_why() {
    let world = World::new().await;
    world.outside.fill("wiki-web", true);
    world.acts();
    let id = entering(&world, WIKI).await;
    world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    let retry = format!("{}/retry", one(&id));
    let force = json!({"names": ["wiki-web"], "force": true, "reason": "it is only a cache"});
    let bob = world.one("person", "bob", (WIKI, "operator")).await;
    bob.post(&retry, force.clone()).await.refused(403, "forbidden", None).says(&["break_glass"]);
    let token = json!({"name": "eve", "kind": "person", "grants": [{"under": WIKI, "role": "operator", "may": ["break_glass"]}]});
    let made = world.admin().post("/api/v1/tokens", token).await.is(201);
    let eve = world.with(made.body["token"].as_str().expect("a secret"));
    for odd in
        [json!({"names": ["wiki-web"], "force": true}), json!({"names": ["wiki-web"], "force": true, "reason": " "})]
    {
        eve.post(&retry, odd).await.refused(400, "bad-input", Some("reason"));
    }
    eve.post(&retry, json!({"force": true, "reason": "x"})).await.refused(400, "bad-input", Some("names"));
    assert_eq!(world.outside.done("wiki-web"), [""; 0]);
    eve.post(&retry, force).await.is(200);
    world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.done("wiki-web"), ["stopped"]);
    world.admin().get("/api/v1/engagements").await.says(&["eve does without it: it is only a cache"]);
    world.admin().get("/api/v1/events?kind=engagement").await.says(&["eve does without a backup of", "only a cache"]);
}

#[tokio::test]
async fn a_plan_says_what_a_backup_does_not_hold() {
    let world = World::new().await;
    let mut body = saving(SHOP);
    body["draft"] = json!(true);
    let id = world.admin().post(ALL, body).await.is(201).body["id"].as_str().expect("an id").to_owned();
    let plan = world.admin().get(&format!("{}/plan", one(&id))).await.is(200);
    plan.says(&["The backup of shop-db does not hold its volumes: /var/lib/data."]);
}

#[tokio::test]
async fn whoever_joins_with_a_backup_gets_it_for_what_still_runs() {
    let world = World::new().await;
    world.outside.stick("wiki-web", true);
    world.acts();
    let admin = world.admin();
    let plain = admin.maintenance(WIKI, json!({})).await;
    world.until(&one(&plain), |m| m["flags"]["needs_attention"] == true).await;
    let saved = entering(&world, WIKI).await;
    world.until("/api/v1/engagements", |e| e["items"][0]["holders"].as_array().is_some_and(|all| all.len() == 2)).await;
    world.outside.stick("wiki-web", false);
    admin.post(&format!("{}/retry", one(&saved)), json!({})).await.is(200);
    world.until(&one(&saved), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.done("wiki-web"), ["backed up", "stopped"]);
}
