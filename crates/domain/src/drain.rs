//! What is waited for: the work that ran on a target when a maintenance entered, by name, until it ends.
//!
//! A drain does nothing to the world and is nobody else's, so it is no engagement: it belongs to one maintenance and one
//! target, and is void as soon as that maintenance enters anew.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::engagement::{Failure, Reading, Thing};

/// What one maintenance waits for on one target.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Drain {
    /// Since when the maintenance enters.
    pub since: Instant,
    /// What ran then and still runs; none until it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Vec<Blocker>>,
    /// Why it could not be read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
    /// It cannot be read for a reason that stays: waits for a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_person: bool,
    /// What a person lets run on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepted: BTreeMap<String, Accepted>,
}

/// Running work that must end and has not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Blocker {
    /// Its lasting name.
    pub name: String,
    /// Its id then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Since when it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
}

/// Who lets something run on, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Accepted {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Drain {
    /// The drain of a maintenance that enters since then; not yet read.
    pub const fn new(since: Instant) -> Drain {
        Drain { since, running: None, unread: None, needs_person: false, accepted: BTreeMap::new() }
    }

    /// What this reading means. The first one says what is waited for; later ones only what of it has ended.
    pub fn read(mut self, seen: &Reading) -> Drain {
        let running = match self.running.take() {
            None => seen.things.iter().filter(|thing| thing.is_up()).map(Blocker::of).collect(),
            Some(running) => running.into_iter().filter(|blocker| blocker.runs(seen)).collect(),
        };
        // Whose these are is not known, so nor is what has ended.
        let contested = seen.contested.join(", ");
        let unread = (!contested.is_empty())
            .then(|| format!("{contested}: two bindings claim it, or two that run have this name"));
        Drain { running: Some(running), needs_person: false, unread, ..self }
    }

    /// It could not be read.
    pub fn unread(self, failure: &Failure) -> Drain {
        let (Failure::ForNow(why) | Failure::ForGood(why) | Failure::NoAnswer(why)) = failure;
        Drain { needs_person: matches!(failure, Failure::ForGood(_)), unread: Some(why.clone()), ..self }
    }

    /// A person wants it to be looked at again now.
    pub fn retried(self) -> Drain {
        Drain { unread: None, needs_person: false, ..self }
    }

    /// A person lets these run on.
    pub fn accepted(mut self, names: &[String], by: &str, reason: &str) -> Drain {
        let running = self.running.iter_mut().flatten();
        for blocker in running.filter(|blocker| names.contains(&blocker.name)) {
            let accepted = Accepted { by: by.to_owned(), reason: reason.to_owned() };
            self.accepted.insert(blocker.name.clone(), accepted);
        }
        self.running.iter_mut().for_each(|running| running.retain(|blocker| !names.contains(&blocker.name)));
        self
    }

    /// A person lets all of it run on, also what could not be read.
    pub fn accepted_whole(self, by: &str, reason: &str) -> Drain {
        let names: Vec<String> = self.running.iter().flatten().map(|blocker| blocker.name.clone()).collect();
        let accepted = self.accepted(&names, by, reason);
        Drain { running: Some(Vec::new()), unread: None, needs_person: false, ..accepted }
    }

    /// All that ran has ended, or may run on.
    pub fn is_done(&self) -> bool {
        self.unread.is_none() && self.running.as_ref().is_some_and(Vec::is_empty)
    }
}

impl Blocker {
    fn of(thing: &Thing) -> Blocker {
        let Thing { name, id, owner, started_at, .. } = thing.clone();
        Blocker { name, id, owner, since: started_at }
    }

    /// That very run of it goes on: another one is a newcomer, which nobody waits for.
    fn runs(&self, seen: &Reading) -> bool {
        let same = |thing: &&Thing| thing.id == self.id && thing.started_at == self.since;
        seen.thing(&self.name).filter(same).is_some_and(Thing::is_up)
    }
}
