//! Whether the log is as it was written.
use crate::error::StoreError;
use crate::tx::Tx;

/// What a look at the chain found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Chain {
    /// All entries looked at are as they were written, up to this number.
    Whole {
        /// The last one looked at; ask again after it until it is the head's.
        to: u64,
    },
    /// The first entry that is not.
    Broken {
        /// Its number.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
}

impl Tx<'_> {
    /// Checks the entries after this number, at most so many: numbers without a gap, each hash over the one before and the
    /// entry. Where it reaches the end, the head must say so too.
    ///
    /// # Errors
    /// Those of reading; what it finds wrong is no error.
    pub fn verify_chain(&mut self, after: u64, limit: u32) -> Result<Chain, StoreError> {
        let (mut seq, mut hash) = (after, [0; 32]);
        if after > 0 {
            match self.stored_entries(after - 1, 1)?.pop() {
                Some((before, its)) if before.seq == after => hash = its,
                _ => return Ok(Chain::Broken { seq: after, why: "it is missing".to_owned() }),
            }
        }
        let entries = self.stored_entries(after, limit)?;
        let reached_the_end = entries.len() < limit as usize;
        for (entry, stored) in entries {
            if entry.seq != seq + 1 {
                return Ok(Chain::Broken { seq: seq + 1, why: "it is missing".to_owned() });
            }
            seq = entry.seq;
            hash = entry.chained_to(&hash);
            if hash != stored {
                let why = "it, or the one before it, is not as it was written".to_owned();
                return Ok(Chain::Broken { seq, why });
            }
        }
        let head = self.head()?;
        if reached_the_end && (head.seq, head.hash) != (seq, hash) {
            let why = format!("the log ends at {seq}, and its head says {}", head.seq);
            return Ok(Chain::Broken { seq: seq + 1, why });
        }
        Ok(Chain::Whole { to: seq })
    }
}
