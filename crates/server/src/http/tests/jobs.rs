//! Work that is stopped for good: only in mode, backed up first, carried through, and started by nobody at the end.
use serde_json::{Value, json};

use super::world::{Caller, PATIENCE, SHOP, World};

const STOP: &str = "/api/v1/workloads/stop";
const WIKI: &str = "acme/prod/wiki";

async fn in_mode(world: &World, under: &str) -> String {
    let id = world.admin().maintenance(under, json!({"preset": "no-new-work"})).await;
    world.until(&format!("/api/v1/maintenances/{id}"), |m| m["phase"] == "active").await;
    id
}

/// Begins a job, and answers its place.
async fn stopping(caller: &Caller<'_>, body: Value) -> String {
    let said = caller.post(STOP, body).await.is(202);
    let place = said.headers["location"].to_str().expect("a path").to_owned();
    assert_eq!(place, format!("/api/v1/jobs/{}", said.body["id"].as_str().expect("an id")));
    place
}

fn over(job: &Value) -> bool {
    job["done"] == job["of"]
}

fn state<'a>(job: &'a Value, name: &str) -> &'a Value {
    let items = job["items"].as_array().expect("a list");
    &items.iter().find(|item| item["name"] == name).expect("it is in the job")["state"]
}

#[tokio::test]
async fn all_that_runs_is_backed_up_and_stopped_and_nobody_starts_it_again() {
    let world = World::new().await;
    world.acts();
    let id = in_mode(&world, "acme/prod").await;
    let place = stopping(&world.admin(), json!({"under": "acme/prod", "reason": "the disks go"})).await;
    let job = world.until(&place, over).await;
    assert_eq!((&job["done"], &job["of"], &job["by"]), (&json!(3), &json!(3), &json!("admin")));
    for name in ["shop-db", "shop-api", "wiki-web"] {
        assert_eq!(state(&job, name), "stopped", "{job:#}");
        assert_eq!(world.outside.done(name), ["backed up", "stopped"]);
    }
    world.admin().post(&format!("/api/v1/maintenances/{id}/complete"), json!({})).await.is(200);
    world.until(&format!("/api/v1/maintenances/{id}"), |m| m["status"] == "completed").await;
    assert_eq!(world.outside.running(), ["lab-web"]);
    world.admin().get("/api/v1/jobs").await.is(200).says(&["the disks go"]);
    world
        .admin()
        .get("/api/v1/events?kind=job")
        .await
        .is(200)
        .says(&["admin stops", "stopped acme/prod/wiki wiki-web"]);
}

#[tokio::test]
async fn one_whose_backup_fails_runs_on_and_is_named_until_somebody_who_may_does_without() {
    let world = World::new().await;
    world.acts();
    in_mode(&world, "acme/prod").await;
    world.outside.fill("shop-db", true);
    let admin = world.admin();
    let job = world.until(&stopping(&admin, json!({"under": SHOP})).await, over).await;
    assert_eq!((state(&job, "shop-db"), state(&job, "shop-api")), (&json!("failed"), &json!("stopped")));
    assert!(job.to_string().contains("the backup failed, so it runs on: the disk is full"), "{job:#}");
    assert_eq!(world.outside.running(), ["lab-web", "shop-db", "wiki-web"]);
    let force = json!({"ids": ["shop-db"], "force": ["shop-db"], "reason": "it is a copy"});
    let carl = world.one("person", "carl", ("acme/prod", "administrator")).await;
    carl.post(STOP, force.clone()).await.refused(403, "forbidden", None).says(&["break_glass"]);
    let grants = json!([{"under": "acme/prod", "role": "administrator", "may": ["break_glass"]}]);
    let made = admin.post("/api/v1/tokens", json!({"name": "eve", "kind": "person", "grants": grants})).await.is(201);
    let eve = world.with(made.body["token"].as_str().expect("a secret"));
    eve.post(STOP, json!({"ids": ["shop-db"], "force": ["shop-db"]})).await.refused(400, "bad-input", Some("reason"));
    let job = world.until(&stopping(&eve, force).await, over).await;
    assert_eq!(state(&job, "shop-db"), "stopped");
    assert_eq!(world.outside.done("shop-db"), ["stopped"]);
}

#[tokio::test]
async fn only_in_mode_only_by_administrators_and_only_what_there_is() {
    let world = World::new().await;
    world.acts();
    let admin = world.admin();
    admin
        .post(STOP, json!({"under": WIKI}))
        .await
        .refused(409, "conflict", None)
        .says(&["No maintenance that holds work back covers wiki-web"]);
    in_mode(&world, WIKI).await;
    admin.post(STOP, json!({"under": "acme/prod"})).await.refused(409, "conflict", None);
    let bob = world.one("person", "bob", (WIKI, "operator")).await;
    bob.post(STOP, json!({"under": WIKI})).await.refused(403, "forbidden", None);
    bob.post(STOP, json!({"ids": ["wiki-web"]})).await.refused(403, "forbidden", None);
    let eye = world.one("observer", "eye", (WIKI, "administrator")).await;
    eye.post(STOP, json!({"under": WIKI})).await.refused(403, "forbidden", None);
    for (body, field) in [
        (json!({}), "under"),
        (json!({"under": WIKI, "ids": ["wiki-web"]}), "under"),
        (json!({"under": "acme/nowhere"}), "under"),
        (json!({"ids": []}), "ids"),
        (json!({"ids": ["wiki-web", "nothing"]}), "ids[1]"),
        (json!({"under": WIKI, "force": ["nothing"], "reason": "x"}), "force[0]"),
    ] {
        admin.post(STOP, body).await.refused(400, "bad-input", Some(field));
    }
    let place = stopping(&admin, json!({"ids": ["wiki-web"]})).await;
    bob.get(&place).await.refused(404, "not-found", None);
    assert_eq!(bob.get("/api/v1/jobs").await.is(200).body["items"], json!([]));
    world.until(&place, over).await;
    assert_eq!(world.outside.running(), ["lab-web", "shop-api", "shop-db"]);
}

#[tokio::test]
async fn what_a_maintenance_stops_is_left_to_it() {
    let world = World::new().await;
    world.acts();
    in_mode(&world, "acme/prod").await;
    world.outside.stick("wiki-web", true);
    let stops = world.admin().maintenance(WIKI, json!({})).await;
    world.until(&format!("/api/v1/maintenances/{stops}"), |m| m["flags"]["needs_attention"] == true).await;
    let job = world.until(&stopping(&world.admin(), json!({"under": "acme/prod"})).await, over).await;
    let names: Vec<&Value> = job["items"].as_array().expect("a list").iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["shop-api", "shop-db"], "{job:#}");
}

#[tokio::test]
async fn a_job_goes_on_in_another_process_and_ends_where_the_mode_does() {
    let world = World::new().await;
    world.acts();
    let id = in_mode(&world, "acme/prod").await;
    world.rests().await;
    let place = stopping(&world.admin(), json!({"under": WIKI})).await;
    assert_eq!(state(&world.admin().get(&place).await.body, "wiki-web"), "waiting");
    let late = stopping(&world.admin(), json!({"under": SHOP})).await;
    let exclude = json!({"under": SHOP});
    world.admin().post(&format!("/api/v1/maintenances/{id}/exclude"), exclude).await.is(200);
    world.acts();
    let job = world.until(&place, over).await;
    assert_eq!(state(&job, "wiki-web"), "stopped");
    let job = world.until(&late, over).await;
    assert_eq!(state(&job, "shop-db"), "failed");
    assert!(job.to_string().contains("the maintenance that let it be stopped is over"), "{job:#}");
    assert_eq!(world.outside.running(), ["lab-web", "shop-api", "shop-db"]);
}

/// A further target that lists the thing of the wiki.
async fn another(world: &World, path: &str, binding: Value) {
    let target = json!({"path": path, "kind": "product", "external_id": path.replace('/', "-"), "binding": binding});
    world.admin().post("/api/v1/targets", target).await.is(201);
}

#[tokio::test]
async fn a_name_that_two_things_have_is_ambiguous_and_is_forced_only_by_who_may_on_both() {
    let world = World::new().await;
    another(&world, "acme/prod/copy", json!({"adapter": "there", "match": {"project": "wiki"}})).await;
    world.acts();
    in_mode(&world, "acme/prod").await;
    let said = world.admin().post(STOP, json!({"ids": ["shop-db", "wiki-web"]})).await;
    said.refused(400, "bad-input", Some("ids[1]")).says(&["ambiguous"]);
    let grants = json!([
        {"under": "acme/prod", "role": "administrator"},
        {"under": "acme/prod/copy", "role": "administrator", "may": ["break_glass"]},
    ]);
    let token = json!({"name": "eve", "kind": "person", "grants": grants});
    let made = world.admin().post("/api/v1/tokens", token).await.is(201);
    let eve = world.with(made.body["token"].as_str().expect("a secret"));
    let force = |under: &str| json!({"under": under, "force": ["wiki-web"], "reason": "it is a copy"});
    eve.post(STOP, force("acme/prod")).await.refused(403, "forbidden", None).says(&[WIKI, "break_glass"]);
    let job = world.until(&stopping(&eve, force("acme/prod/copy")).await, over).await;
    assert_eq!(state(&job, "wiki-web"), "stopped");
    assert_eq!(world.outside.done("wiki-web"), ["stopped"]);
}

#[tokio::test]
async fn what_two_bindings_claim_is_named_and_runs_on() {
    let world = World::new().await;
    another(&world, "acme/prod/other", json!({"adapter": "here", "match": {"project": "wiki"}})).await;
    world.acts();
    in_mode(&world, "acme/prod").await;
    let job = world.until(&stopping(&world.admin(), json!({"under": WIKI})).await, over).await;
    assert_eq!(state(&job, "wiki-web"), "failed");
    assert!(job.to_string().contains("two bindings claim it"), "{job:#}");
    assert!(world.outside.running().contains(&"wiki-web".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_listed_for_now_is_stopped_when_it_can() {
    let world = World::new().await;
    world.acts();
    in_mode(&world, WIKI).await;
    world.rests().await;
    let place = stopping(&world.admin(), json!({"under": WIKI})).await;
    world.outside.silence("wiki");
    world.acts();
    let asked = world.outside.asked_in_vain();
    let looked = async {
        while world.outside.asked_in_vain() == asked {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.expect("it is looked at");
    assert_eq!(state(&world.admin().get(&place).await.body, "wiki-web"), "waiting");
    world.outside.answer("wiki");
    let job = world.until(&place, over).await;
    assert_eq!(state(&job, "wiki-web"), "stopped");
}

#[tokio::test]
async fn jobs_come_in_pages_that_hold_while_others_are_made() {
    let world = World::new().await;
    world.acts();
    in_mode(&world, "acme").await;
    world.rests().await;
    let admin = world.admin();
    let carl = world.one("person", "carl", (WIKI, "administrator")).await;
    let mut places = Vec::new();
    for under in [WIKI, SHOP, WIKI, SHOP, WIKI] {
        places.insert(0, stopping(&admin, json!({"under": under})).await);
    }
    let page = async |who: &Caller<'_>, more: &str| who.get(&format!("/api/v1/jobs?limit=2{more}")).await.is(200).body;
    let all = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().expect("a list");
        items.iter().map(|job| format!("/api/v1/jobs/{}", job["id"].as_str().expect("an id"))).collect()
    };
    let next = |page: &Value| format!("&cursor={}", page["next"].as_str().expect("there is more"));
    let first = page(&admin, "").await;
    assert_eq!(all(&first), places[..2]);
    stopping(&admin, json!({"under": SHOP})).await;
    let second = page(&admin, &next(&first)).await;
    assert_eq!(all(&second), places[2..4]);
    let third = page(&admin, &next(&second)).await;
    assert_eq!((all(&third), third.get("next")), (places[4..].to_vec(), None));
    let his = page(&carl, "").await;
    assert_eq!(all(&his), [places[0].clone(), places[2].clone()]);
    assert_eq!(all(&page(&carl, &next(&his)).await), places[4..]);
    admin.get(&format!("/api/v1/targets?limit=2{}", next(&first))).await.refused(400, "bad-input", Some("cursor"));
    admin.get("/api/v1/jobs?under=acme").await.refused(400, "bad-input", Some("under"));
}

#[tokio::test]
async fn however_many_are_being_backed_up_what_a_maintenance_owes_is_started() {
    let world = World::new().await;
    let names: Vec<String> = (1..=80).map(|n| format!("many-{n}")).collect();
    names.iter().for_each(|name| world.outside.run(name));
    another(&world, "acme/test/many", json!({"adapter": "here", "match": {"project": "many"}})).await;
    world.acts();
    in_mode(&world, "acme/test/many").await;
    let stops = format!("/api/v1/maintenances/{}", world.admin().maintenance(WIKI, json!({})).await);
    world.until(&stops, |m| m["phase"] == "active").await;
    assert!(!world.outside.running().contains(&"wiki-web".to_owned()));
    world.outside.hold_backups("many", true);
    let place = stopping(&world.admin(), json!({"under": "acme/test/many"})).await;
    let saving = |job: &Value| {
        let items = job["items"].as_array().expect("a list");
        items.iter().filter(|item| item["state"] == "backing_up").count()
    };
    world.until(&place, |job| saving(job) >= 16).await;
    world.admin().post(&format!("{stops}/complete"), json!({})).await.is(200);
    world.until(&stops, |m| m["status"] == "completed").await;
    assert!(world.outside.running().contains(&"wiki-web".to_owned()));
    assert_eq!(saving(&world.admin().get(&place).await.body), 16, "jobs have a share of their own");
    world.outside.hold_backups("many", false);
    let job = world.until(&place, over).await;
    assert!(names.iter().all(|name| state(&job, name) == "stopped"), "{job:#}");
    assert!(names.iter().all(|name| world.outside.done(name) == ["backed up", "stopped"]));
}

#[tokio::test]
async fn a_thing_whose_target_is_gone_or_bound_otherwise_runs_on_and_is_not_called_stopped() {
    let world = World::new().await;
    let admin = world.admin();
    another(&world, "acme/test/lab/extra", json!({"adapter": "here", "match": {"project": "extra"}})).await;
    world.outside.run("extra-web");
    world.acts();
    let id = in_mode(&world, "acme").await;
    world.rests().await;
    let carl = world.one("person", "carl", ("acme/test", "administrator")).await;
    let gone = stopping(&carl, json!({"under": "acme/test/lab/extra"})).await;
    let moved = stopping(&admin, json!({"under": WIKI})).await;
    for under in ["acme/test/lab/extra", WIKI] {
        admin.post(&format!("/api/v1/maintenances/{id}/exclude"), json!({"under": under})).await.is(200);
    }
    let extra = world.id("acme/test/lab/extra").await;
    admin.delete(&format!("/api/v1/targets/{extra}")).await.is(204);
    let binding = json!({"binding": {"adapter": "here", "match": {"project": "other"}}});
    admin.patch(&format!("/api/v1/targets/{}", world.id(WIKI).await), binding).await.is(200);
    world.acts();
    for (place, name) in [(gone, "extra-web"), (moved, "wiki-web")] {
        let job = world.until(&place, |job| over(job) && job["of"] == 1).await;
        assert_eq!(state(&job, name), "failed", "{job:#}");
        assert!(job.to_string().contains("it is its target's no more"), "{job:#}");
        assert!(world.outside.running().contains(&name.to_owned()), "{name}");
        let his = carl.get(&place).await;
        assert_eq!(his.status == 200, name == "extra-web", "{his:#?}");
    }
}

#[tokio::test]
async fn a_name_that_is_not_found_where_not_all_could_be_listed_says_so() {
    let world = World::new().await;
    world.acts();
    in_mode(&world, "acme/prod").await;
    world.outside.silence("wiki");
    let said = world.admin().post(STOP, json!({"ids": ["shop-db", "wiki-web"]})).await;
    said.refused(400, "bad-input", Some("ids[1]")).says(&["could not be listed: acme/prod/wiki: it does not answer"]);
    let job = world.until(&stopping(&world.admin(), json!({"under": "acme/prod"})).await, over).await;
    assert_eq!((state(&job, WIKI), state(&job, "shop-db")), (&json!("failed"), &json!("stopped")));
    assert!(job.to_string().contains("could not be listed: it does not answer"), "{job:#}");
}
