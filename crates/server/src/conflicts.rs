//! What speaks against a maintenance: found before it is promised, refused or accepted with a reason.
use std::sync::Arc;

use lull_domain::Instant;
use lull_domain::agenda::Planned;
use lull_domain::conflict::{self, Accepted, Conflict, Ground, Whose};
use lull_domain::id::MaintenanceId;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Permission};
use lull_domain::plan::{Edit, Plan};
use lull_domain::policy::{Facet, Heed};
use lull_domain::recurrence::Zone;
use lull_domain::refusal::{Because, Refusal};
use lull_store::{StoreError, Tx};
use tokio::sync::OwnedMutexGuard;

use crate::caller::{Caller, Reader};
use crate::clock;
use crate::core::{Core, Refused};
use crate::gate;
use crate::http::read;
use crate::view;

/// How often a promise is looked at, where others are made all the time.
const LOOKS_MAX: usize = 8;
/// So much of what speaks against a promise is told with the answer; its plan tells all.
const NOTES_MAX: usize = 5;

/// What was found of a promise, looked at before it is made.
#[derive(Clone, Debug, Default)]
pub struct Heeded {
    /// What whoever makes it accepts.
    pub accepted: Vec<Accepted>,
    /// What speaks against it and does not keep it from being made, in words.
    pub notes: Vec<String>,
    /// Nothing else may have been promised since then.
    since: Option<Since>,
}

/// When a promise was looked at that others may keep from being made.
#[derive(Clone, Copy, Debug)]
struct Since {
    of: MaintenanceId,
    epoch: u64,
    from: Instant,
    to: Instant,
}

impl Heeded {
    /// What of it is kept with the plan.
    pub fn edit(&self) -> Option<Edit> {
        (!self.accepted.is_empty()).then(|| Edit::Accept(self.accepted.clone()))
    }

    /// What was found still holds, in the transaction that makes the promise.
    ///
    /// # Errors
    /// Overtaken, where somebody promised something else for this time.
    pub fn holds(&self, tx: &mut Tx) -> Result<(), Refused> {
        let Some(Since { of, epoch, from, to }) = self.since else { return Ok(()) };
        let meets =
            |it: &Planned| it.maintenance != Some(of) && it.from < to && it.to.is_none_or(|end| it.runs || from < end);
        let others = tx.maintenances_since(epoch)?;
        if others.iter().filter_map(Planned::of).any(|it| meets(&it)) || !tx.series_since(epoch)?.is_empty() {
            return Err(Refused::Overtaken);
        }
        Ok(())
    }
}

/// The looks at one promise. Whoever was overtaken once is alone with those who were, too, so that many at a time all come
/// to an end.
#[derive(Default)]
pub struct Looks {
    count: usize,
    alone: Option<OwnedMutexGuard<()>>,
}

impl Looks {
    /// It is to be looked at again: others were made in between.
    pub async fn again<T: Sync>(&mut self, core: &Core, done: &Result<T, Refused>) -> bool {
        self.count += 1;
        let again = matches!(done, Err(Refused::Overtaken)) && self.count < LOOKS_MAX;
        if again && self.alone.is_none() {
            self.alone = Some(Arc::clone(&core.promises).lock_owned().await);
        }
        again
    }
}

impl Core {
    /// Everything that speaks against a maintenance as it is planned.
    ///
    /// # Errors
    /// What the store gives.
    ///
    /// # Panics
    /// Where the search itself does: that nothing was found is not to be told then.
    pub async fn conflicts(&self, of: &Maintenance) -> Result<Vec<Conflict>, Refused> {
        Ok(self.looked(of).await?.0)
    }

    /// The same, with the epoch as of which it is so, and whether there are limits.
    async fn looked(&self, of: &Maintenance) -> Result<(Vec<Conflict>, u64, bool), Refused> {
        gate::refresh(self).await?;
        let epoch = *self.gate.epochs().borrow();
        let limits = self.store.read::<_, StoreError, _>(|tx| tx.limits());
        let (calendars, limits) = tokio::try_join!(self.calendars(), limits)?;
        let is_limited = !limits.is_empty();
        let (estate, gate, of) = (self.estate(), Arc::clone(&self.gate), of.clone());
        let found = tokio::task::spawn_blocking(move || {
            let agenda = gate.agenda();
            let ground = Ground { estate: &estate, calendars: &calendars, agenda: &agenda, limits: &limits };
            conflict::conflicts(ground, &of.plan, Whose { id: Some(of.id), series: of.series.as_ref() }, clock::now())
        });
        Ok((found.await.expect("looking for conflicts does not panic"), epoch, is_limited))
    }

    /// What is to be accepted with its plan, where something speaks against it that its policy refuses: nothing where there
    /// is nothing. A signal from outside is heeded whatever speaks against it.
    ///
    /// # Errors
    /// A conflict, where nobody accepts it; forbidden without the permission; bad input without a reason.
    pub async fn heeded(&self, caller: &Caller, of: &Maintenance, reason: Option<&str>) -> Result<Heeded, Refused> {
        if matches!(caller.actor, Actor::Observer(_)) {
            return Ok(Heeded::default());
        }
        let plan = &of.plan;
        let (against, epoch, is_limited) = self.looked(of).await?;
        let (from, to) = plan.time(clock::now());
        let others = plan.policy.conflicts.maintenances == Heed::Refuse || is_limited && plan.policy.sets(Facet::Work);
        let since = others.then_some(Since { of: of.id, epoch, from, to });
        let told = against.iter().filter(|it| !it.refuses(&plan.policy)).take(NOTES_MAX);
        let notes: Vec<String> = told.map(|it| self.said_against(caller, plan, (it, 0))).collect();
        let against: Vec<&Conflict> =
            against.iter().filter(|it| it.refuses(&plan.policy) && !plan.accepts(it)).collect();
        let Some(first) = against.first() else { return Ok(Heeded { accepted: Vec::new(), notes, since }) };
        let Some(reason) = reason else { return Err(self.refused(caller, plan, (first, against.len() - 1)).into()) };
        if !caller.facts(&self.estate(), &plan.scope).may.contains(&Permission::Override) {
            let detail = "Accepting a conflict needs the permission override on every root of the scope.";
            return Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it.").into());
        }
        let by = caller.actor.name();
        let accepted = |it: &&Conflict| Accepted { conflict: it.key(), by: by.to_owned(), reason: reason.to_owned() };
        Ok(Heeded { accepted: against.iter().map(accepted).collect(), notes, since })
    }

    /// What speaks against a plan, in words that this caller may read.
    pub fn said_against(&self, caller: &Caller, plan: &Plan, (first, more): (&Conflict, usize)) -> String {
        let estate = self.estate();
        let zone = read::clocks(&plan.zone).map_or(Zone::utc(), Zone::new);
        let said = view::conflict_in_words(first, Reader { estate: &estate, caller }, &zone);
        if more == 0 { said } else { format!("{said} And {more} more.") }
    }

    fn refused(&self, caller: &Caller, plan: &Plan, all: (&Conflict, usize)) -> Refusal {
        let remedy = "Choose another time (`lull slots` proposes some), or accept it with a reason: `--override`, or `override` in the body.";
        Refusal::new(Because::Conflict, self.said_against(caller, plan, all), remedy)
    }
}
