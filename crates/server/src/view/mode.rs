//! The mode of a target, derived from the maintenances in progress that cover it, facet by facet.
use std::collections::BTreeSet;

use lull_domain::engagement::{Engagement, Stage};
use lull_domain::estate::{Estate, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::Phase;
use lull_domain::maintenance::Maintenance;
use lull_domain::policy::Facet;
use lull_store::Drains;

/// What modes are derived from.
#[derive(Debug, Default)]
pub struct Modes {
    /// In progress.
    pub maintenances: Vec<Maintenance>,
    /// Not at rest.
    pub engagements: Vec<Engagement>,
    /// What is waited for.
    pub drains: Drains,
}

impl Modes {
    /// The facets in which a target is in maintenance, and the maintenances that make it so.
    pub fn of(&self, target: &Target, estate: &Estate) -> (BTreeSet<Facet>, BTreeSet<MaintenanceId>) {
        let mut facets = BTreeSet::new();
        let mut by = BTreeSet::new();
        for maintenance in self.maintenances.iter().filter(|maintenance| self.covers(maintenance, target, estate)) {
            let policy = &maintenance.plan.policy;
            facets.extend([Facet::Work, Facet::Page, Facet::Monitors].into_iter().filter(|facet| policy.sets(*facet)));
            by.insert(maintenance.id);
        }
        // What came out of a scope, and is not put back yet, is still closed.
        if self.engagements.iter().any(|engagement| engagement.key.target == target.id && is_closed(engagement)) {
            facets.insert(Facet::Work);
        }
        (facets, by)
    }

    /// One that leaves counts until what it did there, or below, is put back.
    fn covers(&self, maintenance: &Maintenance, target: &Target, estate: &Estate) -> bool {
        if !estate.covers(&maintenance.plan.scope, target) {
            return false;
        }
        match maintenance.life.progress().map(|progress| &progress.phase) {
            Some(Phase::Entering | Phase::Active | Phase::Verifying) => true,
            Some(Phase::Leaving(_)) => self.engagements.iter().any(|engagement| {
                let involved =
                    engagement.holders.contains_key(&maintenance.id) || engagement.answers == Some(maintenance.id);
                involved && is_below(engagement.key.target, target, estate)
            }),
            None => false,
        }
    }
}

fn is_closed(engagement: &Engagement) -> bool {
    !matches!(engagement.stage, Stage::Free) || !engagement.holders.is_empty()
}

fn is_below(id: TargetId, target: &Target, estate: &Estate) -> bool {
    estate.target(id).is_some_and(|there| target.path.covers(&there.path))
}
