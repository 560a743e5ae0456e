//! Keys of requests: what was asked under a key is carried out once, and answered alike for as long as it is kept.
use lull_domain::{Instant, Span};

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    // A row that is too old, or of a request that changed nothing and was never answered, gives way.
    TAKE: "taking a key",
        "INSERT INTO idempotency (id, request, at) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET request = excluded.request, at = excluded.at, seq = NULL, answer = NULL
         WHERE idempotency.at < $4 OR (idempotency.seq IS NULL AND idempotency.answer IS NULL)";
    NOTE: "noting what was done under a key", "UPDATE idempotency SET seq = $2 WHERE id = $1";
    KEEP: "keeping an answer under its key",
        "INSERT INTO idempotency (id, request, at, answer) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET answer = excluded.answer WHERE idempotency.request = excluded.request";
    KEPT: "reading what is kept under a key", "SELECT request, seq, answer FROM idempotency WHERE id = $1 AND at >= $2";
    FORGET: "forgetting old keys",
        "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency WHERE at < $1 ORDER BY at, id LIMIT $2)";
}

/// For how long a key is kept.
pub const KEPT_FOR: Span = Span::hours(7 * 24);

/// A request that bears a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keyed {
    /// SHA-256 of whose it is, what it asks for, and the key.
    pub id: [u8; 32],
    /// SHA-256 of its body.
    pub request: [u8; 32],
    /// When it came.
    pub at: Instant,
}

/// What is kept under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// SHA-256 of the body that came with it.
    pub request: [u8; 32],
    /// The first entry that the request appended to the log; none where it changed nothing.
    pub seq: Option<u64>,
    /// What was answered; none where the server ended before it could say.
    pub answer: Option<String>,
}

impl Tx<'_> {
    /// Takes a key for this transaction: the first statement of it. False where another request has it.
    ///
    /// # Errors
    /// What the database gives.
    pub fn take_key(&mut self, keyed: &Keyed) -> Result<bool, StoreError> {
        let values = [blob(&keyed.id), blob(&keyed.request), keyed.at.into(), oldest(keyed.at).into()];
        Ok(self.exec(TAKE, &values)? > 0)
    }

    /// Notes the first entry that was appended under a key, in the same transaction.
    ///
    /// # Errors
    /// Not found where the key was not taken.
    pub fn note_key(&mut self, keyed: &Keyed, seq: u64) -> Result<(), StoreError> {
        self.exec_one(NOTE, &[blob(&keyed.id), seq.into()])
    }

    /// Keeps what was answered under a key; nothing where another request has it.
    ///
    /// # Errors
    /// What the database gives.
    pub fn keep_answer(&mut self, keyed: &Keyed, answer: &str) -> Result<(), StoreError> {
        self.exec(KEEP, &[blob(&keyed.id), blob(&keyed.request), keyed.at.into(), answer.into()]).map(|_| ())
    }

    /// What is kept under the key of this request, and not too old by the time that it came.
    ///
    /// # Errors
    /// What the database gives.
    pub fn kept(&mut self, keyed: &Keyed) -> Result<Option<Kept>, StoreError> {
        let row = self.first(KEPT, &[blob(&keyed.id), oldest(keyed.at).into()])?;
        let kept = |row: &Row| {
            let text = |row: &Row, column| row.text(column).map(str::to_owned);
            Ok(Kept { request: row.hash(0)?, seq: row.maybe(1, Row::count)?, answer: row.maybe(2, text)? })
        };
        row.as_ref().map(kept).transpose()
    }

    /// Forgets keys that are too old, at most so many; how many those were.
    ///
    /// # Errors
    /// What the database gives.
    pub fn forget_keys(&mut self, now: Instant, limit: u32) -> Result<usize, StoreError> {
        self.exec(FORGET, &[oldest(now).into(), Value::Int(i64::from(limit))])
    }
}

/// When the oldest keys came that still count.
fn oldest(now: Instant) -> Instant {
    now + Span(-KEPT_FOR.0)
}

fn blob(hash: &[u8; 32]) -> Value {
    Value::from(&hash[..])
}
