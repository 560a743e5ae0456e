//! One effect on one target: who holds it, what was captured, what is still owed.
//!
//! An engagement is an aggregate of its own. The rules of `docs/engagements.md` hold it together; each has a test in the
//! simulation that fails without it. Everything here is decided in the transaction that stores it.
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::estate::Binding;
use crate::id::{MaintenanceId, TargetId};
use crate::policy::Effect;
use crate::{Instant, Span};

mod item;
mod reading;
mod report;

pub use reading::{Reading, Thing, ThingState};
pub use report::{Failure, Fate, Outcome, Report};

/// Which engagement: one effect on one target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Key {
    /// The target.
    pub target: TargetId,
    /// The effect.
    pub effect: Effect,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.target, self.effect)
    }
}

/// The engagement as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Engagement {
    /// Which one.
    pub key: Key,
    /// Where it stands.
    pub stage: Stage,
    /// The maintenances that hold it.
    pub holders: BTreeMap<MaintenanceId, Hold>,
    /// Who released last and must see it paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<MaintenanceId>,
    /// Grows with every change of intent.
    pub op: u64,
    /// Grows with every change at all; a reading that began before one is void.
    pub revision: u64,
    /// How many calls were begun; the newest has this number.
    pub calls: u64,
    /// A call that may still act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// A reading is owed before anything else is done.
    pub look: bool,
    /// What failed for now, and when it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The whole target failed for good; waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Things that two bindings claim: left alone, and told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<String>,
    /// When the outside last started, and when we first listed it after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<Boot>,
    /// How long a thing may take to end by itself; of the first hold.
    pub grace: Span,
}

/// Where an engagement stands, with its receipt where there is one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing of it is ours.
    Free,
    /// What ran is stored.
    Captured(Receipt),
    /// It is done to the world.
    Applied(Receipt),
    /// Released and not yet paid.
    Owed(Receipt),
}

/// What a maintenance has in an engagement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Hold {
    /// A reading was made since it joined.
    pub seen: bool,
}

/// What was there before anything was touched; enough to put it back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The binding it was made with.
    pub binding: Binding,
    /// The things.
    pub items: Vec<Item>,
    /// When the first reading was made.
    pub taken_at: Instant,
}

/// One thing of a receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// The name that survives re-creation.
    pub name: String,
    /// The id under which it was last seen as ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it was last found running as ours to stop.
    pub captured_at: Instant,
    /// When the run that was found then had begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_since: Option<Instant>,
    /// Things of this receipt that it needs while it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What has become of it.
    pub state: ItemState,
    /// The stored start of this operation's first call for it since it was last found running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Instant>,
    /// The run that we last ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Run>,
    /// A call that never reported may have ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsure: Option<Lost>,
    /// The run that we last began; its start lies between these, or is the one reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<OwnStart>,
    /// The setting that keeps it up, as captured.
    #[serde(default)]
    pub before: Value,
    /// The setting that would keep it down; none where its system has none to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps_down: Option<Value>,
    /// The setting as we set it, or are about to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Value>,
    /// Starts that did not hold.
    #[serde(default)]
    pub failures: u32,
    /// Why it needs a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// What has become of a thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// It ran.
    Captured,
    /// It is down, and ours to start.
    Down,
    /// It runs again although it should not.
    Again,
    /// Ours no longer to start.
    Struck(Why),
    /// It runs as before.
    Back,
}

/// Why a thing is no longer ours to start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A person started it under the present holds.
    TakenOver,
    /// Somebody stopped it before we did.
    StoppedBefore,
    /// Somebody re-created it, ran it, and stopped it.
    Replaced,
    /// There is nothing of this name any more.
    Gone,
    /// A person accepts it as it is.
    Accepted {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Struck under holds that are over.
    Earlier,
}

/// One run of a thing; its start identifies it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// When it began.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// A start of ours: what it reported, or the span in which it may have happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwnStart {
    /// The stored start of the call.
    pub from: Instant,
    /// Until when that call may have acted.
    pub to: Instant,
    /// The start that it reported.
    pub at: Option<Instant>,
}

/// A call that never reported: when it may have acted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lost {
    /// When its intent was stored.
    pub from: Instant,
    /// Past this it could no longer act.
    pub to: Instant,
}

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

/// When the outside last started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Boot {
    /// When, by its own evidence.
    pub at: Instant,
    /// Our first listing after that.
    pub first_read_at: Instant,
}

/// A process sends a call within this time after its intent was stored, or not at all.
pub const SEND_WITHIN: Span = Span::seconds(2);
/// How long a start may take.
pub const START_LIMIT: Span = Span::seconds(60);
/// What a stop may take beyond its grace.
pub const STOP_EXTRA: Span = Span::seconds(15);
/// Waited beyond every limit.
pub const MARGIN: Span = Span::seconds(5);
/// A thing is well when it has run this long.
pub const WELL_AFTER: Span = Span::seconds(5);
/// Starts that do not hold before a person is asked.
pub const STARTS_MAX: u32 = 3;

/// Attempts of a whole call that fail for now before people are told; it is tried again all the same.
pub const ATTEMPTS_TOLD: u32 = 5;

impl Engagement {
    /// A free engagement that nobody holds.
    pub fn free(key: Key) -> Engagement {
        Engagement {
            key,
            stage: Stage::Free,
            holders: BTreeMap::new(),
            answers: None,
            op: 0,
            revision: 0,
            calls: 0,
            call: None,
            look: false,
            retry: None,
            trouble: None,
            contested: Vec::new(),
            boot: None,
            grace: Span::seconds(10),
        }
    }

    /// This maintenance holds it from now on.
    pub fn held(mut self, maintenance: MaintenanceId, grace: Span) -> Engagement {
        let first = self.holders.is_empty();
        if first && !matches!(self.stage, Stage::Captured(_)) {
            self.new_operation();
        }
        self.holders.insert(maintenance, Hold::default());
        self.answers = None;
        // What was struck may be taken by this hold: looked for before anything it needs is stopped.
        let struck = self.items().iter().any(|item| matches!(item.state, ItemState::Struck(_)));
        self.look |= struck && !matches!(self.stage, Stage::Applied(_));
        self.forget_struck();
        if first {
            self.look |= matches!(self.stage, Stage::Captured(_));
            self.grace = grace;
            self.forget_failures();
        }
        self.changed()
    }

    /// This maintenance holds it no longer; the last one answers for what is still owed.
    pub fn released(mut self, maintenance: MaintenanceId) -> Engagement {
        self.holders.remove(&maintenance);
        if !self.holders.is_empty() {
            return self.changed();
        }
        self.forget_struck();
        self.forget_failures();
        self.stage = match std::mem::replace(&mut self.stage, Stage::Free) {
            Stage::Free => Stage::Free,
            Stage::Captured(receipt) if receipt.items.iter().any(Item::is_touched) || self.look => {
                self.look = true;
                Stage::Captured(receipt.without_never_called())
            }
            Stage::Captured(_) => Stage::Free,
            Stage::Applied(receipt) => {
                self.stage = Stage::Owed(receipt.none_again());
                self.new_operation();
                std::mem::replace(&mut self.stage, Stage::Free)
            }
            Stage::Owed(receipt) => {
                self.look = true;
                Stage::Owed(receipt.without_never_called().none_again())
            }
        };
        self.answers = (!matches!(self.stage, Stage::Free)).then_some(maintenance);
        self.changed()
    }

    /// A person accepts these things as they are; refused while a call may still act.
    pub fn accepted(mut self, names: &[String], by: &str, reason: &str) -> Engagement {
        let why = Why::Accepted { by: by.to_owned(), reason: reason.to_owned() };
        let items = self.items_mut().iter_mut().filter(|item| names.contains(&item.name) && item.is_ours());
        for item in items {
            item.state = ItemState::Struck(why.clone());
            item.trouble = None;
        }
        self.look |= matches!(self.stage, Stage::Captured(_));
        if self.holders.is_empty() && matches!(self.stage, Stage::Owed(_)) && self.is_paid() && !self.look {
            return self.freed();
        }
        self.changed()
    }

    /// A person accepts the target as it is, though it could not even be listed.
    pub fn accepted_whole(mut self, binding: &Binding, by: &str, reason: &str) -> Engagement {
        let names: Vec<String> = self.items().iter().map(|item| item.name.clone()).collect();
        self = self.accepted(&names, by, reason);
        for item in self.items_mut() {
            item.set = None;
        }
        self.trouble = None;
        self.retry = None;
        self.look = false;
        if self.holders.is_empty() {
            return self.freed();
        }
        let receipt = match self.stage {
            Stage::Free => Receipt { binding: binding.clone(), items: Vec::new(), taken_at: Instant::default() },
            Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt) => receipt,
        };
        self.stage = Stage::Applied(receipt);
        for hold in self.holders.values_mut() {
            hold.seen = true;
        }
        self
    }

    /// A person wants what failed to be tried again now.
    pub fn retried(mut self, names: Option<&[String]>) -> Engagement {
        for item in self.items_mut() {
            if names.is_none_or(|names| names.contains(&item.name)) {
                item.trouble = None;
                item.failures = 0;
            }
        }
        self.trouble = None;
        self.retry = None;
        self.look = !matches!(self.stage, Stage::Free) || self.look;
        self.changed()
    }

    /// Another maintenance answers for what is owed.
    pub fn passed_to(mut self, heir: MaintenanceId) -> Engagement {
        self.answers = Some(heir);
        self.changed()
    }

    /// The intent of a call, stored before it is sent.
    pub fn calling(mut self, verb: CallVerb, names: Vec<String>, now: Instant) -> Engagement {
        let limit = match verb {
            CallVerb::Apply => self.grace + STOP_EXTRA,
            CallVerb::Revert => START_LIMIT,
        };
        let send_by = now + SEND_WITHIN;
        let quiet_at = send_by + limit + MARGIN;
        self.calls += 1;
        for item in self.items_mut() {
            if names.contains(&item.name) {
                item.called_at.get_or_insert(now);
                if verb == CallVerb::Apply && item.keeps_down.as_ref() != Some(&item.before) {
                    item.set.clone_from(&item.keeps_down);
                }
                if verb == CallVerb::Revert && item.is_ours() {
                    item.started = Some(OwnStart { from: now, to: quiet_at, at: None });
                }
            }
        }
        self.retry = None;
        self.call = Some(Call { number: self.calls, op: self.op, verb, names, started_at: now, send_by, quiet_at });
        self.changed()
    }

    /// The call can no longer act, and nobody reported: what it did is read.
    pub fn quiet(mut self) -> Engagement {
        if let Some(call) = self.call.take().filter(|call| call.verb == CallVerb::Apply) {
            for item in self.items_mut().iter_mut().filter(|item| call.names.contains(&item.name)) {
                let reported = item.stopped.is_some_and(|run| run.started_at == item.ran_since);
                item.unsure = (!reported).then_some(Lost { from: call.started_at, to: call.quiet_at });
            }
        }
        self.look = true;
        self.changed()
    }

    /// Nothing is left to do: captured and never called, or owed and paid.
    pub fn freed(mut self) -> Engagement {
        self.stage = Stage::Free;
        self.answers = None;
        self.retry = None;
        self.trouble = None;
        self.changed()
    }

    /// Nothing is left to stop.
    pub fn applied(mut self) -> Engagement {
        self.stage = match self.stage {
            Stage::Captured(receipt) | Stage::Owed(receipt) => Stage::Applied(receipt),
            stage @ (Stage::Free | Stage::Applied(_)) => stage,
        };
        self.changed()
    }

    /// A reading failed for now, or for good.
    pub fn unread(mut self, failure: &Failure, now: Instant) -> Engagement {
        match failure {
            Failure::ForGood(why) => self.trouble = Some(why.clone()),
            Failure::ForNow(why) | Failure::NoAnswer(why) => self.failed_for_now(why, now),
        }
        self.changed()
    }
}

/// Questions.
impl Engagement {
    /// The receipt, where there is one.
    pub fn receipt(&self) -> Option<&Receipt> {
        match &self.stage {
            Stage::Free => None,
            Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt) => Some(receipt),
        }
    }

    /// The things of the receipt; none where there is none.
    pub fn items(&self) -> &[Item] {
        self.receipt().map_or(&[], |receipt| &receipt.items)
    }

    /// Nothing is left to start or to put back.
    pub fn is_paid(&self) -> bool {
        self.items().iter().all(|item| !item.is_ours() && item.set.is_none())
    }

    /// Nothing holds it, nothing is owed, nothing is under way.
    pub fn is_at_rest(&self) -> bool {
        matches!(self.stage, Stage::Free) && self.holders.is_empty() && self.call.is_none() && !self.look
    }

    /// What needs a person, by name.
    pub fn troubles(&self) -> Vec<(String, String)> {
        let tired = self.retry.as_ref().filter(|retry| retry.attempts >= ATTEMPTS_TOLD).map(|retry| &retry.why);
        let whole = self.trouble.iter().chain(tired).map(|why| (String::new(), why.clone()));
        let twice = |name: &String| (name.clone(), "two bindings claim it; it is left alone".to_owned());
        let whole = whole.chain(self.contested.iter().map(twice));
        let things = self.items().iter().filter_map(|item| Some((item.name.clone(), item.trouble.clone()?)));
        whole.chain(things).collect()
    }

    /// Everything that had to stop has stopped, for this holder too.
    pub fn is_done_for(&self, maintenance: MaintenanceId) -> bool {
        matches!(self.stage, Stage::Applied(_))
            && self.call.is_none()
            && self.holders.get(&maintenance).is_some_and(|hold| hold.seen)
            && self.items().iter().all(|item| item.state != ItemState::Again)
    }
}

/// Parts of the verbs above.
impl Engagement {
    fn items_mut(&mut self) -> &mut [Item] {
        match &mut self.stage {
            Stage::Free => &mut [],
            Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt) => &mut receipt.items,
        }
    }

    fn changed(mut self) -> Engagement {
        self.revision += 1;
        self
    }

    /// Another intent: a new number, nothing of it was called, and it begins with a reading.
    fn new_operation(&mut self) {
        self.op += 1;
        self.retry = None;
        self.look |= !matches!(self.stage, Stage::Free);
        let pending = self.call.take();
        for item in self.items_mut() {
            // A call that may still act counts as one of this operation: what it brings down is not "never called".
            let called = pending.as_ref().filter(|call| call.names.contains(&item.name));
            item.called_at = called.map(|call| call.started_at);
        }
        self.call = pending;
    }

    /// What was struck under other holds may be captured again.
    fn forget_struck(&mut self) {
        for item in self.items_mut() {
            if matches!(item.state, ItemState::Struck(_)) {
                item.state = ItemState::Struck(Why::Earlier);
            }
        }
    }

    fn forget_failures(&mut self) {
        self.trouble = None;
        self.retry = None;
        for item in self.items_mut() {
            item.trouble = None;
            item.failures = 0;
        }
    }

    /// Tried again after growing pauses.
    fn failed_for_now(&mut self, why: &str, now: Instant) {
        let attempts = self.retry.as_ref().map_or(0, |retry| retry.attempts) + 1;
        let pause = Span::seconds(1 << attempts.min(6)).min(Span::seconds(60));
        self.retry = Some(Retry { at: now + pause, attempts, why: why.to_owned() });
    }
}
