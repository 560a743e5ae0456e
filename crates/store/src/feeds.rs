//! The feeds: links to calendars of what is planned for a part of the estate.
use lull_domain::Instant;
use lull_domain::id::{FeedId, TargetId};
use lull_domain::order::Actor;

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    INSERT: "storing a feed", "INSERT INTO feeds (id, secret, target, made_by, made_at) VALUES ($1, $2, $3, $4, $5)";
    BY_SECRET: "reading a feed by its secret",
        "SELECT id, secret, target, made_by, made_at FROM feeds WHERE secret = $1";
    BY_ID: "reading a feed", "SELECT id, secret, target, made_by, made_at FROM feeds WHERE id = $1";
    ALL: "listing the feeds", "SELECT id, secret, target, made_by, made_at FROM feeds ORDER BY id";
    DELETE: "deleting a feed", "DELETE FROM feeds WHERE id = $1";
}

/// A feed, without what is shown once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Feed {
    /// Its id.
    pub id: FeedId,
    /// Whoever knows its id may read it; else only who knows its secret.
    pub is_public: bool,
    /// What it is about: there and below.
    pub target: TargetId,
    /// Who made it.
    pub made_by: Actor,
    /// When.
    pub made_at: Instant,
}

impl Tx<'_> {
    /// Stores a new feed; a secret one under the SHA-256 of its secret.
    ///
    /// # Errors
    /// Conflict where the id or the hash is taken.
    pub fn insert_feed(&mut self, feed: &Feed, secret: Option<&[u8; 32]>) -> Result<(), StoreError> {
        let values = [
            feed.id.to_string().into(),
            secret.map_or(Value::Null, |secret| Value::from(&secret[..])),
            feed.target.to_string().into(),
            body::written(&feed.made_by, "an actor")?.into(),
            feed.made_at.into(),
        ];
        self.exec_one(INSERT, &values)
    }

    /// The feed with this secret.
    pub fn feed_by_secret(&mut self, secret: &[u8; 32]) -> Result<Option<Feed>, StoreError> {
        self.first(BY_SECRET, &[Value::from(&secret[..])])?.as_ref().map(feed).transpose()
    }

    /// The feed of this id.
    pub fn feed(&mut self, id: FeedId) -> Result<Option<Feed>, StoreError> {
        self.first(BY_ID, &[id.to_string().into()])?.as_ref().map(feed).transpose()
    }

    /// All feeds, oldest first.
    pub fn feeds(&mut self) -> Result<Vec<Feed>, StoreError> {
        self.query(ALL, &[])?.iter().map(feed).collect()
    }

    /// Takes a feed away; whether it was there.
    pub fn delete_feed(&mut self, id: FeedId) -> Result<bool, StoreError> {
        Ok(self.exec(DELETE, &[id.to_string().into()])? > 0)
    }
}

fn feed(row: &Row) -> Result<Feed, StoreError> {
    let made_by = serde_json::from_str(row.text(3)?);
    let id: FeedId = row.parsed(0)?;
    Ok(Feed {
        id,
        is_public: row.maybe(1, Row::hash)?.is_none(),
        target: row.parsed(2)?,
        made_by: made_by.map_err(|error| StoreError::corrupt(format!("reading {id}"), error.to_string()))?,
        made_at: row.instant(4)?,
    })
}
