//! The estate as this process knows it, kept abreast of what other processes change.
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use lull_domain::estate::Estate;
use lull_store::{EntryFilter, EntryKind, Logged, StoreError, Tx};

/// Changes that are followed one by one; where there are more, everything is read again.
const CHANGES_MAX: u32 = 256;
/// The log's changes of the estate.
const TARGETS: EntryFilter = EntryFilter { kind: Some(EntryKind::Target), maintenance: None, target: None };

/// The estate, and how much of the log it holds.
pub struct Known(RwLock<(Arc<Estate>, u64)>);

impl Known {
    /// The estate as it is stored.
    ///
    /// # Errors
    /// What the store gives.
    pub fn read(tx: &mut Tx) -> Result<Known, StoreError> {
        Ok(Known(RwLock::new(whole(tx)?)))
    }

    /// The estate, and the number of the log up to which it holds every change.
    pub fn now(&self) -> (Arc<Estate>, u64) {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The estate with every change up to this number; an older one is not taken.
    pub fn put(&self, estate: Arc<Estate>, seq: u64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if seq > known.1 {
            *known = (estate, seq);
        }
    }

    /// The estate as this transaction sees it: what was changed since is read. One look at an index where nothing was.
    ///
    /// # Errors
    /// What the store gives.
    pub fn follow(&self, tx: &mut Tx) -> Result<Arc<Estate>, StoreError> {
        let (estate, seq) = self.now();
        let changes = tx.entries(seq, &TARGETS, CHANGES_MAX)?;
        let Some(last) = changes.last() else { return Ok(estate) };
        let (estate, seq) = match changes.len() < CHANGES_MAX as usize {
            true => (Arc::new(changed(tx, &estate, &changes)?), last.seq),
            false => whole(tx)?,
        };
        self.put(Arc::clone(&estate), seq);
        Ok(estate)
    }
}

/// Whether the estate was changed after this number of the log.
///
/// # Errors
/// What the store gives.
pub fn is_changed_since(tx: &mut Tx, seq: u64) -> Result<bool, StoreError> {
    Ok(!tx.entries(seq, &TARGETS, 1)?.is_empty())
}

fn whole(tx: &mut Tx) -> Result<(Arc<Estate>, u64), StoreError> {
    let seq = tx.head()?.seq;
    Ok((Arc::new(Estate::from_targets(tx.targets()?)), seq))
}

/// The estate with the targets of these changes as they are stored now.
fn changed(tx: &mut Tx, before: &Estate, changes: &[Logged]) -> Result<Estate, StoreError> {
    let mut stored = BTreeMap::new();
    for id in changes.iter().filter_map(|change| change.entry.target) {
        stored.insert(id, tx.target(id)?);
        // Where it was moved, what was below it was moved with it.
        let (is, was) = (stored[&id].as_ref().map(|target| &target.path), before.target(id).map(|target| &target.path));
        if let (Some(is), Some(was)) = (is, was)
            && is != was
        {
            for below in before.under(was) {
                stored.insert(below.id, tx.target(below.id)?);
            }
        }
    }
    let mut after = before.clone();
    stored.keys().for_each(|id| drop(after.remove(*id)));
    stored.into_values().flatten().for_each(|target| after.insert(target));
    Ok(after)
}
