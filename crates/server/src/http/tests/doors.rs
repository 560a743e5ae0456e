//! What proxies and visitors ask, at a listener of its own and at the API's: both say the same.
use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::world::{PATIENCE, SHOP, World};
use crate::door::listener;

const FORWARD: [(&str, &str); 5] = [
    ("nginx", "X-Original-Method"),
    ("caddy", "X-Forwarded-Method"),
    ("traefik", "X-Forwarded-Method"),
    ("haproxy", "X-Original-Method"),
    ("envoy-http", ""),
];

/// A world, and a listener for its door.
struct Doors {
    world: World,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

/// An answer that both listeners gave.
#[derive(PartialEq, Debug)]
struct Heard {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Doors {
    async fn new() -> Doors {
        let world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(listener::serve(listener, world.app.door.clone()));
        Doors { world, address, serving }
    }

    /// Asks both, which must say the same.
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Heard {
        let mut both = (self.at_the_gate(method, path, headers).await, self.at_the_api(method, path, headers).await);
        // A second may end in between.
        for _ in 0..3 {
            if both.0 != both.1 {
                both = (self.at_the_gate(method, path, headers).await, self.at_the_api(method, path, headers).await);
            }
        }
        let (own, shared) = both;
        assert_eq!(own, shared, "{method} {path}");
        own
    }

    async fn at_the_api(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Heard {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.world.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        let body = if method == "HEAD" { String::new() } else { body };
        Heard { status: parts.status.as_u16(), headers, body }.sorted()
    }

    async fn at_the_gate(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Heard {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        self.say(&format!("{method} {path} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n{lines}\r\n")).await
    }

    /// What the gate answers to these bytes.
    async fn say(&self, request: &str) -> Heard {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("it answers").unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap_or((line, "")));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Heard { status, headers, body: body.to_owned() }.sorted()
    }

    /// A maintenance of the shop, which the gate knows when this returns.
    async fn entered(&self, more: Value) -> Value {
        let mut body = json!({"title": "New disks", "scope": {"include": [{"under": SHOP}]},
            "preset": "stop-everything", "zone": "Europe/Berlin"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        if body.get("policy").is_some() {
            body.as_object_mut().unwrap().remove("preset");
        }
        let made = self.world.admin().post("/api/v1/maintenances", body).await.is(201).body;
        self.knows().await;
        made
    }

    /// The gate knows what is stored.
    async fn knows(&self) {
        crate::gate::refresh(&self.world.app.core).await.unwrap();
    }

    async fn complete(&self, made: &Value) {
        let place = format!("/api/v1/maintenances/{}/complete", made["id"].as_str().unwrap());
        self.world.admin().post(&place, json!({})).await.is(200);
        self.knows().await;
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Heard {
    fn sorted(mut self) -> Heard {
        self.headers.retain(|(name, _)| !["date", "connection", "content-length"].contains(&name.as_str()));
        self.headers.sort();
        self
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    fn is(self, status: u16) -> Heard {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }
}

fn gate(profile: &str) -> String {
    format!("/gate/{profile}?target={SHOP}")
}

#[tokio::test]
async fn each_proxy_hears_what_it_understands() {
    let doors = Doors::new().await;
    for (profile, _) in FORWARD {
        let allowed = doors.ask("GET", &gate(profile), &[]).await.is(if profile == "envoy-http" { 200 } else { 204 });
        assert!(allowed.header("x-lull-epoch").is_some() && allowed.body.is_empty(), "{allowed:?}");
        assert_eq!(allowed.header("cache-control"), Some("no-store"));
    }
    let texts = json!({"impact_text": "Carts are kept – für alle.", "ends_at": super::world::hours(2)});
    let made = doors.entered(texts).await;
    for (profile, header) in FORWARD {
        for method in ["GET", "POST"] {
            let headers = if header.is_empty() { vec![] } else { vec![(header, method)] };
            let asked = if header.is_empty() { method } else { "GET" };
            let refused = doors.ask(asked, &gate(profile), &headers).await;
            let status = if ["nginx", "envoy-http"].contains(&profile) { 403 } else { 503 };
            let refused = refused.is(status);
            assert_eq!(refused.header("x-lull-maintenance"), made["id"].as_str());
            assert_eq!(refused.header("x-lull-title"), Some("New disks"));
            assert_eq!(refused.header("x-lull-message"), Some("Carts are kept %E2%80%93 f%C3%BCr alle."));
            assert_eq!(refused.header("x-lull-until"), made["until"].as_str());
            assert_eq!(refused.header("x-lull-status"), Some("503"));
            let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
            assert!((7_100..=7_201).contains(&wait), "{wait}");
            assert_eq!(refused.body.is_empty(), profile == "nginx", "{profile}");
        }
    }
    doors.complete(&made).await;
}

#[tokio::test]
async fn whoever_likes_json_better_gets_a_problem() {
    let doors = Doors::new().await;
    doors.entered(json!({"impact_text": "Carts are kept."})).await;
    let heard = doors.ask("GET", &gate("caddy"), &[("Accept", "application/json")]).await.is(503);
    assert_eq!(heard.header("content-type"), Some("application/problem+json"));
    let problem = heard.json();
    assert_eq!((&problem["status"], &problem["title"]), (&json!(503), &json!("New disks")));
    assert_eq!(problem["detail"], "Carts are kept.");
    assert!(heard.header("vary").unwrap().contains("Accept"), "{heard:?}");
}

#[tokio::test]
async fn reads_pass_and_writes_do_not_where_the_policy_says_so() {
    let doors = Doors::new().await;
    let answers = json!({"request.write": {"answer": "deny", "status": 429}, "login": {"answer": "deny"}});
    doors.entered(json!({"policy": {"answers": answers}})).await;
    for (profile, header) in FORWARD.into_iter().filter(|(_, header)| !header.is_empty()) {
        for method in ["GET", "HEAD", "OPTIONS"] {
            doors.ask("GET", &gate(profile), &[(header, method)]).await.is(204);
        }
        let status = if profile == "nginx" { 403 } else { 429 };
        for method in ["POST", "DELETE", "PROPFIND", "get"] {
            let heard = doors.ask("GET", &gate(profile), &[(header, method)]).await.is(status);
            assert_eq!(heard.header("x-lull-status"), Some("429"));
        }
        let both = [(header, "GET"), (header, "POST")];
        doors.ask("GET", &gate(profile), &both).await.is(status);
    }
    doors.ask("GET", &gate("envoy-http"), &[]).await.is(200);
    doors.ask("POST", &gate("envoy-http"), &[]).await.is(403);
    doors.ask("GET", &format!("{}&action=login", gate("caddy")), &[("X-Forwarded-Method", "GET")]).await.is(503);
    doors.ask("POST", &format!("{}&action=deploy", gate("caddy")), &[]).await.is(204);
    let appended = format!("/gate/envoy-http/x?target={SHOP}&action=deploy");
    doors.ask("POST", &appended, &[]).await.is(403);
}

#[tokio::test]
async fn what_a_client_invents_changes_nothing() {
    let doors = Doors::new().await;
    doors.entered(json!({})).await;
    let invented = [
        ("X-Lull-Target", "acme/prod/wiki"),
        ("X-Lull-Role", "administrator"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Uri", "/healthz"),
        ("Cookie", "role=admin; lull_pass=1; lull_role=operator"),
        ("Authorization", "Bearer lull_x"),
        ("Authorization", "Basic YWRtaW46YWRtaW4="),
    ];
    for profile in ["nginx", "caddy", "traefik", "haproxy"] {
        let status = if profile == "nginx" { 403 } else { 503 };
        doors.ask("GET", &gate(profile), &invented).await.is(status);
    }
    let secret = format!("lull_{}", "0".repeat(64));
    let unknown = format!("lull_pass={}", "0".repeat(64));
    for header in [("Authorization", format!("Bearer {secret}")), ("Cookie", unknown)] {
        doors.ask("GET", &gate("caddy"), &[(header.0, &header.1)]).await.is(503);
    }
}

#[tokio::test]
async fn envoy_may_name_the_target_in_a_header_but_not_in_both_places() {
    let doors = Doors::new().await;
    doors.entered(json!({})).await;
    let shop = ("X-Lull-Target", SHOP);
    doors.ask("GET", "/gate/envoy-http/any/path", &[shop]).await.is(403);
    doors.ask("GET", "/gate/envoy-http/any/path", &[("X-Lull-Target", "acme/prod/wiki")]).await.is(200);
    doors.ask("GET", "/gate/envoy-http/any?x=1", &[shop]).await.is(403);
    let both = doors.ask("GET", "/gate/envoy-http?target=acme/prod/wiki", &[shop]).await.is(400);
    assert!(both.json()["detail"].as_str().unwrap().contains("Both"), "{both:?}");
    doors.ask("GET", "/gate/envoy-http/x?target=acme/prod/wiki", &[shop]).await.is(400);
    doors.ask("GET", "/gate/envoy-http", &[shop, ("X-Lull-Target", "acme/prod/wiki")]).await.is(400);
    doors.ask("GET", "/gate/nginx", &[shop]).await.is(400);
}

#[tokio::test]
async fn what_is_odd_is_answered_precisely() {
    let doors = Doors::new().await;
    for path in ["/gate/nginx", "/gate/caddy?target=", "/gate/caddy?action=login", "/gate/haproxy?target=Shop//x"] {
        let heard = doors.ask("GET", path, &[]).await.is(400);
        let problem = heard.json();
        assert_eq!((&problem["type"], &problem["field"]), (&json!("/problems/bad-input"), &json!("target")), "{path}");
    }
    for target in ["acme&target=acme", "%zz", "%ff", "/acme", "acme/", "..", "acme%252Fprod", "acme%00", "a+b"] {
        doors.ask("GET", &format!("/gate/caddy?target={target}"), &[]).await.is(400);
    }
    let action = doors.ask("GET", &format!("{}&action=dance", gate("caddy")), &[]).await.is(400);
    assert_eq!(action.json()["field"], "action");
    for path in ["/gate/squid?target=acme", "/gate/", "/gate/nginxx?target=acme", "/__lull/", "/__lull/nothing"] {
        let problem = doors.ask("GET", path, &[]).await.is(404).json();
        assert!(problem["remedy"].is_string(), "{path}");
    }
    doors.at_the_gate("GET", "/api/v1/targets", &[]).await.is(404);
    doors.at_the_gate("GET", "/healthz", &[]).await.is(404);
    doors.ask("GET", "/__lull/status?target=Shop//x", &[]).await.is(400);
}

#[tokio::test]
async fn what_nobody_knows_is_decided_above_it_and_says_so() {
    let doors = Doors::new().await;
    doors.entered(json!({})).await;
    let unknown = doors.ask("GET", "/gate/caddy?target=nowhere/at/all", &[]).await.is(204);
    assert_eq!(unknown.header("x-lull-unknown-target"), Some("true"));
    let below = doors.ask("GET", "/gate/caddy?target=acme/prod/shop/new/thing", &[]).await.is(503);
    assert_eq!(below.header("x-lull-unknown-target"), None);
    doors.ask("GET", "/gate/caddy?target=acme%2Fprod%2fshop", &[]).await.is(503);
    let id = doors.world.id(SHOP).await;
    doors.ask("GET", &format!("/gate/caddy?target={id}"), &[]).await.is(503);
}

#[tokio::test]
async fn health_paths_pass_and_nothing_that_only_looks_like_them() {
    let doors = Doors::new().await;
    let id = doors.world.id(SHOP).await;
    let paths = json!({"health_paths": ["/healthz", "/api/live"]});
    doors.world.admin().patch(&format!("/api/v1/targets/{id}"), paths).await.is(200);
    doors.entered(json!({})).await;
    let asks = async |method: &str, uri: &str| {
        let headers = [("X-Original-Method", method), ("X-Original-URI", uri)];
        let heard = doors.ask("GET", &gate("haproxy"), &headers).await;
        assert_eq!(doors.ask("GET", &gate("nginx"), &headers).await.status == 204, heard.status == 204);
        heard.status
    };
    assert_eq!(asks("GET", "/healthz").await, 204);
    assert_eq!(asks("HEAD", "/api/live").await, 204);
    for uri in [
        "/healthz/",
        "//healthz",
        "/x/../healthz",
        "/healthz/../admin",
        "/%68ealthz",
        "/healthz?x=1",
        "/healthz;a",
        "/healthz%2f..%2fadmin",
        "/HEALTHZ",
        "/healthz#x",
        "http://shop/healthz",
        "/",
    ] {
        assert_eq!(asks("GET", uri).await, 503, "{uri}");
    }
    assert_eq!(asks("POST", "/healthz").await, 503);
    assert_eq!(asks("OPTIONS", "/healthz").await, 503);
    let twice = [("X-Original-URI", "/healthz"), ("X-Original-URI", "/admin")];
    doors.ask("GET", &gate("haproxy"), &twice).await.is(503);
    doors.ask("GET", "/gate/envoy-http/healthz", &[("X-Lull-Target", SHOP)]).await.is(200);
    doors
        .ask("GET", "/gate/envoy-http/admin", &[("X-Lull-Target", SHOP), ("X-Original-URI", "/healthz")])
        .await
        .is(403);
    doors.ask("GET", &gate("envoy-http"), &[("X-Original-URI", "/healthz")]).await.is(200);
    doors.ask("GET", "/gate/haproxy?target=acme/prod/wiki", &[("X-Original-URI", "/healthz")]).await.is(204);
}

#[tokio::test]
async fn operators_pass_by_their_token_until_it_is_revoked() {
    let doors = Doors::new().await;
    doors.entered(json!({})).await;
    let operator = doors.world.one("person", "olga", (SHOP, "operator")).await;
    let viewer = doors.world.one("person", "vera", ("acme", "viewer")).await;
    let elsewhere = doors.world.one("person", "emil", ("acme/test", "administrator")).await;
    let ask =
        async |token: &str| doors.ask("GET", &gate("caddy"), &[("Authorization", &format!("bearer {token}"))]).await;
    let passed = ask(operator.token()).await.is(204);
    assert_eq!(passed.header("x-lull-title"), Some("New disks"), "who passes is told");
    ask(viewer.token()).await.is(503);
    ask(elsewhere.token()).await.is(503);
    let tokens = doors.world.admin().get("/api/v1/tokens").await.is(200).body;
    let olgas = tokens["items"].as_array().unwrap().iter().find(|token| token["name"] == "olga").unwrap();
    doors.world.admin().delete(&format!("/api/v1/tokens/{}", olgas["id"].as_str().unwrap())).await.is(200);
    let revoked = async {
        while ask(operator.token()).await.status == 204 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, revoked).await.expect("nobody remembers it for long");
}

#[tokio::test]
async fn a_pass_opens_once_and_lets_one_in_until_the_maintenance_is_over() {
    let doors = Doors::new().await;
    let admin = doors.world.admin();
    let asked = json!({"target": SHOP, "url": "https://shop.example/", "expires_after": "PT2H"});
    let early = admin.post("/api/v1/gate/passes", asked.clone()).await.refused(409, "conflict", None);
    early.says(&[SHOP]);
    let made = doors.entered(json!({})).await;
    let pass = admin.post("/api/v1/gate/passes", asked).await.is(201).body;
    assert_eq!((&pass["maintenance"], &pass["target"]), (&made["id"], &json!(SHOP)));
    let path = pass["link"].as_str().unwrap().strip_prefix("https://shop.example").unwrap().to_owned();
    doors.at_the_gate("HEAD", &path, &[]).await.is(200);
    doors.at_the_gate("POST", &path, &[]).await.is(405);
    let opened = doors.at_the_gate("GET", &path, &[]).await.is(303);
    assert_eq!(opened.header("location"), Some("/"));
    let cookie = opened.header("set-cookie").unwrap();
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let secret = cookie.strip_prefix("lull_pass=").unwrap();
    assert!(!path.contains(secret), "the cookie is no part of the link");
    let again = doors.ask("GET", &path, &[]).await.is(410);
    assert!(again.body.contains("This link was used"), "{again:?}");
    doors.ask("HEAD", &path, &[]).await.is(410);
    doors.ask("GET", "/__lull/pass/pnothing", &[]).await.is(404);
    let files = doors.world.files();
    for hidden in [secret, path.rsplit('/').next().unwrap()] {
        assert!(!files.windows(hidden.len()).any(|bytes| bytes == hidden.as_bytes()), "only hashes are stored");
    }
    let ask = async |target: &str| {
        let headers = [("Cookie", format!("a=b; {cookie}")), ("X-Forwarded-Method", "POST".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        doors.ask("GET", &format!("/gate/caddy?target={target}"), &headers).await.status
    };
    assert_eq!((ask(SHOP).await, ask("acme/prod/shop/db").await), (204, 204));
    let other = doors.entered(json!({"scope": {"include": [{"under": "acme/prod/wiki"}]}})).await;
    assert_eq!(ask("acme/prod/wiki").await, 503, "it is for the shop");
    drop(other);
    doors.complete(&made).await;
    doors.entered(json!({"title": "And another"})).await;
    assert_eq!(ask(SHOP).await, 503, "it was for the one before");
    let log = admin.get("/api/v1/events?kind=pass").await.is(200).body.to_string();
    for line in ["admin made a pass to acme/prod/shop, past New disks", "somebody opened the pass of admin"] {
        assert!(log.contains(line), "{line} in {log}");
    }
}

#[tokio::test]
async fn a_pass_is_made_by_an_operator_of_the_target_and_well_formed() {
    let doors = Doors::new().await;
    doors.entered(json!({})).await;
    let viewer = doors.world.one("person", "vera", ("acme", "viewer")).await;
    let operator = doors.world.one("person", "olga", (SHOP, "operator")).await;
    viewer.post("/api/v1/gate/passes", json!({"target": SHOP})).await.refused(403, "forbidden", None);
    let made = operator.post("/api/v1/gate/passes", json!({"target": SHOP})).await.is(201).body;
    let link = made["link"].as_str().unwrap();
    assert!(link.starts_with("/__lull/pass/p"), "{link}");
    let plain = doors.at_the_gate("GET", link, &[]).await.is(303);
    assert!(!plain.header("set-cookie").unwrap().contains("Secure"), "{plain:?}");
    let odd = [
        (json!({"target": "acme/nothing"}), "target"),
        (json!({"target": SHOP, "url": "javascript:alert(1)"}), "url"),
        (json!({"target": SHOP, "url": "https://shop.example/path"}), "url"),
        (json!({"target": SHOP, "url": "https://me@shop.example"}), "url"),
        (json!({"target": SHOP, "expires_after": "P60D"}), "expires_after"),
        (json!({"target": SHOP, "expires_after": "soon"}), "expires_after"),
    ];
    for (body, field) in odd {
        operator.post("/api/v1/gate/passes", body).await.refused(400, "bad-input", Some(field));
    }
    let policy = json!({"answers": {"request.write": {"answer": "deny"}}, "orders": "administrator"});
    doors.entered(json!({"policy": policy, "scope": {"include": [{"under": "acme/prod/wiki"}]}})).await;
    let weak = doors.world.one("person", "oleg", ("acme/prod/wiki", "operator")).await;
    weak.post("/api/v1/gate/passes", json!({"target": "acme/prod/wiki"})).await.refused(403, "forbidden", None);
}

#[tokio::test]
async fn a_pass_is_listed_and_revoked_by_who_may_make_it_and_nobody_remembers_it_for_long() {
    let doors = Doors::new().await;
    let made = doors.entered(json!({})).await;
    let operator = doors.world.one("person", "olga", (SHOP, "operator")).await;
    let viewer = doors.world.one("person", "vera", ("acme", "viewer")).await;
    let elsewhere = doors.world.one("person", "emil", ("acme/test", "administrator")).await;
    let new = operator.post("/api/v1/gate/passes", json!({"target": SHOP})).await.is(201);
    let one = format!("/api/v1/gate/passes/{}", new.body["id"].as_str().unwrap());
    assert_eq!(new.headers["location"], one.as_str());
    let other = doors.world.admin().post("/api/v1/gate/passes", json!({"target": SHOP})).await.is(201).body;
    let opened = doors.at_the_gate("GET", new.body["link"].as_str().unwrap(), &[]).await.is(303);
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let ask = async || doors.ask("GET", &gate("caddy"), &[("Cookie", &cookie)]).await.status;
    assert_eq!(ask().await, 204);

    let first = operator.get("/api/v1/gate/passes?limit=1").await.is(200).body;
    let mut shown = new.body.clone();
    shown.as_object_mut().unwrap().remove("link");
    shown["opened"] = json!(true);
    assert_eq!((&first["items"], &shown["by"]), (&json!([shown]), &json!("olga")));
    let rest = format!("/api/v1/gate/passes?limit=1&cursor={}", first["next"].as_str().unwrap());
    let rest = operator.get(&rest).await.is(200).body;
    assert_eq!((&rest["items"][0]["id"], rest.get("next")), (&other["id"], None));
    let count = async |query: &str| {
        let said = operator.get(&format!("/api/v1/gate/passes?{query}")).await.is(200);
        said.body["items"].as_array().unwrap().len()
    };
    let nothing = "maintenance=mnt_00000000000000000000000000000099";
    assert_eq!((count("under=acme/prod").await, count("under=acme/test").await, count(nothing).await), (2, 0, 0));
    for other in [&viewer, &elsewhere] {
        assert_eq!(other.get("/api/v1/gate/passes").await.is(200).body["items"], json!([]));
    }

    viewer.delete(&one).await.refused(403, "forbidden", None);
    elsewhere.delete(&one).await.refused(404, "not-found", None);
    operator.delete("/api/v1/gate/passes/pas_00000000000000000000000000000099").await.refused(404, "not-found", None);
    let gone = operator.delete(&one).await.is(200).body;
    let revoked = async {
        while ask().await == 204 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, revoked).await.expect("nobody remembers it for long");
    assert_eq!(operator.delete(&one).await.is(200).body, gone, "again is nothing new");
    operator.delete(&format!("/api/v1/gate/passes/{}", other["id"].as_str().unwrap())).await.is(200);
    doors.at_the_gate("GET", other["link"].as_str().unwrap(), &[]).await.is(410);
    assert_eq!(count("").await, 0);
    let log = operator.get("/api/v1/events?kind=pass").await.is(200).body.to_string();
    assert_eq!(log.matches("olga revoked the pass of olga to acme/prod/shop, past New disks").count(), 1, "{log}");

    operator.post("/api/v1/gate/passes", json!({"target": SHOP})).await.is(201);
    assert_eq!(count("").await, 1);
    doors.complete(&made).await;
    doors.world.acts();
    let one = format!("/api/v1/maintenances/{}", made["id"].as_str().unwrap());
    doors.world.until(&one, |now| now["status"] == "completed").await;
    assert_eq!(count("").await, 0, "it ended with its maintenance");
}

#[tokio::test]
async fn a_pass_that_only_administrators_make_only_they_see_and_revoke() {
    let doors = Doors::new().await;
    let policy = json!({"answers": {"request.write": {"answer": "deny"}}, "orders": "administrator"});
    doors.entered(json!({"policy": policy})).await;
    let operator = doors.world.one("person", "olga", (SHOP, "operator")).await;
    let pass = doors.world.admin().post("/api/v1/gate/passes", json!({"target": SHOP})).await.is(201).body;
    assert_eq!(operator.get("/api/v1/gate/passes").await.is(200).body["items"], json!([]));
    let one = format!("/api/v1/gate/passes/{}", pass["id"].as_str().unwrap());
    operator.delete(&one).await.refused(403, "forbidden", None);
    doors.world.admin().delete(&one).await.is(200);
}

#[tokio::test]
async fn the_page_asks_whether_it_is_over() {
    let doors = Doors::new().await;
    let status = async |query: &str| doors.ask("GET", &format!("/__lull/status{query}"), &[]).await.is(200).json();
    assert_eq!(status("").await, json!({"in_maintenance": false}));
    assert_eq!(status("?target=acme/prod/shop").await, json!({"in_maintenance": false}));
    let made = doors.entered(json!({"impact_text": "Carts are kept.", "ends_at": super::world::hours(1)})).await;
    let told = status("?target=acme/prod/shop").await;
    assert_eq!((&told["in_maintenance"], &told["title"]), (&json!(true), &json!("New disks")));
    assert_eq!((&told["message"], &told["until"]), (&json!("Carts are kept."), &made["until"]));
    assert!(told["retry_after"].as_i64().unwrap() > 3_500, "{told}");
    assert_eq!(status("").await, json!({"in_maintenance": false}), "the installation is not");
    doors.complete(&made).await;
    let writes = json!({"answers": {"request.write": {"answer": "deny"}}});
    doors.entered(json!({"policy": writes})).await;
    assert_eq!(status("?target=acme/prod/shop").await["in_maintenance"], false, "who reads meets nothing");
    assert_eq!(status("?target=acme/prod/shop&action=request.write").await["in_maintenance"], true);
}

#[tokio::test]
async fn the_page_says_what_and_until_when_and_holds_nothing_foreign() {
    let doors = Doors::new().await;
    let evil = "<script>alert(1)</script>&\"'".repeat(60);
    let texts = json!({"title": "</title><b>x</b>", "impact_text": evil, "ends_at": "2027-01-01T02:00:00Z"});
    doors.entered(texts).await;
    let page = doors.ask("GET", &format!("/__lull/page?target={SHOP}"), &[]).await.is(503);
    assert!(page.body.len() <= 10_000, "{} bytes", page.body.len());
    assert!(!page.body.contains("<b>x") && !page.body.contains("<script>alert"), "{}", page.body);
    for words in [
        "&lt;/title&gt;&lt;b&gt;x",
        "Back at 03:00 (+01:00)",
        "Friday 1 January 2027, Europe/Berlin (+01:00)",
        "data-ask=\"/__lull/status?target=acme/prod/shop&amp;action=request.read\"",
        "<noscript><meta http-equiv=\"refresh\"",
    ] {
        assert!(page.body.contains(words), "{words} in {}", page.body);
    }
    assert!(!page.body.contains("{{") && !page.body.contains("http://") && !page.body.contains("https://"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for method in ["POST", "HEAD", "DELETE"] {
        doors.ask(method, &format!("/__lull/page?target={SHOP}"), &[]).await.is(503);
    }
    let same = doors.ask("GET", &gate("caddy"), &[("X-Forwarded-Method", "GET")]).await.is(503);
    assert_eq!(same.body, page.body);
}

#[tokio::test]
async fn an_end_that_nobody_knows_is_told_as_such() {
    let doors = Doors::new().await;
    let made = doors.entered(json!({})).await;
    let page = doors.ask("GET", &format!("/__lull/page?target={SHOP}"), &[]).await.is(503);
    assert!(page.body.contains("When this ends is not known yet") && !page.body.contains("<time"), "{}", page.body);
    assert_eq!(page.header("retry-after"), Some("300"));
    assert_eq!(page.header("x-lull-until"), None);
    doors.complete(&made).await;
    let over = doors.ask("GET", "/__lull/page?target=acme/prod/wiki", &[]).await.is(503);
    assert_eq!(over.header("retry-after"), Some("1"));
    assert!(over.body.contains("It is over"), "{}", over.body);
}

#[tokio::test]
async fn many_who_say_nothing_and_some_who_never_finish_keep_nobody_waiting() {
    let doors = Doors::new().await;
    let mut idle = Vec::new();
    for n in 0..1_200 {
        let mut stream = TcpStream::connect(doors.address).await.unwrap();
        if n % 3 == 0 {
            stream.write_all(b"GET /gate/nginx?target=acme HTTP/1.1\r\nHost: ga").await.unwrap();
        }
        idle.push(stream);
    }
    // Whoever hangs up in the middle is nobody's business.
    drop(idle.drain(..200));
    for _ in 0..20 {
        doors.at_the_gate("GET", &gate("caddy"), &[]).await.is(204);
    }
    // One of those who drip is cut off in the end.
    let mut slow = idle.pop().unwrap();
    let mut rest = Vec::new();
    let gone = tokio::time::timeout(PATIENCE, slow.read_to_end(&mut rest)).await;
    assert!(gone.is_ok(), "it is not waited for without end");
}

#[tokio::test]
async fn a_head_beyond_all_limits_is_refused_and_the_next_one_answered() {
    let doors = Doors::new().await;
    doors.entered(json!({})).await;
    let large = format!("GET /gate/caddy?target={SHOP} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\nCookie: ");
    let fits = doors.say(&format!("{large}{}\r\n\r\n", "x".repeat(40_000))).await;
    assert_eq!(fits.status, 503, "what a proxy lets through is decided");
    // A proxy that gets no answer may let its client in: it gets one, whatever the client made it send.
    assert_eq!(doors.say(&format!("{large}{}\r\n\r\n", "x".repeat(400_000))).await.status, 431);
    let many: String = (0..2_000).map(|n| format!("X-Many-{n}: x\r\n")).collect();
    assert_eq!(doors.say(&format!("{large}x\r\n{many}\r\n")).await.status, 431);
    let mut stream = TcpStream::connect(doors.address).await.unwrap();
    stream.write_all(b"this is no HTTP\r\n\r\n").await.unwrap();
    let ends = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
    assert!(ends.is_ok(), "nobody waits for the rest of that");
    doors.at_the_gate("GET", &gate("caddy"), &[]).await.is(503);
}
