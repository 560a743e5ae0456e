//! Maintenances: listed, shown, created, edited, removed.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lull_api::params::{Listing, MaintenanceChange, NewMaintenance};
use lull_api::views::{List, Maintenance as View};
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Command, Step};
use lull_domain::plan::Plan;

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::draft::drafted;
use super::problem::Problem;
use super::read;
use super::segment::Segment;
use super::standing::{answered, answered_with, seen, views};
use super::tag::if_match;
use crate::caller::{Caller, Reader};
use crate::clock;
use crate::conflicts::{Heeded, Looks};
use crate::core::Refused;
use crate::editing::edited;
use crate::orders::Begin;
use crate::own;

mod edits;
mod listed;

pub use edits::edits;

/// The maintenances that you may see, newest first.
#[utoipa::path(get, path = "/api/v1/maintenances", operation_id = "list_maintenances", tag = "maintenances",
    params(Listing), responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let estate = app.core.estate();
    let wanted = listed::Wanted::new(&estate, caller.clone(), &asked)?;
    let list = app.core.store.read(move |tx| {
        let (found, next) = wanted.page(tx, &estate)?;
        Ok::<_, Refused>(List {
            items: views(tx, Reader { estate: &estate, caller: &caller }, &found)?,
            next: next.map(|id| asked.next(id)),
        })
    });
    Ok(Json(list.await?))
}

/// Creates a maintenance: a draft, one for later, or one that begins now.
#[utoipa::path(post, path = "/api/v1/maintenances", operation_id = "create_maintenance", tag = "maintenances",
    request_body = NewMaintenance,
    responses((status = 201, body = View, headers(
        ("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its revision.")))))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewMaintenance>,
) -> Result<Response, Problem> {
    let reason = read::overruled(new.overrule.as_ref())?;
    let (draft, begin) = drafted(&app.core.estate(), &caller, new)?;
    if begin == Begin::Draft {
        let created = app.core.create(&caller, draft, (begin, Heeded::default())).await?;
        return Ok(answered(&app, &caller, created, StatusCode::CREATED).await?);
    }
    own::refuse(&app.core, &draft).await?;
    let mut looks = Looks::default();
    loop {
        let heeded = app.core.heeded(&caller, &draft, reason.as_deref()).await?;
        let notes = heeded.notes.clone();
        let created = app.core.create(&caller, draft.clone(), (begin, heeded)).await;
        if !looks.again(&app.core, &created).await {
            return Ok(answered_with(&app, &caller, (created?, notes), StatusCode::CREATED).await?);
        }
    }
}

/// One maintenance.
#[utoipa::path(get, path = "/api/v1/maintenances/{id}", operation_id = "get_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")),
    responses((status = 200, body = View, headers(("ETag" = String, description = "Its revision.")))))]
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<Response, Problem> {
    let found = seen(&app, &caller, &id).await?;
    Ok(answered(&app, &caller, found, StatusCode::OK).await?)
}

/// Changes a maintenance: everything that is given, or nothing.
#[utoipa::path(patch, path = "/api/v1/maintenances/{id}", operation_id = "edit_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")),
    request_body = MaintenanceChange,
    responses((status = 200, body = View, headers(("ETag" = String, description = "Its revision.")))))]
pub async fn edit(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    headers: HeaderMap,
    Body(change): Body<MaintenanceChange>,
) -> Result<Response, Problem> {
    let found = seen(&app, &caller, &id).await?;
    let edited = changed(&app, &caller, &found, (change, if_match(&headers))).await?;
    Ok(answered_with(&app, &caller, edited, StatusCode::OK).await?)
}

/// Changes a maintenance; what is promised for another time or place is looked at as if it were new. With what is to be told of
/// that.
async fn changed(
    app: &App,
    caller: &Caller,
    found: &Maintenance,
    (change, revision): (MaintenanceChange, Option<u64>),
) -> Result<(Maintenance, Vec<String>), Problem> {
    let reason = read::overruled(change.overrule.as_ref())?;
    let mut looks = Looks::default();
    loop {
        let (estate, who, change) = (app.core.estate(), caller.clone(), change.clone());
        let heeded = accepted(app, caller, found, (&change, reason.as_deref())).await?;
        let notes = heeded.notes.clone();
        let edits = move |before: &Maintenance| edits(&estate, &who, before, &change);
        let edited = app.core.edit(caller, found.id, (revision, heeded), edits).await;
        if !looks.again(&app.core, &edited).await {
            return Ok((edited?, notes));
        }
    }
}

/// What is to be accepted with a change of time, place or policy of one that is promised.
///
/// # Errors
/// What the rules or the store refuse.
pub async fn accepted(
    app: &App,
    caller: &Caller,
    before: &Maintenance,
    (change, reason): (&MaintenanceChange, Option<&str>),
) -> Result<Heeded, Refused> {
    if !matches!(before.life, Life::Scheduled) {
        return Ok(Heeded::default());
    }
    let (estate, now) = (app.core.estate(), clock::now());
    let after = edited(&estate, caller, before, edits(&estate, caller, before, change)?)?;
    let promises = |plan: &Plan| (plan.time(now), plan.scope.clone(), plan.policy.clone());
    if promises(&before.plan) == promises(&after.plan) {
        return Ok(Heeded::default());
    }
    app.core.heeded(caller, &after, reason).await
}

/// Takes a maintenance away as far as that can be: a draft is gone, what is scheduled is cancelled, what is in progress is
/// completed.
#[utoipa::path(delete, path = "/api/v1/maintenances/{id}", operation_id = "remove_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")),
    responses((status = 200, body = View, description = "What is left of it."), (status = 204, description = "It is gone.")))]
pub async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = seen(&app, &caller, &id).await?;
    let given = app.core.order(&caller, found.id, Command::Life(Step::Delete), if_match(&headers)).await?;
    match given.maintenance {
        Some(left) => Ok(answered(&app, &caller, left, StatusCode::OK).await?),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
