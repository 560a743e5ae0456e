//! Who may do what: every role on a part of the estate against every route.
use axum::http::{Method, Request, header};
use serde_json::{Value, json};

use super::world::{Caller, SHOP, World, hours, maintenance};

const WIKI: &str = "acme/prod/wiki";

/// A request, and what whoever has the role on the shop gets for it: viewer, reporter, operator, administrator.
type Row = (Method, String, Value, [u16; 4]);

/// The roles in the order of the columns.
const ROLES: [&str; 4] = ["viewer", "reporter", "operator", "administrator"];

async fn ask(who: &Caller<'_>, row: &Row, column: usize) {
    let (method, path, body, expected) = row;
    let said = who.ask(method.clone(), path, body.clone()).await;
    assert_eq!(said.status.as_u16(), expected[column], "{} as {}: {said:#?}", said.asked, ROLES[column]);
}

/// One of each, in the state in which every command is possible or changes nothing, so that only the role decides.
fn matrix(target: &str, draft: &str, running: &str) -> Vec<Row> {
    let targets = "/api/v1/targets";
    let one = |id: &str, command: &str| format!("/api/v1/maintenances/{id}{command}");
    let below = json!({"path": format!("{SHOP}/new"), "kind": "service"});
    let token = json!({"name": "x", "kind": "person", "grants": [{"under": SHOP, "role": "viewer"}]});
    let no = [403, 403, 403, 403];
    let all = [200, 200, 200, 200];
    let reporters = [403, 200, 200, 200];
    let operators = [403, 403, 200, 200];
    let administrators = [403, 403, 403, 200];
    vec![
        (Method::GET, targets.to_owned(), Value::Null, all),
        (Method::GET, format!("{targets}/{target}"), Value::Null, all),
        (Method::POST, targets.to_owned(), below, [403, 403, 403, 201]),
        (Method::PATCH, format!("{targets}/{target}"), json!({"version": "2"}), administrators),
        (Method::DELETE, format!("{targets}/{target}"), Value::Null, [403, 403, 403, 409]),
        (Method::GET, "/api/v1/maintenances".to_owned(), Value::Null, all),
        (
            Method::POST,
            "/api/v1/maintenances".to_owned(),
            maintenance(SHOP, json!({"draft": true})),
            [403, 403, 201, 201],
        ),
        (Method::GET, one(running, ""), Value::Null, all),
        (Method::GET, one(running, "/plan"), Value::Null, all),
        (Method::PATCH, one(running, ""), json!({"reason": "because"}), operators),
        (Method::PATCH, one(running, ""), json!({}), operators),
        (Method::POST, one(draft, "/schedule"), Value::Null, operators),
        (Method::POST, one(running, "/start"), Value::Null, operators),
        (Method::POST, one(running, "/extend"), json!({"ends_at": hours(3)}), operators),
        (Method::POST, one(running, "/exclude"), json!({"under": "acme/prod/shop/db"}), operators),
        (Method::POST, one(running, "/updates"), json!({"text": "half of it"}), reporters),
        (Method::POST, one(running, "/retry"), Value::Null, operators),
        (Method::POST, one(running, "/verify"), Value::Null, [403, 403, 409, 409]),
        (Method::POST, one(running, "/reenter"), Value::Null, operators),
        (Method::POST, one(running, "/complete"), Value::Null, operators),
        (Method::DELETE, one(draft, ""), Value::Null, operators),
        (Method::POST, one(running, "/cancel"), Value::Null, [403, 403, 409, 409]),
        (Method::GET, "/api/v1/engagements".to_owned(), Value::Null, all),
        (Method::GET, "/api/v1/workloads".to_owned(), Value::Null, all),
        (Method::POST, "/api/v1/workloads/stop".to_owned(), json!({"under": SHOP}), [403, 403, 403, 409]),
        (Method::GET, "/api/v1/jobs".to_owned(), Value::Null, all),
        (Method::GET, "/api/v1/orders".to_owned(), Value::Null, all),
        (Method::GET, "/api/v1/events".to_owned(), Value::Null, all),
        (Method::GET, "/api/v1/tokens".to_owned(), Value::Null, no),
        (Method::POST, "/api/v1/tokens".to_owned(), token, [403, 403, 403, 201]),
    ]
}

#[tokio::test]
async fn every_role_may_exactly_what_it_should() {
    for (column, role) in ROLES.into_iter().enumerate() {
        let world = World::new().await;
        let who = world.one("person", role, (SHOP, role)).await;
        let draft = world.admin().maintenance(SHOP, json!({"draft": true, "starts_at": hours(2)})).await;
        let running = world.admin().maintenance(SHOP, json!({})).await;
        for row in matrix(&world.id(SHOP).await, &draft, &running) {
            ask(&who, &row, column).await;
        }
    }
}

#[tokio::test]
async fn what_only_administrators_of_the_installation_enter_only_they_change_and_end() {
    let world = World::new().await;
    let part = world.one("person", "part", (SHOP, "administrator")).await;
    let id = world.admin().maintenance(SHOP, json!({"preset": "admins-only"})).await;
    let one = format!("/api/v1/maintenances/{id}");
    for (command, body) in [("extend", json!({"ends_at": hours(3)})), ("complete", json!({})), ("cancel", json!({}))] {
        part.post(&format!("{one}/{command}"), body).await.refused(403, "forbidden", None);
    }
    part.post(&format!("{one}/updates"), json!({"text": "half way"})).await.is(200);
    world.admin().post(&format!("{one}/complete"), json!({})).await.is(200);
}

#[tokio::test]
async fn what_lies_elsewhere_is_not_there() {
    let world = World::new().await;
    let who = world.one("person", "eve", (WIKI, "administrator")).await;
    let draft = world.admin().maintenance(SHOP, json!({"draft": true})).await;
    let running = world.admin().maintenance(SHOP, json!({})).await;
    let target = world.id(SHOP).await;
    for (method, path, body, _) in matrix(&target, &draft, &running) {
        if path.contains(&target) || path.contains(&draft) || path.contains(&running) {
            who.ask(method, &path, body).await.refused(404, "not-found", None);
        }
    }
    for list in ["targets", "maintenances", "engagements", "workloads", "orders", "events", "gate/passes", "feeds"] {
        let said = who.get(&format!("/api/v1/{list}")).await.is(200);
        assert!(!said.body.to_string().contains("shop"), "{said:#?}");
    }
    let accept = json!({"names": ["acme/prod/shop/db"], "reason": "it is right"});
    who.post(&format!("/api/v1/maintenances/{running}/accept"), accept).await.refused(404, "not-found", None);
    who.post("/api/v1/maintenances", maintenance(SHOP, json!({}))).await.refused(
        400,
        "bad-input",
        Some("scope.include[0].under"),
    );
}

#[tokio::test]
async fn a_plan_and_its_forecast_name_only_what_the_caller_may_see() {
    let world = World::new().await;
    let eve = world.one("person", "eve", (WIKI, "viewer")).await;
    let id = world.admin().maintenance("acme/prod", json!({})).await;
    let said = eve.get(&format!("/api/v1/maintenances/{id}/plan")).await.is(200);
    assert!(!said.body.to_string().contains("shop"), "{said:#?}");
    said.says(&[WIKI, "wiki-web"]);
}

#[tokio::test]
async fn a_maintenance_names_only_those_parts_of_its_scope_and_trouble_that_the_caller_may_see() {
    let world = World::new().await;
    world.outside.stick("shop-db", true);
    world.acts();
    let (eve, ada) = (
        world.one("person", "eve", (WIKI, "viewer")).await,
        world.one("person", "ada", ("acme/prod/shop/api", "viewer")).await,
    );
    let scope = json!({"include": [{"under": WIKI}, {"under": SHOP}], "exclude": [{"under": "acme/test"}]});
    let id = world.admin().maintenance(SHOP, json!({"scope": scope})).await;
    let one = format!("/api/v1/maintenances/{id}");
    let troubled = world.until(&one, |m| m["flags"]["needs_attention"] == true).await;
    assert!(troubled["trouble"].to_string().contains("shop-db"), "{troubled:#?}");
    let orders = world.admin().get("/api/v1/orders").await.is(200);
    orders.says(&["trouble", "shop-db"]);
    for path in [one.as_str(), "/api/v1/maintenances", "/api/v1/orders", "/api/v1/events"] {
        let said = eve.get(path).await.is(200);
        let text = said.body.to_string();
        assert!(!text.contains("shop") && !text.contains("acme/test") && text.contains(&id), "{said:#?}");
    }
    eve.get(&one).await.says(&[WIKI]);
    let said = ada.get(&one).await.is(200).says(&[SHOP]);
    assert_eq!(said.body["scope"]["include"], json!([{"under": SHOP}]));
    assert!(!said.body.to_string().contains("shop-db"), "{said:#?}");
    let said = ada.get("/api/v1/targets").await.is(200);
    assert!(!said.body.to_string().contains("shop/db"), "{said:#?}");
}

#[tokio::test]
async fn nobody_is_let_in_without_a_good_token() {
    let world = World::new().await;
    let (draft, running) = (
        world.admin().maintenance(SHOP, json!({"draft": true})).await,
        world.admin().maintenance(SHOP, json!({})).await,
    );
    for (method, path, body, _) in matrix(&world.id(SHOP).await, &draft, &running) {
        let said = world.with("lull_wrong").ask(method.clone(), &path, body).await.refused(401, "forbidden", None);
        assert_eq!(said.headers[header::WWW_AUTHENTICATE], "Bearer");
        let bare = Request::builder().method(method).uri(&path).body(axum::body::Body::empty()).expect("a request");
        world.send(bare).await.refused(401, "forbidden", None);
    }
    for odd in ["", "Basic YTpi", "Bearer", "Bearer ", &world.admin, &format!("Token {}", world.admin)] {
        let request = Request::builder().uri("/api/v1/targets").header(header::AUTHORIZATION, odd);
        let said = world.send(request.body(axum::body::Body::empty()).expect("a request")).await;
        said.refused(401, "forbidden", None);
    }
}

#[tokio::test]
async fn health_and_the_document_need_no_token() {
    let world = World::new().await;
    for (path, status) in [("/healthz", 200), ("/readyz", 503), ("/openapi.json", 200)] {
        let request = Request::builder().uri(path).body(axum::body::Body::empty()).expect("a request");
        world.send(request).await.is(status);
    }
    world.app.is_ready();
    let request = Request::builder().uri("/readyz").body(axum::body::Body::empty()).expect("a request");
    world.send(request).await.is(200);
}

#[tokio::test]
async fn an_observer_enters_and_completes_over_the_api_and_orders_nothing_else() {
    let world = World::new().await;
    let flag = world.one("observer", "flag", (SHOP, "operator")).await;
    for more in [json!({"draft": true}), json!({"starts_at": hours(2), "duration": "PT1H"})] {
        let said = flag.post("/api/v1/maintenances", maintenance(SHOP, more)).await;
        said.refused(403, "forbidden", None).says(&["not for an observer"]);
    }
    let id = flag.maintenance(SHOP, json!({})).await;
    let one = format!("/api/v1/maintenances/{id}");
    let shown = world.admin().get(&one).await;
    assert_eq!(shown.body["trigger"], json!({"kind": "observer", "name": "flag"}));
    flag.post(&format!("{one}/extend"), json!({"ends_at": hours(1)})).await.refused(403, "forbidden", None);
    flag.post(&format!("{one}/cancel"), json!({})).await.refused(403, "forbidden", None);
    flag.post(&format!("{one}/retry"), json!({})).await.refused(403, "forbidden", None);
    for command in ["complete", "cancel"] {
        let said = world.admin().post(&format!("{one}/{command}"), json!({})).await.refused(409, "held", None);
        assert_eq!(said.body["holders"][0]["maintenance"], id);
    }
    world.admin().delete(&one).await.refused(409, "held", None);
    world
        .admin()
        .post(&format!("{one}/exclude"), json!({"under": "acme/prod/shop/db"}))
        .await
        .refused(409, "held", None);
    flag.post(&format!("{one}/complete"), json!({})).await.is(200);
}

#[tokio::test]
async fn breaking_the_glass_needs_the_permission_and_a_reason() {
    let world = World::new().await;
    let flag = world.one("observer", "flag", (SHOP, "operator")).await;
    let ada = world.one("person", "ada", (SHOP, "administrator")).await;
    let complete = format!("/api/v1/maintenances/{}/complete", flag.maintenance(SHOP, json!({})).await);
    let broken = json!({"break_glass": true, "reason": "the observer is gone"});
    ada.post(&complete, broken.clone()).await.refused(403, "forbidden", None).says(&["break_glass"]);
    world.admin().post(&complete, json!({"break_glass": true})).await.refused(400, "bad-input", Some("reason"));
    world.admin().post(&complete, broken).await.is(200);
}
