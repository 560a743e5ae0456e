//! Between the rules and the adapters: what was listed as things of a target, what is to be done as calls.
use std::collections::BTreeMap;
use std::time::{Duration, Instant as Monotonic};

use futures_util::{FutureExt, StreamExt};
use lull_adapters as adapters;
use lull_domain::Instant;
use lull_domain::engagement::{CallVerb, Engagement, Failure, Fate, Item, Outcome, Reading, Run, Thing, ThingState};
use lull_domain::estate::{Binding, Claim, Estate, Seen, Target};
use lull_domain::id::TargetId;
use lull_domain::job;
use lull_domain::preset::GRACE;

use crate::clock;
use crate::core::Core;
use crate::metrics::{Call, METRICS};
use crate::own;

/// Listings at a time through one adapter, where many targets are asked for.
const LISTINGS: usize = 16;
/// How long people wait for one listing; it is named then, and the others are shown.
const LISTED_WITHIN: Duration = Duration::from_secs(4);
/// How long they wait for all of them; what is not listed by then is named.
const ALL_LISTED_WITHIN: Duration = Duration::from_secs(30);

/// What one target has outside: its own things, and those that two bindings claim or that are there twice.
pub struct Listed {
    /// What is this target's alone.
    pub workloads: Vec<adapters::Workload>,
    /// Whose nobody can tell.
    pub contested: Vec<adapters::Workload>,
    /// What the binding finds and is another's, or nobody's.
    pub others: Vec<adapters::Workload>,
    /// When the outside last started.
    pub booted_at: Option<Instant>,
}

/// What this target has outside.
///
/// # Errors
/// What the adapter gives; for good where there is no such adapter.
pub async fn listed(core: &Core, estate: &Estate, target: TargetId, binding: &Binding) -> Result<Listed, Failure> {
    let adapter = adapter(core, &binding.adapter)?;
    let began = Monotonic::now();
    let reading = adapter.list(&matches(binding)).await;
    counted(&binding.adapter, "list", reading.as_ref().err(), began);
    let reading = reading.map_err(failure)?;
    let booted_at = reading.booted_at.map(Instant);
    let mut listed = Listed { workloads: Vec::new(), contested: Vec::new(), others: Vec::new(), booted_at };
    for workload in reading.workloads {
        match estate.claim(&binding.adapter, &seen(&workload)) {
            Claim::One(owner) if owner == target && workload.twin && !workload.ignored => {
                listed.contested.push(workload);
            }
            Claim::One(owner) if owner == target => listed.workloads.push(workload),
            Claim::Contested(owners) if owners.contains(&target) => listed.contested.push(workload),
            Claim::One(_) | Claim::Contested(_) | Claim::Nobody => listed.others.push(workload),
        }
    }
    Ok(listed)
}

/// Whether several bindings claim it, or several that run have its name.
pub fn is_contested(estate: &Estate, binding: &Binding, workload: &adapters::Workload) -> bool {
    workload.twin || matches!(estate.claim(&binding.adapter, &seen(workload)), Claim::Contested(_))
}

/// A reading of a target, as the rules want it: without what asked to be left alone, and without what Lull runs on.
///
/// # Errors
/// What the adapter gives.
pub async fn read(core: &Core, estate: &Estate, target: TargetId, binding: &Binding) -> Result<Reading, Failure> {
    let at = clock::now();
    Ok(reading(core, binding, listed(core, estate, target, binding).await?, at))
}

fn reading(core: &Core, binding: &Binding, listed: Listed, at: Instant) -> Reading {
    let adapter = &core.adapters[&binding.adapter];
    let touchable = listed.workloads.into_iter().filter(|workload| !workload.ignored && !own::is_own(workload));
    let things = touchable.map(|workload| thing(workload, adapter.as_ref())).collect();
    let contested = listed.contested.into_iter().map(|workload| workload.name).collect();
    Reading { at, booted_at: listed.booted_at, binding: binding.clone(), things, contested }
}

/// A reading for a thing of a job, with that thing also where it is its target's no more, or contested; and whether it is its
/// target's no more: that was deleted, or is bound otherwise.
///
/// # Errors
/// What the adapter gives.
pub async fn read_for(core: &Core, estate: &Estate, item: &job::Item) -> Result<(Reading, bool), Failure> {
    let at = clock::now();
    let listed = listed(core, estate, item.target, &item.binding).await?;
    let is = |it: &&adapters::Workload| it.name == item.name && it.id == item.id;
    let strayed = listed.others.iter().find(is).cloned();
    // Of two that have its name, only an id tells which is meant.
    let contested = listed.contested.iter().filter(|it| it.id.is_some()).find(is).cloned();
    let mut reading = reading(core, &item.binding, listed, at);
    let is_known = reading.thing(&item.name).is_some();
    let is_strayed = !is_known && strayed.is_some();
    let adapter = &core.adapters[&item.binding.adapter];
    let found = strayed.or(contested).filter(|_| !is_known);
    reading.things.extend(found.map(|it| thing(it, adapter.as_ref())));
    Ok((reading, is_strayed))
}

/// What these targets have outside, and what could not be listed, in words.
pub async fn workloads(core: &Core, targets: &[Target]) -> (Vec<(Target, adapters::Workload)>, Vec<String>) {
    workloads_by(core, targets, tokio::time::Instant::now() + ALL_LISTED_WITHIN).await
}

async fn workloads_by(
    core: &Core,
    targets: &[Target],
    until: tokio::time::Instant,
) -> (Vec<(Target, adapters::Workload)>, Vec<String>) {
    let estate = core.estate();
    let bound = targets.iter().filter_map(|target| Some((target, target.binding.as_ref()?)));
    let mut listings: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (target, binding) in bound {
        // Boxed, as the compiler cannot see that a stream of these is `Send` for every lifetime.
        let listing = listed_by(until, &binding.adapter, listed(core, &estate, target.id, binding));
        listings.entry(&binding.adapter).or_default().push(listing.map(move |listed| (target, listed)).boxed());
    }
    // Each adapter by itself, so that one that does not answer holds up no other.
    let each = listings.into_values().map(|listings| futures_util::stream::iter(listings).buffered(LISTINGS));
    let mut listings = futures_util::stream::select_all(each);
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    while let Some((target, listed)) = listings.next().await {
        match listed {
            Ok(Listed { workloads, contested, .. }) => {
                found.extend(workloads.into_iter().chain(contested).map(|workload| (target.clone(), workload)));
            }
            Err(failure) => unknown.push(format!("{}: {}", target.path, why(&failure))),
        }
    }
    (found, unknown)
}

/// A listing, if it is there in time; it is not begun any more when the time for all of them is over.
async fn listed_by(
    until: tokio::time::Instant,
    adapter: &str,
    listing: impl Future<Output = Result<Listed, Failure>>,
) -> Result<Listed, Failure> {
    let within = until.saturating_duration_since(tokio::time::Instant::now()).min(LISTED_WITHIN);
    if within.is_zero() {
        let all = ALL_LISTED_WITHIN.as_secs();
        return Err(Failure::NoAnswer(format!("not asked for, as {adapter} had not listed all before within {all} s")));
    }
    let listed = tokio::time::timeout(within, listing).await;
    let too_slow = || Failure::NoAnswer(format!("no answer from {adapter} within {} s", within.as_secs().max(1)));
    listed.unwrap_or_else(|_| Err(too_slow()))
}

/// Sends a call, and gives what became of each thing.
///
/// # Errors
/// What the adapter gives for the call as a whole.
pub async fn send(
    core: &Core,
    engagement: &Engagement,
    verb: CallVerb,
    items: &[Item],
) -> Result<Vec<Outcome>, Failure> {
    let Some(receipt) = engagement.receipt() else { return Ok(Vec::new()) };
    let call = adapters::Call {
        matches: matches(&receipt.binding),
        items: items.iter().map(|item| call_item(item, verb)).collect(),
        grace: u32::try_from(engagement.grace.as_seconds()).unwrap_or(u32::MAX),
    };
    let done = sent(core, &receipt.binding.adapter, &call, verb).await?;
    Ok(done.into_iter().map(|done| outcome(done, items)).collect())
}

fn counted(adapter: &str, verb: &'static str, failed: Option<&adapters::Failure>, began: Monotonic) {
    let outcome = match failed {
        None => "done",
        Some(adapters::Failure::ForNow(_)) => "failed_for_now",
        Some(adapters::Failure::ForGood(_)) => "failed_for_good",
        Some(adapters::Failure::NoAnswer(_)) => "no_answer",
    };
    METRICS.called(&Call { adapter, verb, outcome, took: began.elapsed() });
}

/// Sends a call for one thing of a job; to revert is only to put its setting back.
///
/// # Errors
/// What the adapter gives for the call as a whole.
pub async fn stop_one(core: &Core, item: &job::Item, verb: CallVerb) -> Result<Vec<Outcome>, Failure> {
    let meant = adapters::CallItem {
        name: item.name.clone(),
        id: item.id.clone(),
        before: item.before.clone(),
        set: item.set.clone(),
        setting_only: verb == CallVerb::Revert,
    };
    let grace = u32::try_from(GRACE.as_seconds()).unwrap_or(u32::MAX);
    let call = adapters::Call { matches: matches(&item.binding), items: vec![meant], grace };
    let done = sent(core, &item.binding.adapter, &call, verb).await?;
    Ok(done.into_iter().map(|done| outcome(done, &[])).collect())
}

fn adapter<'a>(core: &'a Core, name: &str) -> Result<&'a dyn adapters::Adapter, Failure> {
    let adapter = core.adapters.get(name).map(AsRef::as_ref);
    adapter.ok_or_else(|| Failure::ForGood(format!("the server's file has no adapter {name}")))
}

/// What the adapter did of a call; counted.
async fn sent(core: &Core, name: &str, call: &adapters::Call, verb: CallVerb) -> Result<Vec<adapters::Done>, Failure> {
    let adapter = adapter(core, name)?;
    let began = Monotonic::now();
    let (verb, done) = match verb {
        CallVerb::Backup => ("backup", adapter.backup(call).await),
        CallVerb::Apply => ("stop", adapter.stop(call).await),
        CallVerb::Revert => ("start", adapter.start(call).await),
    };
    counted(name, verb, done.as_ref().err(), began);
    done.map_err(failure)
}

fn call_item(item: &Item, verb: CallVerb) -> adapters::CallItem {
    adapters::CallItem {
        name: item.name.clone(),
        id: item.id.clone(),
        before: item.before.clone(),
        set: item.set.clone(),
        setting_only: verb == CallVerb::Revert && !item.is_ours(),
    }
}

fn outcome(done: adapters::Done, items: &[Item]) -> Outcome {
    let ran_since = items.iter().find(|item| item.name == done.name).and_then(|item| item.ran_since);
    let fate = match done.outcome {
        adapters::Outcome::Stopped { started_at, finished_at, .. } => Fate::Stopped(Run {
            started_at: started_at.map(Instant).or(ran_since),
            finished_at: finished_at.map(Instant).or_else(|| Some(clock::now())),
        }),
        adapters::Outcome::WasDown => Fate::WasDown,
        adapters::Outcome::Started { started_at } => Fate::Started(started_at.map(Instant)),
        adapters::Outcome::WasUp => Fate::WasUp,
        adapters::Outcome::SettingBack => Fate::SettingBack,
        adapters::Outcome::Gone => Fate::Gone,
        adapters::Outcome::Changed => Fate::Changed,
        adapters::Outcome::BackedUp(name) => Fate::BackedUp(name),
        adapters::Outcome::Failed(reason) => Fate::Failed(failure(reason)),
    };
    Outcome { name: done.name, fate, set: done.set, found: done.found }
}

fn thing(workload: adapters::Workload, adapter: &dyn adapters::Adapter) -> Thing {
    Thing {
        owner: workload.owner,
        keeps_down: adapter.held_down(&workload.setting),
        name: workload.name,
        id: workload.id,
        state: match workload.state {
            adapters::State::Running => ThingState::Running,
            adapters::State::Stopped => ThingState::Stopped,
            adapters::State::Created => ThingState::Created,
        },
        started_at: workload.started_at.map(Instant),
        finished_at: workload.finished_at.map(Instant),
        restarts: workload.restarts,
        healthy: workload.healthy,
        needs: workload.needs,
        setting: workload.setting,
    }
}

fn seen(workload: &adapters::Workload) -> Seen<'_> {
    Seen {
        name: &workload.name,
        title: workload.title.as_deref(),
        project: workload.project.as_deref(),
        service: workload.service.as_deref(),
        labels: &workload.labels,
    }
}

fn matches(binding: &Binding) -> adapters::Match {
    let wanted = &binding.matches;
    adapters::Match {
        labels: wanted.labels.clone(),
        project: wanted.project.clone(),
        service: wanted.service.clone(),
        name: wanted.name.clone(),
    }
}

fn failure(failure: adapters::Failure) -> Failure {
    match failure {
        adapters::Failure::ForNow(why) => Failure::ForNow(why),
        adapters::Failure::ForGood(why) => Failure::ForGood(why),
        adapters::Failure::NoAnswer(why) => Failure::NoAnswer(why),
    }
}

/// A failure in words.
pub fn why(failure: &Failure) -> &str {
    match failure {
        Failure::ForNow(why) | Failure::ForGood(why) | Failure::NoAnswer(why) => why,
    }
}

#[cfg(test)]
mod tests;
