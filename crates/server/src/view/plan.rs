//! The plan of a maintenance, resolved: what is done to which target, in which wave, and what to know before.
use std::collections::{BTreeMap, BTreeSet};

use lull_api::views;
use lull_domain::Instant;
use lull_domain::estate::{Estate, Target};
use lull_domain::id::TargetId;
use lull_domain::maintenance::Maintenance;
use lull_domain::policy::{Effect, Policy, Running, Then};

use super::{instant, path};
use crate::caller::Reader;

/// A plan, with what it would hit right now; `others` are in progress or scheduled and seen by the reader.
pub fn plan(
    maintenance: &Maintenance,
    others: &[Maintenance],
    reader: Reader<'_>,
    forecast: views::Forecast,
) -> views::Plan {
    let estate = reader.estate;
    let covered = estate.covered(&maintenance.plan.scope);
    let policy = &maintenance.plan.policy;
    let stops = policy.holds_running();
    let bound = |id: &TargetId| stops && estate.target(*id).is_some_and(|target| target.binding.is_some());
    let stopped: BTreeSet<TargetId> = covered.iter().copied().filter(bound).collect();
    let waves = waves(&stopped, estate);
    let planned = |target: &Target| views::PlannedTarget {
        path: target.path.to_string(),
        kind: target.kind.to_string(),
        effects: if stopped.contains(&target.id) { done(policy) } else { Vec::new() },
        wave: waves.get(&target.id).copied().unwrap_or(0),
    };
    let targets = estate.targets().filter(|target| covered.contains(&target.id) && reader.sees(target.id));
    let mut targets: Vec<views::PlannedTarget> = targets.map(planned).collect();
    // By path within a wave, as they come.
    targets.sort_by_key(|target| target.wave);
    let mut warnings = left_out(&stopped, reader);
    warnings.extend(
        others.iter().filter(|other| overlap(maintenance, other)).filter_map(|other| met(other, &covered, reader)),
    );
    if stops && stopped.is_empty() {
        warnings.push("Nothing in scope is bound to anything outside, so no running work is made to end.".to_owned());
    }
    warnings.extend(unsaved(policy, &forecast));
    warnings.extend(not_done(policy));
    views::Plan {
        hash: maintenance.plan.hash(&covered),
        approval: super::maintenance::approval(maintenance),
        targets,
        forecast,
        warnings,
    }
}

/// What the policy asks for and this version does not do yet: said, so that nobody relies on it.
pub fn not_done(policy: &Policy) -> Option<String> {
    let effects = policy.effects.iter().filter(|effect| **effect != Effect::Stop).map(Effect::to_string);
    let left: Vec<String> = effects.collect();
    (!left.is_empty()).then(|| format!("This version does not yet: {}.", left.join(", ")))
}

/// What a backup before the stop would not hold.
fn unsaved(policy: &Policy, forecast: &views::Forecast) -> Vec<String> {
    if !matches!(policy.running, Running::Stop { backup: true, .. }) {
        return Vec::new();
    }
    let kept = forecast.workloads.iter().filter(|workload| !workload.volumes.is_empty() && !workload.ignored);
    kept.map(|it| format!("The backup of {} does not hold its volumes: {}.", it.name, it.volumes.join(", "))).collect()
}

/// What is done to the running work of a target.
fn done(policy: &Policy) -> Vec<String> {
    let done: &[&str] = match policy.running {
        Running::GoOn => &[],
        Running::Finish { then: Then::Wait, .. } => &["drain"],
        Running::Finish { then: Then::Stop | Then::Cancel, .. } => &["drain", "stop"],
        Running::Stop { .. } => &["stop"],
    };
    done.iter().map(|word| (*word).to_owned()).collect()
}

/// In which wave each target stops: after everything that needs it.
fn waves(stopped: &BTreeSet<TargetId>, estate: &Estate) -> BTreeMap<TargetId, usize> {
    let mut waves: BTreeMap<TargetId, usize> = BTreeMap::new();
    let mut left: BTreeSet<TargetId> = stopped.clone();
    let mut wave = 0;
    while !left.is_empty() {
        let free = |id: &&TargetId| estate.all_dependents_of(**id).is_disjoint(&left);
        let mut now: Vec<TargetId> = left.iter().filter(free).copied().collect();
        if now.is_empty() {
            // A circle, which the estate refuses when it is saved.
            now = left.iter().copied().collect();
        }
        for id in now {
            left.remove(&id);
            waves.insert(id, wave);
        }
        wave += 1;
    }
    waves
}

/// What needs something that stops, and does not stop itself.
fn left_out(stopped: &BTreeSet<TargetId>, reader: Reader<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    for needed in stopped {
        let outside = reader.estate.dependents_of(*needed).filter(|dependent| !stopped.contains(dependent));
        let told = outside.filter(|dependent| reader.sees(*dependent) || reader.sees(*needed));
        warnings.extend(told.map(|dependent| {
            format!("{} needs {} and is not stopped.", named(reader, dependent), named(reader, *needed))
        }));
    }
    warnings
}

/// A target, as the reader may know it.
fn named(reader: Reader<'_>, id: TargetId) -> String {
    if reader.sees(id) { path(reader.estate, id) } else { "a target that you cannot see".to_owned() }
}

/// Both are, or will be, in progress at one instant.
fn overlap(one: &Maintenance, other: &Maintenance) -> bool {
    let begins = |m: &Maintenance| m.began_at().or(m.plan.starts_at).unwrap_or(Instant(i64::MIN));
    let ends = |m: &Maintenance| m.ends_at().unwrap_or(Instant::MAX);
    one.id != other.id && begins(one) < ends(other) && begins(other) < ends(one)
}

fn met(other: &Maintenance, covered: &BTreeSet<TargetId>, reader: Reader<'_>) -> Option<String> {
    let mut shared: Vec<TargetId> = reader.estate.covered(&other.plan.scope).intersection(covered).copied().collect();
    shared.retain(|id| reader.sees(*id));
    let first = named(reader, *shared.first()?);
    let where_ = match shared.len() - 1 {
        0 => first,
        more => format!("{first} and {more} more"),
    };
    let until = other.ends_at().map(|at| format!(" until {}", instant(at))).unwrap_or_default();
    let title = &other.plan.texts.title;
    Some(format!("“{title}” ({}, {}{until}) covers {where_} too.", other.id, other.state_name()))
}
