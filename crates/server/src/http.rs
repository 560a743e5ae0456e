//! The HTTP API: its routes, and the document that is made of the same routes.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use lull_domain::Instant;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock;
use crate::core::Core;
use crate::door::Door;

mod asked;
mod asking;
mod bearer;
mod body;
mod calendars;
mod commands;
mod cursor;
mod docs;
mod document;
pub mod draft;
mod engagements;
mod events;
mod feeds;
mod gate;
mod health;
mod hidden;
mod jobs;
mod keyed;
mod limits;
mod listener;
mod logs;
mod maintenances;
mod metrics;
mod notices;
mod operation_mode;
mod passes;
mod plan;
mod problem;
pub mod read;
mod recurrences;
mod segment;
mod series;
mod slots;
pub mod standing;
mod tag;
mod targets;
mod tokens;
mod workloads;

pub use body::shown;
pub use gate::action;
pub use listener::{Limits, serve};
pub use maintenances::edits;
pub use problem::Problem;
pub use tag::is_current;

use asking::Remembered;

/// How long an answer may take; a stream of events has begun by then.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How long path and query of a request may be.
const URI_MAX: usize = 8 * 1024;
/// How large the headers of a request may be together.
const HEAD_MAX: usize = 32 * 1024;

/// What the routes share.
pub struct App {
    /// What every part of the server shares.
    pub core: Arc<Core>,
    /// What proxies and visitors ask, here where it has no listener of its own.
    pub door: Arc<Door>,
    remembered: Remembered,
    running: keyed::Running,
    /// Feeds as they were made last.
    feeds: Arc<crate::feeds::Kept>,
    started_at: Instant,
    ready: AtomicBool,
}

impl App {
    /// Routes over this core; not ready until the engine says so.
    pub fn new(core: Arc<Core>) -> App {
        let door = Arc::new(Door::new(Arc::clone(&core)));
        App {
            core,
            door,
            remembered: Remembered::default(),
            running: keyed::Running::default(),
            feeds: Arc::default(),
            started_at: clock::now(),
            ready: AtomicBool::new(false),
        }
    }

    /// The engine has been through everything once.
    pub fn is_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }
}

/// The API, ready to be served.
pub fn router(app: Arc<App>) -> Router {
    routes_alone(&app)
        .fallback_service(Router::new().fallback(elsewhere).with_state(Arc::clone(&app)))
        .method_not_allowed_fallback(|| async { Problem::no_method() })
        .layer(middleware::from_fn(tag::conditional))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), keyed::keyed))
        .layer(middleware::from_fn(carried_through))
        .layer(middleware::from_fn(bounded))
        .layer(middleware::from_fn(not_kept))
        .layer(middleware::from_fn(metrics::counted))
}

/// The routes, without what is around all of them.
fn routes_alone(app: &Arc<App>) -> Router {
    routes().split_for_parts().0.merge(docs::routes()).with_state(Arc::clone(app))
}

/// The OpenAPI 3.1 document, as it is committed.
pub fn openapi() -> String {
    document::printed(routes().split_for_parts().1)
}

/// The method and the path of each operation.
fn operations() -> BTreeSet<(String, String)> {
    let mut operations = BTreeSet::new();
    for (path, item) in routes().split_for_parts().1.paths.paths {
        let methods =
            [("GET", item.get), ("PUT", item.put), ("POST", item.post), ("DELETE", item.delete), ("PATCH", item.patch)];
        operations
            .extend(methods.into_iter().filter(|(_, it)| it.is_some()).map(|(m, _)| (m.to_owned(), path.clone())));
    }
    operations
}

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(document::frame())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::openapi))
        .routes(routes!(metrics::metrics))
        .routes(routes!(targets::list, targets::add))
        .routes(routes!(targets::one, targets::change, targets::remove))
        .routes(routes!(targets::banner))
        .routes(routes!(maintenances::list, maintenances::create))
        .routes(routes!(maintenances::one, maintenances::edit, maintenances::remove))
        .routes(routes!(commands::schedule))
        .routes(routes!(commands::approve))
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
        .routes(routes!(recurrences::preview))
        .routes(routes!(series::list, series::create))
        .routes(routes!(series::one, series::edit))
        .routes(routes!(series::occurrences))
        .routes(routes!(series::skip))
        .routes(routes!(series::move_one))
        .routes(routes!(series::split))
        .routes(routes!(series::end))
        .routes(routes!(series::approve))
        .routes(routes!(limits::list, limits::create))
        .routes(routes!(limits::remove))
        .routes(routes!(calendars::list, calendars::create))
        .routes(routes!(calendars::one, calendars::remove))
        .routes(routes!(calendars::refresh))
        .routes(routes!(calendars::blackouts))
        .routes(routes!(slots::find))
        .routes(routes!(slots::traffic))
        .routes(routes!(gate::check))
        .routes(routes!(gate::at))
        .routes(routes!(passes::create, passes::list))
        .routes(routes!(passes::revoke))
        .routes(routes!(feeds::create, feeds::list))
        .routes(routes!(feeds::revoke))
        .routes(routes!(feeds::secret))
        .routes(routes!(feeds::public))
        .routes(routes!(notices::import))
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

/// Refuses what is too long to be meant.
async fn bounded(request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|uri| uri.as_str().len() > URI_MAX) {
        return Problem::uri_too_long(URI_MAX).into_response();
    }
    let head: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if head > HEAD_MAX {
        return Problem::head_too_large(HEAD_MAX).into_response();
    }
    next.run(request).await
}

/// Answers are for whoever asked, and only for now.
async fn not_kept(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
