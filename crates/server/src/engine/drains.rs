//! What is waited for: a target is listed, and what of it still runs is stored.
use std::sync::{Arc, PoisonError};

use lull_domain::drain::Drain;
use lull_domain::engagement::{Failure, Key, Reading};
use lull_domain::estate::Estate;
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::policy::Effect;
use lull_store::Tx;

use super::Engine;
use crate::clock;
use crate::core::Refused;
use crate::outside;

impl Engine {
    /// Looks beside everything else at what a maintenance waits for on a target.
    pub(super) fn look_soon(self: Arc<Engine>, estate: Arc<Estate>, id: MaintenanceId, target: TargetId) {
        let key = Key { target, effect: Effect::Stop };
        if !self.take(key) {
            return;
        }
        tokio::spawn(async move {
            let _room = self.readings.acquire().await;
            if let Err(error) = self.look_at(estate, id, target).await {
                tracing::error!(%id, %target, error = %error, "what is waited for could not be stored; it is read again");
            }
            self.put_down(key);
        });
    }

    async fn look_at(&self, estate: Arc<Estate>, id: MaintenanceId, target: TargetId) -> Result<(), Refused> {
        let binding = estate.target(target).and_then(|target| target.binding.clone());
        let Some(binding) = binding else { return Ok(()) };
        let read = outside::read(&self.core, &estate, target, &binding).await;
        if let Err(failure) = &read {
            tracing::warn!(%target, adapter = binding.adapter, why = outside::why(failure), "a target could not be read");
        }
        self.core.store.write(move |tx| looked(tx, id, target, read.as_ref())).await?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.memory.drained_at.insert((id, target), clock::now());
        Ok(())
    }
}

/// Stores what a reading means for a maintenance, if it still waits; a reading from before it entered means nothing.
fn looked(tx: &mut Tx, id: MaintenanceId, target: TargetId, read: Result<&Reading, &Failure>) -> Result<(), Refused> {
    let Some(maintenance) = tx.lock_maintenance(id)?.filter(|maintenance| maintenance.drains()) else { return Ok(()) };
    let Some(since) = maintenance.life.progress().map(|progress| progress.since) else { return Ok(()) };
    let known = tx.drain(id, target)?.filter(|drain| drain.since == since);
    let before = known.clone().unwrap_or(Drain::new(since));
    let after = match read {
        Ok(seen) if seen.at < since => return Ok(()),
        Ok(seen) => before.read(seen),
        Err(failure) => before.unread(failure),
    };
    if known.as_ref() != Some(&after) {
        tx.put_drain(id, target, &after)?;
    }
    Ok(())
}
