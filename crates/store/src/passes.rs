//! The passes that let somebody in during a maintenance: a link that is opened once, and the cookie it is changed for.
use lull_domain::Instant;
use lull_domain::id::{MaintenanceId, PassId, TargetId};

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    INSERT: "storing a pass",
        "INSERT INTO passes (id, link, maintenance, target, made_by, made_at, good_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    BY_LINK: "reading a pass by its link",
        "SELECT id, maintenance, target, made_by, made_at, good_until, cookie FROM passes WHERE link = $1";
    BY_COOKIE: "reading a pass by its cookie",
        "SELECT id, maintenance, target, made_by, made_at, good_until, cookie FROM passes WHERE cookie = $1";
    BY_ID: "reading a pass",
        "SELECT id, maintenance, target, made_by, made_at, good_until, cookie FROM passes WHERE id = $1";
    GOOD: "reading the passes",
        "SELECT id, maintenance, target, made_by, made_at, good_until, cookie FROM passes WHERE good_until > $1 ORDER BY id";
    END: "ending a pass", "UPDATE passes SET good_until = $2 WHERE id = $1 AND good_until > $2";
    OPEN: "opening the link of a pass", "UPDATE passes SET cookie = $2 WHERE link = $1 AND cookie IS NULL";
    FORGET: "forgetting old passes", "DELETE FROM passes WHERE good_until < $1";
}

/// A pass, without what is shown once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pass {
    /// Its id.
    pub id: PassId,
    /// The maintenance that it lets somebody past.
    pub maintenance: MaintenanceId,
    /// Where: there and below.
    pub target: TargetId,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// From then on neither link nor cookie is good for anything.
    pub good_until: Instant,
    /// The link was changed for a cookie.
    pub is_opened: bool,
}

impl Tx<'_> {
    /// Stores a new pass under the SHA-256 of its link's secret.
    ///
    /// # Errors
    /// Conflict where the id or the hash is taken.
    pub fn insert_pass(&mut self, pass: &Pass, link: &[u8; 32]) -> Result<(), StoreError> {
        let values = [
            pass.id.to_string().into(),
            Value::from(&link[..]),
            pass.maintenance.to_string().into(),
            pass.target.to_string().into(),
            pass.made_by.as_str().into(),
            pass.made_at.into(),
            pass.good_until.into(),
        ];
        self.exec_one(INSERT, &values)
    }

    /// The pass with this link, opened or not, good or not.
    pub fn pass_by_link(&mut self, link: &[u8; 32]) -> Result<Option<Pass>, StoreError> {
        self.first(BY_LINK, &[Value::from(&link[..])])?.as_ref().map(pass).transpose()
    }

    /// The pass with this cookie, good or not.
    pub fn pass_by_cookie(&mut self, cookie: &[u8; 32]) -> Result<Option<Pass>, StoreError> {
        self.first(BY_COOKIE, &[Value::from(&cookie[..])])?.as_ref().map(pass).transpose()
    }

    /// The pass of this id, opened or not, good or not.
    pub fn pass(&mut self, id: PassId) -> Result<Option<Pass>, StoreError> {
        self.first(BY_ID, &[id.to_string().into()])?.as_ref().map(pass).transpose()
    }

    /// The passes that are good for longer than this, oldest first.
    pub fn good_passes(&mut self, now: Instant) -> Result<Vec<Pass>, StoreError> {
        self.query(GOOD, &[now.into()])?.iter().map(pass).collect()
    }

    /// Makes a pass good for nothing from now on; whether it was good for something.
    pub fn end_pass(&mut self, id: PassId, now: Instant) -> Result<bool, StoreError> {
        Ok(self.exec(END, &[id.to_string().into(), now.into()])? > 0)
    }

    /// Changes a link for this cookie; false where it is not there or was opened before.
    pub fn open_pass(&mut self, link: &[u8; 32], cookie: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.exec(OPEN, &[Value::from(&link[..]), Value::from(&cookie[..])])? > 0)
    }

    /// Forgets the passes that were good for nothing before this time; how many.
    pub fn forget_passes(&mut self, before: Instant) -> Result<usize, StoreError> {
        self.exec(FORGET, &[before.into()])
    }
}

fn pass(row: &Row) -> Result<Pass, StoreError> {
    Ok(Pass {
        id: row.parsed(0)?,
        maintenance: row.parsed(1)?,
        target: row.parsed(2)?,
        made_by: row.text(3)?.to_owned(),
        made_at: row.instant(4)?,
        good_until: row.instant(5)?,
        is_opened: row.maybe(6, Row::hash)?.is_some(),
    })
}
