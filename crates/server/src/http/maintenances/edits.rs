//! From the body of a change to the edits of a plan, in an order in which each is possible if all of them are.
use lull_api::params::MaintenanceChange;
use lull_domain::estate::Estate;
use lull_domain::maintenance::Maintenance;
use lull_domain::plan::{Edit, Until};
use lull_domain::refusal::Refusal;

use super::super::draft::{changed, end_rule, fits, policy, tells};
use super::super::read;
use crate::caller::Caller;

/// The edits that this change comes to.
///
/// # Errors
/// Bad input, naming its field.
pub fn edits(
    estate: &Estate,
    caller: &Caller,
    before: &Maintenance,
    change: &MaintenanceChange,
) -> Result<Vec<Edit>, Refusal> {
    let mut edits = Vec::new();
    let texts = changed(&before.plan.texts, change)?;
    if texts != before.plan.texts {
        edits.push(Edit::Texts(Box::new(texts)));
    }
    let tells = tells(&before.plan.tells, (&change.reminders, &change.ask_before, &change.nudge_every))?;
    if tells != before.plan.tells {
        edits.push(Edit::Tells(tells));
    }
    edits.extend(times(before, change)?);
    if let Some(scope) = &change.scope {
        edits.push(Edit::Scope(read::scope(estate, caller, scope)?));
    }
    let mut end = change.end.clone().map(end_rule).transpose()?;
    if let Some(body) = &change.policy {
        let (policy, brought) = policy(body.clone())?;
        // It does not mean any more what the preset says.
        if before.plan.preset.is_some() && policy != before.plan.policy {
            edits.push(Edit::Preset(None));
        }
        edits.push(Edit::Policy(Box::new(policy)));
        end = end.or(brought);
    }
    if let Some(rule) = &end {
        fits(rule, before.plan.until == Until::Open && change.ends_at.is_none())?;
    }
    edits.extend(end.map(Edit::End));
    Ok(edits)
}

/// Another begin and another end.
fn times(before: &Maintenance, change: &MaintenanceChange) -> Result<Vec<Edit>, Refusal> {
    let read = |field: &str, text: &Option<String>| text.as_deref().map(|text| read::instant(field, text)).transpose();
    let (starts_at, ends_at) = (read("starts_at", &change.starts_at)?, read("ends_at", &change.ends_at)?);
    Ok(before.plan.timed(starts_at, ends_at))
}
