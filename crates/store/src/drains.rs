//! What maintenances wait for: one row a target. Whoever writes one has taken its maintenance.
use std::collections::BTreeMap;

use lull_domain::drain::Drain;
use lull_domain::id::{MaintenanceId, TargetId};

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::Row;

statements! {
    PUT: "storing what is waited for",
        "INSERT INTO drains (maintenance, target, version, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (maintenance, target) DO UPDATE SET version = excluded.version, body = excluded.body";
    ALL: "reading what is waited for",
        "SELECT maintenance, target, version, body FROM drains ORDER BY maintenance, target";
    ONE: "reading what a maintenance waits for on a target",
        "SELECT maintenance, target, version, body FROM drains WHERE maintenance = $1 AND target = $2";
    OF_MAINTENANCE: "reading what a maintenance waits for",
        "SELECT maintenance, target, version, body FROM drains WHERE maintenance = $1 ORDER BY target";
    DROP: "forgetting what a maintenance waited for", "DELETE FROM drains WHERE maintenance = $1";
}

/// What is waited for, by maintenance and target.
pub type Drains = BTreeMap<(MaintenanceId, TargetId), Drain>;

impl Tx<'_> {
    /// Stores what a maintenance waits for on a target.
    pub fn put_drain(&mut self, id: MaintenanceId, target: TargetId, drain: &Drain) -> Result<(), StoreError> {
        debug_assert!(self.locks.maintenances.contains_key(&id), "{id} waits for something without having been taken");
        let written = body::written(drain, id)?;
        let values = [id.to_string().into(), target.to_string().into(), body::VERSION.into(), written.into()];
        self.exec_one(PUT, &values)
    }

    /// Everything that is waited for.
    pub fn drains(&mut self) -> Result<Drains, StoreError> {
        self.query(ALL, &[])?.iter().map(drain).collect()
    }

    /// What this maintenance waits for on this target.
    pub fn drain(&mut self, id: MaintenanceId, target: TargetId) -> Result<Option<Drain>, StoreError> {
        let row = self.first(ONE, &[id.to_string().into(), target.to_string().into()])?;
        row.map(|row| drain(&row).map(|(_, drain)| drain)).transpose()
    }

    /// What this maintenance waits for.
    pub fn drains_of(&mut self, id: MaintenanceId) -> Result<Drains, StoreError> {
        self.query(OF_MAINTENANCE, &[id.to_string().into()])?.iter().map(drain).collect()
    }

    /// It waits for nothing any more.
    pub fn drop_drains(&mut self, id: MaintenanceId) -> Result<(), StoreError> {
        self.exec(DROP, &[id.to_string().into()]).map(|_| ())
    }
}

fn drain(row: &Row) -> Result<((MaintenanceId, TargetId), Drain), StoreError> {
    let (id, target) = (row.parsed(0)?, row.parsed(1)?);
    Ok(((id, target), body::read(row.count(2)?, row.text(3)?, format_args!("drain of {id} on {target}"))?))
}
