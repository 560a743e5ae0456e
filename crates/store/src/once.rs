//! Binds what a request writes to its key: the first transaction that grows the log takes the key, or is taken back.
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::StoreError;
use crate::idempotency::Keyed;
use crate::tx::Tx;

tokio::task_local! {
    /// The request that the current task carries out.
    static ONCE: Arc<Once>;
}

const OPEN: u8 = 0;
const STORED: u8 = 1;
const TAKEN: u8 = 2;

/// A request that is carried out once, whoever asks again under its key.
#[derive(Debug)]
pub struct Once {
    keyed: Keyed,
    state: AtomicU8,
}

impl Once {
    /// A request that was not carried out before.
    pub fn new(keyed: Keyed) -> Arc<Once> {
        Arc::new(Once { keyed, state: AtomicU8::new(OPEN) })
    }

    /// Carries out a request: of all that it hands to [`Store::write`](crate::Store::write) itself, and not through a task
    /// that it begins, the first that appends to the log takes the key in its own transaction. One that found nothing to do,
    /// as it has to be decided again, leaves it to the next.
    pub async fn over<F: Future>(self: Arc<Once>, request: F) -> F::Output {
        ONCE.scope(self, request).await
    }

    /// Another request had the key, so that nothing was done.
    pub fn is_taken(&self) -> bool {
        self.state.load(Ordering::Acquire) == TAKEN
    }

    fn carried_out<T, E, F>(&self, tx: &mut Tx<'_>, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx) -> Result<T, E>,
        E: From<StoreError>,
    {
        if self.state.load(Ordering::Acquire) == STORED {
            return work(tx);
        }
        if !tx.take_key(&self.keyed)? {
            self.state.store(TAKEN, Ordering::Release);
            return Err(StoreError::transient("taking a key", "another request has it").into());
        }
        let done = work(tx)?;
        if let Some(seq) = tx.locks.first {
            tx.note_key(&self.keyed, seq)?;
            self.state.store(STORED, Ordering::Release);
        }
        Ok(done)
    }
}

/// This work, with the key of the request that hands it in.
pub(crate) fn keyed<T, E, F>(work: F) -> impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static
where
    F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    E: From<StoreError>,
{
    let once = ONCE.try_with(Arc::clone).ok();
    move |tx| match once {
        Some(once) => once.carried_out(tx, work),
        None => work(tx),
    }
}
