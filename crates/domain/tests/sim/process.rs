//! One process of the engine: finds what is missing, stores the intent, sends, reads, reports. It decides nothing.
use std::collections::BTreeMap;
use std::mem::take;

use lull_domain::Instant;
use lull_domain::drain::Drain;
use lull_domain::engagement::{
    Call, CallVerb, Engagement, Failure, Fate, Item, Key, Reading, Report, Stage, Thing, ThingState,
};
use lull_domain::estate::Binding;
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::order::{Actor, Command, Finding};
use lull_domain::policy::Effect;
use lull_domain::work::{Memory, Todo, Work, missing};

use super::history::{
    History, spoil_after_hold, spoil_after_intent, spoil_after_reading, spoil_after_release, spoil_after_report,
    spoil_before,
};
use super::rules::Rule;
use super::world::{Asked, By, Flying, Runs};

/// What a process has in its hands; gone when it crashes.
#[derive(Clone, Debug)]
pub enum Hand {
    /// The intent is stored; the deadline not yet looked at again.
    Intent(Box<Sending>),
    /// The deadline was looked at; not yet sent.
    Cleared(Box<Sending>),
    /// A reading that was begun.
    Reading { key: Key, revision: u64, at: Instant },
    /// A reading that was made.
    Read { key: Key, revision: u64, seen: Box<Reading>, persons: Vec<String> },
    /// An answer that is not yet reported.
    Answered { key: Key, report: Box<Report> },
}

/// A call about to be sent.
#[derive(Clone, Debug)]
pub struct Sending {
    pub key: Key,
    pub call: Call,
    pub items: Vec<Item>,
    /// By this process's own monotonic clock.
    pub send_by: i64,
    pub until: i64,
    /// The clock was put back since the intent was stored.
    pub put_back: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Process {
    pub memory: Memory,
    /// When it first saw each call, by its own monotonic clock.
    pub first_seen: BTreeMap<(Key, u64), i64>,
    pub hands: Vec<Hand>,
    /// Its last reading could not reach the outside.
    pub away: bool,
    /// Found earlier and not yet done.
    pub stale: Vec<Todo>,
    /// It does nothing until then.
    pub paused_until: i64,
}

impl Hand {
    pub fn key(&self) -> Key {
        match self {
            Hand::Intent(sending) | Hand::Cleared(sending) => sending.key,
            Hand::Reading { key, .. } | Hand::Read { key, .. } | Hand::Answered { key, .. } => *key,
        }
    }

    fn is_reading(&self) -> bool {
        matches!(self, Hand::Reading { .. } | Hand::Read { .. })
    }
}

impl History<'_> {
    /// A pass of a process: one thing that is missing is begun. Answers whether there was one.
    pub fn pass(&mut self, p: usize) -> bool {
        self.remember(p);
        if !self.processes[p].stale.is_empty() && self.chance.one_in(2) {
            let todo = self.processes[p].stale.remove(0);
            self.begin(p, &todo, true);
            return true;
        }
        let mut todos = self.found(p);
        todos.retain(|todo| !self.in_hand(p, todo));
        if todos.is_empty() {
            return false;
        }
        if self.chance.one_in(6) {
            self.processes[p].stale = todos.clone();
        }
        let chained = self.chained && !self.chance.one_in(4);
        let at = if chained { 0 } else { self.chance.below(todos.len() as u64) as usize };
        let todo = todos.swap_remove(at);
        self.begin(p, &todo, false);
        true
    }

    /// Begins the first thing that is missing. Answers whether there was one.
    pub fn begin_first(&mut self, p: usize) -> bool {
        self.remember(p);
        let mut todos = self.found(p);
        todos.retain(|todo| !self.in_hand(p, todo));
        let Some(first) = todos.first() else { return false };
        self.begin(p, first, false);
        true
    }

    fn found(&mut self, p: usize) -> Vec<Todo> {
        let other = self.work_without(None);
        let work = other.as_ref().unwrap_or(self.store.work());
        let (mut todos, wake) = missing(work, &self.processes[p].memory, self.now());
        if !self.rules.has(Rule::StartsFirst) {
            let (all, _) = missing(self.store.work(), &self.processes[p].memory, self.now());
            todos.extend(all.into_iter().filter(|todo| matches!(todo, Todo::Give(_, Command::Life(_)))));
        }
        self.wake = wake;
        if !self.rules.has(Rule::DueGiven) {
            todos.retain(|todo| !matches!(todo, Todo::Give(_, Command::Tell(_) | Command::Life(_))));
        }
        if !self.rules.has(Rule::DoubtTold) {
            todos.retain(|todo| !matches!(todo, Todo::Read(key) if self.store.engagement(*key).is_free()));
        }
        if !self.rules.has(Rule::LimitPasses) {
            todos.retain(|todo| !matches!(todo, Todo::Pass(..)));
        }
        todos
    }

    /// What a pass looks at without a rule: not all of it. None with all rules.
    fn work_without(&self, engagement: Option<&Engagement>) -> Option<Work<'_>> {
        if self.rules.all() {
            return None;
        }
        let held = engagement.is_some_and(|engagement| !engagement.holders.is_empty());
        let bare = engagement.is_some()
            && (held && !self.rules.has(Rule::StopsInOrder) || !held && !self.rules.has(Rule::WaitsForNeeds));
        let orderless =
            engagement.is_none() && !(self.rules.has(Rule::StopsInOrder) && self.rules.has(Rule::WaitsForNeeds));
        let estate = if bare || orderless { self.needless } else { self.estate };
        let starts_first = self.rules.has(Rule::StartsFirst);
        Some(self.store.work_on(estate, |m| starts_first || m.life.progress().is_some()))
    }

    fn settled(&self, p: usize, todo: &Todo, engagement: Option<&Engagement>) -> Option<Engagement> {
        let other = self.work_without(engagement);
        other.as_ref().unwrap_or(self.store.work()).settle(todo, &self.processes[p].memory, self.now())
    }

    fn in_hand(&self, p: usize, todo: &Todo) -> bool {
        let Todo::Read(key) = todo else { return false };
        self.processes[p].hands.iter().any(|hand| hand.key() == *key && hand.is_reading())
    }

    /// Calls whose time is over by this process's own clock.
    fn remember(&mut self, p: usize) {
        for engagement in self.store.engagements().values() {
            let Some(call) = &engagement.call else { continue };
            let id = (engagement.key, call.number);
            let process = &mut self.processes[p];
            let first = *process.first_seen.entry(id).or_insert(self.mono);
            let limit = (call.quiet_at - call.started_at).0;
            let over = match self.rules.has(Rule::Monotonic) {
                true => self.mono - first >= limit,
                false => self.mono + self.offset >= call.quiet_at.0,
            };
            if over || !self.rules.has(Rule::Quiet) {
                process.memory.quiet.insert(id);
            }
        }
    }

    fn begin(&mut self, p: usize, todo: &Todo, stale: bool) {
        self.say(|| format!("p{p} {}{todo:?}", if stale { "(found earlier) " } else { "" }));
        match todo {
            Todo::Give(id, command) => self.order(*id, command.clone(), stale),
            Todo::Read(key) => {
                let engagement = self.store.engagement(*key);
                if !self.rules.has(Rule::ReceiptFirst) && matches!(engagement.stage, Stage::Free) {
                    self.stop_unseen(*key);
                }
                let at = self.now();
                self.processes[p].hands.push(Hand::Reading { key: *key, revision: engagement.revision, at });
            }
            Todo::Look(id, target) => self.look(p, *id, *target),
            Todo::Hold(id, key) | Todo::Release(id, key) => self.hold_or_release(p, todo, *id, *key, stale),
            Todo::Quiet(key) | Todo::Applied(key) | Todo::Free(key) | Todo::Pass(key, _) | Todo::Call(key, ..) => {
                let before = self.store.engagement(*key);
                let settled = self.settled(p, todo, Some(&before));
                let Some(mut after) = settled else { return };
                if let (Todo::Call(_, verb, names), Some(call)) = (todo, after.call.clone()) {
                    spoil_after_intent(&mut after, &self.rules, call.started_at);
                    self.judge_order(*key, *verb, names);
                    self.intend(p, &after, call);
                }
                self.store.put(after);
            }
        }
    }

    /// What a maintenance waits for on a target is listed, and stored.
    fn look(&mut self, p: usize, id: MaintenanceId, target: TargetId) {
        let covered = self.store.work().covered(id).any(|key| key.target == target);
        let waiting = self.store.maintenances.get(&id).filter(|maintenance| covered && maintenance.drains());
        let Some(progress) = waiting.and_then(|maintenance| maintenance.life.progress()) else { return };
        let (since, now, key) = (progress.since, self.now(), Key { target, effect: Effect::Stop });
        let before = self.store.work().drain(id, target).cloned();
        if before.is_none() {
            self.note_hold(id, key);
        }
        let before = before.unwrap_or(Drain::new(since));
        let after = match self.mono < self.world.away_until {
            true => before.unread(&Failure::ForNow("cannot be reached".to_owned())),
            false => {
                let things = self.world.list(key, now);
                before.read(&Reading {
                    at: now,
                    booted_at: None,
                    binding: self.binding(key),
                    things,
                    contested: Vec::new(),
                })
            }
        };
        self.say(|| format!("p{p} looks at {target} for {id}: {:?}", after.running));
        self.processes[p].memory.drained_at.insert((id, target), now);
        self.store.put_drain(id, target, after);
    }

    fn order(&mut self, id: MaintenanceId, command: Command, stale: bool) {
        let by = if matches!(command, Command::Found(_)) { Actor::Engine } else { Actor::Schedule };
        let inside = self.rules.has(Rule::DecidedInside) || !stale;
        if let Command::Found(finding) = &command {
            if inside && self.store.work().finding(id).as_ref() != Some(finding) {
                return;
            }
            match finding {
                Finding::Entered => self.judge_entered(id),
                Finding::Left => self.judge_left(id),
                Finding::Trouble(_) => {}
            }
        } else if inside {
            let now = self.now();
            let Some(maintenance) = self.store.maintenances.get(&id) else { return };
            let due = maintenance.due().filter(|due| due.at <= now);
            if due.map(|due| maintenance.ordered_at(due, now, false)).as_ref() != Some(&command) {
                return;
            }
        }
        let now = self.now();
        let changed = self.store.give(id, by, command, now);
        if !self.rules.has(Rule::Logged) && changed == Ok(true) && self.chance.one_in(10) {
            self.store.log.pop();
        }
    }

    fn hold_or_release(&mut self, p: usize, todo: &Todo, id: MaintenanceId, key: Key, stale: bool) {
        let before = self.store.engagement(key);
        let inside = self.rules.has(Rule::DecidedInside) || !stale;
        let settled = match todo {
            Todo::Hold(..) if !inside && !before.holders.contains_key(&id) => {
                Some(before.clone().held(id, before.grace))
            }
            _ => self.settled(p, todo, None),
        };
        let Some(mut after) = settled else { return };
        let now = self.now();
        if matches!(todo, Todo::Hold(..)) {
            self.note_hold(id, key);
            spoil_after_hold(&before, &mut after, &self.rules);
        } else {
            self.note_release(id, key);
            spoil_after_release(&before, &mut after, &self.rules, now);
        }
        self.store.put(after);
    }

    /// Without a rule: stops what runs before anything is stored.
    fn stop_unseen(&mut self, key: Key) {
        let up = self.world.items.iter().filter(|item| item.key == key && item.runs == Runs::Up);
        let todo: Vec<Asked> = up
            .map(|item| Asked {
                name: item.name.clone(),
                id: None,
                before: serde_json::json!(item.setting),
                set: None,
                setting_only: false,
            })
            .collect();
        self.world.calls.push(Flying {
            key,
            number: 0,
            op: 0,
            verb: CallVerb::Apply,
            todo,
            outcomes: Vec::new(),
            until: self.mono + 20_000_000,
            waits: None,
            refused: false,
            expired: false,
            put_back: false,
        });
    }

    fn intend(&mut self, p: usize, engagement: &Engagement, call: Call) {
        if self.is_to_save(engagement.key) {
            self.to_save.insert((engagement.key, call.number));
        }
        let items = engagement.items().iter().filter(|item| call.names.contains(&item.name)).cloned().collect();
        let send_by = self.mono + (call.send_by - call.started_at).0;
        let until = self.mono + (call.quiet_at - call.started_at).0;
        self.processes[p].first_seen.insert((engagement.key, call.number), self.mono);
        let sending = Sending { key: engagement.key, call, items, send_by, until, put_back: false };
        self.processes[p].hands.push(Hand::Intent(Box::new(sending)));
    }

    /// A process goes on with something that it has in its hands.
    pub fn proceed(&mut self, p: usize) {
        let hands = self.processes[p].hands.len() as u64;
        if hands == 0 {
            return;
        }
        let hand = self.chance.below(hands) as usize;
        match self.processes[p].hands.remove(hand) {
            Hand::Intent(sending) => {
                if self.mono <= sending.send_by || !self.rules.has(Rule::DeadlineAgain) {
                    self.processes[p].hands.push(Hand::Cleared(sending));
                    if self.faults.pauses && self.chance.one_in(30) {
                        self.paused_ever = true;
                        self.processes[p].paused_until = self.mono + self.chance.between(1, 200) * 1_000_000;
                    }
                } else {
                    self.say(|| format!("p{p} does not send: too late"));
                }
            }
            Hand::Cleared(sending) => self.send(p, *sending),
            Hand::Reading { key, revision, at } => self.list(p, key, revision, at),
            Hand::Read { key, revision, seen, persons } => self.report_reading(p, key, revision, *seen, &persons),
            Hand::Answered { key, report } => self.report(p, key, *report),
        }
    }

    fn send(&mut self, p: usize, sending: Sending) {
        let Sending { key, call, items, until, put_back, .. } = sending;
        let asked = |item: &Item| Asked {
            name: item.name.clone(),
            id: item.id.clone(),
            before: item.before.clone(),
            set: item.set.clone(),
            setting_only: call.verb == CallVerb::Revert && !item.is_ours(),
        };
        // A late call is excused by a pause after the last look, not by leaving that look out.
        let late = self.mono > until && self.rules.has(Rule::DeadlineAgain);
        self.paused_ever |= late;
        self.say(|| format!("p{p} sends {:?} {:?}{}", call.verb, call.names, if late { " TOO LATE" } else { "" }));
        let flying = Flying {
            key,
            number: call.number,
            op: call.op,
            verb: call.verb,
            todo: items.iter().map(asked).collect(),
            outcomes: Vec::new(),
            until: if self.mono > until { self.mono + 30_000_000 } else { until - 5_000_000 },
            waits: Some(p),
            refused: false,
            expired: late,
            put_back,
        };
        self.sent_items.insert((key, call.number), items);
        self.world.calls.push(flying);
    }

    fn list(&mut self, p: usize, key: Key, revision: u64, at: Instant) {
        if self.mono < self.world.away_until {
            self.processes[p].away = true;
            let now = self.now();
            let engagement = self.store.engagement(key);
            if engagement.revision == revision {
                self.store.put(engagement.unread(&Failure::ForNow("cannot be reached".to_owned()), now));
            }
            return;
        }
        if take(&mut self.processes[p].away) {
            let doubted = self.store.engagements().values().filter(|engagement| engagement.doubt.is_some());
            self.processes[p].memory.back.extend(doubted.map(|engagement| engagement.key));
        }
        let mut things: Vec<Thing> = self.world.list(key, self.now());
        if !self.rules.has(Rule::Successor) {
            things.iter_mut().for_each(|thing| thing.id = None);
        }
        let mut booted_at = Some(self.world.booted_at);
        if !self.rules.has(Rule::HeldDown) {
            booted_at = None;
        }
        let persons = self.world.items.iter().filter(|item| item.key == key && item.by == By::Person);
        let persons = persons.map(|item| item.name.clone()).collect();
        let seen = Reading { at, booted_at, binding: self.binding(key), things, contested: Vec::new() };
        self.processes[p].hands.push(Hand::Read { key, revision, seen: Box::new(seen), persons });
    }

    fn report_reading(&mut self, p: usize, key: Key, revision: u64, mut seen: Reading, persons: &[String]) {
        let mut before = self.store.engagement(key);
        if before.revision != revision && self.rules.has(Rule::FreshReading) {
            return self.say(|| format!("p{p} throws its reading of {key} away"));
        }
        let now = self.now();
        self.processes[p].memory.read_at.insert(key, now);
        self.processes[p].memory.back.remove(&key);
        self.told.extend(before.suspects(Ok(&seen)).into_iter().flat_map(|suspects| suspects.names));
        let rules = self.rules.clone();
        if !rules.has(Rule::Newcomers) && !matches!(before.stage, Stage::Free) {
            seen.things.retain(|thing| before.items().iter().any(|item| item.name == thing.name));
        }
        let unseen =
            before.items().iter().filter(|item| !rules.has(Rule::GoneIsNoDebt) && seen.thing(&item.name).is_none());
        let ghosts: Vec<Thing> = unseen.map(ghost).collect();
        seen.things.extend(ghosts);
        let applied = matches!(before.stage, Stage::Applied(_));
        if !rules.has(Rule::BootByStart) && seen.booted_at > Some(self.began) && applied {
            seen.things.iter_mut().for_each(|thing| thing.started_at = seen.booted_at);
        }
        let stored = before.clone();
        spoil_before(&mut before, &rules);
        let work = self.store.work();
        let entering = work.is_entering(&before);
        let entering = entering && rules.has(Rule::EnteringNotStruck) || !rules.has(Rule::TakenOver);
        self.note_captured(&before, &seen);
        let mut after = before.clone().read(&seen, entering, now);
        spoil_after_reading(&stored, &mut after, &rules);
        self.judge_reading(&stored, &after, persons);
        self.judge_again(&stored, &after, persons);
        self.note_ids(&after);
        self.note_cancelled(&stored, &seen);
        self.say(|| format!("p{p} read {key}: {}", shown(&after)));
        // A reading that changes nothing is not stored.
        if (Engagement { revision: before.revision, ..after.clone() }) != before {
            self.store.put(after);
        }
    }

    fn report(&mut self, p: usize, key: Key, mut report: Report) {
        let mut before = self.store.engagement(key);
        let late = before.call.as_ref().is_none_or(|call| call.number != report.number) || before.op != report.op;
        if late && !self.rules.has(Rule::Numbers) {
            report.op = before.op;
            match &before.call {
                Some(call) => report.number = call.number,
                None => before = before.calling(report.verb, Vec::new(), self.now()),
            }
            report.number = before.call.as_ref().map_or(report.number, |call| call.number);
        }
        if late && !self.rules.has(Rule::LateRepairs) {
            report.outcome = Ok(Vec::new());
        }
        let now = self.now();
        if late {
            self.note_late(&report);
        }
        let mut after = before.clone().reported(&report, now);
        spoil_after_report(&before, &mut after, &report, &self.rules);
        self.say(|| format!("p{p} reports {}{:?}: {}", if late { "late " } else { "" }, report.outcome, shown(&after)));
        self.store.put(after);
    }

    /// The answer of a call has come, or will never come.
    pub fn answered(&mut self, flying: Flying, outcome: Result<Vec<lull_domain::engagement::Outcome>, Failure>) {
        let Some(p) = flying.waits else { return };
        let items = self.sent_items.get(&(flying.key, flying.number)).cloned().unwrap_or_default();
        let report = Report {
            number: flying.number,
            op: flying.op,
            verb: flying.verb,
            binding: self.binding(flying.key),
            items,
            outcome,
        };
        self.processes[p].hands.push(Hand::Answered { key: flying.key, report: Box::new(report) });
    }

    pub fn binding(&self, key: Key) -> Binding {
        self.estate.target(key.target).and_then(|target| target.binding.clone()).expect("every target here is bound")
    }

    /// After a late stop, nobody else has run what it brought down since.
    fn note_late(&mut self, report: &Report) {
        let Ok(outcomes) = &report.outcome else { return };
        for outcome in outcomes {
            let item = self.world.item_mut(&outcome.name);
            if matches!(outcome.fate, Fate::Stopped(_)) && item.runs == Runs::Down && item.by == By::Us {
                item.since = false;
            }
        }
    }
}

/// What is gone, as if it had only stopped.
fn ghost(item: &Item) -> Thing {
    Thing {
        name: item.name.clone(),
        id: item.id.clone(),
        owner: None,
        state: ThingState::Stopped,
        started_at: item.ran_since,
        finished_at: item.stopped.and_then(|run| run.finished_at),
        restarts: 0,
        healthy: None,
        needs: item.needs.clone(),
        setting: item.before.clone(),
        keeps_down: item.keeps_down.clone(),
    }
}

fn shown(engagement: &Engagement) -> String {
    let stage = match &engagement.stage {
        Stage::Free => "free",
        Stage::Captured(_) => "captured",
        Stage::Applied(_) => "applied",
        Stage::Owed(_) => "owed",
    };
    let items: Vec<String> = engagement
        .items()
        .iter()
        .map(|item| format!("{} {:?}{}", item.name, item.state, item.trouble.as_ref().map_or("", |_| " TROUBLE")))
        .collect();
    let look = if engagement.look { ", look" } else { "" };
    format!(
        "{stage} op {} by {:?}{look} [{}]",
        engagement.op,
        engagement.holders.keys().collect::<Vec<_>>(),
        items.join(", ")
    )
}
