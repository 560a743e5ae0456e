//! Jobs that stop work for good: who may, what they stop, and when they may go on.
use std::collections::BTreeSet;

use lull_adapters::{State as Runs, Workload};
use lull_api::params::StopWorkloads;
use lull_domain::Instant;
use lull_domain::engagement::Key;
use lull_domain::estate::{Binding, Estate, Target};
use lull_domain::id::{JobId, TargetId};
use lull_domain::job::{CONTESTED, Item, Job, State};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Permission};
use lull_domain::policy::{Effect, Facet, Role};
use lull_domain::refusal::{Because, Refusal};
use lull_store::{Entry, EntryKind, StoreError, Tx};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::http::{read, shown};
use crate::{outside, own};

/// How many things one job stops at most.
const STOPPED_MAX: usize = 100_000;
/// How many ids a body may name.
const IDS_MAX: usize = 10_000;
/// How many of those that could not be listed a refusal names.
const NAMED_MAX: usize = 3;
/// How long a reason may be.
const REASON_MAX: usize = 10_000;

impl Core {
    /// Makes the job that this body asks for; the engine carries it out.
    ///
    /// # Errors
    /// Bad input naming its field; forbidden without the role of an administrator on each target; a conflict where something
    /// lies in no maintenance that holds work back.
    pub async fn stop_workloads(&self, caller: &Caller, asked: StopWorkloads) -> Result<(Job, Vec<Item>), Refused> {
        let estate = self.estate();
        let reason = read::text("reason", asked.reason.clone(), REASON_MAX)?;
        let targets = targets(&estate, caller, &asked)?;
        let (found, unknown) = outside::workloads(self, &targets).await;
        let chosen = chosen(found, asked.ids.as_deref(), &unknown)?;
        administers(&estate, caller, &chosen)?;
        let (contested, chosen): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|it| is_contested(&estate, it));
        let forced = forced(&estate, caller, &asked, &chosen)?;
        if !forced.is_empty() && reason.is_none() {
            let detail = "doing without a backup needs a reason";
            return Err(Refusal::input("reason", detail, "Say why, in one sentence.").into());
        }
        let job = Job { id: JobId(clock::id()), by: caller.actor.clone(), at: clock::now(), reason };
        let all = asked.ids.is_none();
        let mut items: Vec<Item> = targets.iter().filter_map(|it| unlisted(it, &unknown).filter(|_| all)).collect();
        items.extend(contested.into_iter().filter_map(untouched));
        let made = self.store.write(move |tx| {
            let live = tx.live_maintenances()?;
            let open = |target| live.iter().any(|it| holds_back(it) && estate.covers(&it.plan.scope, target));
            if let Some((target, workload)) = chosen.iter().find(|(target, _)| !open(target)) {
                return Err(not_in_mode(target, &workload.name).into());
            }
            let left = left_to_others(tx, chosen.iter().map(|(target, _)| target.id).collect())?;
            for (target, workload) in chosen {
                // What a stop engagement already has is left to it.
                if !left.contains(&(target.id, workload.name.clone())) {
                    let force = forced.contains(&(target.id, workload.name.clone()));
                    items.extend(target.binding.clone().map(|binding| item(target.id, binding, workload, force)));
                }
            }
            tx.insert_job(&job, &items)?;
            let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
            let forced: BTreeSet<&str> = forced.iter().map(|(_, name)| name.as_str()).collect();
            let body = json!({"job": job.id, "did": "stops", "names": names, "forced": forced, "reason": job.reason});
            tx.append(&[entry(job.at, None, job.by.clone(), body)])?;
            Ok::<_, Refused>((job, items))
        });
        let made = made.await?;
        self.wake.notify_one();
        Ok(made)
    }
}

/// An entry of the log about a job.
pub fn entry(at: Instant, target: Option<TargetId>, actor: Actor, body: Value) -> Entry {
    Entry { at, kind: EntryKind::Job, maintenance: None, target, actor: Some(actor), body }
}

/// Why this thing may not be stopped by a job any more; none where it may.
///
/// # Errors
/// What the store gives.
pub fn barred(tx: &mut Tx, estate: &Estate, item: &Item) -> Result<Option<String>, StoreError> {
    let live = tx.live_maintenances()?;
    let covers = |it: &Maintenance| estate.target(item.target).is_some_and(|of| estate.covers(&it.plan.scope, of));
    if !live.iter().any(|it| holds_back(it) && covers(it)) {
        return Ok(Some("the maintenance that let it be stopped is over".to_owned()));
    }
    let left = left_to_others(tx, [item.target].into())?;
    let is_left = left.contains(&(item.target, item.name.clone()));
    Ok(is_left.then(|| "it is left to the maintenance that stops it".to_owned()))
}

/// Its work is held back, and it is not leaving.
fn holds_back(maintenance: &Maintenance) -> bool {
    maintenance.life.is_in_force() && maintenance.plan.policy.sets(Facet::Work)
}

/// What stop engagements on these targets have: they stop it, hold it down, or start it again.
fn left_to_others(tx: &mut Tx, targets: BTreeSet<TargetId>) -> Result<BTreeSet<(TargetId, String)>, StoreError> {
    let mut left = BTreeSet::new();
    for target in targets {
        let engagement = tx.engagement(Key { target, effect: Effect::Stop })?;
        let ours = engagement.items().iter().filter(|item| item.is_ours());
        left.extend(ours.map(|item| (target, item.name.clone())));
    }
    Ok(left)
}

/// The targets to look at: those under a path, or all that the caller sees.
fn targets(estate: &Estate, caller: &Caller, asked: &StopWorkloads) -> Result<Vec<Target>, Refusal> {
    if matches!(caller.actor, Actor::Observer(_)) {
        return Err(Refusal::new(Because::Forbidden, "This is not for an observer to order.", "Ask an administrator."));
    }
    let root = match (&asked.under, &asked.ids) {
        (Some(under), None) => Some(read::target(estate, caller, under).map_err(|refusal| refusal.at("under"))?),
        (None, Some(ids)) if !ids.is_empty() && ids.len() <= IDS_MAX => None,
        (None, Some(_)) => return Err(Refusal::input("ids", "there are none, or too many", "Name 1 to 10000.")),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::input("under", "either `under` or `ids` says what stops", "Give one of the two."));
        }
    };
    let root = root.and_then(|id| estate.target(id));
    if let Some(root) = root.filter(|root| caller.role_on(estate, root.id) < Some(Role::Administrator)) {
        return Err(no_administrator(root));
    }
    let under = |target: &&Target| root.is_none_or(|root| root.path.covers(&target.path));
    let bound = estate.targets().filter(under).filter(|target| target.binding.is_some());
    Ok(bound.filter(|target| caller.sees(estate, target.id)).cloned().collect())
}

/// What runs and is meant: all, or what one of these ids or names says.
fn chosen(
    found: Vec<(Target, Workload)>,
    ids: Option<&[String]>,
    unknown: &[String],
) -> Result<Vec<(Target, Workload)>, Refusal> {
    let may = |it: &Workload| it.state == Runs::Running && !it.ignored && !own::is_own(it);
    let running: Vec<_> = found.into_iter().filter(|(_, workload)| may(workload)).collect();
    let Some(ids) = ids else {
        let few = running.len() <= STOPPED_MAX;
        let many = || Refusal::input("under", format!("more than {STOPPED_MAX} run there"), "Name a part of it.");
        return if few { Ok(running) } else { Err(many()) };
    };
    for (n, id) in ids.iter().enumerate() {
        let (detail, remedy) = match running.iter().filter(|(_, workload)| is(workload, id)).count() {
            1 => continue,
            0 if !unknown.is_empty() => (
                format!("`{}` was not found, and this could not be listed: {}", shown(id), some(unknown)),
                "See to the adapter and ask again, or stop what is under a target: what cannot be listed is named then.",
            ),
            0 => (
                format!("nothing called `{}` runs where you may stop it", shown(id)),
                "Name what `GET /api/v1/workloads` lists as running.",
            ),
            many => (
                format!("`{}` is ambiguous: {many} that run are called so", shown(id)),
                "Name it by its id, or stop what is under its target.",
            ),
        };
        return Err(Refusal::input(format!("ids[{n}]"), detail, remedy));
    }
    Ok(running.into_iter().filter(|(_, workload)| ids.iter().any(|id| is(workload, id))).collect())
}

/// The first of these, and how many more there are.
fn some(unknown: &[String]) -> String {
    let more = unknown.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{more}", unknown.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join("; "))
}

/// Whether this id or lasting name is its.
fn is(workload: &Workload, id: &String) -> bool {
    workload.id.as_ref() == Some(id) || workload.name == *id
}

fn administers(estate: &Estate, caller: &Caller, chosen: &[(Target, Workload)]) -> Result<(), Refusal> {
    let other = chosen.iter().find(|(target, _)| caller.role_on(estate, target.id) < Some(Role::Administrator));
    other.map_or(Ok(()), |(target, _)| Err(no_administrator(target)))
}

fn no_administrator(target: &Target) -> Refusal {
    let detail = format!("You are not an administrator on {}.", target.path);
    Refusal::new(Because::Forbidden, detail, "Leave it out, or ask for the role.")
}

/// What is stopped without a backup: each thing that is called so, only by who may on its target.
fn forced(
    estate: &Estate,
    caller: &Caller,
    asked: &StopWorkloads,
    chosen: &[(Target, Workload)],
) -> Result<BTreeSet<(TargetId, String)>, Refusal> {
    let mut forced = BTreeSet::new();
    for (n, id) in asked.force.iter().enumerate() {
        let meant: Vec<_> = chosen.iter().filter(|(_, workload)| is(workload, id)).collect();
        if meant.is_empty() {
            let detail = format!("`{}` is not among what is to stop", shown(id));
            return Err(Refusal::input(format!("force[{n}]"), detail, "Name one that runs there."));
        }
        for (target, workload) in meant {
            if !caller.may_on(estate, target.id).contains(&Permission::BreakGlass) {
                let detail = format!("Stopping without a backup on {} needs the permission break_glass.", target.path);
                return Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it."));
            }
            forced.insert((target.id, workload.name.clone()));
        }
    }
    Ok(forced)
}

fn not_in_mode(target: &Target, name: &str) -> Refusal {
    let detail = format!("No maintenance that holds work back covers {name} on {}.", target.path);
    let remedy = "Enter maintenance there first, with a preset such as no-new-work.";
    Refusal::new(Because::Conflict, detail, remedy)
}

fn item(target: TargetId, binding: Binding, workload: Workload, forced: bool) -> Item {
    Item {
        target,
        binding,
        name: workload.name,
        id: workload.id,
        since: workload.started_at.map(Instant),
        forced,
        before: workload.setting,
        set: None,
        state: State::Waiting,
        why: None,
        backup: None,
        call: None,
        calls: 0,
    }
}

/// Nobody can tell whose it is, or which of two is meant.
fn is_contested(estate: &Estate, (target, workload): &(Target, Workload)) -> bool {
    target.binding.as_ref().is_some_and(|binding| outside::is_contested(estate, binding, workload))
}

/// What is contested is named and left alone.
fn untouched((target, workload): (Target, Workload)) -> Option<Item> {
    let item = item(target.id, target.binding?, workload, false);
    Some(Item { state: State::Failed, why: Some(CONTESTED.to_owned()), ..item })
}

/// A target that could not be listed is named: something may run there.
fn unlisted(target: &Target, unknown: &[String]) -> Option<Item> {
    let said = format!("{}: ", target.path);
    let why = unknown.iter().find_map(|line| line.strip_prefix(&said))?;
    let named = json!({"name": target.path.to_string(), "state": "running", "setting": null});
    let workload: Workload = serde_json::from_value(named).ok()?;
    let item = item(target.id, target.binding.clone()?, workload, false);
    Some(Item { state: State::Failed, why: Some(format!("could not be listed: {why}")), ..item })
}
