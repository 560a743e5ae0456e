//! What every proxy must do, in one story.
use std::net::SocketAddr;

use lull_peers::{Proxy, ProxyKind};
use serde_json::json;

use crate::app;
use crate::documented::{Page, closed, put};
use crate::lull::{Lull, SHOP};
use crate::web::{Heard, More, ask};

/// A proxy that opens when Lull is down, one that stays closed, an app behind both, and Lull beside them.
pub struct Front {
    kind: ProxyKind,
    lull: Lull,
    open: Proxy,
    closed: Proxy,
}

/// The documented configuration and script of a proxy, open or closed.
struct Documented {
    config: String,
    script: String,
}

impl Documented {
    fn of(kind: ProxyKind, page: &Page, is_closed: bool) -> Documented {
        let choose = |blocks: &[&str]| match (is_closed, blocks) {
            (false, _) => blocks[0].to_owned(),
            (true, [open, other, ..]) => closed(open, other),
            (true, _) => closed(blocks[0], ""),
        };
        let language = match kind {
            ProxyKind::Nginx => "nginx",
            ProxyKind::Caddy => "caddy",
            ProxyKind::Haproxy => "haproxy",
            ProxyKind::Envoy => "yaml",
        };
        match kind {
            ProxyKind::Haproxy => {
                let config = put(page.blocks(language)[0], "/etc/haproxy/lull.lua", "SCRIPT");
                Documented { config, script: choose(&page.blocks("lua")) }
            }
            _ => Documented { config: choose(&page.blocks(language)), script: String::new() },
        }
    }

    fn started(&self, kind: ProxyKind, gate: SocketAddr, app: SocketAddr) -> Proxy {
        let (port, here) = match kind {
            ProxyKind::Envoy => (("port_value: 7421", "port_value: 3000"), "port_value: "),
            _ => (("127.0.0.1:7421", "127.0.0.1:3000"), "127.0.0.1:"),
        };
        let with = |text: &str, said: &str, address: SocketAddr| match text.contains(said) {
            true => text.replace(said, &format!("{here}{}", address.port())),
            false => text.to_owned(),
        };
        let addressed = |text: &str| with(&with(text, port.0, gate), port.1, app);
        let script = addressed(&self.script);
        let config = addressed(&self.config);
        assert_ne!((&config, &script), (&self.config, &self.script), "the addresses are on the page");
        let listening = |address: SocketAddr| match kind {
            ProxyKind::Nginx => put(&config, "listen 80;", &format!("listen {address};")),
            ProxyKind::Caddy => {
                put(&config, "http://:80 {", &format!("http://:{} {{\n\tbind 127.0.0.1", address.port()))
            }
            ProxyKind::Haproxy => put(&config, "bind :80", &format!("bind {address}")),
            ProxyKind::Envoy => {
                let own = format!("address: 127.0.0.1, port_value: {}}}", address.port());
                put(&config, "address: 0.0.0.0, port_value: 80}", &own)
            }
        };
        Proxy::start(kind, &script, listening).unwrap_or_else(|error| panic!("{error:?}"))
    }
}

impl Front {
    pub fn new(kind: ProxyKind, page: &str) -> Front {
        let (lull, app, page) = (Lull::start(), app::start(), Page::read(page));
        let start = |is_closed| Documented::of(kind, &page, is_closed).started(kind, lull.gate, app);
        let (open, closed) = (start(false), start(true));
        Front { kind, lull, open, closed }
    }

    #[track_caller]
    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Heard {
        ask(self.open.address, "GET", path, More { headers, body: "" })
    }

    #[track_caller]
    fn post(&self, headers: &[(&str, &str)]) -> Heard {
        ask(self.open.address, "POST", "/pay?n=1", More { headers, body: "hello" })
    }

    /// The app is reached, by either method, and hears all of it.
    #[track_caller]
    fn is_open(&self, headers: &[(&str, &str)]) {
        self.get("/shop?target=x", headers).is(200).says(&["the app heard GET /shop?target=x: \n"]);
        self.post(headers).is(200).says(&["the app heard POST /pay?n=1: hello\n"]);
    }

    #[track_caller]
    fn is_closed(&self, headers: &[(&str, &str)]) {
        self.get("/shop?target=x", headers).is(503).says(&["New &lt;disks&gt;"]);
        self.post(headers).is(503).says(&["New &lt;disks&gt;"]);
    }
}

impl Front {
    /// It finds out by itself that Lull is back.
    fn is_closed_again(&self) {
        let closed = || (self.get("/", &[]).status == 503).then_some(());
        lull_peers::until("the proxy asks Lull again", closed).unwrap_or_else(|error| panic!("{error:?}"));
        self.is_closed(&[]);
    }
}

/// All that the page of a proxy says.
pub fn keeps_users_out(front: &Front) {
    front.is_open(&[]);
    ask(front.closed.address, "GET", "/", More::default()).is(200);
    let texts = json!({"preset": "stop-everything", "ends_at": "2032-01-01T00:00:00Z", "impact_text": "Carts – kept."});
    let id = front.lull.enter(&texts);
    users_are_told(front);
    inventing_changes_nothing(front);
    let cookie = some_pass(front);
    front.lull.complete(&id);
    front.is_open(&[]);
    let next = front.lull.enter(&json!({"preset": "stop-everything"}));
    front.is_closed(&[("Cookie", &cookie)]);
    front.lull.complete(&next);
    reads_may_pass(front);
    without_lull(front);
}

fn users_are_told(front: &Front) {
    front.is_closed(&[]);
    for heard in [front.get("/", &[]), front.post(&[])] {
        let heard = heard.says(&["Carts – kept.", "Back at 01:00", "/__lull/status?target=acme/prod/shop"]);
        let wait: u64 = heard.header("retry-after").and_then(|wait| wait.parse().ok()).expect("it says when");
        assert!(wait > 86_400, "{heard:?}");
        assert!(heard.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{heard:?}");
        assert!(heard.header("content-security-policy").is_some_and(|it| it.contains("sha256-")), "{heard:?}");
        assert_eq!(heard.header("cache-control"), Some("no-store"), "{heard:?}");
    }
    let json = front.get("/", &[("Accept", "application/json")]).is(503).says(&["\"title\":\"New <disks>\""]);
    assert_eq!(json.header("content-type"), Some("application/problem+json"), "{json:?}");
    let status = front.get("/__lull/status?target=acme/prod/shop", &[]).is(200);
    status.says(&["\"in_maintenance\":true", "2032-01-01T00:00:00Z"]);
}

fn inventing_changes_nothing(front: &Front) {
    let invented = [
        ("X-Lull-Target", "acme"),
        ("X-Lull-Role", "administrator"),
        ("X-Original-Method", "OPTIONS"),
        ("X-Original-URI", "/healthz"),
        ("X-Forwarded-Method", "OPTIONS"),
        ("X-Forwarded-Uri", "/healthz"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("Cookie", "role=admin; lull_pass=1"),
        ("Authorization", "Bearer lull_invented"),
    ];
    front.is_closed(&invented);
    for (name, value) in invented {
        front.is_closed(&[(name, value)]);
    }
    // What Lull cannot read at all would look as if Lull were down, too.
    for value in ["a=\u{1}", "a=\u{7f}b", "lull_pass=\u{80}"] {
        for name in ["Cookie", "Authorization", "Accept", "X-Odd"] {
            let heard = front.get("/", &[(name, value)]);
            assert!(!heard.body.contains("the app heard"), "{name}: {value:?}: {heard:#?}");
        }
    }
    // What Lull could not read to the end would look as if Lull were down.
    for (count, length) in [(1, 7_000), (3, 7_000), (90, 20), (400, 10), (1, 60_000), (1, 200_000)] {
        let value = "x".repeat(length);
        let names: Vec<String> = (0..count).map(|n| format!("X-Many-{n}")).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), value.as_str())).collect();
        let cookies: Vec<(&str, &str)> = (0..count).map(|_| ("Cookie", value.as_str())).collect();
        for headers in [many, cookies] {
            let heard = front.get("/", &headers);
            assert!(!heard.body.contains("the app heard"), "{count} of {length}: {heard:#?}");
        }
    }
    let long = format!("/{}", "x".repeat(7_500));
    let heard = front.get(&long, &[]);
    assert!(!heard.body.contains("the app heard"), "{heard:#?}");
    front.is_closed(&[]);
}

/// Operators, health checks, and whoever has a pass, whose cookie is answered.
fn some_pass(front: &Front) -> String {
    let bearer = format!("Bearer {}", front.lull.token);
    front.is_open(&[("Authorization", &bearer)]);
    front.get("/healthz", &[]).is(200).says(&["the app heard GET /healthz"]);
    ask(front.open.address, "HEAD", "/healthz", More::default()).is(200);
    ask(front.open.address, "POST", "/healthz", More::default()).is(503);
    for other in ["/healthz/", "/healthz?all=1", "/x/../healthz", "//healthz", "/%68ealthz"] {
        front.get(other, &[]).is(503);
    }
    let asked = json!({"target": SHOP, "url": "http://shop.example"});
    let pass = front.lull.post("/api/v1/gate/passes", &asked).is(201).json();
    let link =
        pass["link"].as_str().and_then(|link| link.strip_prefix("http://shop.example")).expect("it is for there");
    let opened = front.get(link, &[]).is(303);
    assert_eq!(opened.header("location"), Some("/"), "{opened:?}");
    let cookie = opened.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("it is set").to_owned();
    front.get(link, &[]).is(410);
    front.is_open(&[("Cookie", &cookie)]);
    front.is_open(&[("Cookie", &format!("theme=dark; {cookie}"))]);
    cookie
}

fn reads_may_pass(front: &Front) {
    let answers = json!({"request.read": {"answer": "allow"}, "request.write": {"answer": "deny"}});
    let id = front.lull.enter(&json!({"policy": {"answers": answers}}));
    front.get("/shop", &[]).is(200);
    front.post(&[]).is(503).says(&["New &lt;disks&gt;", "action=request.write"]);
    front.lull.complete(&id);
    front.is_open(&[]);
}

fn without_lull(front: &Front) {
    front.lull.enter(&json!({"preset": "stop-everything"}));
    front.is_closed(&[]);
    front.lull.hang();
    front.is_open(&[]);
    front.lull.go_on();
    front.is_closed_again();
    front.lull.kill();
    front.is_open(&[]);
    let status = if front.kind == ProxyKind::Caddy { 502 } else { 503 };
    for method in ["GET", "POST"] {
        let heard = ask(front.closed.address, method, "/", More::default()).is(status);
        assert!(!heard.body.contains("the app heard"), "{heard:?}");
    }
}
