//! The operation mode of a product, set as other systems set it.
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use lull_api::params::OperationMode;
use lull_api::views::ModeChanged;
use lull_domain::estate::{Estate, Kind, Target};
use lull_domain::id::MaintenanceId;
use lull_domain::refusal::Refusal;

use super::App;
use super::body::{Body, shown};
use super::problem::Problem;
use super::read;
use super::segment::Segment;
use crate::caller::Caller;
use crate::core::Core;
use crate::operation_mode::{Mode, Wish};

/// How long a reason may be.
const REASON_MAX: usize = 10_000;

/// Sets the operation mode of a product. Who calls decides under whose hand it runs.
#[utoipa::path(put, path = "/api/environments/{environmentId}/product-deployments/{productDeploymentId}/operation-mode",
    operation_id = "set_operation_mode", tag = "operation mode",
    params(("environmentId" = String, Path, description = "The id of a target, or its id in another system."),
        ("productDeploymentId" = String, Path, description = "The same, of a product below it.")),
    request_body = OperationMode, responses((status = 200, body = ModeChanged)))]
pub async fn set(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment((environment, product)): Segment<(String, String)>,
    Body(body): Body<OperationMode>,
) -> Result<Json<ModeChanged>, Problem> {
    let estate = app.core.estate();
    let product = product_in(&estate, &caller, &environment, &product)?;
    let mode = Mode::named(&body.mode).ok_or_else(|| {
        let detail = format!("`{}` is no operation mode", shown(&body.mode));
        Refusal::input("mode", detail, "Use Maintenance or Normal.")
    })?;
    let wish = Wish { product: product.id, mode, reason: read::text("reason", body.reason, REASON_MAX)? };
    Ok(Json(app.core.set_operation_mode(&caller, wish).await?))
}

/// The answer to a wish that began or ended this maintenance, as it stands now.
///
/// # Errors
/// The product is gone, or hidden now; what the store gives.
pub async fn again(
    app: &Arc<App>,
    caller: &Caller,
    parts: &Parts,
    (maintenance, began): (MaintenanceId, bool),
) -> Result<Response, Problem> {
    let Segment((environment, product)): Segment<(String, String)> =
        Segment::from_request_parts(&mut parts.clone(), app).await?;
    let product = product_in(&app.core.estate(), caller, &environment, &product)?.id;
    let mode = if began { Mode::Maintenance } else { Mode::Normal };
    let wish = Wish { product, mode, reason: None };
    Ok(Json(app.core.operation_mode_was_set(caller, &wish, maintenance).await?).into_response())
}

/// The product below this environment, if the caller sees both.
fn product_in<'a>(
    estate: &'a Estate,
    caller: &Caller,
    environment: &str,
    product: &str,
) -> Result<&'a Target, Refusal> {
    let named = |text: &str| {
        let by_id = text.parse().ok().and_then(|id| estate.target(id));
        let found = by_id.or_else(|| estate.by_external_id(text));
        found.filter(|target| caller.sees(estate, target.id))
    };
    let is_one = |target: &&Target| target.kind == Kind::Environment;
    let environment = named(environment).filter(is_one).ok_or_else(|| Core::not_found("environment"))?;
    let is_there = |target: &&Target| target.kind == Kind::Product && environment.path.covers(&target.path);
    named(product).filter(is_there).ok_or_else(|| Core::not_found("product in this environment"))
}
