//! The gate of this process: its snapshot, kept true while things change.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use lull_domain::agenda::Agenda;
use lull_domain::engagement::Engagement;
use lull_domain::estate::Estate;
use lull_domain::maintenance::Maintenance;
use lull_domain::quiet::{Compiler, stopped_by};
use lull_domain::series::Series;
use lull_gate::{Epoch, Snapshot};
use lull_store::{StoreError, Tx};
use tokio::sync::watch;
use tokio::time::Instant as Monotonic;

use crate::core::Core;
use crate::series::zone_of;

/// How long a question waits for the epoch that it asks for.
const EPOCH_WITHIN: Duration = Duration::from_secs(1);
/// It looks at least this often, whether or not anybody says that something has changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Past this without a look at the store, answers are called stale: the lease of an enforcer.
const BEHIND_AFTER: Duration = Duration::from_micros(lull_domain::fence::LEASE.0.unsigned_abs());

/// What is asked, and what it is made of.
pub struct Gate {
    snapshot: ArcSwap<Snapshot>,
    epoch: watch::Sender<u64>,
    /// When it last knew all that is stored.
    abreast_at: Mutex<Monotonic>,
    made_of: Arc<tokio::sync::Mutex<MadeOf>>,
    agenda: Mutex<Agenda>,
}

/// What the snapshot was made of.
struct MadeOf {
    compiler: Compiler,
    estate: Arc<Estate>,
    epoch: u64,
}

/// What is read of the store.
pub struct Changes {
    maintenances: Vec<Maintenance>,
    engagements: Vec<Engagement>,
    series: Vec<Series>,
    epoch: u64,
}

/// Everything that the gate is made of beside the estate.
///
/// # Errors
/// What the store gives.
pub fn everything(tx: &mut Tx) -> Result<Changes, StoreError> {
    let (maintenances, engagements) = (tx.maintenances_ahead()?, tx.live_engagements()?);
    Ok(Changes { maintenances, engagements, series: tx.series_ahead()?, epoch: tx.head()?.epoch })
}

impl Gate {
    /// The gate over this estate and everything that was stored.
    pub fn new(estate: Arc<Estate>, changes: Changes) -> Gate {
        let mut agenda = Agenda::default();
        noted(&mut agenda, &changes);
        let Changes { maintenances, engagements, epoch, .. } = changes;
        let compiler = Compiler::new(&estate, &maintenances, &engagements);
        let snapshot = ArcSwap::from_pointee(compiler.snapshot(Epoch(epoch)));
        let made_of = Arc::new(tokio::sync::Mutex::new(MadeOf { compiler, estate, epoch }));
        let abreast_at = Mutex::new(Monotonic::now());
        let agenda = Mutex::new(agenda);
        Gate { abreast_at, snapshot, epoch: watch::Sender::new(epoch), made_of, agenda }
    }

    /// The snapshot as it is now.
    pub fn snapshot(&self) -> arc_swap::Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// What is planned, to be asked and let go at once.
    pub fn agenda(&self) -> std::sync::MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The epoch that it has, and a wake-up when it has another.
    pub fn epochs(&self) -> watch::Receiver<u64> {
        self.epoch.subscribe()
    }

    /// It cannot know what was ordered since a while: the store does not answer.
    pub fn is_behind(&self) -> bool {
        let at = *self.abreast_at.lock().unwrap_or_else(PoisonError::into_inner);
        at.elapsed() > BEHIND_AFTER
    }

    fn is_abreast(&self) {
        *self.abreast_at.lock().unwrap_or_else(PoisonError::into_inner) = Monotonic::now();
    }

    /// Waits for this epoch; whether it has come.
    pub async fn reaches(&self, epoch: u64) -> bool {
        let mut epochs = self.epoch.subscribe();
        let reached = epochs.wait_for(|now| *now >= epoch);
        tokio::time::timeout(EPOCH_WITHIN, reached).await.is_ok_and(|reached| reached.is_ok())
    }
}

/// Follows what is stored until the process ends.
pub async fn follow(core: Arc<Core>) {
    let mut changed = core.store.changed();
    loop {
        if let Err(error) = refresh(&core).await {
            tracing::error!(error = error.in_full(), "the gate answers from an older snapshot");
        }
        tokio::select! {
            // The store may have ended only when the process does.
            _ = changed.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Brings the snapshot up to what is stored.
///
/// # Errors
/// What the store gives; the snapshot is then as before.
pub async fn refresh(core: &Core) -> Result<(), StoreError> {
    let gate = &core.gate;
    let mut made_of = Arc::clone(&gate.made_of).lock_owned().await;
    let since = made_of.epoch;
    let known = Arc::clone(&core.known);
    // On one state of the database: this estate is what the epoch knows.
    let read = core.store.read::<_, StoreError, _>(move |tx| Ok((changes(tx, since)?, known.follow(tx)?)));
    let (changes, estate) = read.await?;
    if changes.epoch == since && Arc::ptr_eq(&estate, &made_of.estate) {
        gate.is_abreast();
        return Ok(());
    }
    // Whoever asked may be gone by then: what was patched is published by the thread that patched it.
    let gate = Arc::clone(gate);
    let patching = tokio::task::spawn_blocking(move || {
        let epoch = changes.epoch;
        noted(&mut gate.agenda(), &changes);
        gate.snapshot.store(Arc::new(made_of.patched(estate, &changes)));
        gate.epoch.send_replace(epoch);
        gate.is_abreast();
    });
    if let Err(error) = patching.await {
        tracing::error!(%error, "the gate's snapshot could not be patched; it answers from the one before");
    }
    Ok(())
}

fn changes(tx: &mut Tx, since: u64) -> Result<Changes, StoreError> {
    let epoch = tx.head()?.epoch;
    if epoch == since {
        return Ok(Changes { maintenances: Vec::new(), engagements: Vec::new(), series: Vec::new(), epoch });
    }
    let series = tx.series_since(since)?;
    Ok(Changes {
        maintenances: tx.maintenances_since(since)?,
        engagements: tx.engagements_since(since)?,
        series,
        epoch,
    })
}

/// Notes in the agenda what has changed.
fn noted(agenda: &mut Agenda, changes: &Changes) {
    changes.maintenances.iter().for_each(|maintenance| agenda.maintenance_changed(maintenance));
    for series in &changes.series {
        match zone_of(series) {
            Ok(zone) => agenda.series_changed(series.clone(), zone),
            Err(refusal) => tracing::error!(series = %series.id, why = refusal.detail, "a series is not looked at"),
        }
    }
}

impl MadeOf {
    /// The snapshot with these changes.
    fn patched(&mut self, estate: Arc<Estate>, changes: &Changes) -> Snapshot {
        let began = Monotonic::now();
        if !Arc::ptr_eq(&estate, &self.estate) {
            let (gone, changed) = estate.since(&self.estate);
            gone.iter().for_each(|path| self.compiler.target_removed(path));
            changed.into_iter().for_each(|target| self.compiler.target_changed(&estate, target));
            self.estate = estate;
        }
        for maintenance in &changes.maintenances {
            self.compiler.maintenance_changed(&self.estate, maintenance);
        }
        for engagement in &changes.engagements {
            self.compiler.engagement_changed(&self.estate, engagement);
        }
        self.epoch = changes.epoch;
        let snapshot = self.compiler.snapshot(Epoch(self.epoch));
        tracing::debug!(epoch = self.epoch, took = ?began.elapsed(), "the gate's snapshot is patched");
        snapshot
    }
}

/// Raises the epoch where what the gate knows of an engagement has changed; this transaction has taken it.
///
/// # Errors
/// What the store gives.
pub fn mark(tx: &mut Tx, before: &Engagement, after: &Engagement) -> Result<(), StoreError> {
    let known = |engagement: &Engagement| (stopped_by(engagement), engagement.is_reverted());
    if known(before) == known(after) {
        return Ok(());
    }
    let epoch = tx.raise_epoch()?;
    tx.mark_engagement(after.key, epoch)
}
