//! Approvals that lapse because a target has come or gone: looked for whenever the estate is another one.
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use lull_domain::estate::Estate;
use lull_domain::id::MaintenanceId;
use lull_domain::order::{Command, Tell};
use lull_domain::work::Todo;
use lull_store::{StoreError, Tx};
use tokio::time::Instant as Monotonic;

use super::Engine;
use super::steps::hash;

/// Not looked for more often, as an estate that is being filled changes all the time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// On which estate all approvals were found to hold, and when they were looked at last.
#[derive(Clone, Default)]
pub(super) struct Approvals {
    held_on: Option<Arc<Estate>>,
    looked_at: Option<Monotonic>,
}

/// What of it was looked at in a pass.
pub(super) type Lapsed = Option<Vec<MaintenanceId>>;

impl Approvals {
    /// Scheduled maintenances whose approval was given to other targets; none where they need not be looked at now.
    pub(super) fn lapsed(&self, tx: &mut Tx, estate: &Arc<Estate>) -> Result<Lapsed, StoreError> {
        let known = self.held_on.as_ref().is_some_and(|known| Arc::ptr_eq(known, estate));
        if known || self.looked_at.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return Ok(None);
        }
        let mut ahead = tx.maintenances_ahead()?;
        ahead.retain(|it| it.approval_in_force().is_some() && it.was_approved_otherwise(&hash(estate, it)));
        Ok(Some(ahead.into_iter().map(|it| it.id).collect()))
    }
}

impl Engine {
    /// What is known of approvals.
    pub(super) fn approvals(&self) -> Approvals {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).approvals.clone()
    }

    /// What is to be done with those that lapsed; with none left, this estate is done.
    pub(super) fn to_lapse(&self, lapsed: Lapsed, estate: &Arc<Estate>) -> Vec<Todo> {
        let Some(lapsed) = lapsed else { return Vec::new() };
        let held_on = lapsed.is_empty().then(|| Arc::clone(estate));
        let approvals = Approvals { held_on, looked_at: Some(Monotonic::now()) };
        self.state.lock().unwrap_or_else(PoisonError::into_inner).approvals = approvals;
        lapsed.into_iter().map(|id| Todo::Give(id, Command::Tell(Tell::ApprovalLapsed))).collect()
    }
}
