//! From the body of a request to a draft of a maintenance, checked as far as the body alone and the estate allow.
use std::collections::BTreeMap;

use lull_api::params::{self, NewMaintenance};
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::MaintenanceId;
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::plan::{Expected, Impact, Plan, Tells, Texts, Until, beyond_rights};
use lull_domain::policy::{EndRule, Overrun, Policy, from_body};
use lull_domain::preset::Preset;
use lull_domain::refusal::Refusal;
use lull_domain::scope::Scope;
use lull_domain::told::Told;
use lull_domain::{Instant, Span};
use serde_json::Value;

use super::read;
use crate::caller::Caller;
use crate::clock;
use crate::orders::{Begin, within_rights};

/// How long a text of a few lines may be.
const TEXT_MAX: usize = 10_000;
/// How long a name may be.
const NAME_MAX: usize = 256;
/// How many texts by name there may be.
const TEXTS_MAX: usize = 32;
/// How many reminders there may be.
const REMINDERS_MAX: usize = 20;
/// How often an owner may be nudged.
const NUDGE_MIN: Span = Span::minutes(5);

/// A draft as this body asks for it, and how it is to begin.
///
/// # Errors
/// Bad input naming its field; forbidden beyond the caller's rights.
pub fn drafted(estate: &Estate, caller: &Caller, new: NewMaintenance) -> Result<(Maintenance, Begin), Refusal> {
    let now = clock::now();
    let scope = read::scope(estate, caller, &new.scope)?;
    let means = means(new.preset.as_deref(), new.policy.clone())?;
    may(estate, caller, &scope, &means)?;
    if estate.covered(&scope).is_empty() {
        return Err(Refusal::input("scope", "the scope matches nothing", "Widen a label, or exclude less."));
    }
    let begin = begin(&new);
    let (starts_at, until) = times(&new, now)?;
    let (end, expires_after) = end(&new, means.end, until)?;
    let owner = read::text("owner", new.owner.clone(), NAME_MAX)?.unwrap_or_else(|| caller.actor.name().to_owned());
    let plan = Plan {
        scope,
        preset: means.preset.map(|preset| preset.name().to_owned()),
        policy: means.policy,
        starts_at,
        until,
        end,
        expires_after,
        zone: read::zone(new.zone.as_deref().unwrap_or("UTC"))?,
        owner,
        tells: tells(&Tells::default(), (&new.reminders, &new.ask_before, &new.nudge_every))?,
        accepted: Vec::new(),
        texts: texts(new)?,
    };
    let plan = plan.checked((begin == Begin::Now).then_some(now))?;
    Ok((draft(caller, plan, now), begin))
}

/// A draft with this plan.
pub fn draft(caller: &Caller, plan: Plan, now: Instant) -> Maintenance {
    Maintenance {
        id: MaintenanceId(clock::id()),
        plan,
        life: Life::Draft,
        told: Told::default(),
        series: None,
        created_by: caller.actor.clone(),
        created_at: now,
        changed_by: None,
        approval: None,
        revision: 1,
    }
}

fn begin(new: &NewMaintenance) -> Begin {
    match (new.draft, &new.starts_at) {
        (true, _) => Begin::Draft,
        (false, None) => Begin::Now,
        (false, Some(_)) => Begin::Scheduled,
    }
}

/// What quiet means, with the end rule that the policy brought along.
struct Means {
    preset: Option<Preset>,
    policy: Policy,
    end: Option<EndRule>,
}

fn means(preset: Option<&str>, policy: Option<Value>) -> Result<Means, Refusal> {
    match (preset, policy) {
        (Some(name), None) => {
            let preset: Preset = name.parse()?;
            Ok(Means { preset: Some(preset), policy: preset.policy(), end: None })
        }
        (None, Some(body)) => {
            let (policy, end) = self::policy(body)?;
            Ok(Means { preset: None, policy, end })
        }
        (Some(_), Some(_)) => {
            Err(Refusal::input("policy", "both a preset and a policy are given", "Give one of the two."))
        }
        (None, None) => {
            let remedy =
                "Give `preset`: no-new-work, admins-only, hold-new-work, stop-everything or announce; or `policy`.";
            Err(Refusal::input("preset", "nothing says what quiet means", remedy))
        }
    }
}

/// A policy of one's own.
///
/// # Errors
/// About the field `policy` and what is below it.
pub fn policy(body: Value) -> Result<(Policy, Option<EndRule>), Refusal> {
    let (policy, end) = from_body(body)?;
    if let Some(end) = &end {
        can_end(end)?;
    }
    Ok((policy, end))
}

fn may(estate: &Estate, caller: &Caller, scope: &Scope, means: &Means) -> Result<(), Refusal> {
    let at_root = means.preset.is_some_and(Preset::orders_at_root);
    if at_root && caller.role_on(estate, ROOT) < Some(means.policy.role_to_order()) {
        return Err(beyond_rights("/", means.policy.role_to_order()));
    }
    within_rights(estate, caller, scope, &means.policy)
}

/// When it begins and ends.
fn times(new: &NewMaintenance, now: Instant) -> Result<(Option<Instant>, Until), Refusal> {
    let starts_at = new.starts_at.as_deref().map(|text| read::instant("starts_at", text)).transpose()?;
    if starts_at.is_some_and(|starts_at| starts_at < now) {
        let remedy = "Name a later instant, or leave it out to begin now.";
        return Err(Refusal::input("starts_at", "the start lies in the past", remedy));
    }
    let until = match (new.ends_at.as_deref(), new.duration.as_deref()) {
        (Some(_), Some(_)) => {
            return Err(Refusal::input("duration", "both an end and a duration are given", "Give one of the two."));
        }
        (Some(text), None) => Until::At(read::instant("ends_at", text)?),
        (None, Some(text)) => Until::Lasting(read::span("duration", text)?),
        (None, None) => Until::Open,
    };
    match until {
        Until::At(ends_at) if ends_at <= now => {
            Err(Refusal::input("ends_at", "the end lies in the past", "Name a later instant."))
        }
        until => Ok((starts_at, until)),
    }
}

/// Under whose hand it ends, and after how long people are reminded where no end is planned.
fn end(new: &NewMaintenance, brought: Option<EndRule>, until: Until) -> Result<(EndRule, Option<Span>), Refusal> {
    let given = new.end.clone().map(end_rule).transpose()?;
    if given.is_some() && brought.is_some() {
        return Err(Refusal::input("end", "the end rule is given twice, in `policy.end` too", "Give one of the two."));
    }
    let is_open = until == Until::Open;
    let rule = given.or(brought).unwrap_or(match is_open {
        true => EndRule::Manual(Overrun::Stay),
        false => EndRule::AtEnd,
    });
    fits(&rule, is_open)?;
    let expires = new.expires_after.as_deref().map(|text| read::span("expires_after", text)).transpose()?;
    Ok((rule, expires))
}

/// An end rule of a body.
///
/// # Errors
/// About the field `end`.
pub fn end_rule(body: Value) -> Result<EndRule, Refusal> {
    let remedy = r#"Write `{"by": "at_end"}`, `{"by": "after", "duration": "PT2H"}` or `{"by": "manual"}`."#;
    let rule: EndRule =
        serde_json::from_value(body).map_err(|error| Refusal::input("end", error.to_string(), remedy))?;
    rule.checked()?;
    can_end(&rule)?;
    Ok(rule)
}

/// What this version can end as the rule says.
fn can_end(rule: &EndRule) -> Result<(), Refusal> {
    if matches!(rule, EndRule::OnSignal { .. }) {
        let remedy = "Leave it out: what an observer enters, that observer ends.";
        return Err(Refusal::input("end", "this version waits for no signal of another", remedy));
    }
    Ok(())
}

/// One end only; and what happens past the end only where there is one.
///
/// # Errors
/// About the field `end`.
pub fn fits(rule: &EndRule, is_open: bool) -> Result<(), Refusal> {
    match rule {
        EndRule::After(_) if !is_open => Err(Refusal::input(
            "end",
            "it would have two ends",
            "Leave `ends_at` and `duration` out, or end it `at_end`.",
        )),
        EndRule::Manual(overrun) | EndRule::OnSignal { overrun, .. } if is_open && *overrun != Overrun::Stay => Err(
            Refusal::input("end", "an overrun needs a planned end", "Give `ends_at` or `duration`, or leave it out."),
        ),
        EndRule::AtEnd | EndRule::After(_) | EndRule::Manual(_) | EndRule::OnSignal { .. } => Ok(()),
    }
}

/// When people are told and asked, as these say it: reminders, before the end, and without a word.
///
/// # Errors
/// Bad input naming its field.
pub fn tells(before: &Tells, said: (&Option<Vec<String>>, &Option<String>, &Option<String>)) -> Result<Tells, Refusal> {
    let (reminders, ask_before, nudge_every) = said;
    let mut tells = before.clone();
    if let Some(leads) = reminders {
        tells.reminders = self::reminders(leads)?;
    }
    if let Some(text) = ask_before {
        tells.ask_before = read::span_or_none("ask_before", text)?;
    }
    if let Some(text) = nudge_every {
        let every = read::span_or_none("nudge_every", text)?;
        if Span::ZERO < every && every < NUDGE_MIN {
            let remedy = "Nudge each `PT5M` at most, or `PT0S` for never.";
            return Err(Refusal::input("nudge_every", "nobody has news that often", remedy));
        }
        tells.nudge_every = every;
    }
    Ok(tells)
}

fn reminders(leads: &[String]) -> Result<Vec<Span>, Refusal> {
    if leads.len() > REMINDERS_MAX {
        let detail = format!("{} reminders are more than {REMINDERS_MAX}", leads.len());
        return Err(Refusal::input("reminders", detail, "Give fewer."));
    }
    let mut leads = leads.iter().map(|lead| read::span("reminders", lead)).collect::<Result<Vec<Span>, Refusal>>()?;
    leads.sort_by(|one, other| other.cmp(one));
    leads.dedup();
    Ok(leads)
}

fn texts(new: NewMaintenance) -> Result<Texts, Refusal> {
    Ok(Texts {
        title: title(new.title)?,
        description: read::text("description", new.description, TEXT_MAX)?,
        reason: read::text("reason", new.reason, TEXT_MAX)?,
        impact: new.impact.as_deref().map(impact).transpose()?.unwrap_or_default(),
        impact_text: read::text("impact_text", new.impact_text, TEXT_MAX)?,
        expected: new.expected.as_ref().map(expected).transpose()?,
        others: others(new.texts)?,
    })
}

/// The texts with these changes.
///
/// # Errors
/// Bad input naming its field.
pub fn changed(before: &Texts, change: &params::MaintenanceChange) -> Result<Texts, Refusal> {
    let mut texts = before.clone();
    let change = change.clone();
    if let Some(new) = change.title {
        texts.title = title(new)?;
    }
    if change.description.is_some() {
        texts.description = read::text("description", change.description, TEXT_MAX)?;
    }
    if change.reason.is_some() {
        texts.reason = read::text("reason", change.reason, TEXT_MAX)?;
    }
    if let Some(new) = change.impact {
        texts.impact = impact(&new)?;
    }
    if change.impact_text.is_some() {
        texts.impact_text = read::text("impact_text", change.impact_text, TEXT_MAX)?;
    }
    if let Some(new) = change.expected {
        texts.expected = Some(expected(&new)?);
    }
    if let Some(new) = change.texts {
        texts.others = others(new)?;
    }
    Ok(texts)
}

fn title(title: String) -> Result<String, Refusal> {
    if title.chars().any(char::is_control) {
        let remedy = "Write one line; `description` takes more.";
        return Err(Refusal::input("title", "the title has a line break, or another control character", remedy));
    }
    Ok(title.trim().to_owned())
}

fn impact(text: &str) -> Result<Impact, Refusal> {
    serde_json::from_value(text.into()).map_err(|_| {
        let detail = format!("`{}` is no impact", super::body::shown(text));
        Refusal::input("impact", detail, "Use none, reduced, degraded or outage.")
    })
}

fn expected(expected: &params::Expected) -> Result<Expected, Refusal> {
    let (min, max) = (read::span("expected.min", &expected.min)?, read::span("expected.max", &expected.max)?);
    if max < min {
        return Err(Refusal::input("expected.max", "it is less than the least", "Give the longer one as `max`."));
    }
    Ok(Expected { min, max })
}

fn others(texts: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Refusal> {
    if texts.len() > TEXTS_MAX {
        return Err(Refusal::input("texts", format!("{} texts are more than {TEXTS_MAX}", texts.len()), "Give fewer."));
    }
    for (name, text) in &texts {
        read::text("texts", Some(name.clone()), NAME_MAX)?;
        read::text(&format!("texts.{}", super::body::shown(name)), Some(text.clone()), TEXT_MAX)?;
    }
    Ok(texts)
}
