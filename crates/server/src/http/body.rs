//! Reads the body of a request as JSON, and says precisely what is odd about it.
use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use lull_domain::refusal::{Because, Refusal};
use serde::de::DeserializeOwned;

use super::listener::TooSlow;
use super::problem::Problem;

/// How large a body may be.
pub const BODY_MAX: usize = 256 * 1024;

/// A body that must be there, of at most so many bytes.
pub struct Body<T, const MAX: usize = BODY_MAX>(pub T);

/// A body that may be left out where it would say nothing.
pub struct OrEmpty<T>(pub T);

impl<S: Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for Body<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Body<T, MAX>, Problem> {
        let (headers, bytes) = received(request, MAX).await?;
        is_json(&headers)?;
        Ok(Body(parsed(&bytes)?))
    }
}

impl<S: Sync, T: DeserializeOwned + Default> FromRequest<S> for OrEmpty<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<OrEmpty<T>, Problem> {
        let (headers, bytes) = received(request, BODY_MAX).await?;
        if bytes.is_empty() {
            return Ok(OrEmpty(T::default()));
        }
        is_json(&headers)?;
        Ok(OrEmpty(parsed(&bytes)?))
    }
}

/// The body of a request, whole.
///
/// # Errors
/// Too large, or too slow.
pub async fn received(request: Request, max: usize) -> Result<(HeaderMap, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > max) {
        return Err(Problem::too_large(max));
    }
    let bytes = to_bytes(body, max).await.map_err(|error| unread(&error, max))?;
    Ok((parts.headers, bytes))
}

/// Why a body was not read: it came too slowly, or is too large.
fn unread(error: &(dyn std::error::Error + 'static), max: usize) -> Problem {
    let causes = std::iter::successors(Some(error), |error| error.source());
    match causes.into_iter().find_map(|cause| cause.downcast_ref::<TooSlow>()) {
        Some(slow) => Problem::body_too_slow(slow),
        None => Problem::too_large(max),
    }
}

/// `application/json`, whatever parameters follow (RFC 8259, 11).
fn is_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = match kind {
        "" => "The request does not say what its body is.".to_owned(),
        kind => format!("A body of the type `{}` is not understood.", shown(kind)),
    };
    Err(Refusal::new(Because::BadInput, detail, "Send JSON, with `Content-Type: application/json`."))
}

fn parsed<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refusal> {
    // A list could be read as an object whose fields come in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Refusal::new(Because::BadInput, "The body is no JSON object", "Send one JSON object."));
    }
    match Json::<T>::from_bytes(bytes) {
        Ok(Json(body)) => Ok(body),
        Err(JsonRejection::JsonDataError(error)) => Err(misfit(&beneath(&error))),
        Err(error) => {
            let said = beneath(&error);
            let detail = format!("The body is no JSON: {}.", placed(&said).1);
            Err(Refusal::new(Because::BadInput, detail, "Send one JSON object."))
        }
    }
}

/// The innermost thing that an error says of itself with its path, without what the framework says around it.
pub fn beneath(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // The error with the path tells more than the one beneath it.
        if said.ends_with(&text) && !is_framework(&said) {
            break;
        }
        said = text;
        next = cause.source();
    }
    said
}

fn is_framework(said: &str) -> bool {
    said.starts_with("Failed to")
}

/// How serde begins what it says of a value that does not fit.
const BEGINNINGS: [&str; 8] = [
    "missing field `",
    "unknown field `",
    "duplicate field `",
    "unknown variant `",
    "invalid type: ",
    "invalid value: ",
    "invalid length ",
    "invalid digit ",
];

/// The place, if it is told, and what is odd there.
fn placed(said: &str) -> (&str, &str) {
    let known = BEGINNINGS.iter().filter_map(|begin| said.find(begin)).min();
    let other = || said.find(": ").filter(|at| !said[..*at].contains(' ')).map(|at| at + 2);
    let (path, what) = said.split_at(known.or_else(other).unwrap_or(0));
    (path.trim_end_matches(": ").trim_matches('.'), what)
}

/// A value that does not fit, with its place: `scope.include[0]: missing field `under` at line 1 column 30`.
pub fn misfit(said: &str) -> Refusal {
    let (path, what) = placed(said);
    let what = what.rsplit_once(" at line ").map_or(what, |(what, _)| what);
    let named = what.split('`').nth(1).unwrap_or_default();
    let refused = |field: String, detail: String, remedy: String| {
        let refusal = Refusal::new(Because::BadInput, detail, remedy);
        if field.is_empty() { refusal } else { refusal.at(field) }
    };
    if what.starts_with("missing field") {
        let field = if path.is_empty() { named.to_owned() } else { format!("{path}.{named}") };
        return refused(field, format!("The field `{named}` is missing."), format!("Give `{named}`."));
    }
    if what.starts_with("unknown field") {
        let known = what.split_once(", ").map_or("", |(_, known)| known);
        let remedy = match known.strip_prefix("expected ") {
            Some(known) => format!("Use {known}."),
            None => "Leave it out.".to_owned(),
        };
        return refused(path.to_owned(), format!("There is no field `{}` here.", shown(named)), remedy);
    }
    if what.starts_with("duplicate field") {
        return refused(path.to_owned(), format!("The field `{named}` stands there twice."), "Leave one out.".into());
    }
    let (found, expected) = what.split_once(", expected ").unwrap_or((what, ""));
    let remedy =
        if expected.is_empty() { "Look it up in `/openapi.json`.".into() } else { format!("Give {expected}.") };
    refused(path.to_owned(), format!("{}.", shown(found)), remedy)
}

/// What a message shows of text that came from outside.
pub fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(80).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use lull_api::params::{NewMaintenance, NewUpdate};

    use super::*;

    fn refused<T: DeserializeOwned>(body: &str) -> (Option<String>, String, String) {
        let refusal = parsed::<T>(&Bytes::copy_from_slice(body.as_bytes())).err().expect("this body is odd");
        (refusal.field, refusal.detail, refusal.remedy)
    }

    #[test]
    fn what_is_odd_is_named_by_its_place() {
        let (field, detail, _) = refused::<NewMaintenance>(r#"{"scope": {"include": []}}"#);
        assert_eq!((field.as_deref(), detail.as_str()), (Some("title"), "The field `title` is missing."));
        let (field, ..) = refused::<NewMaintenance>(r#"{"title": "t", "scope": {"include": [{"under": "a"}, {}]}}"#);
        assert_eq!(field.as_deref(), Some("scope.include[1].under"));
        let (field, detail, remedy) = refused::<NewUpdate>(r#"{"text": "t", "procent": 5}"#);
        assert_eq!((field.as_deref(), detail.as_str()), (Some("procent"), "There is no field `procent` here."));
        assert_eq!(remedy, "Use one of `text`, `percent`, `expected_end`.");
        let (field, detail, remedy) = refused::<NewMaintenance>(r#"{"title": 5, "scope": {"include": []}}"#);
        assert_eq!((field.as_deref(), detail.as_str()), (Some("title"), "invalid type: integer `5`."));
        assert_eq!(remedy, "Give a string.");
        let (field, detail, _) = refused::<NewUpdate>(r#"{"text": "t", "percent": 300}"#);
        assert_eq!((field.as_deref(), detail.as_str()), (Some("percent"), "invalid value: integer `300`."));
        let (field, detail, _) = refused::<NewUpdate>(r#"{"text": "#);
        assert_eq!(field, None);
        assert!(detail.starts_with("The body is no JSON: EOF while parsing"), "{detail}");
    }
}
