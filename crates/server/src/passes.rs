//! Passes: who let whom past which maintenance, each by a link that opens once.
use lull_api::params::NewPass;
use lull_domain::estate::Estate;
use lull_domain::id::{MaintenanceId, PassId, TargetId};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::Actor;
use lull_domain::plan::hex;
use lull_domain::policy::Role;
use lull_domain::refusal::{Because, Refusal};
use lull_domain::{Action, Answer, Instant, Span};
use lull_gate::{Closes, Snapshot, Window};
use lull_store::{Entry, EntryKind, Pass, StoreError, Tx};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::gate;
use crate::http::{read, shown};
use crate::tokens::hash;

/// How long a pass is good where nobody says, unless the maintenance is over before.
const GOOD_FOR: Span = Span::hours(8);
/// How long at most.
const GOOD_FOR_MAX: Span = Span::hours(24 * 30);
/// How long after its end a pass is still told from none.
const REMEMBERED: Span = Span::hours(24 * 7);
/// How long the address of a site may be.
const URL_MAX: usize = 256;
/// The digits of a random number.
const SECRET: usize = 64;
/// How a secret begins whose cookie may only travel encrypted. It is part of what is hashed.
const HTTPS: char = 's';
const HTTP: char = 'p';

/// A new pass, and its link, which is shown this once.
pub struct Made {
    /// The pass.
    pub pass: Pass,
    /// Where it is opened.
    pub link: String,
}

/// What became of an attempt to open a link.
pub enum Opened {
    /// It was opened: this is the cookie, and how long it is good.
    Now {
        /// The secret of the cookie.
        cookie: String,
        /// Until when, at the latest.
        good_until: Instant,
    },
    /// Somebody opened it before.
    Before,
    /// Its time is past.
    TooLate,
    /// There is no such link.
    Unknown,
}

impl Core {
    /// Makes a pass for what keeps people out of a target now.
    ///
    /// # Errors
    /// Bad input; forbidden below operator, or below who gives orders to that maintenance; a conflict where nothing is in
    /// progress there.
    pub async fn make_pass(&self, caller: &Caller, new: NewPass) -> Result<Made, Refused> {
        let (estate, now) = (self.estate(), clock::now());
        let target = read::target(&estate, caller, &new.target).map_err(|refusal| refusal.at("target"))?;
        may(&estate, caller, target, Role::Operator)?;
        let site = new.url.as_deref().map_or(Ok(""), site)?;
        let good_for = new.expires_after.as_deref().map_or(Ok(GOOD_FOR), good_for)?;
        // An order that was answered before this one counts.
        gate::refresh(self).await?;
        let path = estate.target(target).map_or("", |target| target.path.as_str());
        let Some(maintenance) = in_the_way(&self.gate.snapshot(), path) else { return Err(nothing(path).into()) };
        let secret = format!("{}{}", if site.starts_with("https:") { HTTPS } else { HTTP }, random());
        let link = format!("{site}/__lull/pass/{secret}");
        let pass = Pass {
            id: PassId(clock::id()),
            maintenance,
            target,
            made_by: caller.actor.name().to_owned(),
            made_at: now,
            good_until: now + good_for,
            is_opened: false,
        };
        let (caller, path) = (caller.clone(), path.to_owned());
        let made = self.store.write(move |tx| {
            let live = tx.maintenance(maintenance)?.filter(|found| found.life.progress().is_some());
            let found = live.ok_or_else(|| nothing(&path))?;
            may(&estate, &caller, target, role_to_make(&found))?;
            tx.forget_passes(now - REMEMBERED)?;
            tx.insert_pass(&pass, &hash(&secret))?;
            tx.append(&[entry(&pass, now, Some(caller.actor), "made")])?;
            Ok::<_, Refused>(pass)
        });
        Ok(Made { pass: made.await?, link })
    }

    /// The passes that are good now and that the caller could have made, oldest first.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn passes(&self, caller: &Caller) -> Result<Vec<Pass>, StoreError> {
        let (estate, caller) = (self.estate(), caller.clone());
        let read = self.store.read(move |tx| {
            let mut live = tx.live_maintenances()?;
            live.retain(|it| it.life.progress().is_some());
            let needed = |pass: &Pass| live.iter().find(|it| it.id == pass.maintenance).map(role_to_make);
            let mut passes = tx.good_passes(clock::now())?;
            passes.retain(|pass| needed(pass).is_some_and(|role| may(&estate, &caller, pass.target, role).is_ok()));
            Ok(passes)
        });
        read.await
    }

    /// Makes a pass good for nothing; doing it again changes nothing.
    ///
    /// # Errors
    /// Not found; forbidden where the caller could not have made it.
    pub async fn revoke_pass(&self, caller: &Caller, id: PassId) -> Result<Pass, Refused> {
        let (estate, caller) = (self.estate(), caller.clone());
        let revoked = self.store.write(move |tx| {
            let found = tx.pass(id)?.filter(|pass| caller.sees(&estate, pass.target));
            let (pass, now) = (found.ok_or_else(|| Core::not_found("pass"))?, clock::now());
            let needed = tx.maintenance(pass.maintenance)?.as_ref().map_or(Role::Operator, role_to_make);
            may(&estate, &caller, pass.target, needed)?;
            if !tx.end_pass(id, now)? {
                return Ok(pass);
            }
            let pass = Pass { good_until: now, ..pass };
            tx.append(&[entry(&pass, now, Some(caller.actor), "revoked")])?;
            Ok::<_, Refused>(pass)
        });
        revoked.await
    }
}

/// The role that it takes to let somebody past this: who may order it may.
fn role_to_make(maintenance: &Maintenance) -> Role {
    maintenance.plan.policy.role_to_order().max(Role::Operator)
}

/// Changes a link for a cookie, once.
///
/// # Errors
/// What the store gives.
pub async fn open(core: &Core, secret: &str) -> Result<Opened, StoreError> {
    let (link, cookie, now) = (hash(secret), random(), clock::now());
    // Guesses cost a reading, and never the one who writes.
    let found = core.store.read(move |tx| tx.pass_by_link(&link)).await?;
    match found {
        None => return Ok(Opened::Unknown),
        Some(pass) if pass.good_until <= now => return Ok(Opened::TooLate),
        Some(pass) if pass.is_opened => return Ok(Opened::Before),
        Some(_) => {}
    }
    let hashed = hash(&cookie);
    let opened = core.store.write(move |tx| opened(tx, &link, &hashed, now)).await?;
    Ok(opened.map_or(Opened::Before, |good_until| Opened::Now { cookie, good_until }))
}

fn opened(tx: &mut Tx, link: &[u8; 32], cookie: &[u8; 32], now: Instant) -> Result<Option<Instant>, StoreError> {
    if !tx.open_pass(link, cookie)? {
        return Ok(None);
    }
    let Some(pass) = tx.pass_by_link(link)? else { return Ok(None) };
    tx.append(&[entry(&pass, now, None, "opened")])?;
    Ok(Some(pass.good_until))
}

/// Whether a text is written as the secrets of links are.
pub fn is_link(secret: &str) -> bool {
    secret.strip_prefix([HTTPS, HTTP]).is_some_and(is_secret)
}

/// Whether a text is written as random numbers are.
pub fn is_secret(text: &str) -> bool {
    text.len() == SECRET && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether the cookie for this link may only travel encrypted.
pub fn is_for_https(secret: &str) -> bool {
    secret.starts_with(HTTPS)
}

/// The maintenance in progress that keeps people out of this target: the strictest to requests; of equals, the longest.
fn in_the_way(snapshot: &Snapshot, path: &str) -> Option<MaintenanceId> {
    let answer = |window: &Window, action| window.quiet.reply(action).answer;
    let strictest = |window: &Window| answer(window, Action::RequestRead).max(answer(window, Action::RequestWrite));
    let keeps_out = |window: &&Window| strictest(window) > Answer::Warn && !window.quiet.id.is_empty();
    let held = snapshot.held(path).iter().filter(|window| window.closes == Closes::Now).filter(keeps_out);
    held.max_by_key(|window| (strictest(window), window.ends.unwrap_or(Instant::MAX)))
        .and_then(|window| window.quiet.id.parse().ok())
}

fn may(estate: &Estate, caller: &Caller, target: TargetId, needed: Role) -> Result<(), Refusal> {
    if caller.role_on(estate, target) >= Some(needed) {
        return Ok(());
    }
    let detail = format!("This needs the role {} on the target.", needed.as_str());
    Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it, or for the role."))
}

fn nothing(path: &str) -> Refusal {
    let detail = format!("Nothing keeps anybody out of {path} now.");
    Refusal::new(Because::Conflict, detail, "Make a pass while a maintenance is in progress there.")
}

/// The address of a site: scheme and host, and nothing after them.
fn site(text: &str) -> Result<&str, Refusal> {
    let site = text.strip_suffix('/').unwrap_or(text);
    let host = site.strip_prefix("https://").or_else(|| site.strip_prefix("http://")).unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    if !host.is_empty() && site.len() <= URL_MAX && host.bytes().all(fits) {
        return Ok(site);
    }
    let detail = format!("`{}` is not the address of a site", shown(text));
    Err(Refusal::input("url", detail, "Write scheme and host alone: `https://shop.example`."))
}

fn good_for(text: &str) -> Result<Span, Refusal> {
    let span = read::span("expires_after", text)?;
    if span <= GOOD_FOR_MAX {
        return Ok(span);
    }
    let detail = format!("`{}` is longer than 30 days", shown(text));
    Err(Refusal::input("expires_after", detail, "A pass ends with its maintenance anyway; choose a shorter time."))
}

fn random() -> String {
    hex(&rand::random::<[u8; 32]>())
}

fn entry(pass: &Pass, at: Instant, actor: Option<Actor>, did: &str) -> Entry {
    let body: Value = json!({did: {"id": pass.id, "made_by": pass.made_by, "good_until": pass.good_until}});
    let (maintenance, target) = (Some(pass.maintenance), Some(pass.target));
    Entry { at, kind: EntryKind::Pass, maintenance, target, actor, body }
}
