//! A server without a port: routes over a database in a folder of its own, an outside, and people with tokens.
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use lull_adapters::fetch::Fetcher;
use lull_domain::estate::Target;
use lull_domain::maintenance::Maintenance;
use lull_store::{MaintenanceFilter, Options, Page, Store, Token};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::document::Document;
use super::outside::Outside;
use crate::core::Core;
use crate::door::Door;
use crate::engine::Engine;
use crate::http::{App, router};

pub const SHOP: &str = "acme/prod/shop";
/// How long something that must come may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A server and an estate: `acme/prod/shop` with `db` and `api`, which needs it; `acme/prod/wiki`; `acme/test/lab`.
pub struct World {
    pub app: Arc<App>,
    pub outside: Arc<Outside>,
    pub admin: String,
    folder: Arc<TempDir>,
    engine: Mutex<Option<JoinHandle<()>>>,
    gate: JoinHandle<((), ())>,
    /// Several ask at a time, so that what is stored changes beside whoever is refused.
    pub crowded: std::sync::atomic::AtomicBool,
}

/// What was answered.
#[derive(Debug)]
pub struct Said {
    pub asked: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

/// Everything that is stored and that an order could change.
#[derive(PartialEq, Debug)]
struct Stored {
    head: u64,
    targets: Vec<Arc<Target>>,
    tokens: Vec<Token>,
    maintenances: Vec<Maintenance>,
}

/// Somebody who asks.
pub struct Caller<'a> {
    world: &'a World,
    token: String,
}

impl World {
    pub async fn new() -> World {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let outside = Arc::new(Outside::default());
        ["shop-db", "shop-api", "wiki-web", "lab-web"].into_iter().for_each(|name| outside.run(name));
        let store = Store::open(folder.path().join("lull.db"), Options::default()).await.expect("a store");
        let adapters = ["here", "there"].map(|name| (name.to_owned(), Arc::clone(&outside) as _)).into();
        let core = Core::new(store, adapters).await.expect("an empty estate");
        let core = Arc::new(Core { fetcher: fetcher(), ..core });
        crate::tokens::first(&core, folder.path()).await.expect("it can be stored");
        let admin =
            std::fs::read_to_string(folder.path().join("admin-token")).expect("it was written").trim().to_owned();
        let gate = decides(&core);
        let door = Arc::new(Door::with_chance(Arc::clone(&core), || 0));
        let world = World {
            app: Arc::new(App { door, ..App::new(core) }),
            outside,
            admin,
            folder,
            engine: Mutex::default(),
            gate,
            crowded: false.into(),
        };
        world.settle().await;
        world
    }

    /// Another server on all that this one has stored.
    pub async fn restarted(&self) -> World {
        self.knowing(None).await
    }

    /// The same, which knows a Prometheus.
    pub async fn knowing(&self, prometheus: Option<crate::traffic::Prometheus>) -> World {
        let store = Store::open(self.folder.path().join("lull.db"), Options::default()).await.expect("a store");
        let core = Core::new(store, self.app.core.adapters.clone()).await.expect("the estate");
        let core = Arc::new(Core { fetcher: fetcher(), prometheus, ..core });
        let gate = decides(&core);
        World {
            app: Arc::new(App::new(core)),
            outside: Arc::clone(&self.outside),
            admin: self.admin.clone(),
            folder: Arc::clone(&self.folder),
            engine: Mutex::default(),
            gate,
            crowded: false.into(),
        }
    }

    async fn settle(&self) {
        let places = [
            ("acme", "organization", None),
            ("acme/prod", "environment", None),
            (SHOP, "product", None),
            ("acme/prod/shop/db", "stack", Some(("shop", "db"))),
            ("acme/prod/shop/api", "stack", Some(("shop", "api"))),
            ("acme/prod/wiki", "product", Some(("wiki", "web"))),
            ("acme/test", "environment", None),
            ("acme/test/lab", "product", Some(("lab", "web"))),
        ];
        for (path, kind, bound) in places {
            let mut target = json!({"path": path, "kind": kind, "external_id": path.replace('/', "-")});
            if let Some((project, service)) = bound {
                target["binding"] = json!({"adapter": "here", "match": {"project": project, "service": service}});
            }
            if path.ends_with("/api") {
                target["needs"] = json!(["acme/prod/shop/db"]);
            }
            self.admin().post("/api/v1/targets", target).await.is(201);
        }
    }

    /// Whoever has all rights.
    pub fn admin(&self) -> Caller<'_> {
        self.with(&self.admin)
    }

    /// Whoever has this token.
    pub fn with(&self, token: &str) -> Caller<'_> {
        Caller { world: self, token: token.to_owned() }
    }

    /// Somebody with one role on one part of the estate.
    pub async fn one(&self, kind: &str, name: &str, grant: (&str, &str)) -> Caller<'_> {
        let grants = json!([{"under": grant.0, "role": grant.1}]);
        let token = json!({"name": name, "kind": kind, "grants": grants});
        let made = self.admin().post("/api/v1/tokens", token).await.is(201);
        self.with(made.body["token"].as_str().expect("a secret"))
    }

    /// The id of the target at this path.
    pub async fn id(&self, path: &str) -> String {
        let listed = self.admin().get(&format!("/api/v1/targets?path={path}")).await.is(200);
        listed.body["items"][0]["id"].as_str().expect("it is there").to_owned()
    }

    /// From now on what is missing is done.
    pub fn acts(&self) {
        let (app, engine) = (Arc::clone(&self.app), Engine::new(Arc::clone(&self.app.core)));
        let running = tokio::spawn(engine.run(move || app.is_ready()));
        assert!(self.engine().replace(running).is_none(), "it acts already");
    }

    /// The engine is gone, as if the process were, until it acts again.
    pub async fn rests(&self) {
        let engine = self.engine().take().expect("it acts");
        engine.abort();
        let _gone = engine.await;
    }

    fn engine(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.engine.lock().expect("nobody panics with it")
    }

    /// Asks for this again and again, whenever something has changed, until it is as wished.
    pub async fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut changed = self.app.core.store.changed();
        let asking = async {
            loop {
                changed.borrow_and_update();
                let said = self.admin().get(path).await.is(200);
                if is_so(&said.body) {
                    return said.body;
                }
                // What is so by time alone changes nothing that is stored.
                let _sooner = tokio::time::timeout(LOOK_EVERY, changed.changed()).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path} never came to be as wished"))
    }

    /// The bytes of every file of the database.
    pub fn files(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder is there").flatten();
        let database = files.filter(|file| file.file_name().to_string_lossy().starts_with("lull.db"));
        database.flat_map(|file| std::fs::read(file.path()).expect("it can be read")).collect()
    }

    pub fn router(&self) -> Router {
        router(Arc::clone(&self.app))
    }

    /// The administrator, for who asks the core itself: without the look at the log that comes first over HTTP.
    pub async fn behind(&self) -> crate::caller::Caller {
        let hash = crate::tokens::hash(&self.admin);
        let token = self.app.core.store.read::<_, lull_store::StoreError, _>(move |tx| tx.token_by_hash(&hash)).await;
        crate::caller::Caller::of(token.expect("it can be read").expect("there is one"))
    }

    async fn stored(&self) -> Stored {
        let read = self.app.core.store.read::<_, lull_store::StoreError, _>(|tx| {
            let maintenances =
                tx.list_maintenances(&MaintenanceFilter::default(), Page { after: None, limit: 1_000 })?;
            Ok(Stored { head: tx.head()?.seq, targets: tx.targets()?, tokens: tx.tokens()?, maintenances })
        });
        read.await.expect("it can be read")
    }

    /// Sends a request. What is refused must leave everything as it was; every answer must be one that the document knows.
    pub async fn send(&self, request: Request<Body>) -> Said {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let before = self.stored().await;
        let response = self.router().oneshot(request).await.expect("it cannot fail");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("it has an end");
        let is_calendar =
            parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/"));
        let body = match bytes.is_empty() {
            true => Value::Null,
            false if is_calendar => Value::String(String::from_utf8(bytes.to_vec()).expect("it is text")),
            false => serde_json::from_slice(&bytes).expect("it is JSON"),
        };
        let asked = format!("{method} {path}");
        let said = Said { asked, status: parts.status, headers: parts.headers, body };
        let alone = self.engine().is_none() && !self.crowded.load(std::sync::atomic::Ordering::Relaxed);
        if said.status.as_u16() >= 400 && alone {
            assert_eq!(before, self.stored().await, "it was refused and stored something: {said:#?}");
        }
        Document::get().knows(&method, &path, &said);
        said
    }
}

/// Of all that is inside, one address of this machine may be fetched from.
fn fetcher() -> Fetcher {
    Fetcher::new(vec!["127.0.0.1/32".parse().expect("it is a network")])
}

/// The gate of this core follows what is stored, and says so.
fn decides(core: &Arc<Core>) -> JoinHandle<((), ())> {
    let (follows, reports) = (Arc::clone(core), Arc::clone(core));
    tokio::spawn(async {
        tokio::join!(crate::gate::follow(follows), crate::fence::report(reports, "lull@here:1".to_owned()))
    })
}

impl Drop for World {
    fn drop(&mut self) {
        self.gate.abort();
        if let Some(engine) = self.engine().take() {
            engine.abort();
        }
    }
}

impl Caller<'_> {
    pub fn token(&self) -> &str {
        &self.token
    }

    pub async fn get(&self, path: &str) -> Said {
        self.ask(Method::GET, path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Said {
        self.ask(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Said {
        self.ask(Method::PUT, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Said {
        self.ask(Method::PATCH, path, body).await
    }

    pub async fn delete(&self, path: &str) -> Said {
        self.ask(Method::DELETE, path, Value::Null).await
    }

    /// Asks with a body; null is none.
    pub async fn ask(&self, method: Method, path: &str, body: Value) -> Said {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.raw(method, path, &[("content-type", "application/json")], text).await
    }

    /// Asks with these headers and this text for a body.
    pub async fn raw(&self, method: Method, path: &str, headers: &[(&str, &str)], text: impl Into<Body>) -> Said {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.world.send(request.body(text.into()).expect("a request")).await
    }

    /// Creates a maintenance of this scope with these other fields, and answers its id.
    pub async fn maintenance(&self, under: &str, more: Value) -> String {
        let made = self.post("/api/v1/maintenances", maintenance(under, more)).await.is(201);
        made.body["id"].as_str().expect("it has an id").to_owned()
    }
}

/// The body of a maintenance of this scope with these other fields.
pub fn maintenance(under: &str, more: Value) -> Value {
    let mut body = json!({"title": "Upgrade", "preset": "stop-everything", "scope": {"include": [{"under": under}]}});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// An instant so many hours from now.
pub fn hours(hours: i64) -> String {
    let now = crate::clock::now();
    crate::view::instant(now + lull_domain::Span::hours(hours))
}

impl Said {
    /// It was answered with this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Said {
        assert_eq!(self.status.as_u16(), status, "{self:#?}");
        self
    }

    /// It was refused with this status and type, about this field; a problem always says what and what to do.
    #[track_caller]
    pub fn refused(self, status: u16, kind: &str, field: Option<&str>) -> Said {
        let said = self.is(status);
        let problem = &said.body;
        assert_eq!(said.headers[header::CONTENT_TYPE], "application/problem+json", "{said:#?}");
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{said:#?}");
        assert_eq!(problem["status"], status, "{said:#?}");
        assert!(crate::http::docs::explains(kind, status), "no page says what this is: {said:#?}");
        assert_eq!(problem.get("field").and_then(Value::as_str), field, "{said:#?}");
        for part in ["title", "detail", "remedy"] {
            assert!(problem[part].as_str().is_some_and(|text| text.len() > 3), "no {part} in {said:#?}");
        }
        said
    }

    /// Somewhere in what was said stands all of this.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Said {
        let text = self.body.to_string();
        for word in words {
            assert!(text.contains(word), "{word:?} is missing in {self:#?}");
        }
        self
    }
}
