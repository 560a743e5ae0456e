//! Occurrences become maintenances when it is time.
use std::sync::Arc;

use lull_domain::Instant;
use lull_domain::calendar::Calendars;
use lull_domain::conflict::{self, Conflict, Ground, Whose};
use lull_domain::estate::Estate;
use lull_domain::id::{MaintenanceId, SeriesId};
use lull_domain::life::{Life, Passed};
use lull_domain::maintenance::Maintenance;
use lull_domain::notice;
use lull_domain::order::Actor;
use lull_domain::policy::{Conflicts, Heed};
use lull_domain::recurrence::Zone;
use lull_domain::scope::Reach;
use lull_domain::series::Series;
use lull_store::{Entry, EntryKind, StoreError, Tx};
use serde_json::{Value, json};

use super::{tell, zone_of};
use crate::clock;
use crate::core::{Core, Refused};
use crate::failpoint::{self, Edge};
use crate::gate::{self, Gate};

/// What occurrences are looked at by, when they are made.
#[derive(Clone)]
pub struct Around {
    estate: Arc<Estate>,
    calendars: Arc<Calendars>,
    gate: Arc<Gate>,
}

impl Around {
    /// What there is now.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn now(core: &Core) -> Result<Around, StoreError> {
        gate::refresh(core).await?;
        Ok(Around { estate: core.estate(), calendars: core.calendars().await?, gate: Arc::clone(&core.gate) })
    }

    /// An occurrence as it is made here: left out where it meets what its policy refuses.
    fn made(&self, series: &Series, occurrence: Maintenance) -> Maintenance {
        let occurrence = approved(&self.estate, series, occurrence);
        let at = occurrence.created_at;
        let left_out = match self.refusing(&occurrence) {
            None => return occurrence,
            Some(Conflict::Blackout(black)) => Life::left_out(at, Passed::Blackout, black.name),
            // Whoever reads this may not see the other: its id tells nothing.
            Some(Conflict::Planned { other, .. }) => {
                let id = other.maintenance.map_or(String::new(), |id| format!(" {id}"));
                Life::left_out(at, Passed::Conflict, format!("another maintenance{id}"))
            }
            // How much is too much is looked at when it begins.
            Some(Conflict::Limit(..)) => return occurrence,
        };
        Maintenance { life: left_out, ..occurrence }
    }

    /// The first of what its policy refuses; what else is planned is looked for only where that is refused.
    fn refusing(&self, occurrence: &Maintenance) -> Option<Conflict> {
        let (plan, now) = (&occurrence.plan, occurrence.created_at);
        let Conflicts { blackouts, maintenances } = plan.policy.conflicts;
        match (blackouts, maintenances) {
            (Heed::Warn, Heed::Warn) => None,
            (Heed::Refuse, Heed::Warn) => {
                let reach = Reach::of(&self.estate, &plan.scope);
                let black = conflict::blackouts(&self.calendars, &reach, plan.time(now));
                black.into_iter().next().map(Conflict::Blackout)
            }
            (_, Heed::Refuse) => {
                let (estate, calendars, agenda) = (&self.estate, &self.calendars, &self.gate.agenda());
                let ground = Ground { estate, calendars, agenda, limits: &[] };
                let whose = Whose { id: Some(occurrence.id), series: occurrence.series.as_ref() };
                conflict::conflicts(ground, plan, whose, now).into_iter().find(|it| it.refuses(&plan.policy))
            }
        }
    }
}

/// An occurrence with the word of a second person that its series has.
pub(super) fn approved(estate: &Estate, series: &Series, occurrence: Maintenance) -> Maintenance {
    let covered = estate.covered(&occurrence.plan.scope);
    series.with_approval(occurrence, &covered)
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
    let left_out: Vec<Value> = made.iter().filter_map(left_out).collect();
    if !left_out.is_empty() {
        tell(tx, series, notice::Kind::Cancelled, json!({"left_out": left_out}))?;
    }
    let epoch = tx.raise_epoch()?;
    tx.mark_series(series.id, epoch)?;
    for occurrence in made {
        tx.mark_epoch(occurrence.id, epoch)?;
    }
    failpoint::reached(Edge::Log);
    Ok(())
}

/// An occurrence that was left out for what it would meet, as its owner hears of it.
fn left_out(made: &Maintenance) -> Option<Value> {
    let Life::Cancelled(ended) = &made.life else { return None };
    Some(json!({"maintenance": made.id, "occurrence": made.series.as_ref().map(|of| of.key), "why": ended.reason}))
}
