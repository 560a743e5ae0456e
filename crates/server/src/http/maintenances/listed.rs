//! Which maintenances a list shows: of these states, on this part of the estate, seen by the caller.
use std::collections::BTreeSet;

use lull_domain::Instant;
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::path::Path;
use lull_domain::refusal::Refusal;
use lull_store::{MaintenanceFilter, Page, Status, StoreError, Tx};

use super::super::asked::Asked;
use crate::caller::Caller;

/// How often the store is asked for one page at most; what is left is on the next one.
const ROUNDS_MAX: usize = 20;

/// What a list is asked for.
pub struct Wanted {
    caller: Caller,
    /// All where empty.
    statuses: Vec<Status>,
    under: Path,
    text: Option<String>,
    owner: Option<String>,
    /// Not over then.
    since: Option<Instant>,
    /// Begun by then.
    until: Option<Instant>,
    /// Only these roots can be of interest; none for all.
    roots: Option<BTreeSet<TargetId>>,
    after: Option<MaintenanceId>,
    limit: usize,
}

impl Wanted {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// Bad input, naming the parameter.
    pub fn new(estate: &Estate, caller: Caller, asked: &Asked) -> Result<Wanted, Refusal> {
        let under = asked.under(estate)?;
        let everything = under.is_root() && caller.sees(estate, ROOT) && caller.role_on(estate, ROOT).is_some();
        let roots = (!everything).then(|| {
            let near = estate.targets().filter(|target| target.path.covers(&under) || under.covers(&target.path));
            near.map(|target| target.id).filter(|id| caller.sees(estate, *id)).collect()
        });
        let (since, until) = asked.between()?;
        let (statuses, after, limit) = (asked.statuses()?, asked.cursor()?, asked.limit()?);
        Ok(Wanted {
            caller,
            statuses,
            under,
            text: asked.text()?,
            owner: asked.0.owner.clone(),
            since,
            until,
            roots,
            after,
            limit,
        })
    }

    /// One page, and after which maintenance the next begins.
    ///
    /// # Errors
    /// What the store gives.
    pub fn page(&self, tx: &mut Tx, estate: &Estate) -> Result<(Vec<Maintenance>, Option<MaintenanceId>), StoreError> {
        let mut found: Vec<Maintenance> = Vec::new();
        let mut after = self.after;
        for _ in 0..ROUNDS_MAX {
            let rows = self.rows(tx, after)?;
            for row in rows.iter().filter(|row| self.is_wanted(row, estate)) {
                if found.len() == self.limit {
                    let last = found.last().map(|last| last.id);
                    return Ok((found, last));
                }
                found.push(row.clone());
            }
            match rows.last() {
                Some(last) if rows.len() == self.limit + 1 => after = Some(last.id),
                Some(_) | None => return Ok((found, None)),
            }
        }
        Ok((found, after))
    }

    /// The next rows of all the states, newest first; one more than a page, to know whether there is another.
    fn rows(&self, tx: &mut Tx, after: Option<MaintenanceId>) -> Result<Vec<Maintenance>, StoreError> {
        let limit = self.limit + 1;
        let page = Page { after, limit: u32::try_from(limit).unwrap_or(u32::MAX) };
        let filter = |status| MaintenanceFilter { status, roots: self.roots.clone(), text: self.text.clone() };
        if self.statuses.is_empty() {
            return tx.list_maintenances(&filter(None), page);
        }
        let statuses: BTreeSet<Status> = self.statuses.iter().copied().collect();
        let mut rows = Vec::new();
        for status in statuses {
            rows.extend(tx.list_maintenances(&filter(Some(status)), page)?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.id));
        rows.truncate(limit);
        Ok(rows)
    }

    fn is_wanted(&self, maintenance: &Maintenance, estate: &Estate) -> bool {
        let scope = &maintenance.plan.scope;
        let touches = || estate.under(&self.under).any(|target| estate.covers(scope, target));
        let is_owners = self.owner.as_ref().is_none_or(|owner| *owner == maintenance.plan.owner);
        is_owners
            && self.is_within(maintenance)
            && self.caller.facts(estate, scope).sees
            && (self.under.is_root() || touches())
    }

    /// Whether its time, as far as it is known, and the time that is asked for have an instant in common.
    fn is_within(&self, maintenance: &Maintenance) -> bool {
        let begins = maintenance.began_at().or(maintenance.plan.starts_at).unwrap_or(maintenance.created_at);
        let over = match &maintenance.life {
            Life::Completed(ended) | Life::Cancelled(ended) => Some(ended.at),
            // What is overdue goes on.
            Life::InProgress(_) => None,
            Life::Draft | Life::Scheduled => maintenance.ends_at(),
        };
        self.since.is_none_or(|since| over.is_none_or(|over| over > since))
            && self.until.is_none_or(|until| begins < until)
    }
}
