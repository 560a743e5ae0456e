//! Several changes of one plan, stored together or not at all.
use lull_domain::estate::Estate;
use lull_domain::id::MaintenanceId;
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::order::Command;
use lull_domain::plan::Edit;
use lull_domain::refusal::Refusal;
use lull_domain::rights;

use crate::caller::Caller;
use crate::conflicts::Heeded;
use crate::core::{Core, Refused};
use crate::http::is_current;
use crate::orders::{fits, obeyed};
use crate::own;

impl Core {
    /// Gives these edits in their order. `edits` finds them for the maintenance as it stands; `revision` is the one that
    /// the caller decided on, where he named it, and `heeded` what was found of it.
    ///
    /// # Errors
    /// What the rules or the store refuse; then nothing is changed.
    pub async fn edit<F>(
        &self,
        caller: &Caller,
        id: MaintenanceId,
        (revision, heeded): (Option<u64>, Heeded),
        edits: F,
    ) -> Result<Maintenance, Refused>
    where
        F: Fn(&Maintenance) -> Result<Vec<Edit>, Refusal> + Send + 'static,
    {
        self.spares_itself(caller, id, &edits).await?;
        let (estate, caller) = (self.estate(), caller.clone());
        let edited = self.store.write(move |tx| {
            let mut maintenance = tx.lock_maintenance(id)?.ok_or_else(|| Core::not_found("maintenance"))?;
            may(&estate, &caller, &maintenance)?;
            let edits = edits(&maintenance)?;
            is_current(maintenance.revision, revision)?;
            heeded.holds(tx)?;
            let moves = edits.iter().any(|edit| matches!(edit, Edit::StartsAt(_)));
            for edit in edits.into_iter().chain(heeded.edit()) {
                fits(&estate, &caller, &maintenance, &edit)?;
                let mut order = caller.order(&estate, &maintenance.plan, Command::Edit(edit));
                order.facts.moves = moves;
                let given = obeyed(tx, maintenance, order)?;
                maintenance = given.maintenance.ok_or_else(|| Core::not_found("maintenance"))?;
            }
            Ok::<_, Refused>(maintenance)
        });
        let edited = edited.await?;
        self.wake.notify_one();
        Ok(edited)
    }

    /// What it would cover then is looked at before anything is locked, as the outside is asked for it.
    async fn spares_itself<F>(&self, caller: &Caller, id: MaintenanceId, edits: &F) -> Result<(), Refused>
    where
        F: Fn(&Maintenance) -> Result<Vec<Edit>, Refusal>,
    {
        let before = self.store.read::<_, Refused, _>(move |tx| Ok(tx.maintenance(id)?)).await?;
        let Some(before) = before else { return Ok(()) };
        let estate = self.estate();
        may(&estate, caller, &before)?;
        let after = edited(&estate, caller, &before, edits(&before)?)?;
        let same = before.plan.scope == after.plan.scope && before.plan.policy == after.plan.policy;
        if same { Ok(()) } else { Ok(own::refuse(self, &after).await?) }
    }
}

/// Whether the caller may change this plan at all: asked before anything is said about the change.
fn may(estate: &Estate, caller: &Caller, maintenance: &Maintenance) -> Result<(), Refusal> {
    let same = Edit::Texts(Box::new(maintenance.plan.texts.clone()));
    rights::may(maintenance, &caller.order(estate, &maintenance.plan, Command::Edit(same)))
}

/// What these edits would make of it, given by this caller.
///
/// # Errors
/// What the rules refuse.
pub fn edited(
    estate: &Estate,
    caller: &Caller,
    before: &Maintenance,
    edits: Vec<Edit>,
) -> Result<Maintenance, Refusal> {
    let mut after = before.clone();
    for edit in edits {
        let order = caller.order(estate, &before.plan, Command::Edit(edit));
        after = match after.obey(&order)? {
            Obeyed::Changed(next) | Obeyed::Same(next) => *next,
            Obeyed::Gone => return Err(Core::not_found("maintenance")),
        };
    }
    Ok(after)
}
