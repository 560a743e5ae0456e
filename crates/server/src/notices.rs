//! Notices of others, imported: each becomes a draft, and its next editions change or cancel that.
use std::collections::BTreeSet;
use std::sync::Arc;

use lull_adapters::ics::Event;
use lull_api::params::{Clause, Scope};
use lull_domain::estate::Estate;
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Closing, Command, Step};
use lull_domain::refusal::{Because, Refusal};
use lull_domain::rights;
use lull_store::{Import, Tx};

use crate::caller::Caller;
use crate::conflicts::Heeded;
use crate::core::{Core, Refused};
use crate::http::draft::drafted;
use crate::http::{edits, shown};
use crate::orders::created;
use crate::view;

mod said;

use said::Notice;

/// What became of a notice.
pub enum Did {
    /// A draft was made of it; with what somebody should look at.
    Created(MaintenanceId, Option<String>),
    /// What was made of it is as it says now; with what somebody should look at.
    Updated(MaintenanceId, Option<String>),
    /// What was made of it is cancelled.
    Cancelled(MaintenanceId),
    /// Nothing was changed, for this reason.
    Left(Option<MaintenanceId>, String),
    /// It cannot be used, for this reason.
    Refused(String),
}

/// A maintenance that was made of an earlier edition, and which one that was.
struct Known {
    maintenance: Maintenance,
    sequence: u32,
}

impl Core {
    /// Imports a notice, one of these. `under` is where it belongs if it names nothing that is known.
    ///
    /// # Errors
    /// What the store gives; what the rules refuse is told of the notice.
    pub async fn import(
        &self,
        caller: &Caller,
        (event, all): (&Event, &[Event]),
        under: Option<TargetId>,
    ) -> Result<Did, Refused> {
        match self.imported(caller, (event, all), under).await {
            Err(Refused::Rule(refusal)) => {
                let field = refusal.field.map(|field| format!("{field}: ")).unwrap_or_default();
                Ok(Did::Refused(format!("{field}{}", refusal.detail)))
            }
            done => done,
        }
    }

    async fn imported(
        &self,
        caller: &Caller,
        (event, all): (&Event, &[Event]),
        under: Option<TargetId>,
    ) -> Result<Did, Refused> {
        let notice = Notice::of(event, all)?;
        let (estate, who, asked) = (self.estate(), caller.clone(), notice.import(MaintenanceId(0)));
        let found = self.store.read(move |tx| known(tx, &estate, &who, &asked)).await?;
        match found {
            None if notice.is_cancelled => {
                Ok(Did::Left(None, "nothing was made of it that could be cancelled".to_owned()))
            }
            None => self.draft(caller, &notice, under).await,
            Some(known) => self.again(caller, &notice, known, under).await,
        }
    }

    /// A later edition of what is known.
    async fn again(
        &self,
        caller: &Caller,
        notice: &Notice<'_>,
        known: Known,
        under: Option<TargetId>,
    ) -> Result<Did, Refused> {
        let id = known.maintenance.id;
        let left = |why: String| Ok(Did::Left(Some(id), why));
        let is_old = notice.event.sequence <= known.sequence;
        match &known.maintenance.life {
            Life::Cancelled(_) if notice.is_cancelled => return left("it is cancelled already".to_owned()),
            Life::Completed(_) => return left("it is over".to_owned()),
            // Not everybody counts a cancellation.
            _ if notice.is_cancelled && notice.event.sequence == known.sequence => {}
            _ if is_old => return left(format!("edition {} was imported before", known.sequence)),
            Life::Cancelled(_) => return self.draft(caller, notice, under).await,
            Life::Draft | Life::Scheduled | Life::InProgress(_) => {}
        }
        let did = if notice.is_cancelled {
            let reason = Some("its notice was cancelled".to_owned());
            let cancel = Command::Life(Step::Cancel(Closing { reason, ..Closing::default() }));
            self.order(caller, id, cancel, None).await?;
            Did::Cancelled(id)
        } else {
            let change = notice.change(&known.maintenance)?;
            let (estate, who) = (self.estate(), caller.clone());
            let edits = move |before: &_| edits(&estate, &who, before, &change);
            // It happens there as its notice says, whatever speaks against it here: that is told.
            let after = self.edit(caller, id, (None, Heeded::default()), edits).await?;
            Did::Updated(id, self.spoken_against(caller, &after).await?)
        };
        // Where this is lost, the same edition is imported again, and changes nothing.
        let import = notice.import(id);
        self.store.write::<_, Refused, _>(move |tx| Ok(tx.put_import(&import)?)).await?;
        Ok(did)
    }

    /// The first of what speaks against a promise that was moved.
    async fn spoken_against(&self, caller: &Caller, moved: &Maintenance) -> Result<Option<String>, Refused> {
        if !matches!(moved.life, Life::Scheduled) {
            return Ok(None);
        }
        let conflicts = self.conflicts(moved).await?;
        Ok(conflicts.first().map(|first| self.said_against(caller, &moved.plan, (first, conflicts.len() - 1))))
    }

    /// A new draft of what a notice says.
    async fn draft(&self, caller: &Caller, notice: &Notice<'_>, under: Option<TargetId>) -> Result<Did, Refused> {
        let estate = self.estate();
        let (scope, unknown) = scope(&estate, caller, notice, under)?;
        let (draft, _) = drafted(&estate, caller, notice.wished(scope)?)?;
        let order = caller.order(&estate, &draft.plan, Command::Life(Step::Schedule));
        // Whoever may not make the promise may not draft it.
        rights::may(&draft, &order)?;
        let (id, caller, import) = (draft.id, caller.clone(), notice.import(draft.id));
        let made = self.store.write(move |tx| {
            // Somebody may have imported it in this moment.
            if let Some(known) = known(tx, &estate, &caller, &import)?
                && !matches!(known.maintenance.life, Life::Cancelled(_))
            {
                return Ok(Did::Left(Some(known.maintenance.id), "it was imported just now".to_owned()));
            }
            tx.put_import(&import)?;
            created(tx, draft, &[])?;
            Ok::<_, Refused>(Did::Created(id, unknown))
        });
        let made = made.await?;
        self.wake.notify_one();
        Ok(made)
    }
}

/// What was made of an earlier edition, as far as the caller may see it; the newest.
fn known(tx: &mut Tx, estate: &Arc<Estate>, caller: &Caller, import: &Import) -> Result<Option<Known>, Refused> {
    for earlier in tx.imports(&import.uid, &import.provider, &import.number)? {
        let found = tx.maintenance(earlier.maintenance)?;
        if let Some(maintenance) = found.filter(|found| caller.facts(estate, &found.plan.scope).sees) {
            return Ok(Some(Known { maintenance, sequence: earlier.sequence }));
        }
    }
    Ok(None)
}

/// Where a notice belongs: what it names, as it is known here by that name; else where the caller says. With a word on what
/// it names beside that.
fn scope(
    estate: &Estate,
    caller: &Caller,
    notice: &Notice<'_>,
    under: Option<TargetId>,
) -> Result<(Scope, Option<String>), Refusal> {
    let (mut targets, mut unknown) = (BTreeSet::new(), Vec::new());
    for object in notice.objects() {
        match estate.by_external_id(object).filter(|target| caller.sees(estate, target.id)) {
            Some(target) => {
                targets.insert(target.id);
            }
            None => unknown.push(shown(object)),
        }
    }
    let named = match unknown.first() {
        None => "it names no object".to_owned(),
        Some(one) if unknown.len() == 1 => format!("no target has the external id `{one}`"),
        Some(one) => format!("no target has the external id `{one}`, nor {} others that it names", unknown.len() - 1),
    };
    let note = (!unknown.is_empty()).then(|| named.clone());
    if targets.is_empty() {
        let detail = format!("{named}, and `under` is not given");
        let nothing = || Refusal::new(Because::BadInput, detail, "Give `under`, or give the target that external id.");
        targets.insert(under.ok_or_else(nothing)?);
    }
    let clause = |id: &TargetId| Clause { under: view::path(estate, *id), ..Clause::default() };
    Ok((Scope { include: targets.iter().map(clause).collect(), exclude: Vec::new() }, note))
}
