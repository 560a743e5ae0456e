//! The gates of the simulation: one is patched with every change of what is stored, two look at it now and then; all are
//! asked at every step.
use std::collections::BTreeMap;

use lull_domain::engagement::{Engagement, Key, Stage};
use lull_domain::estate::Estate;
use lull_domain::fence::{Enforcer, fenced_at};
use lull_domain::id::MaintenanceId;
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::policy::{EndRule, Running};
use lull_domain::quiet::{Compiler, differs};
use lull_domain::{Action, Answer, Instant};
use lull_gate::{Epoch, Question, Snapshot, decide};

use super::history::History;
use super::judge::Promise;
use super::rules::{Rule, Rules};

/// The others look again after so many steps.
const LOOKS: [u64; 2] = [41, 173];

/// What the gate knows.
pub struct Gate<'e> {
    estate: &'e Estate,
    compiler: Compiler,
    rules: Rules,
    epoch: u64,
    steps: u64,
    others: [(Snapshot, Enforcer); 2],
    /// At which epoch a maintenance changed last, and when every gate had said that it has that.
    reported: BTreeMap<MaintenanceId, (u64, Option<Instant>)>,
}

impl<'e> Gate<'e> {
    pub fn new(estate: &'e Estate, rules: Rules) -> Gate<'e> {
        let compiler = Compiler::new(estate, [], []);
        let other = |number: u64| {
            let enforcer = Enforcer { name: number.to_string(), epoch: 0, lease_until: Instant::MAX };
            (compiler.snapshot(Epoch(0)), enforcer)
        };
        let others = LOOKS.map(other);
        Gate { estate, rules, epoch: 0, steps: 0, others, reported: BTreeMap::new(), compiler }
    }

    pub fn maintenance_changed(&mut self, before: Option<&Maintenance>, maintenance: &Maintenance) {
        if before.is_none_or(|before| differs(before, maintenance)) {
            self.epoch += 1;
            self.reported.insert(maintenance.id, (self.epoch, None));
        }
        let mut known = maintenance.clone();
        if let (false, Some(progress)) = (self.rules.has(Rule::GateByFact), maintenance.life.progress()) {
            known.plan.starts_at = Some(progress.started_at);
            known.life = Life::Scheduled;
        }
        if !self.rules.has(Rule::GateUntilTold) {
            known.plan.policy.effects.clear();
            known.plan.policy.running = Running::GoOn;
            known.plan.end = EndRule::AtEnd;
        }
        self.compiler.maintenance_changed(self.estate, &known);
    }

    pub fn engagement_changed(&mut self, engagement: &Engagement) {
        if self.rules.has(Rule::GateUntilBack) {
            self.compiler.engagement_changed(self.estate, engagement);
        }
    }

    /// The others look where it is their turn, and say what they have.
    fn step(&mut self, now: Instant) {
        self.steps += 1;
        for ((snapshot, enforcer), every) in self.others.iter_mut().zip(LOOKS) {
            if self.steps.is_multiple_of(every) {
                *snapshot = self.compiler.snapshot(Epoch(self.epoch));
                enforcer.epoch = self.epoch;
            }
        }
        let all = self.rules.has(Rule::FencedByAll);
        for (epoch, reported_at) in self.reported.values_mut().filter(|(_, at)| at.is_none()) {
            let lack = self.others.iter().filter(|(_, enforcer)| enforcer.lacks(*epoch)).count();
            *reported_at = Some(now).filter(|_| lack == 0 || lack < LOOKS.len() && !all);
        }
    }

    /// Nothing is admitted under the old rules any more, as people are told.
    fn is_fenced(&self, maintenance: &Maintenance, now: Instant) -> bool {
        let reported_at = self.reported.get(&maintenance.id).and_then(|(_, at)| *at);
        let began = maintenance.life.progress().map(|progress| progress.started_at);
        began.zip(reported_at).is_some_and(|(began, at)| fenced_at(began, at) <= now)
    }

    /// Whether somebody without a role gets through to a target.
    fn is_open(&self, key: Key, at: Instant) -> bool {
        self.opens(self.compiler.current(), key, at)
    }

    /// Whether he does at another gate.
    fn is_open_elsewhere(&self, key: Key, at: Instant) -> bool {
        self.others.iter().any(|(snapshot, _)| self.opens(snapshot, key, at))
    }

    fn opens(&self, snapshot: &Snapshot, key: Key, at: Instant) -> bool {
        let Some(target) = self.estate.target(key.target) else { return true };
        let (target, action) = (target.path.as_str(), Action::RequestWrite);
        decide(snapshot, &Question { target, action, roles: &[], at, lasts: None }).answer == Answer::Allow
    }
}

impl History<'_> {
    /// Nobody gets through where something is in force, nor to what is down by us.
    pub fn judge_gate(&mut self) {
        let now = self.now();
        self.store.gate.step(now);
        let work = self.store.work();
        // Where nothing is to be put back the gate opens at the end, by time.
        let by_fact = |it: &&Maintenance| it.plan.policy.may_stop() || !it.is_overdue(now);
        let in_force = work.maintenances.values().filter(|it| it.life.is_in_force()).filter(by_fact);
        let gate = &self.store.gate;
        let open = in_force.clone().flat_map(|it| work.covered(it.id)).find(|key| gate.is_open(*key, now));
        let fenced = in_force.filter(|it| gate.is_fenced(it, now)).flat_map(|it| work.covered(it.id));
        let passed = fenced.into_iter().find(|key| gate.is_open_elsewhere(*key, now));
        if let Some(key) = open {
            return self.breaks(Promise::Closed, format!("{key} is open in the midst of a maintenance"));
        }
        if let Some(key) = passed {
            return self.breaks(Promise::Fenced, format!("{key} is open at a gate that lags behind the fence"));
        }
        let down = |key: &Key| self.world.items.iter().any(|item| item.key == *key && item.down_by_us());
        let ours = self.store.engagements().values().filter(|engagement| !matches!(engagement.stage, Stage::Free));
        let open = ours.map(|it| it.key).find(|key| down(key) && self.store.gate.is_open(*key, now));
        if let Some(key) = open {
            self.breaks(Promise::NeverOpen, format!("{key} is open over what we stopped"));
        }
    }
}
