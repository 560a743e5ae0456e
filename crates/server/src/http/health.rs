//! Whether the server lives, is ready, and what it answers: asked by machines, without a token.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::views::Health;

use super::App;

/// The process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "healthz", tag = "server", responses((status = 200, body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(health("ok"))
}

/// The store can be read, and the engine has looked at everything that is stored.
#[utoipa::path(get, path = "/readyz", operation_id = "readyz", tag = "server",
    responses((status = 200, body = Health), (status = 503, body = Health, description = "Not yet, or not now.")))]
pub async fn readyz(State(app): State<Arc<App>>) -> Response {
    let store = app.core.store.read(|tx| tx.head()).await;
    let status = match (store, app.ready.load(Ordering::Acquire)) {
        (Ok(_), true) => return Json(health("ok")).into_response(),
        (Ok(_), false) => "starting: the engine has not looked at everything yet",
        (Err(_), _) => "the store cannot be read",
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(health(status))).into_response()
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "server",
    responses((status = 200, content_type = "application/json", body = Object)))]
pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], super::openapi()).into_response()
}

fn health(status: &str) -> Health {
    Health { status: status.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
