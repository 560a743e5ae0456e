//! The gate of the simulation: patched with every change of what is stored, asked at every step.
use lull_domain::engagement::{Engagement, Key, Stage};
use lull_domain::estate::Estate;
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::policy::{EndRule, Running};
use lull_domain::quiet::Compiler;
use lull_domain::{Action, Answer, Instant};
use lull_gate::{Question, decide};

use super::history::History;
use super::judge::Promise;
use super::rules::{Rule, Rules};

/// What the gate knows.
pub struct Gate<'e> {
    estate: &'e Estate,
    compiler: Compiler,
    rules: Rules,
}

impl<'e> Gate<'e> {
    pub fn new(estate: &'e Estate, rules: Rules) -> Gate<'e> {
        Gate { estate, compiler: Compiler::new(estate, [], []), rules }
    }

    pub fn maintenance_changed(&mut self, maintenance: &Maintenance) {
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

    /// Whether somebody without a role gets through to a target.
    fn is_open(&self, key: Key, at: Instant) -> bool {
        let Some(target) = self.estate.target(key.target) else { return true };
        let (target, action) = (target.path.as_str(), Action::RequestWrite);
        decide(self.compiler.current(), &Question { target, action, roles: &[], at, lasts: None }).answer
            == Answer::Allow
    }
}

impl History<'_> {
    /// Nobody gets through where something is in force, nor to what is down by us.
    pub fn judge_gate(&mut self) {
        let now = self.now();
        let work = self.store.work();
        // Where nothing is to be put back the gate opens at the end, by time.
        let by_fact = |it: &&Maintenance| it.plan.policy.may_stop() || !it.is_overdue(now);
        let in_force = work.maintenances.values().filter(|it| it.life.is_in_force()).filter(by_fact);
        let open = in_force.flat_map(|it| work.covered(it.id)).find(|key| self.store.gate.is_open(*key, now));
        if let Some(key) = open {
            return self.breaks(Promise::Closed, format!("{key} is open in the midst of a maintenance"));
        }
        let down = |key: &Key| self.world.items.iter().any(|item| item.key == *key && item.down_by_us());
        let ours = self.store.engagements().values().filter(|engagement| !matches!(engagement.stage, Stage::Free));
        let open = ours.map(|it| it.key).find(|key| down(key) && self.store.gate.is_open(*key, now));
        if let Some(key) = open {
            self.breaks(Promise::NeverOpen, format!("{key} is open over what we stopped"));
        }
    }
}
