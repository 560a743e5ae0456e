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
use lull_store::{StoreError, Tx};

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::problem::Problem;
use super::segment::Segment;
use crate::caller::{Caller, Reader};
use crate::core::Core;
use crate::view;

/// Jobs that are looked at for one page; what is left is on the next one.
const LOOKED_AT: u32 = 500;
/// A page ends with the job that reaches so many things.
const THINGS_MAX: usize = 10_000;

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
    Ok(answered(&job, &items, &app.core.estate()))
}

fn answered(job: &Job, items: &[Item], estate: &Estate) -> Response {
    let place = format!("/api/v1/jobs/{}", job.id);
    (StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(view::job(job, items, estate))).into_response()
}

/// The answer to whoever asked for this job and never had one.
///
/// # Errors
/// What the store gives; that there is no such job.
pub async fn again(app: &App, caller: &Caller, id: JobId) -> Result<Response, Problem> {
    let estate = app.core.estate();
    let (job, items) = found(app, caller, &estate, id).await?;
    Ok(answered(&job, &items, &estate))
}

async fn found(app: &App, caller: &Caller, estate: &Estate, id: JobId) -> Result<(Job, Vec<Item>), Problem> {
    let found = app.core.store.read(move |tx| tx.job(id)).await?;
    let seen = found.and_then(|(job, items)| seen(estate, caller, job, items));
    Ok(seen.ok_or_else(|| Core::not_found("job"))?)
}

/// The jobs about targets whose administrator you are, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", operation_id = "list_jobs", tag = "workloads", params(Listing),
    responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let (estate, after, limit) = (app.core.estate(), asked.cursor()?, asked.limit()?);
    let read = move |tx: &mut Tx| page(tx, Reader { estate: &estate, caller: &caller }, after, limit);
    let (items, last) = app.core.store.read(read).await?;
    Ok(Json(List { items, next: last.map(|id| asked.next(id)) }))
}

/// One page, and after which job the next begins.
fn page(
    tx: &mut Tx,
    reader: Reader<'_>,
    after: Option<JobId>,
    limit: usize,
) -> Result<(Vec<View>, Option<JobId>), StoreError> {
    let jobs = tx.jobs(after, LOOKED_AT)?;
    let (mut found, mut things, mut last) = (Vec::new(), 0, None);
    for job in &jobs {
        let Some((job, items)) = tx.job(job.id)? else { continue };
        things += items.len();
        last = Some(job.id);
        let seen = seen(reader.estate, reader.caller, job, items);
        found.extend(seen.map(|(job, items)| view::job(&job, &items, reader.estate)));
        if found.len() == limit || things >= THINGS_MAX {
            break;
        }
    }
    let is_more = tx.jobs(last, 1)?.pop().is_some_and(|_| last.is_some());
    Ok((found, last.filter(|_| is_more)))
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
    let (job, items) = found(&app, &caller, &estate, id).await?;
    Ok(Json(view::job(&job, &items, &estate)))
}

/// A job as far as the caller administers what it stops; none where that is nothing, unless he asked for it.
fn seen(estate: &Estate, caller: &Caller, job: Job, mut items: Vec<Item>) -> Option<(Job, Vec<Item>)> {
    let is_own = job.by == caller.actor;
    // What he asked for stays his to see when its target is gone.
    let shown = |item: &Item| is_own && estate.target(item.target).is_none();
    items.retain(|item| shown(item) || caller.role_on(estate, item.target) >= Some(Role::Administrator));
    (is_own || !items.is_empty()).then_some((job, items))
}
