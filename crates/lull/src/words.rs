//! What the states of things are called when people read them.
use lull_api::params::{Clause, Scope};
use lull_api::views::{Engagement, Maintenance, Thing};
use serde_json::Value;

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
    if let (Some(progress), Some("entering" | "leaving")) = (maintenance.progress, maintenance.phase.as_deref()) {
        text = format!("{text} ({} of {} done)", progress.done, progress.of);
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

/// What is being done to a target, on one line.
pub fn engagement(engagement: &Engagement) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(call) = &engagement.call {
        let verb = if call.verb == "revert" { "starting" } else { "stopping" };
        parts.push(format!("{verb} {}", call.names.join(", ")));
    }
    let called = |name: &String| engagement.call.as_ref().is_some_and(|call| call.names.contains(name));
    for (states, word) in GROUPS {
        let names: Vec<&str> = engagement
            .things
            .iter()
            .filter(|thing| states.contains(&thing.state.as_str()) && !called(&thing.name))
            .map(|thing| thing.name.as_str())
            .collect();
        if !names.is_empty() {
            parts.push(format!("{} {}", of_stage(word, &engagement.stage), names.join(", ")));
        }
    }
    parts.extend(engagement.things.iter().filter(|thing| thing.state == "struck").map(struck));
    if !engagement.waits_for.is_empty() {
        parts.push(format!("waits for {}", engagement.waits_for.join(", ")));
    }
    if let Some(retry) = &engagement.retry {
        parts.push(match retry.attempts {
            0 => retry.why.clone(),
            1 => format!("failed, is tried again: {}", retry.why),
            many => format!("failed {many} times, is tried again: {}", retry.why),
        });
    }
    if parts.is_empty() { empty(engagement).to_owned() } else { parts.join("; ") }
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
        "free" => "normal",
        "captured" => "looked at",
        "owed" => "being put back",
        _ => "nothing ran",
    }
}

/// What needs a person on these targets, by name and reason.
pub fn troubles(maintenance: &Maintenance, engagements: &[Engagement]) -> Vec<String> {
    let mut troubles = Vec::new();
    for engagement in engagements {
        if let Some(why) = &engagement.trouble {
            troubles.push(format!("{}: {why}", engagement.target));
        }
        for thing in &engagement.things {
            if let Some(why) = &thing.trouble {
                troubles.push(format!("{} of {}: {why}", thing.name, engagement.target));
            }
        }
    }
    if troubles.is_empty() { maintenance.trouble.clone() } else { troubles }
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
