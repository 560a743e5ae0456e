//! Jobs: work that is stopped without a hold, so that nothing starts it again at the end; its owner does.
//!
//! Each item is looked at before anything is done to it, backed up, stopped, and gets its setting back. What a job may do
//! next is decided on what is stored and on that look, by [`Item::next`]; nothing is sent while an earlier stop may act.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engagement::{
    BACKUP_LIMIT, CallVerb, Failure, Fate, MARGIN, Outcome, Reading, SEND_WITHIN, STOP_EXTRA, Thing,
};
use crate::estate::Binding;
use crate::id::{JobId, TargetId};
use crate::order::Actor;
use crate::preset::GRACE;
use crate::{Instant, Span};

/// Who stops what, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Who asked for it.
    pub by: Actor,
    /// When.
    pub at: Instant,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One thing that a job stops.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// The target it belongs to.
    pub target: TargetId,
    /// What the target was bound to.
    pub binding: Binding,
    /// Its lasting name.
    pub name: String,
    /// Its id when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Since when it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// It is stopped without a backup: somebody who may says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forced: bool,
    /// The setting that keeps it up.
    #[serde(default)]
    pub before: Value,
    /// The setting that keeps it down while it is stopped, as we set it or are about to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Value>,
    /// How far it is.
    pub state: State,
    /// Why it failed, or what else is to be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Its backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    /// A call that has not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// How many calls were begun.
    #[serde(default)]
    pub calls: u32,
}

/// How far an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was done yet.
    Waiting,
    /// Its backup is being made.
    BackingUp,
    /// It is being stopped.
    Stopping,
    /// It is down.
    Stopped,
    /// It was not stopped.
    Failed,
}

/// A call on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Its number among the calls of this item.
    pub number: u32,
    /// What it does; to revert is to put the setting back.
    pub verb: CallVerb,
    /// When its intent was stored.
    pub started_at: Instant,
    /// How often whoever makes it has said since that he still does.
    #[serde(default)]
    pub alive: u32,
}

/// What is to be done to an item next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// This call.
    Call(CallVerb),
    /// It is down.
    Stopped,
    /// It is not stopped, for this reason.
    Failed(String),
}

/// Why a thing is left alone that nobody can tell apart.
pub const CONTESTED: &str = "two bindings claim it, or two that run have this name; it is left alone";
/// Calls of one item before it is given up.
const CALLS_MAX: u32 = 6;
/// Calls of one item before its setting is left, too.
const REVERTS_MAX: u32 = CALLS_MAX + 4;
/// How often one that nothing was done to is looked at in vain before it is given up.
const LOOKS_MAX: u32 = 20;
/// Whoever heard nothing for so long of a process that makes a backup does not wait longer: a further one does no harm.
const BACKUP_WAITED: Span = Span::seconds(30);
/// Why a thing is left alone that runs again after it was stopped.
const UP_AGAIN: &str = "it was started again after it had been stopped";

impl Item {
    /// Nothing more is done to it.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Stopped | State::Failed)
    }

    /// What is to be done next, given what was found; `barred`: why it may not be stopped at all any more.
    pub fn next(&self, seen: &Reading, barred: Option<String>) -> Next {
        let contested = seen.contested.contains(&self.name).then(|| CONTESTED.to_owned());
        let Some(thing) = seen.thing(&self.name) else {
            return contested.map_or(Next::Stopped, |why| Next::Failed(self.in_doubt(&why)));
        };
        let given_up = self.given_up(thing, contested.or(barred));
        if (given_up.is_some() || !thing.is_up()) && self.keeps_down(thing) {
            return match self.calls < REVERTS_MAX {
                true => Next::Call(CallVerb::Revert),
                false => Next::Failed("the setting that keeps it down could not be put back".to_owned()),
            };
        }
        if !thing.is_up() {
            return Next::Stopped;
        }
        if let Some(why) = given_up {
            return Next::Failed(why);
        }
        let unsaved = self.backup.is_none() && !self.forced;
        Next::Call(if unsaved { CallVerb::Backup } else { CallVerb::Apply })
    }

    /// Why what still runs is not stopped; none where it may be.
    fn given_up(&self, thing: &Thing, barred: Option<String>) -> Option<String> {
        let anew = !self.is(thing) || thing.started_at != self.since;
        let anew = anew.then(|| "it was started anew meanwhile; ask again, if it is to be stopped too".to_owned());
        let tired = (self.calls >= CALLS_MAX).then(|| format!("it still runs after {} calls", self.calls));
        self.why.clone().or(anew).or(barred).or(tired)
    }

    /// The setting that we made is still there, and is owed back.
    fn keeps_down(&self, thing: &Thing) -> bool {
        self.is(thing) && self.set.as_ref().is_some_and(|set| *set == thing.setting && *set != self.before)
    }

    fn is(&self, thing: &Thing) -> bool {
        thing.id == self.id || thing.id.is_none()
    }

    /// Why it fails unseen, with what may have been done to it.
    fn in_doubt(&self, why: &str) -> String {
        match self.state {
            State::Stopping => {
                format!("{why}; it was told to stop before: see whether it is down and what restarts it")
            }
            State::Waiting | State::BackingUp | State::Stopped | State::Failed => why.to_owned(),
        }
    }

    /// What follows where it could not be looked at, so often; none where it is to be tried again. What a stop may have
    /// changed is not given up for now.
    pub fn unread(&self, failure: &Failure, times: u32) -> Option<Next> {
        let (Failure::ForNow(why) | Failure::ForGood(why) | Failure::NoAnswer(why)) = failure;
        let over = matches!(failure, Failure::ForGood(_)) || times >= LOOKS_MAX && self.set.is_none();
        over.then(|| Next::Failed(self.in_doubt(&format!("it could not be looked at: {why}"))))
    }

    /// The intent of a call, stored before it is sent. `keeps_down`: the setting that a stop would make.
    pub fn calling(mut self, verb: CallVerb, keeps_down: Option<Value>, now: Instant) -> Item {
        self.calls += 1;
        self.state = if verb == CallVerb::Backup { State::BackingUp } else { State::Stopping };
        if verb == CallVerb::Apply {
            self.set = keeps_down;
        }
        self.call = Some(Call { number: self.calls, verb, started_at: now, alive: 0 });
        self
    }

    /// Whoever makes this call still does, so that no other process makes it too; none where its time was over before.
    pub fn alive(mut self, number: u32) -> Option<Item> {
        self.call.as_mut().filter(|call| call.number == number)?.alive += 1;
        Some(self)
    }

    /// It is over, or is not done.
    pub fn ended(self, next: &Next) -> Item {
        match next {
            Next::Stopped => Item { state: State::Stopped, call: None, why: None, ..self },
            Next::Failed(why) => Item { state: State::Failed, call: None, why: Some(why.clone()), ..self },
            Next::Call(_) => self,
        }
    }

    /// What a call reported; none where it is not known whether it acted, and then it is waited out. After a late stop it
    /// is looked at once more, whatever it was called: what went down is to be known, and its setting is owed.
    pub fn reported(mut self, made: Call, outcome: &Result<Vec<Outcome>, Failure>) -> Option<Item> {
        if self.is_done() && made.verb == CallVerb::Apply {
            let why = self.why.take().unwrap_or_else(|| UP_AGAIN.to_owned());
            return Some(Item { state: State::Stopping, why: Some(why), ..self });
        }
        let call = self.call.filter(|call| call.number == made.number)?;
        let fate = match outcome {
            Ok(outcomes) => outcomes.iter().find(|it| it.name == self.name).map(|it| it.fate.clone())?,
            Err(failure) => Fate::Failed(failure.clone()),
        };
        self.call = None;
        match (call.verb, fate) {
            (_, Fate::Failed(Failure::NoAnswer(_))) => return None,
            (CallVerb::Backup, Fate::Failed(Failure::ForNow(why) | Failure::ForGood(why))) => {
                let why = format!("the backup failed, so it runs on: {why}");
                return Some(self.ended(&Next::Failed(why)));
            }
            (CallVerb::Backup, Fate::BackedUp(name)) => self.backup = Some(name),
            (CallVerb::Apply, Fate::Failed(Failure::ForNow(why) | Failure::ForGood(why))) => self.why = Some(why),
            (CallVerb::Revert, Fate::Failed(Failure::ForGood(why))) => {
                let before = self.why.take().map(|before| format!("{before}; ")).unwrap_or_default();
                let why = format!("{before}the setting that keeps it down could not be put back: {why}");
                return Some(self.ended(&Next::Failed(why)));
            }
            // What became of it is seen at the next look.
            _ => {}
        }
        Some(self)
    }
}

impl Call {
    /// Past this after its start it is not sent any more.
    pub const SEND_WITHIN: Span = SEND_WITHIN;

    /// Whoever makes it says so this often.
    pub const ALIVE_EVERY: Span = Span::seconds(10);

    /// How long it may act after the last that was heard of whoever makes it.
    pub fn limit(&self) -> Span {
        match self.verb {
            CallVerb::Backup => BACKUP_WAITED.min(BACKUP_LIMIT),
            CallVerb::Apply | CallVerb::Revert => SEND_WITHIN + GRACE + STOP_EXTRA + MARGIN,
        }
    }
}

#[cfg(test)]
mod tests;
