//! The one row that numbers the log, chains it, and counts the epochs of the gate's snapshot.
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    READ: "reading the head of the log", "SELECT seq, hash, epoch FROM head WHERE one = 1";
    TAKE: "taking the head of the log", "UPDATE head SET seq = seq + $1 WHERE one = 1 RETURNING seq, hash, epoch";
    CHAIN: "chaining the log", "UPDATE head SET hash = $1 WHERE one = 1";
    RAISE: "raising the epoch", "UPDATE head SET epoch = epoch + 1 WHERE one = 1 RETURNING seq, hash, epoch";
}

/// Where the log and the gate's snapshot stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// The number of the newest entry; 0 before the first.
    pub seq: u64,
    /// Its hash; zeros before the first.
    pub hash: [u8; 32],
    /// Grows with every change of the gate's snapshot.
    pub epoch: u64,
}

impl Tx<'_> {
    /// Where the log and the epoch stand.
    pub fn head(&mut self) -> Result<Head, StoreError> {
        let row = self.first(READ, &[])?;
        Head::of(row)
    }

    /// Raises the epoch: the gate's snapshot changes with this transaction. Takes the head of the log, so after it no
    /// maintenance and no engagement is taken.
    pub fn raise_epoch(&mut self) -> Result<u64, StoreError> {
        let row = self.first(RAISE, &[])?;
        let head = Head::of(row)?;
        (self.locks.head, self.locks.epoch) = (Some(head.seq), head.epoch);
        Ok(head.epoch)
    }

    /// Takes the head, and numbers for so many entries; gives the head with the last of them, and the hash before the first.
    pub(crate) fn take_head(&mut self, entries: u64) -> Result<Head, StoreError> {
        let row = self.first(TAKE, &[Value::from(entries)])?;
        let head = Head::of(row)?;
        (self.locks.head, self.locks.epoch) = (Some(head.seq), head.epoch);
        Ok(head)
    }

    /// Stores the hash of the newest entry.
    pub(crate) fn chain_head(&mut self, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.exec_one(CHAIN, &[Value::from(&hash[..])])
    }
}

impl Head {
    fn of(row: Option<Row>) -> Result<Head, StoreError> {
        let row = row.ok_or_else(|| StoreError::corrupt(READ.doing, "there is no such row"))?;
        Ok(Head { seq: row.count(0)?, hash: row.hash(1)?, epoch: row.count(2)? })
    }
}
