//! Who is asking, where he would be refused without a name: by a token of ours, or by the cookie of a pass.
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use lull_domain::estate::Estate;
use lull_domain::path::Path;
use lull_domain::policy::Role;
use lull_store::{Pass, StoreError, Token, Tx};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::caller::Caller;
use crate::clock;
use crate::core::Core;
use crate::passes::is_secret;
use crate::tokens::hash;

/// The cookie of a pass.
pub const COOKIE: &str = "lull_pass";
/// How long what was found is believed: so long a revoked token may still pass.
const BELIEVED: Duration = Duration::from_secs(1);
/// How many are remembered.
const REMEMBERED_MAX: usize = 4_096;
/// How many are looked up at a time; and how long one waits for that.
const LOOKS_MAX: usize = 8;
const LOOK_WITHIN: Duration = Duration::from_millis(500);
/// How many cookies of this name one request may show.
const COOKIES_MAX: usize = 4;

/// What is known of those who asked lately.
pub struct Bearers {
    known: Mutex<HashMap<[u8; 32], Known>>,
    looks: Semaphore,
}

/// What was found under a hash, and when.
#[derive(Clone)]
struct Known {
    found: Arc<Found>,
    at: Instant,
}

/// What is stored under a hash.
enum Found {
    Nobody,
    Token(Token),
    Pass(Pass),
}

impl Default for Bearers {
    fn default() -> Bearers {
        Bearers { known: Mutex::default(), looks: Semaphore::new(LOOKS_MAX) }
    }
}

impl Bearers {
    /// The roles on this target of whoever sent these headers; none where he shows nothing that is good, or where that
    /// cannot be found out now.
    pub async fn roles(&self, core: &Core, headers: &HeaderMap, target: &str) -> Vec<Cow<'static, str>> {
        let mut roles = Vec::new();
        // All of them together: whoever waits for us gives up after 2 s, and may then let everybody in.
        let until = Instant::now() + LOOK_WITHIN;
        for (secret, is_token) in secrets(headers) {
            let found = tokio::time::timeout_at(until, self.found(core, hash(secret), is_token)).await;
            if let Ok(Some(found)) = found {
                roles.extend(found.roles(&core.estate(), target));
            }
        }
        roles
    }

    /// What is stored under this hash, as of now or of a moment ago.
    async fn found(&self, core: &Core, hash: [u8; 32], is_token: bool) -> Option<Arc<Found>> {
        let at = Instant::now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(known) = known.filter(|known| at < known.at + BELIEVED) {
            return Some(known.found);
        }
        let looking = async {
            let _turn = self.looks.acquire().await.ok()?;
            core.store.read(move |tx| look(tx, &hash, is_token)).await.ok()
        };
        let found = Arc::new(looking.await?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(hash, Known { found: Arc::clone(&found), at });
        Some(found)
    }
}

fn look(tx: &mut Tx, hash: &[u8; 32], is_token: bool) -> Result<Found, StoreError> {
    Ok(match is_token {
        true => tx.token_by_hash(hash)?.map_or(Found::Nobody, Found::Token),
        false => tx.pass_by_cookie(hash)?.map_or(Found::Nobody, Found::Pass),
    })
}

impl Found {
    /// What it makes of its bearer on this target.
    fn roles(&self, estate: &Estate, target: &str) -> Vec<Cow<'static, str>> {
        let Ok(path) = target.parse::<Path>() else { return Vec::new() };
        let now = clock::now();
        match self {
            Found::Token(token) if token.is_good(now) => {
                let nearest = estate.nearest(&path).map(|target| target.id);
                let role = nearest.and_then(|target| Caller::of(token.clone()).role_on(estate, target));
                let roles = Role::ALL.into_iter().filter(|weaker| Some(*weaker) <= role);
                roles.map(|role| Cow::Borrowed(role.as_str())).collect()
            }
            Found::Pass(pass) if now < pass.good_until => {
                let holds = estate.target(pass.target).is_some_and(|root| root.path.covers(&path));
                holds.then(|| Cow::Owned(format!("pass:{}", pass.maintenance))).into_iter().collect()
            }
            Found::Nobody | Found::Token(_) | Found::Pass(_) => Vec::new(),
        }
    }
}

/// What a request shows that could be ours: secrets, and whether each is a token. Nothing else is looked up.
fn secrets(headers: &HeaderMap) -> impl Iterator<Item = (&str, bool)> {
    let texts = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let bearer = texts(header::AUTHORIZATION).take(1).filter_map(|text| {
        let (scheme, secret) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
    });
    let tokens =
        bearer.filter(|secret| secret.strip_prefix("lull_").is_some_and(is_secret)).map(|secret| (secret, true));
    let cookies = texts(header::COOKIE).flat_map(|text| text.split(';')).filter_map(|part| part.trim().split_once('='));
    let passes = cookies.filter(|(name, value)| *name == COOKIE && is_secret(value)).map(|(_, value)| (value, false));
    tokens.chain(passes.take(COOKIES_MAX))
}
