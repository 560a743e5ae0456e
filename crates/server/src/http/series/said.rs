//! From what a body says to a series, and back with a change.
use lull_api::params::{NewMaintenance, NewSeries, RecurrencePreview, SeriesChange};
use lull_domain::estate::Estate;
use lull_domain::id::SeriesId;
use lull_domain::plan::{Plan, Until};
use lull_domain::policy::EndRule;
use lull_domain::recurrence::{Local, Zone};
use lull_domain::refusal::Refusal;
use lull_domain::series::{Key, Overlap, Series};

use super::super::draft::drafted;
use super::super::recurrences::{self, Since};
use crate::caller::Caller;
use crate::clock;
use crate::view;

/// A series as this body asks for it.
///
/// # Errors
/// Bad input naming its field; forbidden beyond the caller's rights.
pub fn read(estate: &Estate, caller: &Caller, new: NewSeries) -> Result<Series, Refusal> {
    let (zone, recurrence) = recurrences::read(when(&new), Since::Now)?;
    let overlap = overlap(new.overlap.as_deref())?;
    let name = recurrences::name_of(&zone);
    let clocks = Zone::new(zone);
    let recurrence = recurrence.countable()?.checked(&clocks)?;
    let plan = plan(estate, caller, new, name)?;
    let plan = Plan { until: Until::Lasting(recurrence.lasts), ..plan };
    let made = (caller.actor.clone(), clock::now());
    let series = Series::new(SeriesId(clock::id()), plan, recurrence, overlap, made).begun(&clocks);
    if series.next_at.is_none() {
        let detail = "All of its occurrences lie in the past.";
        return Err(Refusal::input("rules", detail, "Let it go on longer, or start it later."));
    }
    Ok(series)
}

/// What each occurrence means to do.
fn plan(estate: &Estate, caller: &Caller, new: NewSeries, zone: String) -> Result<Plan, Refusal> {
    let body = NewMaintenance {
        title: new.title,
        description: new.description,
        reason: new.reason,
        scope: new.scope,
        preset: new.preset,
        policy: new.policy,
        // Its length is known with the rules; here it is enough that there is one.
        duration: Some("PT1H".to_owned()),
        end: new.end,
        zone: Some(zone),
        owner: new.owner,
        texts: new.texts,
        impact: new.impact,
        impact_text: new.impact_text,
        expected: new.expected,
        reminders: new.reminders,
        ask_before: new.ask_before,
        nudge_every: new.nudge_every,
        draft: true,
        ..NewMaintenance::default()
    };
    let plan = drafted(estate, caller, body)?.0.plan;
    match plan.end {
        EndRule::After(_) => Err(Refusal::input("end", "it would have two ends", "End it `at_end`, or by hand.")),
        EndRule::AtEnd | EndRule::Manual(_) | EndRule::OnSignal { .. } => Ok(plan),
    }
}

/// When, as the preview takes it.
fn when(new: &NewSeries) -> RecurrencePreview {
    RecurrencePreview {
        text: new.text.clone(),
        rules: new.rules.clone(),
        rdates: new.rdates.clone(),
        exdates: new.exdates.clone(),
        zone: new.zone.clone(),
        start: new.start.clone(),
        duration: new.duration.clone(),
        elapsed: new.elapsed,
        count: None,
    }
}

fn overlap(text: Option<&str>) -> Result<Overlap, Refusal> {
    match text {
        None | Some("join") => Ok(Overlap::Join),
        Some("skip") => Ok(Overlap::Skip),
        Some(_) => {
            let detail = "What is to become of an occurrence while the one before still runs is not known.";
            Err(Refusal::input("overlap", detail, "Use join or skip."))
        }
    }
}

/// A series with a change of what is not a time.
///
/// # Errors
/// Bad input naming its field; forbidden beyond the caller's rights.
pub fn changed(estate: &Estate, caller: &Caller, before: &Series, change: SeriesChange) -> Result<Series, Refusal> {
    let times = [
        ("occurrence", change.occurrence.is_some()),
        ("zone", change.zone.is_some()),
        ("text", change.text.is_some()),
        ("rules", change.rules.is_some()),
        ("rdates", change.rdates.is_some()),
        ("exdates", change.exdates.is_some()),
        ("start", change.start.is_some()),
        ("duration", change.duration.is_some()),
        ("elapsed", change.elapsed.is_some()),
    ];
    if let Some((field, _)) = times.into_iter().find(|(_, is_given)| *is_given) {
        let detail = "The times of a series change from one occurrence on.";
        return Err(Refusal::input(field, detail, "Use `split`, and name that occurrence."));
    }
    let new = merged(view::said(before, estate), change, None);
    let overlap = overlap(new.overlap.as_deref())?;
    let plan = plan(estate, caller, new, before.plan.zone.clone())?;
    Ok(Series { plan: Plan { until: before.plan.until, ..plan }, overlap, ..before.clone() })
}

/// What a series says, with a change. From an occurrence on, its rules begin there.
pub fn merged(said: NewSeries, change: SeriesChange, from: Option<Key>) -> NewSeries {
    let timed = change.text.is_some();
    let (preset, policy) = match (change.preset, change.policy) {
        (None, None) => (said.preset, said.policy),
        given => given,
    };
    let new = NewSeries {
        title: change.title.unwrap_or(said.title),
        description: change.description.or(said.description),
        reason: change.reason.or(said.reason),
        scope: change.scope.unwrap_or(said.scope),
        preset,
        policy,
        end: change.end.or(said.end),
        zone: change.zone.or(said.zone),
        owner: change.owner.or(said.owner),
        impact: change.impact.or(said.impact),
        impact_text: change.impact_text.or(said.impact_text),
        expected: change.expected.or(said.expected),
        reminders: change.reminders.or(said.reminders),
        ask_before: change.ask_before.or(said.ask_before),
        nudge_every: change.nudge_every.or(said.nudge_every),
        overlap: change.overlap.or(said.overlap),
        texts: change.texts.unwrap_or(said.texts),
        text: change.text,
        rules: change.rules.unwrap_or(if timed { Vec::new() } else { said.rules }),
        rdates: change.rdates.unwrap_or(if timed { Vec::new() } else { ahead(said.rdates, from) }),
        exdates: change.exdates.unwrap_or(said.exdates),
        start: change.start.or(from.map(|key| key.nominal.to_string()).filter(|_| !timed)),
        duration: change.duration.or(said.duration.filter(|_| !timed)),
        elapsed: change.elapsed.unwrap_or(said.elapsed),
    };
    match from {
        Some(key) if timed => begun(new, key),
        _ => new,
    }
}

/// With words understood from the day of an occurrence on: every second week is counted from there. Words that are not
/// understood stay, and are refused where the body is read.
fn begun(new: NewSeries, from: Key) -> NewSeries {
    match recurrences::understood(when(&new), Since::Local(Local::new(from.nominal.day(), 0))) {
        Err(_) => new,
        Ok(said) => NewSeries {
            text: None,
            rules: said.rules,
            zone: said.zone,
            start: said.start,
            duration: said.duration,
            ..new
        },
    }
}

/// Of these starts those that are not before an occurrence.
fn ahead(dates: Vec<String>, from: Option<Key>) -> Vec<String> {
    let is_ahead = |date: &String| from.is_none_or(|from| date.parse().is_ok_and(|local| from.nominal <= local));
    dates.into_iter().filter(is_ahead).collect()
}
