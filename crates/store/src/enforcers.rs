//! Who decides by a copy of the gate's snapshot, and which epoch each has.
use lull_domain::Instant;
use lull_domain::fence::Enforcer;
use lull_domain::id::MaintenanceId;

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    ALL: "reading the enforcers", "SELECT name, epoch, lease_until FROM enforcers ORDER BY name";
    PUT: "storing what an enforcer has",
        "INSERT INTO enforcers (name, epoch, lease_until) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, lease_until = excluded.lease_until";
    DROP: "forgetting an enforcer", "DELETE FROM enforcers WHERE name = $1";
    DROP_ALL: "forgetting the enforcers", "DELETE FROM enforcers";
    UNREPORTED: "reading what not every enforcer has reported",
        "SELECT id, epoch FROM maintenances WHERE status = 'in_progress' AND reported_at IS NULL AND epoch IS NOT NULL
         ORDER BY id";
    MARK: "noting that every enforcer has reported", "UPDATE maintenances SET reported_at = $2 WHERE id = $1";
    UNMARK: "noting that not every enforcer has reported",
        "UPDATE maintenances SET reported_at = NULL WHERE id = $1";
    REPORTED: "reading when every enforcer had reported", "SELECT reported_at FROM maintenances WHERE id = $1";
}

impl Tx<'_> {
    /// Every enforcer that was heard of, by name.
    pub fn enforcers(&mut self) -> Result<Vec<Enforcer>, StoreError> {
        self.query(ALL, &[])?.iter().map(enforcer).collect()
    }

    /// Stores what an enforcer has, and until when its word counts.
    pub fn put_enforcer(&mut self, enforcer: &Enforcer) -> Result<(), StoreError> {
        let Enforcer { name, epoch, lease_until } = enforcer;
        self.exec_one(PUT, &[name.as_str().into(), (*epoch).into(), (*lease_until).into()])
    }

    /// Forgets an enforcer; whether it was known.
    pub fn delete_enforcer(&mut self, name: &str) -> Result<bool, StoreError> {
        Ok(self.exec(DROP, &[name.into()])? > 0)
    }

    /// Forgets all enforcers: whoever calls knows that none is left.
    pub fn delete_enforcers(&mut self) -> Result<(), StoreError> {
        self.exec(DROP_ALL, &[]).map(|_| ())
    }

    /// What is in progress and not yet reported by every enforcer, by id, each with its epoch.
    pub fn unreported(&mut self) -> Result<Vec<(MaintenanceId, u64)>, StoreError> {
        self.query(UNREPORTED, &[])?.iter().map(|row| Ok((row.parsed(0)?, row.count(1)?))).collect()
    }

    /// Notes when every enforcer had reported a maintenance; the row is one that this transaction has taken.
    pub fn mark_reported(&mut self, id: MaintenanceId, at: Instant) -> Result<(), StoreError> {
        debug_assert!(self.locks.maintenances.contains_key(&id), "{id} is marked without having been taken");
        self.exec_one(MARK, &[id.to_string().into(), at.into()])
    }

    /// A maintenance keeps out whom it let in before, so that every enforcer has to report it anew.
    pub fn unmark_reported(&mut self, id: MaintenanceId) -> Result<(), StoreError> {
        debug_assert!(self.locks.maintenances.contains_key(&id), "{id} is marked without having been taken");
        self.exec_one(UNMARK, &[id.to_string().into()])
    }

    /// When every enforcer had reported a maintenance; none before.
    pub fn reported_at(&mut self, id: MaintenanceId) -> Result<Option<Instant>, StoreError> {
        let row = self.first(REPORTED, &[Value::Text(id.to_string())])?;
        row.map_or(Ok(None), |row| row.maybe(0, Row::instant))
    }
}

fn enforcer(row: &Row) -> Result<Enforcer, StoreError> {
    Ok(Enforcer { name: row.text(0)?.to_owned(), epoch: row.count(1)?, lease_until: row.instant(2)? })
}
