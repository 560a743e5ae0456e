//! Changes of the estate: decided on a copy, stored with the log, then put in the place of the old one.
use std::collections::BTreeSet;
use std::sync::Arc;

use lull_api::params::{self, NewTarget, TargetChange};
use lull_domain::estate::{Binding, Estate, Match, ROOT, Target};
use lull_domain::id::TargetId;
use lull_domain::order::Actor;
use lull_domain::path::Path;
use lull_domain::policy::Role;
use lull_domain::refusal::{Because, Refusal};
use lull_store::{Entry, EntryKind, Tx};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::http::{is_current, read};
use crate::known::is_changed_since;

mod banners;
mod in_the_way;

use in_the_way::in_the_way;

/// How often a change is decided again, as another process was faster with one of its own.
const ATTEMPTS_MAX: usize = 16;

/// What is to become of the estate.
struct Change {
    after: Estate,
    /// What is written, the root of the change first.
    put: Vec<Target>,
    removed: Option<TargetId>,
    /// What the log says of it.
    body: Value,
}

impl Core {
    /// Adds a target.
    ///
    /// # Errors
    /// Bad input; forbidden without the role of an administrator above it; a conflict with what there is.
    pub async fn add_target(&self, caller: &Caller, new: NewTarget) -> Result<Target, Refused> {
        self.change_estate(caller, |before| {
            let target = self.added(before, caller, new.clone())?;
            let mut after = before.clone();
            after.insert(target.clone());
            let body = json!({"added": target});
            Ok((target.clone(), Some(Change { after, put: vec![target], removed: None, body })))
        })
        .await
    }

    /// Changes a target; where its path changes, what is below moves with it. `revision`: the one that was decided on, where
    /// it was named.
    ///
    /// # Errors
    /// The same, and held where a maintenance in progress stands in the way.
    pub async fn change_target(
        &self,
        caller: &Caller,
        id: TargetId,
        to: TargetChange,
        revision: Option<u64>,
    ) -> Result<Target, Refused> {
        self.change_estate(caller, |before| {
            let there = administered(before, caller, id)?.clone();
            let target = self.wished(before, caller, &there, to.clone())?;
            is_current(there.revision, revision)?;
            if target == there {
                return Ok((there, None));
            }
            let target = Target { revision: there.revision + 1, ..target };
            checked(before, caller, &target)?;
            let put =
                if target.path == there.path { vec![target.clone()] } else { moved(before, caller, &there, &target)? };
            let mut after = before.clone();
            for target in &put {
                after.remove(target.id);
            }
            put.iter().for_each(|target| after.insert(target.clone()));
            let body = json!({"before": there, "after": target});
            Ok((target, Some(Change { after, put, removed: None, body })))
        })
        .await
    }

    /// Removes a target that nothing is below, needs, or holds.
    ///
    /// # Errors
    /// Forbidden; a conflict, or held, naming what is in the way.
    pub async fn remove_target(&self, caller: &Caller, id: TargetId, revision: Option<u64>) -> Result<(), Refused> {
        let removed = self.change_estate(caller, |before| {
            let there = administered(before, caller, id)?.clone();
            is_current(there.revision, revision)?;
            stands_alone(before, caller, &there)?;
            let mut after = before.clone();
            after.remove(id);
            let body = json!({"removed": there});
            Ok((there, Some(Change { after, put: Vec::new(), removed: Some(id), body })))
        });
        removed.await.map(drop)
    }

    /// Decides on the estate as it is, stores the change unless something is in its way, and makes it so. Where another
    /// process has changed the estate in between, it is decided again.
    async fn change_estate(
        &self,
        caller: &Caller,
        decide: impl Fn(&Estate) -> Result<(Target, Option<Change>), Refusal>,
    ) -> Result<Target, Refused> {
        let _changes = self.estate_changes.lock().await;
        for _ in 0..ATTEMPTS_MAX {
            let known = Arc::clone(&self.known);
            self.store.read::<_, Refused, _>(move |tx| Ok(known.follow(tx)?)).await?;
            let (before, seq) = self.known.now();
            let (target, change) = decide(&before)?;
            let Some(change) = change else { return Ok(target) };
            let after = Arc::new(change.after.clone());
            let actor = caller.actor.clone();
            let stored = self.store.write(move |tx| {
                if is_changed_since(tx, seq)? {
                    return Ok(None);
                }
                stored(tx, &before, change, actor).map(Some)
            });
            if let Some(seq) = stored.await? {
                self.known.put(after, seq);
                self.wake.notify_one();
                return Ok(target);
            }
        }
        let detail = "Others keep changing the estate.";
        Err(Refusal::new(Because::Conflict, detail, "Try again in a moment.").into())
    }

    /// The target that is to be added.
    fn added(&self, estate: &Estate, caller: &Caller, new: NewTarget) -> Result<Target, Refusal> {
        let path: Path = new.path.parse()?;
        administers_above(estate, caller, &path.parent().unwrap_or(Path::root()))?;
        let target = Target {
            labels: new.labels,
            version: new.version,
            external_id: new.external_id,
            binding: new.binding.map(|binding| self.binding(binding)).transpose()?,
            needs: needs(estate, caller, &new.needs)?,
            health_paths: new.health_paths,
            ..Target::new(TargetId(clock::id()), path, new.kind.parse()?)
        };
        checked(estate, caller, &target)?;
        Ok(target)
    }

    /// The target as this change wants it.
    fn wished(&self, estate: &Estate, caller: &Caller, there: &Target, to: TargetChange) -> Result<Target, Refusal> {
        let binding = match to.binding {
            None => there.binding.clone(),
            Some(binding) => binding.map(|binding| self.binding(binding)).transpose()?,
        };
        Ok(Target {
            id: there.id,
            path: to.path.map_or(Ok(there.path.clone()), |path| path.parse())?,
            kind: to.kind.map_or(Ok(there.kind), |kind| kind.parse())?,
            labels: to.labels.unwrap_or_else(|| there.labels.clone()),
            version: to.version.unwrap_or_else(|| there.version.clone()),
            external_id: to.external_id.unwrap_or_else(|| there.external_id.clone()),
            binding,
            needs: to.needs.map_or_else(|| Ok(there.needs.clone()), |named| needs(estate, caller, &named))?,
            health_paths: to.health_paths.unwrap_or_else(|| there.health_paths.clone()),
            banner: there.banner.clone(),
            revision: there.revision,
        })
    }

    /// A binding to an adapter that there is, which does not mean everything.
    fn binding(&self, binding: params::Binding) -> Result<Binding, Refusal> {
        if !self.adapters.contains_key(&binding.adapter) {
            let names: Vec<&str> = self.adapters.keys().map(String::as_str).collect();
            let detail = format!("there is no adapter `{}`", crate::http::shown(&binding.adapter));
            let remedy = match names.is_empty() {
                true => "Name one in the server's file, and start the server with it.".to_owned(),
                false => format!("Use {}, or name another in the server's file.", names.join(" or ")),
            };
            return Err(Refusal::input("binding.adapter", detail, remedy));
        }
        if binding.matches == params::Match::default() {
            let remedy = "Name a project, a service, a name or labels.";
            return Err(Refusal::input("binding.match", "a match without any field means everything", remedy));
        }
        let params::Match { labels, project, service, name } = binding.matches;
        Ok(Binding { adapter: binding.adapter, matches: Match { labels, project, service, name } })
    }
}

/// Stores a change and its entry, unless something is in its way. Gives the number of the entry.
fn stored(tx: &mut Tx, before: &Estate, change: Change, actor: Actor) -> Result<u64, Refused> {
    let Change { after, put, removed, body } = change;
    in_the_way(tx, before, &after, &put, removed)?;
    // The paths of a part that moves may be each other's, so that they are given up first.
    for target in put.iter().skip(1) {
        tx.delete_target(target.id)?;
    }
    for target in &put {
        tx.put_target(target)?;
    }
    if let Some(id) = removed {
        tx.delete_target(id)?;
    }
    let target = removed.or(put.first().map(|target| target.id));
    let entry =
        Entry { at: clock::now(), kind: EntryKind::Target, maintenance: None, target, actor: Some(actor), body };
    let seq = *tx.append(&[entry])?.end();
    tx.raise_epoch()?;
    Ok(seq)
}

/// The target, if the caller sees and administers it.
fn administered<'a>(estate: &'a Estate, caller: &Caller, id: TargetId) -> Result<&'a Target, Refusal> {
    let seen = estate.target(id).filter(|target| caller.sees(estate, target.id));
    let target = seen.ok_or_else(|| Core::not_found("target"))?;
    if caller.role_on(estate, id) == Some(Role::Administrator) {
        return Ok(target);
    }
    Err(no_administrator(&target.path))
}

fn administers_above(estate: &Estate, caller: &Caller, above: &Path) -> Result<(), Refusal> {
    let nearest = estate.nearest(above).map_or(ROOT, |target| target.id);
    if caller.role_on(estate, nearest) == Some(Role::Administrator) {
        return Ok(());
    }
    // The path as it was given: what there is of it may be hidden from the caller.
    Err(no_administrator(above))
}

fn no_administrator(path: &Path) -> Refusal {
    let detail = format!("You are not an administrator on {path}.");
    Refusal::new(Because::Forbidden, detail, "Ask an administrator, or for the role.")
}

/// What a target needs, by path or id.
fn needs(estate: &Estate, caller: &Caller, named: &[String]) -> Result<BTreeSet<TargetId>, Refusal> {
    let read = |(n, text): (usize, &String)| {
        read::target(estate, caller, text).map_err(|refusal| refusal.at(format!("needs[{n}]")))
    };
    named.iter().enumerate().map(read).collect()
}

/// What the estate says of it, without naming what the caller may not see.
fn checked(estate: &Estate, caller: &Caller, target: &Target) -> Result<(), Refusal> {
    let hides = |refusal: Refusal| {
        let external = target.external_id.as_deref().and_then(|id| estate.by_external_id(id));
        let bound = || estate.targets().find(|there| there.binding.is_some() && there.binding == target.binding);
        let there = match refusal.field.as_deref() {
            Some("external_id") => external,
            Some("binding") => bound(),
            _ => None,
        };
        match there {
            Some(there) if !caller.sees(estate, there.id) => {
                Refusal { detail: "another target, which you cannot see, has this already".to_owned(), ..refusal }
            }
            _ => refusal,
        }
    };
    estate.checked(target).map_err(hides)
}

/// A target with all that is below it, at their new places.
fn moved(estate: &Estate, caller: &Caller, there: &Target, to: &Target) -> Result<Vec<Target>, Refusal> {
    administers_above(estate, caller, &to.path.parent().unwrap_or(Path::root()))?;
    if there.path.covers(&to.path) {
        let detail = format!("`{}` is below `{}` itself", to.path, there.path);
        return Err(Refusal::new(Because::Conflict, detail, "Choose a place elsewhere.").at("path"));
    }
    let mut moved = vec![to.clone()];
    let old = there.path.to_string();
    for below in estate.under(&there.path).filter(|below| below.id != there.id) {
        let path: Path = format!("{}{}", to.path, &below.path.to_string()[old.len()..]).parse()?;
        if let Some(taken) = estate.at(&path) {
            let detail = format!("`{}` is taken already", taken.path);
            return Err(
                Refusal::new(Because::Conflict, detail, "Choose another place, or move that one first.").at("path")
            );
        }
        moved.push(Target { path, revision: below.revision + 1, ..below.clone() });
    }
    Ok(moved)
}

/// Nothing is below it and nothing needs it.
fn stands_alone(estate: &Estate, caller: &Caller, there: &Target) -> Result<(), Refusal> {
    let conflict = |detail: String, remedy: &str| Err(Refusal::new(Because::Conflict, detail, remedy));
    if there.id == ROOT {
        return conflict("the installation is always there".to_owned(), "Remove what is below it.");
    }
    let below: Vec<&Target> = estate.under(&there.path).filter(|target| target.id != there.id).collect();
    if let Some(first) = below.first() {
        let detail = match below.len() - 1 {
            0 => format!("`{}` is below it", first.path),
            more => format!("`{}` and {more} more are below it", first.path),
        };
        return conflict(detail, "Remove or move what is below first.");
    }
    let dependent = estate.dependents_of(there.id).next().and_then(|id| estate.target(id));
    match dependent {
        Some(target) if caller.sees(estate, target.id) => {
            conflict(format!("`{}` needs it", target.path), "Change what that one needs first.")
        }
        Some(_) => {
            conflict("a target that you cannot see needs it".to_owned(), "Ask an administrator of the installation.")
        }
        None => Ok(()),
    }
}
