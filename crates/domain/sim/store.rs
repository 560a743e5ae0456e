//! What is stored: every step is one transaction on it, decided on what stands there.
use std::collections::BTreeMap;

use lull_domain::Instant;
use lull_domain::engagement::{Engagement, Key};
use lull_domain::estate::Estate;
use lull_domain::id::{MaintenanceId, OrderId};
use lull_domain::life::Life;
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::order::{Actor, Command, Facts, Order, Permission};
use lull_domain::policy::Role;
use lull_domain::refusal::Refusal;
use lull_domain::work::Work;

/// One entry of the log.
#[derive(Clone, Debug)]
pub enum Entry {
    Created(Box<Maintenance>),
    Ordered(MaintenanceId, Box<Order>),
}

#[derive(Clone, Debug, Default)]
pub struct Store {
    pub maintenances: BTreeMap<MaintenanceId, Maintenance>,
    pub engagements: BTreeMap<Key, Engagement>,
    pub log: Vec<Entry>,
    pub orders: u128,
}

impl Store {
    pub fn create(&mut self, maintenance: Maintenance) {
        self.log.push(Entry::Created(Box::new(maintenance.clone())));
        self.maintenances.insert(maintenance.id, maintenance);
    }

    /// Gives an order, with the rights of somebody who has them all.
    pub fn give(&mut self, id: MaintenanceId, by: Actor, command: Command, at: Instant) -> Result<bool, Refusal> {
        self.orders += 1;
        let may = [Permission::BreakGlass].into_iter().collect();
        let facts = Facts { role: Some(Role::Administrator), sees: true, may, ..Facts::default() };
        let order = Order { id: OrderId(self.orders), by, at, command, facts };
        let Some(maintenance) = self.maintenances.get(&id) else { return Ok(false) };
        match maintenance.clone().obey(&order)? {
            Obeyed::Changed(after) => {
                self.maintenances.insert(id, *after);
                self.log.push(Entry::Ordered(id, Box::new(order)));
                Ok(true)
            }
            Obeyed::Same(_) => Ok(false),
            Obeyed::Gone => {
                self.maintenances.remove(&id);
                self.log.push(Entry::Ordered(id, Box::new(order)));
                Ok(true)
            }
        }
    }

    pub fn engagement(&self, key: Key) -> Engagement {
        self.engagements.get(&key).cloned().unwrap_or_else(|| Engagement::free(key))
    }

    pub fn put(&mut self, engagement: Engagement) {
        self.engagements.insert(engagement.key, engagement);
    }

    /// What a pass looks at.
    pub fn work<'a>(&self, estate: &'a Estate) -> Work<'a> {
        let live = |m: &&Maintenance| matches!(m.life, Life::Scheduled | Life::InProgress(_));
        let maintenances = self.maintenances.values().filter(live).map(|m| (m.id, m.clone())).collect();
        Work::new(estate, maintenances, self.engagements.clone())
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
