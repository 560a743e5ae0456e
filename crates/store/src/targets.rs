//! The targets, of which the estate is built.
use lull_domain::estate::Target;
use lull_domain::id::TargetId;

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    ALL: "reading the targets", "SELECT id, version, body FROM targets";
    ONE: "reading a target", "SELECT id, version, body FROM targets WHERE id = $1";
    PUT: "storing a target",
        "INSERT INTO targets (id, version, path, external_id, revision, body) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, path = excluded.path,
             external_id = excluded.external_id, revision = excluded.revision, body = excluded.body";
    DELETE: "deleting a target", "DELETE FROM targets WHERE id = $1";
}

/// Fewer bodies are not worth a thread.
const PART_MIN: usize = 10_000;

impl Tx<'_> {
    /// Every target, in no order.
    pub fn targets(&mut self) -> Result<Vec<Target>, StoreError> {
        let rows = self.query(ALL, &[])?;
        // A million bodies are most of a start.
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let part = rows.len().div_ceil(workers).max(PART_MIN);
        let parsed = std::thread::scope(|scope| {
            let parts =
                rows.chunks(part).map(|rows| scope.spawn(|| rows.iter().map(target).collect::<Result<Vec<_>, _>>()));
            let parts: Vec<_> = parts.collect();
            parts.into_iter().map(|part| part.join().unwrap_or_else(|_| Err(panicked()))).collect::<Result<Vec<_>, _>>()
        });
        Ok(parsed?.into_iter().flatten().collect())
    }

    /// The target of this id.
    pub fn target(&mut self, id: TargetId) -> Result<Option<Target>, StoreError> {
        self.first(ONE, &[Value::Text(id.to_string())])?.as_ref().map(target).transpose()
    }

    /// Stores a target, new or changed.
    ///
    /// # Errors
    /// Conflict where another target has its path or its id elsewhere.
    pub fn put_target(&mut self, target: &Target) -> Result<(), StoreError> {
        let values = [
            target.id.to_string().into(),
            body::VERSION.into(),
            target.path.to_string().into(),
            target.external_id.clone().into(),
            target.revision.into(),
            body::written(target, target.id)?.into(),
        ];
        self.exec_one(PUT, &values)
    }

    /// Takes a target away; whether it was there.
    pub fn delete_target(&mut self, id: TargetId) -> Result<bool, StoreError> {
        Ok(self.exec(DELETE, &[Value::Text(id.to_string())])? > 0)
    }
}

fn panicked() -> StoreError {
    StoreError::permanent(ALL.doing, "a thread that read a part of them panicked")
}

fn target(row: &Row) -> Result<Target, StoreError> {
    body::read(row.count(1)?, row.text(2)?, row.text(0)?)
}
