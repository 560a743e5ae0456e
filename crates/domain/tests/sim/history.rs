//! One history: the estate, the world, what is stored, the processes, and how time passes between them.
use std::collections::{BTreeMap, BTreeSet};

use lull_domain::engagement::{
    CallVerb, Engagement, Failure, Fate, Item as Stored, ItemState, Key, Outcome, Reading, Report, Stage, Why,
};
use lull_domain::estate::{Binding, Estate, Kind, Match, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::policy::Effect;
use lull_domain::{Instant, Span};

use super::chance::Chance;
use super::judge::Promise;
use super::process::Process;
use super::rules::{Rule, Rules};
use super::store::Store;
use super::world::{By, Flying, Item, OURS, Runs, World};

/// Which faults a history may have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub crashes: bool,
    pub pauses: bool,
    pub losses: bool,
    pub refusals: bool,
    pub broken: bool,
    pub dies: bool,
    pub people: bool,
    pub settings: bool,
    pub restarts: bool,
    pub recreates: bool,
    pub jumps: bool,
    pub away: bool,
}

impl Faults {
    /// No fault at all.
    pub const NONE: Faults = Faults {
        crashes: false,
        pauses: false,
        losses: false,
        refusals: false,
        broken: false,
        dies: false,
        people: false,
        settings: false,
        restarts: false,
        recreates: false,
        jumps: false,
        away: false,
    };
    /// Things die after our start, calls fail, and nothing else goes wrong.
    pub const DEATHS: Faults = Faults { dies: true, losses: true, refusals: true, ..Faults::NONE };
    /// Calls get lost, things die, people meddle: what most controls need, and more of it.
    pub const MANY: Faults =
        Faults { losses: true, dies: true, people: true, recreates: true, crashes: true, ..Faults::NONE };
}

/// What a history came to.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    pub broken: Option<(Promise, String)>,
    pub steps: u64,
    pub maintenances: usize,
    pub stops: u32,
    pub mishaps: u32,
    pub trace: Vec<String>,
}

impl Ending {
    /// Both together.
    pub fn add(&mut self, other: &Ending) {
        self.steps += other.steps;
        self.maintenances += other.maintenances;
        self.stops += other.stops;
        self.mishaps += other.mishaps;
    }
}

pub struct History<'e> {
    pub chance: Chance,
    pub rules: Rules,
    pub faults: Faults,
    pub estate: &'e Estate,
    /// The same without needs, for the controls.
    pub needless: &'e Estate,
    pub world: World,
    pub store: Store<'e>,
    pub processes: Vec<Process>,
    /// The monotonic clock, in microseconds.
    pub mono: i64,
    /// What the wall clock shows beyond it.
    pub offset: i64,
    pub began: Instant,
    pub wake: Option<Instant>,
    /// What ran when each maintenance took its hold and has been running since.
    pub must: BTreeMap<MaintenanceId, BTreeSet<String>>,
    /// What each maintenance ever held.
    pub held_ever: BTreeMap<MaintenanceId, BTreeSet<Key>>,
    pub sent_items: BTreeMap<(Key, u64), Vec<Stored>>,
    /// Stops before which everything was to be backed up.
    pub to_save: BTreeSet<(Key, u64)>,
    /// What people were told to be down after all.
    pub told: BTreeSet<String>,
    pub paused_ever: bool,
    pub jumped_ever: bool,
    pub chained: bool,
    /// No more mishaps: everything is brought to its end.
    pub calm: bool,
    pub broken: Option<(Promise, String)>,
    pub mishaps: u32,
    pub steps: u64,
    pub loud: bool,
    pub trace: Vec<String>,
}

/// Steps of the wild part, and at most of the calm part.
const WILD: u64 = 260;
const CALM: u64 = 6_000;

/// What a history begins with.
pub struct Setting {
    pub chance: Chance,
    pub faults: Faults,
    pub estate: Estate,
    pub needless: Estate,
    pub items: Vec<Item>,
    pub engines: usize,
    pub booted_at: Instant,
}

/// When every history begins.
pub const BEGAN: Instant = Instant(1_770_000_000_000_000);

impl Setting {
    /// What this seed gives; with other faults than it would have, where these are named.
    pub fn new(seed: u64, faults: Option<Faults>) -> Setting {
        let mut chance = Chance::new(seed);
        let chosen = chosen_faults(&mut chance);
        let faults = faults.unwrap_or(chosen);
        let (estate, needless, items) = estate(&mut chance, &faults, BEGAN);
        let engines = 1 + usize::from(chance.one_in(2));
        // The outside may have started just before us.
        let booted_at = BEGAN - if chance.one_in(2) { Span::hours(1) } else { Span::seconds(30) };
        Setting { chance, faults, estate, needless, items, engines, booted_at }
    }

    /// Targets t0, t1, … each with the targets that it needs; in each, running, t0.0, t0.1 that needs it, … No fault by chance.
    pub fn by_hand(needs: &[&[u128]], things: u32) -> Setting {
        let mut chance = Chance::new(0);
        let root = Target::new(TargetId(1), path("shop"), Kind::Product);
        let targets: Vec<Target> = needs.iter().zip(0..).map(|(needs, number)| bound_target(number, needs)).collect();
        let each = (0..).zip(&targets).flat_map(|at| (0..things).map(move |thing| (at, thing)));
        let things = each.map(|((number, target), thing)| {
            let key = Key { target: target.id, effect: Effect::Stop };
            let needed = (0..thing).map(|needed| format!("t{number}.{needed}")).collect();
            let made = item(&mut chance, &Faults::NONE, BEGAN, (key, format!("t{number}.{thing}"), needed, true));
            Item { runs: Runs::Up, finished_at: None, setting: "always", first: (true, "always"), dies: 1, ..made }
        });
        let items = things.collect();
        let targets: Vec<Target> = std::iter::once(root).chain(targets).collect();
        let needless = targets.iter().map(|target| Target { needs: BTreeSet::new(), ..target.clone() });
        Setting {
            needless: Estate::from_targets(needless),
            estate: Estate::from_targets(targets),
            booted_at: BEGAN - Span::hours(1),
            faults: Faults::NONE,
            engines: 1,
            items,
            chance,
        }
    }

    /// Runs the history to its end.
    pub fn run(&self, rules: Rules, loud: bool) -> Ending {
        History::new(self, rules, loud).run()
    }
}

impl<'e> History<'e> {
    pub fn new(setting: &'e Setting, rules: Rules, loud: bool) -> History<'e> {
        let began = BEGAN;
        let items = setting.items.clone();
        let world = World { next_id: 1_000, items, calls: Vec::new(), booted_at: setting.booted_at, away_until: 0 };
        History {
            chance: setting.chance.clone(),
            store: Store::new(&setting.estate, rules.clone()),
            rules,
            faults: setting.faults,
            estate: &setting.estate,
            needless: &setting.needless,
            world,
            processes: vec![Process::default(); setting.engines],
            mono: 0,
            offset: began.0,
            began,
            wake: None,
            must: BTreeMap::new(),
            held_ever: BTreeMap::new(),
            sent_items: BTreeMap::new(),
            to_save: BTreeSet::new(),
            told: BTreeSet::new(),
            paused_ever: false,
            jumped_ever: false,
            chained: false,
            calm: false,
            broken: None,
            mishaps: 0,
            steps: 0,
            loud,
            trace: Vec::new(),
        }
    }

    /// Runs the history to its end.
    pub fn run(mut self) -> Ending {
        for _ in 0..WILD {
            self.step();
            if self.broken.is_some() {
                return self.ending();
            }
        }
        self.calm_down();
        for step in 0..CALM {
            self.step();
            if step % 16 == 0 {
                self.operators_help();
            }
            if self.broken.is_some() || self.is_over() {
                break;
            }
        }
        if self.broken.is_none() {
            self.judge_end();
        }
        self.ending()
    }

    fn ending(self) -> Ending {
        Ending {
            broken: self.broken,
            steps: self.steps,
            maintenances: self.store.maintenances.len(),
            stops: self.world.items.iter().map(|item| item.stops).sum(),
            mishaps: self.mishaps,
            trace: self.trace,
        }
    }

    pub fn now(&self) -> Instant {
        Instant(self.mono + self.offset)
    }

    pub fn say(&mut self, what: impl FnOnce() -> String) {
        if self.loud {
            self.trace.push(format!("{:>9.3} {}", self.mono as f64 / 1e6, what()));
        }
    }

    fn step(&mut self) {
        self.steps += 1;
        let p = self.chance.below(self.processes.len() as u64) as usize;
        let awake = self.processes[p].paused_until <= self.mono;
        match self.chance.below(20) {
            0..=6 if awake => {
                if !self.pass(p) && self.chance.one_in(2) {
                    self.time_passes();
                }
            }
            7..=12 if awake => self.proceed(p),
            13..=15 => self.calls_go_on(),
            16 if !self.calm => self.people_order(),
            17 if !self.calm => self.mishap(),
            _ => self.time_passes(),
        }
        self.mono += self.chance.between(1, 200) * 1_000;
        self.judge();
    }

    /// Time passes: mostly a little, sometimes until something is due, sometimes much.
    fn time_passes(&mut self) {
        // Between its last look and the sending only a pause lets time pass; and what is in hand is mostly gone on with.
        for p in 0..self.processes.len() {
            let awake = self.processes[p].paused_until <= self.mono;
            while awake && self.processes[p].hands.iter().any(|hand| matches!(hand, super::process::Hand::Cleared(_))) {
                self.proceed(p);
            }
            if awake && !self.processes[p].hands.is_empty() && !self.chance.one_in(4) {
                return self.proceed(p);
            }
        }
        let by = match self.chance.below(12) {
            0..=5 => self.chance.between(100, 3_000) * 1_000,
            6..=8 => self.chance.between(3, 20) * 1_000_000,
            9 => self.chance.between(20, 120) * 1_000_000,
            10 => self.wake.map_or(1_000_000, |wake| (wake - self.now()).0.clamp(0, 3_600_000_000)),
            _ if self.calm => self.chance.between(60, 1_200) * 1_000_000,
            _ => self.chance.between(60, 300) * 1_000_000,
        };
        let until = self.mono + by;
        // What is under way acts before its limit, or never.
        while let Some(at) = self.world.calls.iter().position(|call| call.until <= until) {
            let mut call = self.world.calls.remove(at);
            self.mono = self.mono.max(call.until);
            // Sent too late and never reported: that no rule of ours closes, so what is sent too late reports.
            if call.expired || self.chance.one_in(2) {
                while let Some(asked) = call.todo.pop() {
                    self.act(&mut call, &asked);
                }
            }
            let why = Failure::NoAnswer("timed out".to_owned());
            let outcome = if call.todo.is_empty() { Ok(call.outcomes.clone()) } else { Err(why) };
            self.answered(call, outcome);
        }
        self.mono = self.mono.max(until);
    }

    /// A call under way acts on one thing, answers, or fails.
    pub fn calls_go_on(&mut self) {
        let flying = self.world.calls.len() as u64;
        if flying == 0 {
            return;
        }
        let at = self.chance.below(flying) as usize;
        let mut call = self.world.calls.remove(at);
        let wild = !self.calm;
        if wild && self.faults.refusals && call.outcomes.is_empty() && call.waits.is_some() && self.chance.one_in(12) {
            self.say(|| format!("{:?} of {} fails for now", call.verb, call.key));
            return self.answered(call, Err(Failure::ForNow("busy".to_owned())));
        }
        if wild && self.faults.losses && !call.expired && self.chance.one_in(12) {
            return self.lose(call);
        }
        match call.todo.pop() {
            Some(asked) => {
                self.act(&mut call, &asked);
                self.world.calls.push(call);
            }
            None => {
                let outcomes = call.outcomes.clone();
                self.answered(call, Ok(outcomes));
            }
        }
    }

    /// The call never arrives, its answer never comes, or the connection breaks while it goes on.
    fn lose(&mut self, mut call: Flying) {
        self.mishaps += 1;
        let what = self.chance.below(3);
        self.say(|| format!("{:?} of {} is lost ({what})", call.verb, call.key));
        if what == 2 {
            let mut told = call.clone();
            told.todo.clear();
            if !self.rules.has(Rule::LostIsNoReport) {
                self.answered(told, Err(Failure::ForNow("connection lost".to_owned())));
            }
            call.waits = None;
            self.world.calls.push(call);
        }
    }

    fn act(&mut self, call: &mut Flying, asked: &super::world::Asked) {
        self.judge_act(call.key, call.verb, asked, call.expired);
        self.judge_saved(call, asked);
        let now = self.now();
        let was = self.world.item(&asked.name).setting;
        let outcome = self.world.act(asked, call.verb, now, &self.rules);
        self.judge_value(was, call.verb, asked);
        self.say(|| format!("{:?} acts on {}: {:?}", call.verb, asked.name, outcome.fate));
        if matches!(outcome.fate, Fate::Stopped(_)) {
            self.is_down(&asked.name);
            self.judge_once(&asked.name);
            let item = self.world.item_mut(&asked.name);
            if call.put_back {
                item.by = By::Unclear;
                item.untouched = false;
            }
        }
        call.outcomes.push(outcome);
    }

    /// In chained maintenances nothing is started between them.
    fn judge_once(&mut self, name: &str) {
        let item = self.world.item(name);
        if self.chained && item.untouched && item.stops > 1 {
            self.breaks(Promise::Once, format!("{name} was stopped twice"));
        }
    }

    /// It does not run any more.
    pub fn is_down(&mut self, name: &str) {
        for must in self.must.values_mut() {
            must.remove(name);
        }
    }

    pub fn note_hold(&mut self, id: MaintenanceId, key: Key) {
        self.held_ever.entry(id).or_default().insert(key);
        for item in self.world.items.iter_mut().filter(|item| item.key == key && item.runs == Runs::Up) {
            item.accepted = false;
            self.must.entry(id).or_default().insert(item.name.clone());
        }
    }

    pub fn note_release(&mut self, id: MaintenanceId, key: Key) {
        let names: BTreeSet<String> =
            self.world.items.iter().filter(|item| item.key == key).map(|item| item.name.clone()).collect();
        if let Some(must) = self.must.get_mut(&id) {
            must.retain(|name| !names.contains(name));
        }
    }

    /// What was cancelled stays as it is, as if a person had accepted it.
    pub fn note_cancelled(&mut self, before: &Engagement, seen: &Reading) {
        let down = |item: &&Stored| seen.thing(&item.name).is_some_and(|thing| !thing.is_up());
        let cancelled =
            before.items().iter().filter(|item| item.cancelled && item.is_ours() && before.holders.is_empty());
        for stored in cancelled.filter(down) {
            let item = self.world.item_mut(&stored.name);
            (item.accepted, item.untouched) = (true, false);
        }
    }

    /// What a reading captures is taken as it is, whoever brought it there.
    pub fn note_captured(&mut self, before: &Engagement, seen: &Reading) {
        let held = !before.holders.is_empty();
        let first = matches!(before.stage, Stage::Free);
        if !held || matches!(before.stage, Stage::Applied(_)) {
            return;
        }
        for item in self.world.items.iter_mut().filter(|item| item.key == before.key) {
            if first {
                item.saved = false;
                item.renewed = false;
                if item.setting != OURS {
                    item.first.1 = item.setting;
                }
            }
            let thing = seen.thing(&item.name).filter(|thing| thing.is_up());
            // What we started and nobody has found well may still die, and is owed as before.
            let young = |began: Instant| (-2..5).contains(&(seen.at - began).as_seconds());
            let unproved = item.by == By::Us
                && thing.is_some_and(|thing| thing.healthy.map_or(thing.started_at.is_some_and(young), |well| !well));
            if thing.is_some() && item.runs == Runs::Up && !unproved {
                item.since = true;
                item.renewed = false;
                item.by = if item.by == By::Us || first { By::Unclear } else { item.by };
            }
        }
    }

    /// What is known under the id that it has now is no successor any more.
    pub fn note_ids(&mut self, after: &Engagement) {
        for stored in after.items() {
            let item = self.world.item_mut(&stored.name);
            item.renewed &= stored.id != Some(item.id.to_string());
        }
    }

    fn is_over(&self) -> bool {
        let ended = |m: &lull_domain::maintenance::Maintenance| m.life.progress().is_none();
        let quiet = self.world.calls.is_empty() && self.processes.iter().all(|p| p.hands.is_empty());
        quiet
            && self.store.maintenances.values().all(ended)
            && self.store.maintenances.values().all(|m| m.due().is_none())
            && self.store.engagements().keys().all(|key| self.at_rest(*key))
            && self.store.engagements().values().all(Engagement::is_at_rest)
    }
}

/// Without a rule: what goes into the domain is spoilt.
pub fn spoil_before(before: &mut Engagement, rules: &Rules) {
    if !rules.has(Rule::HeldDown) {
        before.boot = None;
    }
    for item in items(before) {
        if !rules.has(Rule::StrikeOnlyRan) {
            item.stopped = None;
        }
        if !rules.has(Rule::OwnStartIsOurs) {
            item.started = None;
        }
        if !rules.has(Rule::BootStored) {
            item.boot_at = None;
        }
        if !rules.has(Rule::LostRemembered) {
            item.unsure = None;
        }
    }
}

/// Without a rule: what comes out of the domain is spoilt.
pub fn spoil_after_reading(before: &Engagement, after: &mut Engagement, rules: &Rules) {
    let held = !after.holders.is_empty();
    let was =
        |name: &str, state: &ItemState| before.items().iter().any(|item| item.name == name && item.state == *state);
    for item in items(after) {
        let struck = item.state == ItemState::Struck(Why::StoppedBefore);
        if !rules.has(Rule::StrikeStopped) && struck && !was(&item.name, &item.state) {
            item.state = ItemState::Down;
        }
        // Left out of this one reading; the judge knows it still.
        if !rules.has(Rule::BootStored) && item.boot_at.is_none() {
            item.boot_at = before.items().iter().find(|known| known.name == item.name).and_then(|known| known.boot_at);
        }
        if !rules.has(Rule::StartsWell) && held && item.state == ItemState::Captured {
            (item.stopped, item.started) = (None, None);
        }
        if !rules.has(Rule::StruckValueBack) && !held && !item.is_ours() {
            item.set = None;
        }
    }
}

/// Without a rule: what a hold makes of an engagement is spoilt.
pub fn spoil_after_hold(before: &Engagement, after: &mut Engagement, rules: &Rules) {
    if !rules.has(Rule::OpReadsFirst) && after.op != before.op {
        after.look = before.look;
    }
    if !rules.has(Rule::HoldKeepsReceipt) && matches!(before.stage, Stage::Owed(_)) {
        after.stage = Stage::Free;
    }
    after.backup &= rules.has(Rule::BackupFirst);
    let applied = matches!(after.stage, Stage::Applied(_));
    for hold in after.holders.values_mut().filter(|_| !rules.has(Rule::JoinReads)) {
        hold.seen = applied;
    }
    let taken = |name: &str| {
        let struck = ItemState::Struck(Why::TakenOver);
        before.items().iter().any(|item| item.name == name && item.state == struck)
    };
    for item in items(after).iter_mut().filter(|item| !rules.has(Rule::LaterHoldTakes) && taken(&item.name)) {
        item.state = ItemState::Struck(Why::TakenOver);
    }
}

/// Without a rule: what a release makes of an engagement is spoilt.
pub fn spoil_after_release(before: &Engagement, after: &mut Engagement, rules: &Rules, now: Instant) {
    if !rules.has(Rule::OpReadsFirst) && after.op != before.op {
        after.look = before.look;
    }
    if !after.holders.is_empty() {
        return;
    }
    if let (Stage::Captured(receipt), false) = (&before.stage, rules.has(Rule::NeverCalledDropped)) {
        after.stage = Stage::Owed(receipt.clone());
        after.look = true;
        for item in items(after) {
            item.state = ItemState::Down;
            item.called_at.get_or_insert(now);
        }
    }
    if !rules.has(Rule::ReadBack) && matches!(after.stage, Stage::Captured(_)) {
        *after = Engagement { look: false, ..after.clone().freed() };
    }
    if !rules.has(Rule::Answerable) {
        after.answers = None;
    }
}

/// Without a rule: what a call is begun with is spoilt.
pub fn spoil_after_intent(after: &mut Engagement, rules: &Rules, now: Instant) {
    for item in items(after).iter_mut().filter(|_| !rules.has(Rule::PerThing)) {
        item.called_at.get_or_insert(now);
    }
}

/// Without a rule: what comes out of the domain is spoilt.
pub fn spoil_after_report(before: &Engagement, after: &mut Engagement, report: &Report, rules: &Rules) {
    let revert = report.verb == CallVerb::Revert;
    let failed = |outcome: &Outcome| matches!(outcome.fate, Fate::Failed(_));
    let any_failed = report.outcome.as_ref().map_or(true, |outcomes| outcomes.iter().any(failed));
    if !rules.has(Rule::ReceiptKept) && revert && any_failed && after.holders.is_empty() {
        *after = Engagement { look: false, ..after.clone().freed() };
    }
    if !rules.has(Rule::HealthyFirst) && revert {
        for item in items(after).iter_mut().filter(|item| item.started.is_some_and(|started| started.at.is_some())) {
            item.state = ItemState::Back;
        }
        after.look = false;
    }
    if !rules.has(Rule::LookStays) && before.look {
        after.look = false;
        if let (Stage::Captured(receipt), true) = (&after.stage, after.call.is_none() && !after.holders.is_empty()) {
            let done = receipt.items.iter().all(|item| item.state != ItemState::Captured);
            if done {
                *after = after.clone().applied();
            }
        }
    }
}

fn items(engagement: &mut Engagement) -> &mut [Stored] {
    match &mut engagement.stage {
        Stage::Free => &mut [],
        Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt) => &mut receipt.items,
    }
}

/// Most histories have two or three kinds of fault; one in twelve has none, one in ten has all.
fn chosen_faults(chance: &mut Chance) -> Faults {
    let all = chance.one_in(10);
    let none = chance.one_in(12);
    let mut one = || !none && (all || chance.one_in(4));
    Faults {
        crashes: one(),
        pauses: one(),
        losses: one(),
        refusals: one(),
        broken: one(),
        dies: one(),
        people: one(),
        settings: one(),
        restarts: one(),
        recreates: one(),
        jumps: one(),
        away: one(),
    }
}

/// A product with one to four bound targets that need each other, and one to three things in each.
fn estate(chance: &mut Chance, faults: &Faults, began: Instant) -> (Estate, Estate, Vec<Item>) {
    let mut targets = vec![Target::new(TargetId(1), path("shop"), Kind::Product)];
    let mut items = Vec::new();
    let count = 1 + chance.below(4) as u128;
    for number in 0..count {
        let needs: Vec<u128> = (0..number).filter(|_| chance.one_in(3)).collect();
        let target = bound_target(number, &needs);
        let id = target.id;
        targets.push(target);
        let key = Key { target: id, effect: Effect::Stop };
        let settable = chance.one_in(2);
        let things = 1 + chance.below(3);
        for thing in 0..things {
            let needs = (0..thing).filter(|_| chance.one_in(3)).map(|other| format!("t{number}.{other}")).collect();
            items.push(item(chance, faults, began, (key, format!("t{number}.{thing}"), needs, settable)));
        }
    }
    let needless = targets.iter().map(|target| Target { needs: BTreeSet::new(), ..target.clone() });
    (Estate::from_targets(targets.clone()), Estate::from_targets(needless), items)
}

fn bound_target(number: u128, needs: &[u128]) -> Target {
    let name = Some(format!("t{number}"));
    Target {
        binding: Some(Binding { adapter: "world".to_owned(), matches: Match { name, ..Match::default() } }),
        needs: needs.iter().map(|other| TargetId(10 + other)).collect(),
        ..Target::new(TargetId(10 + number), path(&format!("shop/t{number}")), Kind::Service)
    }
}

fn item(chance: &mut Chance, faults: &Faults, began: Instant, of: (Key, String, Vec<String>, bool)) -> Item {
    let (key, name, needs, settable) = of;
    let up = !chance.one_in(5);
    let setting = if chance.one_in(2) { "always" } else { OURS };
    Item {
        name,
        key,
        id: chance.below(1_000),
        runs: if up { Runs::Up } else { Runs::Down },
        by: By::Person,
        started_at: Some(began - Span::minutes(30)),
        finished_at: (!up).then_some(began - Span::minutes(10)),
        needs,
        setting,
        settable,
        broken: None,
        dies: if faults.dies && chance.one_in(3) { 1 + chance.below(2) as u32 } else { 0 },
        restarts: 0,
        since: true,
        renewed: false,
        accepted: false,
        unclear: false,
        late: false,
        perhaps_ours: false,
        saved: false,
        untouched: true,
        first: (up, setting),
        stops: 0,
        starts: 0,
    }
}

fn path(text: &str) -> lull_domain::path::Path {
    text.parse().expect("paths here are written by hand")
}
