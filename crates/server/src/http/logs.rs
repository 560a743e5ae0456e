//! The log, as far as the caller may see it; and the orders in it.
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use lull_api::params::Listing;
use lull_api::views::{Event, List, Order};
use lull_domain::Instant;
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::MaintenanceId;
use lull_domain::refusal::Refusal;
use lull_store::{Entry, EntryFilter, EntryKind, Logged, StoreError, Tx};

use super::App;
use super::asked::Asked;
use super::problem::Problem;
use crate::caller::{Caller, Reader};
use crate::tokens::is_administrator;
use crate::view::{self, Known};

/// Entries that are read at a time.
const BATCH: u32 = 500;
/// How often the log is read for one page at most; what is left is on the next one.
const ROUNDS_MAX: usize = 20;

/// What of the log one caller sees, and what he calls it.
pub struct Sight {
    caller: Caller,
    estate: Arc<Estate>,
    seen: BTreeMap<MaintenanceId, bool>,
    titles: BTreeMap<MaintenanceId, String>,
}

impl Sight {
    /// What this caller sees of this estate.
    pub fn new(caller: Caller, estate: Arc<Estate>) -> Sight {
        Sight { caller, estate, seen: BTreeMap::new(), titles: BTreeMap::new() }
    }

    /// Whether he sees this entry.
    ///
    /// # Errors
    /// What the store gives.
    pub fn sees(&mut self, tx: &mut Tx, logged: &Logged) -> Result<bool, StoreError> {
        let entry = &logged.entry;
        let target = entry.target.is_none_or(|id| self.caller.sees(&self.estate, id));
        let seen = match (entry.kind, entry.maintenance, entry.target) {
            (EntryKind::Token, ..) | (_, None, None) => is_administrator(&self.estate, &self.caller),
            (_, Some(id), _) => self.sees_maintenance(tx, id)? && target,
            (_, None, Some(_)) => target,
        };
        Ok(seen)
    }

    /// The entry as he sees it.
    pub fn event(&self, logged: &Logged) -> Event {
        view::event(logged, &Known { estate: &self.estate, titles: &self.titles })
    }

    fn sees_maintenance(&mut self, tx: &mut Tx, id: MaintenanceId) -> Result<bool, StoreError> {
        if let Some(seen) = self.seen.get(&id) {
            return Ok(*seen);
        }
        let found = tx.maintenance(id)?;
        let seen = found
            .as_ref()
            .map_or_else(|| self.is_everywhere(), |found| self.caller.facts(&self.estate, &found.plan.scope).sees);
        self.titles.extend(found.map(|found| (id, found.plan.texts.title)));
        self.seen.insert(id, seen);
        Ok(seen)
    }

    /// Whether he has a role on the installation, and so on what is gone from it, too.
    fn is_everywhere(&self) -> bool {
        self.caller.role_on(&self.estate, ROOT).is_some()
    }
}

/// A part of the log.
pub struct Part {
    /// What the caller sees of it.
    pub seen: Vec<Logged>,
    /// The last number that was looked at.
    pub last: u64,
    /// There is more after that.
    pub more: bool,
}

/// Reads on after this number until so many entries are found that the caller sees.
///
/// # Errors
/// What the store gives.
pub fn part(tx: &mut Tx, sight: &mut Sight, wanted: &Wanted, after: u64, limit: usize) -> Result<Part, StoreError> {
    let mut part = Part { seen: Vec::new(), last: after, more: true };
    for _ in 0..ROUNDS_MAX {
        let batch = tx.entries(part.last, &wanted.filter, BATCH)?;
        let is_last = batch.len() < BATCH as usize;
        for logged in batch {
            if part.seen.len() == limit {
                return Ok(part);
            }
            part.last = logged.seq;
            if wanted.takes(&logged) && sight.sees(tx, &logged)? {
                let reader = Reader { estate: &sight.estate, caller: &sight.caller };
                part.seen.push(reader.entry(logged));
            }
        }
        if is_last {
            part.more = false;
            return Ok(part);
        }
    }
    Ok(part)
}

/// Which entries are asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    filter: EntryFilter,
    by: Option<String>,
    since: Option<Instant>,
    until: Option<Instant>,
}

impl Wanted {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// Bad input, naming the parameter.
    pub fn new(asked: &Asked, sight: &Sight) -> Result<Wanted, Refusal> {
        let kind = asked.0.kind.as_ref();
        asked.one_of("kind", kind, &EntryKind::ALL.map(EntryKind::name))?;
        let target = |text: &String| {
            super::read::target(&sight.estate, &sight.caller, text).map_err(|refusal| refusal.at("target"))
        };
        let filter = EntryFilter {
            kind: kind.and_then(|name| EntryKind::ALL.into_iter().find(|kind| kind.name() == name)),
            maintenance: asked.maintenance()?,
            target: asked.0.target.as_ref().map(target).transpose()?,
        };
        let (since, until) = asked.between()?;
        Ok(Wanted { filter, by: asked.0.by.clone(), since, until })
    }

    fn takes(&self, logged: &Logged) -> bool {
        let Entry { at, actor, .. } = &logged.entry;
        self.by.as_ref().is_none_or(|by| actor.as_ref().is_some_and(|actor| actor.name() == by))
            && self.since.is_none_or(|since| since <= *at)
            && self.until.is_none_or(|until| *at < until)
    }
}

/// The number after which a page begins.
///
/// # Errors
/// About the fields `after` or `cursor`.
pub fn after(asked: &Asked) -> Result<u64, Refusal> {
    if asked.0.after.is_some_and(|after| i64::try_from(after).is_err()) {
        return Err(Refusal::input("after", "no number is that high", "Give the number of an entry."));
    }
    Ok(asked.cursor::<u64>()?.or(asked.0.after).unwrap_or(0))
}

/// The orders that were given, oldest first.
#[utoipa::path(get, path = "/api/v1/orders", operation_id = "list_orders", tag = "log", params(Listing),
    responses((status = 200, body = List<Order>)))]
pub async fn orders(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<Order>>, Problem> {
    let mut sight = Sight::new(caller, app.core.estate());
    let mut wanted = Wanted::new(&asked, &sight)?;
    wanted.filter.kind = Some(EntryKind::Order);
    let (after, limit) = (after(&asked)?, asked.limit()?);
    let part = app.core.store.read(move |tx| part(tx, &mut sight, &wanted, after, limit)).await?;
    let items = part.seen.iter().filter_map(view::order).collect();
    Ok(Json(List { items, next: part.more.then(|| asked.next(part.last)) }))
}
