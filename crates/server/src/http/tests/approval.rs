//! A second person's word on a plan, as people ask for it.
use serde_json::{Value, json};

use super::world::{Caller, SHOP, World, hours};

const ALL: &str = "/api/v1/maintenances";

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

fn to(id: &str, command: &str) -> String {
    format!("{ALL}/{id}/{command}")
}

/// A maintenance of the shop that asks for a second person, with these other fields.
fn asks(more: &Value) -> Value {
    let mut body = json!({"title": "Upgrade", "policy": {"approval": true, "answers": {"request.read": {"answer": "deny"}}},
        "scope": {"include": [{"under": SHOP}]}, "duration": "PT1H"});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

/// Somebody who may see it all and approve.
async fn bob(world: &World) -> Caller<'_> {
    let grants = json!([{"under": "acme", "role": "viewer", "may": ["approve"]}]);
    let token = json!({"name": "bob", "kind": "person", "grants": grants});
    let made = world.admin().post("/api/v1/tokens", token).await.is(201);
    world.with(made.body["token"].as_str().expect("a secret"))
}

async fn made(world: &World, more: Value) -> String {
    let said = world.admin().post(ALL, asks(&more)).await.is(201);
    said.body["id"].as_str().expect("an id").to_owned()
}

async fn hash(by: &Caller<'_>, id: &str) -> String {
    by.get(&to(id, "plan")).await.is(200).body["hash"].as_str().expect("a hash").to_owned()
}

async fn kinds(world: &World, id: &str) -> Vec<String> {
    let said = world.admin().get(&format!("/api/v1/events?kind=notice&maintenance={id}")).await.is(200);
    let items = said.body["items"].as_array().expect("a list");
    items.iter().map(|it| it["body"]["kind"].as_str().expect("a kind").to_owned()).collect()
}

#[tokio::test]
async fn nothing_begins_before_a_second_person_has_approved_it() {
    let world = World::new().await;
    let (admin, bob) = (world.admin(), bob(&world).await);
    admin.post(ALL, asks(&json!({}))).await.refused(409, "state", None).says(&["draft", "approved"]);
    let id = made(&world, json!({"starts_at": hours(1)})).await;
    admin.post(&to(&id, "start"), json!({})).await.refused(409, "state", None);
    let plan = bob.get(&to(&id, "plan")).await.is(200);
    assert_eq!(plan.body["approval"]["needed"], true);
    assert!(plan.body["approval"]["who"].as_str().expect("it says who").contains("anybody but"), "{plan:#?}");
    let hash = hash(&bob, &id).await;
    admin.post(&to(&id, "approve"), json!({"plan": hash})).await.refused(403, "forbidden", None);
    bob.post(&to(&id, "approve"), json!({"plan": "another"})).await.refused(409, "conflict", Some("plan"));
    let said = bob.post(&to(&id, "approve"), json!({"plan": hash})).await.is(200);
    assert_eq!((&said.body["approval"]["by"], &said.body["approval"]["needed"]), (&json!("bob"), &json!(true)));
    assert_eq!(bob.post(&to(&id, "approve"), json!({"plan": hash})).await.is(200).body, said.body);
    bob.post(&to(&id, "start"), json!({})).await.refused(403, "forbidden", None);
    admin.post(&to(&id, "start"), json!({})).await.is(200);
    assert_eq!(bob.post(&to(&id, "approve"), json!({"plan": hash})).await.is(200).body["status"], "in_progress");
}

#[tokio::test]
async fn whoever_changed_it_last_does_not_approve_it() {
    let world = World::new().await;
    let grants = json!([{"under": "acme", "role": "operator", "may": ["approve"]}]);
    let token = json!({"name": "eve", "kind": "person", "grants": grants});
    let made_token = world.admin().post("/api/v1/tokens", token).await.is(201);
    let eve = world.with(made_token.body["token"].as_str().expect("a secret"));
    let id = made(&world, json!({"starts_at": hours(1)})).await;
    eve.patch(&one(&id), json!({"title": "Another"})).await.is(200);
    let plan = json!({"plan": hash(&eve, &id).await});
    eve.post(&to(&id, "approve"), plan.clone()).await.refused(403, "forbidden", None).says(&["second person"]);
    bob(&world).await.post(&to(&id, "approve"), plan).await.is(200);
}

#[tokio::test]
async fn a_change_of_the_plan_lapses_it_and_reminders_do_not() {
    let world = World::new().await;
    let (admin, bob) = (world.admin(), bob(&world).await);
    let id = made(&world, json!({"starts_at": hours(1)})).await;
    bob.post(&to(&id, "approve"), json!({"plan": hash(&bob, &id).await})).await.is(200);
    let said =
        admin.patch(&one(&id), json!({"reminders": ["PT10M", "PT30M", "PT10M"], "nudge_every": "PT0S"})).await.is(200);
    assert_eq!(said.body["reminders"], json!(["PT30M", "PT10M"]));
    assert_eq!(said.body["approval"].get("lapsed_at"), None, "{said:#?}");
    let said = admin.patch(&one(&id), json!({"impact_text": "No login"})).await.is(200);
    assert!(said.body["approval"]["lapsed_at"].is_string(), "{said:#?}");
    assert!(said.body["waits_for"].to_string().contains("since bob approved it"), "{said:#?}");
    assert_eq!(kinds(&world, &id).await, ["scheduled", "approval_lapsed"]);
    admin.post(&to(&id, "start"), json!({})).await.refused(409, "state", None);
    bob.post(&to(&id, "approve"), json!({"plan": hash(&bob, &id).await})).await.is(200);
    admin.post(&to(&id, "start"), json!({})).await.is(200);
}

#[tokio::test]
async fn another_target_in_scope_lapses_it() {
    let world = World::new().await;
    let (admin, bob) = (world.admin(), bob(&world).await);
    let id = made(&world, json!({"starts_at": hours(1)})).await;
    bob.post(&to(&id, "approve"), json!({"plan": hash(&bob, &id).await})).await.is(200);
    world.acts();
    admin.post("/api/v1/targets", json!({"path": "acme/prod/shop/new", "kind": "stack"})).await.is(201);
    world.until(&one(&id), |it| it["approval"]["lapsed_at"].is_string()).await;
    assert_eq!(kinds(&world, &id).await, ["scheduled", "approval_lapsed"]);
}

#[tokio::test]
async fn unapproved_it_closes_nothing_and_is_missed_when_its_window_is_over() {
    let world = World::new().await;
    let id = made(&world, json!({"starts_at": soon(), "duration": "PT3S"})).await;
    let question = json!({"questions": [{"target": SHOP, "action": "request.read"}]});
    world.acts();
    let missed = world.until(&one(&id), |it| it["status"] == "cancelled").await;
    assert_eq!((&missed["outcome"], &missed["why"]), (&json!("missed"), &json!("missed (unapproved)")));
    assert_eq!(kinds(&world, &id).await, ["scheduled", "missed"]);
    let decided = world.admin().post("/api/v1/gate/check", question).await.is(200);
    assert_eq!(decided.body["decisions"][0]["answer"], "allow");
}

#[tokio::test]
async fn approved_a_little_late_it_still_begins() {
    let world = World::new().await;
    let bob = bob(&world).await;
    let starts_at = soon();
    let id = made(&world, json!({"starts_at": starts_at})).await;
    world.acts();
    let question = json!({"questions": [{"target": SHOP, "action": "request.read"}]});
    // Its time has come when this one's has, which is scheduled for the same instant.
    let other = json!({"starts_at": starts_at, "duration": "PT1H", "preset": "announce"});
    let other = world.admin().maintenance("acme/prod/wiki", other).await;
    world.until(&one(&other), |it| it["status"] == "in_progress").await;
    let waits = world.admin().get(&one(&id)).await.is(200);
    assert_eq!(waits.body["status"], "scheduled");
    assert_eq!(waits.body["waits_for"], json!(["an approval by a second person"]));
    let decided = world.admin().post("/api/v1/gate/check", question.clone()).await.is(200);
    assert_eq!(decided.body["decisions"][0]["answer"], "allow");
    bob.post(&to(&id, "approve"), json!({"plan": hash(&bob, &id).await})).await.is(200);
    world.until(&one(&id), |it| it["status"] == "in_progress").await;
}

/// In a moment.
fn soon() -> String {
    crate::view::instant(crate::clock::now() + lull_domain::Span::seconds(2))
}

#[tokio::test]
async fn what_the_clock_tells_is_told_and_shown() {
    let world = World::new().await;
    world.acts();
    let more = json!({"preset": "announce", "starts_at": crate::view::instant(crate::clock::now() + lull_domain::Span::seconds(6)),
        "duration": "PT6S", "reminders": ["PT1S", "PT2S"], "ask_before": "PT2S",
        "end": {"by": "manual", "overrun": {"extend": {"step": "PT1M", "budget": "PT2M"}}}});
    let id = world.admin().maintenance("acme/prod/wiki", more).await;
    let shown = world.until(&one(&id), |it| it["overrun_used"].is_string()).await;
    assert_eq!(
        (&shown["overrun_used"], &shown["ask_before"], &shown["nudge_every"]),
        (&json!("PT1M"), &json!("PT2S"), &json!("PT1H"))
    );
    let kinds = kinds(&world, &id).await;
    let count = |kind: &str| kinds.iter().filter(|it| *it == kind).count();
    assert_eq!(count("extended"), 1, "{kinds:?}");
    // On a busy machine a moment may go by unseen; what is told is told once.
    assert!(count("reminder") <= 2 && count("ends_soon") <= 1 && count("nudge") == 0, "{kinds:?}");
    assert_eq!(kinds.first().map(String::as_str), Some("scheduled"));
}
