//! Which things a match covers.

use lull_adapters::{Match, State, Workload};

fn web() -> Workload {
    serde_json::from_value(serde_json::json!({
        "name": "shop/web/1", "title": "shop-web-1", "state": "running", "project": "shop", "service": "web",
        "labels": { "tier": "front", "zone": "a" },
    }))
    .expect("it is a workload")
}

fn matching(json: serde_json::Value) -> Match {
    serde_json::from_value(json).expect("it is a match")
}

#[test]
fn every_field_that_is_present_must_hold() {
    let web = web();
    assert_eq!(web.state, State::Running);
    let yes = [
        r#"{}"#,
        r#"{"project":"shop"}"#,
        r#"{"project":"shop","service":"web","labels":{"tier":"front"}}"#,
        r#"{"name":"shop/web/1"}"#,
        r#"{"name":"shop-web-1","labels":{"tier":"front","zone":"a"}}"#,
    ];
    let no = [
        r#"{"project":"other"}"#,
        r#"{"project":"shop","service":"db"}"#,
        r#"{"labels":{"tier":"back"}}"#,
        r#"{"labels":{"tier":"front","rack":"1"}}"#,
        r#"{"name":"web"}"#,
        r#"{"name":"shop/web/1","project":"other"}"#,
    ];
    for text in yes {
        assert!(matching(serde_json::from_str(text).expect("it is JSON")).covers(&web), "{text}");
    }
    for text in no {
        assert!(!matching(serde_json::from_str(text).expect("it is JSON")).covers(&web), "{text}");
    }
}

#[test]
fn a_field_that_a_match_does_not_know_is_refused() {
    assert!(serde_json::from_str::<Match>(r#"{"image":"x"}"#).is_err());
}
