//! Jobs that stop work: each thing is looked at, and then what the rules say is done to it; stored at every step.
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use lull_domain::engagement::{Failure, Outcome, Reading};
use lull_domain::estate::Estate;
use lull_domain::id::JobId;
use lull_domain::job::{Call, Item, Next, State};
use lull_domain::order::Actor;
use lull_store::{StoreError, Tx};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant as Monotonic;

use super::{Engine, InMemory};
use crate::core::Refused;
use crate::failpoint::{self, Edge};
use crate::{clock, jobs, outside};

/// Things of jobs that are looked at in one pass.
const LOOKED_AT: u32 = 256;

/// No pause before a further look is longer.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// One thing of a job.
pub(super) type Part = (JobId, u64);

impl Engine {
    /// Goes on with what jobs still have to stop, as far as there is room.
    pub(super) async fn go_on_with_jobs(self: &Arc<Engine>) -> Result<(), StoreError> {
        let live = self.core.store.read(|tx| tx.live_job_items(LOOKED_AT)).await?;
        for (id, number, item) in live {
            let part = (id, number);
            let Some(room) = self.free_for(part, &item) else { continue };
            let engine = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(error) = engine.one_of_a_job(part, item).await {
                    tracing::error!(job = %id, error = %error, "a step of a job could not be stored; it is made again");
                }
                drop(room);
                engine.in_memory().jobs.remove(&part);
                engine.core.wake.notify_one();
            });
        }
        Ok(())
    }

    /// Takes it in hand, unless it is, or an earlier call may still act on it, or there is no room.
    fn free_for(&self, part: Part, item: &Item) -> Option<OwnedSemaphorePermit> {
        let mut state = self.in_memory();
        let pauses = state.job_looks.get(&part).is_some_and(|(_, until)| Monotonic::now() < *until);
        if pauses || state.jobs.contains(&part) {
            return None;
        }
        if let Some(call) = &item.call {
            let first = *state.job_calls.entry((part, call.number)).or_insert_with(Monotonic::now);
            if first.elapsed() < Duration::from_micros(u64::try_from(call.limit().0).unwrap_or(0)) {
                return None;
            }
            state.job_calls.remove(&(part, call.number));
        }
        let room = Arc::clone(&self.calls).try_acquire_owned().ok()?;
        state.jobs.insert(part).then_some(room)
    }

    fn in_memory(&self) -> MutexGuard<'_, InMemory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often it was looked at in vain, this time included; the pauses before the next look grow.
    fn in_vain(&self, part: Part, read: Result<&Reading, &Failure>) -> u32 {
        let mut state = self.in_memory();
        let before = state.job_looks.remove(&part).map_or(0, |(times, _)| times);
        if !matches!(read, Err(Failure::ForNow(_) | Failure::NoAnswer(_))) {
            return 0;
        }
        let pause = Duration::from_secs(1 << before.min(5)).min(PAUSE_MAX);
        state.job_looks.insert(part, (before + 1, Monotonic::now() + pause));
        before + 1
    }

    /// Looks at it and does the next thing, again and again until it is done or waits for a call.
    async fn one_of_a_job(&self, part: Part, mut item: Item) -> Result<(), Refused> {
        while !item.is_done() {
            let estate = self.core.estate();
            let read = outside::read(&self.core, &estate, item.target, &item.binding).await;
            let began = Monotonic::now();
            let look = Look { calls: item.calls, in_vain: self.in_vain(part, read.as_ref()), read };
            let intended = self.core.store.write(move |tx| stepped(tx, &estate, part, &look)).await?;
            let Some((stored, call)) = intended.and_then(|stored| stored.call.map(|call| (stored, call))) else {
                return Ok(());
            };
            failpoint::reached(Edge::Intent);
            if began.elapsed() >= Duration::from_micros(u64::try_from(Call::SEND_WITHIN.0).unwrap_or(0)) {
                return Ok(());
            }
            let outcome = outside::stop_one(&self.core, &stored, call.verb).await;
            failpoint::reached(Edge::Call);
            let reported = self.core.store.write(move |tx| reported(tx, part, call.number, &outcome)).await?;
            failpoint::reached(Edge::Report);
            let Some(next) = reported else { return Ok(()) };
            item = next;
        }
        Ok(())
    }
}

/// What was found, and what was known of the thing before.
struct Look {
    calls: u32,
    in_vain: u32,
    read: Result<Reading, Failure>,
}

/// Decides on what is stored and was found, and stores it: the intent of a call, or the end. None where another was faster,
/// and where it is to be looked at again.
fn stepped(tx: &mut Tx, estate: &Estate, part: Part, look: &Look) -> Result<Option<Item>, Refused> {
    tx.lock_job(part.0)?;
    let stored = tx.job_item(part.0, part.1)?.filter(|item| !item.is_done() && item.calls == look.calls);
    let Some(before) = stored else { return Ok(None) };
    let barred = jobs::barred(tx, estate, &before)?;
    let thing = look.read.as_ref().ok().and_then(|seen| seen.thing(&before.name));
    let next = match &look.read {
        Ok(seen) => Some(before.next(seen, barred)),
        Err(failure) => before.unread(failure, look.in_vain),
    };
    let Some(next) = next else { return Ok(None) };
    let after = match &next {
        Next::Call(verb) => before.calling(*verb, thing.and_then(|thing| thing.keeps_down.clone()), clock::now()),
        Next::Stopped | Next::Failed(_) => before.ended(&next),
    };
    put(tx, part, &after)?;
    Ok(Some(after))
}

/// Stores what a call did; none where that is not known.
fn reported(
    tx: &mut Tx,
    part: Part,
    number: u32,
    outcome: &Result<Vec<Outcome>, Failure>,
) -> Result<Option<Item>, Refused> {
    tx.lock_job(part.0)?;
    let before = tx.job_item(part.0, part.1)?.filter(|item| !item.is_done());
    let Some(after) = before.and_then(|item| item.reported(number, outcome)) else { return Ok(None) };
    put(tx, part, &after)?;
    Ok(Some(after))
}

/// Stores one thing of a job; its end is logged.
fn put(tx: &mut Tx, part: Part, item: &Item) -> Result<(), StoreError> {
    tx.put_job_item(part.0, part.1, item)?;
    if item.is_done() {
        let did = if item.state == State::Stopped { "stopped" } else { "did not stop" };
        let body = json!({"job": part.0, "did": did, "names": [item.name], "backup": item.backup, "reason": item.why});
        tx.append(&[jobs::entry(clock::now(), Some(item.target), Actor::Engine, body)])?;
    }
    Ok(())
}
