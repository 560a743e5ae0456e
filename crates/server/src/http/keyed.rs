//! `Idempotency-Key`: a change that is asked for twice is made once, and answered alike.
//!
//! Of what a request writes, the first transaction that grows the log takes the key ([`Once`]), whichever route it is. What
//! was answered is kept before it is sent. Where the server ended in between, the log says what was done, and [`again`]
//! answers by it. What was refused changed nothing and is not kept: it is decided anew.
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lull_domain::refusal::Refusal;
use lull_store::{Kept, Keyed, Once, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::App;
use super::bearer::Bearer;
use super::body::{BODY_MAX, received};
use super::calendars;
use super::problem::Problem;
use crate::clock;

mod again;

/// The header that bears a key.
pub const KEY: &str = "idempotency-key";
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long a key may be.
const KEY_MAX: usize = 255;
/// What is put as a POST and takes no key: questions, whose answers do not keep; and what does nothing twice by itself, in as
/// many steps as it brings.
const WITHOUT: [&str; 3] = ["/api/v1/gate/check", "/api/v1/slots", "/api/v1/notices/import"];
/// What of an answer is kept beside its status and body.
const HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// What is kept of an answer in the place of its body, where that holds what is shown once.
#[derive(Clone)]
pub struct Instead(pub Bytes);

/// The keys of requests that this process is carrying out.
#[derive(Default)]
pub struct Running(Mutex<BTreeSet<[u8; 32]>>);

/// One of them; not any more when it is dropped.
pub struct Run<'a> {
    running: &'a Running,
    id: [u8; 32],
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Whether a route takes keys: every change of the API does.
pub fn takes_keys(method: &Method, route: &str) -> bool {
    let changes = matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    changes && route.starts_with("/api/") && !WITHOUT.contains(&route)
}

/// Whether this request is for such a route. What answers nowhere, or not to this method, is told so whatever its headers.
fn is_change(request: &Request) -> bool {
    static KNOWN: LazyLock<BTreeSet<(String, String)>> = LazyLock::new(super::operations);
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let known = (request.method().to_string(), route.to_owned());
    takes_keys(request.method(), route) && KNOWN.contains(&known)
}

/// Carries out a change that bears a key once.
pub async fn keyed(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(KEY) || !is_change(&request) {
        return next.run(request).await;
    }
    once(&app, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn once(app: &Arc<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let bearer = Bearer::from_request_parts(&mut parts, app).await?;
    let key = key(&parts.headers)?;
    let (headers, bytes) = received(Request::from_parts(parts.clone(), body), body_max(&parts)).await?;
    parts.headers = headers;
    let keyed = of(id(&bearer.hash, &format!("{} {} {key}", parts.method, parts.uri)), &bytes);
    let _run = app.running.begin(keyed.id).ok_or_else(Problem::key_running)?;
    let kept = app.core.store.read::<_, StoreError, _>(move |tx| tx.kept(&keyed)).await?;
    let once = match kept {
        Some(Kept { request, .. }) if request != keyed.request => return Err(Problem::key_reused()),
        Some(Kept { answer: Some(answer), .. }) => return replayed(&answer),
        Some(Kept { seq: Some(seq), .. }) => {
            let answer = again::answer(app, &bearer.caller, &parts, seq).await?;
            return Ok(marked(keep(app, keyed, answer).await));
        }
        Some(_) | None => Once::new(keyed),
    };
    let answer = Arc::clone(&once).over(next.run(Request::from_parts(parts, Body::from(bytes)))).await;
    if once.is_taken() {
        return Err(Problem::key_running());
    }
    Ok(keep(app, keyed, answer).await)
}

/// How large the body of a change may be.
fn body_max(parts: &Parts) -> usize {
    match parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str) {
        Some("/api/v1/calendars") => calendars::BODY_MAX,
        Some("/api/v1/notices/import") => lull_adapters::ics::LONGEST,
        Some(_) | None => BODY_MAX,
    }
}

/// The key of a request.
fn key(headers: &HeaderMap) -> Result<String, Refusal> {
    let mut given = headers.get_all(KEY).iter();
    let (first, more) = (given.next().and_then(|key| key.to_str().ok()), given.next());
    let fits = |key: &&str| (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    first.filter(|key| more.is_none() && fits(key)).map(str::to_owned).ok_or_else(|| {
        let detail = format!("a key is 1 to {KEY_MAX} visible ASCII characters, and there is one");
        Refusal::input("Idempotency-Key", detail, "Send a new UUID with each change, and the same one to ask again.")
    })
}

/// What a key is found by: the token whose it is, and `METHOD /path key`. No part can be taken for another, as a hash has
/// its length and the rest no space.
pub fn id(token: &[u8; 32], asked: &str) -> [u8; 32] {
    Sha256::new().chain_update(token).chain_update(asked).finalize().into()
}

/// A request with this body that comes now.
pub fn of(id: [u8; 32], body: &[u8]) -> Keyed {
    Keyed { id, request: Sha256::digest(body).into(), at: clock::now() }
}

impl Running {
    /// Begins to carry out a request; none where another one does.
    pub fn begin(&self, id: [u8; 32]) -> Option<Run<'_>> {
        let is_first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        is_first.then(|| Run { running: self, id })
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Keeps an answer, unless it refuses. Where that fails, the log still says what was done.
async fn keep(app: &App, keyed: Keyed, answer: Response) -> Response {
    if !answer.status().is_success() {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    // What the routes answer is in memory already, so that it can be had whole.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let instead = parts.extensions.get::<Instead>().map_or(&bytes, |instead| &instead.0);
    let text = |name: &HeaderName| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).map(|value| (name.to_string(), value.to_owned()))
    };
    let answer = Answer {
        status: parts.status.as_u16(),
        headers: HEADERS.iter().filter_map(text).collect(),
        body: String::from_utf8_lossy(instead).into_owned(),
    };
    let answer = serde_json::to_string(&answer).unwrap_or_default();
    let kept = app.core.store.write::<_, StoreError, _>(move |tx| tx.keep_answer(&keyed, &answer));
    if let Err(error) = kept.await {
        tracing::warn!(error = error.in_full(), "an answer could not be kept under its key");
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// An answer as it was given.
fn replayed(answer: &str) -> Result<Response, Problem> {
    let answer: Answer = serde_json::from_str(answer).map_err(|error| {
        tracing::error!(error = %error, "an answer that was kept cannot be read");
        Problem::broken()
    })?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(marked(response))
}

fn marked(mut response: Response) -> Response {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
