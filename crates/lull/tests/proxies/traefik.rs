//! Traefik cannot be run here: its documented request, replayed.
use serde_json::json;

use crate::documented::Page;
use crate::lull::{Lull, SHOP};
use crate::web::{Heard, More, ask};

/// What Traefik's documentation says `ForwardAuth` sends for this request of a client.
fn replayed(lull: &Lull, method: &str, uri: &str, headers: &[(&str, &str)]) -> Heard {
    let own = [
        ("X-Forwarded-Method", method),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "shop.example"),
        ("X-Forwarded-Uri", uri),
        ("X-Forwarded-For", "203.0.113.7"),
    ];
    let headers: Vec<(&str, &str)> = own.into_iter().chain(headers.iter().copied()).collect();
    let page = Page::read("traefik");
    let config = page.blocks("yaml")[0];
    let address = config.lines().find_map(|line| line.trim().strip_prefix("address: ")).expect("it is on the page");
    let path = address.strip_prefix("http://127.0.0.1:7421").expect("it is the gate's");
    ask(lull.gate, "GET", path, More { headers: &headers, body: "" })
}

#[test]
fn what_traefik_documents_to_send_is_answered_as_its_page_says() {
    let lull = Lull::start();
    replayed(&lull, "GET", "/", &[]).is(204);
    let id = lull.enter(&json!({"preset": "stop-everything", "ends_at": "2032-01-01T00:00:00Z"}));
    for method in ["GET", "POST"] {
        let heard = replayed(&lull, method, "/", &[]).is(503).says(&["New &lt;disks&gt;", "Back at 01:00"]);
        assert!(heard.header("retry-after").is_some(), "{heard:?}");
    }
    replayed(&lull, "GET", "/healthz", &[]).is(204);
    replayed(&lull, "GET", "/", &[("Authorization", &format!("Bearer {}", lull.token))]).is(204);
    replayed(&lull, "GET", "/", &[("X-Lull-Target", "acme"), ("Cookie", "role=admin")]).is(503);
    let pass = lull.post("/api/v1/gate/passes", &json!({"target": SHOP})).is(201).json();
    let link = pass["link"].as_str().expect("it has one").to_owned();
    let opened = ask(lull.gate, "GET", &link, More::default()).is(303);
    let cookie = opened.header("set-cookie").and_then(|it| it.split(';').next()).expect("it is set").to_owned();
    replayed(&lull, "POST", "/", &[("Cookie", &cookie)]).is(204);
    lull.complete(&id);
    replayed(&lull, "POST", "/", &[]).is(204);
}
