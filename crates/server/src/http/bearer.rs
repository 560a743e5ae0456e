//! Finds out who is calling, by the token of the request (RFC 6750, 2.1).
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use lull_domain::Instant;
use lull_store::{StoreError, Token, Tx};

use super::App;
use super::problem::Problem;
use crate::caller::Caller;
use crate::clock;
use crate::tokens;

/// The caller, with what his token is found by when it is looked at again.
pub struct Bearer {
    /// Who.
    pub caller: Caller,
    /// The hash of his token.
    pub hash: [u8; 32],
    /// Until when it is good.
    pub expires_at: Option<Instant>,
}

impl FromRequestParts<Arc<App>> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Bearer, Problem> {
        let hash = given(parts)?;
        let known = Arc::clone(&app.core.known);
        let token = app.core.store.read(move |tx| {
            // What is asked next is asked of the estate as it is now, whichever process changed it.
            known.follow(tx)?;
            good(tx, &hash)
        });
        let token = token.await?;
        match token {
            Some(token) => Ok(Bearer { hash, expires_at: token.expires_at, caller: Caller::of(token) }),
            None => Err(Problem::unauthorized("This token is unknown, has expired, or was revoked.")),
        }
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Caller, Problem> {
        Ok(Bearer::from_request_parts(parts, app).await?.caller)
    }
}

/// The hash of the token that a request shows.
///
/// # Errors
/// It shows none.
pub fn given(parts: &Parts) -> Result<[u8; 32], Problem> {
    let Some(given) = parts.headers.get(AUTHORIZATION) else {
        return Err(Problem::unauthorized("The request has no token."));
    };
    let secret =
        given.to_str().ok().and_then(|text| text.split_once(' ')).map(|(scheme, secret)| (scheme, secret.trim()));
    match secret.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        Some((_, secret)) => Ok(tokens::hash(secret)),
        None => Err(Problem::unauthorized("The header `Authorization` holds no bearer token.")),
    }
}

/// The token with this hash, if it is still good.
///
/// # Errors
/// What the store gives.
pub fn good(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<Token>, StoreError> {
    Ok(tx.token_by_hash(hash)?.filter(|token| token.is_good(clock::now())))
}
