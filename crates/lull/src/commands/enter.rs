//! `lull enter`: put something into maintenance now.
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lull_api::params::{Clause, NewMaintenance, Override, Overruling, Scope};
use lull_api::views::Maintenance;
use serde_json::Value;

use super::Pair;
use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::{Session, note, warn};
use crate::time::{self, Lasting, Resolved, When};
use crate::wait::{Goal, Waiting};
use crate::words;

/// What goes quiet, and what quiet means.
#[derive(Args, Clone, Debug)]
pub struct What {
    /// What quiet means: no-new-work, admins-only, hold-new-work, stop-everything or announce
    #[arg(long, default_value = "stop-everything", value_name = "PRESET")]
    pub preset: String,
    /// One line that people read; made from the paths if left out
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// A path that stays as it is; may be given several times
    #[arg(long, value_name = "PATH")]
    pub exclude: Vec<String>,
    /// Only targets with this label; may be given several times
    #[arg(long = "label", value_name = "KEY=VALUE")]
    pub labels: Vec<Pair>,
    /// How long it lasts, such as 2h30m
    #[arg(long = "for", value_name = "DURATION", conflicts_with = "until")]
    pub lasting: Option<Lasting>,
    /// When it ends: RFC 3339, YYYY-MM-DD HH:MM or HH:MM
    #[arg(long, value_name = "TIME")]
    pub until: Option<When>,
    /// The IANA zone that times are meant and told in; this machine's if left out
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Remind people so long before it begins; may be given several times
    #[arg(long = "remind", value_name = "DURATION")]
    pub reminders: Vec<Lasting>,
    /// A second person must approve its plan before it begins
    #[arg(long)]
    pub approval: bool,
    /// Accept what speaks against it, such as a blackout, for this reason; needs the permission override
    #[arg(long = "override", value_name = "REASON")]
    pub overrule: Option<String>,
}

/// Puts targets into maintenance.
#[derive(Args, Clone, Debug)]
pub struct Enter {
    /// The targets, each with everything below it
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    waiting: Waiting,
}

impl What {
    /// The zone meant.
    pub fn zone(&self) -> String {
        self.zone.clone().unwrap_or_else(time::zone_here)
    }

    /// The scope that these paths and options name.
    pub fn scope(&self, paths: &[String]) -> Scope {
        let mut labels = std::collections::BTreeMap::<String, Value>::new();
        for Pair { key, value } in &self.labels {
            let value = Value::String(value.clone());
            match labels.get_mut(key) {
                Some(Value::Array(any)) => any.push(value),
                Some(one) => *one = Value::Array(vec![one.take(), value]),
                None => drop(labels.insert(key.clone(), value)),
            }
        }
        let include = paths.iter().map(|under| Clause { under: under.clone(), labels: labels.clone() }).collect();
        let exclude = self.exclude.iter().map(|under| Clause { under: under.clone(), ..Clause::default() }).collect();
        Scope { include, exclude }
    }

    /// The body that creates it, without its start.
    ///
    /// # Errors
    /// A zone or a time that makes no sense; the server tells no time.
    pub async fn body(&self, session: &Session, paths: &[String]) -> Result<NewMaintenance, Failed> {
        let zone = self.zone();
        Ok(NewMaintenance {
            title: self.title.clone().unwrap_or_else(|| format!("Maintenance of {}", paths.join(", "))),
            reason: self.reason.clone(),
            scope: self.scope(paths),
            preset: (!self.approval).then(|| self.preset.clone()),
            policy: self.approval.then(|| serde_json::json!({"preset": self.preset, "approval": true})),
            duration: self.lasting.map(|lasting| lasting.to_string()),
            ends_at: instant(session, self.until, &zone).await?,
            zone: Some(zone),
            reminders: (!self.reminders.is_empty()).then(|| self.reminders.iter().map(ToString::to_string).collect()),
            overrule: self.overrule.clone().map(|reason| Override { reason }),
            ..NewMaintenance::default()
        })
    }
}

/// A time that was typed, as the API reads it; what a change of clocks did to it is noted.
///
/// # Errors
/// A zone or a time that makes no sense; the server tells no time.
pub async fn instant(session: &Session, typed: Option<When>, zone: &str) -> Result<Option<String>, Failed> {
    resolved(session, typed, zone, When::resolve).await
}

/// The same of what lies behind: a time of day is the last one that a clock showed.
///
/// # Errors
/// The same.
pub async fn past(session: &Session, typed: Option<When>, zone: &str) -> Result<Option<String>, Failed> {
    resolved(session, typed, zone, When::resolve_past).await
}

async fn resolved(
    session: &Session,
    typed: Option<When>,
    zone: &str,
    resolve: fn(When, &TimeZone, Timestamp) -> Result<Resolved, String>,
) -> Result<Option<String>, Failed> {
    let usage = |why: String| Failed::new(Exit::Usage, why);
    let zone = time::zone(zone).map_err(usage)?;
    let Some(typed) = typed else { return Ok(None) };
    let resolved = resolve(typed, &zone, session.now().await?).map_err(usage)?;
    if let Some(text) = &resolved.note {
        note(text);
    }
    Ok(Some(resolved.at.to_string()))
}

impl Enter {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; while waiting, as [`Waiting::on`].
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let begun = match self.found(session).await? {
            Some(found) => {
                session.say(&already(&found))?;
                found
            }
            None => self.created(session).await?,
        };
        warn(&begun);
        let now = session.now().await?;
        if self.waiting.wait {
            session.say(&told(&begun, now))?;
        }
        let is_waited = self.waiting.wait;
        let maintenance = self.waiting.on(session, begun, Goal::Active).await?;
        session.answer(&maintenance, || {
            if is_waited {
                format!("{} is {}.", maintenance.id, words::state(&maintenance))
            } else {
                told(&maintenance, now)
            }
        })
    }

    /// One in progress, not leaving, that was entered for the same scope with the same preset by people or services.
    async fn found(&self, session: &Session) -> Result<Option<Maintenance>, Failed> {
        let Some(first) = self.paths.first() else { return Ok(None) };
        let wanted = self.what.scope(&self.paths);
        let covering = find::covering(session, first, "in_progress").await?;
        Ok(covering.into_iter().find(|maintenance| {
            maintenance.phase.as_deref() != Some("leaving")
                && maintenance.preset.as_deref() == Some(self.what.preset.as_str())
                && maintenance.trigger.as_ref().is_some_and(|trigger| trigger.kind == "manual")
                && is_same(&maintenance.scope, &wanted)
        }))
    }

    async fn created(&self, session: &Session) -> Result<Maintenance, Failed> {
        let body = self.what.body(session, &self.paths).await?;
        let made = session.client.create(&body).await?;
        match made.status.as_str() {
            "draft" | "scheduled" => Ok(session.client.start(&made.id, &Overruling::default()).await?),
            _ => Ok(made),
        }
    }
}

/// Whether two scopes have the same clauses, in whatever order.
fn is_same(one: &Scope, other: &Scope) -> bool {
    let holds = |some: &[Clause], all: &[Clause]| some.iter().all(|clause| all.contains(clause));
    let same = |one: &[Clause], other: &[Clause]| holds(one, other) && holds(other, one);
    same(&one.include, &other.include) && same(&one.exclude, &other.exclude)
}

fn already(found: &Maintenance) -> String {
    let by = &found.by;
    format!("In maintenance already since {} by {by}; nothing new was begun.", time::told(&found.since, &found.zone))
}

/// What was begun, until when, and what to do next.
pub fn told(maintenance: &Maintenance, now: Timestamp) -> String {
    let zone = &maintenance.zone;
    let preset = maintenance.preset.as_deref().unwrap_or("an own policy");
    let end = match &maintenance.ends_at {
        Some(at) => format!("until   {}", time::told_from(at, zone, now)),
        None => words::open_end(maintenance).replacen("until ", "until   ", 1),
    };
    let waits = maintenance.approval.as_ref().filter(|it| it.by.is_none());
    let waits = waits.map(|_| format!("\n→ lull approve {}, by a second person", maintenance.id)).unwrap_or_default();
    format!(
        "{}  {}\n  state   {}\n  scope   {}\n  quiet   {preset}\n  {end}\n→ lull show {}{waits}",
        maintenance.id,
        maintenance.title,
        words::state(maintenance),
        words::scope(&maintenance.scope),
        maintenance.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(under: &str) -> Clause {
        Clause { under: under.to_owned(), ..Clause::default() }
    }

    #[test]
    fn the_order_of_paths_does_not_matter_but_what_is_left_out_does() {
        let scope = |include: &[&str], exclude: &[&str]| Scope {
            include: include.iter().map(|under| clause(under)).collect(),
            exclude: exclude.iter().map(|under| clause(under)).collect(),
        };
        assert!(is_same(&scope(&["a", "b"], &[]), &scope(&["b", "a"], &[])));
        assert!(!is_same(&scope(&["a", "b"], &[]), &scope(&["a"], &[])));
        assert!(!is_same(&scope(&["a"], &["a/x"]), &scope(&["a"], &[])));
    }
}
