//! What runs, or could, as the outside says it now.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use lull_api::params::Listing;
use lull_api::views::{List, Workload as View, Workloads};
use lull_domain::estate::Target;

use super::App;
use super::asked::Asked;
use super::problem::Problem;
use super::standing::{modes, work};
use crate::caller::Caller;
use crate::outside;
use crate::view;

/// The workloads of targets that you may see.
#[utoipa::path(get, path = "/api/v1/workloads", operation_id = "list_workloads", tag = "workloads", params(Listing),
    responses((status = 200, body = Workloads)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<Workloads>, Problem> {
    let estate = app.core.estate();
    let under = asked.under(&estate)?;
    asked.limit()?;
    asked.one_of("state", asked.0.state.as_ref(), &["running", "stopped", "created"])?;
    let text = asked.text()?;
    let wanted = |view: &View| {
        let (state, owner) = (asked.0.state.as_ref(), asked.0.owner.as_ref());
        state.is_none_or(|state| *state == view.state)
            && owner.is_none_or(|owner| Some(owner) == view.owner.as_ref())
            && text.as_ref().is_none_or(|text| view.name.to_lowercase().contains(text))
    };
    let targets = estate.under(&under).filter(|target| caller.sees(&estate, target.id));
    let targets: Vec<Target> = targets.filter(|target| target.binding.is_some()).cloned().collect();
    let (found, unknown) = outside::workloads(&app.core, &targets).await;
    if found.is_empty() && !unknown.is_empty() {
        let detail = format!("Nothing could be listed: {}", unknown.join("; "));
        return Err(Problem::unavailable(&detail, "See to the adapter, then ask again."));
    }
    let modes = app.core.store.read(modes).await?;
    let work = work(&estate, &modes);
    let shown = found.into_iter().map(|(target, workload)| view::workload(&target, workload, &work)).filter(wanted);
    let key = |view: &View| format!("{} {} {}", view.target, view.name, view.id.as_deref().unwrap_or_default());
    let mut rows: Vec<(String, View)> = shown.map(|view| (key(&view), view)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let List { items, next } = asked.page(rows)?;
    Ok(Json(Workloads { items, next, unknown }))
}
