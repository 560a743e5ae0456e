//! What is stored: every step is one transaction on it, decided on what stands there.
use std::collections::BTreeMap;
use std::mem::take;

use lull_domain::Instant;
use lull_domain::drain::Drain;
use lull_domain::engagement::{Engagement, Key};
use lull_domain::estate::Estate;
use lull_domain::id::{MaintenanceId, OrderId, TargetId};
use lull_domain::life::Life;
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::order::{Actor, Command, Facts, Order, Permission};
use lull_domain::policy::Role;
use lull_domain::refusal::Refusal;
use lull_domain::work::Work;

use super::gate::Gate;
use super::heard::{Heard, spoil_after_order, spoil_created};
use super::rules::Rules;

/// One entry of the log.
#[derive(Clone, Debug)]
pub enum Entry {
    Created(Box<Maintenance>),
    Ordered(MaintenanceId, Box<Order>),
}

pub struct Store<'e> {
    pub maintenances: BTreeMap<MaintenanceId, Maintenance>,
    pub log: Vec<Entry>,
    pub orders: u128,
    pub gate: Gate<'e>,
    /// What people heard.
    pub heard: Heard,
    rules: Rules,
    /// What a pass looks at, kept up to date with every change: it holds the engagements.
    work: Work<'e>,
}

impl<'e> Store<'e> {
    pub fn new(estate: &'e Estate, rules: Rules) -> Store<'e> {
        let work = Work::new(estate, BTreeMap::new(), BTreeMap::new());
        Store {
            maintenances: BTreeMap::new(),
            log: Vec::new(),
            orders: 0,
            gate: Gate::new(estate, rules.clone()),
            heard: Heard::default(),
            rules,
            work,
        }
    }

    pub fn create(&mut self, mut maintenance: Maintenance) {
        let hash = self.hash(&maintenance);
        spoil_created(&mut maintenance, hash, &self.rules);
        self.log.push(Entry::Created(Box::new(maintenance.clone())));
        self.gate.maintenance_changed(None, &maintenance);
        self.maintenances.insert(maintenance.id, maintenance);
        self.refresh();
    }

    /// Gives an order, with the rights of somebody who has them all.
    pub fn give(&mut self, id: MaintenanceId, by: Actor, command: Command, at: Instant) -> Result<bool, Box<Refusal>> {
        self.orders += 1;
        let may = [Permission::BreakGlass, Permission::Approve].into_iter().collect();
        let Some(maintenance) = self.maintenances.get(&id) else { return Ok(false) };
        let plan_hash = maintenance.plan.policy.approval.then(|| self.hash(maintenance));
        let facts = Facts { role: Some(Role::Administrator), sees: true, may, plan_hash, ..Facts::default() };
        let order = Order { id: OrderId(self.orders), by, at, command, facts };
        match maintenance.clone().obey(&order)? {
            Obeyed::Changed(mut after) => {
                self.heard.ordered(maintenance, &order, &after, &self.rules);
                spoil_after_order(maintenance, &order, &mut after, &self.rules);
                self.gate.maintenance_changed(Some(maintenance), &after);
                self.maintenances.insert(id, *after);
            }
            Obeyed::Same(_) => return Ok(false),
            Obeyed::Gone => {
                self.maintenances.remove(&id);
            }
        }
        self.log.push(Entry::Ordered(id, Box::new(order)));
        self.refresh();
        Ok(true)
    }

    /// The hash of its plan as it stands.
    pub fn hash(&self, maintenance: &Maintenance) -> String {
        maintenance.plan.hash(&self.work.estate.covered(&maintenance.plan.scope))
    }

    fn refresh(&mut self) {
        let (engagements, drains) = (take(&mut self.work.engagements), take(&mut self.work.drains));
        self.work = Work::new(self.work.estate, self.live(), engagements).with_drains(drains);
    }

    fn live(&self) -> BTreeMap<MaintenanceId, Maintenance> {
        let live = |m: &&Maintenance| matches!(m.life, Life::Scheduled | Life::InProgress(_));
        self.maintenances.values().filter(live).map(|m| (m.id, m.clone())).collect()
    }

    pub fn engagements(&self) -> &BTreeMap<Key, Engagement> {
        &self.work.engagements
    }

    pub fn engagement(&self, key: Key) -> Engagement {
        self.work.engagement(key)
    }

    pub fn put(&mut self, engagement: Engagement) {
        self.gate.engagement_changed(&engagement);
        self.work.engagements.insert(engagement.key, engagement);
    }

    pub fn put_drain(&mut self, id: MaintenanceId, target: TargetId, drain: Drain) {
        self.work.drains.insert((id, target), drain);
    }

    /// What a pass looks at.
    pub fn work(&self) -> &Work<'e> {
        &self.work
    }

    /// The same on another estate, and only with these maintenances: for the controls.
    pub fn work_on<'a>(&self, estate: &'a Estate, keep: impl Fn(&Maintenance) -> bool) -> Work<'a> {
        let mut live = self.live();
        live.retain(|_, maintenance| keep(maintenance));
        Work::new(estate, live, self.work.engagements.clone()).with_drains(self.work.drains.clone())
    }

    /// The maintenances as the log alone tells them.
    pub fn replayed(&self) -> BTreeMap<MaintenanceId, Maintenance> {
        let mut all: BTreeMap<MaintenanceId, Maintenance> = BTreeMap::new();
        for entry in &self.log {
            match entry {
                Entry::Created(maintenance) => {
                    all.insert(maintenance.id, (**maintenance).clone());
                }
                Entry::Ordered(id, order) => {
                    let Some(before) = all.remove(id) else { continue };
                    match before.clone().obey(order) {
                        Ok(Obeyed::Changed(after) | Obeyed::Same(after)) => {
                            all.insert(*id, *after);
                        }
                        Ok(Obeyed::Gone) => {}
                        Err(_) => {
                            all.insert(*id, before);
                        }
                    }
                }
            }
        }
        all
    }
}
