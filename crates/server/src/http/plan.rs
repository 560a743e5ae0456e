//! The plan of a maintenance: what it will do, and what it would hit right now.
use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use lull_api::views;
use lull_domain::estate::Target;
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::policy::Running;

use super::App;
use super::problem::Problem;
use super::segment::Segment;
use super::standing::{modes, seen, work};
use crate::caller::{Caller, Reader};
use crate::outside;
use crate::view;

/// What a maintenance will do, resolved, and what it would hit right now.
#[utoipa::path(get, path = "/api/v1/maintenances/{id}/plan", operation_id = "plan_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), responses((status = 200, body = views::Plan)))]
pub async fn plan(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<Json<views::Plan>, Problem> {
    let maintenance = seen(&app, &caller, &id).await?;
    let estate = app.core.estate();
    let conflicts = match maintenance.life {
        Life::Completed(_) | Life::Cancelled(_) => Vec::new(),
        Life::Draft | Life::Scheduled | Life::InProgress(_) => app.core.conflicts(&maintenance).await?,
    };
    let forecast = forecast(&app, &caller, &maintenance).await?;
    let mut plan = view::plan(&maintenance, &conflicts, Reader { estate: &estate, caller: &caller }, forecast);
    plan.warnings.extend(without_backups(&app, &caller, &maintenance));
    Ok(Json(plan))
}

/// Adapters that make no backups, where the policy asks for them.
fn without_backups(app: &App, caller: &Caller, maintenance: &Maintenance) -> Vec<String> {
    if !matches!(maintenance.plan.policy.running, Running::Stop { backup: true, .. }) {
        return Vec::new();
    }
    let estate = app.core.estate();
    let covered = estate.covered(&maintenance.plan.scope).into_iter().filter(|id| caller.sees(&estate, *id));
    let bound = covered.filter_map(|id| estate.target(id)?.binding.as_ref().map(|binding| binding.adapter.clone()));
    let names: BTreeSet<String> = bound.collect();
    let unable = names.into_iter().filter(|name| app.core.adapters.get(name).is_some_and(|it| !it.can_back_up()));
    unable.map(|name| format!("The adapter {name} makes no backups: what it looks after runs on.")).collect()
}

/// What runs in scope and the caller may see, as the outside says it now; nothing for one that stops nothing.
async fn forecast(app: &App, caller: &Caller, maintenance: &Maintenance) -> Result<views::Forecast, Problem> {
    if !maintenance.plan.policy.holds_running() {
        return Ok(views::Forecast::default());
    }
    let estate = app.core.estate();
    let covered = estate.covered(&maintenance.plan.scope);
    let targets: Vec<Target> = covered
        .into_iter()
        .filter(|id| caller.sees(&estate, *id))
        .filter_map(|id| estate.target(id))
        .cloned()
        .collect();
    let (found, unknown) = outside::workloads(&app.core, &targets).await;
    let modes = app.core.store.read(modes).await?;
    let work = work(&estate, &modes);
    let workloads = found.into_iter().map(|(target, workload)| view::workload(&target, workload, &work));
    let mut workloads: Vec<_> = workloads.filter(|workload| workload.state == "running").collect();
    workloads.sort_by(|a, b| (&a.target, &a.name).cmp(&(&b.target, &b.name)));
    Ok(views::Forecast { workloads, unknown })
}
