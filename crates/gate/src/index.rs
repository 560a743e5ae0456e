//! From the path of a target to its number, in shards that copies share.
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// How many targets a shard has at most, on average: so many are copied when one is added.
const SHARD_MAX: usize = 1_024;

/// A target and its number.
#[derive(Clone, Debug)]
struct Entry {
    path: Arc<str>,
    slot: u32,
}

/// The numbers of all targets.
#[derive(Clone, Debug)]
pub struct Index {
    hasher: DefaultHashBuilder,
    /// A power of two of them.
    shards: Vec<Arc<HashTable<Entry>>>,
    count: usize,
}

impl Index {
    pub fn new() -> Index {
        Index { hasher: DefaultHashBuilder::default(), shards: vec![Arc::default()], count: 0 }
    }

    /// The same, with room for so many.
    pub fn with_capacity(targets: usize) -> Index {
        let shards = targets.div_ceil(SHARD_MAX).next_power_of_two();
        let shard = || Arc::new(HashTable::with_capacity(targets.div_ceil(shards) * 5 / 4));
        Index { shards: (0..shards).map(|_| shard()).collect(), ..Index::new() }
    }

    /// The number of the target at this path.
    pub fn get(&self, path: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(path);
        self.shards[self.shard(hash)].find(hash, |entry| *entry.path == *path).map(|entry| entry.slot)
    }

    /// Gives a path its number.
    pub fn insert(&mut self, path: Arc<str>, slot: u32) {
        if self.count == self.shards.len() * SHARD_MAX {
            self.grow();
        }
        self.count += 1;
        self.put(Entry { path, slot });
    }

    /// Forgets a path, and gives the number that it had.
    pub fn remove(&mut self, path: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(path);
        let shard = self.shard(hash);
        let shard = Arc::make_mut(&mut self.shards[shard]);
        let found = shard.find_entry(hash, |entry| *entry.path == *path).ok()?;
        self.count -= 1;
        Some(found.remove().0.slot)
    }

    /// Every path with its number, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.shards.iter().flat_map(|shard| shard.iter()).map(|entry| (&*entry.path, entry.slot))
    }

    fn put(&mut self, entry: Entry) {
        let hash = self.hasher.hash_one(&*entry.path);
        let shard = self.shard(hash);
        let shard = Arc::make_mut(&mut self.shards[shard]);
        shard.insert_unique(hash, entry, |entry| self.hasher.hash_one(&*entry.path));
    }

    /// Twice as many shards.
    fn grow(&mut self) {
        let shards = vec![Arc::default(); self.shards.len() * 2];
        let before = core::mem::replace(&mut self.shards, shards);
        for entry in before.iter().flat_map(|shard| shard.iter()) {
            self.put(entry.clone());
        }
    }

    /// By bits that the table itself does not look at.
    fn shard(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.shards.len() - 1)
    }
}
