//! A history written by hand: the same world, engine and judge; only what the story says happens, and nothing by chance.
use lull_domain::Span;
use lull_domain::engagement::{CallVerb, Key};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Closing, Command, Step};
use lull_domain::plan::{Edit, Until};
use lull_domain::policy::{Effect, EndRule, Overrun};
use lull_domain::preset::Preset;
use lull_domain::scope::{Clause, Scope};
use serde_json::json;

use super::history::History;
use super::judge::Promise;
use super::people::planned;
use super::world::{Asked, Runs};

/// How long leaving may take in a story.
pub const LEAVING_LIMIT: Span = Span::minutes(5);

/// The target with this number.
pub fn target(number: u128) -> TargetId {
    TargetId(10 + number)
}

impl History<'_> {
    /// Does all that is to be done now, in the order in which it is found.
    pub fn settle(&mut self) {
        self.go_until(|_| false);
    }

    /// The same, but no further than to where this is so.
    pub fn go_until(&mut self, so: impl Fn(&History<'_>) -> bool) {
        for _ in 0..2_000 {
            if so(self) || !self.go() {
                return;
            }
            self.mono += 10_000;
            self.judge();
        }
    }

    fn go(&mut self) -> bool {
        if !self.processes[0].hands.is_empty() {
            self.proceed(0);
        } else if !self.world.calls.is_empty() {
            self.calls_go_on();
        } else {
            return self.begin_first(0);
        }
        true
    }

    /// Time passes, and then what is to be done is done.
    pub fn wait(&mut self, by: Span) {
        self.mono += by.0;
        self.settle();
    }

    /// Stops everything under this target, from now or from later on.
    pub fn plan(&mut self, id: u128, root: TargetId, starts_in: Option<Span>, lasts: Option<Span>) -> MaintenanceId {
        let (id, now) = (MaintenanceId(id), self.now());
        let mut policy = Preset::StopEverything.policy();
        policy.leaving_limit = LEAVING_LIMIT;
        let (until, end) = match lasts {
            Some(span) => (Until::Lasting(span), EndRule::AtEnd),
            None => (Until::Open, EndRule::Manual(Overrun::Stay)),
        };
        let starts_at = starts_in.map(|span| now + span);
        let maintenance = planned(id, Scope::under(root), policy, (starts_at, until, end), now);
        self.store.create(Maintenance { life: Life::Scheduled, ..maintenance });
        if starts_at.is_none() {
            self.ordered(id, Command::Life(Step::Start));
        }
        id
    }

    /// A person orders this, and may.
    pub fn ordered(&mut self, id: MaintenanceId, command: Command) {
        let now = self.now();
        let done = self.store.give(id, Actor::Person("ada".to_owned()), command, now);
        assert_eq!(done, Ok(true), "an order of a story changes something");
    }

    pub fn complete(&mut self, id: MaintenanceId) {
        self.ordered(id, Command::Life(Step::Complete(Closing::default())));
    }

    pub fn exclude(&mut self, id: MaintenanceId, out: TargetId) {
        self.ordered(id, Command::Edit(Edit::Exclude(Clause::under(out))));
    }

    pub fn runs(&self, name: &str) -> bool {
        self.world.item(name).runs == Runs::Up
    }

    pub fn key(&self, number: u128) -> Key {
        Key { target: target(number), effect: Effect::Stop }
    }

    /// A stop that nobody waits for any more brings it down at last.
    pub fn acts_after_its_time(&mut self, name: &str) {
        let (id, now) = (Some(self.world.item(name).id.to_string()), self.now());
        let asked = Asked { name: name.to_owned(), id, before: json!("theirs"), set: None, setting_only: false };
        self.world.act(&asked, CallVerb::Apply, now, &self.rules);
        let item = self.world.item_mut(name);
        (item.unclear, item.late, item.untouched) = (true, true, false);
    }

    /// By now it must be over.
    pub fn must_be_over(&mut self, id: MaintenanceId) {
        if matches!(self.store.maintenances[&id].life, Life::InProgress(_)) {
            self.breaks(Promise::Stuck, format!("{id} is not over"));
        }
    }

    /// Everything is brought to its end, and judged.
    pub fn ended(mut self) -> Option<(Promise, String)> {
        for _ in 0..20 {
            self.wait(Span::seconds(30));
        }
        self.judge_end();
        self.broken
    }
}
