//! What speaks against a maintenance: found before it is promised, refused or accepted with a reason.
use std::sync::Arc;

use lull_domain::conflict::{self, Accepted, Conflict, Ground, Whose};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Permission};
use lull_domain::plan::Plan;
use lull_domain::recurrence::Zone;
use lull_domain::refusal::{Because, Refusal};
use lull_store::StoreError;

use crate::caller::{Caller, Reader};
use crate::clock;
use crate::core::{Core, Refused};
use crate::gate;
use crate::http::read;
use crate::view;

impl Core {
    /// Everything that speaks against a maintenance as it is planned.
    ///
    /// # Errors
    /// What the store gives.
    ///
    /// # Panics
    /// Where the search itself does: that nothing was found is not to be told then.
    pub async fn conflicts(&self, of: &Maintenance) -> Result<Vec<Conflict>, Refused> {
        gate::refresh(self).await?;
        let known = Arc::clone(&self.known_calendars);
        let read = self.store.read::<_, StoreError, _>(move |tx| Ok((known.follow(tx)?, tx.limits()?)));
        let (calendars, limits) = read.await?;
        let (estate, gate, of) = (self.estate(), Arc::clone(&self.gate), of.clone());
        let found = tokio::task::spawn_blocking(move || {
            let agenda = gate.agenda();
            let ground = Ground { estate: &estate, calendars: &calendars, agenda: &agenda, limits: &limits };
            conflict::conflicts(ground, &of.plan, Whose { id: Some(of.id), series: of.series.as_ref() }, clock::now())
        });
        Ok(found.await.expect("looking for conflicts does not panic"))
    }

    /// What is to be accepted with its plan, where something speaks against it that its policy refuses: nothing where there
    /// is nothing. A signal from outside is heeded whatever speaks against it.
    ///
    /// # Errors
    /// A conflict, where nobody accepts it; forbidden without the permission; bad input without a reason.
    pub async fn heeded(
        &self,
        caller: &Caller,
        of: &Maintenance,
        reason: Option<&str>,
    ) -> Result<Vec<Accepted>, Refused> {
        if matches!(caller.actor, Actor::Observer(_)) {
            return Ok(Vec::new());
        }
        let plan = &of.plan;
        let against = self.conflicts(of).await?;
        let against: Vec<&Conflict> =
            against.iter().filter(|it| it.refuses(&plan.policy) && !plan.accepts(it)).collect();
        let Some(first) = against.first() else { return Ok(Vec::new()) };
        let Some(reason) = reason else { return Err(self.refused(caller, plan, first, against.len() - 1).into()) };
        if !caller.facts(&self.estate(), &plan.scope).may.contains(&Permission::Override) {
            let detail = "Accepting a conflict needs the permission override on every root of the scope.";
            return Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it.").into());
        }
        let by = caller.actor.name();
        let accepted = |it: &&Conflict| Accepted { conflict: it.key(), by: by.to_owned(), reason: reason.to_owned() };
        Ok(against.iter().map(accepted).collect())
    }

    fn refused(&self, caller: &Caller, plan: &Plan, first: &Conflict, more: usize) -> Refusal {
        let estate = self.estate();
        let zone = read::clocks(&plan.zone).map_or(Zone::utc(), Zone::new);
        let said = view::conflict_in_words(first, Reader { estate: &estate, caller }, &zone);
        let more = if more == 0 { String::new() } else { format!(" And {more} more.") };
        let remedy = "Choose another time (`lull slots` proposes some), or accept it with a reason: `--override`, or `override` in the body.";
        Refusal::new(Because::Conflict, format!("{said}{more}"), remedy)
    }
}
