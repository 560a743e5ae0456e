//! What speaks against a maintenance: told in its plan, refused, accepted with a reason; and limits, looked at again at the
//! start.
use serde_json::{Value, json};

use super::world::{Caller, SHOP, World, hours, maintenance};

const ALL: &str = "/api/v1/maintenances";

impl Caller<'_> {
    /// A blackout of an hour, so many hours from now.
    async fn blackout(&self, under: &str, from: i64) {
        let start = hours(from).split('.').next().expect("a time").trim_end_matches('Z').to_owned();
        let body = json!({"name": "Freeze", "under": under, "rdates": [start], "zone": "UTC", "start": start, "duration": "PT1H"});
        self.post("/api/v1/calendars", body).await.is(201);
    }

    async fn tries(&self, under: &str, more: Value) -> super::world::Said {
        self.post(ALL, maintenance(under, more)).await
    }

    /// The texts of what speaks against it, as its plan tells.
    async fn against(&self, id: &str) -> Vec<Value> {
        let plan = self.get(&format!("{ALL}/{id}/plan")).await.is(200).body;
        plan["conflicts"].as_array().cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_blackout_refuses_what_is_promised_until_somebody_who_may_accepts_it_with_a_reason() {
    let world = World::new().await;
    world.admin().blackout("acme/prod", 5).await;
    let at = |more: Value| {
        let mut body = json!({"starts_at": hours(4), "duration": "PT90M", "preset": "announce"});
        body.as_object_mut().expect("it is one").extend(more.as_object().cloned().unwrap_or_default());
        body
    };
    let refused = world.admin().tries(SHOP, at(json!({}))).await.refused(409, "conflict", None);
    refused.says(&["Freeze", "override"]);
    world.admin().tries("acme/test/lab", at(json!({}))).await.is(201);
    world.admin().tries(SHOP, json!({"starts_at": hours(7), "duration": "PT1H"})).await.is(201);
    let over = json!({"override": {"reason": "The vendor comes on that day only."}});
    let operator = world.one("person", "olga", ("acme", "operator")).await;
    operator.tries(SHOP, at(over.clone())).await.refused(403, "forbidden", None);
    world.admin().tries(SHOP, at(json!({"override": {"reason": " "}}))).await.refused(
        400,
        "bad-input",
        Some("override.reason"),
    );
    let made = world.admin().tries(SHOP, at(over.clone())).await.is(201).body;
    let told = world.admin().against(made["id"].as_str().expect("an id")).await;
    assert_eq!((&told[0]["kind"], &told[0]["accepted"]), (&json!("blackout"), &json!(true)), "{told:#?}");
    // A draft may lie anywhere; its promise may not.
    let draft = world.admin().tries(SHOP, at(json!({"draft": true}))).await.is(201).body;
    let place = format!("{ALL}/{}", draft["id"].as_str().expect("an id"));
    let told = world.admin().against(draft["id"].as_str().expect("an id")).await;
    assert_eq!((&told[0]["kind"], &told[0]["refuses"]), (&json!("blackout"), &json!(true)), "{told:#?}");
    world.admin().post(&format!("{place}/schedule"), Value::Null).await.refused(409, "conflict", None);
    world.admin().post(&format!("{place}/schedule"), over.clone()).await.is(200);
    // Nor is one moved into it.
    let later = world.admin().tries(SHOP, json!({"starts_at": hours(9), "duration": "PT1H"})).await.is(201).body;
    let place = format!("{ALL}/{}", later["id"].as_str().expect("an id"));
    let end = |duration: &str| json!({"end": {"by": "after", "duration": duration}});
    let mut longer = end("PT1H");
    longer["starts_at"] = json!(hours(2));
    let longer = world.admin().tries(SHOP, longer).await.is(201).body;
    let its = format!("{ALL}/{}", longer["id"].as_str().expect("an id"));
    world.admin().patch(&its, end("PT4H")).await.refused(409, "conflict", None);
    let change = json!({"starts_at": hours(5), "ends_at": hours(6)});
    world.admin().patch(&place, change.clone()).await.refused(409, "conflict", None);
    let mut change = change;
    change["override"] = over["override"].clone();
    world.admin().patch(&place, change).await.is(200);
}

#[tokio::test]
async fn others_on_the_same_or_dependent_targets_are_told_and_refused_where_the_policy_says_so() {
    let world = World::new().await;
    let time = || json!({"starts_at": hours(4), "duration": "PT1H"});
    let db = world.admin().tries("acme/prod/shop/db", time()).await.is(201).body;
    let api = world.admin().tries("acme/prod/shop/api", time()).await.is(201).body;
    assert!(api["warnings"].to_string().contains("which this needs"), "{api:#?}");
    let told = world.admin().against(api["id"].as_str().expect("an id")).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((&told[0]["maintenance"], &told[0]["refuses"]), (&db["id"], &json!(false)));
    assert!(told[0]["text"].as_str().is_some_and(|it| it.contains("acme/prod/shop/db, which this needs")), "{told:#?}");
    let mut strict = time();
    strict["preset"] = Value::Null;
    let policy =
        json!({"running": {"stop": {"grace": "PT10S"}}, "effects": ["stop"], "conflicts": {"maintenances": "refuse"}});
    let mut body = maintenance(SHOP, time());
    body.as_object_mut().expect("it is one").remove("preset");
    body["policy"] = policy;
    world.admin().post(ALL, body).await.refused(409, "conflict", None);
    // What he may not see has no title.
    let viewer = world.one("person", "vera", ("acme/prod/shop/api", "viewer")).await;
    let told = viewer.against(api["id"].as_str().expect("an id")).await;
    assert!(told[0]["text"].as_str().is_some_and(|it| it.starts_with("Another maintenance")), "{told:#?}");
    assert_eq!(told[0].get("maintenance"), None);
}

#[tokio::test]
async fn of_many_who_promise_the_same_time_in_one_moment_one_may() {
    let world = World::new().await;
    world.crowded.store(true, std::sync::atomic::Ordering::Relaxed);
    // Where each of sixteen at once was promised something.
    let promised = async |body: &Value| {
        let ask = async |n: usize| {
            let mut body = body.clone();
            let under = ["acme/prod/shop/db", "acme/prod/shop/api"][n % 2];
            body["scope"] = json!({"include": [{"under": under}]});
            let said = world.admin().post(ALL, body).await;
            (said.status == 201).then_some(under)
        };
        let answers = futures_util::future::join_all((0..16).map(ask)).await;
        answers.into_iter().flatten().collect::<Vec<_>>()
    };
    let mut strict = maintenance(SHOP, json!({"starts_at": hours(4), "duration": "PT1H"}));
    strict.as_object_mut().expect("it is one").remove("preset");
    let policy = json!({"preset": "stop-everything", "conflicts": {"maintenances": "refuse"}});
    strict["policy"] = policy;
    // The one needs the other.
    assert_eq!(promised(&strict).await.len(), 1);
    world.admin().post("/api/v1/limits", json!({"under": "acme/prod", "kind": "stack", "max": 1})).await.is(201);
    let mut one_target = promised(&maintenance(SHOP, json!({"starts_at": hours(8), "duration": "PT1H"}))).await;
    one_target.dedup();
    assert_eq!(one_target.len(), 1, "{one_target:?}");
    // What is in nobody's way is promised, however many ask.
    let apart = async |n: i64| {
        let time = json!({"starts_at": hours(48), "duration": "PT1H", "title": n.to_string()});
        world.admin().post(ALL, maintenance("acme/prod/shop/db", time)).await.is(201)
    };
    assert_eq!(futures_util::future::join_all((0..32).map(apart)).await.len(), 32);
}

#[tokio::test]
async fn a_limit_refuses_what_is_too_much_and_what_became_too_much_waits_until_there_is_room() {
    let world = World::new().await;
    let said = world.admin().post("/api/v1/limits", json!({"under": "acme/prod", "kind": "stack", "max": 1})).await;
    let limit = said.is(201).body;
    assert_eq!((&limit["most"], &limit["under"]), (&json!(1), &json!("acme/prod")));
    let time = |from: i64| json!({"starts_at": hours(from), "duration": "PT1H"});
    world.admin().tries(SHOP, time(4)).await.refused(409, "conflict", None).says(&["2 of kind stack"]);
    world.admin().tries("acme/prod/shop/db", time(4)).await.is(201);
    world.admin().tries("acme/prod/shop/api", time(4)).await.refused(409, "conflict", None);
    world.admin().tries("acme/prod/shop/api", time(6)).await.is(201);
    world.admin().delete(&format!("/api/v1/limits/{}", limit["id"].as_str().expect("an id"))).await.is(204);

    world.acts();
    let running = world.admin().maintenance("acme/prod/shop/db", json!({})).await;
    let soon = crate::view::instant(crate::clock::now() + lull_domain::Span::seconds(2));
    let more = json!({"starts_at": soon, "duration": "PT1H"});
    let waits = world.admin().maintenance("acme/prod/shop/api", more).await;
    world.admin().post("/api/v1/limits", json!({"under": "acme/prod", "kind": "stack", "max": 1})).await.is(201);
    let notices = "/api/v1/events?kind=notice&limit=500";
    world.until(notices, |it| it.to_string().contains("held_back")).await;
    let one = format!("{ALL}/{waits}");
    let shown = world.admin().get(&one).await.is(200).body;
    assert_eq!(shown["status"], "scheduled");
    assert!(shown["held_back"].as_str().is_some_and(|why| why.contains("2 of kind stack")), "{shown:#}");
    world.admin().post(&format!("{ALL}/{running}/complete"), Value::Null).await.is(200);
    let begun = world.until(&one, |it| it["status"] == "in_progress").await;
    assert_eq!(begun.get("held_back"), None);
}

#[tokio::test]
async fn what_runs_and_ends_before_another_begins_leaves_room_for_it() {
    let world = World::new().await;
    world.acts();
    for path in ["acme/prod/blog", "acme/prod/mail"] {
        world.admin().post("/api/v1/targets", json!({"path": path, "kind": "product"})).await.is(201);
    }
    world.admin().post("/api/v1/limits", json!({"under": "acme/prod", "kind": "product", "max": 2})).await.is(201);
    let running = world.admin().maintenance("acme/prod/wiki", json!({"ends_at": hours(2)})).await;
    world.until(&format!("{ALL}/{running}"), |it| it["status"] == "in_progress").await;
    world.admin().tries("acme/prod/blog", json!({"starts_at": hours(3), "duration": "PT1H"})).await.is(201);
    let long = |from: i64| json!({"starts_at": hours(from), "duration": "PT5H"});
    world.admin().tries("acme/prod/mail", long(1)).await.is(201);
    let meanwhile = json!({"starts_at": hours(1), "duration": "PT30M"});
    world.admin().tries(SHOP, meanwhile).await.refused(409, "conflict", None).says(&["3 of kind product"]);
    world.admin().tries(SHOP, json!({"starts_at": hours(2), "duration": "PT30M"})).await.is(201);
}

#[tokio::test]
async fn occurrences_that_fall_into_a_blackout_are_left_out_and_the_owner_hears_of_it() {
    let world = World::new().await;
    world.admin().blackout("acme", 24 * 7).await;
    let start = hours(0).split('.').next().expect("a time").trim_end_matches('Z').to_owned();
    let body = json!({"title": "Patch day", "preset": "announce", "scope": {"include": [{"under": SHOP}]},
        "rules": ["FREQ=WEEKLY"], "zone": "UTC", "start": start, "duration": "PT30M"});
    let made = world.admin().post("/api/v1/series", body).await.is(201).body;
    let statuses: Vec<&str> =
        made["next"].as_array().expect("a list").iter().filter_map(|it| it["status"].as_str()).collect();
    assert!(statuses.contains(&"blackout"), "{made:#}");
    assert_eq!(statuses.iter().filter(|it| **it == "scheduled").count(), 4, "{made:#}");
    world.admin().get("/api/v1/events?kind=notice").await.is(200).says(&["Freeze", "\"audience\":\"owner\""]);
}

#[tokio::test]
async fn occurrences_that_meet_another_maintenance_are_left_out_where_the_policy_refuses_that() {
    let world = World::new().await;
    let other = world.admin().tries(SHOP, json!({"starts_at": hours(24 * 7), "duration": "PT1H"})).await.is(201).body;
    let start = hours(0).split('.').next().expect("a time").trim_end_matches('Z').to_owned();
    let mut body = json!({"title": "Patch day", "scope": {"include": [{"under": SHOP}]},
        "policy": {"preset": "announce", "conflicts": {"maintenances": "refuse"}},
        "rules": ["FREQ=WEEKLY"], "zone": "UTC", "start": start, "duration": "PT30M"});
    let strict = world.admin().post("/api/v1/series", body.clone()).await.is(201).body;
    let in_a_week = |made: &Value| {
        let all = made["next"].as_array().expect("a list").clone();
        let day = hours(24 * 7)[..10].to_owned();
        all.into_iter().find(|it| it["starts_at"].as_str().is_some_and(|at| at.starts_with(&day))).expect("it is there")
    };
    let one = in_a_week(&strict);
    assert_eq!(one["status"], "conflict", "{strict:#}");
    let left_out = format!("{ALL}/{}", one["maintenance"].as_str().expect("an id"));
    let reason = world.admin().get(&left_out).await.is(200).body.to_string();
    assert!(reason.contains(other["id"].as_str().expect("an id")), "{reason}");
    world.admin().get("/api/v1/events?kind=notice").await.is(200).says(&["left_out"]);
    body["policy"] = json!({"preset": "announce"});
    let mild = world.admin().post("/api/v1/series", body).await.is(201).body;
    assert_eq!(in_a_week(&mild)["status"], "scheduled", "{mild:#}");
}

#[tokio::test]
async fn an_occurrence_is_moved_out_of_a_blackout_before_it_is_made() {
    let world = World::new().await;
    world.admin().blackout("acme", 24 * 49).await;
    let start = hours(0).split('.').next().expect("a time").trim_end_matches('Z').to_owned();
    let body = json!({"title": "Patch day", "preset": "announce", "scope": {"include": [{"under": SHOP}]},
        "rules": ["FREQ=WEEKLY"], "zone": "UTC", "start": start, "duration": "PT30M"});
    let made = world.admin().post("/api/v1/series", body).await.is(201).body;
    let place = format!("/api/v1/series/{}/move", made["id"].as_str().expect("an id"));
    let seventh = made["next"][7]["occurrence"].clone();
    assert_eq!(made["next"][7]["status"], "planned");
    let into = json!({"occurrence": seventh, "starts_at": hours(24 * 49)});
    world.admin().post(&place, into).await.refused(409, "conflict", None);
    let out = json!({"occurrence": seventh, "starts_at": hours(24 * 50)});
    let moved = world.admin().post(&place, out).await.is(200).body;
    assert_eq!(moved["status"], "scheduled", "{moved:#}");
}

#[tokio::test]
async fn limits_are_set_by_administrators_and_say_something() {
    let world = World::new().await;
    let body = || json!({"under": SHOP, "kind": "stack", "percent": 50});
    let operator = world.one("person", "olga", ("acme", "operator")).await;
    operator.post("/api/v1/limits", body()).await.refused(403, "forbidden", Some("under"));
    let limit = world.admin().post("/api/v1/limits", body()).await.is(201).body;
    let place = format!("/api/v1/limits/{}", limit["id"].as_str().expect("an id"));
    operator.delete(&place).await.refused(403, "forbidden", Some("under"));
    assert_eq!(operator.get("/api/v1/limits").await.is(200).body["items"], json!([limit]));
    let stranger = world.one("person", "sven", ("acme/test", "operator")).await;
    assert_eq!(stranger.get("/api/v1/limits").await.is(200).body["items"], json!([]));
    stranger.delete(&place).await.refused(404, "not-found", None);
    for (field, odd) in [
        ("max", json!({"under": SHOP, "kind": "stack"})),
        ("max", json!({"under": SHOP, "kind": "stack", "max": 0})),
        ("percent", json!({"under": SHOP, "kind": "stack", "percent": 101})),
        ("kind", json!({"under": SHOP, "kind": "thing", "max": 1})),
        ("under", json!({"under": "acme/none", "kind": "stack", "max": 1})),
    ] {
        world.admin().post("/api/v1/limits", odd).await.refused(400, "bad-input", Some(field));
    }
}

#[tokio::test]
async fn an_override_that_ends_in_a_refusal_leaves_the_approval_as_it_was() {
    let world = World::new().await;
    let mut body = maintenance(SHOP, json!({"starts_at": hours(24 * 20), "duration": "PT1H"}));
    body.as_object_mut().expect("it is one").remove("preset");
    body["policy"] = json!({"approval": true});
    let made = world.admin().post(ALL, body).await.is(201).body;
    let place = format!("{ALL}/{}", made["id"].as_str().expect("an id"));
    let plan = world.admin().get(&format!("{place}/plan")).await.is(200).body;
    let grants = json!([{"under": SHOP, "role": "viewer", "may": ["approve"]}]);
    let bob = world
        .admin()
        .post("/api/v1/tokens", json!({"name": "bob", "kind": "person", "grants": grants}))
        .await
        .is(201)
        .body;
    let bob = world.with(bob["token"].as_str().expect("a secret"));
    bob.post(&format!("{place}/approve"), json!({"plan": plan["hash"]})).await.is(200);
    let from = hours(0).split('.').next().expect("a time").trim_end_matches('Z').to_owned();
    let black =
        json!({"name": "Freeze", "under": SHOP, "rdates": [from], "zone": "UTC", "start": from, "duration": "PT2H"});
    world.admin().post("/api/v1/calendars", black).await.is(201);
    let over = json!({"override": {"reason": "It cannot wait."}});
    world.admin().post(&format!("{place}/start"), over).await.refused(409, "state", None);
    let shown = world.admin().get(&place).await.is(200).body;
    assert_eq!((&shown["approval"]["by"], shown["approval"].get("lapsed_at")), (&json!("bob"), None), "{shown:#}");
    // Nor is what is promised stretched into one.
    let before =
        world.admin().tries("acme/prod/wiki", json!({"starts_at": hours(5), "duration": "PT1H"})).await.is(201).body;
    world.admin().blackout("acme/prod/wiki", 7).await;
    let place = format!("{ALL}/{}/extend", before["id"].as_str().expect("an id"));
    world.admin().post(&place, json!({"ends_at": hours(8)})).await.refused(409, "conflict", None);
}
