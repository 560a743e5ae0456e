//! Readings and calls: what goes out to the adapters, and what is stored of what comes back.
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use lull_domain::engagement::{Call, Engagement, Failure, Item, Key, Reading, Report};
use lull_domain::estate::{Binding, Estate};
use lull_domain::work::{Todo, Work};
use lull_store::Claim;
use tokio::time::Instant as Monotonic;

use super::Engine;
use super::steps::{locked, put, tell};
use crate::clock;
use crate::core::Refused;
use crate::failpoint::{self, Edge};
use crate::outside;

impl Engine {
    /// Reads a target beside everything else; one reading of it at a time.
    pub(super) fn read_soon(self: Arc<Engine>, estate: Arc<Estate>, key: Key) {
        if !self.take(key) {
            return;
        }
        tokio::spawn(async move {
            let _room = self.readings.acquire().await;
            if let Err(error) = self.read(estate, key).await {
                tracing::error!(%key, error = %error, "a reading could not be stored; it is made again");
            }
            self.put_down(key);
        });
    }

    /// A reading counts only if the engagement has not changed since it began.
    async fn read(&self, estate: Arc<Estate>, key: Key) -> Result<(), Refused> {
        let before = self.core.store.read::<_, Refused, _>(move |tx| Ok(tx.engagement(key)?)).await?;
        let Some(binding) = binding(&estate, &before) else { return Ok(()) };
        let read = outside::read(&self.core, &estate, key.target, &binding).await;
        if let Err(failure) = &read {
            tracing::warn!(%key, adapter = binding.adapter, why = outside::why(failure), "a target could not be read");
        }
        let reached = !matches!(read, Err(Failure::ForNow(_) | Failure::NoAnswer(_)));
        self.state.lock().unwrap_or_else(PoisonError::into_inner).note_read(&binding.adapter, reached);
        let revision = before.revision;
        let ground = self.ground(estate);
        let stored = self.core.store.write(move |tx| {
            let now = clock::now();
            let (work, before) = locked(tx, &ground, &Todo::Read(key), key, now)?;
            if before.revision != revision || before.call.is_some() {
                return Ok::<_, Refused>(false);
            }
            let after = understood(&work, &before, read.as_ref(), now);
            if (Engagement { revision: before.revision, ..after.clone() }) != before {
                put(tx, &before, &after, now)?;
            }
            if let Some(suspects) = before.suspects(read.as_ref()) {
                tell(tx, key, &suspects, now)?;
            }
            Ok(read.is_ok())
        });
        if stored.await? {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.memory.read_at.insert(key, clock::now());
            state.memory.back.remove(&key);
        }
        Ok(())
    }

    /// Stores the intent of a call, if it is still to be made, and sends it beside everything else.
    pub(super) async fn call(self: Arc<Engine>, estate: Arc<Estate>, key: Key, todo: Todo) -> Result<bool, Refused> {
        // No intent without room to send it at once: past its time it would only be waited for.
        let Ok(room) = Arc::clone(&self.calls).try_acquire_owned() else { return Ok(false) };
        if !self.take(key) {
            return Ok(false);
        }
        let memory = self.memory(key);
        let ground = self.ground(estate);
        let began = Monotonic::now();
        let intended = self.core.store.write(move |tx| {
            let now = clock::now();
            let (work, before) = locked(tx, &ground, &todo, key, now)?;
            let Some(after) = work.settle(&todo, &memory, now) else { return Ok::<_, Refused>(None) };
            let quiet_at = after.call.as_ref().map_or(now, |call| call.quiet_at);
            if !tx.claim(key, &Claim { by: process(), until: quiet_at }, now)? {
                return Ok(None);
            }
            put(tx, &before, &after, now)?;
            Ok(Some(after))
        });
        match intended.await {
            Ok(Some(engagement)) => {
                failpoint::reached(Edge::Intent);
                tokio::spawn(async move {
                    self.send(engagement, began).await;
                    drop(room);
                    self.put_down(key);
                });
                Ok(true)
            }
            Ok(None) => {
                self.put_down(key);
                Ok(false)
            }
            Err(refused) => {
                self.put_down(key);
                Err(refused)
            }
        }
    }

    /// Sends a call within its time, and reports what it did.
    async fn send(&self, engagement: Engagement, began: Monotonic) {
        let Some(call) = engagement.call.clone() else { return };
        let items = called(&engagement, &call);
        let within = Duration::from_micros(u64::try_from((call.send_by - call.started_at).0).unwrap_or(0));
        // Looked at again right before the sending: past it nobody sends.
        if began.elapsed() >= within {
            tracing::warn!(key = %engagement.key, "a call was not sent in time; it is left to go quiet");
            return;
        }
        let outcome = outside::send(&self.core, &engagement, call.verb, &items).await;
        failpoint::reached(Edge::Call);
        if let Err(failure) = &outcome {
            tracing::warn!(key = %engagement.key, verb = ?call.verb, why = outside::why(failure), "a call failed");
        }
        let Some(receipt) = engagement.receipt() else { return };
        let (number, op, verb, binding) = (call.number, call.op, call.verb, receipt.binding.clone());
        self.report(engagement.key, Report { number, op, verb, binding, items, outcome }).await;
        failpoint::reached(Edge::Report);
    }

    /// What it did; where that cannot be stored, the call goes quiet, which is safe and slow.
    async fn report(&self, key: Key, report: Report) {
        let stored = self.core.store.write(move |tx| {
            let now = clock::now();
            let before = tx.lock_engagement(key)?;
            let after = before.clone().reported(&report, now);
            if after != before {
                put(tx, &before, &after, now)?;
            }
            tx.unclaim(key, &process())?;
            Ok::<_, Refused>(())
        });
        if let Err(error) = stored.await {
            tracing::error!(%key, error = %error, "a report could not be stored; the call is left to go quiet");
        }
    }
}

/// What a reading, or its failure, means.
fn understood(
    work: &Work<'_>,
    before: &Engagement,
    read: Result<&Reading, &Failure>,
    now: lull_domain::Instant,
) -> Engagement {
    match read {
        Ok(seen) => spared(work, before.clone().read(seen, work.is_entering(before), now)),
        Err(failure) => before.clone().unread(failure, now),
    }
}

/// What people let run on while it was waited for is not stopped afterwards.
fn spared(work: &Work<'_>, mut engagement: Engagement) -> Engagement {
    for (name, accepted) in work.spared(&engagement) {
        if engagement.items().iter().any(|item| item.name == name && item.is_ours()) {
            engagement = engagement.accepted(&[name], &accepted.by, &accepted.reason);
        }
    }
    engagement
}

/// What it is read with: the binding of its receipt, else the target's.
fn binding(estate: &Estate, engagement: &Engagement) -> Option<Binding> {
    let own = || estate.target(engagement.key.target).and_then(|target| target.binding.clone());
    engagement.receipt().map(|receipt| receipt.binding.clone()).or_else(own)
}

fn called(engagement: &Engagement, call: &Call) -> Vec<Item> {
    engagement.items().iter().filter(|item| call.names.contains(&item.name)).cloned().collect()
}

/// The name under which this process claims work.
fn process() -> String {
    use std::sync::OnceLock;
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| format!("{:032x}", clock::id())).clone()
}
