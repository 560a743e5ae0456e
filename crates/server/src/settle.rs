//! What people say about things that need them: try it again, or take it as it is.
use std::collections::{BTreeMap, BTreeSet};

use lull_domain::Instant;
use lull_domain::drain::Drain;
use lull_domain::engagement::{CallVerb, Engagement, Key, Stage};
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::possible;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Permission};
use lull_domain::policy::{Effect, Role};
use lull_domain::refusal::{Because, Refusal};
use lull_store::{Archived, Drains, Entry, EntryKind, Tx};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::gate;
use crate::http::is_current;

/// How many names one order may have.
const NAMES_MAX: usize = 1_000;
/// How long a reason may be.
const REASON_MAX: usize = 10_000;

/// What a person says about things.
#[derive(Clone, Debug)]
pub enum Word {
    /// What failed is tried again now: these, by lasting name or by the path of their target, or all.
    Retry(Option<Vec<String>>),
    /// These things are stopped without a backup, for this reason.
    Force(Vec<String>, String),
    /// These are accepted as they are, for this reason.
    Accept(Vec<String>, String),
}

/// An enforcer that need not come back, and why.
struct Waived {
    name: String,
    reason: String,
}

impl Word {
    /// What it needs besides the role.
    fn permission(&self) -> Option<Permission> {
        matches!(self, Word::Force(..)).then_some(Permission::BreakGlass)
    }
}

/// What of one engagement is meant.
#[derive(Default)]
struct Meant {
    /// The target as a whole.
    whole: bool,
    /// These things of it.
    names: Vec<String>,
}

impl Core {
    /// Does to the engagements of a maintenance what a person says. Answers the maintenance.
    ///
    /// # Errors
    /// Bad input for a name that is nobody's; forbidden without the role on a thing's own target; a conflict with the
    /// state of the maintenance, or with a call that may still act.
    pub async fn settle(
        &self,
        caller: &Caller,
        id: MaintenanceId,
        word: Word,
        revision: Option<u64>,
    ) -> Result<Maintenance, Refused> {
        sound(&word)?;
        let (estate, caller) = (self.estate(), caller.clone());
        let now = clock::now();
        let settled = self.store.write(move |tx| {
            let maintenance = tx.lock_maintenance(id)?.filter(|found| caller.facts(&estate, &found.plan.scope).sees);
            let maintenance = maintenance.ok_or_else(|| Core::not_found("maintenance"))?;
            let drains = waited(tx, &maintenance)?;
            let engagements = locked(tx, id)?;
            let permission = word.permission();
            let (word, waived) = waived(tx, word, now)?;
            let meant = match &word {
                Some(word) => meant(&estate, (&engagements, &drains), word)?,
                None => BTreeMap::new(),
            };
            let mut asked: BTreeSet<_> = meant.keys().map(|key| key.target).collect();
            // Where nothing is meant, whoever could mean something is still to be told from who could not.
            if asked.is_empty() {
                asked.extend(maintenance.plan.scope.roots());
            }
            // An enforcer decides for the whole installation.
            asked.extend((!waived.is_empty()).then_some(ROOT));
            asked.into_iter().try_for_each(|target| may(&estate, &caller, target, permission))?;
            is_current(maintenance.revision, revision)?;
            in_progress(&maintenance)?;
            let mut entries = Vec::new();
            for ((key, meant), word) in meant.into_iter().zip(std::iter::repeat(word.as_ref()).flatten()) {
                let before = engagements.get(&key);
                let after = before.map(|before| said(&estate, before, &meant, word, &caller)).transpose()?;
                if let (Some(before), Some(after)) = (before, &after) {
                    put(tx, before, after, now)?;
                }
                if let Some(before) = drains.get(&key.target) {
                    tx.put_drain(id, key.target, &said_of(before, &meant, word, &caller))?;
                }
                let body = body(after.as_ref(), key, meant, word);
                entries.push(entry(id, Some(key.target), &caller, body, now));
            }
            for Waived { name, reason } in waived {
                tx.delete_enforcer(&name)?;
                let body = json!({"did": "waived", "enforcer": name, "reason": reason});
                entries.push(entry(id, None, &caller, body, now));
            }
            tx.append(&entries)?;
            Ok::<_, Refused>(maintenance)
        });
        let settled = settled.await?;
        self.wake.notify_one();
        Ok(settled)
    }
}

/// Refuses what no maintenance could make good.
fn sound(word: &Word) -> Result<(), Refusal> {
    let (names, reason) = match word {
        Word::Retry(names) => (names.as_ref(), None),
        Word::Force(names, reason) | Word::Accept(names, reason) => (Some(names), Some(reason)),
    };
    if names.is_some_and(|names| names.is_empty() || names.len() > NAMES_MAX) {
        let detail = format!("there are no names, or more than {NAMES_MAX}");
        return Err(Refusal::input("names", detail, "Name things as the engagements do, or targets by path."));
    }
    if reason.is_some_and(|reason| reason.trim().is_empty() || reason.chars().nth(REASON_MAX).is_some()) {
        let detail = format!("the reason is empty or longer than {REASON_MAX} characters");
        return Err(Refusal::input("reason", detail, "Say in one sentence why it is right as it is."));
    }
    Ok(())
}

/// What the maintenance holds or answers for, taken by key.
fn locked(tx: &mut Tx, id: MaintenanceId) -> Result<BTreeMap<Key, Engagement>, Refused> {
    let keys: BTreeSet<Key> = tx.engagements_of(id)?.into_iter().map(|engagement| engagement.key).collect();
    let mut engagements = BTreeMap::new();
    for key in keys {
        let engagement = tx.lock_engagement(key)?;
        if engagement.holders.contains_key(&id) || engagement.answers == Some(id) {
            engagements.insert(key, engagement);
        }
    }
    Ok(engagements)
}

/// An accept without the enforcers that it names, and these, which need not come back. No word where nothing else is left.
fn waived(tx: &mut Tx, word: Word, now: Instant) -> Result<(Option<Word>, Vec<Waived>), Refused> {
    let Word::Accept(names, reason) = word else { return Ok((Some(word), Vec::new())) };
    let known: BTreeSet<String> =
        tx.enforcers()?.into_iter().filter(|it| it.is_silent(now)).map(|it| it.name).collect();
    let (waived, names): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| known.contains(name));
    let waived = waived.into_iter().map(|name| Waived { name, reason: reason.clone() }).collect();
    let rest = (!names.is_empty()).then_some(Word::Accept(names, reason));
    Ok((rest, waived))
}

/// What the maintenance still waits for, by target.
fn waited(tx: &mut Tx, maintenance: &Maintenance) -> Result<BTreeMap<TargetId, Drain>, Refused> {
    let since = maintenance.life.progress().filter(|_| maintenance.drains()).map(|progress| progress.since);
    let drains = if since.is_some() { tx.drains_of(maintenance.id)? } else { Drains::new() };
    let waited = drains.into_iter().filter(|(_, drain)| Some(drain.since) == since);
    Ok(waited.map(|((_, target), drain)| (target, drain)).collect())
}

/// What is meant, by engagement, or by what is waited for.
fn meant(
    estate: &Estate,
    (engagements, drains): (&BTreeMap<Key, Engagement>, &BTreeMap<TargetId, Drain>),
    word: &Word,
) -> Result<BTreeMap<Key, Meant>, Refusal> {
    let key = |target: &TargetId| Key { target: *target, effect: Effect::Stop };
    let names = match word {
        Word::Force(names, _) | Word::Accept(names, _) | Word::Retry(Some(names)) => names,
        Word::Retry(None) => {
            let needy = engagements.values().filter(|e| !e.troubles().is_empty() || e.retry.is_some());
            let unread = drains.iter().filter(|(_, drain)| drain.unread.is_some()).map(|(target, _)| key(target));
            let keys = needy.map(|e| e.key).chain(unread);
            return Ok(keys.map(|key| (key, Meant { whole: true, names: Vec::new() })).collect());
        }
    };
    let mut meant: BTreeMap<Key, Meant> = BTreeMap::new();
    for (n, name) in names.iter().enumerate() {
        let mut found = false;
        for key in engagements.keys().copied().chain(drains.keys().map(key)) {
            let path = estate.target(key.target).map(|target| target.path.to_string());
            let is_target = path.as_ref() == Some(name);
            let is_held = engagements.get(&key).is_some_and(|it| it.items().iter().any(|item| item.name == *name));
            let waited = drains.get(&key.target).and_then(|drain| drain.running.as_ref());
            let is_thing = is_held || waited.is_some_and(|all| all.iter().any(|blocker| blocker.name == *name));
            if is_target || is_thing {
                found = true;
                let meant = meant.entry(key).or_default();
                meant.whole |= is_target;
                meant.names.extend(is_thing.then(|| name.clone()));
            }
        }
        if !found {
            let detail = format!("this maintenance holds nothing called `{}`", crate::http::shown(name));
            let remedy = "Name a thing as the engagements of this maintenance do, or a target by its path.";
            return Err(Refusal::input(format!("names[{n}]"), detail, remedy));
        }
    }
    Ok(meant)
}

/// The right is needed on the thing's own target.
fn may(estate: &Estate, caller: &Caller, target: TargetId, needed: Option<Permission>) -> Result<(), Refusal> {
    if matches!(caller.actor, Actor::Observer(_)) {
        let detail = "This is not for an observer to order.";
        return Err(Refusal::new(Because::Forbidden, detail, "Ask an operator."));
    }
    if caller.role_on(estate, target) >= Some(Role::Operator) {
        if needed.is_some_and(|needed| !caller.may_on(estate, target).contains(&needed)) {
            let detail = "Stopping without a backup needs the permission break_glass.";
            return Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it."));
        }
        return Ok(());
    }
    let path = estate.target(target).map_or_else(|| target.to_string(), |target| target.path.to_string());
    let detail = format!("You are not an operator on {path}.");
    Err(Refusal::new(Because::Forbidden, detail, "Leave it out, or ask for the role."))
}

/// Legal from entering to leaving.
fn in_progress(maintenance: &Maintenance) -> Result<(), Refusal> {
    if maintenance.life.progress().is_some() {
        return Ok(());
    }
    let state = maintenance.state_name();
    let remedy = "What it held is free, or somebody else answers for it now.";
    Err(Refusal {
        state: Some(state.to_owned()),
        possible: possible(&maintenance.life),
        ..Refusal::new(Because::State, format!("This is not possible while it is {state}."), remedy)
    })
}

/// The engagement after it was said.
fn said(
    estate: &Estate,
    before: &Engagement,
    meant: &Meant,
    word: &Word,
    caller: &Caller,
) -> Result<Engagement, Refusal> {
    let engagement = before.clone();
    match word {
        Word::Retry(_) if meant.whole => Ok(engagement.retried(None)),
        Word::Retry(_) => Ok(engagement.retried(Some(&meant.names))),
        Word::Force(_, reason) => {
            let all = || engagement.items().iter().map(|item| item.name.clone()).collect();
            let names = if meant.whole { all() } else { meant.names.clone() };
            Ok(engagement.forced(&names, caller.actor.name(), reason))
        }
        Word::Accept(_, reason) => {
            quiet(estate, before)?;
            let by = caller.actor.name();
            let own = || estate.target(before.key.target).and_then(|target| target.binding.clone());
            match before.receipt().map(|receipt| receipt.binding.clone()).or_else(own) {
                Some(binding) if meant.whole => Ok(engagement.accepted_whole(&binding, by, reason)),
                Some(_) | None => Ok(engagement.accepted(&meant.names, by, reason)),
            }
        }
    }
}

/// What is waited for, after it was said.
fn said_of(before: &Drain, meant: &Meant, word: &Word, caller: &Caller) -> Drain {
    let (drain, by) = (before.clone(), caller.actor.name());
    match word {
        Word::Retry(_) | Word::Force(..) => drain.retried(),
        Word::Accept(_, reason) if meant.whole => drain.accepted_whole(by, reason),
        Word::Accept(_, reason) => drain.accepted(&meant.names, by, reason),
    }
}

/// No call of it may still act.
fn quiet(estate: &Estate, engagement: &Engagement) -> Result<(), Refusal> {
    // A backup changes nothing of what runs.
    let call = engagement.call.as_ref().filter(|call| call.verb != CallVerb::Backup);
    let Some(call) = call else { return Ok(()) };
    let target = estate.target(engagement.key.target);
    let path = target.map_or_else(|| engagement.key.target.to_string(), |target| target.path.to_string());
    let until = crate::view::instant(call.quiet_at);
    let detail = format!("A call to {path} may still act, until {until} at the latest.");
    Err(Refusal::new(Because::State, detail, "Try again then, or as soon as the call is reported."))
}

fn put(tx: &mut Tx, before: &Engagement, after: &Engagement, now: Instant) -> Result<(), Refused> {
    tx.put_engagement(after)?;
    if let (Some(receipt), Stage::Free) = (before.receipt(), &after.stage) {
        tx.archive_receipt(after.key, &Archived { op: before.op, at: now, receipt: receipt.clone() })?;
    }
    Ok(gate::mark(tx, before, after)?)
}

fn entry(id: MaintenanceId, target: Option<TargetId>, caller: &Caller, body: Value, at: Instant) -> Entry {
    Entry { at, kind: EntryKind::Engagement, maintenance: Some(id), target, actor: Some(caller.actor.clone()), body }
}

fn body(after: Option<&Engagement>, key: Key, meant: Meant, word: &Word) -> Value {
    let (did, reason) = match word {
        Word::Retry(_) => ("retried", None),
        Word::Force(_, reason) => ("does without a backup of", Some(reason)),
        Word::Accept(_, reason) => ("accepted", Some(reason)),
    };
    let Meant { whole, names } = meant;
    let stage = after.map_or("free", |engagement| crate::view::stage(&engagement.stage));
    json!({"effect": key.effect, "stage": stage, "did": did, "whole": whole, "names": names, "reason": reason})
}
