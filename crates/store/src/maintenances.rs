//! The maintenances, as they are changed.
use std::collections::BTreeSet;

use lull_domain::Instant;
use lull_domain::id::MaintenanceId;
use lull_domain::life::{Life, Phase, Progress};
use lull_domain::maintenance::Maintenance;

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

pub(crate) mod found;

statements! {
    INSERT: "storing a new maintenance",
        "INSERT INTO maintenances (id, version, status, phase, words, starts_at, due_at, created_at, revision, body, over_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    LOCK: "taking a maintenance",
        "UPDATE maintenances SET locked = locked + 1 WHERE id = $1 RETURNING id, version, body";
    PUT: "storing a maintenance",
        "UPDATE maintenances SET version = $2, status = $3, phase = $4, words = $5, starts_at = $6, due_at = $7,
             created_at = $8, revision = $9, body = $10, over_at = $11 WHERE id = $1";
    DELETE: "deleting a maintenance", "DELETE FROM maintenances WHERE id = $1";
    MARK_EPOCH: "noting the epoch of a maintenance", "UPDATE maintenances SET epoch = $2 WHERE id = $1";
    DROP_ROOTS: "storing the roots of a maintenance", "DELETE FROM maintenance_roots WHERE maintenance = $1";
    PUT_ROOT: "storing a root of a maintenance",
        "INSERT INTO maintenance_roots (maintenance, target) VALUES ($1, $2)";
}

/// The coarse state of a maintenance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// Not promised to anybody.
    Draft,
    /// Promised.
    Scheduled,
    /// Begun and not over.
    InProgress,
    /// Over, done.
    Completed,
    /// Over, not done, or never begun.
    Cancelled,
}

impl Status {
    /// That of a life.
    pub const fn of(life: &Life) -> Status {
        match life {
            Life::Draft => Status::Draft,
            Life::Scheduled => Status::Scheduled,
            Life::InProgress(_) => Status::InProgress,
            Life::Completed(_) => Status::Completed,
            Life::Cancelled(_) => Status::Cancelled,
        }
    }

    /// As it is stored, and as the API says it.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Scheduled => "scheduled",
            Status::InProgress => "in_progress",
            Status::Completed => "completed",
            Status::Cancelled => "cancelled",
        }
    }
}

impl Tx<'_> {
    /// Stores a new maintenance; it counts as taken.
    ///
    /// # Errors
    /// Conflict where the id is taken, or the occurrence of a series made already.
    pub fn insert_maintenance(&mut self, maintenance: &Maintenance) -> Result<(), StoreError> {
        debug_assert!(self.locks.head.is_none(), "the head of the log is taken last");
        self.exec_one(INSERT, &values(maintenance)?)?;
        self.locks.maintenances.insert(maintenance.id, BTreeSet::new());
        if let Some(of) = &maintenance.series {
            self.put_occurrence(maintenance.id, of)?;
        }
        self.put_roots(maintenance)
    }

    /// Takes the row of a maintenance: nobody else changes it before this transaction ends.
    pub fn lock_maintenance(&mut self, id: MaintenanceId) -> Result<Option<Maintenance>, StoreError> {
        debug_assert!(self.locks.may_take_maintenance(id), "{id} is taken out of order: {:?}", self.locks);
        let row = self.first(LOCK, &[Value::Text(id.to_string())])?;
        let taken = row.as_ref().map(maintenance).transpose()?;
        if let Some(taken) = &taken {
            self.locks.take_maintenance(id, taken.plan.scope.roots());
        }
        Ok(taken)
    }

    /// Stores a maintenance that this transaction has taken.
    pub fn put_maintenance(&mut self, maintenance: &Maintenance) -> Result<(), StoreError> {
        let id = maintenance.id;
        debug_assert!(self.locks.maintenances.contains_key(&id), "{id} is stored without having been taken");
        self.exec_one(PUT, &values(maintenance)?)?;
        self.put_roots(maintenance)
    }

    /// Takes away a maintenance that this transaction has taken: a draft that is no more.
    pub fn delete_maintenance(&mut self, id: MaintenanceId) -> Result<(), StoreError> {
        debug_assert!(self.locks.maintenances.contains_key(&id), "{id} is deleted without having been taken");
        self.exec(DROP_ROOTS, &[Value::Text(id.to_string())])?;
        self.exec_one(DELETE, &[Value::Text(id.to_string())])
    }

    /// Notes the first epoch that holds a maintenance in its present form; the row is one that this transaction has taken.
    pub fn mark_epoch(&mut self, id: MaintenanceId, epoch: u64) -> Result<(), StoreError> {
        debug_assert!(self.locks.maintenances.contains_key(&id), "{id} is marked without having been taken");
        self.exec_one(MARK_EPOCH, &[id.to_string().into(), epoch.into()])
    }

    fn put_roots(&mut self, maintenance: &Maintenance) -> Result<(), StoreError> {
        let roots = maintenance.plan.scope.roots();
        if self.locks.maintenances.get(&maintenance.id) == Some(&roots) {
            return Ok(());
        }
        let id = maintenance.id.to_string();
        self.exec(DROP_ROOTS, &[id.as_str().into()])?;
        for root in &roots {
            self.exec(PUT_ROOT, &[id.as_str().into(), root.to_string().into()])?;
        }
        self.locks.maintenances.insert(maintenance.id, roots);
        Ok(())
    }
}

/// What is stored of a maintenance, in the order of the columns.
fn values(maintenance: &Maintenance) -> Result<[Value; 11], StoreError> {
    let Maintenance { id, plan, life, created_at, revision, .. } = maintenance;
    Ok([
        id.to_string().into(),
        body::VERSION.into(),
        Status::of(life).name().into(),
        life.progress().map(phase).into(),
        words(maintenance).into(),
        maintenance.began_at().or(plan.starts_at).into(),
        maintenance.due().map(|due| due.at).into(),
        (*created_at).into(),
        (*revision).into(),
        body::written(maintenance, id)?.into(),
        over_at(life).into(),
    ])
}

/// What a search looks through: folded here, as databases fold differently, and without what PostgreSQL cannot keep.
fn words(maintenance: &Maintenance) -> String {
    let texts = &maintenance.plan.texts;
    folded(&format!("{}\n{}", texts.title, texts.description.as_deref().unwrap_or_default()))
}

fn folded(text: &str) -> String {
    text.to_lowercase().replace('\0', " ")
}

const fn over_at(life: &Life) -> Option<Instant> {
    match life {
        Life::Completed(ended) | Life::Cancelled(ended) => Some(ended.at),
        Life::Draft | Life::Scheduled | Life::InProgress(_) => None,
    }
}

const fn phase(progress: &Progress) -> &'static str {
    match progress.phase {
        Phase::Entering => "entering",
        Phase::Active => "active",
        Phase::Verifying => "verifying",
        Phase::Leaving(_) => "leaving",
    }
}

fn maintenance(row: &Row) -> Result<Maintenance, StoreError> {
    body::read(row.count(1)?, row.text(2)?, row.text(0)?)
}
