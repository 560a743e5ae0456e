//! A maintenance as callers see it: its plan, where it stands, and what is true of it now.
use lull_api::{params, views};
use lull_domain::fence;
use lull_domain::life::{Ended, Life, Outcome, Phase, Trigger};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::Actor;
use lull_domain::plan::{Expected, Until};
use lull_domain::preset::Preset;
use lull_domain::work::Work;
use lull_domain::{Instant, Span, duration};
use lull_store::Status;
use serde_json::json;

use super::series::{of, passed};
use super::{far, instant, scope, word};

/// What the gate has of a maintenance.
#[derive(Clone, Debug, Default)]
pub struct Gated {
    /// The epoch that holds it in its present form.
    pub epoch: u64,
    /// When every enforcer had reported it.
    pub reported_at: Option<Instant>,
    /// Enforcers that may still decide without it, and do not answer.
    pub unfenced: Vec<String>,
}

/// A maintenance at `now`.
pub fn maintenance(maintenance: &Maintenance, gated: Gated, work: &Work<'_>, now: Instant) -> views::Maintenance {
    let plan = &maintenance.plan;
    let (life, texts) = (&maintenance.life, &plan.texts);
    let is_over = ended(life).is_some();
    let fenced_at = life.progress().zip(gated.reported_at).map(|(it, at)| fence::fenced_at(it.started_at, at));
    let fenced_at = fenced_at.filter(|at| *at <= now);
    views::Maintenance {
        id: maintenance.id.to_string(),
        title: texts.title.clone(),
        description: texts.description.clone(),
        status: Status::of(life).name().to_owned(),
        phase: life.progress().map(|_| maintenance.state_name().to_owned()),
        outcome: outcome(life),
        flags: flags(maintenance, fenced_at.is_some(), work, now),
        fenced_at: fenced_at.map(instant),
        unfenced: gated.unfenced,
        trigger: trigger(life).map(trigger_view),
        by: by(maintenance),
        since: instant(since(maintenance)),
        until: maintenance.ends_at().filter(|_| !is_over).map(instant),
        why: ended(life).and_then(|ended| ended.reason.clone()).or_else(|| texts.reason.clone()),
        owner: plan.owner.clone(),
        scope: scope(&plan.scope, work.estate),
        series: of(maintenance),
        preset: preset(maintenance),
        policy: json!(plan.policy),
        starts_at: maintenance.began_at().or(plan.starts_at).map(instant),
        ends_at: maintenance.ends_at().map(instant),
        duration: lasting(maintenance),
        end: json!(plan.end),
        expires_after: plan.expires_after.map(duration::print),
        zone: plan.zone.clone(),
        impact: word(texts.impact),
        impact_text: texts.impact_text.clone(),
        expected: texts.expected.map(expected),
        texts: texts.others.clone(),
        late_by: life.progress().and_then(|progress| progress.late_by).map(duration::print),
        approval: approval(maintenance),
        reminders: plan.tells.reminders.iter().map(|lead| duration::print(*lead)).collect(),
        ask_before: duration::print(plan.tells.ask_before),
        nudge_every: duration::print(plan.tells.nudge_every),
        overrun_used: life.progress().filter(|it| it.overrun > Span::ZERO).map(|it| duration::print(it.overrun)),
        updates: maintenance.told.updates.iter().map(update).collect(),
        warnings: super::plan::not_done(&plan.policy).into_iter().collect(),
        trouble: life.progress().map(|_| maintenance.told.trouble.clone()).unwrap_or_default(),
        waits_for: waits_for(maintenance, work, now),
        blockers: far::blockers(maintenance, work),
        returning: far::returning(maintenance, work, now),
        progress: far::progress(maintenance, work, now),
        epoch: gated.epoch,
        revision: maintenance.revision,
        created_at: instant(maintenance.created_at),
    }
}

/// The word of a second person, where one is asked for.
pub fn approval(maintenance: &Maintenance) -> Option<views::Approval> {
    let given = maintenance.approval.as_ref();
    let needed = maintenance.plan.policy.approval;
    let makers: Vec<&str> = maintenance.made_by().map(Actor::name).collect();
    let waits = maintenance.waits_for_approval() || matches!(maintenance.life, Life::Draft);
    let who =
        || format!("anybody but {} who has the permission approve on every root of the scope", makers.join(" and "));
    needed.then(|| views::Approval {
        needed,
        by: given.map(|it| it.by.name().to_owned()),
        at: given.map(|it| instant(it.at)),
        lapsed_at: given.and_then(|it| it.lapsed_at).map(instant),
        who: waits.then(who),
    })
}

/// What it waits for, in words: before it begins a second person, then what is to be done.
fn waits_for(maintenance: &Maintenance, work: &Work<'_>, now: Instant) -> Vec<String> {
    match (maintenance.waits_for_approval(), &maintenance.approval) {
        (true, None) => vec!["an approval by a second person".to_owned()],
        (true, Some(lapsed)) => {
            vec![format!("an approval: the plan is another one since {} approved it", lapsed.by.name())]
        }
        (false, _) => far::waits_for(maintenance, work, now),
    }
}

fn flags(maintenance: &Maintenance, fenced: bool, work: &Work<'_>, now: Instant) -> views::Flags {
    views::Flags {
        announced: !matches!(maintenance.life, Life::Draft),
        fenced,
        ready: fenced && far::is_ready(maintenance, work, now),
        overdue: maintenance.is_overdue(now),
        needs_attention: needs_attention(maintenance),
    }
}

/// Something needs a person, leaving takes longer than it may, or so does what it waits for.
pub fn needs_attention(maintenance: &Maintenance) -> bool {
    let Some(progress) = maintenance.life.progress() else { return false };
    let is_leaving = matches!(progress.phase, Phase::Leaving(_));
    let is_late = maintenance.told.leaving_late_at.is_some_and(|at| at >= progress.since);
    let waits_on = maintenance.drains() && maintenance.told.drain_late_at.is_some();
    !maintenance.told.trouble.is_empty() || is_leaving && is_late || waits_on
}

fn ended(life: &Life) -> Option<&Ended> {
    match life {
        Life::Completed(ended) | Life::Cancelled(ended) => Some(ended),
        Life::Draft | Life::Scheduled | Life::InProgress(_) => None,
    }
}

/// As what it leaves, or is over; one that never began says why.
fn outcome(life: &Life) -> Option<String> {
    let outcome = match life {
        Life::Draft | Life::Scheduled => return None,
        Life::InProgress(progress) => match &progress.phase {
            Phase::Leaving(leaving) => match leaving.outcome {
                Outcome::Completed => "completed",
                Outcome::Cancelled => "cancelled",
            },
            Phase::Entering | Phase::Active | Phase::Verifying => return None,
        },
        Life::Completed(_) => "completed",
        Life::Cancelled(ended) => passed(ended).unwrap_or("cancelled"),
    };
    Some(outcome.to_owned())
}

fn trigger(life: &Life) -> Option<&Trigger> {
    let ran = || ended(life).and_then(|ended| ended.ran.as_ref()).map(|(trigger, _)| trigger);
    life.progress().map(|progress| &progress.trigger).or_else(ran)
}

fn trigger_view(trigger: &Trigger) -> views::Trigger {
    let (kind, name) = match trigger {
        Trigger::Manual(actor) => ("manual", actor.name()),
        Trigger::Observer(name) => ("observer", name.as_str()),
    };
    views::Trigger { kind: kind.to_owned(), name: name.to_owned() }
}

/// Who began it; before that, who made it.
fn by(maintenance: &Maintenance) -> String {
    match trigger(&maintenance.life) {
        Some(Trigger::Manual(actor)) => actor.name().to_owned(),
        Some(Trigger::Observer(name)) => name.clone(),
        None => maintenance.created_by.name().to_owned(),
    }
}

fn since(maintenance: &Maintenance) -> Instant {
    match &maintenance.life {
        Life::Draft | Life::Scheduled => maintenance.created_at,
        Life::InProgress(progress) => progress.since,
        Life::Completed(ended) | Life::Cancelled(ended) => ended.at,
    }
}

/// The preset, as long as the policy is still its own.
fn preset(maintenance: &Maintenance) -> Option<String> {
    let name = maintenance.plan.preset.as_ref()?;
    let preset: Preset = name.parse().ok()?;
    (preset.policy() == maintenance.plan.policy).then(|| name.clone())
}

/// How long it lasts, where no end can be named yet.
fn lasting(maintenance: &Maintenance) -> Option<String> {
    match maintenance.plan.until {
        Until::Lasting(span) if maintenance.ends_at().is_none() => Some(duration::print(span)),
        Until::Lasting(_) | Until::At(_) | Until::Open => None,
    }
}

pub(super) fn expected(expected: Expected) -> params::Expected {
    params::Expected { min: duration::print(expected.min), max: duration::print(expected.max) }
}

fn update((at, update): &(Instant, lull_domain::order::Update)) -> views::Update {
    views::Update {
        at: instant(*at),
        text: update.text.clone(),
        percent: update.percent,
        expected_end: update.expected_end.map(instant),
    }
}
