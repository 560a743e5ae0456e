//! The tokens of the API: what they allow, found by the hash of what is shown once.
use std::collections::BTreeSet;

use lull_domain::Instant;
use lull_domain::id::{TargetId, TokenId};
use lull_domain::order::Permission;
use lull_domain::policy::Role;
use serde::{Deserialize, Serialize};

use crate::body;
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    INSERT: "storing a token",
        "INSERT INTO tokens (id, hash, name, kind, grants, created_at, expires_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    BY_HASH: "reading a token",
        "SELECT id, name, kind, grants, created_at, expires_at, revoked_at FROM tokens WHERE hash = $1";
    ALL: "reading the tokens",
        "SELECT id, name, kind, grants, created_at, expires_at, revoked_at FROM tokens ORDER BY id";
    REVOKE: "revoking a token", "UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
}

/// A token, without what is shown once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The name that its orders bear.
    pub name: String,
    /// As whom it acts.
    pub kind: TokenKind,
    /// What it may, and where.
    pub grants: Vec<Grant>,
    /// Since when it is.
    pub created_at: Instant,
    /// From then on it is good for nothing.
    pub expires_at: Option<Instant>,
    /// Since then it is good for nothing.
    pub revoked_at: Option<Instant>,
}

/// As whom a token acts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A person; the same name is the same person.
    Person,
    /// A program.
    Service,
    /// A signal read from outside.
    Observer,
}

/// A role on a part of the estate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The root of that part.
    pub under: TargetId,
    /// What its bearer is there.
    pub role: Role,
    /// What he may there that no role includes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub may: BTreeSet<Permission>,
}

impl Token {
    /// Neither revoked nor expired.
    pub fn is_good(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

impl TokenKind {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            TokenKind::Person => "person",
            TokenKind::Service => "service",
            TokenKind::Observer => "observer",
        }
    }

    fn of(row: &Row, column: usize) -> Result<TokenKind, StoreError> {
        match row.text(column)? {
            "person" => Ok(TokenKind::Person),
            "service" => Ok(TokenKind::Service),
            "observer" => Ok(TokenKind::Observer),
            odd => Err(StoreError::corrupt(row.doing, format!("there is no kind of token called {odd:?}"))),
        }
    }
}

impl Tx<'_> {
    /// Stores a new token under the SHA-256 of what is shown once.
    ///
    /// # Errors
    /// Conflict where the id or the hash is taken.
    pub fn insert_token(&mut self, token: &Token, hash: &[u8; 32]) -> Result<(), StoreError> {
        let values = [
            token.id.to_string().into(),
            Value::from(&hash[..]),
            token.name.as_str().into(),
            token.kind.name().into(),
            body::written(&token.grants, token.id)?.into(),
            token.created_at.into(),
            token.expires_at.into(),
            token.revoked_at.into(),
        ];
        self.exec_one(INSERT, &values)
    }

    /// The token with this hash, good or not: ask [`Token::is_good`].
    pub fn token_by_hash(&mut self, hash: &[u8; 32]) -> Result<Option<Token>, StoreError> {
        self.first(BY_HASH, &[Value::from(&hash[..])])?.as_ref().map(token).transpose()
    }

    /// Every token, oldest first.
    pub fn tokens(&mut self) -> Result<Vec<Token>, StoreError> {
        self.query(ALL, &[])?.iter().map(token).collect()
    }

    /// Makes a token good for nothing; whether it was good for something.
    pub fn revoke_token(&mut self, id: TokenId, at: Instant) -> Result<bool, StoreError> {
        Ok(self.exec(REVOKE, &[id.to_string().into(), at.into()])? > 0)
    }
}

fn token(row: &Row) -> Result<Token, StoreError> {
    Ok(Token {
        id: row.parsed(0)?,
        name: row.text(1)?.to_owned(),
        kind: TokenKind::of(row, 2)?,
        grants: body::read(body::VERSION, row.text(3)?, row.text(0)?)?,
        created_at: row.instant(4)?,
        expires_at: row.maybe(5, Row::instant)?,
        revoked_at: row.maybe(6, Row::instant)?,
    })
}
