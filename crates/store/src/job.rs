//! What callers ask the store to do, whatever its types.
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::tx::Tx;

/// Work for a transaction, and somebody who waits for its result.
pub(crate) trait Job: Send {
    /// Does the work; true if what it wrote is to be kept.
    fn run(&mut self, tx: &mut Tx) -> bool;

    /// Tells the caller: the result of the work, or the failure that came between.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

/// The one job there is, over all types.
struct Work<T, E, F> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

/// A job and where its result will come out.
pub(crate) fn job<T, E, F>(work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (caller, result) = oneshot::channel();
    (Box::new(Work { work: Some(work), result: None, caller }), result)
}

impl<T, E, F> Job for Work<T, E, F>
where
    F: FnOnce(&mut Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx) -> bool {
        self.result = self.work.take().map(|work| work(tx));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let result = match (failure, self.result) {
            // What the job itself refused stays refused, whatever became of its neighbours.
            (_, Some(Err(refused))) => Err(refused),
            (Some(failure), _) => Err(failure.into()),
            (None, Some(Ok(result))) => Ok(result),
            (None, None) => Err(stopped().into()),
        };
        // Whoever gave up waiting needs no answer.
        let _ = self.caller.send(result);
    }
}

/// Runs a job; a panic in it is an error of its caller, and of nobody else.
pub(crate) fn run(job: &mut dyn Job, tx: &mut Tx) -> Result<bool, StoreError> {
    let outcome = catch_unwind(AssertUnwindSafe(|| job.run(tx)));
    outcome.map_err(|panic| {
        let said = said(&*panic);
        tracing::error!(said, "a job of the store panicked");
        StoreError::permanent("running a job of the store", format!("it panicked: {said}"))
    })
}

/// The store is no longer there to do it.
pub(crate) fn stopped() -> StoreError {
    StoreError::transient("handing a job to the store", "the store has stopped")
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}
