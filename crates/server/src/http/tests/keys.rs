//! `Idempotency-Key`: a change that is asked for twice is made once and answered alike, on every route, through a crash.
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use lull_store::Once;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::document::Document;
use super::world::{Caller, SHOP, Said, World, maintenance};
use crate::http::keyed;

const ALL: &str = "/api/v1/maintenances";
const TYPE: (&str, &str) = ("content-type", "application/json");

async fn with_key(caller: &Caller<'_>, method: Method, path: &str, key: &str, body: &Value) -> Said {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    caller.raw(method, path, &[TYPE, ("idempotency-key", key)], text).await
}

async fn head(world: &World) -> u64 {
    *world.app.core.store.changed().borrow()
}

/// The same, but for the mark that it was given before.
#[track_caller]
fn alike(first: &Said, again: &Said) {
    assert_eq!(again.headers["idempotency-replayed"], "true", "{again:#?}");
    assert!(!first.headers.contains_key("idempotency-replayed"), "{first:#?}");
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    for name in [header::LOCATION, header::ETAG, header::CONTENT_TYPE] {
        assert_eq!(first.headers.get(&name), again.headers.get(&name), "{name}");
    }
}

#[tokio::test]
async fn asked_again_under_its_key_a_change_is_made_once_and_answered_alike() {
    let world = World::new().await;
    let admin = world.admin();
    let body = maintenance(SHOP, json!({"draft": true}));
    let made = with_key(&admin, Method::POST, ALL, "a", &body).await.is(201);
    let one = made.headers["location"].to_str().expect("text").to_owned();
    let steps = [
        (Method::PATCH, one.clone(), json!({"title": "Other"}), 200),
        (Method::POST, format!("{one}/start"), json!({}), 200),
        (Method::POST, format!("{one}/updates"), json!({"text": "Half of it"}), 200),
        (Method::POST, format!("{one}/complete"), Value::Null, 200),
        (Method::POST, "/api/v1/targets".to_owned(), json!({"path": "acme/new", "kind": "product"}), 201),
    ];
    for (method, path, body, status) in steps {
        let first = with_key(&admin, method.clone(), &path, "a", &body).await.is(status);
        let before = head(&world).await;
        alike(&first, &with_key(&admin, method, &path, "a", &body).await);
        assert_eq!(head(&world).await, before, "{path}");
    }
    alike(&made, &with_key(&admin, Method::POST, ALL, "a", &body).await);
    let id = world.id("acme/new").await;
    let gone = with_key(&admin, Method::DELETE, &format!("/api/v1/targets/{id}"), "b", &Value::Null).await.is(204);
    alike(&gone, &with_key(&admin, Method::DELETE, &format!("/api/v1/targets/{id}"), "b", &Value::Null).await);
}

#[tokio::test]
async fn a_key_of_another_body_is_refused_and_one_of_another_route_or_token_is_another_key() {
    let world = World::new().await;
    let (admin, body) = (world.admin(), maintenance(SHOP, json!({"draft": true})));
    let made = with_key(&admin, Method::POST, ALL, "k", &body).await.is(201);
    let other = maintenance(SHOP, json!({"draft": true, "description": "another"}));
    with_key(&admin, Method::POST, ALL, "k", &other).await.refused(422, "idempotency", None);
    with_key(&admin, Method::POST, ALL, "k", &Value::Null).await.refused(422, "idempotency", None);
    let dana = world.one("person", "dana", ("acme", "operator")).await;
    let hers = with_key(&dana, Method::POST, ALL, "k", &body).await.is(201);
    assert_ne!(hers.body["id"], made.body["id"]);
    let start = format!("{ALL}/{}/start", made.body["id"].as_str().expect("an id"));
    with_key(&admin, Method::POST, &start, "k", &json!({})).await.is(200);
    let nobody = world.with("lull_nobody");
    with_key(&nobody, Method::POST, ALL, "k", &body).await.refused(401, "forbidden", None);
}

#[tokio::test]
async fn what_is_refused_is_decided_anew_under_the_same_key() {
    let world = World::new().await;
    let admin = world.admin();
    let new = json!({"path": "acme/later/on", "kind": "stack", "needs": ["acme/later"]});
    with_key(&admin, Method::POST, "/api/v1/targets", "k", &new).await.is(400);
    admin.post("/api/v1/targets", json!({"path": "acme/later", "kind": "product"})).await.is(201);
    let made = with_key(&admin, Method::POST, "/api/v1/targets", "k", &new).await.is(201);
    assert!(!made.headers.contains_key("idempotency-replayed"));
}

#[tokio::test]
async fn of_many_at_the_same_moment_one_is_carried_out() {
    let world = World::new().await;
    let body = maintenance(SHOP, json!({"draft": true})).to_string();
    let before = head(&world).await;
    let ask = || {
        let request = Request::post(ALL)
            .header(header::AUTHORIZATION, format!("Bearer {}", world.admin))
            .header(TYPE.0, TYPE.1)
            .header("idempotency-key", "k");
        world.router().oneshot(request.body(Body::from(body.clone())).expect("a request"))
    };
    let answers = futures_util::future::join_all((0..32).map(|_| ask())).await;
    let mut made = 0;
    for answer in answers {
        let answer = answer.expect("it cannot fail");
        let again = answer.headers().contains_key("idempotency-replayed");
        match answer.status() {
            StatusCode::CREATED => made += usize::from(!again),
            status => assert_eq!(status, StatusCode::CONFLICT),
        }
    }
    assert_eq!((made, head(&world).await), (1, before + 1));
}

#[tokio::test]
async fn while_it_is_carried_out_its_key_is_taken() {
    let world = World::new().await;
    let run = world.app.running.begin(id_of(&world, "POST /api/v1/maintenances k")).expect("nobody has it");
    let body = maintenance(SHOP, json!({"draft": true}));
    with_key(&world.admin(), Method::POST, ALL, "k", &body).await.refused(409, "idempotency", None);
    drop(run);
    with_key(&world.admin(), Method::POST, ALL, "k", &body).await.is(201);
}

#[tokio::test]
async fn where_the_server_ended_before_it_answered_the_log_says_what_to_answer() {
    let world = World::new().await;
    let admin = world.admin();
    // What is carried out and never answered.
    let made = lost(&world, "POST", ALL, maintenance(SHOP, json!({"draft": true}))).await;
    assert_eq!((made.status, made.body["status"].as_str()), (StatusCode::CREATED, Some("draft")));
    let one = made.headers["location"].to_str().expect("text").to_owned();
    assert_eq!(one, format!("{ALL}/{}", made.body["id"].as_str().expect("an id")));
    let started = lost(&world, "POST", &format!("{one}/start"), json!({})).await.is(200);
    assert_eq!(started.body["id"], made.body["id"]);
    let target = lost(&world, "POST", "/api/v1/targets", json!({"path": "acme/new", "kind": "product"})).await.is(201);
    let place = target.headers["location"].to_str().expect("text").to_owned();
    lost(&world, "DELETE", &place, Value::Null).await.is(204);
    let grants = json!([{"under": "acme", "role": "viewer"}]);
    let token = json!({"name": "ci", "kind": "service", "grants": grants});
    let token = lost(&world, "POST", "/api/v1/tokens", token).await.is(201);
    assert!(token.body.get("token").is_none(), "its secret is shown to nobody");
    let draft = admin.maintenance(SHOP, json!({"draft": true})).await;
    lost(&world, "DELETE", &format!("{ALL}/{draft}"), Value::Null).await.is(204);
    world.app.core.gate.reaches(world.app.core.store.read(|tx| tx.head()).await.expect("it has one").epoch).await;
    let pass = lost(&world, "POST", "/api/v1/gate/passes", json!({"target": SHOP})).await.is(201);
    assert_eq!((pass.body.get("link"), &pass.body["by"]), (None, &json!("admin")), "its link is shown to nobody");
    let place = pass.headers["location"].to_str().expect("text").to_owned();
    assert_eq!(lost(&world, "DELETE", &place, Value::Null).await.is(200).body["id"], pass.body["id"]);
    let feed = lost(&world, "POST", "/api/v1/feeds", json!({"under": SHOP})).await.is(201);
    assert_eq!(feed.body.get("url"), None, "its link is shown to nobody");
    let place = feed.headers["location"].to_str().expect("text").to_owned();
    lost(&world, "DELETE", &place, Value::Null).await.is(204);
    let (env, wiki) = (world.id("acme/prod").await, world.id("acme/prod/wiki").await);
    let mode = format!("/api/environments/{env}/product-deployments/{wiki}/operation-mode");
    let set = lost(&world, "PUT", &mode, json!({"mode": "Maintenance"})).await.is(200);
    assert_eq!((&set.body["previousMode"], &set.body["newMode"]), (&json!("Normal"), &json!("Maintenance")));
    let mode = "/api/environments/acme-prod/product-deployments/acme-prod-wiki/operation-mode";
    let set = lost(&world, "PUT", mode, json!({"mode": "Normal"})).await.is(200);
    assert_eq!((&set.body["previousMode"], &set.body["newMode"]), (&json!("Maintenance"), &json!("Normal")));
    let banner = lost(&world, "PUT", &format!("/api/v1/targets/{wiki}/banner"), json!({"text": "x", "on": true})).await;
    assert_eq!(banner.is(200).body["banner"]["text"], "x");
}

#[tokio::test]
async fn a_stop_whose_answer_was_lost_gives_the_job_that_was_made() {
    let world = World::new().await;
    let admin = world.admin();
    world.acts();
    let id = admin.maintenance("acme/test", json!({"preset": "no-new-work"})).await;
    world.until(&format!("{ALL}/{id}"), |m| m["phase"] == "active").await;
    world.rests().await;
    let job = lost(&world, "POST", "/api/v1/workloads/stop", json!({"under": "acme/test"})).await.is(202);
    let place = format!("/api/v1/jobs/{}", job.body["id"].as_str().expect("an id"));
    assert_eq!(job.headers["location"], place.as_str());
    assert_eq!(admin.get(&place).await.is(200).body, job.body);
}

#[tokio::test]
async fn what_was_undone_since_is_not_done_again_by_whoever_asks_again() {
    let world = World::new().await;
    let (env, shop) = (world.id("acme/prod").await, world.id(SHOP).await);
    let mode = format!("/api/environments/{env}/product-deployments/{shop}/operation-mode");
    let wish = json!({"mode": "Maintenance"});
    unanswered(&world, "PUT", &mode, &wish).await;
    world.admin().put(&mode, json!({"mode": "Normal"})).await.is(200);
    let before = head(&world).await;
    let again = with_key(&world.admin(), Method::PUT, &mode, "k", &wish).await.is(200);
    assert_eq!((&again.body["newMode"], &again.body["heldBy"]), (&json!("Normal"), &json!([])), "as it stands now");
    assert_eq!(head(&world).await, before);
}

#[tokio::test]
async fn a_change_that_is_decided_again_as_another_server_was_faster_has_its_key() {
    let world = World::new().await;
    let other = world.restarted().await;
    world.admin().post("/api/v1/targets", json!({"path": "acme/first", "kind": "product"})).await.is(201);
    let body = json!({"path": "acme/second", "kind": "product"});
    let once = Once::new(keyed::of(id_of(&world, "POST /api/v1/targets k"), body.to_string().as_bytes()));
    let new = serde_json::from_value(body.clone()).expect("it is one");
    once.over(other.app.core.add_target(&other.behind().await, new)).await.expect("it is made");
    let said = with_key(&other.admin(), Method::POST, "/api/v1/targets", "k", &body).await.is(201);
    assert_eq!(said.headers["idempotency-replayed"], "true");
}

/// What is answered to whoever asks again, after the first answer was never kept.
async fn lost(world: &World, method: &str, path: &str, body: Value) -> Said {
    unanswered(world, method, path, &body).await;
    let before = head(world).await;
    let method: Method = method.parse().expect("a method");
    let said = with_key(&world.admin(), method.clone(), path, "k", &body).await;
    assert_eq!(head(world).await, before, "{path} was carried out again");
    let again = with_key(&world.admin(), method, path, "k", &body).await;
    assert_eq!((&said.status, &said.body), (&again.status, &again.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    said
}

/// Carries out what nobody hears the answer of.
async fn unanswered(world: &World, method: &str, path: &str, body: &Value) {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let id = id_of(world, &format!("{method} {path} k"));
    let once = Once::new(keyed::of(id, text.as_bytes()));
    let request = Request::builder().method(method).uri(path).header(TYPE.0, TYPE.1);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", world.admin));
    let request = request.body(Body::from(text)).expect("a request");
    // The routes alone: between them and their caller the server ends.
    let answer = once.over(crate::http::routes_alone(&world.app).oneshot(request)).await.expect("it cannot fail");
    assert!(answer.status().is_success(), "{answer:?}");
}

fn id_of(world: &World, asked: &str) -> [u8; 32] {
    keyed::id(&crate::tokens::hash(&world.admin), asked)
}

#[tokio::test]
async fn a_secret_is_not_kept_under_a_key() {
    let world = World::new().await;
    let grants = json!([{"under": "acme", "role": "viewer"}]);
    let body = json!({"name": "ci", "kind": "service", "grants": grants});
    let made = with_key(&world.admin(), Method::POST, "/api/v1/tokens", "k", &body).await.is(201);
    let secret = made.body["token"].as_str().expect("a secret");
    let again = with_key(&world.admin(), Method::POST, "/api/v1/tokens", "k", &body).await.is(201);
    assert_eq!((again.body["id"].as_str(), again.body.get("token")), (made.body["id"].as_str(), None));
    assert!(!world.files().windows(secret.len()).any(|part| part == secret.as_bytes()));
}

#[tokio::test]
async fn every_route_that_changes_something_takes_a_key_and_refuses_an_odd_one() {
    let world = World::new().await;
    for (method, path) in Document::get().changes() {
        let path = path.replace(['{', '}'], "");
        for odd in ["", " ", "a b", "ключ", &"k".repeat(256)] {
            let text = [TYPE, ("idempotency-key", odd)];
            let said = world.admin().raw(method.clone(), &path, &text, "{}").await;
            said.refused(400, "bad-input", Some("Idempotency-Key"));
        }
    }
    let twice = [TYPE, ("idempotency-key", "a"), ("idempotency-key", "b")];
    world.admin().raw(Method::POST, ALL, &twice, "{}").await.refused(400, "bad-input", Some("Idempotency-Key"));
    // A question is not a change.
    world.admin().raw(Method::GET, ALL, &[("idempotency-key", "")], "").await.is(200);
}

#[tokio::test]
async fn a_key_of_seven_days_ago_is_forgotten() {
    let world = World::new().await;
    let body = maintenance(SHOP, json!({"draft": true}));
    let text = body.to_string();
    let mut old = keyed::of(id_of(&world, "POST /api/v1/maintenances k"), text.as_bytes());
    old.at = old.at + lull_domain::Span(-lull_store::KEPT_FOR.0 - 1);
    let store = &world.app.core.store;
    store.write::<_, lull_store::StoreError, _>(move |tx| tx.keep_answer(&old, "{}")).await.expect("it is stored");
    let made = with_key(&world.admin(), Method::POST, ALL, "k", &body).await.is(201);
    alike(&made, &with_key(&world.admin(), Method::POST, ALL, "k", &body).await);
}
