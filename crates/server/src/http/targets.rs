//! Targets: listed, shown, added, changed, removed.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::params::{Listing, NewBanner, NewTarget, TargetChange};
use lull_api::views::{List, Target as View};
use lull_domain::estate::{Estate, Kind, Target};
use lull_domain::id::TargetId;
use lull_domain::path::Path;
use lull_domain::refusal::Refusal;

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::problem::Problem;
use super::segment::Segment;
use super::standing::modes;
use super::tag::{if_match, tag};
use crate::caller::{Caller, Reader};
use crate::core::{Core, Refused};
use crate::view;

/// The targets that you may see, by path.
#[utoipa::path(get, path = "/api/v1/targets", operation_id = "list_targets", tag = "targets", params(Listing),
    responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let estate = app.core.estate();
    let (found, next) = page(&estate, &caller, &asked)?;
    let modes = app.core.store.read(modes).await?;
    let reader = Reader { estate: &estate, caller: &caller };
    let items = found.into_iter().map(|target| reader.target(view::target(target, &estate, &modes))).collect();
    Ok(Json(List { items, next }))
}

/// Adds a target.
#[utoipa::path(post, path = "/api/v1/targets", operation_id = "add_target", tag = "targets", request_body = NewTarget,
    responses((status = 201, body = View, headers(
        ("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its revision.")))))]
pub async fn add(State(app): State<Arc<App>>, caller: Caller, Body(new): Body<NewTarget>) -> Result<Response, Problem> {
    let target = app.core.add_target(&caller, new).await?;
    answered(&app, &caller, &target, StatusCode::CREATED).await
}

/// One target.
#[utoipa::path(get, path = "/api/v1/targets/{id}", operation_id = "get_target", tag = "targets",
    params(("id" = String, Path, description = "The id of the target.")), 
    responses((status = 200, body = View, headers(("ETag" = String, description = "Its revision.")))))]
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<Response, Problem> {
    let estate = app.core.estate();
    let target = estate.target(named(&id)?).filter(|target| caller.sees(&estate, target.id));
    answered(&app, &caller, target.ok_or_else(|| Core::not_found("target"))?, StatusCode::OK).await
}

/// Changes a target; where its path changes, what is below moves with it.
#[utoipa::path(patch, path = "/api/v1/targets/{id}", operation_id = "change_target", tag = "targets",
    params(("id" = String, Path, description = "The id of the target.")), request_body = TargetChange,
    responses((status = 200, body = View, headers(("ETag" = String, description = "Its revision.")))))]
pub async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    headers: HeaderMap,
    Body(to): Body<TargetChange>,
) -> Result<Response, Problem> {
    let target = app.core.change_target(&caller, named(&id)?, to, if_match(&headers)).await?;
    answered(&app, &caller, &target, StatusCode::OK).await
}

/// Puts up a banner that members see on the target, or takes it down; it restricts nothing.
#[utoipa::path(put, path = "/api/v1/targets/{id}/banner", operation_id = "set_banner", tag = "targets",
    params(("id" = String, Path, description = "The id of the target.")), request_body = NewBanner,
    responses((status = 200, body = View, headers(("ETag" = String, description = "Its revision.")))))]
pub async fn banner(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    headers: HeaderMap,
    Body(to): Body<NewBanner>,
) -> Result<Response, Problem> {
    let target = app.core.set_banner(&caller, named(&id)?, to, if_match(&headers)).await?;
    answered(&app, &caller, &target, StatusCode::OK).await
}

/// Removes a target that nothing is below, needs, or holds.
#[utoipa::path(delete, path = "/api/v1/targets/{id}", operation_id = "remove_target", tag = "targets",
    params(("id" = String, Path, description = "The id of the target.")), responses((status = 204, description = "It is gone.")))]
pub async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    app.core.remove_target(&caller, named(&id)?, if_match(&headers)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn named(id: &str) -> Result<TargetId, Refusal> {
    id.parse().map_err(|_| Core::not_found("target"))
}

/// The answer that shows a target, with its revision as its tag.
///
/// # Errors
/// What the store gives.
pub async fn answered(app: &App, caller: &Caller, target: &Target, status: StatusCode) -> Result<Response, Problem> {
    let estate = app.core.estate();
    let modes = app.core.store.read::<_, Refused, _>(|tx| Ok(modes(tx)?)).await?;
    let view = Reader { estate: &estate, caller }.target(view::target(target, &estate, &modes));
    let mut response = (status, [(header::ETAG, tag(target.revision))], Json(&view)).into_response();
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::from_str(&format!("/api/v1/targets/{}", view.id))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// One page of what is asked for and the caller may see.
fn page<'a>(estate: &'a Estate, caller: &Caller, asked: &Asked) -> Result<(Vec<&'a Target>, Option<String>), Refusal> {
    let (under, limit) = (asked.under(estate)?, asked.limit()?);
    let after: Option<Path> = asked.cursor()?;
    let exact: Option<Path> = asked.0.path.as_ref().map(|text| text.parse()).transpose()?;
    let kind: Option<Kind> = asked.0.kind.as_ref().map(|kind| kind.parse()).transpose()?;
    let labels = asked.labels()?;
    let bears = |target: &Target| labels.iter().all(|(key, value)| target.labels.get(key) == Some(value));
    let seen = |target: &&Target| {
        under.covers(&target.path)
            && kind.is_none_or(|kind| kind == target.kind)
            && bears(target)
            && exact.as_ref().is_none_or(|exact| *exact == target.path)
            && after.as_ref().is_none_or(|after| *after < target.path)
            && caller.sees(estate, target.id)
    };
    let from = exact.as_ref().unwrap_or(&under).clone();
    let mut found: Vec<&Target> =
        estate.targets().skip_while(|target| target.path < from).filter(seen).take(limit + 1).collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|target| asked.next(&target.path));
    Ok((found, next))
}
