//! What keeps the estate from being changed: what is done to a target, or about to be.
use std::collections::BTreeSet;

use lull_domain::engagement::Engagement;
use lull_domain::estate::{Binding, Estate, Target};
use lull_domain::id::TargetId;
use lull_domain::maintenance::Maintenance;
use lull_domain::refusal::{Because, Refusal};
use lull_domain::rights;
use lull_store::{MaintenanceFilter, Page, Status, Tx};

use crate::core::Refused;

/// Refuses a change of a target that something is done to, or that would enter or leave what a maintenance in progress
/// covers; read in the transaction that stores the change.
///
/// # Errors
/// Held, naming the maintenances; or what the store gives.
pub fn in_the_way(
    tx: &mut Tx,
    before: &Estate,
    after: &Estate,
    put: &[Target],
    removed: Option<TargetId>,
) -> Result<(), Refused> {
    let live = tx.live_maintenances()?;
    for id in put.iter().map(|target| target.id).chain(removed) {
        let (was, is) = (before.target(id), after.target(id));
        if let Some(was) = was.filter(|was| is.is_none_or(|is| is.path != was.path || is.binding != was.binding)) {
            let busy: Vec<Engagement> = tx.engagements_on(id)?.into_iter().filter(|e| !e.is_free()).collect();
            if let Some(engagement) = busy.first() {
                return Err(engaged(was, engagement, &live).into());
            }
        }
        if let Some(maintenance) = live.iter().find(|maintenance| crosses(maintenance, (before, was), (after, is))) {
            return Err(covered(was.or(is), maintenance).into());
        }
    }
    if let Some(id) = removed {
        promised(tx, id)?;
        said_of(tx, id)?;
    }
    Ok(())
}

/// Whether a target would enter or leave what the maintenance covers, or what it can act on.
fn crosses(maintenance: &Maintenance, was: (&Estate, Option<&Target>), is: (&Estate, Option<&Target>)) -> bool {
    let stops = maintenance.plan.policy.holds_running();
    match (was.1, bound_within(maintenance, was), bound_within(maintenance, is)) {
        // A new target is watched over from the start; it would be stopped at once only where it is bound.
        (None, None, Some(binding)) => stops && binding.is_some(),
        (_, None, None) => false,
        (_, Some(old), Some(new)) => old != new,
        (_, Some(_), None) | (_, None, Some(_)) => true,
    }
}

/// The binding of a target that the maintenance covers.
fn bound_within<'a>(
    maintenance: &Maintenance,
    (estate, target): (&Estate, Option<&'a Target>),
) -> Option<&'a Option<Binding>> {
    target.filter(|target| estate.covers(&maintenance.plan.scope, target)).map(|target| &target.binding)
}

fn engaged(target: &Target, engagement: &Engagement, live: &[Maintenance]) -> Refusal {
    let involved: BTreeSet<_> = engagement.holders.keys().copied().chain(engagement.answers).collect();
    let holders = live.iter().filter(|maintenance| involved.contains(&maintenance.id)).map(rights::holder).collect();
    let detail =
        format!("`{}` is not free: what its {} has changed is not put back.", target.path, engagement.key.effect);
    let remedy = "Wait until it is, or accept it as it is; then change the target.";
    Refusal { holders, ..Refusal::new(Because::Held, detail, remedy) }
}

fn covered(target: Option<&Target>, maintenance: &Maintenance) -> Refusal {
    let path = target.map(|target| target.path.to_string()).unwrap_or_default();
    let detail = format!("`{path}` would enter or leave “{}”, which is in progress.", maintenance.plan.texts.title);
    let remedy = "Wait until that maintenance is over.";
    Refusal { holders: vec![rights::holder(maintenance)], ..Refusal::new(Because::Held, detail, remedy) }
}

/// A scheduled maintenance would cover nothing once a root of it is gone.
fn promised(tx: &mut Tx, id: TargetId) -> Result<(), Refused> {
    let roots = Some(BTreeSet::from([id]));
    let filter = MaintenanceFilter { status: Some(Status::Scheduled), roots, text: None };
    let found = tx.list_maintenances(&filter, Page { after: None, limit: 1 })?;
    match found.first() {
        None => Ok(()),
        Some(maintenance) => {
            let detail = format!("“{}” ({}) is scheduled for it.", maintenance.plan.texts.title, maintenance.id);
            Err(Refusal::new(Because::Conflict, detail, "Cancel that maintenance, or change its scope, first.").into())
        }
    }
}

/// A calendar, a limit or a series would be about nothing, and nobody could find it any more.
fn said_of(tx: &mut Tx, id: TargetId) -> Result<(), Refused> {
    let calendars = tx.calendars()?.into_iter().filter(|(it, _)| it.under == id);
    let mut all: Vec<String> = calendars.map(|(it, _)| format!("the calendar “{}” ({})", it.name, it.id)).collect();
    all.extend(tx.limits()?.into_iter().filter(|it| it.under == id).map(|it| format!("the limit {}", it.id)));
    let series = tx.series_ahead()?.into_iter().filter(|it| it.plan.scope.roots().contains(&id));
    all.extend(series.map(|it| format!("the series “{}” ({})", it.plan.texts.title, it.id)));
    let Some(first) = all.first() else { return Ok(()) };
    let more = if all.len() > 1 { format!(", and {} more", all.len() - 1) } else { String::new() };
    let detail = format!("There is {first} for it{more}.");
    Err(Refusal::new(Because::Conflict, detail, "Remove the calendars and limits, and end the series, first.").into())
}
