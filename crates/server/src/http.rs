//! The HTTP API: its routes, and the document that is made of the same routes.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::core::Core;
use crate::door::Door;

mod asked;
mod bearer;
mod body;
mod commands;
mod document;
pub mod draft;
mod engagements;
mod events;
mod gate;
mod health;
mod hidden;
mod jobs;
mod logs;
mod maintenances;
mod operation_mode;
mod passes;
mod plan;
mod problem;
pub mod read;
mod segment;
pub mod standing;
mod targets;
mod tokens;
mod workloads;

pub use body::shown;
pub use problem::Problem;

/// How long an answer may take; a stream of events has begun by then.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What the routes share.
pub struct App {
    /// What every part of the server shares.
    pub core: Arc<Core>,
    /// What proxies and visitors ask, here where it has no listener of its own.
    pub door: Arc<Door>,
    ready: AtomicBool,
}

impl App {
    /// Routes over this core; not ready until the engine says so.
    pub fn new(core: Arc<Core>) -> App {
        let door = Arc::new(Door::new(Arc::clone(&core)));
        App { core, door, ready: AtomicBool::new(false) }
    }

    /// The engine has been through everything once.
    pub fn is_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }
}

/// The API, ready to be served.
pub fn router(app: Arc<App>) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .fallback(elsewhere)
        .method_not_allowed_fallback(|| async { Problem::no_method() })
        .layer(middleware::from_fn(carried_through))
        .layer(middleware::from_fn(not_kept))
        .with_state(app)
}

/// The OpenAPI 3.1 document, as it is committed.
pub fn openapi() -> String {
    document::printed(routes().split_for_parts().1)
}

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(document::frame())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::openapi))
        .routes(routes!(targets::list, targets::add))
        .routes(routes!(targets::one, targets::change, targets::remove))
        .routes(routes!(targets::banner))
        .routes(routes!(maintenances::list, maintenances::create))
        .routes(routes!(maintenances::one, maintenances::edit, maintenances::remove))
        .routes(routes!(commands::schedule))
        .routes(routes!(commands::start))
        .routes(routes!(commands::extend))
        .routes(routes!(commands::exclude))
        .routes(routes!(commands::update))
        .routes(routes!(commands::verify))
        .routes(routes!(commands::reenter))
        .routes(routes!(commands::complete))
        .routes(routes!(commands::cancel))
        .routes(routes!(commands::retry))
        .routes(routes!(commands::accept))
        .routes(routes!(plan::plan))
        .routes(routes!(engagements::list))
        .routes(routes!(workloads::list))
        .routes(routes!(jobs::stop))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::one))
        .routes(routes!(logs::orders))
        .routes(routes!(events::list))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(operation_mode::set))
        .routes(routes!(gate::check))
        .routes(routes!(gate::at))
        .routes(routes!(passes::create))
}

/// What no route is for: the door's, or nobody's.
async fn elsewhere(State(app): State<Arc<App>>, request: Request) -> Response {
    match Door::knows(request.uri().path()) {
        true => app.door.answer(&request.map(drop)).await.map(Body::new),
        false => Problem::no_route().into_response(),
    }
}

/// Carries a request through, also when whoever asked hangs up or has waited too long: no change is left half done.
async fn carried_through(request: Request, next: Next) -> Response {
    let answer = tokio::spawn(next.run(request));
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panicked)) => {
            tracing::error!(error = %panicked, "a request broke");
            Problem::broken().into_response()
        }
        Err(_) => Problem::too_slow().into_response(),
    }
}

/// Answers are for whoever asked, and only for now.
async fn not_kept(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
