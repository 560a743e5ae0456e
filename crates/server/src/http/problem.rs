//! Where errors meet HTTP: the one table from what was refused to status, type and words (RFC 9457).
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::views;
use lull_domain::refusal::{Because, Refusal};
use lull_store::StoreError;

use super::tag::tag;
use crate::core::Refused;

/// A refusal on its way out.
#[derive(Debug)]
pub struct Problem(pub Box<views::Problem>);

/// One row of the table: the status, the type's last part, and its name in words.
type Row = (StatusCode, &'static str, &'static str);

const UNAUTHORIZED: Row = (StatusCode::UNAUTHORIZED, "forbidden", "Not authenticated");
const NO_METHOD: Row = (StatusCode::METHOD_NOT_ALLOWED, "not-found", "No such method here");
const NO_ROUTE: Row = (StatusCode::NOT_FOUND, "not-found", "Not found");
const TOO_LARGE: Row = (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large");
const KEY_RUNNING: Row = (StatusCode::CONFLICT, "idempotency", "Being carried out");
const KEY_REUSED: Row = (StatusCode::UNPROCESSABLE_ENTITY, "idempotency", "Key of another request");
const URI_TOO_LONG: Row = (StatusCode::URI_TOO_LONG, "too-large", "Too long");
const HEAD_TOO_LARGE: Row = (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "too-large", "Too large");
const TOO_SLOW: Row = (StatusCode::REQUEST_TIMEOUT, "unavailable", "Too slow");
const PAST: Row = (StatusCode::UNPROCESSABLE_ENTITY, "bad-input", "Past");
const UNAVAILABLE: Row = (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable for now");
const BROKEN: Row = (StatusCode::INTERNAL_SERVER_ERROR, "unavailable", "Internal error");

const fn row(because: Because) -> Row {
    match because {
        Because::BadInput => (StatusCode::BAD_REQUEST, "bad-input", "Bad input"),
        Because::NotFound => NO_ROUTE,
        Because::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Forbidden"),
        Because::Held => (StatusCode::CONFLICT, "held", "Held by somebody else"),
        Because::State => (StatusCode::CONFLICT, "state", "Not possible in this state"),
        Because::Conflict => (StatusCode::CONFLICT, "conflict", "Conflict"),
        Because::Stale => (StatusCode::PRECONDITION_FAILED, "stale", "Changed since"),
    }
}

impl Problem {
    fn new((status, kind, title): Row, detail: &str, remedy: &str) -> Problem {
        Problem(Box::new(views::Problem {
            kind: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: sentence(detail),
            remedy: sentence(remedy),
            ..views::Problem::default()
        }))
    }

    /// No token, or one that is good for nothing.
    pub fn unauthorized(detail: &str) -> Problem {
        Problem::new(UNAUTHORIZED, detail, "Send `Authorization: Bearer lull_…` with a token that is still good.")
    }

    /// Nothing answers at this path.
    pub fn no_route() -> Problem {
        Problem::new(NO_ROUTE, "Nothing answers at this path.", "See `/openapi.json` for what does.")
    }

    /// Something answers at this path, but not to this method.
    pub fn no_method() -> Problem {
        Problem::new(NO_METHOD, "This path does not know that method.", "Use one that the header `Allow` names.")
    }

    /// The body is beyond the limit.
    pub fn too_large(limit: usize) -> Problem {
        let detail = format!("The body is larger than {} KiB.", limit / 1024);
        Problem::new(TOO_LARGE, &detail, "Send less at a time.")
    }

    /// A request with this key is being carried out.
    pub fn key_running() -> Problem {
        let detail = "A request with this idempotency key is being carried out at this moment.";
        Problem::new(KEY_RUNNING, detail, "Ask again in a moment, with the same key and body.")
    }

    /// A request with this key and another body was carried out.
    pub fn key_reused() -> Problem {
        let detail = "Another body was sent with this idempotency key, and carried out.";
        Problem::new(KEY_REUSED, detail, "Send a new key with each change, or the same body with this one.")
    }

    /// A request with this key was carried out, and there is no answer to be had any more.
    pub fn key_spent(seq: u64) -> Problem {
        let detail = "The request with this idempotency key was carried out, and its answer was lost.";
        Problem::new(
            KEY_RUNNING,
            detail,
            &format!("See what it did: `/api/v1/events?after={}`.", seq.saturating_sub(1)),
        )
    }

    /// The URL is beyond the limit.
    pub fn uri_too_long(limit: usize) -> Problem {
        let detail = format!("The path and query are longer than {} KiB.", limit / 1024);
        Problem::new(URI_TOO_LONG, &detail, "Ask for less at a time.")
    }

    /// The headers are beyond the limit.
    pub fn head_too_large(limit: usize) -> Problem {
        let detail = format!("The headers are larger than {} KiB together.", limit / 1024);
        Problem::new(HEAD_TOO_LARGE, &detail, "Send fewer or shorter headers.")
    }

    /// The body did not come within its time.
    pub fn body_too_slow(slow: &impl std::fmt::Display) -> Problem {
        Problem::new(TOO_SLOW, &slow.to_string(), "Send all of it at once; nothing was done.")
    }

    /// A list in the body has more than it may.
    pub fn too_many(count: usize, max: usize) -> Problem {
        let detail = format!("{count} are more than the {max} allowed at a time.");
        Problem::new(TOO_LARGE, &detail, "Send fewer at a time.")
    }

    /// This field names a time that is over.
    pub fn past(field: &str) -> Problem {
        let remedy = "Ask about now, or later; the log tells what held.";
        let Problem(problem) =
            Problem::new(PAST, "That time is past: the gate knows what holds, not what held.", remedy);
        Problem(Box::new(views::Problem { field: Some(field.to_owned()), ..*problem }))
    }

    /// The answer took too long.
    pub fn too_slow() -> Problem {
        Problem::unavailable("The answer took too long.", "Look what became of it, then ask again.")
    }

    /// What it takes is not to be had for now.
    pub fn unavailable(detail: &str, remedy: &str) -> Problem {
        Problem::new(UNAVAILABLE, detail, remedy)
    }

    /// A mistake of ours.
    pub fn broken() -> Problem {
        Problem::new(BROKEN, "Something in Lull broke; its log says what.", "Report it, with the time and the request.")
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let Problem(problem) = Problem::new(row(refusal.because), &refusal.detail, &refusal.remedy);
        let holder = |holder: lull_domain::refusal::Holder| views::Holder {
            kind: holder.kind,
            name: holder.name,
            maintenance: holder.maintenance.to_string(),
            ends: holder.ends,
        };
        Problem(Box::new(views::Problem {
            field: refusal.field,
            state: refusal.state,
            possible: refusal.possible,
            holders: refusal.holders.into_iter().map(holder).collect(),
            revision: refusal.revision,
            ..*problem
        }))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match &error {
            StoreError::NotFound { .. } => {
                let gone = "Somebody took it away in between.";
                Refusal::new(Because::NotFound, gone, "Read the list again.").into()
            }
            StoreError::Conflict { .. } => {
                Refusal::new(Because::Conflict, "Another one has that already.", "Read it again, then try another.")
                    .into()
            }
            StoreError::Transient { .. } => {
                tracing::warn!(error = error.in_full(), "a request was not carried out");
                Problem::unavailable("The store cannot do it for now.", "Try again in a moment.")
            }
            StoreError::Unknown { .. } => {
                tracing::warn!(error = error.in_full(), "nobody knows whether a request was carried out");
                let detail = "The connection to the database was lost: nobody knows whether it was done.";
                Problem::unavailable(detail, "Look what became of it, then ask again.")
            }
            StoreError::Permanent { .. } | StoreError::Corrupt { .. } => {
                tracing::error!(error = error.in_full(), "a request could not be carried out");
                Problem::broken()
            }
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        match refused {
            Refused::Rule(refusal) => (*refusal).into(),
            Refused::Store(error) => error.into(),
            Refused::Overtaken => {
                let detail = "Others promised maintenance for the same time in the same moment, again and again.";
                Refusal::new(Because::Conflict, detail, "Ask again.").into()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(revision) = self.0.revision {
            headers.insert(header::ETAG, tag(revision));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Begins with a capital letter and ends with a full stop, as what people read does.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if !sentence.is_empty() && !sentence.ends_with(['.', '?', '!']) {
        sentence.push('.');
    }
    sentence
}
