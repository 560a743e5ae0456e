//! What speaks against a maintenance at its time, and whether that keeps it from being promised.
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::agenda::{Agenda, Planned, Within};
use crate::calendar::{Blackout, Calendars};
use crate::estate::Estate;
use crate::id::{MaintenanceId, TargetId};
use crate::limit::{Exceeded, Limit};
use crate::plan::Plan;
use crate::policy::{Facet, Heed, Policy};
use crate::preset::EXPIRES_AFTER;
use crate::scope::Scope;
use crate::series::OfSeries;
use crate::{Instant, Span};

/// What lasts longer is not looked at beyond.
const LOOKED_AHEAD: Span = Span::hours(24 * 400);
/// So much of what one maintenance meets is told.
pub const TOLD_MAX: usize = 100;

/// Something that speaks against it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Conflict {
    /// A calendar says that no maintenance should be.
    Blackout(Blackout),
    /// Another one is planned there, or runs: on the same targets, or on some that need them or are needed by them.
    Planned {
        /// Which.
        other: Arc<Planned>,
        /// The target that ties them, where they share none.
        through: Option<TargetId>,
    },
    /// More would be in maintenance than a limit lets.
    Limit(Limit, Exceeded),
}

/// A conflict that somebody accepted with the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Accepted {
    /// Which, by its key.
    pub conflict: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What conflicts are looked for in.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The calendars.
    pub calendars: &'a Calendars,
    /// What is planned.
    pub agenda: &'a Agenda,
    /// The limits.
    pub limits: &'a [Limit],
}

/// Whose conflicts are looked for: so that nothing is in its own way.
#[derive(Clone, Copy)]
pub struct Whose<'a> {
    /// The maintenance, where it is one.
    pub id: Option<MaintenanceId>,
    /// The series that it is of.
    pub series: Option<&'a OfSeries>,
}

impl Conflict {
    /// By what it is known when it is accepted.
    pub fn key(&self) -> String {
        match self {
            Conflict::Blackout(blackout) => format!("blackout {} {}", blackout.calendar, blackout.from.0),
            Conflict::Planned { other, .. } => match (other.maintenance, other.series) {
                (Some(id), _) => format!("maintenance {id}"),
                (None, Some((series, key))) => format!("occurrence {series} {key}"),
                (None, None) => format!("planned {}", other.from.0),
            },
            Conflict::Limit(limit, exceeded) => format!("limit {} {}", limit.id, exceeded.count),
        }
    }

    /// It keeps a maintenance of this policy from being promised, until somebody accepts it.
    pub fn refuses(&self, policy: &Policy) -> bool {
        match self {
            Conflict::Blackout(_) => policy.conflicts.blackouts == Heed::Refuse,
            Conflict::Planned { .. } => policy.conflicts.maintenances == Heed::Refuse,
            Conflict::Limit(..) => true,
        }
    }
}

impl Plan {
    /// Somebody has accepted this conflict.
    pub fn accepts(&self, conflict: &Conflict) -> bool {
        let key = conflict.key();
        self.accepted.iter().any(|accepted| match conflict {
            // Whoever accepts so many accepts fewer.
            Conflict::Limit(limit, exceeded) => {
                let count = accepted.conflict.strip_prefix(&format!("limit {} ", limit.id));
                count.and_then(|count| count.parse::<usize>().ok()).is_some_and(|count| exceeded.count <= count)
            }
            Conflict::Blackout(_) | Conflict::Planned { .. } => accepted.conflict == key,
        })
    }

    /// The time that it is about, begun then where it has no begin: without an end, as long as it may go on unasked.
    pub fn time(&self, now: Instant) -> (Instant, Instant) {
        let from = self.starts_at.unwrap_or(now);
        let open: Span = self.expires_after.unwrap_or(EXPIRES_AFTER);
        let to = self.ends_at(Some(from)).unwrap_or(from + open);
        (from, to.max(from + Span(1)).min(from + LOOKED_AHEAD))
    }
}

/// Everything that speaks against this plan, blackouts first, then others by their begin, then limits.
pub fn conflicts(ground: Ground<'_>, plan: &Plan, whose: Whose<'_>, now: Instant) -> Vec<Conflict> {
    let (from, to) = plan.time(now);
    let within = Within { from, to, now };
    let mut found: Vec<Conflict> = blackouts(ground.estate, ground.calendars, &plan.scope, (from, to))
        .into_iter()
        .map(Conflict::Blackout)
        .collect();
    let is_own = |other: &Planned| {
        let same = whose.id.is_some() && other.maintenance == whose.id;
        same || whose.series.is_some_and(|of| other.series.is_some_and(|(id, _)| id == of.id))
    };
    let others = ground.agenda.meeting(ground.estate, &plan.scope, within);
    let others: Vec<Arc<Planned>> = others.into_iter().filter(|other| !is_own(other)).collect();
    found.extend(others.iter().map(|other| Conflict::Planned { other: Arc::clone(other), through: None }));
    if plan.policy.sets(Facet::Work) {
        let tied = tied((ground.estate, ground.agenda), &plan.scope, within);
        let new = |other: &Planned| !is_own(other) && other.holds_work && !others.iter().any(|it| **it == *other);
        found.extend(
            tied.into_iter()
                .filter(|(other, _)| new(other))
                .map(|(other, through)| Conflict::Planned { other, through: Some(through) }),
        );
        for limit in ground.limits {
            let Some(root) = ground.estate.target(limit.under) else { continue };
            let mut there = ground.agenda.meeting(ground.estate, &Scope::under(root.id), within);
            there.retain(|other| !is_own(other));
            let exceeded = limit.exceeded(ground.estate, &plan.scope, (from, to), &there);
            found.extend(exceeded.map(|exceeded| Conflict::Limit(limit.clone(), exceeded)));
        }
    }
    // All that keep it from being promised, and so much of the rest.
    let mut told = 0;
    found.retain(|it| {
        told += 1;
        told <= TOLD_MAX || it.refuses(&plan.policy)
    });
    found
}

/// The blackouts of all calendars that hold for something that this scope covers.
pub fn blackouts(
    estate: &Estate,
    calendars: &Calendars,
    scope: &Scope,
    (from, to): (Instant, Instant),
) -> Vec<Blackout> {
    let meets = |under: TargetId| scope.meets(&Scope::under(under), estate);
    let sheets = calendars.all().filter(|sheet| meets(sheet.calendar.under));
    let mut found: Vec<Blackout> = sheets.flat_map(|sheet| sheet.between(from, to)).collect();
    found.sort();
    found
}

/// What is planned on targets that need something of this scope, or that it needs, each with such a target.
pub fn tied((estate, agenda): (&Estate, &Agenda), scope: &Scope, within: Within) -> Vec<(Arc<Planned>, TargetId)> {
    let covered = estate.covered(scope);
    let ties = |id: &TargetId| estate.needs_of(*id).next().is_some() || estate.dependents_of(*id).next().is_some();
    let mut near = BTreeSet::new();
    for id in covered.iter().filter(|id| ties(id)) {
        near.extend(estate.all_needs_of(*id));
        near.extend(estate.all_dependents_of(*id));
    }
    let mut found: Vec<(Arc<Planned>, TargetId)> = Vec::new();
    for target in near.difference(&covered).filter_map(|id| estate.target(*id)) {
        for other in agenda.touching(estate, target, within) {
            if !found.iter().any(|(known, _)| *known == other) {
                found.push((other, target.id));
            }
        }
    }
    found.sort_by_key(|(other, _)| other.from);
    found
}
