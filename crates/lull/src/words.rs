//! What the states of things are called when people read them.
use jiff::{SignedDuration, Timestamp};
use lull_api::params::{Clause, Scope};
use lull_api::views::{Approval, Blocker, Call, Engagement, Maintenance, Thing};
use serde_json::Value;

use crate::time::{self, Lasting};

/// A state in words: `in progress, entering (2 of 3 done), needs attention`.
pub fn state(maintenance: &Maintenance) -> String {
    let mut text = status(&maintenance.status).to_owned();
    if let Some(phase) = &maintenance.phase {
        text = phase.clone();
    }
    if let Some(outcome) = maintenance.outcome.as_deref() {
        match (maintenance.status.as_str(), outcome) {
            ("in_progress", outcome) => text = format!("{text}, to be {outcome}"),
            ("cancelled", "missed" | "skipped") => text = format!("{text}: {outcome}"),
            _ => {}
        }
    }
    if let (Some(progress), Some("entering" | "verifying" | "leaving")) =
        (maintenance.progress, maintenance.phase.as_deref())
    {
        let word = if text == "verifying" { "back" } else { "done" };
        text = format!("{text} ({} of {} {word})", progress.done, progress.of);
    }
    if maintenance.flags.overdue {
        text.push_str(", overdue");
    }
    if maintenance.flags.needs_attention {
        text.push_str(", needs attention");
    }
    text
}

fn status(status: &str) -> &str {
    if status == "in_progress" { "in progress" } else { status }
}

/// A scope on one line: `acme/prod/shop (tier=web) without acme/prod/shop/db`.
pub fn scope(scope: &Scope) -> String {
    let join = |clauses: &[Clause]| clauses.iter().map(clause).collect::<Vec<_>>().join(", ");
    let include = join(&scope.include);
    if scope.exclude.is_empty() { include } else { format!("{include} without {}", join(&scope.exclude)) }
}

fn clause(clause: &Clause) -> String {
    if clause.labels.is_empty() {
        return clause.under.clone();
    }
    let value = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(any) => any.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"),
        other => other.to_string(),
    };
    let labels: Vec<String> = clause.labels.iter().map(|(key, one)| format!("{key}={}", value(one))).collect();
    format!("{} ({})", clause.under, labels.join(" "))
}

/// What the server's clock shows, and the zone that it is told in.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    /// The server's time.
    pub now: Timestamp,
    /// The zone of the maintenance.
    pub zone: &'a str,
}

/// What is being done to a target, on one line; why something needs a person is left to [`troubles`].
pub fn engagement(engagement: &Engagement, clock: Clock<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(call) = &engagement.call {
        let verb = if call.verb == "revert" { "starting" } else { "stopping" };
        parts.push(format!("{verb} {}{}", call.names.join(", "), silence(call, clock)));
    }
    let called = |name: &String| engagement.call.as_ref().is_some_and(|call| call.names.contains(name));
    for (states, word) in GROUPS {
        let is_meant = |thing: &&Thing| states.contains(&thing.state.as_str()) && thing.trouble.is_none();
        let things = engagement.things.iter().filter(is_meant).filter(|thing| !called(&thing.name));
        let names: Vec<&str> = things.map(|thing| thing.name.as_str()).collect();
        if !names.is_empty() {
            parts.push(format!("{} {}", of_stage(word, &engagement.stage), names.join(", ")));
        }
    }
    parts.extend(engagement.things.iter().filter(|thing| thing.state == "struck").map(struck));
    let troubled: Vec<&str> =
        engagement.things.iter().filter(|thing| thing.trouble.is_some()).map(|thing| thing.name.as_str()).collect();
    let is_troubled = engagement.trouble.is_some() || !troubled.is_empty();
    if is_troubled {
        parts.push(format!("needs a person: {}", troubled.join(", ")).trim_end_matches(": ").to_owned());
    }
    if !engagement.waits_for.is_empty() {
        parts.push(format!("waits for {}", engagement.waits_for.join(", ")));
    }
    if let Some(retry) = engagement.retry.as_ref().filter(|_| !is_troubled) {
        parts.push(match retry.attempts {
            0 => retry.why.clone(),
            1 => format!("failed, is tried again: {}", retry.why),
            many => format!("failed {many} times, is tried again: {}", retry.why),
        });
    }
    if parts.is_empty() { empty(engagement).to_owned() } else { parts.join("; ") }
}

/// How long an answer may take before it is said that there is none.
const USUAL: SignedDuration = SignedDuration::from_secs(15);

fn silence(call: &Call, clock: Clock<'_>) -> String {
    match call.started_at.parse::<Timestamp>() {
        Ok(started) if clock.now.duration_since(started) > USUAL => {
            format!(" (no answer yet, waits until {})", time::of_day(&call.quiet_at, clock.zone))
        }
        _ => String::new(),
    }
}

/// States of things, with the word for them.
const GROUPS: [(&[&str], &str); 3] =
    [(&["captured", "called", "again"], "to stop:"), (&["down"], "down:"), (&["back"], "runs again:")];

/// While leaving, what is down is what must come back.
fn of_stage<'a>(word: &'a str, stage: &str) -> &'a str {
    match (word, stage) {
        ("down:", "owed") => "to start:",
        ("to stop:", "owed" | "free") => "left running:",
        _ => word,
    }
}

fn struck(thing: &Thing) -> String {
    format!("left alone: {}{}", thing.name, thing.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())
}

fn empty(engagement: &Engagement) -> &'static str {
    match engagement.stage.as_str() {
        "free" if engagement.holders.is_empty() => "normal",
        "free" => "to be looked at",
        "captured" => "looked at",
        "owed" => "being put back",
        _ => "nothing ran",
    }
}

/// What needs a person on these targets, by name and reason; each reason once a target.
pub fn troubles(maintenance: &Maintenance, engagements: &[Engagement]) -> Vec<String> {
    let mut troubles = Vec::new();
    for engagement in engagements {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for thing in &engagement.things {
            let Some(why) = thing.trouble.as_deref() else { continue };
            match reasons.iter_mut().find(|(reason, _)| *reason == why) {
                Some((_, names)) => names.push(&thing.name),
                None => reasons.push((why, vec![&thing.name])),
            }
        }
        let whole = engagement.trouble.as_deref().filter(|why| !reasons.iter().any(|(reason, _)| reason == why));
        troubles.extend(whole.map(|why| format!("{}: {why}", engagement.target)));
        let of = |(why, names): (&str, Vec<&str>)| format!("{} of {}: {why}", names.join(", "), engagement.target);
        troubles.extend(reasons.into_iter().map(of));
    }
    if troubles.is_empty() { maintenance.trouble.clone() } else { troubles }
}

/// The running work that must end and has not: `shop-api-1 of acme/prod/shop/api (ada), since 22:14`.
pub fn blockers(maintenance: &Maintenance, zone: &str) -> Vec<String> {
    let line = |blocker: &Blocker| {
        let owner = blocker.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
        let since = blocker.since.as_ref().map(|at| format!(", since {}", time::short(at, zone))).unwrap_or_default();
        // What needs a person is said where it is told what to do.
        let is_said = |why: &&String| maintenance.trouble.iter().any(|line| line.ends_with(why.as_str()));
        let why = blocker.why.as_ref().filter(|why| !is_said(why));
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        match blocker.name == blocker.target {
            true => format!("{}{why}", blocker.name),
            false => format!("{} of {}{owner}{since}{why}", blocker.name, blocker.target),
        }
    };
    maintenance.blockers.iter().map(line).collect()
}

/// What it waits for; a reason that is said of the target itself is not said here again.
pub fn waits(maintenance: &Maintenance, engagements: &[Engagement]) -> String {
    let is_said = |why: &str| {
        let of = |engagement: &Engagement| {
            let things = engagement.things.iter().filter_map(|thing| thing.trouble.as_deref());
            let whole = engagement.trouble.as_deref().or(engagement.retry.as_ref().map(|retry| retry.why.as_str()));
            things.chain(whole).any(|said| said == why)
        };
        engagements.iter().any(of)
    };
    let short = |wait: &String| match wait.split_once(": ") {
        Some((path, why)) if is_said(why) => path.to_owned(),
        _ => wait.clone(),
    };
    maintenance.waits_for.iter().map(short).collect::<Vec<_>>().join(", ")
}

/// The names of what needs a person, as `retry` and `accept` take them.
pub fn troubled(engagements: &[Engagement]) -> Vec<String> {
    let of = |engagement: &Engagement| {
        let things = engagement.things.iter().filter(|thing| thing.trouble.is_some()).map(|thing| thing.name.clone());
        let whole = engagement.trouble.iter().map(|_| engagement.target.clone());
        things.chain(whole).collect::<Vec<_>>()
    };
    engagements.iter().flat_map(of).collect()
}

/// What to do about them.
pub fn remedies(id: &str, names: &[String]) -> Vec<String> {
    let names = if names.is_empty() { "NAME…".to_owned() } else { names.join(" ") };
    vec![
        format!("Mend it, then `lull retry {id}`."),
        format!("Or leave it as it is: `lull accept {id} {names} --reason TEXT`."),
    ]
}

/// How long something lasts, as people say it.
fn lasting(span: &str) -> String {
    match span.parse::<Lasting>() {
        Ok(lasting) => time::lasting(lasting.std().as_secs()),
        Err(_) => span.to_owned(),
    }
}

/// When subscribers are reminded; empty where they are not.
pub fn reminders(maintenance: &Maintenance) -> String {
    let leads: Vec<String> = maintenance.reminders.iter().map(|span| lasting(span)).collect();
    if leads.is_empty() { String::new() } else { format!("{} before it begins", leads.join(", ")) }
}

/// When it ends where nobody said when; who is asked, and after how long.
pub fn open_end(maintenance: &Maintenance) -> String {
    match maintenance.expires_after.as_deref().map(lasting) {
        Some(after) => format!("until somebody ends it; its owner is asked after {after}"),
        None => "until somebody ends it".to_owned(),
    }
}

/// The word of a second person: who gave it, or who may.
pub fn approval(approval: &Approval) -> String {
    let by = approval.by.as_deref().unwrap_or("nobody");
    match (&approval.at, &approval.lapsed_at, &approval.who) {
        (Some(_), None, _) => format!("approved by {by}"),
        (lapsed, _, Some(who)) => {
            let lapsed = lapsed.as_ref().map(|_| format!("the plan is another one since {by} approved it; "));
            format!("{}to be approved by {who}", lapsed.unwrap_or_default())
        }
        (_, _, None) => "not approved".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AT: &str = "2026-11-21T12:00:00Z";

    fn told(stage: &str, more: Value, now: &str) -> String {
        let mut view = json!({
            "target": "acme/wiki", "effect": "stop", "stage": stage, "op": 1, "holders": ["mnt_1"], "things": []
        });
        view.as_object_mut().expect("it is one").extend(more.as_object().expect("it is one").clone());
        let view: Engagement = serde_json::from_value(view).expect("it is an engagement");
        engagement(&view, Clock { now: now.parse().expect("an instant"), zone: "Europe/Berlin" })
    }

    #[test]
    fn what_is_held_and_not_looked_at_is_not_normal() {
        assert_eq!(told("free", json!({}), AT), "to be looked at");
        assert_eq!(told("free", json!({"holders": []}), AT), "normal");
    }

    #[test]
    fn what_needs_a_person_is_not_tried_again() {
        let thing = |name: &str, trouble: Option<&str>| json!({"name": name, "state": "captured", "trouble": trouble});
        let things = json!([thing("wiki-1", Some("is stuck")), thing("wiki-2", None)]);
        let retry = json!({"at": AT, "attempts": 3, "why": "is stuck"});
        let said = told("captured", json!({"things": things, "retry": retry}), AT);
        assert_eq!(said, "to stop: wiki-2; needs a person: wiki-1");
        let said = told("captured", json!({"trouble": "no such adapter", "retry": retry}), AT);
        assert_eq!(said, "needs a person");
    }

    #[test]
    fn a_call_that_takes_longer_than_usual_says_until_when() {
        let call = json!({"call": {"verb": "apply", "names": ["wiki-1"], "started_at": AT, "quiet_at": "2026-11-21T12:01:30Z"}});
        assert_eq!(told("captured", call.clone(), "2026-11-21T12:00:15Z"), "stopping wiki-1");
        let late = told("captured", call, "2026-11-21T12:00:16Z");
        assert_eq!(late, "stopping wiki-1 (no answer yet, waits until 13:01:30)");
    }
}
