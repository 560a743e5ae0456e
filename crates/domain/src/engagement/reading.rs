//! A reading: what runs, and what that means for what is held, captured, or owed.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Boot, Engagement, Item, ItemState, Receipt, Retry, STARTS_MAX, Stage, WELL_AFTER, Why};
use crate::estate::Binding;
use crate::{Instant, Span};

/// What one listing found of a target.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reading {
    /// When it began, by our clock.
    pub at: Instant,
    /// When the outside last started.
    pub booted_at: Option<Instant>,
    /// What it was read with.
    pub binding: Binding,
    /// The things that are this target's, without those that asked to be left alone.
    pub things: Vec<Thing>,
    /// Things that two bindings claim: untouched, and told.
    pub contested: Vec<String>,
}

/// One thing as it was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Thing {
    /// The name that survives re-creation.
    pub name: String,
    /// Its present id.
    pub id: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whether it runs.
    pub state: ThingState,
    /// When it last started.
    pub started_at: Option<Instant>,
    /// When it last stopped.
    pub finished_at: Option<Instant>,
    /// How often its own system has restarted it since somebody last started it.
    #[serde(default)]
    pub restarts: u64,
    /// What its own health check says; of what is between two runs, that it is not healthy.
    pub healthy: Option<bool>,
    /// Things that it needs while it runs.
    pub needs: Vec<String>,
    /// The setting that keeps it up.
    pub setting: Value,
    /// The setting that would keep it down; none where its system has none to change.
    pub keeps_down: Option<Value>,
}

/// Whether a thing runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ThingState {
    /// It runs.
    Running,
    /// It ran and does not now.
    Stopped,
    /// It was made and has never run.
    Created,
}

/// What has a check of its own that does not yet say healthy is looked at this often.
const CHECK_EVERY: Span = Span::seconds(1);

/// What started between the outside's own start and this long after was started by it.
const BOOT_TAKES: Span = Span::seconds(60);

impl Engagement {
    /// What this reading means; nothing while a call may still act. `entering`: some holder is entering, so newcomers are
    /// taken and nothing is a person's yet.
    pub fn read(mut self, seen: &Reading, entering: bool, now: Instant) -> Engagement {
        if self.call.is_some() {
            return self;
        }
        self.look = false;
        self.retry = None;
        self.trouble = None;
        self.contested.clone_from(&seen.contested);
        let booted = self.note_boot(seen);
        let held = !self.holders.is_empty();
        self.stage = match (std::mem::replace(&mut self.stage, Stage::Free), held) {
            (Stage::Free, true) => Stage::Captured(captured(seen, now)),
            (Stage::Free, false) => {
                self.doubts_less(seen, now);
                Stage::Free
            }
            (Stage::Captured(receipt), true) => self.taken_in(receipt, seen).unwrap_or_else(Stage::Captured),
            (Stage::Owed(receipt), true) => self.taken_in(receipt, seen).unwrap_or_else(Stage::Owed),
            (Stage::Applied(receipt), true) => Stage::Applied(self.kept_down(receipt, seen, entering, booted)),
            (Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt), false) => {
                Stage::Owed(self.put_back(receipt, seen, now))
            }
        };
        if !held && !matches!(self.stage, Stage::Free) && self.is_paid() && !self.look {
            return self.freed();
        }
        self.changed()
    }

    /// Before everything is down: what runs is to be stopped, what is down stays owed; done when nothing of it runs.
    fn taken_in(&mut self, mut receipt: Receipt, seen: &Reading) -> Result<Stage, Receipt> {
        Self::strike_stopped(&mut receipt, seen);
        for thing in seen.things.iter().filter(|thing| thing.is_up()) {
            match receipt.item_mut(&thing.name) {
                Some(item) if item.is_taken() => {}
                Some(item) => item.recaptured(thing, ItemState::Captured, seen),
                None => receipt.items.push(Item::captured(thing, seen)),
            }
        }
        for item in receipt.items.iter_mut().filter(|item| item.is_ours()) {
            let thing = seen.thing(&item.name);
            if thing.is_none_or(|thing| !thing.is_up()) {
                if let Some(thing) = thing.filter(|_| item.called_at.is_some() && item.stopped.is_none()) {
                    item.down_by_call(thing, seen.at);
                }
                item.state = ItemState::Down;
                item.trouble = None;
            }
        }
        if receipt.items.iter().any(|item| item.state == ItemState::Captured) {
            return Err(receipt);
        }
        self.all_seen();
        Ok(Stage::Applied(receipt))
    }

    /// Everything was down: what runs again was brought back by the outside, or taken over by a person.
    fn kept_down(&mut self, mut receipt: Receipt, seen: &Reading, entering: bool, booted: Option<Boot>) -> Receipt {
        for thing in seen.things.iter().filter(|thing| thing.is_up()) {
            match receipt.item_mut(&thing.name) {
                Some(item) if item.is_taken() => {}
                Some(item) if item.state == ItemState::Again => item.runs_again(thing, seen),
                Some(item) if item.is_ours() => {
                    let anew = booted.filter(|boot| item.boot_at != Some(boot.at));
                    if entering || brought_back(thing, anew) {
                        item.runs_again(thing, seen);
                    } else {
                        item.state = ItemState::Struck(Why::TakenOver);
                    }
                }
                Some(item) if entering => item.recaptured(thing, ItemState::Again, seen),
                None if entering => {
                    receipt.items.push(Item { state: ItemState::Again, ..Item::captured(thing, seen) });
                }
                Some(_) | None => {}
            }
        }
        let is_up = |item: &Item| seen.thing(&item.name).is_some_and(Thing::is_up);
        for item in receipt.items.iter_mut().filter(|item| item.state == ItemState::Again && !is_up(item)) {
            let ours = |thing: &&Thing| item.called_at.is_some() && !item.stopped_by_another(thing, seen.at);
            if let Some(thing) = seen.thing(&item.name).filter(ours) {
                item.down_by_call(thing, seen.at);
            }
            item.state = ItemState::Down;
            item.trouble = None;
        }
        if receipt.items.iter().all(|item| item.state != ItemState::Again) {
            self.all_seen();
        }
        receipt
    }

    /// Nobody holds it: what is down is owed, what runs and is well is back.
    fn put_back(&mut self, mut receipt: Receipt, seen: &Reading, now: Instant) -> Receipt {
        Self::strike_stopped(&mut receipt, seen);
        let mut waits = Vec::new();
        for item in receipt.items.iter_mut() {
            let Some(thing) = seen.thing(&item.name) else {
                item.set = None;
                if item.is_ours() {
                    item.state = ItemState::Struck(Why::Gone);
                    item.trouble = None;
                }
                continue;
            };
            let renewed = item.is_renewed(thing);
            let restarted = item.follows(thing);
            let as_before = item.ailed && (restarted || thing.has_run(seen.at));
            let well = as_before || thing.is_well(seen.at, now) && (!restarted || thing.healthy.is_some());
            // Until it is well, a successor that somebody else runs stays one: should it stop, that is no debt of ours.
            if renewed && !(item.is_ours() && thing.is_up() && !well) {
                item.meets(thing);
            }
            if !item.is_ours() || item.is_cancelled(thing) {
                continue;
            }
            match thing.state {
                ThingState::Running if well => {
                    item.state = ItemState::Back;
                    item.trouble = None;
                }
                ThingState::Running => {
                    if restarted {
                        item.start_failed();
                    }
                    item.state = ItemState::Down;
                    waits.push(thing);
                }
                ThingState::Stopped if renewed => item.state = ItemState::Struck(Why::Replaced),
                ThingState::Stopped | ThingState::Created => item.still_down(thing, seen.at),
            }
        }
        self.retry = until_well(&waits, now);
        self.look |= self.retry.is_some();
        receipt
    }

    /// Found stopped before our first call, and run by somebody else since our last stop: not ours to start.
    fn strike_stopped(receipt: &mut Receipt, seen: &Reading) {
        for item in receipt.items.iter_mut().filter(|item| item.is_ours()) {
            let Some(thing) = seen.thing(&item.name) else { continue };
            if thing.state == ThingState::Stopped {
                item.follows(thing);
            }
            if thing.state == ThingState::Stopped && !item.is_renewed(thing) && item.stopped_by_another(thing, seen.at)
            {
                item.state = ItemState::Struck(Why::StoppedBefore);
                item.trouble = None;
            }
        }
    }

    /// Remembers the outside's own start, and when it was first read after that.
    fn note_boot(&mut self, seen: &Reading) -> Option<Boot> {
        let at = seen.booted_at?;
        match self.boot {
            Some(boot) if boot.at == at => {}
            Some(_) | None => self.boot = Some(Boot { at, first_read_at: seen.at }),
        }
        self.boot
    }

    pub(super) fn all_seen(&mut self) {
        for hold in self.holders.values_mut() {
            hold.seen = true;
        }
    }
}

impl Reading {
    /// The thing of this name.
    pub fn thing(&self, name: &str) -> Option<&Thing> {
        self.things.iter().find(|thing| thing.name == name)
    }
}

/// When what runs and is not yet well is looked at again: it has run for long enough, or its own check may say so.
fn until_well(waits: &[&Thing], now: Instant) -> Option<Retry> {
    let checked = |checked: bool| waits.iter().filter(move |thing| thing.healthy.is_some() == checked);
    let names = |of: bool| checked(of).map(|thing| thing.name.as_str()).collect::<Vec<_>>().join(", ");
    let latest = checked(false).map(|thing| thing.started_at.unwrap_or(now)).max();
    // Whatever another clock says, it has run for long enough by then.
    let ran = latest.map(|began| (began + WELL_AFTER).min(now + WELL_AFTER));
    let says = checked(true).next().map(|_| now + CHECK_EVERY);
    let ran_words = ran.map(|_| format!("{} has run for {} s", names(false), WELL_AFTER.as_seconds()));
    let says_words = says.map(|_| format!("{} is healthy by its own check", names(true)));
    let words: Vec<String> = ran_words.into_iter().chain(says_words).collect();
    let at = ran.into_iter().chain(says).min()?;
    Some(Retry { at, attempts: 0, why: format!("waits until {}", words.join(" and ")) })
}

impl Item {
    /// Down and owed. A start of ours that did not hold is counted; after some a person is asked.
    fn still_down(&mut self, thing: &Thing, read_at: Instant) {
        if self.started.is_some_and(|own| thing.started_at.is_some_and(|began| own.is(began))) {
            // That run was ours; a further start of ours must not make it somebody else's.
            self.down_by_call(thing, read_at);
        }
        if let Some(started) = self.started.as_mut().filter(|started| started.at.is_some()) {
            started.at = None;
            self.failures += 1;
        }
        self.tires();
        if self.called_at.is_some() && self.stopped.is_none() {
            self.down_by_call(thing, read_at);
        }
        self.state = ItemState::Down;
    }

    /// A run that followed our start did not hold.
    fn start_failed(&mut self) {
        self.failures += 1;
        self.tires();
    }

    fn tires(&mut self) {
        if self.failures >= STARTS_MAX && self.trouble.is_none() {
            self.trouble = Some(format!("was started {} times and did not stay up", self.failures));
        }
    }
}

/// The outside itself started it: with this restart of its own, which came after our stop.
fn brought_back(thing: &Thing, restart: Option<Boot>) -> bool {
    let (Some(boot), Some(began)) = (restart, thing.started_at) else { return false };
    began >= boot.at && began <= boot.first_read_at.max(boot.at + BOOT_TAKES)
}

fn captured(seen: &Reading, now: Instant) -> Receipt {
    let items = seen.things.iter().filter(|thing| thing.is_up()).map(|thing| Item::captured(thing, seen)).collect();
    Receipt { binding: seen.binding.clone(), items, taken_at: now }
}
