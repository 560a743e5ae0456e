//! Who asks the gate: as anywhere, and from memory while the store cannot be read. The gate keeps answering.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use tokio::time::Instant;

use super::App;
use super::bearer::{Bearer, given};
use super::problem::Problem;
use crate::caller::Caller;
use crate::clock;

/// How long a look at the store may take, before memory has to do.
const LOOK_WITHIN: Duration = Duration::from_secs(1);
/// How long a token is believed that was good, while nobody can look whether it still is.
const BELIEVED: Duration = Duration::from_secs(10 * 60);
/// How many are remembered.
const REMEMBERED_MAX: usize = 4_096;

/// Who was let in lately, by the hash of his token.
#[derive(Default)]
pub struct Remembered(Mutex<HashMap<[u8; 32], Known>>);

/// Somebody, until when his token is good, and when that was looked up.
struct Known {
    caller: Caller,
    expires_at: Option<lull_domain::Instant>,
    at: Instant,
}

/// Whoever asks the gate.
pub struct Asking(pub Caller);

impl FromRequestParts<Arc<App>> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Asking, Problem> {
        let hash = given(parts)?;
        let looked = tokio::time::timeout(LOOK_WITHIN, Bearer::from_request_parts(parts, app)).await;
        match looked.unwrap_or_else(|_| Err(Problem::too_slow())) {
            Ok(bearer) => {
                app.remembered.put(hash, &bearer);
                Ok(Asking(bearer.caller))
            }
            Err(problem) if problem.0.status == StatusCode::SERVICE_UNAVAILABLE.as_u16() => {
                app.remembered.get(&hash).map(Asking).ok_or(problem)
            }
            Err(problem) => {
                app.remembered.forget(&hash);
                Err(problem)
            }
        }
    }
}

impl Remembered {
    fn put(&self, hash: [u8; 32], bearer: &Bearer) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        let (caller, expires_at) = (bearer.caller.clone(), bearer.expires_at);
        known.insert(hash, Known { caller, expires_at, at: Instant::now() });
    }

    fn get(&self, hash: &[u8; 32]) -> Option<Caller> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = |known: &&Known| {
            known.at.elapsed() < BELIEVED && known.expires_at.is_none_or(|expires_at| clock::now() < expires_at)
        };
        known.get(hash).filter(is_good).map(|known| known.caller.clone())
    }

    fn forget(&self, hash: &[u8; 32]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }
}
