//! The targets, of which the estate is built.
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};

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

/// A thread that understands a part of the rows.
type Working<'s> = ScopedJoinHandle<'s, Result<Vec<Arc<Target>>, StoreError>>;

impl Tx<'_> {
    /// Every target, in no order. A million are most of a start: they are read and understood side by side.
    pub fn targets(&mut self) -> Result<Vec<Arc<Target>>, StoreError> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let mut understood = Vec::new();
            let mut working = VecDeque::new();
            self.query_in_parts(ALL, |rows| {
                if working.len() == workers {
                    understood.extend(working.pop_front().map_or(Ok(Vec::new()), joined)?);
                }
                working.push_back(scope.spawn(move || rows.iter().map(|row| target(row).map(Arc::new)).collect()));
                Ok(())
            })?;
            for part in working {
                understood.append(&mut joined(part)?);
            }
            Ok(understood)
        })
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

fn joined(part: Working<'_>) -> Result<Vec<Arc<Target>>, StoreError> {
    part.join().unwrap_or_else(|_| Err(StoreError::permanent(ALL.doing, "a thread that read a part of them panicked")))
}

fn target(row: &Row) -> Result<Target, StoreError> {
    body::read(row.count(1)?, row.text(2)?, row.text(0)?)
}
