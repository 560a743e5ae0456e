//! The outside: things that run, calls that act on them, people and restarts.
use lull_domain::engagement::{CallVerb, Failure, Fate, Key, Outcome, Run, Thing, ThingState};
use lull_domain::{Instant, Span};
use serde_json::{Value, json};

use super::chance::Chance;
use super::rules::{Rule, Rules};

/// Who brought a thing into its present state. Lull cannot see this; the promises are judged by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    Person,
    Us,
    Outside,
    /// A person and a call of ours could both have done it: starting it again and leaving it are both right.
    Unclear,
}

/// Whether a thing runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Runs {
    Up,
    Down,
    Made,
    Gone,
}

/// One thing, by its lasting name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    pub name: String,
    pub key: Key,
    pub id: u64,
    pub runs: Runs,
    pub by: By,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
    pub needs: Vec<String>,
    /// What brings it back after a restart: `always`, or `no`; people set `theirs`.
    pub setting: &'static str,
    /// Its system lets us change the setting.
    pub settable: bool,
    /// Calls of this verb fail on it for good.
    pub broken: Option<CallVerb>,
    /// It will die again after so many starts of ours.
    pub dies: u32,
    /// How often its own system has restarted it since somebody started it.
    pub restarts: u64,
    /// Somebody else has brought it up since our last stop.
    pub since: bool,
    /// Another id under the same name since the engagement was last free.
    pub renewed: bool,
    /// A person accepted it as it is.
    pub accepted: bool,
    /// We started it where a person may have stopped it.
    pub unclear: bool,
    /// A call of ours stopped it after its time, and never reported: starting it and leaving it are both right.
    pub late: bool,
    /// A person started it while a start of ours was under way: its start does not tell whose it was.
    pub perhaps_ours: bool,
    /// A backup of it was made since it was captured.
    pub saved: bool,
    /// Nobody but us has ever touched it.
    pub untouched: bool,
    /// How it was at first.
    pub first: (bool, &'static str),
    /// How often we stopped it and started it.
    pub stops: u32,
    pub starts: u32,
}

/// A call on its way.
#[derive(Clone, Debug)]
pub struct Flying {
    pub key: Key,
    pub number: u64,
    pub op: u64,
    pub verb: CallVerb,
    pub todo: Vec<Asked>,
    pub outcomes: Vec<Outcome>,
    /// By the monotonic clock: it acts before this, or not at all.
    pub until: i64,
    /// The process that waits for the answer.
    pub waits: Option<usize>,
    /// The whole call is refused for now.
    pub refused: bool,
    /// It was sent although its time was over.
    pub expired: bool,
    /// The clock was put back since its intent was stored.
    pub put_back: bool,
}

/// One thing that a call asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub name: String,
    pub id: Option<String>,
    pub before: Value,
    pub set: Option<Value>,
    pub setting_only: bool,
}

/// The outside.
#[derive(Clone, Debug)]
pub struct World {
    pub items: Vec<Item>,
    pub calls: Vec<Flying>,
    pub booted_at: Instant,
    /// The outside cannot be reached until then, by the monotonic clock.
    pub away_until: i64,
    pub next_id: u64,
}

/// What we set so that a thing stays down.
pub const OURS: &str = "no";

impl World {
    pub fn item(&self, name: &str) -> &Item {
        self.items.iter().find(|item| item.name == name).expect("things are never forgotten")
    }

    pub fn item_mut(&mut self, name: &str) -> &mut Item {
        self.items.iter_mut().find(|item| item.name == name).expect("things are never forgotten")
    }

    /// What an adapter would list for this target.
    pub fn list(&self, key: Key, now: Instant) -> Vec<Thing> {
        let there = self.items.iter().filter(|item| item.key == key && item.runs != Runs::Gone);
        there.map(|item| item.seen(now)).collect()
    }

    /// A call acts on one thing.
    pub fn act(&mut self, asked: &Asked, verb: CallVerb, now: Instant, rules: &Rules) -> Outcome {
        let item = self.item_mut(&asked.name);
        let mut outcome = Outcome { name: asked.name.clone(), fate: Fate::Gone, set: None, found: None };
        if item.runs == Runs::Gone {
            return outcome;
        }
        if asked.id.as_ref().is_some_and(|id| *id != item.id.to_string()) {
            outcome.fate = Fate::Changed;
            return outcome;
        }
        match verb {
            CallVerb::Backup => {
                outcome.fate = item.save();
                return outcome;
            }
            CallVerb::Apply => item.set_value(asked, &mut outcome, rules),
            CallVerb::Revert => item.value_back(asked, &mut outcome, rules),
        }
        let needed = (item.runs == Runs::Up) == (verb == CallVerb::Apply);
        outcome.fate = match (verb, item.runs) {
            (CallVerb::Revert, _) if asked.setting_only => Fate::SettingBack,
            _ if needed && item.broken == Some(verb) => Fate::Failed(Failure::ForGood("it says no".to_owned())),
            (CallVerb::Backup, _) => Fate::WasUp,
            (CallVerb::Apply, Runs::Up) => item.stop(now),
            (CallVerb::Apply, _) => Fate::WasDown,
            (CallVerb::Revert, Runs::Up) => Fate::WasUp,
            (CallVerb::Revert, _) => item.start(now),
        };
        outcome
    }

    /// The outside restarts: what its setting brings back runs again.
    pub fn restart(&mut self, now: Instant, chance: &mut Chance) {
        self.booted_at = now;
        // What an earlier restart brought up starts anew with this one.
        for item in self.items.iter_mut().filter(|item| item.runs == Runs::Up && item.by == By::Outside) {
            item.started_at = Some(now);
        }
        for item in self.items.iter_mut().filter(|item| item.runs == Runs::Down && item.setting != OURS) {
            item.untouched &= item.by == By::Us;
            item.runs = Runs::Up;
            item.by = By::Outside;
            item.since = true;
            item.started_at = Some(now + Span::millis(chance.between(1, 5_000)));
        }
    }

    /// The ids that the next re-creation gives.
    pub fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

impl Item {
    fn seen(&self, now: Instant) -> Thing {
        Thing {
            name: self.name.clone(),
            id: Some(self.id.to_string()),
            state: match self.runs {
                Runs::Up => ThingState::Running,
                Runs::Down => ThingState::Stopped,
                Runs::Made | Runs::Gone => ThingState::Created,
            },
            started_at: self.started_at,
            finished_at: self.finished_at.filter(|_| self.runs == Runs::Down),
            restarts: self.restarts,
            healthy: self.healthy(now),
            needs: self.needs.clone(),
            setting: json!(self.setting),
            owner: None,
            keeps_down: self.settable.then(|| json!(OURS)),
        }
    }

    /// Every third has a check of its own, which says healthy after no more than some seconds.
    pub fn healthy(&self, now: Instant) -> Option<bool> {
        let takes = Span::seconds((self.id / 3 % 4).cast_signed());
        let began = self.started_at.filter(|_| self.runs == Runs::Up && self.id.is_multiple_of(3))?;
        Some((now - began).0.abs() >= takes.0)
    }

    /// Of every fourth no backup can be made.
    fn save(&mut self) -> Fate {
        if self.id % 4 == 1 {
            return Fate::Failed(Failure::ForGood("its disk is full".to_owned()));
        }
        self.saved = true;
        Fate::BackedUp(format!("backup of {}", self.name))
    }

    fn stop(&mut self, now: Instant) -> Fate {
        self.runs = Runs::Down;
        self.by = By::Us;
        self.since = false;
        self.unclear = false;
        self.finished_at = Some(now);
        self.stops += 1;
        Fate::Stopped(Run { started_at: self.started_at, finished_at: self.finished_at })
    }

    fn start(&mut self, now: Instant) -> Fate {
        self.unclear = self.by == By::Unclear;
        self.runs = Runs::Up;
        self.by = By::Us;
        self.perhaps_ours = false;
        self.restarts = 0;
        self.started_at = Some(now);
        self.starts += 1;
        Fate::Started(Some(now))
    }

    /// Compare, then set.
    fn set_value(&mut self, asked: &Asked, outcome: &mut Outcome, rules: &Rules) {
        if !self.settable || self.setting == OURS && asked.before == json!(OURS) {
            return;
        }
        let captured = json!(self.setting) == asked.before;
        if captured || self.setting == OURS || !rules.has(Rule::CompareSet) {
            self.setting = OURS;
            outcome.set = Some(json!(OURS));
        } else {
            outcome.found = Some(json!(self.setting));
        }
    }

    /// Compare, then put back.
    fn value_back(&mut self, asked: &Asked, outcome: &mut Outcome, rules: &Rules) {
        let Some(set) = &asked.set else { return };
        if json!(self.setting) == *set || !rules.has(Rule::CompareBack) {
            self.setting = known(&asked.before);
        } else {
            outcome.found = Some(json!(self.setting));
        }
    }
}

/// The setting of this name.
fn known(value: &Value) -> &'static str {
    ["always", "theirs"].into_iter().find(|name| json!(name) == *value).unwrap_or(OURS)
}
