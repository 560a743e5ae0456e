//! Feeds: made, listed and revoked with a token; read without one, by whoever has the link.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::params::{Listing, NewFeed};
use lull_api::views::{Feed as View, List, Problem as ProblemView};
use lull_domain::id::FeedId;
use lull_store::Feed;
use serde_json::Value;

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::keyed::Instead;
use super::problem::Problem;
use super::segment::Segment;
use crate::caller::Caller;
use crate::core::Core;
use crate::feeds::{self, Link, Shown};
use crate::passes::is_secret;
use crate::tokens::hash;
use crate::view;

/// How long a copy may be shown without asking again.
const FRESH: u32 = 60;

/// Makes a feed: a calendar of the maintenances of a part of the estate, for whoever has its link.
///
/// The link of a secret one is in this answer alone; it shows what its maker may see whenever it is read. A public one shows
/// texts and times of that part, and takes an administrator there.
#[utoipa::path(post, path = "/api/v1/feeds", operation_id = "create_feed", tag = "feeds", request_body = NewFeed,
    responses((status = 201, body = View, headers(("Location" = String, description = "Where it is revoked.")))))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewFeed>,
) -> Result<Response, Problem> {
    let made = app.core.make_feed(&caller, new).await?;
    Ok(answered(&app, &made.feed, Some(made.url)))
}

/// The feeds, oldest first: your own, public ones, and all where you are an administrator. Links of secret ones are not shown.
#[utoipa::path(get, path = "/api/v1/feeds", operation_id = "list_feeds", tag = "feeds", params(Listing),
    responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let estate = app.core.estate();
    let under = asked.under(&estate)?;
    let feeds = app.core.feeds(&caller).await?;
    let wanted = |feed: &&Feed| match estate.target(feed.target) {
        Some(target) => under.covers(&target.path),
        None => under.is_root(),
    };
    let shown = |feed: &Feed| (feed.id.to_string(), view::feed(feed, None, &estate));
    Ok(Json(asked.page(feeds.iter().filter(wanted).map(shown))?))
}

/// Takes a feed away: its link answers nobody any more.
#[utoipa::path(delete, path = "/api/v1/feeds/{id}", operation_id = "revoke_feed", tag = "feeds",
    params(("id" = String, Path, description = "The id of the feed.")),
    responses((status = 204, description = "It is gone.")))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<StatusCode, Problem> {
    let id: FeedId = id.parse().map_err(|_| Core::not_found("feed"))?;
    app.core.revoke_feed(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The calendar behind a secret link.
#[utoipa::path(get, path = "/feeds/{file}", operation_id = "read_feed", tag = "feeds",
    params(("file" = String, Path, description = "The secret, and `.ics`.")),
    responses((status = 200, content_type = "text/calendar", body = String,
            headers(("ETag" = String, description = "Another one whenever the calendar is."))),
        (status = 304, description = "It is as it was."),
        (status = 404, content_type = "application/problem+json", body = ProblemView, description = "No such feed.")))]
pub async fn secret(State(app): State<Arc<App>>, Segment(file): Segment<String>) -> Result<Response, Problem> {
    let secret = file.strip_suffix(".ics").filter(|secret| is_secret(secret)).ok_or_else(gone)?;
    Ok(calendar(read(&app, Link::Secret(hash(secret))).await?, "private"))
}

/// The calendar of a public feed.
#[utoipa::path(get, path = "/feeds/public/{file}", operation_id = "read_public_feed", tag = "feeds",
    params(("file" = String, Path, description = "The id of the feed, and `.ics`.")),
    responses((status = 200, content_type = "text/calendar", body = String,
            headers(("ETag" = String, description = "Another one whenever the calendar is."))),
        (status = 304, description = "It is as it was."),
        (status = 404, content_type = "application/problem+json", body = ProblemView, description = "No such feed.")))]
pub async fn public(State(app): State<Arc<App>>, Segment(file): Segment<String>) -> Result<Response, Problem> {
    let id = file.strip_suffix(".ics").and_then(|id| id.parse().ok()).ok_or_else(gone)?;
    Ok(calendar(read(&app, Link::Public(id)).await?, "public"))
}

async fn read(app: &App, link: Link) -> Result<Shown, Problem> {
    feeds::read(&app.core, &app.feeds, link).await?.ok_or_else(|| gone().into())
}

fn gone() -> lull_domain::refusal::Refusal {
    Core::not_found("feed")
}

fn calendar(shown: Shown, whose: &str) -> Response {
    let mut response = shown.text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    for (name, value) in
        [(header::ETAG, format!("\"{}\"", shown.tag)), (header::CACHE_CONTROL, format!("{whose}, max-age={FRESH}"))]
    {
        headers.extend(HeaderValue::try_from(value).map(|value| (name, value)));
    }
    response
}

/// The answer to a request whose entry in the log has this body: the feed as it stands now, or that it is gone.
///
/// # Errors
/// It was revoked since; what the store gives.
pub async fn again(app: &App, body: &Value) -> Result<Response, Problem> {
    if body.get("revoked").is_some() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let id: Option<FeedId> = body.pointer("/made/id").and_then(|id| id.as_str()?.parse().ok());
    let id = id.ok_or_else(gone)?;
    let feed = app.core.store.read(move |tx| tx.feed(id)).await?.ok_or_else(gone)?;
    Ok(answered(app, &feed, None))
}

/// The answer that shows a new feed. Its secret is shown once, and not kept under a key.
fn answered(app: &App, feed: &Feed, url: Option<String>) -> Response {
    let estate = app.core.estate();
    let mut response = (StatusCode::CREATED, Json(view::feed(feed, url, &estate))).into_response();
    let kept = serde_json::to_vec(&view::feed(feed, None, &estate)).unwrap_or_default();
    response.extensions_mut().insert(Instead(kept.into()));
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/feeds/{}", feed.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}
