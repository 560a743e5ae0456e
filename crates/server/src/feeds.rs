//! Feeds: calendars of what is planned for a part of the estate, each behind a link.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use lull_api::params::NewFeed;
use lull_domain::estate::{Estate, Target};
use lull_domain::id::{FeedId, MaintenanceId, TargetId};
use lull_domain::plan::hex;
use lull_domain::policy::Role;
use lull_domain::refusal::{Because, Refusal};
use lull_domain::scope::Scope;
use lull_domain::series::Series;
use lull_domain::{Instant, Span};
use lull_store::{Entry, EntryKind, Feed, StoreError, Tx};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::http::read;
use crate::series::zone_of;
use crate::tokens::hash;

mod calendar;
mod text;
mod zones;

use calendar::Calendar;

/// How long what is over is still shown.
const SHOWN_FOR: Span = Span::hours(24 * 90);
/// How long what was made is shown again at most, though nothing has changed: what is over leaves a feed by itself.
const KEPT_FOR: Span = Span::minutes(15);
/// How many bytes of feeds are kept as they were made last.
const KEPT_MAX: usize = 64 * 1024 * 1024;
/// How many feeds somebody may have.
const FEEDS_MAX: usize = 200;
/// How far ahead occurrences are shown that are no maintenances yet.
const AHEAD: Span = Span::hours(24 * 400);
/// How many of them of one series, and of all, the next ones first.
const AHEAD_MAX: (usize, usize) = (60, 5_000);
/// How many things are named of one maintenance.
const OBJECTS_MAX: usize = 100;

/// A new feed, and its secret, which is shown this once.
pub struct Made {
    /// The feed.
    pub feed: Feed,
    /// Where it is read.
    pub url: String,
}

/// What a link names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// A secret, by its hash.
    Secret([u8; 32]),
    /// A public feed.
    Public(FeedId),
}

/// A feed as it is read.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The calendar.
    pub text: Bytes,
    /// Another one whenever the text is.
    pub tag: String,
}

/// Feeds as they were made last.
#[derive(Default)]
pub struct Kept {
    copies: Mutex<BTreeMap<FeedId, Copied>>,
    /// One is made at a time: whoever knows a link is nobody that others wait for.
    making: tokio::sync::Mutex<()>,
}

/// One of them.
#[derive(Clone)]
struct Copied {
    shown: Shown,
    /// What the log had then: nothing that it was made of changes without an entry there.
    seq: u64,
    /// A right that runs out does so without an entry.
    good_until: Instant,
}

impl Kept {
    fn get(&self, id: FeedId, seq: u64, now: Instant) -> Option<Shown> {
        let kept = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&id).filter(|copied| copied.seq == seq && now < copied.good_until).map(|copied| copied.shown.clone())
    }

    fn put(&self, id: FeedId, copied: Copied) {
        let mut kept = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(id, copied);
        let mut bytes: usize = kept.values().map(|copied| copied.shown.text.len()).sum();
        while let Some((_, oldest)) = (bytes > KEPT_MAX).then(|| kept.pop_first()).flatten() {
            bytes -= oldest.shown.text.len();
        }
    }
}

impl Core {
    /// Makes a feed.
    ///
    /// # Errors
    /// Bad input; forbidden below viewer there, for a public one below administrator.
    pub async fn make_feed(&self, caller: &Caller, new: NewFeed) -> Result<Made, Refused> {
        let estate = self.estate();
        let target = read::target(&estate, caller, &new.under).map_err(|refusal| refusal.at("under"))?;
        let needed = if new.public { Role::Administrator } else { Role::Viewer };
        may(&estate, caller, target, needed).map_err(|refusal| refusal.at("under"))?;
        let (made_by, made_at) = (caller.actor.clone(), clock::now());
        let feed = Feed { id: FeedId(clock::id()), is_public: new.public, target, made_by, made_at };
        let secret = hex(&rand::random::<[u8; 32]>());
        let hashed = (!new.public).then(|| hash(&secret));
        let url = if new.public { public_url(feed.id) } else { format!("/feeds/{secret}.ics") };
        let made = self.store.write(move |tx| {
            if tx.feeds()?.iter().filter(|other| other.made_by == feed.made_by).count() >= FEEDS_MAX {
                let detail = format!("You have {FEEDS_MAX} feeds.");
                return Err(Refusal::new(Because::Conflict, detail, "Revoke one that nobody reads.").into());
            }
            tx.insert_feed(&feed, hashed.as_ref())?;
            tx.append(&[entry(&feed, made_at, &feed.made_by, "made")])?;
            Ok::<_, Refused>(feed)
        });
        Ok(Made { feed: made.await?, url })
    }

    /// The feeds that the caller may see, oldest first: his own, public ones, and all where he is an administrator.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn feeds(&self, caller: &Caller) -> Result<Vec<Feed>, StoreError> {
        let (estate, caller) = (self.estate(), caller.clone());
        let mut feeds = self.store.read(|tx| tx.feeds()).await?;
        feeds.retain(|feed| sees(&estate, &caller, feed));
        Ok(feeds)
    }

    /// Takes a feed away: nobody can read it any more.
    ///
    /// # Errors
    /// Not found; forbidden to whoever neither made it nor administers what it is about.
    pub async fn revoke_feed(&self, caller: &Caller, id: FeedId) -> Result<(), Refused> {
        let (estate, caller) = (self.estate(), caller.clone());
        let revoked = self.store.write(move |tx| {
            let feed = tx.feed(id)?.filter(|feed| sees(&estate, &caller, feed));
            let feed = feed.ok_or_else(|| Core::not_found("feed"))?;
            if feed.made_by != caller.actor {
                may(&estate, &caller, feed.target, Role::Administrator)?;
            }
            tx.delete_feed(id)?;
            tx.append(&[entry(&feed, clock::now(), &caller.actor, "revoked")])?;
            Ok::<_, Refused>(())
        });
        revoked.await
    }
}

/// The calendar behind a link; none where there is no such feed, or whoever made it may not look there any more.
///
/// # Errors
/// What the store gives.
pub async fn read(core: &Core, kept: &Arc<Kept>, link: Link) -> Result<Option<Shown>, StoreError> {
    let _making = kept.making.lock().await;
    let (known, kept) = (Arc::clone(&core.known), Arc::clone(kept));
    core.store
        .read(move |tx| {
            let feed = match link {
                Link::Secret(secret) => tx.feed_by_secret(&secret)?,
                Link::Public(id) => tx.feed(id)?.filter(|feed| feed.is_public),
            };
            let Some(feed) = feed else { return Ok(None) };
            let (seq, now) = (tx.head()?.seq, clock::now());
            if let Some(shown) = kept.get(feed.id, seq, now) {
                return Ok(Some(shown));
            }
            known.follow(tx)?;
            let estate = known.now().0;
            let Some((shown, good_until)) = made(tx, &estate, &feed, now)? else { return Ok(None) };
            kept.put(feed.id, Copied { shown: shown.clone(), seq, good_until });
            Ok(Some(shown))
        })
        .await
}

/// The feed as it is now, and until when that holds if nothing changes.
fn made(tx: &mut Tx, estate: &Estate, feed: &Feed, now: Instant) -> Result<Option<(Shown, Instant)>, StoreError> {
    let Some(under) = estate.target(feed.target) else { return Ok(None) };
    let mut good_until = now + KEPT_FOR;
    if !feed.is_public {
        let Some((maker, until)) = maker(tx, feed, now)? else { return Ok(None) };
        if maker.role_on(estate, feed.target) < Some(Role::Viewer) {
            return Ok(None);
        }
        good_until = good_until.min(until);
    }
    let mut found = tx.maintenances_ahead()?;
    found.extend(tx.maintenances_over_since(now - SHOWN_FOR)?);
    let mut calendar = Calendar { under: under.path.to_string(), entries: Vec::new() };
    for maintenance in found {
        let objects = objects(estate, under, &maintenance.plan.scope);
        if !objects.is_empty() {
            let changed_at = tx.ordered_at(maintenance.id)?.unwrap_or(maintenance.created_at);
            calendar.entries.push(calendar::Entry { maintenance, objects, changed_at, is_made: true });
        }
    }
    calendar.entries.sort_by_key(|entry| entry.maintenance.id);
    calendar.entries.extend(ahead(estate, under, &tx.series_ahead()?, now));
    let text = calendar.written();
    let tag = format!("ics.{}", hex(&Sha256::digest(text.as_bytes())[..16]));
    Ok(Some((Shown { text: text.into(), tag }, good_until)))
}

/// The occurrences that are no maintenances yet, by their begin.
fn ahead(estate: &Estate, under: &Target, series: &[Series], now: Instant) -> Vec<calendar::Entry> {
    let mut all = Vec::new();
    for series in series {
        let objects = objects(estate, under, &series.plan.scope);
        let Some(zone) = zone_of(series).ok().filter(|_| !objects.is_empty()) else { continue };
        let next = series.unmade(&zone).take_while(|it| it.starts_at < now + AHEAD).take(AHEAD_MAX.0);
        all.extend(next.map(|it| calendar::Entry {
            maintenance: series.occurrence(&it, MaintenanceId(0), series.created_at),
            objects: objects.clone(),
            changed_at: series.created_at,
            is_made: false,
        }));
    }
    all.sort_by_key(|entry| entry.maintenance.plan.starts_at);
    all.truncate(AHEAD_MAX.1);
    all
}

/// Whoever made a feed, with what his tokens allow now, and until when they do.
fn maker(tx: &mut Tx, feed: &Feed, now: Instant) -> Result<Option<(Caller, Instant)>, StoreError> {
    let (mut grants, mut until) = (Vec::new(), Instant::MAX);
    for token in tx.tokens()?.into_iter().filter(|token| token.is_good(now)) {
        let expires_at = token.expires_at.unwrap_or(Instant::MAX);
        let caller = Caller::of(token);
        if caller.actor == feed.made_by {
            until = until.min(expires_at);
            grants.extend(caller.grants);
        }
    }
    let maker = Caller { actor: feed.made_by.clone(), grants };
    Ok((!maker.grants.is_empty()).then_some((maker, until)))
}

/// What a maintenance covers at or below this target, the highest ones, as they are known elsewhere.
fn objects(estate: &Estate, under: &Target, scope: &Scope) -> Vec<String> {
    let near = |root: TargetId| {
        let path = estate.target(root).map(|root| &root.path);
        path.is_some_and(|path| path.covers(&under.path) || under.path.covers(path))
    };
    if !scope.roots().into_iter().any(near) {
        return Vec::new();
    }
    let covered = estate.covered(scope);
    let is_highest = |target: &&Target| {
        let above = target.path.parent().filter(|above| under.path.covers(above)).and_then(|above| estate.at(&above));
        covered.contains(&target.id) && above.is_none_or(|above| !covered.contains(&above.id))
    };
    let highest = estate.under(&under.path).filter(is_highest).take(OBJECTS_MAX);
    highest.map(|target| target.external_id.clone().unwrap_or_else(|| target.path.to_string())).collect()
}

/// Where a public feed is read.
pub fn public_url(id: FeedId) -> String {
    format!("/feeds/public/{id}.ics")
}

fn sees(estate: &Estate, caller: &Caller, feed: &Feed) -> bool {
    let role = caller.role_on(estate, feed.target);
    feed.made_by == caller.actor
        || role == Some(Role::Administrator)
        || feed.is_public && caller.sees(estate, feed.target)
}

fn may(estate: &Estate, caller: &Caller, target: TargetId, needed: Role) -> Result<(), Refusal> {
    if caller.role_on(estate, target) >= Some(needed) {
        return Ok(());
    }
    let detail = format!("This needs the role {} there.", needed.as_str());
    Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it, or for the role."))
}

fn entry(feed: &Feed, at: Instant, actor: &lull_domain::order::Actor, did: &str) -> Entry {
    let body = json!({did: {"id": feed.id, "public": feed.is_public, "made_by": feed.made_by.name()}});
    let (actor, target) = (Some(actor.clone()), Some(feed.target));
    Entry { at, kind: EntryKind::Feed, maintenance: None, target, actor, body }
}
