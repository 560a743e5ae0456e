//! A product as compose would make it: three stacks, nine services, of every awkward kind.
use std::collections::BTreeMap;

use lull_api::params::{Binding, Clause, Match, NewMaintenance, NewTarget, Scope};
use lull_peers::{Container, ENDS_ON_TERM, Engine, IGNORES_TERM, Kind, until};
use serde_json::{Value, json};

use crate::server::Server;

/// Service, stack, what it needs, restart policy, labels beyond, command.
struct Service {
    name: &'static str,
    stack: &'static str,
    needs: &'static str,
    restart: &'static str,
    ignored: bool,
    command: &'static [&'static str],
}

const fn service(name: &'static str, stack: &'static str, needs: &'static str) -> Service {
    Service { name, stack, needs, restart: "no", ignored: false, command: ENDS_ON_TERM }
}

const SERVICES: &[Service] = &[
    service("nginx", "web", "app"),
    service("app", "web", ""),
    service("worker", "web", ""),
    Service { restart: "always", ..service("api", "api", "auth") },
    service("auth", "api", ""),
    Service { command: IGNORES_TERM, ..service("jobs", "api", "") },
    service("db", "data", ""),
    Service { ignored: true, ..service("cache", "data", "") },
    Service { command: &["true"], ..service("init", "data", "") },
];

/// What runs before and must run after.
pub const RUN: &[&str] = &["nginx", "app", "api", "auth", "jobs", "db", "cache"];
/// What must stop, in the order of its stacks.
pub const STOP: &[&[&str]] = &[&["nginx"], &["app"], &["api", "jobs"], &["auth"], &["db"]];

/// The product on an engine of its own.
pub struct Shop {
    pub engine: Engine,
}

impl Shop {
    /// Everything made and running, but for what is not to run.
    pub fn new(kind: Kind) -> Shop {
        let engine = Engine::start(kind).expect("the engine starts");
        let shop = Shop { engine };
        for service in SERVICES {
            shop.make(service.name);
        }
        shop.engine.stop("shop_worker_1").expect("worker stops");
        until("the one-shot is over", || (!shop.engine.is_running("shop_init_1")).then_some(())).expect("it ends");
        shop
    }

    /// Makes and starts a service, as `compose up` does.
    pub fn make(&self, name: &str) {
        let service = SERVICES.iter().find(|service| service.name == name).expect("it is one of ours");
        let needs = format!("{}:service_started:false", service.needs);
        let mut labels = vec![
            ("com.docker.compose.project", "shop"),
            ("com.docker.compose.service", service.name),
            ("com.docker.compose.container-number", "1"),
            ("com.docker.compose.oneoff", "False"),
            ("stack", service.stack),
            ("owner", "ada"),
        ];
        if !service.needs.is_empty() {
            labels.push(("com.docker.compose.depends_on", &needs));
        }
        if service.ignored {
            labels.push(("lull.maintenance", "ignore"));
        }
        let title = format!("shop_{name}_1");
        let container = Container {
            name: &title,
            labels: &labels,
            restart: service.restart,
            command: service.command,
            ..Container::default()
        };
        self.engine.run(&container).expect("the service starts");
    }

    /// Which services run.
    pub fn running(&self) -> Vec<&'static str> {
        let runs = |service: &&Service| self.engine.is_running(&format!("shop_{}_1", service.name));
        SERVICES.iter().filter(runs).map(|service| service.name).collect()
    }

    /// What the engine says of a service.
    pub fn inspect(&self, name: &str) -> Value {
        self.engine.inspect(&format!("shop_{name}_1")).expect("it is there")
    }

    /// The policy under which the engine starts it again.
    pub fn restart_policy(&self, name: &str) -> String {
        self.inspect(name)["HostConfig"]["RestartPolicy"]["Name"].as_str().unwrap_or_default().to_owned()
    }

    /// When it last ended.
    pub fn ended(&self, name: &str) -> String {
        self.inspect(name)["State"]["FinishedAt"].as_str().unwrap_or_default().to_owned()
    }

    /// Tells Lull about the product: web needs api needs data.
    pub fn register(&self, server: &Server) {
        let target = |path: &str, kind: &str, needs: &str, stack: Option<&str>| NewTarget {
            path: path.to_owned(),
            kind: kind.to_owned(),
            needs: Some(needs).filter(|needs| !needs.is_empty()).map(str::to_owned).into_iter().collect(),
            binding: stack.map(|stack| Binding {
                adapter: "docker".to_owned(),
                matches: Match {
                    project: Some("shop".to_owned()),
                    labels: BTreeMap::from([("stack".to_owned(), stack.to_owned())]),
                    ..Match::default()
                },
            }),
            ..NewTarget::default()
        };
        for new in [
            target("acme", "organization", "", None),
            target("acme/shop", "product", "", None),
            target("acme/shop/data", "stack", "", Some("data")),
            target("acme/shop/api", "stack", "acme/shop/data", Some("api")),
            target("acme/shop/web", "stack", "acme/shop/api", Some("web")),
        ] {
            server.ask(|client| async move { client.add_target(&new).await });
        }
    }
}

/// Stops everything under a path, with a grace of two seconds.
pub fn quiet(under: &str) -> NewMaintenance {
    NewMaintenance {
        title: format!("Quiet {under}"),
        scope: Scope { include: vec![Clause { under: under.to_owned(), ..Clause::default() }], exclude: Vec::new() },
        policy: Some(json!({"effects": ["stop"], "running": {"stop": {"grace": "PT2S"}}})),
        ..NewMaintenance::default()
    }
}
