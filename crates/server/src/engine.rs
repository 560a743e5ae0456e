//! The loop around what is missing: it asks, does, and asks again. It decides nothing.
//!
//! Every step is decided once more in the transaction that stores it. What this process holds in memory is only what saves
//! work, and the monotonic clock by which it waits out calls; it may be lost at any moment.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lull_domain::Instant;
use lull_domain::engagement::{Engagement, Key};
use lull_domain::estate::Estate;
use lull_domain::order::{Command, Step};
use lull_domain::work::{Memory, Todo, missing};
use lull_store::{Drains, StoreError, Tx};
use tokio::sync::Semaphore;
use tokio::time::Instant as Monotonic;

use crate::clock;
use crate::core::{Core, Refused};
use crate::series::{self, Around};

mod agreement;
mod approvals;
mod calls;
mod drains;
mod ground;
mod jobs;
mod steps;
#[cfg(test)]
mod tests;

use agreement::Agreement;
use approvals::Approvals;
use ground::{Coverage, Ground};

/// Calls at a time, and readings at a time; more wait.
const AT_A_TIME: usize = 64;
/// Things of jobs at a time: they have a share of their own, so that what a maintenance owes never waits for them.
const JOBS_AT_A_TIME: usize = 16;
/// It asks at least this often, whatever it was told to wait for.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Passes without a pause between them, before others get their turn.
const PASSES_MAX: usize = 64;

/// The engine of one process.
pub struct Engine {
    core: Arc<Core>,
    state: Mutex<InMemory>,
    coverage: Arc<Coverage>,
    calls: Arc<Semaphore>,
    readings: Semaphore,
    room_for_jobs: Arc<Semaphore>,
}

/// What only this process knows.
#[derive(Default)]
struct InMemory {
    memory: Memory,
    /// How its clock stands to the database's.
    agreement: Agreement,
    /// When it first saw each call that may still act, by its own monotonic clock.
    first_seen: BTreeMap<(Key, u64), Monotonic>,
    /// Engagements that it is reading or calling for.
    busy: BTreeSet<Key>,
    /// Things of jobs that it is at.
    jobs: BTreeSet<jobs::Part>,
    /// When it first saw each call of a job that may still act, as its maker was heard of last, by its own monotonic clock.
    job_calls: BTreeMap<(jobs::Part, jobs::Heard), Monotonic>,
    /// How often things of jobs were looked at in vain, and until when they are not looked at again.
    job_looks: BTreeMap<jobs::Part, (u32, Monotonic)>,
    /// On which estate all approvals were looked at last, and when.
    approvals: Approvals,
    /// Adapters whose outside could not be reached when it was read last.
    away: BTreeSet<String>,
    /// Those that have answered again since the last pass.
    came_back: BTreeSet<String>,
}

/// What one pass saw.
struct Seen {
    todo: Vec<Todo>,
    wake: Option<Instant>,
}

impl Engine {
    /// An engine over this core.
    pub fn new(core: Arc<Core>) -> Arc<Engine> {
        Arc::new(Engine {
            core,
            state: Mutex::default(),
            coverage: Arc::default(),
            calls: Arc::new(Semaphore::new(AT_A_TIME)),
            readings: Semaphore::new(AT_A_TIME),
            room_for_jobs: Arc::new(Semaphore::new(JOBS_AT_A_TIME)),
        })
    }

    /// Runs until the process ends. `ready` is told after the first pass that went through.
    pub async fn run(self: Arc<Engine>, ready: impl Fn() + Send) {
        let mut changed = self.core.store.changed();
        loop {
            let mut wake = None;
            for _ in 0..PASSES_MAX {
                match self.pass().await {
                    Ok((false, at)) => {
                        wake = at;
                        ready();
                        break;
                    }
                    Ok((true, _)) => {}
                    Err(error) => {
                        tracing::error!(error = %error, "a pass failed; it is tried again");
                        break;
                    }
                }
            }
            let most = if self.core.clock.holds() { ASK_EVERY } else { clock::TICK };
            let pause = wake.map_or(most, |at| clock::until(at).min(most));
            tokio::select! {
                () = self.core.wake.notified() => {}
                // The store may have ended only when the process does.
                _ = changed.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One pass: looks at what is stored and does what is missing. Answers whether anything changed at once.
    async fn pass(self: &Arc<Engine>) -> Result<(bool, Option<Instant>), StoreError> {
        let (known, now) = (Arc::clone(&self.core.known), clock::now());
        if self.agreement(now) == Agreement::IsOff {
            return Ok((false, None));
        }
        let (believed, approvals) = (self.core.clock.holds(), self.approvals());
        let mut changed = believed && self.make_occurrences(now).await?;
        let read = self.core.store.read::<_, StoreError, _>(move |tx| {
            let estate = known.follow(tx)?;
            Ok((approvals.lapsed(tx, &estate)?, estate, stored(tx, now)?))
        });
        let (lapsed, estate, work) = read.await?;
        let Seen { mut todo, mut wake } = self.look(&self.ground(Arc::clone(&estate)), work, now);
        if !believed {
            todo.retain(|todo| !is_by_clock(todo));
            wake = None;
        }
        todo.extend(self.to_lapse(lapsed, &estate));
        for wave in waves(todo) {
            let steps = wave.into_iter().map(|todo| self.clone().step(Arc::clone(&estate), todo));
            changed |= futures_util::future::join_all(steps).await.into_iter().any(|did| did);
        }
        self.go_on_with_jobs().await?;
        Ok((changed, wake))
    }

    /// Occurrences of series whose time to be made has come. Answers whether there were any.
    async fn make_occurrences(&self, now: Instant) -> Result<bool, StoreError> {
        let due = self.core.store.read::<_, StoreError, _>(move |tx| tx.due_series(now)).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let mut any = false;
        let around = Around::now(&self.core).await?;
        for id in due {
            let around = around.clone();
            match self.core.store.write(move |tx| series::make(tx, id, &around, now)).await {
                Ok(made) => any |= made,
                Err(refused) => tracing::error!(series = %id, error = %refused, "its occurrences could not be made"),
            }
        }
        Ok(any)
    }

    /// How this process's clock stands to the database's.
    fn agreement(&self, now: Instant) -> Agreement {
        let agreement = Agreement::of(now, self.core.store.clock());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        agreement.tell(std::mem::replace(&mut state.agreement, agreement));
        agreement
    }

    /// What is missing, but for what this process is already at.
    fn look(&self, ground: &Ground, stored: Stored, now: Instant) -> Seen {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.remember(stored.engagements.values());
        state.doubt_again(&ground.estate, stored.engagements.values());
        ground.forget_all_but(&stored.maintenances);
        state.memory.drained_at.retain(|(id, _), _| stored.maintenances.contains_key(id));
        let work = ground.work(stored.maintenances, stored.engagements).with_drains(stored.drains);
        let (mut todo, wake) = missing(&work, &state.memory, now);
        todo.retain(|todo| !matches!(todo, Todo::Read(key) | Todo::Call(key, ..) if state.busy.contains(key)));
        Seen { todo, wake: wake.into_iter().chain(stored.next_due_at).min() }
    }

    /// Does one thing; whether it changed what is stored at once.
    async fn step(self: Arc<Engine>, estate: Arc<Estate>, todo: Todo) -> bool {
        let done = match todo {
            Todo::Read(key) => {
                self.read_soon(estate, key);
                Ok(false)
            }
            Todo::Look(id, target) => {
                self.look_soon(estate, id, target);
                Ok(false)
            }
            Todo::Call(key, ..) => self.call(estate, key, todo).await,
            Todo::Give(..)
            | Todo::Hold(..)
            | Todo::Release(..)
            | Todo::Quiet(_)
            | Todo::Applied(_)
            | Todo::Free(_)
            | Todo::Pass(..) => self.settle(estate, todo).await,
        };
        match done {
            Ok(changed) => changed,
            Err(Refused::Rule(refusal)) => {
                tracing::warn!(refusal = %refusal.detail, "an order of the engine was refused");
                false
            }
            Err(error @ (Refused::Store(_) | Refused::Overtaken)) => {
                tracing::error!(error = %error, "a step could not be stored; it is tried again");
                false
            }
        }
    }

    /// What steps stand on: the estate as it is now, and what was found covered on it.
    fn ground(&self, estate: Arc<Estate>) -> Ground {
        Ground { estate, coverage: Arc::clone(&self.coverage) }
    }

    /// What this process knows of one engagement.
    fn memory(&self, key: Key) -> Memory {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = state.memory.quiet.range((key, 0)..=(key, u64::MAX)).copied().collect();
        let read_at = state.memory.read_at.get(&key).map(|at| (key, *at)).into_iter().collect();
        let back = state.memory.back.get(&key).copied().into_iter().collect();
        Memory { quiet, read_at, back, ..Memory::default() }
    }

    /// Marks an engagement as being worked on here; false where it is already.
    fn take(&self, key: Key) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).busy.insert(key)
    }

    /// It is worked on here no more.
    fn put_down(&self, key: Key) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).busy.remove(&key);
        self.core.wake.notify_one();
    }
}

impl InMemory {
    /// Notes how a reading through this adapter went: whether its outside could be reached.
    fn note_read(&mut self, adapter: &str, reached: bool) {
        if !reached {
            self.away.insert(adapter.to_owned());
        } else if self.away.remove(adapter) {
            self.came_back.insert(adapter.to_owned());
        }
    }

    /// What is in doubt is read once more when its outside answers again.
    fn doubt_again<'a>(&mut self, estate: &Estate, engagements: impl Iterator<Item = &'a Engagement>) {
        let came_back = std::mem::take(&mut self.came_back);
        let mut doubted = BTreeSet::new();
        for engagement in engagements.filter(|engagement| engagement.doubt.is_some()) {
            let binding = estate.target(engagement.key.target).and_then(|target| target.binding.as_ref());
            if binding.is_some_and(|binding| came_back.contains(&binding.adapter)) {
                self.memory.back.insert(engagement.key);
            }
            doubted.insert(engagement.key);
        }
        self.memory.back.retain(|key| doubted.contains(key));
    }

    /// Notes calls that may still act, and those whose time is over by this process's own clock.
    fn remember<'a>(&mut self, engagements: impl Iterator<Item = &'a Engagement>) {
        let mut alive = BTreeSet::new();
        for engagement in engagements {
            let Some(call) = &engagement.call else { continue };
            let id = (engagement.key, call.number);
            let first = *self.first_seen.entry(id).or_insert_with(Monotonic::now);
            let limit = u64::try_from((call.quiet_at - call.started_at).0).unwrap_or(0);
            if first.elapsed() >= Duration::from_micros(limit) {
                self.memory.quiet.insert(id);
            }
            alive.insert(id);
        }
        self.first_seen.retain(|id, _| alive.contains(id));
        self.memory.quiet.retain(|id| alive.contains(id));
    }
}

/// It is ordered because a time has come.
fn is_by_clock(todo: &Todo) -> bool {
    matches!(todo, Todo::Give(_, Command::Life(_) | Command::Edit(_) | Command::Tell(_)))
}

/// What a pass looks at.
struct Stored {
    maintenances: BTreeMap<lull_domain::id::MaintenanceId, lull_domain::maintenance::Maintenance>,
    engagements: BTreeMap<Key, Engagement>,
    drains: Drains,
    next_due_at: Option<Instant>,
}

fn stored(tx: &mut Tx, now: Instant) -> Result<Stored, StoreError> {
    let live = tx.live_maintenances()?.into_iter().chain(tx.due_maintenances(now)?);
    Ok(Stored {
        maintenances: live.map(|maintenance| (maintenance.id, maintenance)).collect(),
        engagements: tx.live_engagements()?.into_iter().map(|engagement| (engagement.key, engagement)).collect(),
        drains: tx.drains()?,
        next_due_at: tx.next_due_at(now)?.into_iter().chain(tx.next_series_due_at(now)?).min(),
    })
}

/// Starts before everything else, holds before releases; the steps of one wave are stored side by side.
fn waves(todo: Vec<Todo>) -> Vec<Vec<Todo>> {
    let mut waves: Vec<Vec<Todo>> = vec![Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for todo in todo {
        let wave = match &todo {
            Todo::Give(_, Command::Life(Step::Start)) => 0,
            Todo::Give(..) => 1,
            Todo::Hold(..) => 2,
            Todo::Release(..)
            | Todo::Quiet(_)
            | Todo::Read(_)
            | Todo::Look(..)
            | Todo::Call(..)
            | Todo::Applied(_)
            | Todo::Free(_)
            | Todo::Pass(..) => 3,
        };
        waves[wave].push(todo);
    }
    waves
}
