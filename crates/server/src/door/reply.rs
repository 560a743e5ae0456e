//! What is said to whoever is kept out: headers that any proxy can pass on, the page, or JSON.
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use lull_domain::{Action, Instant};
use lull_gate::{Decision, Epoch, Quiet};
use serde_json::json;

use super::profile::Profile;
use super::{Answer, page, text};
use crate::http::Problem;
use crate::view::instant;

/// The epoch that an answer holds for.
pub const EPOCH: HeaderName = HeaderName::from_static("x-lull-epoch");
const MAINTENANCE: HeaderName = HeaderName::from_static("x-lull-maintenance");
const TITLE: HeaderName = HeaderName::from_static("x-lull-title");
const MESSAGE: HeaderName = HeaderName::from_static("x-lull-message");
const UNTIL: HeaderName = HeaderName::from_static("x-lull-until");
const STATUS: HeaderName = HeaderName::from_static("x-lull-status");
const UNKNOWN: HeaderName = HeaderName::from_static("x-lull-unknown-target");
/// Answers are for now.
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// What an answer depends on.
const VARY: HeaderValue = HeaderValue::from_static("Accept, Authorization, Cookie");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Proxies have small buffers for the headers of an answer; one that does not fit is no answer to them.
const TITLE_MAX: usize = 256;
const MESSAGE_MAX: usize = 768;
/// The longest that a crowd is spread over.
const SPREAD_MAX: i64 = 30;

/// What one is told, whoever he is.
pub struct Reply<'s> {
    /// What holds.
    pub decision: Decision<'s>,
    /// Where.
    pub target: &'s str,
    /// What he wanted to do.
    pub action: Action,
    /// When he asked.
    pub now: Instant,
    /// In how many seconds to ask again; none where nothing keeps him out any more.
    pub retry_after: Option<i64>,
    /// He reads JSON rather than HTML.
    pub json: bool,
}

/// The headers that every answer of the gate has: the epoch that it holds for, and that it is for now.
pub fn headers(epoch: Epoch) -> HeaderMap {
    HeaderMap::from_iter([(EPOCH, epoch.0.into()), (header::CACHE_CONTROL, NO_STORE)])
}

/// Seconds to wait, and some more by chance, so that a crowd does not come back in one second.
pub fn later(wait: i64, chance: u32) -> i64 {
    let spread = (wait / 10).clamp(0, SPREAD_MAX);
    wait.saturating_add(i64::from(chance) % (spread + 1))
}

/// Says on an answer that lets somebody through what he passes, and where nobody knows the target.
pub fn notice(answer: &mut Answer, decision: &Decision<'_>, action: Action) {
    if decision.unknown_target {
        answer.headers_mut().insert(UNKNOWN, HeaderValue::from_static("true"));
    }
    let told = decision.because.filter(|quiet| quiet.reply(action).answer != lull_domain::Answer::Allow);
    if let Some(quiet) = told {
        name(answer.headers_mut(), quiet);
    }
}

/// Whether whoever asks would rather read JSON than HTML (RFC 9110, 12.5.1).
pub fn wants_json(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let (mut html, mut json) = (0.0, 0.0);
    for part in accepts.flat_map(|value| value.split(',')) {
        let mut parts = part.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        match kind.as_str() {
            "text/html" | "application/xhtml+xml" => html = weight.max(html),
            "application/json" | "application/problem+json" => json = weight.max(json),
            _ => {}
        }
    }
    json > html
}

/// A problem, as the API says it.
pub fn problem(problem: &Problem) -> Answer {
    let status = StatusCode::from_u16(problem.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // Strings and numbers can always be written.
    let mut answer = Response::new(Full::from(serde_json::to_vec(&problem.0).unwrap_or_default()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, PROBLEM);
    answer.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    answer
}

/// A page of our own.
pub fn html(status: StatusCode, page: String) -> Answer {
    let mut answer = Response::new(Full::from(page));
    *answer.status_mut() = status;
    shown(answer.headers_mut());
    answer.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    answer
}

/// The page is HTML that runs nothing but itself, and is for nobody else.
fn shown(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HTML);
    headers.insert(header::CONTENT_SECURITY_POLICY, page::policy());
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Which maintenance it is.
fn name(headers: &mut HeaderMap, quiet: &Quiet) {
    put(headers, MAINTENANCE, &quiet.id);
    put(headers, TITLE, &text::for_header(&quiet.title, TITLE_MAX));
}

/// Sets a header to what was made fit for it.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

impl Reply<'_> {
    /// Keeps somebody out, so that this proxy understands it.
    pub fn refuse(&self, answer: &mut Answer, profile: &Profile) {
        let status = self.policy_status();
        *answer.status_mut() = profile.refuses.unwrap_or(status);
        let headers = answer.headers_mut();
        headers.insert(header::VARY, VARY);
        headers.insert(header::RETRY_AFTER, self.retry_after.unwrap_or(1).into());
        headers.insert(STATUS, status.as_u16().into());
        if self.decision.unknown_target {
            headers.insert(UNKNOWN, HeaderValue::from_static("true"));
        }
        if let Some(quiet) = self.quiet() {
            name(headers, quiet);
            if let Some(message) = &quiet.message {
                put(headers, MESSAGE, &text::for_header(message, MESSAGE_MAX));
            }
        }
        if let Some(until) = self.until() {
            put(headers, UNTIL, &instant(until));
        }
        let body = match (profile.has_body, self.json) {
            (false, _) => return,
            (true, true) => {
                headers.insert(header::CONTENT_TYPE, PROBLEM);
                Bytes::from(self.problem(status))
            }
            (true, false) => {
                shown(headers);
                Bytes::from(page::visitor(self))
            }
        };
        *answer.body_mut() = Full::new(body);
    }

    /// Whether it is in maintenance, as the page asks it.
    pub fn status(&self) -> Answer {
        let (quiet, until) = (self.quiet(), self.until());
        let mut body = json!({"in_maintenance": self.is_closed()});
        let told = [
            ("title", quiet.map(|quiet| json!(quiet.title))),
            ("message", quiet.and_then(|quiet| quiet.message.as_ref()).map(|message| json!(message))),
            ("until", until.map(|until| json!(instant(until)))),
            ("retry_after", self.retry_after.map(|wait| json!(wait))),
        ];
        for (name, value) in told {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        let mut answer = Response::new(Full::from(body.to_string()));
        answer.headers_mut().insert(header::CONTENT_TYPE, JSON);
        answer.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
        answer
    }

    /// The maintenance that keeps one out.
    pub fn quiet(&self) -> Option<&Quiet> {
        self.decision.because.filter(|_| self.is_closed())
    }

    /// When that ends, where it is known.
    pub fn until(&self) -> Option<Instant> {
        self.decision.until.filter(|_| self.is_closed())
    }

    /// Something keeps one out.
    pub fn is_closed(&self) -> bool {
        self.decision.answer > lull_domain::Answer::Warn
    }

    /// The status that the policy wishes, where it is one for errors.
    fn policy_status(&self) -> StatusCode {
        let wished = self.quiet().and_then(|quiet| quiet.reply(self.action).status);
        let status = wished.and_then(|status| StatusCode::from_u16(status).ok());
        let is_error = |status: &StatusCode| status.is_client_error() || status.is_server_error();
        status.filter(is_error).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn problem(&self, status: StatusCode) -> Vec<u8> {
        let title = self.quiet().map_or("Over", |quiet| quiet.title.as_str());
        let detail = self.quiet().and_then(|quiet| quiet.message.as_deref()).unwrap_or("This is under maintenance.");
        let wait = self.retry_after.unwrap_or(1);
        let remedy = match self.until() {
            Some(until) => format!("Try again at {}, or in {wait} seconds.", instant(until)),
            None => format!("When it ends is not known. Try again in {wait} seconds."),
        };
        let problem = json!({
            "type": "/problems/unavailable", "title": title, "status": status.as_u16(), "detail": detail, "remedy": remedy,
        });
        problem.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_spread_and_nobody_comes_early() {
        assert_eq!(later(5, u32::MAX), 5);
        let waits: Vec<i64> = (0..100).map(|chance| later(100, chance)).collect();
        assert_eq!((waits.iter().min(), waits.iter().max()), (Some(&100), Some(&110)));
        assert!((0..1_000).all(|chance| (86_400..=86_430).contains(&later(86_400, chance))));
    }

    #[test]
    fn json_is_for_those_who_like_it_better() {
        let wants = |accept: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            wants_json(&headers)
        };
        assert!(!wants_json(&HeaderMap::new()));
        for html in
            ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json;q=0.5, text/html", "image/png"]
        {
            assert!(!wants(html), "{html}");
        }
        for json in
            ["application/json", "application/json, text/plain, */*", "text/html;q=0.1, application/problem+json"]
        {
            assert!(wants(json), "{json}");
        }
    }
}
