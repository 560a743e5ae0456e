//! Banners: what members see on a target, changed by an order that the log keeps; they restrict nothing.
use lull_api::params::NewBanner;
use lull_domain::estate::{Banner, Estate, Target};
use lull_domain::id::TargetId;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::Actor;
use lull_domain::policy::Role;
use lull_domain::refusal::{Because, Refusal};
use lull_store::{MaintenanceFilter, Page, Status, StoreError, Tx};
use serde_json::json;

use super::Change;
use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::http::is_current;

/// How many scheduled maintenances are looked at for the next one.
const SCHEDULED_MAX: u32 = 1_000;

impl Core {
    /// Puts up a banner, changes it, or takes it down. `revision`: the one that was decided on, where it was named.
    ///
    /// # Errors
    /// Bad input; stale; not found, or forbidden without the role of an operator on the target; a conflict where no text is given
    /// and there is none to be made.
    pub async fn set_banner(
        &self,
        caller: &Caller,
        id: TargetId,
        new: NewBanner,
        revision: Option<u64>,
    ) -> Result<Target, Refused> {
        let scheduled = match new.text {
            Some(_) => Vec::new(),
            None => self.store.read::<_, Refused, _>(|tx| Ok(scheduled(tx)?)).await?,
        };
        self.change_estate(caller, |before| {
            let there = operated(before, caller, id)?.clone();
            let text = match (&new.text, &there.banner) {
                (Some(text), _) => text.clone(),
                (None, Some(banner)) => banner.text.clone(),
                (None, None) => announced(before, &there, &scheduled)?,
            };
            let banner = Banner::new(&text, new.on, caller.actor.name(), clock::now())?;
            is_current(there.revision, revision)?;
            if there.banner.as_ref().is_some_and(|now| (&now.text, now.on) == (&banner.text, banner.on)) {
                return Ok((there, None));
            }
            let target = Target { banner: Some(banner.clone()), revision: there.revision + 1, ..there };
            let mut after = before.clone();
            after.replace(target.clone());
            let body = json!({"after": target, "banner": banner});
            Ok((target.clone(), Some(Change { after, put: vec![target], removed: None, body })))
        })
        .await
    }
}

/// The text that the next maintenance there gives.
fn announced(estate: &Estate, target: &Target, scheduled: &[Maintenance]) -> Result<String, Refusal> {
    let next = scheduled.iter().filter(|it| estate.covers(&it.plan.scope, target)).min_by_key(|it| it.plan.starts_at);
    next.and_then(text).ok_or_else(|| {
        let detail = "no text is given, and no maintenance with a start and an end is scheduled there";
        Refusal::input("text", detail, "Write what members are to see.")
    })
}

fn scheduled(tx: &mut Tx) -> Result<Vec<Maintenance>, StoreError> {
    let scheduled = MaintenanceFilter { status: Some(Status::Scheduled), ..MaintenanceFilter::default() };
    tx.list_maintenances(&scheduled, Page { after: None, limit: SCHEDULED_MAX })
}

/// With the real times of the maintenance, in its zone.
fn text(maintenance: &Maintenance) -> Option<String> {
    let (starts, ends) = (maintenance.plan.starts_at?, maintenance.ends_at()?);
    let zone = jiff::tz::TimeZone::get(&maintenance.plan.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let local = |at: lull_domain::Instant| Some(jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(zone.clone()));
    let (starts, ends) = (local(starts)?, local(ends)?);
    let end = if starts.date() == ends.date() { ends.strftime("%H:%M") } else { ends.strftime("%Y-%m-%d %H:%M") };
    Some(format!(
        "On {} from {} to {end} {}. Workspaces will be stopped and cannot be started during this time.",
        starts.strftime("%Y-%m-%d"),
        starts.strftime("%H:%M"),
        maintenance.plan.zone,
    ))
}

/// The target, if the caller sees it and is an operator there.
fn operated<'a>(estate: &'a Estate, caller: &Caller, id: TargetId) -> Result<&'a Target, Refusal> {
    let seen = estate.target(id).filter(|target| caller.sees(estate, target.id));
    let target = seen.ok_or_else(|| Core::not_found("target"))?;
    let is_observer = matches!(caller.actor, Actor::Observer(_));
    if caller.role_on(estate, id) >= Some(Role::Operator) && !is_observer {
        return Ok(target);
    }
    let detail = format!("You are not an operator on {}.", target.path);
    Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who is, or for the role."))
}
