//! The log as callers see it: each entry with one precise line for people.
use std::collections::BTreeMap;

use lull_api::views;
use lull_domain::estate::Estate;
use lull_domain::id::MaintenanceId;
use lull_domain::order::{Command, Finding, Order, Step, Tell};
use lull_domain::plan::Edit;
use lull_store::{EntryKind, Logged};
use serde_json::Value;

use super::{fields, instant, path};

/// Names on one line; more are counted.
const NAMES_MAX: usize = 8;

/// What a line names: titles of maintenances, paths of targets.
pub struct Known<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// Titles, as they are now; none for a draft that is gone.
    pub titles: &'a BTreeMap<MaintenanceId, String>,
}

/// An entry.
pub fn event(logged: &Logged, known: &Known<'_>) -> views::Event {
    let entry = &logged.entry;
    views::Event {
        seq: logged.seq,
        at: instant(entry.at),
        kind: entry.kind.name().to_owned(),
        maintenance: entry.maintenance.map(|id| id.to_string()),
        target: entry.target.map(|id| path(known.estate, id)),
        by: entry.actor.as_ref().map(|actor| actor.name().to_owned()),
        text: text(logged, known),
        body: entry.body.clone(),
    }
}

/// An order; none for an entry of another kind.
pub fn order(logged: &Logged) -> Option<views::Order> {
    let entry = &logged.entry;
    let order = match entry.body.get("created") {
        Some(_) => entry.body.get("orders").and_then(|orders| orders.get(0)).cloned(),
        None => Some(entry.body.clone()),
    };
    let order: Option<Order> = order.and_then(|order| serde_json::from_value(order).ok());
    let command = match (entry.body.get("created"), &order) {
        (Some(_), None) => "create",
        (Some(_), Some(order)) if matches!(order.command, Command::Life(Step::Start)) => "create and start",
        (Some(_), Some(_)) => "create and schedule",
        (None, Some(order)) => words(&order.command).0,
        (None, None) => return None,
    };
    Some(views::Order {
        seq: logged.seq,
        id: order.map(|order| order.id.to_string()).unwrap_or_default(),
        at: instant(entry.at),
        by: entry.actor.as_ref().map(|actor| actor.name().to_owned()).unwrap_or_default(),
        command: command.to_owned(),
        maintenance: entry.maintenance?.to_string(),
        body: entry.body.clone(),
    })
}

/// The line for people.
fn text(logged: &Logged, known: &Known<'_>) -> String {
    let entry = &logged.entry;
    let who = entry.actor.as_ref().map_or("somebody", |actor| actor.name());
    let title = entry.maintenance.map(|id| known.titles.get(&id).cloned().unwrap_or_else(|| "a draft".to_owned()));
    let title = title.unwrap_or_default();
    match entry.kind {
        EntryKind::Order => ordered(&entry.body, who, &title),
        EntryKind::Notice => {
            let part = |name: &str| said(&entry.body, name).replace('_', " ");
            let title = if entry.maintenance.is_some() { title } else { said(&entry.body, "title") };
            format!("{}: {title}, for {}", part("kind"), part("audience"))
        }
        EntryKind::Engagement => {
            let path = entry.target.map(|id| path(known.estate, id)).unwrap_or_default();
            engaged(&entry.body, who, &path)
        }
        EntryKind::Series => series(&entry.body, who),
        EntryKind::Limit => {
            let at = entry.target.map(|id| path(known.estate, id)).unwrap_or_default();
            let did = if entry.body.get("removed").is_some() { "took away" } else { "set" };
            format!("{who} {did} a limit of {at}")
        }
        EntryKind::Target => changed(&entry.body, who),
        EntryKind::Token => token(&entry.body, who),
        EntryKind::Job => {
            let path = entry.target.map(|id| format!("{} ", path(known.estate, id))).unwrap_or_default();
            worked(&entry.body, who, &path)
        }
        EntryKind::Pass => {
            let path = entry.target.map(|id| path(known.estate, id)).unwrap_or_default();
            match (entry.body.get("opened"), entry.body.get("revoked")) {
                (Some(pass), _) => {
                    format!("somebody opened the pass of {} to {path}, past {title}", said(pass, "made_by"))
                }
                (_, Some(pass)) => {
                    format!("{who} revoked the pass of {} to {path}, past {title}", said(pass, "made_by"))
                }
                (None, None) => format!("{who} made a pass to {path}, past {title}"),
            }
        }
        EntryKind::Calendar => {
            let path = entry.target.map(|id| path(known.estate, id)).unwrap_or_default();
            kept(&entry.body, who, &path)
        }
        EntryKind::Feed => {
            let path = entry.target.map(|id| path(known.estate, id)).unwrap_or_default();
            match entry.body.get("revoked") {
                Some(feed) => format!("{who} revoked a feed of {path} that {} had made", said(feed, "made_by")),
                None => format!("{who} made a feed of {path}"),
            }
        }
        EntryKind::Banner => {
            format!("{who} changed the banner of {}", entry.target.map(|id| path(known.estate, id)).unwrap_or_default())
        }
    }
}

fn ordered(body: &Value, who: &str, title: &str) -> String {
    if body.get("created").is_some() {
        let orders = body.get("orders").and_then(Value::as_array);
        let first = orders.and_then(|orders| serde_json::from_value::<Order>(orders.first()?.clone()).ok());
        return match first.map(|order| order.command) {
            Some(Command::Life(Step::Start)) => format!("{who} started {title}"),
            Some(_) => format!("{who} scheduled {title}"),
            None if !body["created"]["series"].is_null() => {
                format!("{who} made the occurrence {} of {title}", said(&body["created"]["series"], "key"))
            }
            None => format!("{who} drafted {title}"),
        };
    }
    let Ok(order) = serde_json::from_value::<Order>(body.clone()) else { return format!("{who} changed {title}") };
    let detail = match &order.command {
        Command::Edit(Edit::Extend(to)) => format!(" to {}", instant(*to)),
        Command::Tell(Tell::Update(update)) => format!(": {}", update.text),
        Command::Found(Finding::Trouble(names)) if !names.is_empty() => format!(": {}", names.join("; ")),
        Command::Edit(_) | Command::Life(_) | Command::Tell(_) | Command::Found(_) => String::new(),
    };
    format!("{who} {} {title}{detail}", words(&order.command).1)
}

/// The command's name, and what somebody did who gave it.
fn words(command: &Command) -> (&'static str, &'static str) {
    match command {
        Command::Edit(edit) => match edit {
            Edit::Texts(_) => ("edit texts", "edited the texts of"),
            Edit::StartsAt(_) => ("edit start", "moved the start of"),
            Edit::Scope(_) => ("edit scope", "changed the scope of"),
            Edit::Policy(_) => ("edit policy", "changed the policy of"),
            Edit::Preset(_) => ("edit preset", "changed the preset of"),
            Edit::Owner(_) => ("edit owner", "changed the owner of"),
            Edit::End(_) => ("edit end", "changed the end rule of"),
            Edit::Extend(_) => ("extend", "moved the end of"),
            Edit::Tells(_) => ("edit reminders", "changed when people are told of"),
            Edit::Exclude(_) => ("exclude", "let a part out of"),
            Edit::Accept(_) => ("override", "accepted what speaks against"),
        },
        Command::Life(step) => match step {
            Step::Schedule => ("schedule", "scheduled"),
            Step::Approve(_) => ("approve", "approved"),
            Step::Start => ("start", "started"),
            Step::Miss => ("miss", "missed"),
            Step::Skip(_) => ("skip", "left out"),
            Step::Verify => ("verify", "began to verify"),
            Step::Reenter => ("reenter", "entered again"),
            Step::Complete(_) => ("complete", "completed"),
            Step::Cancel(_) => ("cancel", "cancelled"),
            Step::Delete => ("delete", "deleted"),
        },
        Command::Tell(tell) => match tell {
            Tell::Update(_) => ("update", "posted an update on"),
            Tell::Remind => ("remind", "reminded people of"),
            Tell::AskOwner => ("ask owner", "asked the owner of"),
            Tell::Nudge => ("nudge", "asked for an update on"),
            Tell::HeldBack(_) => ("held back", "keeps from beginning:"),
            Tell::ApprovalLapsed => ("approval lapsed", "finds no longer approved:"),
            Tell::Overdue => ("overdue", "finds overdue:"),
            Tell::Expired => ("expired", "finds running longer than said:"),
            Tell::DrainLate => ("drain late", "finds work running longer than it may in"),
            Tell::LeavingLate => ("leaving late", "finds leaving for longer than it may:"),
        },
        Command::Found(finding) => match finding {
            Finding::Entered => ("entered", "has entered"),
            Finding::Left => ("left", "has left"),
            Finding::Trouble(names) if names.is_empty() => ("trouble", "finds no more trouble in"),
            Finding::Trouble(_) => ("trouble", "finds trouble in"),
        },
    }
}

/// `ada made the series Patch day`.
fn series(body: &Value, who: &str) -> String {
    let title = said(body, "title");
    let moved = body["moved"].as_array().map_or(0, Vec::len);
    if body.get("approved").is_some() {
        return format!("{who} approved the series {title}");
    }
    match (body.get("created"), body.get("clocks"), body.get("ended")) {
        (Some(series), ..) => {
            let title = series.pointer("/plan/texts/title").and_then(Value::as_str).unwrap_or_default();
            format!("{who} made the series {title}")
        }
        (_, Some(zone), _) => {
            format!("the clocks of {} changed: {moved} occurrences of {title} moved", zone.as_str().unwrap_or_default())
        }
        (.., Some(_)) if !body["goes_on_as"].is_null() => {
            format!("{who} changed the series {title} from {} on", said(body, "before"))
        }
        (.., Some(_)) => format!("{who} ended the series {title} before {}", said(body, "before")),
        (None, None, None) => format!("{who} changed the series {title}"),
    }
}

/// `acme/prod/shop stop: applied (down: shop/db/1, shop/web/1)`.
fn engaged(body: &Value, who: &str, path: &str) -> String {
    let (effect, stage) = (said(body, "effect"), said(body, "stage"));
    if let Some(did) = body.get("did").and_then(Value::as_str) {
        let names: Vec<&str> = body["names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let what = if names.is_empty() { String::new() } else { format!(" {}", names.join(", ")) };
        let why = body["reason"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
        return format!("{who} {did} {path} {effect}{what}{why}");
    }
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let things = fields(&body["things"]);
    for (name, state) in &things {
        named.entry(stands(state)).or_default().push(name);
    }
    let things: Vec<String> = named.into_iter().map(|(how, names)| format!("{how} {}", few(&names))).collect();
    match things.is_empty() {
        true => format!("{path} {effect}: {stage}"),
        false => format!("{path} {effect}: {stage} ({})", things.join(", ")),
    }
}

/// `ada stops shop-web-1, shop-web-2: disks are swapped`.
fn worked(body: &Value, who: &str, path: &str) -> String {
    let names: Vec<&str> = body["names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let why = body["reason"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{who} {} {path}{}{why}", said(body, "did"), few(&names))
}

/// How a thing stands, in words.
fn stands(state: &Value) -> &str {
    match (state.as_str(), state.pointer("/struck").map(|why| why.as_str().unwrap_or("accepted"))) {
        (_, Some("taken_over")) => "taken over by a person:",
        (_, Some("stopped_before")) => "stopped by a person:",
        (_, Some("cancelled")) => "cancelled:",
        (_, Some("gone")) => "gone:",
        (_, Some("replaced")) => "replaced:",
        (_, Some("earlier")) => "left alone since an earlier maintenance:",
        (_, Some(_)) => "accepted:",
        (Some("captured"), None) => "to stop:",
        (Some("down"), None) => "down:",
        (Some("again"), None) => "runs again:",
        (Some("back"), None) => "back:",
        (_, None) => "odd:",
    }
}

/// Some names; of many, the first and how many more.
fn few(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMES_MAX);
    let some = names[..names.len() - more].join(", ");
    if more == 0 { some } else { format!("{some} and {more} more") }
}

fn changed(body: &Value, who: &str) -> String {
    let path = |part: &str| body.get(part).map(|target| said(target, "path"));
    if body.get("banner").is_some() {
        return format!("{who} changed the banner of {}", path("after").unwrap_or_default());
    }
    match (path("added"), path("removed"), path("before"), path("after")) {
        (Some(path), ..) => format!("{who} added {path}"),
        (_, Some(path), ..) => format!("{who} removed {path}"),
        (.., Some(before), Some(after)) if before != after => format!("{who} moved {before} to {after}"),
        (.., Some(after)) => format!("{who} changed {after}"),
        (None, None, _, None) => format!("{who} changed the estate"),
    }
}

/// `ada added the calendar Holidays on acme/prod`.
fn kept(body: &Value, who: &str, path: &str) -> String {
    let calendar = format!("the calendar {} on {path}", said(body, "name"));
    match said(body, "did").as_str() {
        "failed" => format!("{calendar} could not be fetched, and stays as it was: {}", said(body, "error")),
        "fetched" => format!("{calendar} can be fetched again"),
        "changed" => format!("{calendar} has changed: {} entries", body["entries"]),
        did => format!("{who} {did} {calendar}"),
    }
}

fn token(body: &Value, who: &str) -> String {
    match (body.get("created"), body.get("revoked")) {
        (Some(token), _) => format!("{who} made a token for {} {}", said(token, "kind"), said(token, "name")),
        (_, Some(token)) => format!("{who} revoked a token of {} {}", said(token, "kind"), said(token, "name")),
        (None, None) => format!("{who} changed a token"),
    }
}

fn said(body: &Value, name: &str) -> String {
    body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
