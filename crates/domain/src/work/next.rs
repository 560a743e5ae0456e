//! What one engagement needs next.
use std::collections::BTreeSet;

use super::{Memory, READ_EVERY, Todo, Work};
use crate::engagement::{CallVerb, Engagement, Item, ItemState, Key, Stage};
use crate::id::MaintenanceId;
use crate::{Instant, Span};

/// No pause before a further attempt is longer; one that seems so was set before the clock was put back.
const PAUSE_MAX: Span = Span::minutes(2);

impl Work<'_> {
    /// What is to be done next to this engagement; none while a call may still act, or before its pause is over.
    pub fn next(&self, engagement: &Engagement, memory: &Memory, now: Instant) -> Option<Todo> {
        let key = engagement.key;
        if let Some(call) = &engagement.call {
            return memory.quiet.contains(&(key, call.number)).then_some(Todo::Quiet(key));
        }
        if engagement.trouble.is_some() || pauses(engagement, now).is_some() {
            return None;
        }
        if self.must_read(engagement, memory, now) {
            return Some(Todo::Read(key));
        }
        match (&engagement.stage, engagement.holders.is_empty()) {
            (Stage::Free, _) => None,
            (Stage::Captured(_) | Stage::Owed(_), false) => match self.to_stop(engagement, now) {
                ToDo::Nothing => Some(Todo::Applied(key)),
                ToDo::Wait => None,
                ToDo::Names(names) => Some(stop(engagement, names)),
            },
            (Stage::Applied(_), false) => match self.to_stop(engagement, now) {
                ToDo::Nothing | ToDo::Wait => None,
                ToDo::Names(names) => Some(stop(engagement, names)),
            },
            (Stage::Captured(_) | Stage::Applied(_) | Stage::Owed(_), true) if engagement.is_paid() => {
                Some(Todo::Free(key))
            }
            (Stage::Captured(_), true) => Some(Todo::Free(key)),
            (Stage::Applied(_) | Stage::Owed(_), true) => {
                let names = self.to_start(engagement);
                (!names.is_empty()).then_some(Todo::Call(key, CallVerb::Revert, names))
            }
        }
    }

    /// When this engagement next needs something by time alone.
    pub(super) fn wakes_at(&self, engagement: &Engagement, memory: &Memory, now: Instant) -> Option<Instant> {
        if engagement.call.is_some() || engagement.trouble.is_some() {
            return None;
        }
        let held_down = matches!(engagement.stage, Stage::Applied(_)) && !engagement.holders.is_empty();
        let read = held_down.then(|| memory.read_at.get(&engagement.key).map_or(now, |at| *at + READ_EVERY));
        pauses(engagement, now).or(read).or_else(|| engagement.doubtful_until(now).filter(|until| now < *until))
    }

    /// What it waits for, in words: another target that must stop or start first.
    pub fn waits(&self, engagement: &Engagement, now: Instant) -> Vec<String> {
        let path = |key: Key| self.estate.target(key.target).map(|target| target.path.to_string());
        self.waits_keys(engagement, now).into_iter().filter_map(path).collect()
    }

    pub(super) fn waits_keys(&self, engagement: &Engagement, now: Instant) -> Vec<Key> {
        if engagement.holders.is_empty() {
            let owed = matches!(engagement.stage, Stage::Owed(_));
            self.needs(engagement.key).filter(|key| owed && !self.is_up(*key)).collect()
        } else {
            let done = matches!(engagement.stage, Stage::Applied(_));
            self.dependents(engagement.key).filter(|key| !done && !self.is_down(*key, now)).collect()
        }
    }

    fn must_read(&self, engagement: &Engagement, memory: &Memory, now: Instant) -> bool {
        let held = !engagement.holders.is_empty();
        let fresh = memory.read_at.get(&engagement.key).is_some_and(|at| *at <= now && now < *at + READ_EVERY);
        engagement.look
            || match engagement.stage {
                Stage::Free => held || self.is_doubted(engagement, memory, now),
                // What runs again and may not be stopped is no reason to look all the time.
                Stage::Applied(_) if engagement.items().iter().any(runs) => held && !fresh,
                Stage::Applied(_) => held && (!fresh || engagement.holders.values().any(|hold| !hold.seen)),
                Stage::Captured(_) | Stage::Owed(_) => false,
            }
    }

    /// It is free, and is read once more: an hour after a stop that never reported, or as its outside answers again.
    fn is_doubted(&self, engagement: &Engagement, memory: &Memory, now: Instant) -> bool {
        let bound = self.estate.target(engagement.key.target).is_some_and(|target| target.binding.is_some());
        let until = engagement.doubtful_until(now).filter(|_| bound);
        until.is_some_and(|until| until <= now || memory.back.contains(&engagement.key))
    }

    /// What may be stopped now: what nothing else that still runs needs, inside the receipt and between targets.
    fn to_stop(&self, engagement: &Engagement, now: Instant) -> ToDo {
        let items = engagement.items();
        if !items.iter().any(runs) {
            return ToDo::Nothing;
        }
        // Who is about to let go stops nothing more, nor who is past its cutoff.
        let wanted = engagement.holders.keys().any(|id| self.may_stop(*id, engagement.key, now));
        if !wanted || !self.dependents(engagement.key).all(|key| self.is_down(key, now)) {
            return ToDo::Wait;
        }
        let needed: BTreeSet<&String> = items.iter().filter(|item| runs(item)).flat_map(|item| &item.needs).collect();
        let able = |item: &&Item| runs(item) && item.trouble.is_none();
        let free: Vec<String> = items
            .iter()
            .filter(able)
            .filter(|item| !needed.contains(&item.name))
            .map(|item| item.name.clone())
            .collect();
        if !free.is_empty() {
            return ToDo::Names(free);
        }
        // Everything that may be tried is needed by something that runs: by what failed, which is waited for, or in a cycle,
        // which is broken by name.
        let failed = items.iter().any(|item| runs(item) && item.trouble.is_some());
        match items.iter().find(able) {
            Some(first) if !failed => ToDo::Names(vec![first.name.clone()]),
            Some(_) | None => ToDo::Wait,
        }
    }

    /// What may be started now, and what only needs its setting back; nothing while something it needs is down.
    fn to_start(&self, engagement: &Engagement) -> Vec<String> {
        let items = engagement.items();
        let able = |item: &&Item| item.is_ours() && item.trouble.is_none();
        let down: BTreeSet<&String> = items.iter().filter(able).map(|item| &item.name).collect();
        let setting = items.iter().filter(|item| !item.is_ours() && item.set.is_some() && item.trouble.is_none());
        let mut names: Vec<String> = setting.map(|item| item.name.clone()).collect();
        if !self.needs(engagement.key).all(|key| self.is_up(key)) {
            return names;
        }
        let ready = |item: &&Item| able(item) && !item.needs.iter().any(|needed| down.contains(needed));
        let before = names.len();
        names.extend(items.iter().filter(ready).map(|item| item.name.clone()));
        if names.len() == before {
            names.extend(items.iter().find(able).map(|item| item.name.clone()));
        }
        names
    }

    /// Nothing of it is down by us: it is free, or it failed for good and those who need it go on without.
    fn is_up(&self, key: Key) -> bool {
        self.engagements.get(&key).is_none_or(|engagement| {
            engagement.holders.is_empty() && (matches!(engagement.stage, Stage::Free) || engagement.failed_for_good())
        })
    }

    /// Whoever needs it has stopped, or will not be.
    fn is_down(&self, key: Key, now: Instant) -> bool {
        let engagement = self.engagements.get(&key);
        let stopping = engagement.and_then(|engagement| engagement.call.as_ref());
        let stopping = stopping.is_some_and(|call| call.verb == CallVerb::Apply);
        let wants = |id: &MaintenanceId| self.may_stop(*id, key, now) || stopping && self.wants(*id, key);
        let wanted = self.maintenances.keys().any(wants);
        let down = engagement.is_some_and(|engagement| {
            let seen = engagement.holders.values().all(|hold| hold.seen);
            let down = engagement.items().iter().all(|item| item.state != ItemState::Again);
            matches!(engagement.stage, Stage::Applied(_)) && seen && down
        });
        down || !wanted
    }
}

impl Work<'_> {
    /// The maintenance wants this key quiet, and its cutoff lies ahead.
    fn may_stop(&self, id: MaintenanceId, key: Key, now: Instant) -> bool {
        self.wants(id, key) && !self.maintenances[&id].is_cut_off(now)
    }

    /// Something of it still runs, and everybody who wants it stopped is past the cutoff.
    pub fn is_cut_off(&self, engagement: &Engagement, now: Instant) -> bool {
        let key = engagement.key;
        let holders = || engagement.holders.keys().copied();
        engagement.items().iter().any(runs)
            && holders().any(|id| self.wants(id, key))
            && !holders().any(|id| self.may_stop(id, key, now))
    }
}

/// What is to be stopped is backed up first, where that is asked for.
fn stop(engagement: &Engagement, names: Vec<String>) -> Todo {
    match engagement.saves_next(&names) {
        Some(unsaved) => Todo::Call(engagement.key, CallVerb::Backup, unsaved),
        None => Todo::Call(engagement.key, CallVerb::Apply, engagement.saved(names)),
    }
}

fn runs(item: &Item) -> bool {
    matches!(item.state, ItemState::Captured | ItemState::Again)
}

/// What there is to do.
enum ToDo {
    Nothing,
    Wait,
    Names(Vec<String>),
}

/// Until when nothing is tried, if that lies ahead.
fn pauses(engagement: &Engagement, now: Instant) -> Option<Instant> {
    engagement.retry.as_ref().map(|retry| retry.at).filter(|at| now < *at && *at <= now + PAUSE_MAX)
}
