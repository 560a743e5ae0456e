//! `lull show` and `lull plan`: one maintenance in full.
use clap::Args;
use lull_api::params::Listing;
use lull_api::views::{Engagement, Maintenance, Plan as Planned};
use serde_json::json;

use crate::failed::Failed;
use crate::find;
use crate::session::{Session, lines};
use crate::time;
use crate::words::{self, Clock};

/// Shows one maintenance, what it does to each target, and what needs a person.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// Its id, or the path of a target that it alone has as a root; else the newest there that is over
    #[arg(value_name = "ID|PATH")]
    pub id: String,
}

/// Shows what a maintenance will do, and what it would hit now.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
}

impl Show {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let maintenance = find::shown(session, &self.id).await?;
        let listing = Listing { maintenance: Some(maintenance.id.clone()), ..Listing::default() };
        let engagements = session.client.engagements(&listing).await?.items;
        let now = session.now().await?;
        let both = json!({"maintenance": &maintenance, "engagements": &engagements});
        session.answer(&both, || {
            let clock = Clock { now, zone: &maintenance.zone };
            let parts = [
                details(&maintenance, &engagements, now),
                targets(session, &engagements, clock),
                blockers(&maintenance, clock),
                attention(&maintenance, &engagements),
            ];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
        })
    }
}

fn details(maintenance: &Maintenance, engagements: &[Engagement], now: jiff::Timestamp) -> String {
    let zone = &maintenance.zone;
    let at = |at: &Option<String>| at.as_ref().map(|at| time::told_from(at, zone, now)).unwrap_or_default();
    let trigger = maintenance.trigger.as_ref().map(|it| format!(" ({} {})", it.kind, it.name)).unwrap_or_default();
    let impact = match &maintenance.impact_text {
        Some(text) => format!("{}: {text}", maintenance.impact),
        None => maintenance.impact.clone(),
    };
    let end = match (&maintenance.ends_at, &maintenance.duration) {
        (Some(_), _) => at(&maintenance.ends_at),
        (None, Some(duration)) => format!("{duration} after it begins"),
        (None, None) => words::open_end(maintenance),
    };
    let rows = [
        ("state", words::state(maintenance)),
        ("scope", words::scope(&maintenance.scope)),
        ("quiet", maintenance.preset.clone().unwrap_or_else(|| "an own policy".to_owned())),
        ("by", format!("{}{trigger}", maintenance.by)),
        ("since", time::told_from(&maintenance.since, zone, now)),
        ("begins", at(&maintenance.starts_at)),
        ("ends", end),
        ("late by", maintenance.late_by.clone().unwrap_or_default()),
        ("why", maintenance.why.clone().unwrap_or_default()),
        ("impact", impact),
        ("owner", maintenance.owner.clone()),
        ("approval", maintenance.approval.as_ref().map(words::approval).unwrap_or_default()),
        ("reminders", words::reminders(maintenance)),
        ("waits for", words::waits(maintenance, engagements)),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    let mut text = format!("{}\n{}", maintenance.title, maintenance.id);
    rows.for_each(|(name, value)| text.push_str(&format!("\n  {name:<11}{value}")));
    maintenance.warnings.iter().for_each(|warning| text.push_str(&format!("\n  Warning: {warning}")));
    for update in &maintenance.updates {
        let percent = update.percent.map(|percent| format!(" ({percent} %)")).unwrap_or_default();
        let expected = update.expected_end.as_ref().map(|end| format!(", expected until {}", time::short(end, zone)));
        let expected = expected.unwrap_or_default();
        text.push_str(&format!("\n  {}  {}{percent}{expected}", time::short(&update.at, zone), update.text));
    }
    text
}

fn targets(session: &Session, engagements: &[Engagement], clock: Clock<'_>) -> String {
    if engagements.is_empty() {
        return String::new();
    }
    let mut table = session.table(["TARGET", "STAGE", "THINGS"]);
    for engagement in engagements {
        table.add_row([&engagement.target, &engagement.stage, &words::engagement(engagement, clock)]);
    }
    lines(&table)
}

/// What must end and has not, by name.
fn blockers(maintenance: &Maintenance, clock: Clock<'_>) -> String {
    if maintenance.blockers.is_empty() {
        return String::new();
    }
    let lines = words::blockers(maintenance, clock.zone);
    format!("Still runs{}", lines.iter().map(|line| format!("\n  {line}")).collect::<String>())
}

fn attention(maintenance: &Maintenance, engagements: &[Engagement]) -> String {
    let troubles = words::troubles(maintenance, engagements);
    if troubles.is_empty() {
        return String::new();
    }
    let troubles: Vec<String> = troubles.iter().map(|trouble| format!("\n  {trouble}")).collect();
    let remedies = words::remedies(&maintenance.id, &words::troubled(engagements));
    let remedies: Vec<String> = remedies.iter().map(|remedy| format!("\n→ {remedy}")).collect();
    format!("Needs attention{}{}", troubles.concat(), remedies.concat())
}

impl Plan {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let maintenance = match find::is_id(&self.id) {
            true => find::id(session, &self.id).await?,
            false => find::maintenance(session, &self.id).await?.id,
        };
        let plan = session.client.plan(&maintenance).await?;
        session.answer(&plan, || planned(session, &plan))
    }
}

/// A plan, for people.
pub fn planned(session: &Session, plan: &Planned) -> String {
    let mut table = session.table(["WAVE", "TARGET", "KIND", "WHAT IS DONE"]);
    for target in &plan.targets {
        let effects = if target.effects.is_empty() { "nothing".to_owned() } else { target.effects.join(", ") };
        table.add_row([&target.wave.to_string(), &target.path, &target.kind, &effects]);
    }
    let running: Vec<String> = plan
        .forecast
        .workloads
        .iter()
        .filter(|it| it.state == "running" && !it.ignored)
        .map(|it| it.name.clone())
        .collect();
    let mut text = lines(&table);
    match running.len() {
        0 => text.push_str("\n\nRight now nothing runs there."),
        1 => text.push_str(&format!("\n\nRight now 1 runs there: {}", running.join(", "))),
        many => text.push_str(&format!("\n\nRight now {many} run there: {}", running.join(", "))),
    }
    plan.forecast.unknown.iter().for_each(|unknown| text.push_str(&format!("\nNot known: {unknown}")));
    for conflict in &plan.conflicts {
        let what = match (conflict.accepted, conflict.refuses) {
            (true, _) => "Accepted",
            (false, true) => "Conflict",
            (false, false) => "Note",
        };
        text.push_str(&format!("\n{what}: {}", conflict.text));
    }
    plan.warnings.iter().for_each(|warning| text.push_str(&format!("\nWarning: {warning}")));
    text.push_str(&format!("\n\nplan {}", plan.hash));
    text.push_str(&plan.approval.as_ref().map(|it| format!("\n{}", words::approval(it))).unwrap_or_default());
    text
}
