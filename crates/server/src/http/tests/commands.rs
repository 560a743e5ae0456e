//! Every command over HTTP: from where it goes, to where, and that saying it twice changes nothing.
use axum::http::{Method, Request, header};
use futures_util::FutureExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::world::{Caller, PATIENCE, SHOP, Said, World, hours, maintenance};

const ALL: &str = "/api/v1/maintenances";

fn one(id: &str) -> String {
    format!("{ALL}/{id}")
}

impl Caller<'_> {
    /// Gives a command without a body.
    async fn orders(&self, id: &str, command: &str) -> Said {
        self.post(&format!("{ALL}/{id}/{command}"), Value::Null).await
    }

    /// How many entries the log has.
    async fn log(&self) -> usize {
        self.get("/api/v1/events?limit=500").await.is(200).body["items"].as_array().expect("a list").len()
    }
}

impl Said {
    #[track_caller]
    fn stands(self, status: &str, phase: Option<&str>) -> Said {
        let said = self.is(200);
        assert_eq!(said.body["status"], status, "{said:#?}");
        assert_eq!(said.body.get("phase").and_then(Value::as_str), phase, "{said:#?}");
        said
    }
}

async fn drafted(world: &World) -> String {
    world.admin().maintenance(SHOP, json!({"draft": true, "starts_at": hours(2), "duration": "PT1H"})).await
}

async fn scheduled(world: &World) -> String {
    world.admin().maintenance(SHOP, json!({"starts_at": hours(2), "duration": "PT1H"})).await
}

#[tokio::test]
async fn a_created_maintenance_says_where_it_is_and_its_revision() {
    let world = World::new().await;
    let said = world.admin().post(ALL, maintenance(SHOP, json!({"draft": true}))).await.is(201);
    let id = said.body["id"].as_str().expect("an id");
    assert_eq!(said.headers[header::LOCATION], one(id));
    assert_eq!(said.headers[header::ETAG], "\"1\"");
    assert_eq!(world.admin().get(&one(id)).await.is(200).body, said.body);
}

#[tokio::test]
async fn without_a_start_it_begins_now_with_one_it_is_scheduled_and_a_draft_is_a_draft() {
    let world = World::new().await;
    let admin = world.admin();
    let now = admin.maintenance(SHOP, json!({})).await;
    admin.get(&one(&now)).await.stands("in_progress", Some("entering"));
    admin.get(&one(&scheduled(&world).await)).await.stands("scheduled", None);
    admin.get(&one(&drafted(&world).await)).await.stands("draft", None);
}

#[tokio::test]
async fn a_draft_is_scheduled_started_early_and_completed_and_each_twice_changes_nothing() {
    let world = World::new().await;
    let admin = world.admin();
    let id = drafted(&world).await;
    for (command, status, phase) in [
        ("schedule", "scheduled", None),
        ("start", "in_progress", Some("entering")),
        ("complete", "in_progress", Some("leaving")),
    ] {
        admin.orders(&id, command).await.stands(status, phase);
        let before = admin.log().await;
        admin.orders(&id, command).await.stands(status, phase);
        assert_eq!(admin.log().await, before, "{command} twice");
    }
    let said = admin.orders(&id, "cancel").await.refused(409, "state", None);
    assert_eq!(said.body["state"], "leaving");
    assert_eq!(said.body["possible"], json!(["edit", "update"]));
    let late = admin.post(&format!("{}/extend", one(&id)), json!({"ends_at": hours(5)})).await;
    late.refused(409, "state", None).says(&["Start a new one"]);
}

#[tokio::test]
async fn a_cancelled_one_stays_in_the_list_and_nothing_more_is_possible() {
    let world = World::new().await;
    let admin = world.admin();
    let id = scheduled(&world).await;
    let closing = json!({"message": "not today", "reason": "missed the slot of the disks"});
    let said = admin.post(&format!("{}/cancel", one(&id)), closing).await.stands("cancelled", None);
    assert_eq!(said.body["outcome"], "cancelled");
    assert_eq!(said.body["why"], "missed the slot of the disks");
    admin.orders(&id, "cancel").await.stands("cancelled", None);
    for command in ["schedule", "start", "complete", "retry"] {
        let said = admin.orders(&id, command).await.refused(409, "state", None);
        assert_eq!(said.body["state"], "cancelled");
        assert_eq!(said.body.get("possible"), None, "{said:#?}");
    }
    for (command, body) in [("extend", json!({"ends_at": hours(5)})), ("updates", json!({"text": "t"}))] {
        admin.post(&format!("{}/{command}", one(&id)), body).await.refused(409, "state", None);
    }
    admin.patch(&one(&id), json!({"title": "Another"})).await.refused(409, "state", None);
    admin.delete(&one(&id)).await.refused(409, "state", None);
    admin.get(&format!("{ALL}?status=cancelled")).await.is(200).says(&[&id]);
    let others = admin.get(&format!("{ALL}?status=draft,scheduled,in_progress,completed")).await.is(200);
    assert_eq!(others.body["items"], json!([]));
}

#[tokio::test]
async fn what_has_not_begun_is_cancelled_and_not_completed() {
    let world = World::new().await;
    let id = scheduled(&world).await;
    world.admin().orders(&id, "complete").await.refused(409, "state", None).says(&["Cancel it instead"]);
    let id = drafted(&world).await;
    let update = world.admin().post(&format!("{}/updates", one(&id)), json!({"text": "t"})).await;
    assert_eq!(update.refused(409, "state", None).body["state"], "draft");
}

#[tokio::test]
async fn an_end_is_moved_later_and_earlier_and_people_are_told() {
    let world = World::new().await;
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({"duration": "PT2H"})).await;
    for to in [hours(5), hours(1)] {
        let said = admin.post(&format!("{}/extend", one(&id)), json!({"ends_at": to})).await.is(200);
        assert_eq!(said.body["until"], to);
    }
    let notices = admin.get("/api/v1/events?kind=notice").await.is(200);
    let kinds: Vec<_> = notices.body["items"].as_array().expect("a list").iter().map(|n| &n["body"]["kind"]).collect();
    assert_eq!(kinds, ["started", "extended", "extended"]);
    assert!(notices.body["items"][0]["body"]["audience"] == "subscribers", "{notices:#?}");
    let after = |duration: &str| json!({"end": {"by": "after", "duration": duration}});
    let other = admin.maintenance("acme/test", after("PT1H")).await;
    let ends = async |duration: &str| admin.patch(&one(&other), after(duration)).await;
    ends("PT0.000001S").await.refused(400, "bad-input", Some("end"));
    ends("PT7H").await.is(200);
    let notices = admin.get("/api/v1/events?kind=notice").await.is(200);
    assert_eq!(notices.body["items"].as_array().map(Vec::len), Some(5), "{notices:#?}");
    assert_eq!(notices.body["items"][4]["body"]["kind"], "extended", "{notices:#?}");
}

#[tokio::test]
async fn people_hear_once_of_another_time() {
    let world = World::new().await;
    let id = scheduled(&world).await;
    let to = json!({"starts_at": hours(30), "ends_at": hours(31)});
    world.admin().patch(&one(&id), to).await.is(200);
    let notices = world.admin().get("/api/v1/events?kind=notice").await.is(200);
    let kinds: Vec<_> = notices.body["items"].as_array().expect("a list").iter().map(|n| &n["body"]["kind"]).collect();
    assert_eq!(kinds, ["scheduled", "rescheduled"]);
}

#[tokio::test]
async fn a_cutoff_as_long_as_all_of_it_is_refused() {
    let world = World::new().await;
    let mut body = maintenance(SHOP, json!({"starts_at": hours(3), "duration": "PT1H"}));
    body.as_object_mut().expect("it is one").remove("preset");
    body["policy"] = json!({"preset": "announce", "cutoff": "PT1H"});
    world.admin().post(ALL, body).await.refused(400, "bad-input", Some("policy.cutoff"));
}

#[tokio::test]
async fn a_target_goes_after_what_is_said_of_it() {
    let world = World::new().await;
    let admin = world.admin();
    let wiki = format!("/api/v1/targets/{}", world.id("acme/prod/wiki").await);
    let limit = json!({"under": "acme/prod/wiki", "kind": "service", "max": 1});
    let limit = admin.post("/api/v1/limits", limit).await.is(201).body;
    let calendar = json!({"name": "Freeze", "under": "acme/prod/wiki", "rules": ["FREQ=YEARLY"], "zone": "UTC",
        "start": "2026-12-24T00:00:00", "duration": "P3D"});
    let calendar = admin.post("/api/v1/calendars", calendar).await.is(201).body;
    admin.delete(&wiki).await.refused(409, "conflict", None).says(&["Freeze", "1 more"]);
    admin.delete(&format!("/api/v1/calendars/{}", calendar["id"].as_str().expect("an id"))).await.is(204);
    admin.delete(&wiki).await.refused(409, "conflict", None).says(&["limit"]);
    admin.delete(&format!("/api/v1/limits/{}", limit["id"].as_str().expect("an id"))).await.is(204);
    admin.delete(&wiki).await.is(204);
}

#[tokio::test]
async fn a_part_is_let_out_early_and_the_rest_stays() {
    let world = World::new().await;
    let admin = world.admin();
    let id = admin.maintenance("acme/prod", json!({})).await;
    let exclude = format!("{}/exclude", one(&id));
    let said = admin.post(&exclude, json!({"under": SHOP})).await.stands("in_progress", Some("entering"));
    assert_eq!(said.body["scope"]["exclude"], json!([{"under": SHOP}]));
    let before = admin.log().await;
    admin.post(&exclude, json!({"under": SHOP})).await.is(200);
    assert_eq!(admin.log().await, before);
    admin.patch(&one(&id), json!({"scope": {"include": [{"under": "acme"}]}})).await.refused(409, "state", None);
}

#[tokio::test]
async fn an_update_is_told_and_moves_nothing() {
    let world = World::new().await;
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({"duration": "PT2H"})).await;
    let until = admin.get(&one(&id)).await.body["until"].clone();
    let update = json!({"text": "half of it", "percent": 50, "expected_end": hours(3)});
    let said = admin.post(&format!("{}/updates", one(&id)), update.clone()).await.is(200);
    assert_eq!(said.body["updates"][0]["text"], "half of it");
    assert_eq!(said.body["updates"][0]["expected_end"], update["expected_end"]);
    assert_eq!(said.body["until"], until);
    assert_eq!(said.body["revision"], 1);
    admin.get("/api/v1/events?kind=notice").await.says(&["updated"]);
}

#[tokio::test]
async fn a_change_is_made_as_a_whole_or_not_at_all() {
    let world = World::new().await;
    let admin = world.admin();
    let id = scheduled(&world).await;
    let (starts_at, ends_at) = (hours(10), hours(12));
    let change = json!({"title": "Disks", "reason": "they are old", "impact": "outage", "starts_at": starts_at,
        "ends_at": ends_at, "scope": {"include": [{"under": "acme/prod"}], "exclude": [{"under": "acme/prod/wiki"}]},
        "end": {"by": "manual", "overrun": "complete"}, "policy": {"running": {"stop": {"grace": "PT5S"}}, "effects": ["stop"]}});
    let said = admin.patch(&one(&id), change).await.is(200);
    for (field, value) in [("title", "Disks"), ("why", "they are old"), ("impact", "outage"), ("ends_at", &ends_at)] {
        assert_eq!(said.body[field], value, "{said:#?}");
    }
    assert_eq!(said.body["starts_at"], starts_at);
    assert_eq!(said.body["end"], json!({"by": "manual", "overrun": "complete"}));
    assert_eq!(said.body["scope"]["exclude"], json!([{"under": "acme/prod/wiki"}]));
    assert_eq!(said.body.get("preset"), None, "it is a policy of its own: {said:#?}");
    let back = json!({"starts_at": hours(1), "ends_at": hours(2)});
    admin.patch(&one(&id), back).await.is(200);
    let half = json!({"title": "Half", "scope": {"include": [{"under": "acme/nowhere"}]}});
    admin.patch(&one(&id), half).await.refused(400, "bad-input", Some("scope.include[0].under"));
    admin.patch(&one(&id), json!({"title": "Half", "policy": {"cutoff": "soon"}})).await.refused(
        400,
        "bad-input",
        Some("policy"),
    );
    assert_eq!(admin.get(&one(&id)).await.body["title"], "Disks");
}

#[tokio::test]
async fn in_progress_only_texts_and_the_end_change() {
    let world = World::new().await;
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({"duration": "PT2H"})).await;
    for change in [json!({"title": "Disks"}), json!({"ends_at": hours(9)}), json!({"end": {"by": "manual"}})] {
        admin.patch(&one(&id), change).await.is(200);
    }
    for change in [json!({"starts_at": hours(3)}), json!({"policy": {}})] {
        admin.patch(&one(&id), change).await.refused(409, "state", None);
    }
    for unknown in ["status", "id", "trigger", "owner", "revision", "draft"] {
        admin.patch(&one(&id), json!({unknown: "x"})).await.refused(400, "bad-input", Some(unknown));
    }
}

#[tokio::test]
async fn a_draft_is_not_promised_while_something_is_missing() {
    let world = World::new().await;
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({"draft": true})).await;
    let said = admin.orders(&id, "schedule").await.refused(409, "state", Some("starts_at"));
    assert_eq!(said.body["state"], "draft");
    admin.orders(&id, "start").await.stands("in_progress", Some("entering"));
    let labelled = json!({"scope": {"include": [{"under": SHOP, "labels": {"tier": "web"}}]}, "draft": true});
    let shop = format!("/api/v1/targets/{}", world.id(SHOP).await);
    admin.patch(&shop, json!({"labels": {"tier": "web"}})).await.is(200);
    let id = admin.maintenance(SHOP, labelled).await;
    admin.patch(&shop, json!({"labels": {}})).await.is(200);
    for command in ["schedule", "start"] {
        admin.orders(&id, command).await.refused(409, "state", Some("scope"));
    }
}

#[tokio::test]
async fn a_maintenance_has_one_end_only() {
    let world = World::new().await;
    let admin = world.admin();
    let id = scheduled(&world).await;
    let after = json!({"end": {"by": "after", "duration": "PT1H"}});
    admin.patch(&one(&id), after.clone()).await.refused(400, "bad-input", Some("end"));
    let open = admin.maintenance(SHOP, json!({"draft": true})).await;
    admin.patch(&one(&open), json!({"end": {"by": "manual", "overrun": "complete"}})).await.refused(
        400,
        "bad-input",
        Some("end"),
    );
    admin.patch(&one(&open), after).await.is(200);
}

#[tokio::test]
async fn what_was_about_a_target_that_is_gone_is_left_to_the_installation() {
    let world = World::new().await;
    let lab = format!("/api/v1/targets/{}", world.id("acme/test/lab").await);
    let eve = world.one("person", "eve", ("acme/test", "administrator")).await;
    let (draft, over) = (
        eve.maintenance("acme/test/lab", json!({"draft": true})).await,
        eve.maintenance("acme/test/lab", json!({"starts_at": hours(2), "duration": "PT1H"})).await,
    );
    eve.delete(&lab).await.refused(409, "conflict", None).says(&[&over]);
    eve.orders(&over, "cancel").await.stands("cancelled", None);
    eve.delete(&lab).await.is(204);
    eve.get(&one(&draft)).await.refused(404, "not-found", None);
    world.admin().get(ALL).await.is(200).says(&[&draft, &over]);
    world.admin().delete(&one(&draft)).await.is(204);
}

#[tokio::test]
async fn what_was_decided_on_an_older_revision_is_refused() {
    let world = World::new().await;
    let admin = world.admin();
    let id = scheduled(&world).await;
    let with = |tag: &'static str| [("content-type", "application/json"), ("if-match", tag)];
    let said = admin.raw(Method::PATCH, &one(&id), &with("\"1\""), json!({"title": "One"}).to_string()).await.is(200);
    assert_eq!(said.headers[header::ETAG], "\"2\"");
    for tag in ["\"1\"", "\"3\"", "2", "W/\"2\"", "\"x\"", "\"2\", \"3\""] {
        edit_with(&world, &id, tag).await.refused(412, "stale", None);
    }
    edit_with(&world, &id, "*").await.is(200);
    for (command, body) in [
        ("extend", json!({"ends_at": hours(9)})),
        ("exclude", json!({"under": "acme/prod/shop/db"})),
        ("updates", json!({"text": "t"})),
        ("start", json!({})),
        ("schedule", json!({})),
        ("retry", json!({})),
        ("verify", json!({})),
        ("reenter", json!({})),
        ("complete", json!({})),
        ("cancel", json!({})),
    ] {
        let route = format!("{}/{command}", one(&id));
        admin.raw(Method::POST, &route, &with("\"1\""), body.to_string()).await.refused(412, "stale", None);
    }
    admin.raw(Method::DELETE, &one(&id), &with("\"1\""), "").await.refused(412, "stale", None);
}

async fn edit_with(world: &World, id: &str, tag: &str) -> Said {
    let headers = [("content-type", "application/json"), ("if-match", tag)];
    world.admin().raw(Method::PATCH, &one(id), &headers, json!({"title": "Two"}).to_string()).await
}

#[tokio::test]
async fn deleted_a_draft_is_gone_and_anything_else_ends() {
    let world = World::new().await;
    let admin = world.admin();
    let (draft, promised) = (drafted(&world).await, scheduled(&world).await);
    let running = admin.maintenance(SHOP, json!({})).await;
    admin.delete(&one(&draft)).await.is(204);
    admin.get(&one(&draft)).await.refused(404, "not-found", None);
    admin.delete(&one(&draft)).await.refused(404, "not-found", None);
    admin.delete(&one(&promised)).await.stands("cancelled", None);
    let said = admin.delete(&one(&running)).await.stands("in_progress", Some("leaving"));
    assert_eq!(said.body["outcome"], "completed");
    admin.delete(&one(&running)).await.stands("in_progress", Some("leaving"));
}

#[tokio::test]
async fn a_plan_says_what_stops_in_which_order_and_what_runs_now() {
    let world = World::new().await;
    let admin = world.admin();
    let id = scheduled(&world).await;
    let plan = admin.get(&format!("{}/plan", one(&id))).await.is(200).body;
    let waves: Vec<_> = plan["targets"].as_array().expect("a list").iter().map(|t| (&t["path"], &t["wave"])).collect();
    let wanted = [(SHOP, 0), ("acme/prod/shop/api", 0), ("acme/prod/shop/db", 1)];
    assert_eq!(
        waves,
        wanted.map(|(path, wave)| (json!(path), json!(wave))).iter().map(|(p, w)| (p, w)).collect::<Vec<_>>()
    );
    let running: Vec<_> =
        plan["forecast"]["workloads"].as_array().expect("a list").iter().map(|w| &w["name"]).collect();
    assert_eq!(running, ["shop-api", "shop-db"]);
    let again = admin.get(&format!("{}/plan", one(&id))).await.body;
    assert_eq!(plan["hash"], again["hash"]);
    admin.patch(&one(&id), json!({"title": "Another"})).await.is(200);
    assert_ne!(plan["hash"], admin.get(&format!("{}/plan", one(&id))).await.body["hash"]);
}

#[tokio::test]
async fn a_plan_says_what_this_version_does_not_do_and_waits_through_what_has_nothing_to_stop() {
    let world = World::new().await;
    let admin = world.admin();
    let between = json!({"path": "acme/prod/shop/queue", "kind": "service", "needs": ["acme/prod/shop/db"]});
    admin.post("/api/v1/targets", between).await.is(201);
    let wiki = format!("/api/v1/targets/{}", world.id("acme/prod/wiki").await);
    admin.patch(&wiki, json!({"needs": ["acme/prod/shop/queue"]})).await.is(200);
    let id = admin.maintenance("acme/prod", json!({"draft": true, "starts_at": hours(2)})).await;
    let said =
        admin.get(&format!("{}/plan", one(&id))).await.is(200).says(&["This version does not yet: tell, silence."]);
    let wave = |path: &str| {
        let targets = said.body["targets"].as_array().expect("a list");
        targets.iter().find(|target| target["path"] == path).expect("it is covered")["wave"].as_u64()
    };
    assert!(wave("acme/prod/wiki") < wave("acme/prod/shop/db"), "{said:#?}");
}

#[tokio::test]
async fn what_does_not_answer_is_named_and_the_rest_is_shown() {
    let world = World::new().await;
    let admin = world.admin();
    world.outside.silence("shop");
    let said = admin.get("/api/v1/workloads?under=acme/prod").await.is(200);
    assert_eq!(said.body["items"].as_array().expect("a list").len(), 1, "{said:#?}");
    said.says(&["wiki-web", "acme/prod/shop/db: it does not answer"]);
    let said = admin.get(&format!("/api/v1/workloads?under={SHOP}")).await.is(503);
    assert_eq!(said.headers[header::RETRY_AFTER], "1");
    assert_eq!(said.body["type"], "/problems/unavailable");
    let id = admin.maintenance(SHOP, json!({})).await;
    admin.get(&format!("{}/plan", one(&id))).await.is(200).says(&["acme/prod/shop/api: it does not answer"]);
}

#[tokio::test]
async fn what_cannot_stop_is_named_tried_again_and_put_back_at_the_end() {
    let world = World::new().await;
    world.outside.stick("shop-db", true);
    world.acts();
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({})).await;
    let troubled = world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    assert_eq!(troubled["phase"], "entering");
    assert!(troubled["trouble"].to_string().contains("shop-db"), "{troubled:#?}");
    assert_eq!(world.outside.running(), ["lab-web", "shop-db", "wiki-web"]);
    world.outside.stick("shop-db", false);
    admin.post(&format!("{}/retry", one(&id)), json!({"names": ["shop-db"]})).await.is(200);
    let active = world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(active["flags"]["needs_attention"], false);
    let held = admin.get(&format!("/api/v1/engagements?maintenance={id}")).await.is(200);
    assert_eq!(held.body["items"].as_array().expect("a list").len(), 2, "{held:#?}");
    held.says(&["\"down\"", "\"applied\""]);
    let mode = admin.get(&format!("/api/v1/targets?path={SHOP}")).await;
    assert_eq!(mode.body["items"][0]["mode"]["work"], "maintenance");
    admin.orders(&id, "complete").await.stands("in_progress", Some("leaving"));
    world.until(&one(&id), |m| m["status"] == "completed").await;
    assert_eq!(world.outside.running(), ["lab-web", "shop-api", "shop-db", "wiki-web"]);
    let mode = admin.get(&format!("/api/v1/targets?path={SHOP}")).await;
    assert_eq!(mode.body["items"][0]["mode"]["work"], "normal");
}

#[tokio::test]
async fn what_cannot_stop_is_accepted_by_name_and_runs_on() {
    let world = World::new().await;
    world.outside.stick("shop-db", true);
    world.acts();
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({})).await;
    world.until(&one(&id), |m| m["flags"]["needs_attention"] == true).await;
    let accept = format!("{}/accept", one(&id));
    let said = admin.post(&accept, json!({"names": ["shop-db", "shop-x"], "reason": "it may stay"})).await;
    said.refused(400, "bad-input", Some("names[1]")).says(&["shop-x"]);
    admin.post(&accept, json!({"names": ["shop-db"], "reason": "it may stay"})).await.is(200);
    world.until(&one(&id), |m| m["phase"] == "active").await;
    assert_eq!(world.outside.running(), ["lab-web", "shop-db", "wiki-web"]);
    let held = admin.get("/api/v1/engagements").await.is(200);
    held.says(&["admin accepts it as it is: it may stay"]);
    admin.get("/api/v1/events?kind=engagement").await.says(&["admin accepted acme/prod/shop/db stop shop-db"]);
}

#[tokio::test]
async fn a_target_that_is_held_is_not_moved_bound_anew_or_removed() {
    let world = World::new().await;
    let admin = world.admin();
    let id = admin.maintenance(SHOP, json!({})).await;
    let db = format!("/api/v1/targets/{}", world.id("acme/prod/shop/db").await);
    for change in [json!({"path": "acme/test/db"}), json!({"binding": null})] {
        let said = admin.patch(&db, change).await.refused(409, "held", None);
        assert_eq!(said.body["holders"][0]["maintenance"], id);
    }
    let api = format!("/api/v1/targets/{}", world.id("acme/prod/shop/api").await);
    admin.delete(&api).await.refused(409, "held", None);
    admin.patch(&db, json!({"version": "17"})).await.is(200);
}

#[tokio::test]
async fn a_list_comes_in_pages_without_gap_or_repetition() {
    let world = World::new().await;
    let admin = world.admin();
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(0, drafted(&world).await);
    }
    let mut found = Vec::new();
    let mut route = format!("{ALL}?limit=2");
    loop {
        let page = admin.get(&route).await.is(200).body;
        let ids = page["items"].as_array().expect("a list").iter().map(|m| m["id"].as_str().expect("an id").to_owned());
        found.extend(ids);
        let Some(next) = page.get("next").and_then(Value::as_str) else { break };
        route = format!("{ALL}?limit=2&cursor={next}");
    }
    assert_eq!(found, made);
    let first = admin.get("/api/v1/targets?limit=3").await.is(200).body;
    assert_eq!(first["items"].as_array().expect("a list").len(), 3);
    let rest = admin.get(&format!("/api/v1/targets?cursor={}", first["next"].as_str().expect("more"))).await.is(200);
    assert_eq!(rest.body["items"][0]["path"], SHOP);
}

#[tokio::test]
async fn a_request_is_carried_through_when_whoever_asked_hangs_up() {
    let world = World::new().await;
    let body = json!({"path": "acme/prod/new", "kind": "product"}).to_string();
    let request = Request::post("/api/v1/targets")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.admin))
        .header(header::CONTENT_TYPE, "application/json");
    let adding = world.router().oneshot(request.body(axum::body::Body::from(body)).expect("a request"));
    assert!(adding.now_or_never().is_none(), "it takes more than one step");
    let listed = "/api/v1/targets?path=acme/prod/new";
    let there = async { while world.admin().get(listed).await.body["items"] == json!([]) {} };
    tokio::time::timeout(PATIENCE, there).await.expect("it is added all the same");
}
