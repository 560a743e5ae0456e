//! A server with a listener for its gate, and what a test orders.
use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::web::{Heard, More, ask};

pub const SHOP: &str = "acme/prod/shop";

/// A server that runs until it is killed.
pub struct Lull {
    pub api: SocketAddr,
    pub gate: SocketAddr,
    pub token: String,
    server: RefCell<Child>,
    _folder: TempDir,
}

impl Lull {
    /// The shop is there, with a health path.
    pub fn start() -> Lull {
        let folder = tempfile::tempdir().expect("a folder");
        let mut serve = Command::new(env!("CARGO_BIN_EXE_lull"));
        for name in ["LULL_LISTEN", "LULL_GATE_LISTEN", "LULL_CONFIG", "LULL_DATABASE_URL"] {
            serve.env_remove(name);
        }
        serve.args(["serve", "--listen", "127.0.0.1:0", "--gate-listen", "127.0.0.1:0", "--data"]).arg(folder.path());
        let mut server = serve.env("LULL_LOG", "warn").stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut lines = BufReader::new(server.stdout.take().expect("it is piped")).lines();
        let mut address = |begin: &str| {
            let line = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with(begin)).expect("it says so");
            line[begin.len()..].parse().expect("it is an address")
        };
        let (api, gate) = (address("listening on http://"), address("gate listening on http://"));
        let token = fs::read_to_string(folder.path().join("admin-token")).expect("there is a first token");
        let lull = Lull { api, gate, token: token.trim().to_owned(), server: RefCell::new(server), _folder: folder };
        lull.post("/api/v1/targets", &json!({"path": "acme", "kind": "organization"})).is(201);
        lull.post("/api/v1/targets", &json!({"path": "acme/prod", "kind": "environment"})).is(201);
        let shop = json!({"path": SHOP, "kind": "product", "health_paths": ["/healthz"]});
        lull.post("/api/v1/targets", &shop).is(201);
        lull
    }

    /// Asks the API as the administrator.
    pub fn post(&self, path: &str, body: &Value) -> Heard {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        ask(self.api, "POST", path, More { headers: &headers, body: &body.to_string() })
    }

    /// Begins a maintenance of the shop, which the gate knows when this returns.
    pub fn enter(&self, more: &Value) -> String {
        let mut body =
            json!({"title": "New <disks>", "scope": {"include": [{"under": SHOP}]}, "zone": "Europe/Berlin"});
        let fields = body.as_object_mut().expect("it is one");
        fields.extend(more.as_object().expect("it is one").clone());
        let made = self.post("/api/v1/maintenances", &body).is(201).json();
        self.knows(&made["epoch"]);
        made["id"].as_str().expect("it has an id").to_owned()
    }

    /// Ends it.
    pub fn complete(&self, id: &str) {
        let left = self.post(&format!("/api/v1/maintenances/{id}/complete"), &json!({})).is(200).json();
        self.knows(&left["epoch"]);
    }

    fn knows(&self, epoch: &Value) {
        let asked = json!({"questions": [{"target": SHOP, "action": "request.read"}], "min_epoch": epoch});
        let said = self.post("/api/v1/gate/check", &asked).is(200).json();
        assert_eq!(said["decisions"][0].get("stale"), None, "{said}");
    }

    /// Sends the server a signal.
    pub fn signal(&self, signal: &str) {
        let pid = self.server.borrow().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill is there").success());
    }

    /// Ends the server as `kill -9` does.
    pub fn kill(&self) {
        let mut server = self.server.borrow_mut();
        let _gone = server.kill();
        let _reaped = server.wait();
    }
}

impl Drop for Lull {
    fn drop(&mut self) {
        self.kill();
    }
}
