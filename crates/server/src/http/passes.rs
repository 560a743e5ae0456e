//! Passes: made here, opened at the door.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lull_api::params::NewPass;
use lull_api::views::Pass as View;

use super::App;
use super::body::Body;
use super::keyed::Instead;
use super::problem::Problem;
use crate::caller::Caller;
use crate::view::{instant, path};

/// Makes a pass for whoever opens its link first; this is the only answer that holds it.
///
/// It lets one past the maintenance that keeps people out of the target now, there and below, until that is over. Where several
/// do, it is for the strictest.
#[utoipa::path(post, path = "/api/v1/gate/passes", operation_id = "create_pass", tag = "gate", request_body = NewPass,
    responses((status = 201, body = View)))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewPass>,
) -> Result<Response, Problem> {
    let made = app.core.make_pass(&caller, new).await?;
    let view = View {
        id: made.pass.id.to_string(),
        target: path(&app.core.estate(), made.pass.target),
        maintenance: made.pass.maintenance.to_string(),
        link: made.link,
        good_until: instant(made.pass.good_until),
    };
    // Its secret is shown once, and not kept under a key.
    let kept = serde_json::to_vec(&View { link: String::new(), ..view.clone() }).unwrap_or_default();
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    response.extensions_mut().insert(Instead(kept.into()));
    Ok(response)
}
