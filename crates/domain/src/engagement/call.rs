//! A call that goes out: who may send it until when, and when it can no longer act.
use serde::{Deserialize, Serialize};

use super::{Engagement, Lost, OwnStart};
use crate::{Instant, Span};

/// A call that may still act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Its number among the calls of this engagement.
    pub number: u64,
    /// The operation it belongs to.
    pub op: u64,
    /// What it does.
    pub verb: CallVerb,
    /// To which things.
    pub names: Vec<String>,
    /// When its intent was stored.
    pub started_at: Instant,
    /// Past this nobody sends it.
    pub send_by: Instant,
    /// Past this it can no longer act.
    pub quiet_at: Instant,
}

/// What a call does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallVerb {
    /// Back things up, before they are stopped.
    Backup,
    /// Stop things.
    Apply,
    /// Start things, and put settings back.
    Revert,
}

/// What failed for now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Retry {
    /// When it is tried again.
    pub at: Instant,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed.
    pub why: String,
}

/// A process sends a call within this time after its intent was stored, or not at all.
pub const SEND_WITHIN: Span = Span::seconds(2);
/// How long a backup may take.
pub const BACKUP_LIMIT: Span = Span::minutes(10);
/// How long a start may take.
pub const START_LIMIT: Span = Span::seconds(60);
/// What a stop may take beyond its grace.
pub const STOP_EXTRA: Span = Span::seconds(15);
/// Waited beyond every limit.
pub const MARGIN: Span = Span::seconds(5);

impl Engagement {
    /// The intent of a call, stored before it is sent.
    pub fn calling(mut self, verb: CallVerb, names: Vec<String>, now: Instant) -> Engagement {
        let limit = match verb {
            CallVerb::Backup => BACKUP_LIMIT,
            CallVerb::Apply => self.grace + STOP_EXTRA,
            CallVerb::Revert => START_LIMIT,
        };
        let send_by = now + SEND_WITHIN;
        let quiet_at = send_by + limit + MARGIN;
        let booted_at = self.boot.map(|boot| boot.at);
        let cancels = self.holders.values().all(|hold| hold.cancels);
        self.calls += 1;
        for item in self.items_mut() {
            // A backup changes nothing of what runs.
            if names.contains(&item.name) && verb != CallVerb::Backup {
                item.called_at.get_or_insert(now);
                item.boot_at = booted_at;
                if verb == CallVerb::Apply && item.keeps_down.as_ref() != Some(&item.before) {
                    item.set.clone_from(&item.keeps_down);
                }
                item.cancelled |= verb == CallVerb::Apply && cancels;
                if verb == CallVerb::Revert && item.is_ours() {
                    item.started = Some(OwnStart { from: now, to: quiet_at, at: None });
                    item.restarts = None;
                }
            }
        }
        self.call = Some(Call { number: self.calls, op: self.op, verb, names, started_at: now, send_by, quiet_at });
        self.changed()
    }

    /// The call can no longer act, and nobody reported: what it did is read.
    pub fn quiet(mut self) -> Engagement {
        let call = self.call.take();
        if let Some(call) = call.as_ref().filter(|call| call.verb == CallVerb::Backup && call.op == self.op) {
            self.unanswered(&call.names);
        }
        if let Some(call) = call.filter(|call| call.verb == CallVerb::Apply) {
            self.falls_silent(&call);
            for item in self.items_mut().iter_mut().filter(|item| call.names.contains(&item.name)) {
                let reported = item.ended_by_us().any(|run| run.started_at == item.ran_since);
                item.unsure = (!reported).then_some(Lost { from: call.started_at, to: call.quiet_at });
            }
        }
        self.look = true;
        self.changed()
    }

    /// Tried again after growing pauses.
    pub(super) fn failed_for_now(&mut self, why: &str, now: Instant) {
        let attempts = self.retry.as_ref().map_or(0, |retry| retry.attempts) + 1;
        let pause = Span::seconds(1 << attempts.min(6)).min(Span::seconds(60));
        self.retry = Some(Retry { at: now + pause, attempts, why: why.to_owned() });
    }
}
