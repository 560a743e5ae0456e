//! Orders to maintenances: decided on what is locked, stored with the log in one transaction.
use lull_domain::Instant;
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::{MaintenanceId, OrderId};
use lull_domain::life::{Life, State, Verb, possible};
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::notice::{Notice, notices};
use lull_domain::order::{Actor, Command, Facts, Order, Step};
use lull_domain::plan::Edit;
use lull_domain::quiet::differs;
use lull_domain::refusal::{Because, Refusal};
use lull_domain::rights;
use lull_store::{Entry, EntryKind, StoreError, Tx};
use serde_json::json;

use crate::caller::{Caller, Reader};
use crate::clock;
use crate::conflicts::Heeded;
use crate::core::{Core, Refused};
use crate::failpoint::{self, Edge};
use crate::http::is_current;
use crate::http::standing;
use crate::metrics::METRICS;
use crate::view;

/// What became of an order.
#[derive(Clone, Debug)]
pub struct Given {
    /// As it stands now; none for a draft that is gone.
    pub maintenance: Option<Maintenance>,
    /// Whether anything changed.
    pub changed: bool,
}

/// How a new maintenance begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// Promised to nobody yet.
    Draft,
    /// At its time.
    Scheduled,
    /// At once.
    Now,
}

impl Core {
    /// Creates a maintenance (its life is still a draft) and begins it as asked.
    ///
    /// # Errors
    /// What the rules or the store refuse.
    pub async fn create(
        &self,
        caller: &Caller,
        draft: Maintenance,
        (begin, heeded): (Begin, Heeded),
    ) -> Result<Maintenance, Refused> {
        let mut draft = draft;
        draft.plan.accepted.clone_from(&heeded.accepted);
        let step = match begin {
            Begin::Draft | Begin::Scheduled => Step::Schedule,
            Begin::Now => Step::Start,
        };
        let order = caller.order(&self.estate(), &draft.plan, Command::Life(step));
        // Whoever may not make the promise may not draft it.
        rights::may(&draft, &order)?;
        let steps = if begin == Begin::Draft { Vec::new() } else { vec![order] };
        let created = self.store.write(move |tx| {
            heeded.holds(tx)?;
            created(tx, draft, &steps)
        });
        let created = created.await?;
        self.wake.notify_one();
        Ok(created)
    }

    /// Gives an order on behalf of a caller. `revision`: the one he decided on, where he named it.
    ///
    /// # Errors
    /// What the rules or the store refuse.
    pub async fn order(
        &self,
        caller: &Caller,
        id: MaintenanceId,
        command: Command,
        revision: Option<u64>,
    ) -> Result<Given, Refused> {
        self.order_with(caller, id, (Heeded::default(), command), revision).await
    }

    /// The same, where what was found of it still holds; what was accepted is kept with it.
    ///
    /// # Errors
    /// What the rules or the store refuse.
    pub async fn order_with(
        &self,
        caller: &Caller,
        id: MaintenanceId,
        (heeded, command): (Heeded, Command),
        revision: Option<u64>,
    ) -> Result<Given, Refused> {
        let (estate, caller) = (self.estate(), caller.clone());
        let (verb, by) = (command.verb(), caller.actor.clone());
        let given = self.store.write(move |tx| {
            let mut before = tx.lock_maintenance(id)?.ok_or_else(|| Core::not_found("maintenance"))?;
            heeded.holds(tx)?;
            let edited = heeded.edit().is_some();
            if let Some(edit) = heeded.edit() {
                is_current(before.revision, revision)?;
                let order = caller.order(&estate, &before.plan, Command::Edit(edit));
                let given = obeyed(tx, before, order)?;
                before = given.maintenance.ok_or_else(|| Core::not_found("maintenance"))?;
            }
            let mut order = caller.order(&estate, &before.plan, command);
            rights::may(&before, &order)?;
            if !edited {
                is_current(before.revision, revision)?;
            }
            if order.command.verb() == Verb::Verify {
                order.facts.waits_for = missing(tx, Reader { estate: &estate, caller: &caller }, &before, order.at)?;
            }
            match &order.command {
                Command::Edit(edit) => fits(&estate, &caller, &before, edit)?,
                Command::Life(step) => can_begin(&estate, &before, step)?,
                Command::Tell(_) | Command::Found(_) => {}
            }
            obeyed(tx, before, order)
        });
        let given = given.await.inspect_err(|refused| count_refusal(refused, verb, &by))?;
        self.wake.notify_one();
        Ok(given)
    }
}

fn count_refusal(refused: &Refused, verb: Verb, by: &Actor) {
    if let Refused::Rule(refusal) = refused {
        METRICS.refused(verb, by, refusal.because);
    }
}

/// What keeps a maintenance from being active, in words, as far as the reader may see it.
fn missing(tx: &mut Tx, reader: Reader<'_>, of: &Maintenance, now: Instant) -> Result<Vec<String>, StoreError> {
    let modes = standing::modes(tx)?;
    Ok(reader.lines(view::waits_for(of, &standing::work(reader.estate, &modes), now)))
}

/// An order of the engine or the clock, inside a transaction that has locked the maintenance.
///
/// # Errors
/// What the rules or the store refuse.
pub fn given(tx: &mut Tx, before: Maintenance, by: Actor, command: Command, at: Instant) -> Result<Given, Refused> {
    obeyed(tx, before, Order { id: OrderId(clock::id()), by, at, command, facts: Facts::default() })
}

/// Carries out an order on a locked maintenance, and logs it with what people must hear.
///
/// # Errors
/// What the rules or the store refuse.
pub fn obeyed(tx: &mut Tx, before: Maintenance, order: Order) -> Result<Given, Refused> {
    match before.clone().obey(&order)? {
        Obeyed::Same(same) => {
            METRICS.obeyed(order.command.verb(), &order.by, false);
            Ok(Given { maintenance: Some(*same), changed: false })
        }
        Obeyed::Gone => {
            METRICS.obeyed(order.command.verb(), &order.by, true);
            tx.delete_maintenance(before.id)?;
            logged(tx, before.id, &[order], Vec::new())?;
            Ok(Given { maintenance: None, changed: true })
        }
        Obeyed::Changed(after) => {
            METRICS.obeyed(order.command.verb(), &order.by, true);
            tx.put_maintenance(&after)?;
            let notices = notices(Some(&before), Some(&order), &after);
            let quiet = differs(&before, &after);
            let (from, to) = (before.state_name(), after.state_name());
            tracing::info!(maintenance = %before.id, by = order.by.name(), order = ?order.command.verb(), from, to, "ordered");
            logged(tx, before.id, &[order], notices)?;
            if quiet {
                let epoch = tx.raise_epoch()?;
                tx.mark_epoch(before.id, epoch)?;
                // Operators were let in, and are kept out again.
                if (before.life.state(), after.life.state()) == (State::V, State::E) {
                    tx.unmark_reported(before.id)?;
                }
            }
            Ok(Given { maintenance: Some(*after), changed: true })
        }
    }
}

/// Stores a new maintenance and what became of it at once.
///
/// # Errors
/// What the rules or the store refuse.
pub fn created(tx: &mut Tx, draft: Maintenance, steps: &[Order]) -> Result<Maintenance, Refused> {
    let (mut after, now) = (draft.clone(), draft.created_at);
    for step in steps {
        after = match after.obey(step)? {
            Obeyed::Changed(next) | Obeyed::Same(next) => *next,
            Obeyed::Gone => return Err(Core::not_found("maintenance").into()),
        };
    }
    // Somebody may have taken one away since it was looked up.
    for root in after.plan.scope.roots().into_iter().filter(|root| *root != ROOT) {
        if tx.target(root)?.is_none() {
            let detail = "a target of the scope was removed just now";
            return Err(Refusal::input("scope.include", detail, "Name one that is there.").into());
        }
    }
    METRICS.created(&draft.created_by);
    tx.insert_maintenance(&after)?;
    let body = json!({"created": draft, "orders": steps});
    let mut entries = vec![Entry {
        at: now,
        kind: EntryKind::Order,
        maintenance: Some(after.id),
        target: None,
        actor: Some(draft.created_by.clone()),
        body,
    }];
    entries.extend(notices(None, steps.last(), &after).into_iter().map(|notice| told(notice, now)));
    tx.append(&entries)?;
    if !matches!(after.life, Life::Draft) {
        let epoch = tx.raise_epoch()?;
        tx.mark_epoch(after.id, epoch)?;
    }
    failpoint::reached(Edge::Log);
    Ok(after)
}

fn logged(tx: &mut Tx, id: MaintenanceId, orders: &[Order], notices: Vec<Notice>) -> Result<(), Refused> {
    let mut entries = Vec::new();
    for order in orders {
        let body = serde_json::to_value(order).unwrap_or_default();
        let actor = Some(order.by.clone());
        entries.push(Entry { at: order.at, kind: EntryKind::Order, maintenance: Some(id), target: None, actor, body });
    }
    let at = orders.last().map_or(Instant::default(), |order| order.at);
    entries.extend(notices.into_iter().map(|notice| told(notice, at)));
    tx.append(&entries)?;
    failpoint::reached(Edge::Log);
    Ok(())
}

/// A notice, as the outbox row it is until there are channels.
fn told(notice: Notice, at: Instant) -> Entry {
    let id = lull_domain::id::NoticeId(clock::id());
    let body = json!({"id": id, "kind": notice.kind, "maintenance": notice.maintenance, "audience": notice.audience, "at": at});
    Entry { at, kind: EntryKind::Notice, maintenance: Some(notice.maintenance), target: None, actor: None, body }
}

/// What only the estate can tell of a change: rights on a new scope or policy, and that something is left of it.
///
/// # Errors
/// Bad input, forbidden, or a conflict.
pub fn fits(estate: &Estate, caller: &Caller, before: &Maintenance, edit: &Edit) -> Result<(), Refusal> {
    let after = match edit {
        Edit::Scope(scope) => scope.clone(),
        Edit::Exclude(clause) => before.plan.scope.clone().excluding(clause.clone()),
        Edit::Policy(policy) => return within_rights(estate, caller, &before.plan.scope, policy),
        Edit::Texts(_) | Edit::StartsAt(_) | Edit::End(_) | Edit::Extend(_) | Edit::Tells(_) | Edit::Accept(_) => {
            return Ok(());
        }
        Edit::Preset(_) | Edit::Owner(_) => return Ok(()),
    };
    after.checked(estate)?;
    if let Edit::Scope(scope) = edit {
        within_rights(estate, caller, scope, &before.plan.policy)?;
    }
    let covered = estate.covered(&after);
    if let Edit::Exclude(clause) = edit
        && !before.plan.scope.exclude.contains(clause)
        && covered == estate.covered(&before.plan.scope)
    {
        let remedy = "Name a part of what it covers.";
        return Err(Refusal::new(Because::Conflict, "Nothing that it covers lies there.", remedy).at("under"));
    }
    if covered.is_empty() {
        let remedy = "Complete or cancel it instead.";
        return Err(Refusal::new(Because::Conflict, "That would leave nothing in scope.", remedy).at("under"));
    }
    Ok(())
}

/// What a promise needs: a start, if it is not to begin now, and something to be about.
fn can_begin(estate: &Estate, before: &Maintenance, step: &Step) -> Result<(), Refusal> {
    if !matches!((step, &before.life), (Step::Schedule, Life::Draft) | (Step::Start, Life::Draft | Life::Scheduled)) {
        return Ok(());
    }
    let missing = |field: &str, detail: &str, remedy: &str| {
        let refusal = Refusal::new(Because::State, detail, remedy).at(field);
        Err(Refusal { state: Some(before.state_name().to_owned()), possible: possible(&before.life), ..refusal })
    };
    if estate.covered(&before.plan.scope).is_empty() {
        return missing("scope", "its scope matches nothing any more", "Change the scope, or cancel it.");
    }
    match (step, before.plan.starts_at) {
        (Step::Schedule, None) => missing("starts_at", "it has no start", "Give it one, or start it now."),
        (Step::Schedule, Some(at)) if at < clock::now() => {
            missing("starts_at", "its start has passed", "Give it a later one, or start it now.")
        }
        _ => Ok(()),
    }
}

/// Every root of a scope needs the caller's right.
///
/// # Errors
/// Forbidden, naming the root.
pub fn within_rights(
    estate: &Estate,
    caller: &Caller,
    scope: &lull_domain::scope::Scope,
    policy: &lull_domain::policy::Policy,
) -> Result<(), Refusal> {
    for root in scope.roots() {
        if caller.role_on(estate, root) < Some(policy.role_to_order()) {
            let path = estate.target(root).map_or_else(|| root.to_string(), |target| target.path.to_string());
            return Err(lull_domain::plan::beyond_rights(&path, policy.role_to_order()));
        }
    }
    Ok(())
}
