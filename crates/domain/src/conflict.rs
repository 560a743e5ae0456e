//! What speaks against a maintenance at its time, and whether that keeps it from being promised.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::agenda::{Agenda, Planned, Within};
use crate::calendar::{Blackout, Calendars};
use crate::estate::Estate;
use crate::id::{LimitId, MaintenanceId, TargetId};
use crate::limit::{Beside, Covered, Exceeded, Limit};
use crate::plan::Plan;
use crate::policy::{Facet, Heed, Policy};
use crate::preset::EXPIRES_AFTER;
use crate::scope::{Clause, Reach, Scope};
use crate::series::OfSeries;
use crate::{Instant, Span};

/// What lasts longer is not looked at beyond.
const LOOKED_AHEAD: Span = Span::hours(24 * 400);
/// So much of what one maintenance meets is told.
pub const TOLD_MAX: usize = 100;
/// So many of the others that it meets are looked at, even where each of them refuses it.
const MET_MAX: usize = 10_000;
/// So many others are counted for limits.
const COUNTED_MAX: usize = 1_000_000;

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

impl Whose<'_> {
    /// Whether this is the same, or of the same series.
    fn is(&self, other: &Planned) -> bool {
        let same = self.id.is_some() && other.maintenance == self.id;
        same || self.series.is_some_and(|of| other.series.is_some_and(|(id, _)| id == of.id))
    }
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
    let (estate, within) = (ground.estate, Within { from, to, now });
    let reach = Reach::of(estate, &plan.scope);
    let blackouts = blackouts(ground.calendars, &reach, (from, to));
    let mut found: Vec<Conflict> = blackouts.into_iter().map(Conflict::Blackout).collect();
    let others = ground.agenda.meeting(&reach, within).flat_map(|part| part.planned);
    let mut known = BTreeSet::new();
    let others = others.filter(|other| !whose.is(other) && known.insert(other.known_by()));
    found.extend(others.take(MET_MAX).map(|other| Conflict::Planned { other, through: None }));
    if plan.policy.sets(Facet::Work) {
        let (tied, _) = tied((estate, ground.agenda), &plan.scope, within, MET_MAX);
        let new = |other: &Planned| !whose.is(other) && other.holds_work && !known.contains(&other.known_by());
        let tied = tied.into_iter().filter(|(other, _)| new(other));
        found.extend(tied.map(|(other, through)| Conflict::Planned { other, through: Some(through) }));
        found.extend(exceeded(ground, &plan.scope, whose, within));
    }
    // All that keep it from being promised, and so much of the rest.
    let mut told = 0;
    found.retain(|it| {
        told += 1;
        told <= TOLD_MAX || it.refuses(&plan.policy)
    });
    found
}

/// The limits that would let less, each where it would for the first time. So much may be planned that it is looked at in
/// parts; and where even that is too much, what is not counted is taken for all that there is.
fn exceeded(ground: Ground<'_>, scope: &Scope, whose: Whose<'_>, within: Within) -> Vec<Conflict> {
    let estate = ground.estate;
    if ground.limits.is_empty() {
        return Vec::new();
    }
    let own = Covered::of(estate, scope);
    let concerns = |limit: &&Limit| own.counted(limit, estate).next().is_some();
    let mut left: Vec<&Limit> = ground.limits.iter().filter(concerns).collect();
    let under = Scope { include: left.iter().map(|limit| Clause::under(limit.under)).collect(), exclude: Vec::new() };
    let reach = Reach::of(estate, &under);
    let mut found: BTreeMap<LimitId, Conflict> = BTreeMap::new();
    let mut looked_at = 0;
    for part in ground.agenda.meeting(&reach, within) {
        if left.is_empty() {
            break;
        }
        let others: Vec<Arc<Planned>> = part.planned.into_iter().filter(|other| !whose.is(other)).collect();
        let beside = Beside::new(estate, &own, &others, Within { from: part.from, to: part.to, ..within });
        let is_uncounted = looked_at > COUNTED_MAX;
        left.retain(|limit| {
            let exceeded = if is_uncounted { limit.uncounted(estate, part.from) } else { limit.exceeded(&beside) };
            let is_left = exceeded.is_none() && !is_uncounted;
            found.extend(exceeded.map(|exceeded| (limit.id, Conflict::Limit(Limit::clone(limit), exceeded))));
            is_left
        });
        looked_at += others.len();
    }
    ground.limits.iter().filter_map(|limit| found.remove(&limit.id)).collect()
}

/// The blackouts of all calendars that hold for something of this.
pub fn blackouts(calendars: &Calendars, reach: &Reach<'_>, (from, to): (Instant, Instant)) -> Vec<Blackout> {
    let sheets = calendars.all().filter(|sheet| reach.meets(&Scope::under(sheet.calendar.under)));
    let mut found: Vec<Blackout> = sheets.flat_map(|sheet| sheet.between(from, to)).collect();
    found.sort();
    found
}

/// What is planned on targets that need something of this scope, or that it needs, each with such a target: until the time
/// when there are so many, which is told.
pub fn tied(
    (estate, agenda): (&Estate, &Agenda),
    scope: &Scope,
    within: Within,
    most: usize,
) -> (Vec<(Arc<Planned>, TargetId)>, Instant) {
    let covered = estate.covered(scope);
    let ties = |id: &TargetId| estate.needs_of(*id).next().is_some() || estate.dependents_of(*id).next().is_some();
    let mut near = BTreeSet::new();
    for id in covered.iter().filter(|id| ties(id)) {
        near.extend(estate.all_needs_of(*id));
        near.extend(estate.all_dependents_of(*id));
    }
    let near = near.difference(&covered).filter_map(|id| estate.target(*id)).collect();
    let reach = Reach::these(estate, near);
    let (met, until) = agenda.met(&reach, within, most);
    let through = |other: Arc<Planned>| reach.first(&other.scope).map(|target| (other, target));
    (met.into_iter().filter_map(through).collect(), until)
}
