//! The promises, and when one is broken.
use lull_domain::Span;
use lull_domain::engagement::{CallVerb, Engagement, Item as Stored, ItemState, Key, Stage, Why};
use lull_domain::id::MaintenanceId;
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::policy::{Effect, Running};

use super::history::History;
use super::process::Hand;
use super::world::{Asked, By, Flying, Item, OURS, Runs};

/// What must never be broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Promise {
    /// Nothing is down by us without a holder, a debt, or a person's accept.
    RunsAgain,
    /// We never start what somebody else stopped.
    NeverStarted,
    /// What a person took over is not touched again by these holds.
    TakenOver,
    /// Nothing else is called a person's doing.
    TakenWrongly,
    /// Every maintenance can end.
    Stuck,
    /// Entered: nothing that ran when the hold was taken has been running ever since.
    EnteredTrue,
    /// Left: nothing is down by us that nobody answers for.
    LeftTrue,
    /// Nothing is stopped that is not in a stored receipt.
    ReceiptFirst,
    /// Nothing is started while what it needs is down by us, nothing stopped while what needs it runs, or past the
    /// cutoff of everybody who wants it stopped.
    Order,
    /// No value that somebody else set is overwritten.
    ValueKept,
    /// None of our values remains.
    ValueBack,
    /// What nobody else touched is as it was.
    AsBefore,
    /// Replaying the log rebuilds the maintenances.
    Replay,
    /// Every due time is acted on.
    Due,
    /// Chained maintenances stop once and start once.
    Once,
    /// What we brought down stands in a stored receipt until it is paid.
    ReceiptKept,
    /// What the outside stopped after its time, with nobody to report it, is told.
    Told,
    /// Nothing is stopped whose asked-for backup did not succeed.
    BackedUp,
    /// Nobody gets through to what a maintenance covers that is in force.
    Closed,
    /// Nor at any other gate, once it is called fenced.
    Fenced,
    /// The gate is never open over something that we stopped and nobody accepted.
    NeverOpen,
    /// Nobody is told twice of one cause by the clock, nor in a row.
    ToldOnce,
    /// Nobody is told that something will be that has been.
    InTime,
    /// The clock extends nothing beyond its budget.
    Budget,
    /// Where a second person is asked for, nothing begins that none has approved as it stands.
    Approved,
}

/// Every promise.
pub const PROMISES: &[Promise] = &[
    Promise::RunsAgain,
    Promise::NeverStarted,
    Promise::TakenOver,
    Promise::TakenWrongly,
    Promise::Stuck,
    Promise::EnteredTrue,
    Promise::LeftTrue,
    Promise::ReceiptFirst,
    Promise::Order,
    Promise::ValueKept,
    Promise::ValueBack,
    Promise::AsBefore,
    Promise::Replay,
    Promise::Due,
    Promise::Once,
    Promise::ReceiptKept,
    Promise::Told,
    Promise::BackedUp,
    Promise::Closed,
    Promise::Fenced,
    Promise::NeverOpen,
    Promise::ToldOnce,
    Promise::InTime,
    Promise::Budget,
    Promise::Approved,
];

impl Item {
    /// It is down, by us, and nobody took that over.
    pub fn down_by_us(&self) -> bool {
        self.runs == Runs::Down && self.by == By::Us && !self.accepted && !self.unclear
    }
}

impl History<'_> {
    pub fn breaks(&mut self, promise: Promise, why: String) {
        if self.broken.is_none() && self.rules.judges(promise) {
            self.say(|| format!("BROKEN {promise:?}: {why}"));
            self.broken = Some((promise, why));
        }
    }

    /// Everything that must hold at every moment.
    pub fn judge(&mut self) {
        self.judge_gate();
        for (promise, why) in std::mem::take(&mut self.store.heard.broken) {
            self.breaks(promise, why);
        }
        for index in 0..self.world.items.len() {
            let item = &self.world.items[index];
            let down = item.down_by_us();
            let stored = self.stored(item.key).iter().any(|stored| stored.name == item.name);
            let ours = item.settable && item.setting == OURS && item.first.1 != OURS && item.runs != Runs::Gone;
            let ours = ours && !item.accepted;
            if !down && !ours {
                continue;
            }
            let at_rest = self.at_rest(item.key);
            let (name, key) = (item.name.clone(), item.key);
            if at_rest && down {
                self.breaks(Promise::RunsAgain, format!("{name} is down and nobody holds it"));
            }
            if at_rest && ours {
                self.breaks(Promise::ValueBack, format!("{name} still has our setting"));
            }
            if down && !stored && !self.is_under_way(key) {
                self.breaks(Promise::ReceiptKept, format!("{name} is down by us and stands in no receipt"));
            }
        }
    }

    /// A call is on its way to it, or its report on the way back.
    fn is_under_way(&self, key: Key) -> bool {
        let answered = |hand: &Hand| matches!(hand, Hand::Answered { .. }) && hand.key() == key;
        self.world.calls.iter().any(|call| call.key == key)
            || self.processes.iter().any(|process| process.hands.iter().any(answered))
    }

    pub fn at_rest(&self, key: Key) -> bool {
        let flying = self.world.calls.iter().any(|call| call.key == key);
        let hands = self.processes.iter().any(|process| process.hands.iter().any(|hand| hand.key() == key));
        !flying && !hands && self.store.engagements().get(&key).is_none_or(Engagement::is_free)
    }

    /// The things of its receipt.
    fn stored(&self, key: Key) -> &[Stored] {
        self.store.engagements().get(&key).map_or(&[], Engagement::items)
    }

    /// A maintenance in progress holds this target or answers for its debt.
    fn somebody_answers(&self, key: Key) -> bool {
        let engagement = self.store.engagement(key);
        let lives =
            |id: &MaintenanceId| self.store.maintenances.get(id).is_some_and(|m| matches!(m.life, Life::InProgress(_)));
        engagement.holders.keys().any(lives) || engagement.answers.as_ref().is_some_and(lives)
    }

    pub fn judge_entered(&mut self, id: MaintenanceId) {
        if let Some(name) = self.must.get(&id).and_then(|must| must.iter().next()).cloned() {
            self.breaks(Promise::EnteredTrue, format!("{id} entered and {name} still runs"));
        }
    }

    pub fn judge_left(&mut self, id: MaintenanceId) {
        let targets: Vec<Key> = self.held_ever.get(&id).into_iter().flatten().copied().collect();
        for key in targets {
            let down = self.world.items.iter().find(|item| item.key == key && item.down_by_us());
            if let Some(item) = down
                && !self.somebody_answers(key)
                && !self.paused_ever
            {
                let why = format!("{id} left and {} is down", item.name);
                self.breaks(Promise::LeftTrue, why);
            }
        }
    }

    /// What a call of ours is about to do to a thing.
    pub fn judge_act(&mut self, key: Key, verb: CallVerb, asked: &Asked, expired: bool) {
        let item = self.world.item(&asked.name).clone();
        let same = asked.id.as_ref().is_none_or(|id| *id == item.id.to_string());
        if !same || expired || item.broken == Some(verb) {
            return;
        }
        match (verb, item.runs) {
            (CallVerb::Apply, Runs::Up) => self.judge_stop(key, &item),
            (CallVerb::Revert, Runs::Down | Runs::Made) if !asked.setting_only => self.judge_start(&item),
            _ => {}
        }
    }

    /// What a call of ours made of a setting: what a person had set is only replaced where it was captured, or is ours.
    pub fn judge_value(&mut self, was: &str, verb: CallVerb, asked: &Asked) {
        let replaced = was == "theirs" && self.world.item(&asked.name).setting != was;
        let known = match verb {
            CallVerb::Backup => return,
            CallVerb::Apply => asked.before == was,
            CallVerb::Revert => asked.set.as_ref().is_some_and(|set| *set == was),
        };
        if replaced && !known {
            self.breaks(Promise::ValueKept, format!("{} loses what a person set", asked.name));
        }
    }

    fn judge_stop(&mut self, key: Key, item: &Item) {
        let engagement = self.store.engagement(key);
        let stored = engagement.items().iter().find(|stored| stored.name == item.name);
        let state = stored.map(|stored| stored.state.clone());
        let entering = self.store.work().is_entering(&engagement);
        let applied = matches!(engagement.stage, Stage::Applied(_));
        let persons = item.by == By::Person && item.since;
        match state {
            Some(ItemState::Struck(Why::TakenOver)) => {
                self.breaks(Promise::TakenOver, format!("{} was taken over and is stopped", item.name));
            }
            None | Some(ItemState::Struck(_) | ItemState::Back) => {
                self.breaks(Promise::ReceiptFirst, format!("{} is stopped without a receipt", item.name));
            }
            Some(ItemState::Captured | ItemState::Down) if applied && persons && !entering => {
                self.breaks(Promise::TakenOver, format!("{} is a person's and is stopped", item.name));
            }
            Some(ItemState::Captured | ItemState::Down | ItemState::Again) => {}
        }
    }

    fn judge_start(&mut self, item: &Item) {
        if item.runs == Runs::Down && item.by == By::Person {
            self.breaks(Promise::NeverStarted, format!("{} was stopped by a person and is started", item.name));
        }
    }

    /// When a call is intended: what needs a thing stops before it, what it needs starts before it.
    pub fn judge_order(&mut self, key: Key, verb: CallVerb, names: &[String]) {
        // A call sent too late acts unseen until its report comes.
        if self.world.calls.iter().any(|call| call.expired) || self.paused_ever && self.is_under_way(key) {
            return;
        }
        let now = self.now();
        let cut_off = |id: &MaintenanceId| self.store.maintenances.get(id).is_none_or(|m| m.is_cut_off(now));
        if verb == CallVerb::Apply && self.store.engagement(key).holders.keys().all(cut_off) {
            return self.breaks(Promise::Order, format!("{} is stopped past the cutoff", names.join(", ")));
        }
        for name in names {
            let item = self.world.item(name);
            let out_of_order = match verb {
                CallVerb::Backup => None,
                CallVerb::Apply => self.still_needed(key, item),
                CallVerb::Revert => self.still_without(key, item),
            };
            if let Some(other) = out_of_order {
                let why = format!("{verb:?} of {name} before {other}");
                return self.breaks(Promise::Order, why);
            }
        }
    }

    /// One of those that hold it wants what is stopped to be backed up first.
    pub fn is_to_save(&self, key: Key) -> bool {
        let saves = |id: &MaintenanceId| {
            let policy = self.store.maintenances.get(id).map(|maintenance| maintenance.plan.policy.running);
            matches!(policy, Some(Running::Stop { backup: true, .. }))
        };
        self.store.engagement(key).holders.keys().any(saves)
    }

    /// A stop is about to act: where a backup was asked for when it was intended, there is one.
    pub fn judge_saved(&mut self, call: &Flying, asked: &Asked) {
        let item = self.world.item(&asked.name);
        let same = asked.id.as_ref().is_none_or(|id| *id == item.id.to_string());
        let stops = call.verb == CallVerb::Apply && same && item.runs == Runs::Up && item.broken != Some(call.verb);
        if stops && !item.saved && self.to_save.contains(&(call.key, call.number)) {
            self.breaks(Promise::BackedUp, format!("{} is stopped without its backup", asked.name));
        }
    }

    /// Something that needs it has been running since its hold was taken.
    fn still_needed(&self, key: Key, item: &Item) -> Option<String> {
        let engagement = self.store.engagements().get(&key)?;
        let now = self.now();
        let stops = |m: &Maintenance| m.life.wants_quiet() && !m.is_cut_off(now);
        let quiet = |id: &&MaintenanceId| self.store.maintenances.get(id).is_some_and(stops);
        let musts = engagement
            .holders
            .keys()
            .filter(quiet)
            .filter_map(|id| self.must.get(id))
            .filter(|must| must.contains(&item.name));
        let needing = |must: &std::collections::BTreeSet<String>| {
            // What no reading has shown to run cannot be waited for: a newcomer, or what was brought back just now.
            let runs = |stored: &Stored| matches!(stored.state, ItemState::Captured | ItemState::Again);
            let known = |other: &Item| self.stored(other.key).iter().any(|s| s.name == other.name && runs(s));
            let runs = |other: &&Item| must.contains(&other.name) && self.needs(other, item);
            let other = self.world.items.iter().filter(runs).find(|other| other.key != key || known(other));
            other.map(|other| other.name.clone())
        };
        musts.into_iter().find_map(needing)
    }

    /// Something that it needs is down by us and did not fail for good.
    fn still_without(&self, key: Key, item: &Item) -> Option<String> {
        if !self.stored(key).iter().any(|stored| stored.name == item.name && stored.is_ours()) {
            return None;
        }
        let failed = |other: &Item| {
            let whole = self.store.engagements().get(&other.key).is_some_and(|engagement| engagement.trouble.is_some());
            whole || self.trouble_of(other.key, &other.name)
        };
        let waits = self.world.items.iter().find(|other| {
            let lost = other.key == key && self.trouble_of(key, &other.name);
            let given_up = other.key != key && failed(other);
            other.down_by_us() && self.needs(item, other) && !lost && !given_up && !self.is_unseen(other.key)
        });
        waits.map(|other| other.name.clone())
    }

    /// The answer of a call that nobody waits for any more has come, and is not yet stored.
    fn is_unseen(&self, key: Key) -> bool {
        let waited = self.store.engagements().get(&key).and_then(|engagement| engagement.call.as_ref());
        let late = |hand: &Hand| match hand {
            Hand::Answered { key: of, report } => *of == key && waited.is_none_or(|call| call.number != report.number),
            _ => false,
        };
        self.processes.iter().any(|process| process.hands.iter().any(late))
    }

    fn trouble_of(&self, key: Key, name: &str) -> bool {
        self.stored(key).iter().any(|item| item.name == name && (item.trouble.is_some() || !item.is_ours()))
    }

    /// One thing needs another: inside a target by name, between targets by target.
    fn needs(&self, one: &Item, other: &Item) -> bool {
        if one.key == other.key {
            return one.needs.contains(&other.name);
        }
        one.key.effect == Effect::Stop && self.estate.needs_of(one.key.target).any(|target| target == other.key.target)
    }

    /// What a reading made of what it saw: only what a person started is taken over.
    pub fn judge_reading(&mut self, before: &Engagement, after: &Engagement, persons: &[String]) {
        let taken = |engagement: &Engagement, name: &str| {
            let struck = ItemState::Struck(Why::TakenOver);
            engagement.items().iter().any(|item| item.name == name && item.state == struck)
        };
        let late = self.world.calls.iter().any(|call| call.key == after.key && call.expired);
        let wrong = after
            .items()
            .iter()
            .find(|item| taken(after, &item.name) && !taken(before, &item.name) && !persons.contains(&item.name));
        if let Some(item) = wrong
            && !late
            && !self.paused_ever
        {
            let why = format!("{} is called a person's", item.name);
            self.breaks(Promise::TakenWrongly, why);
        }
    }

    /// Only what nobody took over is stopped again. What started with the outside's restart cannot be told from it.
    pub fn judge_again(&mut self, before: &Engagement, after: &Engagement, persons: &[String]) {
        if !matches!(before.stage, Stage::Applied(_)) || self.store.work().is_entering(before) {
            return;
        }
        let again =
            |e: &Engagement, name: &str| e.items().iter().any(|i| i.name == name && i.state == ItemState::Again);
        let with_boot = |item: &Item| {
            let known = before.items().iter().find(|i| i.name == item.name).and_then(|i| i.boot_at);
            let (Some(boot), Some(began)) = (after.boot, item.started_at) else { return false };
            let to = boot.first_read_at.max(boot.at + Span::seconds(60));
            Some(boot.at) != known && boot.at <= began && began <= to
        };
        let taken = self.world.items.iter().find(|item| {
            let anew = again(after, &item.name) && !again(before, &item.name);
            // What has been re-created since that reading shows no start any more.
            let there = item.key == after.key && item.runs == Runs::Up;
            there && anew && persons.contains(&item.name) && !with_boot(item)
        });
        if let Some(item) = taken {
            let why = format!("{} is a person's and is to be stopped again", item.name);
            self.breaks(Promise::TakenOver, why);
        }
    }

    /// When all is over.
    pub fn judge_end(&mut self) {
        let now = self.now();
        for maintenance in self.store.maintenances.values() {
            if matches!(maintenance.life, Life::InProgress(_)) {
                let why = format!("{} is {}", maintenance.id, maintenance.state_name());
                return self.breaks(Promise::Stuck, why);
            }
            if maintenance.due().is_some_and(|due| due.at <= now) {
                let why = format!("{} has something due and nobody acted", maintenance.id);
                return self.breaks(Promise::Due, why);
            }
        }
        let unsaid = |item: &&Item| item.late && item.runs == Runs::Down && !self.told.contains(&item.name);
        if let Some(name) = self.world.items.iter().find(unsaid).map(|item| item.name.clone()) {
            return self.breaks(Promise::Told, format!("{name} is down and nobody was told"));
        }
        if let Some(key) = self.store.engagements().keys().copied().find(|key| !self.at_rest(*key)) {
            return self.breaks(Promise::Stuck, format!("{key} is not free"));
        }
        for item in self.world.items.iter().filter(|item| item.untouched) {
            let now = (item.runs == Runs::Up, item.setting);
            if now != item.first {
                let why = format!("{} was {:?} and is {now:?}", item.name, item.first);
                return self.breaks(Promise::AsBefore, why);
            }
        }
        if self.store.replayed() != self.store.maintenances {
            self.breaks(Promise::Replay, "the log tells another story".to_owned());
        }
    }
}
