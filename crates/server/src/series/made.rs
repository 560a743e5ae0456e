//! Occurrences become maintenances when it is time.
use std::sync::Arc;

use lull_domain::Instant;
use lull_domain::calendar::Calendars;
use lull_domain::conflict::blackouts;
use lull_domain::estate::Estate;
use lull_domain::id::{MaintenanceId, SeriesId};
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::notice;
use lull_domain::order::Actor;
use lull_domain::policy::Heed;
use lull_domain::recurrence::Zone;
use lull_domain::series::Series;
use lull_store::{Entry, EntryKind, StoreError, Tx};
use serde_json::{Value, json};

use super::{tell, zone_of};
use crate::clock;
use crate::core::{Core, Refused};
use crate::failpoint::{self, Edge};

/// What occurrences are looked at by, when they are made.
#[derive(Clone)]
pub struct Around {
    estate: Arc<Estate>,
    calendars: Arc<Calendars>,
}

impl Around {
    /// What there is now.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn now(core: &Core) -> Result<Around, StoreError> {
        Ok(Around { estate: core.estate(), calendars: core.calendars().await? })
    }

    /// An occurrence as it is made here.
    pub(super) fn made(&self, series: &Series, occurrence: Maintenance) -> Maintenance {
        let covered = self.estate.covered(&occurrence.plan.scope);
        self.unless_black(series.with_approval(occurrence, &covered))
    }

    /// One that falls into a blackout that its policy heeds is left out.
    fn unless_black(&self, occurrence: Maintenance) -> Maintenance {
        let plan = &occurrence.plan;
        if plan.policy.conflicts.blackouts == Heed::Warn {
            return occurrence;
        }
        let time = plan.time(occurrence.created_at);
        let black = blackouts(&self.estate, &self.calendars, &plan.scope, time).into_iter().next();
        match black {
            Some(black) => Maintenance { life: Life::black(occurrence.created_at, &black.name), ..occurrence },
            None => occurrence,
        }
    }
}

/// Makes the occurrences of a series that begin soon, where they are not yet. Answers whether there were any.
///
/// # Errors
/// What the rules or the store refuse.
pub fn make(tx: &mut Tx, id: SeriesId, around: &Around, now: Instant) -> Result<bool, Refused> {
    let Some(mut series) = tx.lock_series(id)? else { return Ok(false) };
    if series.due_at().is_none_or(|due| now < due) {
        return Ok(false);
    }
    let zone = zone_of(&series)?;
    let made = made(tx, &mut series, (&zone, around), now)?;
    known(tx, &series, &made)?;
    Ok(true)
}

/// What is made of a series that this transaction has taken, stored with it.
pub(super) fn made(
    tx: &mut Tx,
    series: &mut Series,
    (zone, around): (&Zone, &Around),
    now: Instant,
) -> Result<Vec<Maintenance>, Refused> {
    let made = series.make(zone, now, || MaintenanceId(clock::id()));
    let made: Vec<Maintenance> = made.into_iter().map(|occurrence| around.made(series, occurrence)).collect();
    made.iter().try_for_each(|occurrence| tx.insert_maintenance(occurrence))?;
    tx.put_series(series)?;
    Ok(made)
}

/// Logs what was made of a series, and lets the gate know.
pub(super) fn known(tx: &mut Tx, series: &Series, made: &[Maintenance]) -> Result<(), Refused> {
    let entry = |it: &Maintenance| Entry {
        at: it.created_at,
        kind: EntryKind::Order,
        maintenance: Some(it.id),
        target: None,
        actor: Some(Actor::Schedule),
        body: json!({"created": it, "orders": []}),
    };
    tx.append(&made.iter().map(entry).collect::<Vec<_>>())?;
    let black: Vec<Value> = made.iter().filter_map(black).collect();
    if !black.is_empty() {
        tell(tx, series, notice::Kind::Cancelled, json!({"blackouts": black}))?;
    }
    let epoch = tx.raise_epoch()?;
    tx.mark_series(series.id, epoch)?;
    for occurrence in made {
        tx.mark_epoch(occurrence.id, epoch)?;
    }
    failpoint::reached(Edge::Log);
    Ok(())
}

/// An occurrence that was left out for a blackout, as its owner hears of it.
fn black(made: &Maintenance) -> Option<Value> {
    let Life::Cancelled(ended) = &made.life else { return None };
    Some(json!({"maintenance": made.id, "occurrence": made.series.as_ref().map(|of| of.key), "why": ended.reason}))
}
