//! Jobs that stop work for good: made, listed, and seen how far they are.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::params::{Listing, StopWorkloads};
use lull_api::views::{Job as View, List};
use lull_domain::estate::Estate;
use lull_domain::id::JobId;
use lull_domain::job::{Item, Job};
use lull_domain::policy::Role;
use lull_store::StoreError;

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::problem::Problem;
use super::segment::Segment;
use crate::caller::Caller;
use crate::core::Core;
use crate::view;

/// The newest jobs that a list looks at.
const JOBS_MAX: u32 = 500;

/// Stops what runs, for good: nothing starts it again at the end. Each is backed up first; one whose backup fails runs on.
#[utoipa::path(post, path = "/api/v1/workloads/stop", operation_id = "stop_workloads", tag = "workloads",
    request_body = StopWorkloads,
    responses((status = 202, body = View, headers(("Location" = String, description = "Where its progress is.")))))]
pub async fn stop(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(asked): Body<StopWorkloads>,
) -> Result<Response, Problem> {
    let (job, items) = app.core.stop_workloads(&caller, asked).await?;
    let place = format!("/api/v1/jobs/{}", job.id);
    let view = view::job(&job, &items, &app.core.estate());
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(view)).into_response())
}

/// The jobs about targets whose administrator you are, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", operation_id = "list_jobs", tag = "workloads", params(Listing),
    responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let estate = app.core.estate();
    let read = app.core.store.read(|tx| {
        let jobs = tx.jobs(JOBS_MAX)?;
        jobs.iter().filter_map(|job| tx.job(job.id).transpose()).collect::<Result<Vec<_>, StoreError>>()
    });
    let jobs = read.await?.into_iter().filter_map(|(job, items)| seen(&estate, &caller, job, items));
    // Newest first: the cursor grows as the ids fall.
    let rows = jobs.map(|(job, items)| (format!("{:032x}", u128::MAX - job.id.0), view::job(&job, &items, &estate)));
    Ok(Json(asked.page(rows)?))
}

/// A job, and how far each thing is that it stops.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", operation_id = "get_job", tag = "workloads",
    params(("id" = String, Path, description = "The id of the job.")), responses((status = 200, body = View)))]
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<Json<View>, Problem> {
    let id: JobId = id.parse().map_err(|_| Core::not_found("job"))?;
    let estate = app.core.estate();
    let found = app.core.store.read(move |tx| tx.job(id)).await?;
    let seen = found.and_then(|(job, items)| seen(&estate, &caller, job, items));
    let (job, items) = seen.ok_or_else(|| Core::not_found("job"))?;
    Ok(Json(view::job(&job, &items, &estate)))
}

/// A job as far as the caller administers what it stops; none where that is nothing, unless he asked for it.
fn seen(estate: &Estate, caller: &Caller, job: Job, mut items: Vec<Item>) -> Option<(Job, Vec<Item>)> {
    items.retain(|item| caller.role_on(estate, item.target) >= Some(Role::Administrator));
    (job.by == caller.actor || !items.is_empty()).then_some((job, items))
}
