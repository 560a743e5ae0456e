//! `ETag`, `If-Match`, `If-None-Match`: what a change was decided on, and whether there is anything new to read.
//!
//! A tag is the revision of what people decide. Where it is read, a digest of what is shown follows behind a dot, as the
//! engine goes on without a new revision: `"3"`, `"3.b1946ac9"`. `If-Match` looks at the revision alone, so that progress is
//! in nobody's way.
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lull_domain::plan::hex;
use lull_domain::refusal::{Because, Refusal};
use sha2::{Digest, Sha256};

/// How many bytes of a digest stand in a tag.
const DIGEST: usize = 8;

/// The tag of this revision.
pub fn tag(revision: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{revision}\"")).expect("a number in quotes is a header's value")
}

/// The revision that a change was decided on, if the request names one (RFC 9110, 13.1.1). A tag that none of ours could be
/// is that of revision 0, which nothing has: what else is odd about a request is said first (RFC 9110, 13.2.1).
pub fn if_match(headers: &HeaderMap) -> Option<u64> {
    let given = headers.get(header::IF_MATCH)?.to_str().unwrap_or_default().trim();
    if given == "*" {
        return None;
    }
    let inner = given.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    Some(inner.and_then(|inner| inner.split('.').next()?.parse().ok()).unwrap_or(0))
}

/// Refuses what was decided on another revision than this one.
///
/// # Errors
/// Stale.
pub fn is_current(present: u64, decided_on: Option<u64>) -> Result<(), Refusal> {
    let (detail, remedy) = match decided_on {
        Some(0) => {
            let detail =
                format!("The header `If-Match` names no revision that there could be; its revision is {present}.");
            (detail, "Send one tag as `ETag` gave it, in its quotes.")
        }
        Some(old) if old != present => {
            let detail = format!("It has been changed since: you decided on revision {old}, and it has {present} now.");
            (detail, "Read it again, and decide on what it says now.")
        }
        Some(_) | None => return Ok(()),
    };
    Err(Refusal { revision: Some(present), ..Refusal::new(Because::Stale, detail, remedy) })
}

/// Completes the tag of what is read, and answers only that nothing is new where that is so (RFC 9110, 13.1.2).
pub async fn conditional(request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let Some(tag) = response.headers().get(header::ETAG).cloned() else { return response };
    let (tag, mut response) = digested(tag, response).await;
    if response.status().is_success() && known.is_some_and(|known| names(&known, &tag)) {
        let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
        unchanged.headers_mut().insert(header::ETAG, tag);
        // What may be kept goes on to be (RFC 9110, 15.4.5).
        unchanged
            .headers_mut()
            .extend(response.headers_mut().remove(header::CACHE_CONTROL).map(|kept| (header::CACHE_CONTROL, kept)));
        return unchanged;
    }
    response.headers_mut().insert(header::ETAG, tag);
    response
}

/// The answer, and its tag with a digest where it is a revision.
async fn digested(tag: HeaderValue, response: Response) -> (HeaderValue, Response) {
    let revision = tag.to_str().ok().and_then(|tag| tag.trim_matches('"').parse::<u64>().ok());
    let Some(revision) = revision.filter(|_| response.status().is_success()) else { return (tag, response) };
    let (parts, body) = response.into_parts();
    // What bears the tag of a revision is one view, in memory already.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let digest = hex(&Sha256::digest(&bytes)[..DIGEST]);
    let tag = HeaderValue::from_str(&format!("\"{revision}.{digest}\"")).unwrap_or(tag);
    (tag, Response::from_parts(parts, Body::from(bytes)))
}

/// Whether a list of tags names this one, weakly or not.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let tag = tag.to_str().unwrap_or_default();
    let listed = |known: &str| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag);
    known.to_str().is_ok_and(|known| known.trim() == "*" || listed(known))
}
