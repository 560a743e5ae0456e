//! What a call reported: what it did to each thing, also when it comes late.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::backup;
use super::{CallVerb, Engagement, Item, ItemState, Receipt, Run, Stage, Why};
use crate::Instant;
use crate::estate::Binding;

/// The report of one call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The number of the call.
    pub number: u64,
    /// The operation it was begun for.
    pub op: u64,
    /// What it did.
    pub verb: CallVerb,
    /// The binding it used.
    pub binding: Binding,
    /// The things as they were when it was begun.
    pub items: Vec<Item>,
    /// What became of each, or why nothing did.
    pub outcome: Result<Vec<Outcome>, Failure>,
}

/// What became of one thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// Which thing.
    pub name: String,
    /// What happened.
    pub fate: Fate,
    /// The setting as it is ours now.
    pub set: Option<Value>,
    /// A setting that somebody else had made; it was left.
    pub found: Option<Value>,
}

/// What happened to one thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// We stopped it.
    Stopped(Run),
    /// It was down already.
    WasDown,
    /// We started it.
    Started(Option<Instant>),
    /// It ran already.
    WasUp,
    /// Only its setting went back.
    SettingBack,
    /// There is nothing of this name.
    Gone,
    /// Its backup is made, under this name.
    BackedUp(String),
    /// Another thing has its name; it was left alone.
    Changed,
    /// The outside said no, or nothing.
    Failed(Failure),
}

/// Why something was not done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// May work later.
    ForNow(String),
    /// Needs a person.
    ForGood(String),
    /// It is not known whether anything was done.
    NoAnswer(String),
}

/// Refusals of one thing before a person is asked.
const REFUSALS_MAX: u32 = 5;

impl Engagement {
    /// What this report means; one that comes late is repaired by what it names.
    pub fn reported(mut self, report: &Report, now: Instant) -> Engagement {
        let Ok(outcomes) = &report.outcome else { return self.failed(report, now) };
        let current = self.call.as_ref().is_some_and(|call| call.number == report.number);
        if !current || report.op != self.op {
            return self.late(report, outcomes, current, now);
        }
        if report.verb == CallVerb::Backup {
            return self.backed_up(outcomes, now);
        }
        let unanswered = outcomes.iter().any(|outcome| matches!(outcome.fate, Fate::Failed(Failure::NoAnswer(_))));
        let begun = self.call.as_ref().map(|call| call.started_at);
        let mut asks = Asks::default();
        for outcome in outcomes {
            if let Some(item) = self.items_mut().iter_mut().find(|item| item.name == outcome.name) {
                item.found_down(outcome, begun);
                asks = asks.and(item.met(outcome, now));
            }
        }
        if unanswered {
            return self.changed();
        }
        self.call = None;
        match asks.retry {
            Some(why) => self.failed_for_now(&why, now),
            None => self.retry = None,
        }
        self.look |= asks.look;
        self.settled(report.verb).changed()
    }

    /// The stage after a report that told everything.
    fn settled(mut self, verb: CallVerb) -> Engagement {
        let held = !self.holders.is_empty();
        let done = self.items().iter().all(|item| !matches!(item.state, ItemState::Captured | ItemState::Again));
        self.stage = match (self.stage, held) {
            (Stage::Captured(receipt) | Stage::Owed(receipt), true)
                if verb == CallVerb::Apply && done && !self.look =>
            {
                Stage::Applied(receipt)
            }
            (Stage::Captured(receipt) | Stage::Applied(receipt), false) => Stage::Owed(receipt),
            (stage, _) => stage,
        };
        if !held && matches!(self.stage, Stage::Owed(_)) && self.is_paid() && !self.look {
            return Engagement { revision: self.revision, ..self.freed() };
        }
        self
    }

    /// The whole call failed by the outside's own word; a lost answer is no report.
    fn failed(mut self, report: &Report, now: Instant) -> Engagement {
        let Err(failure) = &report.outcome else { return self };
        if self.call.as_ref().is_none_or(|call| call.number != report.number) {
            return self;
        }
        match failure {
            Failure::NoAnswer(_) => return self,
            Failure::ForNow(why) => self.failed_for_now(why, now),
            Failure::ForGood(why) => {
                let back = report.verb == CallVerb::Revert;
                let unpaid =
                    |item: &&mut Item| report.names(&item.name) && (item.is_ours() || back && item.set.is_some());
                for item in self.items_mut().iter_mut().filter(unpaid) {
                    let saves = report.verb == CallVerb::Backup;
                    item.trouble = Some(if saves { backup::unsaved(why) } else { why.clone() });
                }
            }
        }
        self.call = None;
        self.look |= report.op != self.op || (self.holders.is_empty() && matches!(self.stage, Stage::Captured(_)));
        self.changed()
    }

    /// The number is outdated: what it changed goes into the receipt, and is read back.
    fn late(mut self, report: &Report, outcomes: &[Outcome], current: bool, now: Instant) -> Engagement {
        if current {
            self.call = None;
        }
        let held = !self.holders.is_empty();
        for outcome in outcomes {
            match outcome.fate {
                Fate::Stopped(run) => self.owes_late(report, (outcome, run), now),
                Fate::Started(_) if held => self.runs_late(&outcome.name),
                _ if outcome.set.is_some() && report.verb != CallVerb::Backup => self.keeps_late(report, outcome, now),
                _ => {}
            }
        }
        if outcomes.iter().all(|outcome| !matches!(outcome.fate, Fate::Failed(Failure::NoAnswer(_)))) {
            self.speaks(report.number);
        }
        self.look |= !matches!(self.stage, Stage::Free);
        self.changed()
    }

    /// What a late stop brought down is owed, also of a free engagement.
    fn owes_late(&mut self, report: &Report, of: (&Outcome, Run), now: Instant) {
        let (outcome, run) = of;
        if let Some(item) = self.item_late(report, &outcome.name, now) {
            // A reading has found another run of it: whether that one still runs, the next reading tells.
            let another_runs =
                matches!(item.state, ItemState::Captured | ItemState::Again) && item.ran_since != run.started_at;
            if !another_runs {
                item.state = ItemState::Down;
            }
            item.called_at = Some(item.called_at.unwrap_or(now));
            item.ended_run(run);
            item.set = outcome.set.clone().or(item.set.take());
        }
    }

    /// A setting that a late call made is put back, though it stopped nothing.
    fn keeps_late(&mut self, report: &Report, outcome: &Outcome, now: Instant) {
        if let Some(item) = self.item_late(report, &outcome.name, now) {
            item.set.clone_from(&outcome.set);
        }
    }

    /// The thing in the receipt; taken in from what the late call was sent with, where it is not there any more.
    fn item_late(&mut self, report: &Report, name: &str, now: Instant) -> Option<&mut Item> {
        let sent = report.items.iter().find(|item| item.name == name)?;
        if matches!(self.stage, Stage::Free) {
            let receipt = Receipt { binding: report.binding.clone(), items: Vec::new(), taken_at: now };
            self.stage = Stage::Owed(receipt);
        }
        let (Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt)) = &mut self.stage else {
            return None;
        };
        if receipt.item_mut(name).is_none() {
            receipt.items.push(Item { state: ItemState::Struck(Why::Earlier), ..sent.clone() });
        }
        receipt.item_mut(name)
    }

    /// What a late start brought up runs again although it should not.
    fn runs_late(&mut self, name: &str) {
        let again = matches!(self.stage, Stage::Applied(_));
        if let Some(item) = self.items_mut().iter_mut().find(|item| item.name == name) {
            item.state = if again { ItemState::Again } else { ItemState::Captured };
        }
    }
}

/// What a report asks for next.
#[derive(Default)]
struct Asks {
    look: bool,
    retry: Option<String>,
}

impl Asks {
    fn and(self, other: Asks) -> Asks {
        Asks { look: self.look || other.look, retry: self.retry.or(other.retry) }
    }
}

impl Item {
    /// Down already when the only call since it was found running came to it: somebody else stopped it, whatever the
    /// clocks say.
    fn found_down(&mut self, outcome: &Outcome, begun: Option<Instant>) {
        let only_call = self.called_at == begun && self.stopped.is_none() && self.unsure.is_none();
        if outcome.fate == Fate::WasDown && self.state == ItemState::Captured && only_call {
            self.state = ItemState::Struck(Why::StoppedBefore);
        }
    }

    /// What became of this thing.
    fn met(&mut self, outcome: &Outcome, now: Instant) -> Asks {
        if let Some(found) = &outcome.found {
            self.before = found.clone();
        }
        if !matches!(outcome.fate, Fate::Failed(Failure::NoAnswer(_)) | Fate::Changed) {
            self.set = outcome.set.clone();
        }
        let look = Asks { look: true, ..Asks::default() };
        match &outcome.fate {
            Fate::Stopped(run) => {
                self.state = ItemState::Down;
                self.ended_run(*run);
                self.unsure = None;
                self.started = None;
                self.failures = 0;
                Asks::default()
            }
            Fate::Started(at) => {
                if let Some(started) = &mut self.started {
                    started.at = Some(at.unwrap_or(now));
                }
                look
            }
            Fate::SettingBack | Fate::BackedUp(_) => Asks::default(),
            Fate::WasDown | Fate::WasUp | Fate::Gone | Fate::Changed => look,
            Fate::Failed(Failure::ForGood(why)) => {
                self.trouble = Some(why.clone());
                Asks::default()
            }
            Fate::Failed(Failure::ForNow(why)) => {
                self.refused_once(why);
                Asks { retry: Some(format!("{}: {why}", self.name)), ..Asks::default() }
            }
            Fate::Failed(Failure::NoAnswer(_)) => Asks::default(),
        }
    }

    /// The outside said no once more; after some a person is asked.
    pub(super) fn refused_once(&mut self, why: &str) {
        self.failures += 1;
        if self.failures >= REFUSALS_MAX {
            self.trouble = Some(why.to_owned());
        }
    }
}

impl Report {
    fn names(&self, name: &str) -> bool {
        self.items.iter().any(|item| item.name == name)
    }
}
