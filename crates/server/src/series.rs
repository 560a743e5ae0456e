//! Series: made, changed, ended, and their occurrences made maintenances when it is time.
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::{MaintenanceId, SeriesId};
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::notice;
use lull_domain::order::{Actor, Command, Permission, Step};
use lull_domain::plan::{Edit, Plan, beyond_rights};
use lull_domain::recurrence::Zone;
use lull_domain::refusal::{Because, Refusal};
use lull_domain::scope::Scope;
use lull_domain::series::{Key, Series};
use lull_store::{Entry, EntryKind, StoreError, Tx};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::clock;
use crate::conflicts::Heeded;
use crate::core::{Core, Refused};
use crate::http::{is_current, read};
use crate::orders::{Given, obeyed, within_rights};

mod anew;
mod ended;
mod made;

pub use anew::follow_clocks;
pub use made::{Around, make};

use made::{approved, known, made};

impl Core {
    /// Stores a new series, with the occurrences that begin soon.
    ///
    /// # Errors
    /// What the rules or the store refuse.
    pub async fn create_series(&self, caller: &Caller, series: Series) -> Result<Series, Refused> {
        ordered_by(&self.estate(), caller, &series.plan)?;
        let around = Around::now(self).await?;
        let created = self.store.write(move |tx| {
            let (series, made) = inserted(tx, series, &around)?;
            began(tx, series, &made)
        });
        let created = created.await?;
        self.wake.notify_one();
        Ok(created)
    }

    /// Changes what is not a time: of the series, and of its occurrences to come that are as the series was.
    ///
    /// # Errors
    /// What the rules or the store refuse.
    pub async fn edit_series<F>(
        &self,
        caller: &Caller,
        id: SeriesId,
        revision: Option<u64>,
        plan: F,
    ) -> Result<Series, Refused>
    where
        F: FnOnce(&Series) -> Result<Series, Refusal> + Send + 'static,
    {
        let (estate, caller) = (self.estate(), caller.clone());
        let edited = self.store.write(move |tx| {
            let before = locked(tx, &estate, &caller, id)?;
            is_current(before.revision, revision)?;
            let changed = plan(&before)?;
            if changed == before {
                return Ok(before);
            }
            ordered_by(&estate, &caller, &changed.plan)?;
            let changed_by = Some(caller.actor.clone());
            let after = Series { revision: before.revision + 1, changed_by, ..changed };
            tx.put_series(&after)?;
            for occurrence in to_come(tx, id)? {
                let mut occurrence = occurrence;
                for edit in edits(&before.plan, &after.plan, &occurrence.plan) {
                    let order = caller.order(&estate, &occurrence.plan, Command::Edit(edit));
                    occurrence = kept(obeyed(tx, occurrence, order)?)?;
                }
            }
            noted(
                tx,
                &after,
                Some(caller.actor.clone()),
                json!({"changed": after.id, "title": after.plan.texts.title}),
            )?;
            Ok::<_, Refused>(after)
        });
        let edited = edited.await?;
        self.wake.notify_one();
        Ok(edited)
    }

    /// Takes the word of a second person on a series: for what is made of it, and what will be.
    ///
    /// # Errors
    /// What the rules or the store refuse.
    pub async fn approve_series(&self, caller: &Caller, id: SeriesId, hash: String) -> Result<Series, Refused> {
        let (estate, caller) = (self.estate(), caller.clone());
        let approved = self.store.write(move |tx| {
            let series = tx.lock_series(id)?.filter(|series| caller.facts(&estate, &series.plan.scope).sees);
            let mut series = series.ok_or_else(|| Core::not_found("series"))?;
            let facts = caller.facts(&estate, &series.plan.scope);
            if !facts.may.contains(&Permission::Approve) || matches!(caller.actor, Actor::Observer(_)) {
                let detail = "This needs the permission approve on every root of the scope.";
                return Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it.").into());
            }
            let now = series.hash(&estate.covered(&series.plan.scope));
            let is_new = series.approve(&hash, &now, (caller.actor.clone(), clock::now()))?;
            tx.put_series(&series)?;
            // What was changed about one alone is not what was looked at.
            let alike =
                |it: &Maintenance| series.is_alike(it) && it.made_by().all(|maker| maker.name() != caller.actor.name());
            for occurrence in to_come(tx, id)?.into_iter().filter(alike) {
                let own = occurrence.plan.hash(&estate.covered(&occurrence.plan.scope));
                let mut order = caller.order(&estate, &occurrence.plan, Command::Life(Step::Approve(own.clone())));
                order.facts.plan_hash = Some(own);
                obeyed(tx, occurrence, order)?;
            }
            if is_new {
                let body = json!({"approved": series.id, "title": series.plan.texts.title});
                noted(tx, &series, Some(caller.actor.clone()), body)?;
            }
            Ok::<_, Refused>(series)
        });
        let approved = approved.await?;
        self.wake.notify_one();
        Ok(approved)
    }

    /// An occurrence as it stands, or as it would be made.
    ///
    /// # Errors
    /// There is none such; what the store gives.
    pub async fn occurrence(&self, series: &Series, key: Key) -> Result<Maintenance, Refused> {
        let (series, estate) = (series.clone(), self.estate());
        let found = self.store.read(move |tx| {
            let of = series.at(&zone_of(&series)?, key)?;
            if let Some(made) = tx.occurrence(series.id, Key::of(&of))? {
                return Ok(tx.maintenance(made)?.ok_or_else(|| Core::not_found("maintenance"))?);
            }
            Ok::<_, Refused>(approved(
                &estate,
                &series,
                series.occurrence(&of, MaintenanceId(clock::id()), clock::now()),
            ))
        });
        found.await
    }

    /// Gives these orders to one occurrence, all or none; it is made where it lies further ahead than those that are.
    ///
    /// # Errors
    /// What the rules or the store refuse.
    pub async fn order_occurrence(
        &self,
        caller: &Caller,
        (id, key): (SeriesId, Key),
        (heeded, commands): (Heeded, Vec<Command>),
    ) -> Result<Maintenance, Refused> {
        let (estate, caller) = (self.estate(), caller.clone());
        let ordered = self.store.write(move |tx| {
            let mut series = locked(tx, &estate, &caller, id)?;
            heeded.holds(tx)?;
            let mut occurrence = taken(tx, &mut series, key, &estate)?;
            let moves = commands.iter().any(|it| matches!(it, Command::Edit(Edit::StartsAt(_))));
            for command in commands.into_iter().chain(heeded.edit().map(Command::Edit)) {
                let mut order = caller.order(&estate, &occurrence.plan, command);
                order.facts.moves = moves;
                occurrence = kept(obeyed(tx, occurrence, order)?)?;
            }
            Ok::<_, Refused>(occurrence)
        });
        let ordered = ordered.await?;
        self.wake.notify_one();
        Ok(ordered)
    }
}

/// An occurrence, taken; made where it is not.
fn taken(tx: &mut Tx, series: &mut Series, key: Key, estate: &Estate) -> Result<Maintenance, Refused> {
    let zone = zone_of(series)?;
    let of = series.at(&zone, key)?;
    if let Some(made) = tx.occurrence(series.id, Key::of(&of))? {
        return Ok(tx.lock_maintenance(made)?.ok_or_else(|| Core::not_found("maintenance"))?);
    }
    let now = clock::now();
    if of.starts_at < now {
        let detail = format!("The occurrence at {key} has passed, and was none.");
        return Err(Refusal::input("occurrence", detail, "Name one to come.").into());
    }
    let made = approved(estate, series, series.occurrence(&of, MaintenanceId(clock::id()), now));
    tx.insert_maintenance(&made)?;
    series.made_early(&zone, Key::of(&of));
    tx.put_series(series)?;
    known(tx, series, std::slice::from_ref(&made))?;
    Ok(made)
}

/// Stores a new series, with the occurrences that begin soon.
fn inserted(tx: &mut Tx, mut series: Series, around: &Around) -> Result<(Series, Vec<Maintenance>), Refused> {
    tx.insert_series(&series)?;
    let zone = zone_of(&series)?;
    let made = made(tx, &mut series, (&zone, around), clock::now())?;
    Ok((series, made))
}

/// Logs a new series with what was made of it, and tells of it once.
fn began(tx: &mut Tx, series: Series, made: &[Maintenance]) -> Result<Series, Refused> {
    noted(tx, &series, Some(series.created_by.clone()), json!({"created": series}))?;
    let kind = if series.follows.is_some() { notice::Kind::Rescheduled } else { notice::Kind::Scheduled };
    tell(tx, &series, kind, json!({}))?;
    known(tx, &series, made)?;
    Ok(series)
}

/// A series that the caller may change, taken.
fn locked(tx: &mut Tx, estate: &Estate, caller: &Caller, id: SeriesId) -> Result<Series, Refused> {
    let series = tx.lock_series(id)?.filter(|series| caller.facts(estate, &series.plan.scope).sees);
    let series = series.ok_or_else(|| Core::not_found("series"))?;
    ordered_by(estate, caller, &series.plan)?;
    Ok(series)
}

/// The occurrences of a series that have not begun, taken.
fn to_come(tx: &mut Tx, id: SeriesId) -> Result<Vec<Maintenance>, StoreError> {
    let mut taken = Vec::new();
    for id in tx.scheduled_of_series(id)? {
        taken.extend(tx.lock_maintenance(id)?.filter(|it| matches!(it.life, Life::Scheduled)));
    }
    Ok(taken)
}

/// The changes that bring an occurrence along where it is as its series was.
fn edits(before: &Plan, after: &Plan, occurrence: &Plan) -> Vec<Edit> {
    let mut edits = Vec::new();
    if before.texts != after.texts && occurrence.texts == before.texts {
        edits.push(Edit::Texts(Box::new(after.texts.clone())));
    }
    if before.scope != after.scope && occurrence.scope == before.scope {
        edits.push(Edit::Scope(after.scope.clone()));
    }
    if before.policy != after.policy && occurrence.policy == before.policy {
        edits.push(Edit::Policy(Box::new(after.policy.clone())));
    }
    if before.preset != after.preset && occurrence.preset == before.preset {
        edits.push(Edit::Preset(after.preset.clone()));
    }
    if before.owner != after.owner && occurrence.owner == before.owner {
        edits.push(Edit::Owner(after.owner.clone()));
    }
    if before.tells != after.tells && occurrence.tells == before.tells {
        edits.push(Edit::Tells(after.tells.clone()));
    }
    if before.end != after.end && occurrence.end == before.end {
        edits.push(Edit::End(after.end.clone()));
    }
    edits
}

fn kept(given: Given) -> Result<Maintenance, Refusal> {
    given.maintenance.ok_or_else(|| Core::not_found("maintenance"))
}

/// Whether the caller may order this on every root, as for a maintenance.
fn ordered_by(estate: &Estate, caller: &Caller, plan: &Plan) -> Result<(), Refusal> {
    let needed = plan.policy.role_to_order();
    if plan.orders_at_root() && caller.role_on(estate, ROOT) < Some(needed) {
        return Err(beyond_rights("/", needed));
    }
    within_rights(estate, caller, &plan.scope, &plan.policy)
}

/// The clocks of its zone.
///
/// # Errors
/// The zone is gone from the database of zones.
pub fn zone_of(series: &Series) -> Result<Zone, Refusal> {
    read::clocks(&series.plan.zone).map(Zone::new)
}

/// Notes in the log what became of a series.
fn noted(tx: &mut Tx, series: &Series, actor: Option<Actor>, body: Value) -> Result<(), StoreError> {
    let target = root(&series.plan.scope);
    let entry = Entry { at: clock::now(), kind: EntryKind::Series, maintenance: None, target, actor, body };
    tx.append(&[entry])?;
    let epoch = tx.raise_epoch()?;
    tx.mark_series(series.id, epoch)
}

/// Tells whoever hears of its occurrences of the series as a whole.
fn tell(tx: &mut Tx, series: &Series, kind: notice::Kind, more: Value) -> Result<(), StoreError> {
    let is_detail = more.as_object().is_some_and(|more| !more.is_empty());
    let audience = if is_detail { notice::Audience::Owner } else { notice::Audience::Subscribers };
    let (at, id) = (clock::now(), lull_domain::id::NoticeId(clock::id()));
    let mut body = json!({"id": id, "kind": kind, "series": series.id, "title": series.plan.texts.title,
        "audience": audience, "at": at});
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    let target = root(&series.plan.scope);
    tx.append(&[Entry { at, kind: EntryKind::Notice, maintenance: None, target, actor: None, body }]).map(drop)
}

/// Where it is seen from.
fn root(scope: &Scope) -> Option<lull_domain::id::TargetId> {
    scope.roots().into_iter().next()
}
