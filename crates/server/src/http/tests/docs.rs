//! The pages: they say all that the document says, load nothing from elsewhere, and lead nowhere that is not there.
use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use super::world::World;

/// How much the first visit may load, in bytes.
const LOAD_MAX: usize = 150_000;

async fn page(world: &World, path: &str) -> (HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let answer = world.router().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("it is whole");
    (parts.headers, String::from_utf8(bytes.into()).expect("it is text"))
}

/// What stands in this attribute, wherever it does.
fn all<'a>(html: &'a str, attribute: &str) -> BTreeSet<&'a str> {
    let begin = format!(" {attribute}=\"");
    html.split(begin.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn every_operation_and_every_schema_has_its_place_in_the_reference() {
    let world = World::new().await;
    let document: Value = serde_json::from_str(&crate::http::openapi()).expect("it is JSON");
    let (_, overview) = page(&world, "/docs").await;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, it) in item.as_object().expect("operations") {
            let tag = it["tags"][0].as_str().expect("a tag").replace(' ', "-");
            let (id, name) = (it["operationId"].as_str().expect("an id"), format!("{} {path}", method.to_uppercase()));
            assert!(overview.contains(&name) && overview.contains(&format!("/docs/{tag}#{id}")), "{name}");
            let (_, html) = page(&world, &format!("/docs/{tag}")).await;
            assert!(all(&html, "id").contains(id) && html.contains(&name), "{name}");
            for parameter in it["parameters"].as_array().into_iter().flatten() {
                assert!(html.contains(parameter["name"].as_str().expect("a name")), "{name}: {parameter}");
            }
        }
    }
    let (_, first) = page(&world, "/docs/schemas").await;
    let schemas = first + &page(&world, "/docs/schemas-m-z").await.1;
    for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(all(&schemas, "id").contains(name.as_str()), "{name}");
    }
}

#[tokio::test]
async fn pages_are_small_load_nothing_from_elsewhere_and_lead_somewhere() {
    let world = World::new().await;
    let mut known: BTreeSet<String> = ["/docs", "/problems"].map(str::to_owned).into();
    let mut left: Vec<String> = known.iter().cloned().collect();
    while let Some(path) = left.pop() {
        let (headers, html) = page(&world, &path).await;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        assert!(!html.contains("<script") && all(&html, "style").is_empty() && !html.contains('`'), "{path}");
        let sheet = all(&html, "href").into_iter().find(|link| link.ends_with(".css")).expect("a sheet").to_owned();
        let (kept, css) = page(&world, &sheet).await;
        assert!(kept[header::CACHE_CONTROL].to_str().is_ok_and(|how| how.contains("immutable")));
        assert!(css.len() <= 25_000 && html.len() + css.len() <= LOAD_MAX, "{path}: {}", html.len());
        for link in all(&html, "href") {
            let (to, place) = link.split_once('#').unwrap_or((link, ""));
            let to = if to.is_empty() { path.as_str() } else { to };
            assert!(to.starts_with('/'), "{path}: {link}");
            if !place.is_empty() {
                let (_, html) = page(&world, to).await;
                assert!(place == "main" || all(&html, "id").contains(place), "{path}: {link}");
            }
            if !to.contains('.') && known.insert(to.to_owned()) {
                left.push(to.to_owned());
            }
        }
    }
    assert!(known.len() > 12, "{known:?}");
}

#[tokio::test]
async fn a_page_that_is_known_is_not_sent_again_and_one_that_is_not_there_is_a_problem() {
    let world = World::new().await;
    let (headers, _) = page(&world, "/docs").await;
    let tag = headers[header::ETAG].clone();
    let request = Request::get("/docs").header(header::IF_NONE_MATCH, tag).body(Body::empty()).expect("a request");
    let answer = world.router().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    for path in ["/problems/none", "/docs/none", "/assets/lull-0.css"] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = world.router().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_policy_in_the_documentation_is_one() {
    let world = World::new().await;
    let page = include_str!("../../../../../docs/policies.md");
    let block = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("it has an example");
    let policy: Value = serde_json::from_str(block).expect("it is JSON");
    let scope = serde_json::json!({"include": [{"under": super::world::SHOP}]});
    let body = serde_json::json!({"title": "As the page says", "scope": scope, "policy": policy, "draft": true});
    world.admin().post("/api/v1/maintenances", body).await.is(201);
}
