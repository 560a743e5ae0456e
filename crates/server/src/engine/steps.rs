//! Steps that only change what is stored: each locks what it is decided on, decides again, and stores.
use std::collections::BTreeMap;
use std::sync::Arc;

use lull_domain::agenda::{Planned, Within};
use lull_domain::conflict::Conflict;
use lull_domain::engagement::{Engagement, Key, Stage, Suspects};
use lull_domain::estate::Estate;
use lull_domain::id::{MaintenanceId, NoticeId, OrderId};
use lull_domain::limit::{Beside, Covered};
use lull_domain::maintenance::Maintenance;
use lull_domain::notice::{Audience, Kind};
use lull_domain::order::{Actor, Command, Facts, Finding, Order, Step, Tell};
use lull_domain::policy::Facet;
use lull_domain::work::{Memory, Todo, Work, needed, needing};
use lull_domain::{Instant, Span};
use lull_store::{Archived, Drains, Entry, EntryKind, StoreError, Tx};
use serde_json::json;

use super::{Engine, Ground};
use crate::clock;
use crate::core::Refused;
use crate::failpoint::{self, Edge};
use crate::gate;
use crate::orders::{given, obeyed};
use crate::view;

impl Engine {
    /// Does a step that calls nobody. Answers whether it was still to be done.
    pub(super) async fn settle(&self, estate: Arc<Estate>, todo: Todo) -> Result<bool, Refused> {
        let memory = key(&todo).map(|key| self.memory(key)).unwrap_or_default();
        let now = clock::now();
        let ground = self.ground(estate);
        self.core.store.write(move |tx| settled(tx, &ground, &todo, &memory, now)).await
    }
}

fn settled(tx: &mut Tx, ground: &Ground, todo: &Todo, memory: &Memory, now: Instant) -> Result<bool, Refused> {
    if let Todo::Give(id, command) = todo {
        return ordered(tx, ground, *id, command, now);
    }
    let Some(key) = key(todo) else { return Ok(false) };
    let (work, before) = locked(tx, ground, todo, key, now)?;
    let Some(after) = work.settle(todo, memory, now) else { return Ok(false) };
    if matches!(todo, Todo::Quiet(_)) {
        tx.void_claim(key)?;
    }
    put(tx, &before, &after, now)?;
    Ok(true)
}

/// An order of the clock or the engine, if it is still to be given.
fn ordered(tx: &mut Tx, ground: &Ground, id: MaintenanceId, command: &Command, now: Instant) -> Result<bool, Refused> {
    let Some(before) = tx.lock_maintenance(id)? else { return Ok(false) };
    if let Command::Found(finding) = command {
        let work = work_of(tx, ground, &before)?;
        if work.finding(id).as_ref() != Some(finding) {
            return Ok(false);
        }
        if matches!(finding, Finding::Entered | Finding::Left) {
            tx.drop_drains(id)?;
            failpoint::reached(Edge::Phase);
        }
        return Ok(given(tx, before, Actor::Engine, command.clone(), now)?.changed);
    }
    let plan_hash = before.plan.policy.approval.then(|| hash(&ground.estate, &before));
    let facts = Facts { plan_hash, ..Facts::default() };
    // What was approved covers other targets since: that is told first.
    if facts.plan_hash.as_deref().is_some_and(|hash| before.was_approved_otherwise(hash)) {
        return Ok(given(tx, before, Actor::Schedule, Command::Tell(Tell::ApprovalLapsed), now)?.changed);
    }
    let due = before.due().filter(|due| due.at <= now);
    let others = if before.series.is_some() { tx.live_maintenances()? } else { Vec::new() };
    let continues = before.continues(others.iter(), now);
    if due.map(|due| before.ordered_at(due, now, continues)).as_ref() != Some(command) {
        return Ok(false);
    }
    if matches!(command, Command::Life(Step::Start))
        && let Some(why) = limited(tx, &ground.estate, &before, now)?
    {
        return Ok(given(tx, before, Actor::Schedule, Command::Tell(Tell::HeldBack(why)), now)?.changed);
    }
    let facts = Facts { continues, ..facts };
    let order = Order { id: OrderId(clock::id()), by: Actor::Schedule, at: now, command: command.clone(), facts };
    Ok(obeyed(tx, before, order)?.changed)
}

/// More would be in maintenance now than a limit lets, and nobody has accepted that.
fn limited(tx: &mut Tx, estate: &Estate, of: &Maintenance, now: Instant) -> Result<Option<String>, StoreError> {
    if !of.plan.policy.sets(Facet::Work) {
        return Ok(None);
    }
    let limits = tx.limits()?;
    if limits.is_empty() {
        return Ok(None);
    }
    let others: Vec<Arc<Planned>> =
        tx.live_maintenances()?.iter().filter(|it| it.id != of.id).filter_map(Planned::of).map(Arc::new).collect();
    let own = Covered::of(estate, &of.plan.scope);
    let beside = Beside::new(estate, &own, &others, Within { from: now, to: now + Span(1), now });
    let exceeded = limits.into_iter().find_map(|limit| {
        let exceeded = limit.exceeded(&beside)?;
        let words = view::limit_in_words(&limit, &exceeded, estate);
        (!of.plan.accepts(&Conflict::Limit(limit, exceeded))).then_some(words)
    });
    Ok(exceeded)
}

/// The hash of its plan, with the targets that it covers now.
pub(super) fn hash(estate: &Estate, maintenance: &Maintenance) -> String {
    maintenance.plan.hash(&estate.covered(&maintenance.plan.scope))
}

/// A maintenance with all that it covers, holds, or answers for.
fn work_of<'a>(tx: &mut Tx, ground: &'a Ground, maintenance: &Maintenance) -> Result<Work<'a>, StoreError> {
    let mut engagements: BTreeMap<Key, Engagement> = BTreeMap::new();
    for engagement in tx.engagements_of(maintenance.id)? {
        engagements.insert(engagement.key, engagement);
    }
    for key in ground.covered(maintenance).iter() {
        if let std::collections::btree_map::Entry::Vacant(vacant) = engagements.entry(*key) {
            vacant.insert(tx.engagement(*key)?);
        }
    }
    let maintenances = [(maintenance.id, maintenance.clone())].into_iter().collect();
    Ok(ground.work(maintenances, engagements).with_drains(tx.drains_of(maintenance.id)?))
}

/// Locks what this step is decided on: maintenances by id, then the engagement; what it needs or is needed by is read.
pub(super) fn locked<'a>(
    tx: &mut Tx,
    ground: &'a Ground,
    todo: &Todo,
    key: Key,
    now: Instant,
) -> Result<(Work<'a>, Engagement), StoreError> {
    let mut maintenances: BTreeMap<MaintenanceId, Maintenance> = BTreeMap::new();
    match todo {
        Todo::Hold(id, _) => {
            maintenances.extend(tx.lock_maintenance(*id)?.map(|maintenance| (*id, maintenance)));
        }
        Todo::Release(id, _) => {
            maintenances.extend(tx.lock_maintenance(*id)?.map(|maintenance| (*id, maintenance)));
            maintenances.extend(tx.due_maintenances(now)?.into_iter().map(|maintenance| (maintenance.id, maintenance)));
        }
        Todo::Give(..)
        | Todo::Quiet(_)
        | Todo::Read(_)
        | Todo::Look(..)
        | Todo::Call(..)
        | Todo::Applied(_)
        | Todo::Free(_)
        | Todo::Pass(..) => {
            maintenances.extend(tx.live_maintenances()?.into_iter().map(|maintenance| (maintenance.id, maintenance)));
        }
    }
    let before = tx.lock_engagement(key)?;
    let mut engagements = BTreeMap::from([(key, before.clone())]);
    for other in needed(&ground.estate, key).chain(needing(&ground.estate, key)) {
        engagements.insert(other, tx.engagement(other)?);
    }
    let mut drains = Drains::new();
    for waited in before.holders.keys().filter(|id| maintenances.get(id).is_some_and(has_waited)) {
        drains.extend(tx.drains_of(*waited)?);
    }
    Ok((ground.work(maintenances, engagements).with_drains(drains), before))
}

/// It waits for running work before it stops any.
fn has_waited(maintenance: &Maintenance) -> bool {
    maintenance.plan.policy.limit().is_some()
}

/// Stores an engagement: archives its receipt when that is paid, and logs what people can see of the change.
pub(super) fn put(tx: &mut Tx, before: &Engagement, after: &Engagement, now: Instant) -> Result<(), StoreError> {
    tx.put_engagement(after)?;
    if let (Some(receipt), Stage::Free) = (before.receipt(), &after.stage) {
        tx.archive_receipt(after.key, &Archived { op: before.op, at: now, receipt: receipt.clone() })?;
    }
    if shown(before) != shown(after) {
        let maintenance = after.holders.keys().next().copied().or(after.answers).or(before.answers);
        let entry = Entry {
            at: now,
            kind: EntryKind::Engagement,
            maintenance,
            target: Some(after.key.target),
            actor: Some(Actor::Engine),
            body: shown(after),
        };
        tx.append(&[entry])?;
    }
    gate::mark(tx, before, after)?;
    failpoint::reached(Edge::Log);
    Ok(())
}

/// Logs what a person must hear of a free engagement, and tells the operators of the maintenance that answered last.
pub(super) fn tell(tx: &mut Tx, key: Key, suspects: &Suspects, now: Instant) -> Result<(), StoreError> {
    let Suspects { names, maintenance, why } = suspects;
    let entry =
        |kind, actor, body| Entry { at: now, kind, maintenance: *maintenance, target: Some(key.target), actor, body };
    let body = json!({"effect": key.effect, "stage": "free", "did": "found", "names": names, "reason": why});
    let mut entries = vec![entry(EntryKind::Engagement, Some(Actor::Engine), body)];
    if let Some(maintenance) = maintenance {
        let body = json!({
            "id": NoticeId(clock::id()),
            "kind": Kind::Trouble,
            "maintenance": maintenance,
            "audience": Audience::Operators,
            "at": now,
            "names": names,
            "reason": why,
        });
        entries.push(entry(EntryKind::Notice, None, body));
    }
    tx.append(&entries)?;
    failpoint::reached(Edge::Log);
    Ok(())
}

/// What people can see of an engagement.
pub fn shown(engagement: &Engagement) -> serde_json::Value {
    let things: serde_json::Map<String, serde_json::Value> =
        engagement.items().iter().map(|item| (item.name.clone(), json!(item.state))).collect();
    let troubles: Vec<_> = engagement.troubles();
    let saved = engagement.items().iter().filter_map(|item| Some((item.name.clone(), json!(item.backup.as_ref()?))));
    let mut shown = json!({
        "effect": engagement.key.effect,
        "stage": view::stage(&engagement.stage),
        "op": engagement.op,
        "holders": engagement.holders.keys().collect::<Vec<_>>(),
        "things": things,
        "trouble": troubles,
    });
    let saved: serde_json::Map<String, serde_json::Value> = saved.collect();
    if !saved.is_empty() {
        shown["backups"] = saved.into();
    }
    shown
}

fn key(todo: &Todo) -> Option<Key> {
    match todo {
        Todo::Give(..) | Todo::Look(..) => None,
        Todo::Hold(_, key) | Todo::Release(_, key) | Todo::Quiet(key) | Todo::Read(key) => Some(*key),
        Todo::Call(key, ..) | Todo::Applied(key) | Todo::Free(key) | Todo::Pass(key, _) => Some(*key),
    }
}
