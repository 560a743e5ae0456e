//! The maintenances, as they are found.
use std::collections::BTreeSet;

use lull_domain::Instant;
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::maintenance::Maintenance;

use super::{Status, folded, maintenance};
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    ONE: "reading a maintenance", "SELECT id, version, body FROM maintenances WHERE id = $1";
    EPOCH: "reading the epoch of a maintenance", "SELECT epoch FROM maintenances WHERE id = $1";
    LIVE: "reading the maintenances in progress",
        "SELECT id, version, body FROM maintenances WHERE status = 'in_progress' ORDER BY id";
    AHEAD: "reading the maintenances in progress or to come",
        "SELECT id, version, body FROM maintenances WHERE status = 'in_progress' OR status = 'scheduled' ORDER BY id";
    // Asked for an order, SQLite would go through all of them by id.
    SINCE: "reading the maintenances that changed the gate",
        "SELECT id, version, body FROM maintenances WHERE epoch > $1";
    // One that has no epoch was never promised to anybody.
    OVER: "reading the maintenances that are over",
        "SELECT id, version, body FROM maintenances WHERE over_at > $1 AND epoch IS NOT NULL ORDER BY over_at, id";
    ORDERED_AT: "finding when a maintenance was ordered last",
        "SELECT max(at) FROM log WHERE maintenance = $1 AND kind = 'order'";
    DUE: "reading the maintenances that are due",
        "SELECT id, version, body FROM maintenances WHERE due_at <= $1 ORDER BY due_at, id";
    NEXT_DUE: "finding when the clock orders next", "SELECT min(due_at) FROM maintenances WHERE due_at IS NOT NULL";
    // A list of targets is one text, and LIKE looks for a root within it: the same in every database, however many there are.
    LIST: "listing maintenances",
        "SELECT id, version, body FROM maintenances WHERE id < $1 AND ($3 = '' OR words LIKE $3 ESCAPE '!')
         AND ($4 = '' OR EXISTS (SELECT 1 FROM maintenance_roots r WHERE r.maintenance = id AND $4 LIKE '%' || r.target || '%'))
         ORDER BY id DESC LIMIT $2";
    LIST_STATUS: "listing maintenances of a status",
        "SELECT id, version, body FROM maintenances WHERE id < $1 AND ($3 = '' OR words LIKE $3 ESCAPE '!')
         AND ($4 = '' OR EXISTS (SELECT 1 FROM maintenance_roots r WHERE r.maintenance = id AND $4 LIKE '%' || r.target || '%'))
         AND status = $5 ORDER BY id DESC LIMIT $2";
    COUNT: "counting maintenances",
        "SELECT count(*) FROM maintenances WHERE ($1 = '' OR words LIKE $1 ESCAPE '!')
         AND ($2 = '' OR EXISTS (SELECT 1 FROM maintenance_roots r WHERE r.maintenance = id AND $2 LIKE '%' || r.target || '%'))
         AND ($3 = '' OR status = $3)";
}

/// Later than every id that can be.
const AFTER_ALL: &str = "mnt_~";

/// Which maintenances; all of what is given must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MaintenanceFilter {
    /// In this state.
    pub status: Option<Status>,
    /// With one of these among the roots of its scope; none for all. Not more than a million.
    pub roots: Option<BTreeSet<TargetId>>,
    /// With this in its title or description, in either case; not longer than 10,000 bytes.
    pub text: Option<String>,
}

/// A part of a list, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Only what comes after this one: the last of the page before.
    pub after: Option<MaintenanceId>,
    /// At most so many.
    pub limit: u32,
}

impl Tx<'_> {
    /// The maintenance of this id.
    pub fn maintenance(&mut self, id: MaintenanceId) -> Result<Option<Maintenance>, StoreError> {
        self.first(ONE, &[Value::Text(id.to_string())])?.as_ref().map(maintenance).transpose()
    }

    /// The first epoch that holds a maintenance in its present form; none before it was marked.
    pub fn epoch_of(&mut self, id: MaintenanceId) -> Result<Option<u64>, StoreError> {
        let row = self.first(EPOCH, &[Value::Text(id.to_string())])?;
        row.map_or(Ok(None), |row| row.maybe(0, Row::count))
    }

    /// All in progress, by id.
    pub fn live_maintenances(&mut self) -> Result<Vec<Maintenance>, StoreError> {
        self.query(LIVE, &[])?.iter().map(maintenance).collect()
    }

    /// All in progress or scheduled, by id: what the gate's snapshot is made of.
    pub fn maintenances_ahead(&mut self) -> Result<Vec<Maintenance>, StoreError> {
        self.query(AHEAD, &[])?.iter().map(maintenance).collect()
    }

    /// All that changed the gate's snapshot after this epoch, by id; also those that are over.
    pub fn maintenances_since(&mut self, epoch: u64) -> Result<Vec<Maintenance>, StoreError> {
        let mut found: Vec<Maintenance> =
            self.query(SINCE, &[epoch.into()])?.iter().map(maintenance).collect::<Result<_, _>>()?;
        found.sort_by_key(|maintenance| maintenance.id);
        Ok(found)
    }

    /// All that were promised to somebody and are over since then, the oldest first.
    pub fn maintenances_over_since(&mut self, since: Instant) -> Result<Vec<Maintenance>, StoreError> {
        self.query(OVER, &[since.into()])?.iter().map(maintenance).collect()
    }

    /// When something about a maintenance was ordered last, as far as the log goes back.
    pub fn ordered_at(&mut self, id: MaintenanceId) -> Result<Option<Instant>, StoreError> {
        let row = self.first(ORDERED_AT, &[id.to_string().into()])?;
        row.map_or(Ok(None), |row| row.maybe(0, Row::instant))
    }

    /// All for which the clock has something to order by then, the earliest first.
    pub fn due_maintenances(&mut self, by: Instant) -> Result<Vec<Maintenance>, StoreError> {
        self.query(DUE, &[by.into()])?.iter().map(maintenance).collect()
    }

    /// When the clock next has something to order.
    pub fn next_due_at(&mut self) -> Result<Option<Instant>, StoreError> {
        let row = self.first(NEXT_DUE, &[])?;
        row.map_or(Ok(None), |row| row.maybe(0, Row::instant))
    }

    /// A part of the list, newest first. Going on after the last one of a page leaves none out and gives none twice,
    /// whatever is written in between.
    pub fn list_maintenances(
        &mut self,
        filter: &MaintenanceFilter,
        page: Page,
    ) -> Result<Vec<Maintenance>, StoreError> {
        let (text, roots) = filter.values();
        let after = page.after.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string());
        let mut values = vec![after.into(), Value::Int(i64::from(page.limit)), text, roots];
        values.extend(filter.status.map(|status| Value::from(status.name())));
        let statement = if filter.status.is_some() { LIST_STATUS } else { LIST };
        self.query(statement, &values)?.iter().map(maintenance).collect()
    }

    /// How many there are.
    pub fn count_maintenances(&mut self, filter: &MaintenanceFilter) -> Result<u64, StoreError> {
        let (text, roots) = filter.values();
        let row = self.first(COUNT, &[text, roots, filter.status.map_or("", Status::name).into()])?;
        row.map_or(Ok(0), |row| row.count(0))
    }
}

impl MaintenanceFilter {
    fn values(&self) -> (Value, Value) {
        let text = self.text.as_deref().map(pattern).unwrap_or_default();
        let roots = match &self.roots {
            None => String::new(),
            Some(roots) if roots.is_empty() => "none".to_owned(),
            Some(roots) => all_of(roots),
        };
        (text.into(), roots.into())
    }
}

/// The pattern that finds a text anywhere, in either case.
fn pattern(text: &str) -> String {
    let plain = folded(text).replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{plain}%")
}

/// The ids of these targets in one text, to be compared with as one value.
fn all_of(targets: &BTreeSet<TargetId>) -> String {
    targets.iter().map(TargetId::to_string).collect::<Vec<_>>().join(" ")
}
