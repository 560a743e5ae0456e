//! The limits of how much may be in maintenance at a time.
use lull_domain::id::LimitId;
use lull_domain::limit::Limit;

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::Row;

statements! {
    INSERT: "storing a limit", "INSERT INTO limits (id, version, body) VALUES ($1, $2, $3)";
    ALL: "reading the limits", "SELECT id, version, body FROM limits ORDER BY id";
    DELETE: "removing a limit", "DELETE FROM limits WHERE id = $1";
}

impl Tx<'_> {
    /// Stores a new limit.
    ///
    /// # Errors
    /// Conflict where the id is taken.
    pub fn insert_limit(&mut self, limit: &Limit) -> Result<(), StoreError> {
        self.exec_one(
            INSERT,
            &[limit.id.to_string().into(), body::VERSION.into(), body::written(limit, limit.id)?.into()],
        )
    }

    /// All of them, oldest first.
    pub fn limits(&mut self) -> Result<Vec<Limit>, StoreError> {
        self.query(ALL, &[])?.iter().map(limit).collect()
    }

    /// Takes one away; whether it was there.
    pub fn delete_limit(&mut self, id: LimitId) -> Result<bool, StoreError> {
        Ok(self.exec(DELETE, &[id.to_string().into()])? > 0)
    }
}

fn limit(row: &Row) -> Result<Limit, StoreError> {
    body::read(row.count(1)?, row.text(2)?, row.text(0)?)
}
