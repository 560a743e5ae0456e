//! Receipts that are paid: what was put back, kept for whoever asks later.
use lull_domain::Instant;
use lull_domain::engagement::{Key, Receipt};

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    ARCHIVE: "archiving a receipt",
        "INSERT INTO receipts (target, effect, op, at, version, body) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (target, effect, op, at) DO UPDATE SET version = excluded.version, body = excluded.body";
    OF_ENGAGEMENT: "reading archived receipts",
        "SELECT op, at, version, body FROM receipts WHERE target = $1 AND effect = $2 ORDER BY op DESC, at DESC LIMIT $3";
}

/// A receipt that is paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Archived {
    /// The operation that paid it.
    pub op: u64,
    /// When it was paid.
    pub at: Instant,
    /// What was captured, and what became of it.
    pub receipt: Receipt,
}

impl Tx<'_> {
    /// Keeps a receipt that was paid. Doing it again for the same operation and instant changes nothing.
    pub fn archive_receipt(&mut self, key: Key, archived: &Archived) -> Result<(), StoreError> {
        let [target, effect] = key_values(key);
        let values = [
            target,
            effect,
            archived.op.into(),
            archived.at.into(),
            body::VERSION.into(),
            body::written(&archived.receipt, key)?.into(),
        ];
        self.exec_one(ARCHIVE, &values)
    }

    /// The paid receipts of an engagement, newest first, at most so many.
    pub fn receipts(&mut self, key: Key, limit: u32) -> Result<Vec<Archived>, StoreError> {
        let [target, effect] = key_values(key);
        let rows = self.query(OF_ENGAGEMENT, &[target, effect, Value::Int(i64::from(limit))])?;
        rows.iter().map(|row| archived(row, key)).collect()
    }
}

/// The two columns of a key.
pub(crate) fn key_values(key: Key) -> [Value; 2] {
    [key.target.to_string().into(), key.effect.to_string().into()]
}

fn archived(row: &Row, key: Key) -> Result<Archived, StoreError> {
    let op = row.count(0)?;
    let receipt = body::read(row.count(2)?, row.text(3)?, format_args!("receipt {op} of {key}"))?;
    Ok(Archived { op, at: row.instant(1)?, receipt })
}
