//! The gate, asked over HTTP.
use std::sync::Arc;

use axum::http::Method;
use lull_domain::Instant;
use lull_domain::fence::Enforcer;
use serde_json::{Value, json};

use super::world::{SHOP, World};
use crate::door::Door;
use crate::http::App;

/// One question about the shop.
fn may(target: &str, action: &str) -> Value {
    json!({"target": target, "action": action})
}

impl World {
    /// What the gate says as soon as it knows of all that is stored.
    async fn decided(&self, question: Value) -> Value {
        let head = self.app.core.store.read(|tx| tx.head()).await.expect("there is a head");
        let epoch = head.epoch;
        let asked = json!({"questions": [question], "min_epoch": epoch});
        let said = self.admin().post("/api/v1/gate/check", asked).await.is(200);
        assert!(said.body["epoch"].as_u64() >= Some(epoch), "{said:?}");
        said.body["decisions"][0].clone()
    }

    async fn entered(&self, body: Value) -> Value {
        let mut whole =
            json!({"title": "New disks", "scope": {"include": [{"under": SHOP}]}, "preset": "stop-everything"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        self.admin().post("/api/v1/maintenances", whole).await.is(201).body
    }
}

#[tokio::test]
async fn what_is_in_maintenance_is_refused_with_the_words_and_the_time() {
    let world = World::new().await;
    let open = world.decided(may(SHOP, "request.read")).await;
    assert_eq!(open, json!({"answer": "allow"}));
    let made = world.entered(json!({"impact_text": "Carts are kept.", "duration": "PT1H"})).await;
    let said = world.decided(may("acme/prod/shop/db", "request.write")).await;
    assert_eq!(said["answer"], "deny");
    assert_eq!(said["status"], 503);
    assert_eq!(said["maintenance"], made["id"]);
    assert_eq!(said["title"], "New disks");
    assert_eq!(said["message"], "Carts are kept.");
    assert_eq!(said["until"], made["until"]);
    assert!((3_500..=3_600).contains(&said["retry_after"].as_i64().unwrap()), "{said}");
    let elsewhere = world.decided(may("acme/prod/wiki", "request.write")).await;
    assert_eq!(elsewhere, json!({"answer": "allow"}));
}

#[tokio::test]
async fn a_crowd_that_asks_is_spread() {
    let mut world = World::new().await;
    let core = Arc::clone(&world.app.core);
    let door = Arc::new(Door::with_chance(Arc::clone(&core), || 30));
    world.app = Arc::new(App { door, ..App::new(core) });
    // Who says when it ends is asked until then; here nobody does, and it is the policy's five minutes.
    world.entered(json!({})).await;
    let said = world.decided(may(SHOP, "request.write")).await;
    assert_eq!(said["retry_after"], 330, "by a tenth of the time at most");
}

#[tokio::test]
async fn chained_windows_until_is_the_folded_one() {
    let world = World::new().await;
    world.entered(json!({"duration": "PT4H"})).await;
    let longer = world.entered(json!({"duration": "PT6H", "scope": {"include": [{"under": "acme/prod"}]}})).await;
    let said = world.decided(may(SHOP, "deploy")).await;
    assert_eq!((&said["until"], &said["maintenance"]), (&longer["until"], &longer["id"]));
    let next = json!({"starts_at": longer["until"], "duration": "PT1H"});
    let next = world.entered(next).await;
    let said = world.decided(may(SHOP, "deploy")).await;
    assert_eq!(said["until"], next["until"], "the next begins as that one ends");
}

#[tokio::test]
async fn roles_are_believed_of_whoever_may_ask_for_others() {
    let world = World::new().await;
    world.entered(json!({})).await;
    let asked = json!({"target": SHOP, "action": "deploy", "subject": {"id": "ada", "roles": ["operator"]}});
    assert_eq!(world.decided(asked.clone()).await["answer"], "allow");
    let batch = json!({"questions": [asked, may(SHOP, "deploy")]});
    let viewer = world.one("person", "vera", ("acme", "viewer")).await;
    let said = viewer.post("/api/v1/gate/check", batch).await.is(200).body;
    assert_eq!(said["decisions"][0]["problem"]["type"], "/problems/forbidden");
    assert_eq!(said["decisions"][0].get("answer"), None);
    assert_eq!(said["decisions"][1]["answer"], "deny", "a batch never fails as a whole");
}

#[tokio::test]
async fn each_odd_question_has_a_problem_of_its_own() {
    let world = World::new().await;
    let odd = [
        (json!({"target": SHOP, "action": "dance"}), "action"),
        (json!({"target": "Shop//x", "action": "deploy"}), "target"),
        (json!({"target": SHOP, "action": "deploy", "at": "1970-01-01T00:00:00Z"}), "at"),
        (json!({"target": SHOP, "action": "deploy", "at": "2500-01-01T00:00:00Z"}), "at"),
        (json!({"target": SHOP, "action": "deploy", "at": "2028-01-01T00:00:00Z"}), "at"),
        (json!({"target": SHOP, "action": "deploy", "at": "tomorrow"}), "at"),
        (json!({"target": SHOP, "action": "deploy", "lasts": "-PT1H"}), "lasts"),
    ];
    let mut questions: Vec<Value> = odd.iter().map(|(question, _)| question.clone()).collect();
    questions.push(may(SHOP, "deploy"));
    let said = world.admin().post("/api/v1/gate/check", json!({"questions": questions})).await.is(200).body;
    let decisions = said["decisions"].as_array().unwrap();
    for (decision, (question, field)) in decisions.iter().zip(&odd) {
        assert_eq!(decision["problem"]["field"], *field, "{question}");
    }
    assert_eq!(decisions.last().unwrap(), &json!({"answer": "allow"}));
}

#[tokio::test]
async fn more_than_ten_thousand_questions_are_too_many() {
    let world = World::new().await;
    let asked = |count: usize| json!({"questions": vec![may(SHOP, "request.read"); count]});
    let said = world.admin().post("/api/v1/gate/check", asked(10_000)).await.is(200).body;
    assert_eq!(said["decisions"].as_array().unwrap().len(), 10_000);
    let said = world.admin().post("/api/v1/gate/check", asked(10_001)).await.is(413).body;
    assert_eq!(said["type"], "/problems/too-large");
}

#[tokio::test]
async fn what_nobody_knows_is_decided_by_what_is_above_it() {
    let world = World::new().await;
    world.entered(json!({})).await;
    let below = world.decided(may("acme/prod/shop/new/thing", "deploy")).await;
    assert_eq!((&below["answer"], below.get("unknown_target")), (&json!("deny"), None));
    let nowhere = world.decided(may("nowhere/at/all", "deploy")).await;
    assert_eq!(nowhere, json!({"answer": "allow", "unknown_target": true}));
}

#[tokio::test]
async fn an_epoch_that_does_not_come_is_answered_as_stale() {
    let world = World::new().await;
    let asked = json!({"questions": [may(SHOP, "deploy")], "min_epoch": 1_000_000});
    let said = world.admin().post("/api/v1/gate/check", asked).await.is(200).body;
    assert_eq!(said["decisions"][0], json!({"answer": "allow", "stale": true}));
}

#[tokio::test]
async fn what_will_hold_is_told_with_its_certainty() {
    let world = World::new().await;
    let made = world.entered(json!({"starts_at": "2027-01-01T22:00:00Z", "ends_at": "2027-01-01T23:00:00Z"})).await;
    world
        .entered(json!({"starts_at": "2027-01-02T22:00:00Z", "scope": {"include": [{"under": "acme/prod/wiki"}]}}))
        .await;
    world.decided(may(SHOP, "deploy")).await;
    let at = |target: &str, time: &str| format!("/api/v1/gate/at?target={target}&time={time}");
    let ask = async |target: &str, time: &str| world.admin().get(&at(target, time)).await.is(200).body;
    let before = ask(SHOP, "2027-01-01T20:00:00Z").await;
    assert_eq!(before["answer"], "allow");
    assert_eq!((&before["changes_at"], &before["certainty"]), (&json!("2027-01-01T22:00:00Z"), &json!("planned")));
    let within = ask(SHOP, "2027-01-01T22:30:00Z").await;
    assert_eq!((&within["answer"], &within["changes_at"]), (&json!("deny"), &json!("2027-01-01T23:00:00Z")));
    assert_eq!(within["maintenances"][0]["id"], made["id"]);
    let open = ask("acme/prod/wiki", "2027-01-03T00:00:00Z").await;
    assert_eq!((&open["answer"], &open["certainty"]), (&json!("deny"), &json!("open_ended")));
    assert_eq!(open.get("changes_at"), None);
    assert_eq!(ask(SHOP, "2029-01-01T00:00:00Z").await["certainty"], "beyond_horizon");
    let one = world.admin().get(&format!("{}&action=session.use.ui", at(SHOP, "2027-01-01T22:30:00Z"))).await.is(200);
    assert_eq!(one.body["answer"], "allow");
    let past = world.admin().get(&at(SHOP, "2020-01-01T00:00:00Z")).await.is(422).body;
    assert_eq!((&past["type"], &past["field"]), (&json!("/problems/bad-input"), &json!("time")));
}

#[tokio::test]
async fn a_target_that_one_may_not_see_is_not_told_from_none() {
    let world = World::new().await;
    world.entered(json!({})).await;
    world.decided(may(SHOP, "deploy")).await;
    let tester = world.one("person", "tess", ("acme/test", "operator")).await;
    let batch = json!({"questions": [may(SHOP, "deploy"), may("acme/test/lab", "deploy")]});
    let said = tester.post("/api/v1/gate/check", batch).await.is(200).body;
    assert_eq!(said["decisions"][0]["problem"]["type"], "/problems/not-found");
    assert_eq!(said["decisions"][1]["answer"], "allow");
    tester.get(&format!("/api/v1/gate/at?target={SHOP}")).await.is(404);
}

#[tokio::test]
async fn it_opens_target_by_target_as_each_is_back() {
    let world = World::new().await;
    world.acts();
    let made = world.entered(json!({})).await;
    let place = format!("/api/v1/maintenances/{}", made["id"].as_str().unwrap());
    world.until(&place, |it| it["phase"] == "active").await;
    world.outside.stick("shop-api", true);
    world.admin().post(&format!("{place}/complete"), json!({})).await.is(200);
    world.until(&place, |it| it["flags"]["needs_attention"] == true).await;
    let asked = |target| may(target, "request.read");
    let shop = world.decided(asked(SHOP)).await;
    assert_eq!((&shop["answer"], shop.get("until")), (&json!("deny"), None), "its api is still down");
    assert_eq!(shop["retry_after"], 300);
    assert_eq!(world.decided(asked("acme/prod/shop/api")).await["answer"], "deny");
    assert_eq!(world.decided(asked("acme/prod/shop/db")).await["answer"], "allow");
    let accepted = json!({"names": ["shop-api"], "reason": "Its disk is gone."});
    world.admin().post(&format!("{place}/accept"), accepted).await.is(200);
    world.until(&place, |it| it["status"] == "completed").await;
    assert_eq!(world.decided(asked(SHOP)).await["answer"], "allow");
}

#[tokio::test]
async fn asking_needs_a_token() {
    let world = World::new().await;
    let request = axum::http::Request::builder().method(Method::POST).uri("/api/v1/gate/check");
    let request = request.body(axum::body::Body::empty()).unwrap();
    world.send(request).await.is(401);
}

#[tokio::test]
async fn an_enforcer_that_is_silent_is_named_until_somebody_accepts_that() {
    let world = World::new().await;
    let gone = Enforcer { name: "lull@gone:1".to_owned(), epoch: 0, lease_until: Instant(1) };
    let silent = Enforcer { lease_until: crate::clock::now(), ..gone };
    world.app.core.store.write(move |tx| tx.put_enforcer(&silent)).await.expect("it is stored");
    let made = world.entered(json!({})).await;
    let place = format!("/api/v1/maintenances/{}", made["id"].as_str().unwrap());
    let shown = world.admin().get(&place).await.is(200).body;
    assert_eq!(shown["unfenced"], json!(["lull@gone:1"]));
    assert_eq!(shown["flags"]["fenced"], false);
    let accepted = json!({"names": ["lull@gone:1"], "reason": "Its host was taken away."});
    let viewer = world.one("person", "vera", ("acme", "viewer")).await;
    viewer.post(&format!("{place}/accept"), accepted.clone()).await.is(403);
    world.admin().post(&format!("{place}/accept"), accepted).await.is(200);
    let shown = world.admin().get(&place).await.is(200).body;
    assert_eq!(shown.get("unfenced"), None);
    let id = made["id"].as_str().unwrap();
    let events = world.admin().get(&format!("/api/v1/events?maintenance={id}")).await.is(200).body;
    assert!(events.to_string().contains("lull@gone:1"), "{events}");
}

#[tokio::test]
async fn it_is_fenced_when_every_enforcer_has_it_and_skew_and_grace_are_over() {
    let world = World::new().await;
    let made = world.entered(json!({"preset": "no-new-work"})).await;
    let place = format!("/api/v1/maintenances/{}", made["id"].as_str().unwrap());
    let fenced = async {
        loop {
            let shown = world.admin().get(&place).await.is(200).body;
            if shown["flags"]["fenced"] == true {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    let fenced = tokio::time::timeout(super::world::PATIENCE, fenced).await.expect("it comes to be fenced");
    let time = |field: &str| fenced[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(time("fenced_at").duration_since(time("starts_at")).as_secs() >= 7, "{fenced}");
}
