//! `/metrics`: it reads as what it says it is, counts what was done, and names nothing of the estate.
use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt;

use super::world::{SHOP, World};

/// What was scraped: each sample by its name with its labels.
async fn scraped(world: &World) -> BTreeMap<String, f64> {
    let request = Request::get("/metrics").body(Body::empty()).expect("a request");
    let answer = world.router().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()[header::CONTENT_TYPE].to_str().is_ok_and(|kind| kind.contains("version=1.0.0")));
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.expect("it is whole");
    parsed(std::str::from_utf8(&bytes).expect("it is text"))
}

/// Reads OpenMetrics: every sample belongs to the family that was announced last, and has a value.
fn parsed(text: &str) -> BTreeMap<String, f64> {
    let body = text.strip_suffix("# EOF\n").expect("it says where it ends");
    let (mut samples, mut family) = (BTreeMap::new(), (String::new(), String::new()));
    for line in body.lines() {
        if let Some(told) = line.strip_prefix("# ") {
            let mut words = told.splitn(3, ' ');
            let (what, name, rest) = (words.next(), words.next().unwrap_or(""), words.next().unwrap_or(""));
            match what {
                Some("TYPE") => family = (name.to_owned(), rest.to_owned()),
                Some("HELP") => assert!(rest.len() > 3, "{line}"),
                what => assert_eq!(what, Some("UNIT"), "{line}"),
            }
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').expect("a value");
        let name = sample.split('{').next().expect("a name");
        let end = name.strip_prefix(&family.0).unwrap_or_else(|| panic!("{line} in {family:?}"));
        let ends: &[&str] = match family.1.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "info" => &["_info"],
            "histogram" => &["_sum", "_count", "_bucket"],
            other => panic!("{other}: {line}"),
        };
        assert!(ends.contains(&end), "{line}");
        let known = samples.insert(sample.to_owned(), value.parse().expect("a number"));
        assert_eq!(known, None, "{line} stands there twice");
    }
    samples
}

#[tokio::test]
async fn what_was_done_is_counted_and_how_things_stand_is_told() {
    let world = World::new().await;
    let admin = world.admin();
    world.acts();
    let id = admin.maintenance(SHOP, json!({})).await;
    let one = format!("/api/v1/maintenances/{id}");
    world.until(&one, |body| body["phase"] == "active").await;
    admin.post(&format!("{one}/verify-nothing"), json!({})).await.is(404);
    admin.post(&format!("{one}/schedule"), json!({})).await.is(409);
    let found = scraped(&world).await;
    for (sample, at_least) in [
        (r#"lull_orders_total{verb="create",by="person",result="changed"}"#, 1.0),
        (r#"lull_orders_total{verb="entered",by="engine",result="changed"}"#, 1.0),
        (r#"lull_orders_total{verb="schedule",by="person",result="state"}"#, 1.0),
        (r#"lull_calls_total{adapter="here",verb="stop",outcome="done"}"#, 2.0),
        (r#"lull_call_duration_seconds_count{adapter="here",verb="stop"}"#, 2.0),
        (r#"lull_maintenances{status="in_progress"}"#, 1.0),
        (r#"lull_maintenances_in_progress{phase="active"}"#, 1.0),
        (r#"lull_engagements{stage="applied"}"#, 2.0),
        (r#"lull_http_requests_total{method="POST",route="/api/v1/maintenances",status="2xx"}"#, 1.0),
        (r#"lull_http_requests_total{method="POST",route="/api/v1/maintenances/{id}/schedule",status="4xx"}"#, 1.0),
        (r#"lull_http_requests_total{method="POST",route="none",status="4xx"}"#, 1.0),
        ("lull_store_commits_total", 1.0),
        ("lull_store_readable", 1.0),
        ("lull_log_seq", 1.0),
        ("lull_epoch", 1.0),
        ("lull_targets", 9.0),
        ("lull_maintenances_overdue", 0.0),
        ("lull_maintenances_needing_attention", 0.0),
        (concat!(r#"lull_build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""}"#), 1.0),
        ("process_start_time_seconds", 1.0),
        ("process_resident_memory_bytes", 1.0),
    ] {
        let value = found.get(sample).unwrap_or_else(|| panic!("{sample} is not in {found:#?}"));
        assert!(*value >= at_least, "{sample} is {value}");
    }
    let named = found.keys().find(|sample| [SHOP, &id, "shop-db", "admin"].iter().any(|name| sample.contains(name)));
    assert_eq!(named, None);
}
