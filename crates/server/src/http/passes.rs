//! Passes: made, listed and revoked here; opened at the door.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::params::{Listing, NewPass};
use lull_api::views::{List, Pass as View};
use lull_domain::id::PassId;
use lull_store::Pass;
use serde_json::Value;

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::keyed::Instead;
use super::problem::Problem;
use super::segment::Segment;
use crate::caller::Caller;
use crate::core::Core;
use crate::view;

/// Makes a pass for whoever opens its link first; this is the only answer that holds it.
///
/// It lets one past the maintenance that keeps people out of the target now, there and below, until that is over. Where several
/// do, it is for the strictest.
#[utoipa::path(post, path = "/api/v1/gate/passes", operation_id = "create_pass", tag = "gate", request_body = NewPass,
    responses((status = 201, body = View, headers(("Location" = String, description = "Where it is revoked.")))))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewPass>,
) -> Result<Response, Problem> {
    let made = app.core.make_pass(&caller, new).await?;
    Ok(answered(&app, &made.pass, Some(made.link), StatusCode::CREATED))
}

/// The passes that are good now, oldest first, without their links; those that you may make.
#[utoipa::path(get, path = "/api/v1/gate/passes", operation_id = "list_passes", tag = "gate", params(Listing),
    responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let estate = app.core.estate();
    let (under, of) = (asked.under(&estate)?, asked.maintenance()?);
    let passes = app.core.passes(&caller).await?;
    let wanted = |pass: &&Pass| {
        of.is_none_or(|of| of == pass.maintenance)
            && estate.target(pass.target).is_some_and(|target| under.covers(&target.path))
    };
    let shown = |pass: &Pass| (pass.id.to_string(), view::pass(pass, None, &estate));
    Ok(Json(asked.page(passes.iter().filter(wanted).map(shown))?))
}

/// Makes a pass good for nothing: its link, and the cookie that it was changed for. The gate may know it for another second.
#[utoipa::path(delete, path = "/api/v1/gate/passes/{id}", operation_id = "revoke_pass", tag = "gate",
    params(("id" = String, Path, description = "The id of the pass.")), responses((status = 200, body = View)))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<Json<View>, Problem> {
    let id: PassId = id.parse().map_err(|_| Core::not_found("pass"))?;
    let pass = app.core.revoke_pass(&caller, id).await?;
    Ok(Json(view::pass(&pass, None, &app.core.estate())))
}

/// The answer to a request whose entry in the log has this body, as the pass stands now.
///
/// # Errors
/// It is forgotten; what the store gives.
pub async fn again(app: &App, body: &Value) -> Result<Response, Problem> {
    let (status, done) = match body.get("made") {
        Some(made) => (StatusCode::CREATED, Some(made)),
        None => (StatusCode::OK, body.get("revoked")),
    };
    let id = done.and_then(|pass| pass["id"].as_str()?.parse::<PassId>().ok());
    let id = id.ok_or_else(|| Core::not_found("pass"))?;
    let pass = app.core.store.read(move |tx| tx.pass(id)).await?.ok_or_else(|| Core::not_found("pass"))?;
    Ok(answered(app, &pass, None, status))
}

/// The answer that shows a pass. Its link is shown once, and not kept under a key.
fn answered(app: &App, pass: &Pass, link: Option<String>, status: StatusCode) -> Response {
    let estate = app.core.estate();
    let mut response = (status, Json(view::pass(pass, link, &estate))).into_response();
    let kept = serde_json::to_vec(&view::pass(pass, None, &estate)).unwrap_or_default();
    response.extensions_mut().insert(Instead(kept.into()));
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::from_str(&format!("/api/v1/gate/passes/{}", pass.id))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}
