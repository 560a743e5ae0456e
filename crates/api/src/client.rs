//! The HTTP client: one connection to one server, with typed methods for every route.
mod error;
mod events;
mod routes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, IF_MATCH};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use error::Error;
pub use events::Events;

use crate::params::Listing;
use crate::views::{List, Problem};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How much of an answer that is not ours is shown.
const SHOWN_MAX: usize = 200;

/// A server, and the token under which it is spoken to. Clones share what was heard of the server's clock.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
    date: Arc<Mutex<Option<String>>>,
}

/// What is sent along with a request.
struct Sent<'a> {
    method: Method,
    /// The path, by segments; each is encoded.
    path: &'a [&'a str],
    query: BTreeMap<String, String>,
    body: Option<Value>,
    /// The revision that the change was made for.
    revision: Option<u64>,
}

impl Client {
    /// A client of the server at this URL. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when the URL is none that HTTP knows, or TLS cannot be set up.
    pub fn new(url: &str, token: Option<String>) -> Result<Self, Error> {
        let unreachable = |why: String| Error::Unreachable { url: url.to_owned(), why };
        let base = Url::parse(url).map_err(|error| unreachable(format!("this is no URL: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(unreachable("a URL begins with http:// or https:// and names a host".to_owned()));
        }
        // Somebody else may have chosen a provider already; any will do.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("lull/", env!("CARGO_PKG_VERSION")));
        if base.scheme() == "http" {
            // A machine without certificates can still speak plain HTTP.
            http = http.tls_certs_only([]);
        }
        if is_loopback(&base) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| unreachable(error::chain(&error)))?;
        Ok(Self { http, base, token, date: Arc::default() })
    }

    /// The URL of the server.
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The server's clock, as the last answer's `Date` gave it (RFC 9110, 6.6.1); none before the first answer.
    pub fn date(&self) -> Option<String> {
        self.date.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn get<T: DeserializeOwned>(&self, path: &[&str], listing: &impl Serialize) -> Result<T, Error> {
        let sent = Sent { method: Method::GET, path, query: pairs(listing), body: None, revision: None };
        self.read(self.send(sent).await?).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &[&str], body: &impl Serialize) -> Result<T, Error> {
        self.change(Method::POST, path, body, None).await
    }

    async fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: &impl Serialize,
        revision: Option<u64>,
    ) -> Result<T, Error> {
        let body = serde_json::to_value(body).map_err(|error| self.unexpected(0, error.to_string()))?;
        let sent = Sent { method, path, query: BTreeMap::new(), body: Some(body), revision };
        self.read(self.send(sent).await?).await
    }

    /// Sends iCalendar text.
    async fn post_calendar<T: DeserializeOwned>(
        &self,
        path: &[&str],
        asked: &impl Serialize,
        text: Vec<u8>,
    ) -> Result<T, Error> {
        let request = self.request(Method::POST, path, &pairs(asked)).timeout(ANSWER_WITHIN);
        let request = request.header(CONTENT_TYPE, "text/calendar; charset=utf-8").body(text);
        self.read(self.answer(request.header(ACCEPT, "application/json")).await?).await
    }

    /// Deletes; what the answer holds, if anything.
    async fn delete<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Option<T>, Error> {
        let sent = Sent { method: Method::DELETE, path, query: BTreeMap::new(), body: None, revision: None };
        let answer = self.send(sent).await?;
        let (status, body) = (answer.status().as_u16(), self.body(answer).await?);
        if body.is_empty() { Ok(None) } else { self.parse(status, &body).map(Some) }
    }

    /// Sends, and turns every answer that is no success into an error.
    async fn send(&self, sent: Sent<'_>) -> Result<Response, Error> {
        let mut request = self.request(sent.method, sent.path, &sent.query).timeout(ANSWER_WITHIN);
        if let Some(body) = &sent.body {
            request = request.json(body);
        }
        if let Some(revision) = sent.revision {
            request = request.header(IF_MATCH, format!("\"{revision}\""));
        }
        self.answer(request.header(ACCEPT, "application/json")).await
    }

    fn request(&self, method: Method, path: &[&str], query: &BTreeMap<String, String>) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, Error> {
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        self.hear(answer.headers());
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = self.body(answer).await?;
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Err(Error::Problem(Box::new(problem))),
            Err(_) => Err(self.unexpected(status.as_u16(), shown(&body))),
        }
    }

    fn hear(&self, headers: &HeaderMap) {
        if let Some(date) = headers.get(DATE).and_then(|date| date.to_str().ok()) {
            *self.date.lock().unwrap_or_else(PoisonError::into_inner) = Some(date.to_owned());
        }
    }

    async fn read<T: DeserializeOwned>(&self, answer: Response) -> Result<T, Error> {
        let status = answer.status().as_u16();
        let body = self.body(answer).await?;
        self.parse(status, &body)
    }

    async fn body(&self, answer: Response) -> Result<Vec<u8>, Error> {
        answer.bytes().await.map(|bytes| bytes.to_vec()).map_err(|error| self.unreachable(&error))
    }

    fn parse<T: DeserializeOwned>(&self, status: u16, body: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(body).map_err(|error| self.unexpected(status, format!("{error}, in {:?}", shown(body))))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        Error::Unreachable { url: self.url().to_owned(), why: error::chain(error) }
    }

    fn unexpected(&self, status: u16, why: String) -> Error {
        Error::Unexpected { url: self.url().to_owned(), status, why }
    }

    /// All rows of a list, page by page.
    async fn every<T: DeserializeOwned>(&self, path: &[&str], listing: &Listing) -> Result<List<T>, Error> {
        let mut listing = listing.clone();
        let mut items = Vec::new();
        loop {
            let page: List<T> = self.get(path, &listing).await?;
            items.extend(page.items);
            match page.next {
                // A server that names the same page again would keep us here for ever.
                Some(next) if listing.cursor.as_ref() != Some(&next) => listing.cursor = Some(next),
                _ => return Ok(List { items, next: None }),
            }
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The fields that are given, as they stand in a query.
fn pairs(listing: &impl Serialize) -> BTreeMap<String, String> {
    let fields = match serde_json::to_value(listing) {
        Ok(Value::Object(fields)) => fields,
        _ => return BTreeMap::new(),
    };
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    fields.into_iter().map(|(name, value)| (name, text(value))).collect()
}

fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests;
