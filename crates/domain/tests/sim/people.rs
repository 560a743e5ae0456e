//! People who give orders, people who meddle, and everything else that goes wrong.
use std::collections::BTreeMap;

use lull_domain::Span;
use lull_domain::engagement::{CallVerb, Key, Stage};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::{Life, State};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Closing, Command, Step};
use lull_domain::plan::{Edit, Plan, Tells, Texts, Until};
use lull_domain::policy::{Effect, EndRule, Overrun, Running, Then};
use lull_domain::preset::Preset;
use lull_domain::scope::{Clause, Scope};
use lull_domain::told::Told;

use super::history::History;
use super::process::{Hand, Process};
use super::rules::Rule;
use super::world::{By, Item, Runs};

const MAINTENANCES_MAX: usize = 4;

impl History<'_> {
    /// Somebody gives an order.
    pub fn people_order(&mut self) {
        if self.store.maintenances.len() < MAINTENANCES_MAX && self.chance.one_in(2) {
            return self.create();
        }
        let ids: Vec<MaintenanceId> = self.store.maintenances.keys().copied().collect();
        let Some(id) = self.chance.pick(&ids).copied() else { return };
        let at = self.now();
        let target = TargetId(10 + u128::from(self.chance.below(4)));
        let command = match self.chance.below(14) {
            0..=2 => Command::Life(Step::Start),
            3..=5 => Command::Life(Step::Complete(Closing::default())),
            6 => Command::Life(Step::Cancel(Closing::default())),
            7 => Command::Life(Step::Verify),
            8 => Command::Life(Step::Reenter),
            9 => Command::Life(Step::Delete),
            10 => Command::Edit(Edit::Extend(at + Span::minutes(self.chance.between(1, 30)))),
            11 if self.estate.target(target).is_some() => Command::Edit(Edit::Exclude(Clause::under(target))),
            12 => return self.accept_one(id),
            _ => return self.retry_all(id),
        };
        let (by, command) = self.instead(id, command);
        let said = format!("{} orders {command:?} of {id}", by.name());
        let done = self.store.give(id, by, command, at);
        if done == Ok(true) {
            self.say(|| said);
            self.narrow_must(id);
        }
    }

    /// Where a start waits for a second person, that person approves; else Ada gives the order.
    fn instead(&self, id: MaintenanceId, command: Command) -> (Actor, Command) {
        let waits = self.store.maintenances.get(&id).filter(|m| m.waits_for_approval());
        match (&command, waits) {
            (Command::Life(Step::Start), Some(waits)) => {
                (Actor::Person("bob".to_owned()), Command::Life(Step::Approve(self.store.hash(waits))))
            }
            _ => (Actor::Person("ada".to_owned()), command),
        }
    }

    /// What is no longer covered need not be down.
    fn narrow_must(&mut self, id: MaintenanceId) {
        let work = self.store.work();
        let covered: Vec<Key> = work.covered(id).collect();
        let keys: BTreeMap<String, Key> = self.world.items.iter().map(|item| (item.name.clone(), item.key)).collect();
        if let Some(must) = self.must.get_mut(&id) {
            must.retain(|name| covered.contains(&keys[name]));
        }
    }

    fn create(&mut self) {
        let now = self.now();
        let id = MaintenanceId(1 + self.store.maintenances.len() as u128 + self.store.log.len() as u128 * 100);
        let count = self.estate.count() as u64;
        let root = match self.chance.below(3) {
            0 => TargetId(1),
            _ => TargetId(10 + u128::from(self.chance.below(count.saturating_sub(2).max(1)))),
        };
        let mut policy = Preset::StopEverything.policy();
        let (running, stops) = running(self.chance.between(1, 10));
        policy.running = running;
        if !stops {
            policy.effects.remove(&Effect::Stop);
        }
        policy.leaving_limit = Span::minutes(self.chance.between(1, 30));
        // Every fourth stops nothing more some time before its end.
        let minutes = policy.leaving_limit.as_seconds() / 60;
        policy.cutoff = Span::seconds(if minutes % 4 == 0 { minutes } else { 0 });
        let later = self.chance.one_in(2);
        let starts_at = later.then(|| now + Span::seconds(self.chance.between(1, 400)));
        let until = if self.chance.one_in(2) {
            Until::Lasting(Span::seconds(self.chance.between(30, 900)))
        } else {
            Until::Open
        };
        let end = match (until, self.chance.one_in(2)) {
            (Until::Open, _) => EndRule::Manual(Overrun::Stay),
            (_, true) => EndRule::AtEnd,
            (_, false) => EndRule::Manual(if self.chance.one_in(2) { Overrun::Complete } else { Overrun::Stay }),
        };
        let odd = Odd::new(id, now);
        policy.approval = later && odd.is(5, 0);
        let end = odd.overrun(end, until);
        let mut maintenance = planned(id, Scope::under(root), policy, (starts_at, until, end), now);
        maintenance.plan.tells = odd.tells();
        let maintenance = Maintenance { life: Life::Scheduled, ..maintenance };
        self.say(|| format!("{id} is planned under {root} at {starts_at:?} until {until:?}"));
        self.store.create(maintenance);
        if starts_at.is_none() {
            let started = self.store.give(id, Actor::Person("ada".to_owned()), Command::Life(Step::Start), now);
            assert!(started.is_ok(), "a start without delay cannot be refused: {started:?}");
        }
    }

    /// A person accepts a thing as it is; refused while a call may still act.
    fn accept_one(&mut self, id: MaintenanceId) {
        let work = self.store.work();
        let asked: Vec<Key> = work.covered(id).chain(work.not_left(id)).collect();
        let in_progress = self.store.maintenances.get(&id).is_some_and(|m| m.life.progress().is_some());
        let Some(key) = self.chance.pick(&asked).copied().filter(|_| in_progress) else { return };
        let engagement = self.store.engagement(key);
        if engagement.call.is_some() && self.rules.has(Rule::AcceptWaits) {
            return;
        }
        let ours: Vec<String> = engagement.items().iter().filter(|i| i.is_ours()).map(|i| i.name.clone()).collect();
        let Some(name) = self.chance.pick(&ours).cloned() else { return };
        self.accept(key, &name);
    }

    pub fn accept(&mut self, key: Key, name: &str) {
        self.say(|| format!("a person accepts {name}"));
        let engagement = self.store.engagement(key);
        self.store.put(engagement.accepted(&[name.to_owned()], "ada", "as it is"));
        self.is_down(name);
        let item = self.world.item_mut(name);
        item.accepted = true;
        item.untouched = false;
    }

    fn retry_all(&mut self, id: MaintenanceId) {
        let keys = self.store.work().not_left(id);
        for key in keys {
            let engagement = self.store.engagement(key);
            if engagement.call.is_none() && !engagement.troubles().is_empty() {
                self.store.put(engagement.retried(None));
            }
        }
    }

    /// Something goes wrong, or somebody meddles.
    pub fn mishap(&mut self) {
        let f = self.faults;
        let item = self.chance.below(self.world.items.len() as u64) as usize;
        let name = self.world.items[item].name.clone();
        let p = self.chance.below(self.processes.len() as u64) as usize;
        let before = self.mishaps;
        self.mishaps += 1;
        match self.chance.below(11) {
            0 if f.crashes && !self.sends_late(p) => {
                self.say(|| format!("p{p} crashes"));
                self.crash(p);
            }
            1 if f.broken => {
                let verb = if self.chance.one_in(2) { CallVerb::Apply } else { CallVerb::Revert };
                self.say(|| format!("{verb:?} of {name} fails for good from now on"));
                self.world.items[item].broken = Some(verb);
            }
            2 if f.dies && self.world.items[item].dies > 0 => match self.world.items[item].id % 2 {
                0 => self.dies_and_is_restarted(&name),
                _ => self.dies(&name),
            },
            3 if f.people => self.person_starts(&name),
            4 if f.people => self.person_stops(&name),
            5 if f.settings => self.person_sets(&name),
            6 if f.restarts => {
                let now = self.now();
                self.say(|| "the outside restarts".to_owned());
                self.runs_anew();
                self.world.restart(now, &mut self.chance);
            }
            7 if f.recreates => {
                let runs = [Runs::Up, Runs::Made, Runs::Gone][self.chance.below(3) as usize];
                self.recreate(&name, runs);
            }
            8 if f.jumps => {
                let by = self.chance.between(-3_600, 3_600) * 1_000_000;
                self.say(|| format!("the clock jumps by {} s", by / 1_000_000));
                self.offset += by;
                self.jumped_ever = true;
                self.times_prove_nothing(by);
            }
            9 if f.away => {
                self.world.away_until = self.mono + self.chance.between(1, 100) * 1_000_000;
                self.say(|| "the outside cannot be reached".to_owned());
            }
            10 if f.pauses => {
                self.processes[p].paused_until = self.mono + self.chance.between(1, 200) * 1_000_000;
            }
            _ => self.mishaps = before,
        }
    }

    /// What starts anew with the outside has ended for whoever only waited for it.
    fn runs_anew(&mut self) {
        let anew = self.world.items.iter().filter(|item| item.runs == Runs::Up && item.by == By::Outside);
        let names: Vec<String> = anew.map(|item| item.name.clone()).collect();
        let waits = |id: &MaintenanceId| self.store.maintenances.get(id).is_some_and(Maintenance::drains);
        for (_, must) in self.must.iter_mut().filter(|(id, _)| waits(id)) {
            must.retain(|name| !names.contains(name));
        }
    }

    /// A clock jumps: whether what a person stopped ended before our call or after it, its times no longer tell; nor do
    /// they for what a call under way stops after the clock was put back, should its answer be lost. Starting such a
    /// thing and leaving it both count as right; the domain prefers to start it.
    fn times_prove_nothing(&mut self, by: i64) {
        for item in self.world.items.iter_mut().filter(|item| item.runs == Runs::Down && item.by == By::Person) {
            let held = self.store.engagements().get(&item.key).is_some_and(|e| !matches!(e.stage, Stage::Free));
            item.by = if held { By::Unclear } else { item.by };
        }
        for call in self.world.calls.iter_mut().filter(|_| by < 0) {
            call.put_back = true;
        }
        for hand in self.processes.iter_mut().flat_map(|process| &mut process.hands).filter(|_| by < 0) {
            if let Hand::Intent(sending) | Hand::Cleared(sending) = hand {
                sending.put_back = true;
            }
        }
    }

    /// Paused between its last look and the send: killed there as well, no rule of ours helps.
    fn sends_late(&self, p: usize) -> bool {
        let reports = |hand: &Hand| matches!(hand, Hand::Cleared(_) | Hand::Answered { .. });
        let expired = self.world.calls.iter().any(|call| call.expired && call.waits == Some(p));
        self.paused_ever && (expired || self.processes[p].hands.iter().any(reports))
    }

    pub fn crash(&mut self, p: usize) {
        self.processes[p] = Process::default();
        for call in self.world.calls.iter_mut().filter(|call| call.waits == Some(p)) {
            call.waits = None;
        }
    }

    pub fn dies(&mut self, name: &str) {
        let key = self.world.item(name).key;
        let engagement = self.store.engagement(key);
        // What was found well is back, whatever becomes of it later.
        let paid = engagement.items().iter().any(|stored| stored.name == name && !stored.is_ours());
        let owed = matches!(engagement.stage, Stage::Owed(_)) && !paid;
        let now = self.now();
        let item = self.world.item_mut(name);
        let young = item.started_at.is_some_and(|began| (now - began).0.abs() < 5_000_000);
        // So is what its own check has called healthy.
        let young = young && item.healthy(now) != Some(true);
        if item.runs == Runs::Up && item.by == By::Us && owed && young {
            item.dies -= 1;
            item.runs = Runs::Down;
            item.finished_at = Some(now);
            self.is_down(name);
            self.say(|| format!("{name} dies after our start"));
        }
    }

    /// The same of what its own system starts again at once.
    fn dies_and_is_restarted(&mut self, name: &str) {
        let (now, left) = (self.now(), self.world.item(name).dies);
        self.dies(name);
        let item = self.world.item_mut(name);
        if item.dies < left && item.setting == "always" {
            item.runs = Runs::Up;
            item.restarts += 1;
            item.started_at = Some(now);
            self.say(|| format!("{name} is started again by its own system"));
        }
    }

    pub fn person_starts(&mut self, name: &str) {
        let now = self.now();
        let call = self.store.engagements().get(&self.world.item(name).key).and_then(|e| e.call.clone());
        let starting = call.is_some_and(|call| call.verb == CallVerb::Revert && call.names.iter().any(|n| n == name));
        let item = self.world.item_mut(name);
        if matches!(item.runs, Runs::Down | Runs::Made) {
            *item = Item {
                runs: Runs::Up,
                by: By::Person,
                since: true,
                perhaps_ours: starting,
                started_at: Some(now),
                untouched: false,
                ..item.clone()
            };
            self.say(|| format!("a person starts {name}"));
        }
    }

    pub fn person_stops(&mut self, name: &str) {
        let item = self.world.item(name).clone();
        if item.runs != Runs::Up {
            return;
        }
        let unclear = self.could_be_ours(&item);
        let now = self.now();
        let by = if unclear { By::Unclear } else { By::Person };
        *self.world.item_mut(name) = Item { runs: Runs::Down, by, finished_at: Some(now), untouched: false, ..item };
        self.is_down(name);
        self.say(|| format!("a person stops {name} ({by:?})"));
    }

    /// A person stops it where a call of ours could have, or inside the gap between a reading and our call.
    fn could_be_ours(&self, item: &Item) -> bool {
        let engagement = self.store.engagement(item.key);
        if matches!(engagement.stage, Stage::Free) {
            return false;
        }
        let hand = |process: &Process| process.hands.iter().any(|hand| hand.key() == item.key);
        let flying = self.world.calls.iter().any(|call| call.key == item.key);
        let owed = matches!(engagement.stage, Stage::Owed(_)) && engagement.holders.is_empty();
        let read = owed && (!engagement.look || self.processes.iter().any(hand));
        let stored = engagement.items().iter().find(|stored| stored.name == item.name);
        // A stop that never reported stays in doubt until a reading, also where another operation has begun.
        let sent = stored.is_some_and(|stored| stored.called_at.is_some() || stored.unsure.is_some());
        let called = sent || engagement.call.is_some() || flying || read;
        let paying = matches!(engagement.stage, Stage::Owed(_)) && item.by == By::Us;
        (called && !item.renewed) || paying || item.perhaps_ours || self.jumped_ever
    }

    pub fn person_sets(&mut self, name: &str) {
        let item = self.world.item_mut(name);
        if item.settable && item.runs != Runs::Gone {
            item.setting = "theirs";
            item.first.1 = "theirs";
            item.untouched = false;
            self.say(|| format!("a person sets {name}"));
        }
    }

    pub fn recreate(&mut self, name: &str, runs: Runs) {
        let now = self.now();
        let id = self.world.new_id();
        let item = self.world.item_mut(name);
        *item = Item {
            runs,
            id,
            by: By::Person,
            since: runs == Runs::Up,
            renewed: true,
            saved: false,
            setting: item.first.1,
            started_at: (runs == Runs::Up).then_some(now),
            finished_at: None,
            untouched: false,
            ..item.clone()
        };
        self.is_down(name);
        self.say(|| format!("a person re-creates {name}: {runs:?}"));
    }

    /// No more mishaps from here: paused processes wake, clocks run, every maintenance is completed.
    pub fn calm_down(&mut self) {
        self.calm = true;
        self.say(|| "all calm".to_owned());
        for process in &mut self.processes {
            process.paused_until = 0;
        }
        self.world.away_until = 0;
        self.world.items.iter_mut().for_each(|item| item.dies = 0);
        let now = self.now();
        let ada = || Actor::Person("ada".to_owned());
        let ids: Vec<MaintenanceId> = self.store.maintenances.keys().copied().collect();
        for id in ids {
            let state = self.store.maintenances[&id].life.state();
            let complete =
                if state == State::S { Step::Cancel(Closing::default()) } else { Step::Complete(Closing::default()) };
            if self.chance.one_in(2) || state != State::S {
                let _ = self.store.give(id, ada(), Command::Life(complete), now);
            }
        }
    }

    /// Operators look at what needs a person: half of it is mended and tried again, the rest accepted.
    pub fn operators_help(&mut self) {
        let now = self.now();
        let ids: Vec<MaintenanceId> = self.store.maintenances.keys().copied().collect();
        for id in ids {
            let complete = Command::Life(Step::Complete(Closing::default()));
            let _ = self.store.give(id, Actor::Person("ada".to_owned()), complete, now);
        }
        if !self.rules.has(Rule::Accept) {
            return;
        }
        let troubled: Vec<(Key, String)> = (self.store.engagements().values())
            .filter(|engagement| engagement.call.is_none())
            .flat_map(|engagement| engagement.troubles().into_iter().map(|(name, _)| (engagement.key, name)))
            .collect();
        for (key, name) in troubled {
            if name.is_empty() || self.chance.one_in(2) {
                self.world.items.iter_mut().filter(|item| item.name == name).for_each(|item| item.broken = None);
                let engagement = self.store.engagement(key);
                self.store.put(engagement.retried(None));
            } else {
                self.accept(key, &name);
            }
        }
    }
}

/// What is odd about a maintenance by its number and time, without a draw of chance, so that the other histories stay.
struct Odd(u64);

impl Odd {
    fn new(id: MaintenanceId, now: lull_domain::Instant) -> Odd {
        Odd((now.0.cast_unsigned() ^ id.0 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20)
    }

    /// One in so many, each time another question.
    fn is(&self, of: u64, question: u32) -> bool {
        (self.0 >> (question * 5)).is_multiple_of(of)
    }

    fn between(&self, from: i64, to: i64) -> Span {
        Span::seconds(from + (self.0 % (to - from).cast_unsigned()).cast_signed())
    }

    /// Every third tells of what comes.
    fn tells(&self) -> Tells {
        if !self.is(3, 1) {
            return Tells::NOTHING;
        }
        let leads = [2, 20, 60, 200].map(Span::seconds);
        let reminders = leads.into_iter().zip(2..).filter(|(_, question)| self.is(2, *question));
        Tells {
            reminders: reminders.map(|(lead, _)| lead).collect(),
            ask_before: if self.is(4, 6) { Span::ZERO } else { self.between(5, 300) },
            nudge_every: if self.is(2, 7) { self.between(20, 200) } else { Span::ZERO },
        }
    }

    /// Some that end by hand are extended by the clock.
    fn overrun(&self, end: EndRule, until: Until) -> EndRule {
        match end {
            EndRule::Manual(_) if until != Until::Open && self.is(2, 8) => {
                EndRule::Manual(Overrun::Extend { step: self.between(20, 60), budget: self.between(60, 300) })
            }
            end => end,
        }
    }
}

/// Most stop what runs, some after a backup; some wait for it first, and then wait on, stop it, or cancel it. Whether they stop anything.
fn running(number: i64) -> (Running, bool) {
    let finish = |then| Running::Finish { limit: Span::seconds(20), then };
    match number {
        8 => (finish(Then::Wait), false),
        9 => (finish(Then::Stop), true),
        10 => (finish(Then::Cancel), true),
        _ => (Running::Stop { grace: Span::seconds(number), backup: number == 7 }, true),
    }
}

/// A maintenance with this plan and nothing else.
pub fn planned(
    id: MaintenanceId,
    scope: Scope,
    policy: lull_domain::policy::Policy,
    when: (Option<lull_domain::Instant>, Until, EndRule),
    now: lull_domain::Instant,
) -> Maintenance {
    let (starts_at, until, end) = when;
    let plan = Plan {
        texts: Texts { title: "Quiet".to_owned(), ..Texts::default() },
        scope,
        preset: Some("stop-everything".to_owned()),
        policy,
        starts_at,
        until,
        end,
        expires_after: Some(Span::hours(8)),
        zone: "UTC".to_owned(),
        owner: "ada".to_owned(),
        tells: Tells::NOTHING,
        accepted: Vec::new(),
    };
    let ada = Actor::Person("ada".to_owned());
    Maintenance {
        id,
        plan,
        life: Life::Draft,
        told: Told::default(),
        series: None,
        created_by: ada,
        created_at: now,
        changed_by: None,
        approval: None,
        revision: 1,
    }
}
