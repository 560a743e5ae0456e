//! The link of a pass: the first who opens it gets a cookie in exchange.
use axum::body::Bytes;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use lull_store::{Pass, StoreError};

use super::{Answer, bearer, page, reply};
use crate::clock;
use crate::core::Core;
use crate::passes::{self, Opened};
use crate::tokens::hash;

/// What opening a link gives: a cookie once, and a page in words otherwise.
pub async fn opened(core: &Core, method: &Method, secret: &str) -> Answer {
    if !passes::is_link(secret) {
        return unknown();
    }
    if *method != Method::GET {
        return closed(core, method, secret).await;
    }
    match passes::open(core, secret).await {
        Ok(Opened::Now { cookie, good_until }) => let_in(secret, &cookie, (good_until - clock::now()).as_seconds()),
        Ok(Opened::Before) => said(StatusCode::GONE, "This link was used", "It opens once. Ask for another one."),
        Ok(Opened::TooLate) => said(StatusCode::GONE, "This link is over", "Its time is past. Ask for another one."),
        Ok(Opened::Unknown) => unknown(),
        Err(error) => broken(&error),
    }
}

/// Whoever only looks whether there is something, a preview say, does not use it up.
async fn closed(core: &Core, method: &Method, secret: &str) -> Answer {
    if *method != Method::HEAD {
        let mut answer = said(StatusCode::METHOD_NOT_ALLOWED, "This link is for browsers", "Open it with GET.");
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    let hash = hash(secret);
    let found = core.store.read(move |tx| tx.pass_by_link(&hash)).await;
    match found {
        Ok(Some(Pass { is_opened: false, good_until, .. })) if clock::now() < good_until => {
            said(StatusCode::OK, "This link opens once", "Open it in your browser.")
        }
        Ok(Some(_)) => said(StatusCode::GONE, "This link is over", "Ask for another one."),
        Ok(None) => unknown(),
        Err(error) => broken(&error),
    }
}

fn let_in(secret: &str, cookie: &str, lasts: i64) -> Answer {
    let secure = if passes::is_for_https(secret) { "; Secure" } else { "" };
    let lasts = lasts.max(1);
    let cookie = format!("{}={cookie}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Lax{secure}", bearer::COOKIE);
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = StatusCode::SEE_OTHER;
    let headers = answer.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static("/"));
    headers.insert(header::CACHE_CONTROL, reply::NO_STORE);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    answer
}

fn unknown() -> Answer {
    said(StatusCode::NOT_FOUND, "There is no such link", "Look whether it was copied whole, or ask for another one.")
}

fn broken(error: &StoreError) -> Answer {
    tracing::warn!(error = error.in_full(), "the link of a pass could not be opened");
    said(StatusCode::SERVICE_UNAVAILABLE, "Not now", "This cannot be looked up now. Try again in a moment.")
}

fn said(status: StatusCode, title: &str, text: &str) -> Answer {
    reply::html(status, page::words(title, text))
}
