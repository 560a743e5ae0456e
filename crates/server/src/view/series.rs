//! A series as callers see it: what it says, in words too, and what comes next.
use lull_api::{params, views};
use lull_domain::estate::Estate;
use lull_domain::life::{Ended, Life, Passed};
use lull_domain::maintenance::Maintenance;
use lull_domain::preset::Preset;
use lull_domain::recurrence::{Occurrence, Rule, Zone};
use lull_domain::series::{Key, Series};
use lull_domain::{Instant, duration};
use lull_store::Status;
use serde_json::json;

use super::{instant, maintenance, scope, word};

/// A series, with what comes next of it.
pub fn series(series: &Series, next: Vec<views::SeriesOccurrence>, zone: &Zone, estate: &Estate) -> views::Series {
    let said = said(series, estate);
    let hash = series.hash(&estate.covered(&series.plan.scope));
    let given = series.approval.as_ref();
    let approval = series.plan.policy.approval.then(|| views::Approval {
        needed: true,
        by: given.map(|it| it.by.name().to_owned()),
        at: given.map(|it| instant(it.at)),
        lapsed_at: None,
        who: series.waits_for_approval(&hash).then(|| "a second person who has the permission approve".to_owned()),
    });
    views::Series {
        plan: series.plan.policy.approval.then_some(hash),
        approval,
        id: series.id.to_string(),
        title: said.title,
        description: said.description,
        reason: said.reason,
        scope: said.scope,
        preset: said.preset,
        policy: said.policy,
        end: said.end,
        zone: said.zone,
        owner: said.owner,
        impact: said.impact,
        impact_text: said.impact_text,
        expected: said.expected,
        reminders: said.reminders,
        ask_before: said.ask_before,
        nudge_every: said.nudge_every,
        overlap: said.overlap,
        texts: said.texts,
        rules: said.rules,
        rdates: said.rdates,
        exdates: said.exdates,
        start: said.start,
        duration: said.duration,
        elapsed: said.elapsed,
        sentence: series.recurrence.sentence(zone, &series.plan.zone),
        next,
        follows: series.follows.map(|id| id.to_string()),
        ends_before: series.ends_before.map(|key| key.to_string()),
        by: series.created_by.name().to_owned(),
        created_at: instant(series.created_at),
        revision: series.revision,
    }
}

/// What it says, as it could be sent to make it anew.
pub fn said(series: &Series, estate: &Estate) -> params::NewSeries {
    let (plan, texts, recurrence) = (&series.plan, &series.plan.texts, &series.recurrence);
    let preset = plan.preset.clone().filter(|name| name.parse::<Preset>().is_ok_and(|it| it.policy() == plan.policy));
    let written = |locals: &[lull_domain::recurrence::Local]| locals.iter().map(ToString::to_string).collect();
    params::NewSeries {
        title: texts.title.clone(),
        description: texts.description.clone(),
        reason: texts.reason.clone(),
        scope: scope(&plan.scope, estate),
        policy: preset.is_none().then(|| json!(plan.policy)),
        preset,
        end: Some(json!(plan.end)),
        zone: Some(plan.zone.clone()),
        owner: Some(plan.owner.clone()),
        impact: Some(word(texts.impact)),
        impact_text: texts.impact_text.clone(),
        expected: texts.expected.map(maintenance::expected),
        reminders: Some(plan.tells.reminders.iter().map(|lead| duration::print(*lead)).collect()),
        ask_before: Some(duration::print(plan.tells.ask_before)),
        nudge_every: Some(duration::print(plan.tells.nudge_every)),
        overlap: Some(word(series.overlap)),
        texts: texts.others.clone(),
        text: None,
        rules: recurrence.rules.iter().map(rule).collect(),
        rdates: written(&recurrence.more),
        exdates: written(&recurrence.except),
        start: Some(recurrence.start.to_string()),
        duration: Some(duration::print(recurrence.lasts)),
        elapsed: recurrence.elapsed,
    }
}

/// An occurrence, with the maintenance that it is where it is made.
pub fn occurrence(of: &Occurrence, made: Option<&Maintenance>, zone: &Zone) -> views::SeriesOccurrence {
    let (starts_at, ends_at) = made.map_or((None, None), |made| (made.plan.starts_at, made.ends_at()));
    let moved = made.and_then(|made| made.series.as_ref()).is_some_and(|of| of.moved);
    views::SeriesOccurrence {
        occurrence: Key::of(of).to_string(),
        starts_at: zone.print(starts_at.unwrap_or(of.starts_at)),
        ends_at: zone.print(ends_at.unwrap_or(of.ends_at)),
        note: Some(of.notes.join(" ")).filter(|note| !note.is_empty() && !moved),
        maintenance: made.map(|made| made.id.to_string()),
        status: made.map_or("planned", status).to_owned(),
        moved,
    }
}

fn status(made: &Maintenance) -> &'static str {
    match &made.life {
        Life::Cancelled(ended) => passed(ended).unwrap_or("cancelled"),
        life => Status::of(life).name(),
    }
}

/// How the time of one went by that never began.
pub(super) fn passed(ended: &Ended) -> Option<&'static str> {
    Some(match ended.passed? {
        Passed::Missed => "missed",
        Passed::Skipped => "skipped",
        Passed::Overlapped => "overlapped",
        Passed::SeriesEnded => "series_ended",
        Passed::Blackout => "blackout",
        Passed::Conflict => "conflict",
    })
}

/// Of which series a maintenance is an occurrence.
pub(super) fn of(maintenance: &Maintenance) -> Option<views::OfSeries> {
    let of = maintenance.series.as_ref()?;
    Some(views::OfSeries { id: of.id.to_string(), occurrence: of.key.to_string(), moved: of.moved })
}

/// An occurrence of a preview.
pub fn previewed(of: &Occurrence, zone: &Zone) -> views::PreviewedOccurrence {
    let note = Some(of.notes.join(" ")).filter(|note| !note.is_empty());
    let print = |at: Instant| zone.print(at);
    views::PreviewedOccurrence { starts_at: print(of.starts_at), ends_at: print(of.ends_at), note }
}

/// A rule as RFC 5545 writes it.
pub fn rule(rule: &Rule) -> String {
    format!("RRULE:{}", rule.to_string().trim_start_matches("RRULE:"))
}
