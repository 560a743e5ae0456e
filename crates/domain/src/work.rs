//! What is missing at a time: the pure half of the engine.
//!
//! [`missing`] looks at what is stored and names what is to be done; it may be asked at any time by any process, and its
//! answer is a hint. [`Work::settle`] decides the same once more on what the transaction has locked, and gives the next
//! state. There is no recovery: after a crash the same question has the same answer.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::drain::Drain;
use crate::engagement::{CallVerb, Engagement, Key, Stage, Terms};
use crate::estate::Estate;
use crate::id::{MaintenanceId, TargetId};
use crate::life::{Phase, State};
use crate::maintenance::{Due, Maintenance};
use crate::order::{Command, Finding, Step};
use crate::policy::{Effect, Running, Then};
use crate::preset::GRACE;
use crate::{Instant, Span};

mod drains;
mod next;
mod standing;

pub use drains::{Blocking, DRAIN_EVERY};
pub use standing::Return;

/// What a pass looks at: the maintenances in progress or due, and the engagements they touch.
pub struct Work<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// Maintenances in progress or due, by id.
    pub maintenances: BTreeMap<MaintenanceId, Maintenance>,
    /// Engagements, by key; one that is not there is free.
    pub engagements: BTreeMap<Key, Engagement>,
    /// What each maintenance waits for on each target; of those that enter and wait.
    pub drains: BTreeMap<(MaintenanceId, TargetId), Drain>,
    /// What each maintenance covers, as far as it can be acted on.
    covered: BTreeMap<MaintenanceId, Arc<BTreeSet<Key>>>,
}

/// What only this process knows, and forgets when it ends.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Calls (by number) whose time to act is over by this process's own monotonic clock.
    pub quiet: BTreeSet<(Key, u64)>,
    /// When each engagement was last read.
    pub read_at: BTreeMap<Key, Instant>,
    /// When what a maintenance waits for on a target was last read.
    pub drained_at: BTreeMap<(MaintenanceId, TargetId), Instant>,
    /// Engagements in doubt whose outside could not be reached, and answers again.
    pub back: BTreeSet<Key>,
}

/// Something to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Todo {
    /// The clock or the engine gives this order.
    Give(MaintenanceId, Command),
    /// The maintenance takes a hold.
    Hold(MaintenanceId, Key),
    /// The maintenance lets go.
    Release(MaintenanceId, Key),
    /// The call can no longer act.
    Quiet(Key),
    /// List, and decide on what is found.
    Read(Key),
    /// List, and see what of that for which the maintenance waits has ended.
    Look(MaintenanceId, TargetId),
    /// Stop or start these things.
    Call(Key, CallVerb, Vec<String>),
    /// Nothing is left to stop.
    Applied(Key),
    /// Nothing is left to put back.
    Free(Key),
    /// Another maintenance answers for the debt.
    Pass(Key, MaintenanceId),
}

/// Held engagements are read this often, as events alone are never trusted.
pub const READ_EVERY: Span = Span::seconds(15);

impl<'a> Work<'a> {
    /// What these maintenances and engagements come to.
    pub fn new(
        estate: &'a Estate,
        maintenances: BTreeMap<MaintenanceId, Maintenance>,
        engagements: BTreeMap<Key, Engagement>,
    ) -> Work<'a> {
        Work::covering(estate, maintenances, engagements, |maintenance| Arc::new(keys(estate, maintenance)))
    }

    /// The same, where somebody remembers what a maintenance covers: exactly what [`keys`] gives.
    pub fn covering(
        estate: &'a Estate,
        maintenances: BTreeMap<MaintenanceId, Maintenance>,
        engagements: BTreeMap<Key, Engagement>,
        keys: impl Fn(&Maintenance) -> Arc<BTreeSet<Key>>,
    ) -> Work<'a> {
        let covered = maintenances.iter().map(|(id, maintenance)| (*id, keys(maintenance))).collect();
        Work { estate, maintenances, engagements, drains: BTreeMap::new(), covered }
    }

    /// The same, with what is waited for.
    pub fn with_drains(self, drains: BTreeMap<(MaintenanceId, TargetId), Drain>) -> Work<'a> {
        Work { drains, ..self }
    }

    /// The engagement; free where none is stored.
    pub fn engagement(&self, key: Key) -> Engagement {
        self.engagements.get(&key).cloned().unwrap_or_else(|| Engagement::free(key))
    }

    /// The next state of an engagement if this is still to be done; none if it no longer is.
    pub fn settle(&self, todo: &Todo, memory: &Memory, now: Instant) -> Option<Engagement> {
        match todo {
            Todo::Give(..) | Todo::Read(_) | Todo::Look(..) => None,
            Todo::Hold(id, key) => self.must_hold(*id, *key).then(|| self.engagement(*key).held(*id, self.terms(*id))),
            Todo::Release(id, key) => self.must_release(*id, *key, now).then(|| self.engagement(*key).released(*id)),
            Todo::Pass(key, heir) => {
                (self.heir(*key, now) == Some(*heir)).then(|| self.engagement(*key).passed_to(*heir))
            }
            Todo::Quiet(key) | Todo::Applied(key) | Todo::Free(key) | Todo::Call(key, ..) => {
                let engagement = self.engagement(*key);
                if self.next(&engagement, memory, now).as_ref() != Some(todo) {
                    return None;
                }
                Some(match todo {
                    Todo::Quiet(_) => engagement.quiet(),
                    Todo::Applied(_) => engagement.applied(),
                    Todo::Free(_) => engagement.freed(),
                    Todo::Call(_, verb, names) => engagement.calling(*verb, names.clone(), now),
                    _ => return None,
                })
            }
        }
    }

    /// The maintenance wants this key quiet. While it waits for what runs, only what it has stopped before and is not back:
    /// entering anew takes that again.
    pub fn wants(&self, id: MaintenanceId, key: Key) -> bool {
        let quiet = |m: &Maintenance| m.life.wants_quiet() && (m.stops() || self.is_its(id, key));
        self.maintenances.get(&id).is_some_and(quiet) && self.covered[&id].contains(&key)
    }

    /// It holds this key, or owes it.
    fn is_its(&self, id: MaintenanceId, key: Key) -> bool {
        let is_its = |it: &Engagement| it.holders.contains_key(&id) || it.answers == Some(id);
        self.engagements.get(&key).is_some_and(is_its)
    }

    /// Some holder is entering: newcomers are taken, and nothing is a person's doing yet.
    pub fn is_entering(&self, engagement: &Engagement) -> bool {
        let entering = |id| self.maintenances.get(id).is_some_and(|m: &Maintenance| m.life.state() == State::E);
        engagement.holders.keys().any(entering)
    }

    /// Everything that this maintenance covers and can act on.
    pub fn covered(&self, id: MaintenanceId) -> impl Iterator<Item = Key> {
        self.covered.get(&id).into_iter().flat_map(|keys| keys.iter().copied())
    }

    /// What the engine finds to be so and has not yet said of this maintenance.
    pub fn finding(&self, id: MaintenanceId) -> Option<Finding> {
        let maintenance = self.maintenances.get(&id)?;
        let progress = maintenance.life.progress()?;
        match progress.phase {
            Phase::Entering if self.waits_for(id).is_empty() => return Some(Finding::Entered),
            Phase::Leaving(_) if self.not_left(id).is_empty() => return Some(Finding::Left),
            Phase::Entering | Phase::Active | Phase::Verifying | Phase::Leaving(_) => {}
        }
        let troubles = self.troubles(id);
        (troubles != maintenance.told.trouble).then_some(Finding::Trouble(troubles))
    }

    /// What the clock orders now of what is due.
    fn ordered(&self, maintenance: &Maintenance, due: Due, now: Instant) -> Command {
        maintenance.ordered_at(due, now, maintenance.continues(self.maintenances.values(), now))
    }

    fn must_hold(&self, id: MaintenanceId, key: Key) -> bool {
        self.wants(id, key) && !self.engagements.get(&key).is_some_and(|e| e.holders.contains_key(&id))
    }

    /// What it no longer wants it lets go; not while another one that covers it should have begun.
    fn must_release(&self, id: MaintenanceId, key: Key, now: Instant) -> bool {
        let holds = self.engagements.get(&key).is_some_and(|e| e.holders.contains_key(&id));
        holds && !self.wants(id, key) && !self.is_due_for(key, now)
    }

    fn is_due_for(&self, key: Key, now: Instant) -> bool {
        let start = || Due { at: now, command: Command::Life(Step::Start) };
        let starts = |m: &Maintenance| m.begins(now) && is_start(&self.ordered(m, start(), now));
        self.maintenances.values().any(|m| starts(m) && self.covered[&m.id].contains(&key))
    }

    /// Who answers for a debt whose maintenance has waited past its limit for something that another one holds.
    fn heir(&self, key: Key, now: Instant) -> Option<MaintenanceId> {
        let engagement = self.engagements.get(&key)?;
        let answers = engagement.answers?;
        let progress = self.maintenances.get(&answers)?;
        let limit = progress.plan.policy.leaving_limit;
        let late =
            progress.life.progress().is_some_and(|p| matches!(p.phase, Phase::Leaving(_)) && now >= p.since + limit);
        let owed = matches!(engagement.stage, Stage::Owed(_)) && engagement.holders.is_empty();
        if !late || !owed || engagement.call.is_some() {
            return None;
        }
        let needs = self.needs(key).filter_map(|needed| self.engagements.get(&needed));
        needs.flat_map(|needed| needed.holders.keys()).copied().find(|heir| *heir != answers)
    }

    fn needs(&self, key: Key) -> impl Iterator<Item = Key> {
        needed(self.estate, key)
    }

    fn dependents(&self, key: Key) -> impl Iterator<Item = Key> {
        needing(self.estate, key)
    }

    fn terms(&self, id: MaintenanceId) -> Terms {
        match self.maintenances.get(&id).map(|maintenance| maintenance.plan.policy.running) {
            Some(Running::Stop { grace, backup }) => Terms { grace, backup, cancels: false },
            Some(Running::Finish { then, .. }) => Terms { cancels: then == Then::Cancel, ..GRACE.into() },
            Some(Running::GoOn) | None => GRACE.into(),
        }
    }
}

fn is_start(command: &Command) -> bool {
    matches!(command, Command::Life(Step::Start))
}

/// Everything that this target needs, as far as it can be acted on.
pub fn needed(estate: &Estate, key: Key) -> impl Iterator<Item = Key> {
    bound(estate, estate.all_needs_of(key.target)).map(move |target| Key { target, ..key })
}

/// Everything that needs this target, as far as it can be acted on.
pub fn needing(estate: &Estate, key: Key) -> impl Iterator<Item = Key> {
    bound(estate, estate.all_dependents_of(key.target)).map(move |target| Key { target, ..key })
}

fn bound(estate: &Estate, targets: BTreeSet<TargetId>) -> impl Iterator<Item = TargetId> {
    targets.into_iter().filter(|id| estate.target(*id).is_some_and(|target| target.binding.is_some()))
}

/// What a maintenance covers, as far as work there is to end: targets in scope with a binding.
pub fn keys(estate: &Estate, maintenance: &Maintenance) -> BTreeSet<Key> {
    if !maintenance.plan.policy.holds_running() {
        return BTreeSet::new();
    }
    let covered = bound(estate, estate.covered(&maintenance.plan.scope));
    covered.map(|target| Key { target, effect: Effect::Stop }).collect()
}

/// What is to be done now, and when to ask again at the latest. Starts come before ends, holds before releases.
pub fn missing(work: &Work<'_>, memory: &Memory, now: Instant) -> (Vec<Todo>, Option<Instant>) {
    let mut todo = Vec::new();
    let mut wake: Option<Instant> = None;
    let mut wait = |at: Instant| wake = Some(wake.map_or(at, |wake| wake.min(at)));
    for maintenance in work.maintenances.values() {
        match maintenance.due() {
            Some(due) if due.at <= now => {
                let command = work.ordered(maintenance, due, now);
                let first = if is_start(&command) { 0 } else { todo.len() };
                todo.insert(first, Todo::Give(maintenance.id, command));
            }
            Some(due) => wait(due.at),
            None => {}
        }
        if let Some(finding) = work.finding(maintenance.id) {
            todo.push(Todo::Give(maintenance.id, Command::Found(finding)));
        }
    }
    let quiet = work.maintenances.values().filter(|maintenance| maintenance.life.wants_quiet());
    // Who waits for what is not stopped any more goes on then.
    quiet.filter_map(Maintenance::cut_off_at).filter(|at| now < *at).for_each(&mut wait);
    for id in work.maintenances.keys() {
        todo.extend(work.covered(*id).filter(|key| work.must_hold(*id, *key)).map(|key| Todo::Hold(*id, key)));
    }
    let (looks, again) = work.looks(memory, now);
    todo.extend(looks);
    again.into_iter().for_each(&mut wait);
    for engagement in work.engagements.values() {
        let key = engagement.key;
        let releases = engagement.holders.keys().filter(|id| work.must_release(**id, key, now));
        todo.extend(releases.map(|id| Todo::Release(*id, key)));
        todo.extend(work.heir(key, now).map(|heir| Todo::Pass(key, heir)));
        todo.extend(work.next(engagement, memory, now));
        if let Some(at) = work.wakes_at(engagement, memory, now) {
            wait(at);
        }
    }
    (todo, wake)
}
