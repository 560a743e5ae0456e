//! The ordered log: what was changed, by whom, each entry chained to the one before.
use std::ops::RangeInclusive;

use lull_domain::Instant;
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::order::Actor;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    APPEND: "appending to the log",
        "INSERT INTO log (seq, at, kind, maintenance, target, actor, body, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    ALL: "reading the log",
        "SELECT seq, at, kind, maintenance, target, actor, body, hash FROM log WHERE seq > $1 ORDER BY seq LIMIT $2";
    OF_KIND: "reading the log of a kind",
        "SELECT seq, at, kind, maintenance, target, actor, body, hash FROM log
         WHERE seq > $1 AND kind = $3 ORDER BY seq LIMIT $2";
    OF_MAINTENANCE: "reading the log of a maintenance",
        "SELECT seq, at, kind, maintenance, target, actor, body, hash FROM log
         WHERE seq > $1 AND ($3 = '' OR kind = $3) AND maintenance = $4 ORDER BY seq LIMIT $2";
    OF_TARGET: "reading the log of a target",
        "SELECT seq, at, kind, maintenance, target, actor, body, hash FROM log
         WHERE seq > $1 AND ($3 = '' OR kind = $3) AND target = $4 ORDER BY seq LIMIT $2";
    OF_BOTH: "reading the log of a maintenance on a target",
        "SELECT seq, at, kind, maintenance, target, actor, body, hash FROM log
         WHERE seq > $1 AND ($3 = '' OR kind = $3) AND maintenance = $4 AND target = $5 ORDER BY seq LIMIT $2";
}

/// What an entry is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// An order to a maintenance, with the facts it was decided on.
    Order,
    /// A change of stage of an engagement.
    Engagement,
    /// A change of the estate.
    Target,
    /// A token made or revoked.
    Token,
    /// Something that people are told.
    Notice,
    /// A banner put up, changed or taken down.
    Banner,
    /// A job that stops work, or what became of one thing that it stops.
    Job,
    /// A pass made or revoked, or its link opened.
    Pass,
    /// A series made, changed or ended.
    Series,
    /// A limit set or taken away.
    Limit,
    /// A calendar made, changed or removed, or why it could not be fetched.
    Calendar,
    /// A feed made or revoked.
    Feed,
}

/// Something to be appended.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// When it happened.
    pub at: Instant,
    /// What it is about.
    pub kind: EntryKind,
    /// The maintenance it concerns.
    pub maintenance: Option<MaintenanceId>,
    /// The target it concerns.
    pub target: Option<TargetId>,
    /// Who did it.
    pub actor: Option<Actor>,
    /// What happened; the caller's to interpret.
    pub body: Json,
}

/// An entry of the log.
#[derive(Clone, PartialEq, Debug)]
pub struct Logged {
    /// Its number: 1, 2, 3, … without gaps.
    pub seq: u64,
    /// What was appended.
    pub entry: Entry,
    /// SHA-256 over the hash of the entry before it and this one.
    pub hash: [u8; 32],
}

/// Which entries; all of what is given must hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EntryFilter {
    /// About this.
    pub kind: Option<EntryKind>,
    /// Concerning this maintenance.
    pub maintenance: Option<MaintenanceId>,
    /// Concerning this target.
    pub target: Option<TargetId>,
}

impl EntryKind {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            EntryKind::Order => "order",
            EntryKind::Engagement => "engagement",
            EntryKind::Target => "target",
            EntryKind::Token => "token",
            EntryKind::Notice => "notice",
            EntryKind::Banner => "banner",
            EntryKind::Job => "job",
            EntryKind::Pass => "pass",
            EntryKind::Series => "series",
            EntryKind::Limit => "limit",
            EntryKind::Calendar => "calendar",
            EntryKind::Feed => "feed",
        }
    }

    /// Every kind.
    pub const ALL: [EntryKind; 12] = [
        EntryKind::Order,
        EntryKind::Engagement,
        EntryKind::Target,
        EntryKind::Token,
        EntryKind::Notice,
        EntryKind::Banner,
        EntryKind::Job,
        EntryKind::Pass,
        EntryKind::Series,
        EntryKind::Limit,
        EntryKind::Calendar,
        EntryKind::Feed,
    ];
}

impl Tx<'_> {
    /// Appends these entries and gives their numbers; empty for none. Called last, as it takes the head of the log: that
    /// is what makes numbers become visible in their order.
    pub fn append(&mut self, entries: &[Entry]) -> Result<RangeInclusive<u64>, StoreError> {
        let count = entries.len() as u64;
        if count == 0 {
            return Ok(RangeInclusive::new(1, 0));
        }
        let head = self.take_head(count)?;
        let first = head.seq - count + 1;
        self.locks.first.get_or_insert(first);
        let mut hash = head.hash;
        for (seq, entry) in (first..).zip(entries) {
            let columns = Columns::of(seq, entry)?;
            hash = columns.chained_to(&hash);
            self.exec(APPEND, &columns.values(&hash))?;
        }
        self.chain_head(&hash)?;
        Ok(first..=head.seq)
    }

    /// Entries after this number, oldest first, at most so many.
    pub fn entries(&mut self, after: u64, filter: &EntryFilter, limit: u32) -> Result<Vec<Logged>, StoreError> {
        let mut values = vec![Value::from(after), Value::Int(i64::from(limit))];
        let kind = filter.kind.map_or("", EntryKind::name);
        let maintenance = filter.maintenance.map(|id| Value::Text(id.to_string()));
        let target = filter.target.map(|id| Value::Text(id.to_string()));
        let statement = match (filter.kind, &maintenance, &target) {
            (None, None, None) => ALL,
            (Some(_), None, None) => OF_KIND,
            (_, Some(_), None) => OF_MAINTENANCE,
            (_, None, Some(_)) => OF_TARGET,
            (_, Some(_), Some(_)) => OF_BOTH,
        };
        if statement.sql != ALL.sql {
            values.push(Value::from(kind));
        }
        values.extend(maintenance.into_iter().chain(target));
        self.query(statement, &values)?.iter().map(|row| Columns::from(row)?.logged(row.hash(7)?)).collect()
    }

    /// The entries after a number as they are stored, with their hashes: for whoever verifies the chain.
    pub(crate) fn stored_entries(&mut self, after: u64, limit: u32) -> Result<Vec<(Columns, [u8; 32])>, StoreError> {
        let rows = self.query(ALL, &[Value::from(after), Value::Int(i64::from(limit))])?;
        rows.iter().map(|row| Ok((Columns::from(row)?, row.hash(7)?))).collect()
    }
}

/// An entry as it is stored: what its hash is made of.
pub(crate) struct Columns {
    pub seq: u64,
    at: Instant,
    kind: String,
    maintenance: Option<String>,
    target: Option<String>,
    actor: Option<String>,
    body: String,
}

impl Columns {
    fn of(seq: u64, entry: &Entry) -> Result<Columns, StoreError> {
        let Entry { at, kind, maintenance, target, actor, body } = entry;
        Ok(Columns {
            seq,
            at: *at,
            kind: kind.name().to_owned(),
            maintenance: maintenance.map(|id| id.to_string()),
            target: target.map(|id| id.to_string()),
            actor: actor.as_ref().map(|actor| crate::body::written(actor, "an actor")).transpose()?,
            body: body.to_string(),
        })
    }

    fn from(row: &Row) -> Result<Columns, StoreError> {
        let text = |row: &Row, column| row.text(column).map(str::to_owned);
        Ok(Columns {
            seq: row.count(0)?,
            at: row.instant(1)?,
            kind: row.text(2)?.to_owned(),
            maintenance: row.maybe(3, text)?,
            target: row.maybe(4, text)?,
            actor: row.maybe(5, text)?,
            body: row.text(6)?.to_owned(),
        })
    }

    /// SHA-256 over the hash before and the columns as one JSON array, which has one reading only.
    pub fn chained_to(&self, before: &[u8; 32]) -> [u8; 32] {
        let Columns { seq, at, kind, maintenance, target, actor, body } = self;
        let canonical = serde_json::json!([seq, at, kind, maintenance, target, actor, body]).to_string();
        Sha256::new().chain_update(before).chain_update(canonical).finalize().into()
    }

    fn values(self, hash: &[u8; 32]) -> [Value; 8] {
        let Columns { seq, at, kind, maintenance, target, actor, body } = self;
        [
            seq.into(),
            at.into(),
            kind.into(),
            maintenance.into(),
            target.into(),
            actor.into(),
            body.into(),
            Value::from(&hash[..]),
        ]
    }

    fn logged(self, hash: [u8; 32]) -> Result<Logged, StoreError> {
        let Columns { seq, at, kind, maintenance, target, actor, body } = self;
        let doing = || format!("reading entry {seq} of the log");
        let odd = |what: &str| StoreError::corrupt(doing(), format!("its {what} cannot be read"));
        let kind = EntryKind::ALL.into_iter().find(|known| known.name() == kind).ok_or_else(|| odd("kind"))?;
        let entry = Entry {
            at,
            kind,
            maintenance: maintenance.map(|id| id.parse().map_err(|_| odd("maintenance"))).transpose()?,
            target: target.map(|id| id.parse().map_err(|_| odd("target"))).transpose()?,
            actor: actor.map(|actor| serde_json::from_str(&actor).map_err(|_| odd("actor"))).transpose()?,
            body: serde_json::from_str(&body).map_err(|_| odd("body"))?,
        };
        Ok(Logged { seq, entry, hash })
    }
}
