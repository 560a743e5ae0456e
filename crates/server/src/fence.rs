//! Says which epoch this process's gate has, and notes what every enforcer has reported.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lull_domain::Instant;
use lull_domain::fence::{Enforcer, LEASE, RENEW};
use lull_store::{StoreError, Tx};

use crate::clock;
use crate::core::Core;
use crate::gate;

/// The pause between two words, where the epoch stays.
const PAUSE: Duration = Duration::from_micros(RENEW.0.unsigned_abs());

/// The name of a process that listens there; the same after a restart, so that it comes back as itself.
pub fn name(address: SocketAddr) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("lull@{}/{address}", if host.trim().is_empty() { "localhost" } else { host.trim() })
}

/// Says for the first time which epoch it has, then knows everything up to it: only now it may answer anybody.
///
/// # Errors
/// What the store gives.
pub async fn join(core: &Core, name: &str) -> Result<(), StoreError> {
    reported(core, name).await?;
    gate::refresh(core).await
}

/// Reports until the process ends.
pub async fn report(core: Arc<Core>, name: String) {
    let mut epochs = core.gate.epochs();
    loop {
        epochs.mark_unchanged();
        if let Err(error) = reported(&core, &name).await {
            tracing::warn!(error = error.in_full(), "this gate could not say which epoch it has");
        }
        tokio::select! {
            // The gate lives as long as the process.
            _ = epochs.changed() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// This process decides no more.
///
/// # Errors
/// What the store gives.
pub async fn leave(core: &Core, name: String) -> Result<(), StoreError> {
    core.store.write(move |tx| tx.delete_enforcer(&name)).await.map(|_| ())
}

/// Stores the word of an enforcer, then what is now known to everybody: never both in one transaction, as others take a
/// maintenance first.
async fn reported(core: &Core, name: &str) -> Result<(), StoreError> {
    let now = clock::now();
    let epoch = core.gate.snapshot().epoch.0;
    let enforcer = Enforcer { name: name.to_owned(), epoch, lease_until: now + LEASE };
    core.store.write(move |tx| tx.put_enforcer(&enforcer)).await?;
    if core.store.read(|tx| Ok::<_, StoreError>(tx.unreported()?.is_empty())).await? {
        return Ok(());
    }
    core.store.write(move |tx| known(tx, now)).await
}

/// Notes which maintenances every enforcer knows.
fn known(tx: &mut Tx, now: Instant) -> Result<(), StoreError> {
    let enforcers = tx.enforcers()?;
    let known = |epoch: &u64| !enforcers.iter().any(|enforcer| enforcer.lacks(*epoch));
    for (id, _) in tx.unreported()?.into_iter().filter(|(_, epoch)| known(epoch)) {
        if tx.lock_maintenance(id)?.is_some() {
            tx.mark_reported(id, now)?;
        }
    }
    Ok(())
}
