//! Jobs that stop work: each thing is looked at, and then what the rules say is done to it; stored at every step.
use std::collections::BTreeMap;
use std::convert::Infallible;
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
/// A call by its number, and how often its maker was heard of.
pub(super) type Heard = (u32, u32);

/// Why a thing is not stopped whose target was deleted meanwhile, or bound otherwise.
const STRAYED: &str = "it is its target's no more: that was deleted, or is bound otherwise";

impl Engine {
    /// Goes on with what jobs still have to stop, as far as there is room.
    pub(super) async fn go_on_with_jobs(self: &Arc<Engine>) -> Result<(), StoreError> {
        let live = self.core.store.read(|tx| tx.live_job_items(LOOKED_AT)).await?;
        self.in_memory().forget_all_but(&live);
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
        if item.call.is_some_and(|call| state.may_act(part, &call, Monotonic::now())) {
            return None;
        }
        let room = Arc::clone(&self.room_for_jobs).try_acquire_owned().ok()?;
        state.jobs.insert(part).then_some(room)
    }

    fn in_memory(&self) -> MutexGuard<'_, InMemory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often it was looked at in vain, this time included; the pauses before the next look grow.
    fn in_vain(&self, part: Part, failed: Option<&Failure>) -> u32 {
        let mut state = self.in_memory();
        let before = state.job_looks.remove(&part).map_or(0, |(times, _)| times);
        if !matches!(failed, Some(Failure::ForNow(_) | Failure::NoAnswer(_))) {
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
            let read = outside::read_for(&self.core, &estate, &item).await;
            let began = Monotonic::now();
            let look = Look { calls: item.calls, in_vain: self.in_vain(part, read.as_ref().err()), read };
            let intended = self.core.store.write(move |tx| stepped(tx, &estate, part, &look)).await?;
            let Some((stored, call)) = intended.and_then(|stored| stored.call.map(|call| (stored, call))) else {
                return Ok(());
            };
            failpoint::reached(Edge::Intent);
            if began.elapsed() >= Duration::from_micros(u64::try_from(Call::SEND_WITHIN.0).unwrap_or(0)) {
                return Ok(());
            }
            let outcome = tokio::select! {
                outcome = outside::stop_one(&self.core, &stored, call.verb) => outcome,
                never = self.says_so(part, call.number) => match never {},
            };
            failpoint::reached(Edge::Call);
            let reported = self.core.store.write(move |tx| reported(tx, part, call, &outcome)).await?;
            failpoint::reached(Edge::Report);
            let Some(next) = reported else { return Ok(()) };
            item = next;
        }
        Ok(())
    }

    /// Says again and again that it makes this call, so that no other process makes it too.
    async fn says_so(&self, part: Part, number: u32) -> Infallible {
        loop {
            tokio::time::sleep(Duration::from_micros(u64::try_from(Call::ALIVE_EVERY.0).unwrap_or(0))).await;
            let said = self.core.store.write::<_, StoreError, _>(move |tx| {
                tx.lock_job(part.0)?;
                let alive = tx.job_item(part.0, part.1)?.and_then(|item| item.alive(number));
                alive.map_or(Ok(()), |item| tx.put_job_item(part.0, part.1, &item))
            });
            if let Err(error) = said.await {
                tracing::warn!(job = %part.0, error = %error, "that a call of a job goes on could not be stored");
            }
        }
    }
}

impl InMemory {
    /// Whether a call of an earlier process, or of another one, may still act: its time runs from when it was heard of last.
    fn may_act(&mut self, part: Part, call: &Call, now: Monotonic) -> bool {
        let heard_at = *self.job_calls.entry((part, heard(call))).or_insert(now);
        now.duration_since(heard_at) < Duration::from_micros(u64::try_from(call.limit().0).unwrap_or(0))
    }

    /// Forgets what is not to be done any more, and calls that were heard of since.
    fn forget_all_but(&mut self, live: &[(JobId, u64, Item)]) {
        let parts: BTreeMap<Part, Option<Heard>> =
            live.iter().map(|(id, number, item)| ((*id, *number), item.call.as_ref().map(heard))).collect();
        self.job_calls.retain(|(part, heard), _| parts.get(part) == Some(&Some(*heard)));
        self.job_looks.retain(|part, _| parts.contains_key(part));
    }
}

const fn heard(call: &Call) -> Heard {
    (call.number, call.alive)
}

/// What was found, and what was known of the thing before.
struct Look {
    calls: u32,
    in_vain: u32,
    /// With whether it is its target's no more.
    read: Result<(Reading, bool), Failure>,
}

/// Decides on what is stored and was found, and stores it: the intent of a call, or the end. None where another was faster,
/// and where it is to be looked at again.
fn stepped(tx: &mut Tx, estate: &Estate, part: Part, look: &Look) -> Result<Option<Item>, Refused> {
    tx.lock_job(part.0)?;
    let stored = tx.job_item(part.0, part.1)?.filter(|item| !item.is_done() && item.calls == look.calls);
    let Some(before) = stored else { return Ok(None) };
    let thing = look.read.as_ref().ok().and_then(|(seen, _)| seen.thing(&before.name));
    let next = match &look.read {
        Ok((seen, true)) => Some(before.next(seen, Some(STRAYED.to_owned()))),
        Ok((seen, false)) => Some(before.next(seen, jobs::barred(tx, estate, &before)?)),
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
    call: Call,
    outcome: &Result<Vec<Outcome>, Failure>,
) -> Result<Option<Item>, Refused> {
    tx.lock_job(part.0)?;
    let before = tx.job_item(part.0, part.1)?;
    let Some(after) = before.and_then(|item| item.reported(call, outcome)) else { return Ok(None) };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        let body = serde_json::json!({
            "target": lull_domain::id::TargetId(1), "binding": {"adapter": "here", "match": {}}, "name": "ws-1",
            "state": "backing_up", "call": {"number": 1, "verb": "backup", "started_at": clock::now()},
        });
        serde_json::from_value(body).expect("it is an item")
    }

    #[test]
    fn a_backup_is_left_to_the_process_that_says_it_makes_it_and_no_longer() {
        let (mut state, part, began) = (InMemory::default(), (JobId(1), 0), Monotonic::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        let call = item().call.expect("it is on its way");
        assert!(state.may_act(part, &call, at(0)));
        assert!(state.may_act(part, &call, at(29)));
        let heard = Call { alive: 1, ..call };
        assert!(state.may_act(part, &heard, at(31)), "it was heard of again");
        assert!(state.may_act(part, &heard, at(60)));
        assert!(!state.may_act(part, &heard, at(61)), "nothing was heard for half a minute");
        let live = (part.0, part.1, Item { call: Some(heard), ..item() });
        state.forget_all_but(std::slice::from_ref(&live));
        assert_eq!(state.job_calls.len(), 1);
        state.forget_all_but(&[]);
        assert!(state.job_calls.is_empty());
    }
}
