//! How maintenances stand: what is read from the store so that they can be shown.
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::views;
use lull_domain::engagement::{Engagement, Key};
use lull_domain::estate::Estate;
use lull_domain::fence::Enforcer;
use lull_domain::id::MaintenanceId;
use lull_domain::maintenance::Maintenance;
use lull_domain::work::Work;
use lull_store::{StoreError, Tx};

use super::App;
use super::tag::tag;
use crate::caller::{Caller, Reader};
use crate::clock;
use crate::core::{Core, Refused};
use crate::view;
use crate::view::{Gated, Modes};

/// What is in progress, and what is not at rest.
///
/// # Errors
/// What the store gives.
pub fn modes(tx: &mut Tx) -> Result<Modes, StoreError> {
    Ok(Modes { maintenances: tx.live_maintenances()?, engagements: tx.live_engagements()?, drains: tx.drains()? })
}

/// The work that these come to, for what is shown of it.
pub fn work<'a>(estate: &'a Estate, modes: &Modes) -> Work<'a> {
    let maintenances: BTreeMap<MaintenanceId, Maintenance> =
        modes.maintenances.iter().map(|m| (m.id, m.clone())).collect();
    let engagements: BTreeMap<Key, Engagement> = modes.engagements.iter().map(|e| (e.key, e.clone())).collect();
    Work::new(estate, maintenances, engagements).with_drains(modes.drains.clone())
}

/// Views of these maintenances, as this reader may see them.
///
/// # Errors
/// What the store gives.
pub fn views(tx: &mut Tx, reader: Reader<'_>, found: &[Maintenance]) -> Result<Vec<views::Maintenance>, StoreError> {
    let now = clock::now();
    let runs = found.iter().any(|maintenance| maintenance.life.progress().is_some());
    let modes = if runs { modes(tx)? } else { Modes::default() };
    let work = work(reader.estate, &modes);
    let enforcers = if runs { tx.enforcers()? } else { Vec::new() };
    let mut views = Vec::with_capacity(found.len());
    for maintenance in found {
        let epoch = tx.epoch_of(maintenance.id)?.unwrap_or(0);
        let reported_at = tx.reported_at(maintenance.id)?;
        let lacks = |it: &&Enforcer| reported_at.is_none() && it.lacks(epoch) && it.is_silent(now);
        let unfenced = enforcers.iter().filter(lacks).map(|enforcer| enforcer.name.clone());
        let unfenced = if maintenance.life.progress().is_some() { unfenced.collect() } else { Vec::new() };
        let gated = Gated { epoch, reported_at, unfenced };
        views.push(reader.maintenance(view::maintenance(maintenance, gated, &work, now)));
    }
    Ok(views)
}

/// The maintenance of this id, if the caller sees it; one that he does not see is not told from one that is not there.
///
/// # Errors
/// Not found; or what the store gives.
pub async fn seen(app: &App, caller: &Caller, id: &str) -> Result<Maintenance, Refused> {
    let Ok(id) = id.parse::<MaintenanceId>() else { return Err(Core::not_found("maintenance").into()) };
    let estate = app.core.estate();
    let found = app.core.store.read(move |tx| tx.maintenance(id)).await?;
    let seen = found.filter(|found| caller.facts(&estate, &found.plan.scope).sees);
    Ok(seen.ok_or_else(|| Core::not_found("maintenance"))?)
}

/// The answer that shows a maintenance, with its revision as its tag.
///
/// # Errors
/// What the store gives.
pub async fn answered(
    app: &App,
    caller: &Caller,
    maintenance: Maintenance,
    status: StatusCode,
) -> Result<Response, Refused> {
    answered_with(app, caller, (maintenance, Vec::new()), status).await
}

/// The same, with more to be told among its warnings.
///
/// # Errors
/// What the store gives.
pub async fn answered_with(
    app: &App,
    caller: &Caller,
    (maintenance, notes): (Maintenance, Vec<String>),
    status: StatusCode,
) -> Result<Response, Refused> {
    let (estate, caller): (Arc<Estate>, Caller) = (app.core.estate(), caller.clone());
    let tag = tag(maintenance.revision);
    let shown = app
        .core
        .store
        .read(move |tx| views(tx, Reader { estate: &estate, caller: &caller }, std::slice::from_ref(&maintenance)));
    let views = shown.await?;
    let mut view = views.into_iter().next().ok_or_else(|| Core::not_found("maintenance"))?;
    view.warnings.extend(notes);
    let mut response = (status, [(header::ETAG, tag)], Json(&view)).into_response();
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::from_str(&format!("/api/v1/maintenances/{}", view.id))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
