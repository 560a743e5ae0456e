//! Makes snapshots: from nothing, or from the last one and what has changed since.
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::Window;
use crate::chunks::Chunks;
use crate::index::Index;
use crate::snapshot::{Epoch, Snapshot};

/// Which set of windows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetId(u32);

/// The snapshot that is being made, with what only its maker needs: which sets there are already, and who uses them.
#[derive(Debug)]
pub struct Builder {
    snapshot: Snapshot,
    /// Sets by the serials of their windows.
    interned: HashMap<Box<[u64]>, u32>,
    /// How many targets have each set.
    users: Vec<u32>,
    vacant_sets: Vec<u32>,
    vacant_slots: Vec<u32>,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder::new()
    }
}

impl Builder {
    /// A snapshot that knows nothing.
    pub fn new() -> Builder {
        let (slots, mut sets) = (Chunks::new(), Chunks::new());
        let none: Arc<[Window]> = Arc::from(&[][..]);
        sets.push(none);
        let interned = [(Box::from(&[][..]), 0)].into_iter().collect();
        let snapshot = Snapshot { epoch: Epoch(0), index: Index::new(), slots, sets };
        // Nobody ever takes away the set of no windows.
        Builder { snapshot, interned, users: vec![1], vacant_sets: Vec::new(), vacant_slots: Vec::new() }
    }

    /// As [`Builder::new`], for so many targets.
    pub fn with_capacity(targets: usize) -> Builder {
        let mut builder = Builder::new();
        builder.snapshot.index = Index::with_capacity(targets);
        builder
    }

    /// The set of these windows, which always come in the same order.
    pub fn set(&mut self, windows: &[Window]) -> SetId {
        let serials: Box<[u64]> = windows.iter().map(|window| window.serial).collect();
        if let Some(set) = self.interned.get(&serials) {
            return SetId(*set);
        }
        let set = match self.vacant_sets.pop() {
            Some(set) => {
                self.snapshot.sets.set(set, windows.into());
                set
            }
            None => {
                self.users.push(0);
                self.snapshot.sets.push(windows.into())
            }
        };
        self.interned.insert(serials, set);
        SetId(set)
    }

    /// This set holds on this target from now on; one that is not known becomes so.
    pub fn put(&mut self, path: &Arc<str>, set: SetId) {
        self.users[set.0 as usize] += 1;
        match self.snapshot.index.get(path) {
            Some(slot) => {
                let before = self.snapshot.slots.get(slot).copied();
                if before != Some(set.0) {
                    self.snapshot.slots.set(slot, set.0);
                }
                before.into_iter().for_each(|before| self.leave(before));
            }
            None => {
                let slot = self.vacant_slots.pop();
                let slot = slot.inspect(|slot| self.snapshot.slots.set(*slot, set.0));
                let slot = slot.unwrap_or_else(|| self.snapshot.slots.push(set.0));
                self.snapshot.index.insert(Arc::clone(path), slot);
            }
        }
    }

    /// Nothing is known of this target any more.
    pub fn remove(&mut self, path: &str) {
        let Some(slot) = self.snapshot.index.remove(path) else { return };
        let before = self.snapshot.slots.get(slot).copied();
        self.snapshot.slots.set(slot, 0);
        self.vacant_slots.push(slot);
        before.into_iter().for_each(|before| self.leave(before));
    }

    /// The snapshot that is being made, as far as it is.
    pub const fn current(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The snapshot as it is now, as this epoch.
    pub fn snapshot(&self, epoch: Epoch) -> Snapshot {
        Snapshot { epoch, ..self.snapshot.clone() }
    }

    /// One target fewer has this set; one that nobody has is forgotten.
    fn leave(&mut self, set: u32) {
        let users = &mut self.users[set as usize];
        *users = users.saturating_sub(1);
        if *users > 0 || set == 0 {
            return;
        }
        let Some(windows) = self.snapshot.sets.get(set) else { return };
        let serials: Box<[u64]> = windows.iter().map(|window| window.serial).collect();
        self.interned.remove(&serials);
        self.snapshot.sets.set(set, Arc::from(&[][..]));
        self.vacant_sets.push(set);
    }
}
