//! All that the gate needs to know, at one epoch.
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::Window;
use crate::chunks::Chunks;
use crate::index::Index;

/// Grows with every change of the snapshot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Epoch(pub u64);

/// What holds on every target, from now on. A clone shares what does not change.
#[derive(Clone)]
pub struct Snapshot {
    /// Which one it is.
    pub epoch: Epoch,
    pub(crate) index: Index,
    /// The set of windows of each target, by its number.
    pub(crate) slots: Chunks<u32>,
    /// The sets of windows; most targets share one.
    pub(crate) sets: Chunks<Arc<[Window]>>,
}

/// What is known of a target.
pub(crate) struct Found<'s> {
    /// The windows on it, or on the nearest known target above it.
    pub windows: &'s [Window],
    /// It is known itself, or something above it is that is not the whole installation.
    pub known: bool,
}

impl Snapshot {
    /// How many targets it knows.
    pub const fn count(&self) -> u32 {
        self.slots.count()
    }

    /// What holds at this path: of the target, or of the nearest known one above it.
    pub fn held(&self, path: &str) -> &[Window] {
        self.find(path).windows
    }

    /// The windows on exactly this target; none where it is not known.
    pub fn windows(&self, path: &str) -> Option<&[Window]> {
        self.index.get(own(path)).map(|slot| self.at(slot))
    }

    /// The same, and whether more than the installation is known there.
    pub(crate) fn find(&self, path: &str) -> Found<'_> {
        let mut path = own(path);
        loop {
            if let Some(slot) = self.index.get(path) {
                return Found { windows: self.at(slot), known: true };
            }
            path = match path.rfind('/') {
                Some(end) => &path[..end],
                None => break,
            };
        }
        let windows = self.index.get("").map_or(&[][..], |slot| self.at(slot));
        Found { windows, known: false }
    }

    /// Every target with its windows, in no order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[Window])> {
        self.index.iter().map(|(path, slot)| (path, self.at(slot)))
    }

    fn at(&self, slot: u32) -> &[Window] {
        let set = self.slots.get(slot).and_then(|set| self.sets.get(*set));
        set.map_or(&[], |windows| windows)
    }
}

impl fmt::Debug for Snapshot {
    /// Where anything holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held =
            |windows: &[Window]| -> Vec<_> { windows.iter().map(|w| (w.quiet.id.clone(), w.closes, w.ends)).collect() };
        let held =
            self.entries().filter(|(_, windows)| !windows.is_empty()).map(|(path, windows)| (path, held(windows)));
        f.debug_map().entries(held).finish()
    }
}

impl PartialEq for Snapshot {
    /// By what they say of every target.
    fn eq(&self, other: &Snapshot) -> bool {
        let sorted = |snapshot: &Snapshot| {
            let mut paths: Vec<Arc<str>> = snapshot.entries().map(|(path, _)| Arc::from(path)).collect();
            paths.sort_unstable();
            paths
        };
        let paths = sorted(self);
        paths == sorted(other) && paths.iter().all(|path| self.windows(path) == other.windows(path))
    }
}

impl Eq for Snapshot {}

/// The installation is the path that all others begin with.
fn own(path: &str) -> &str {
    if path == "/" { "" } else { path }
}
