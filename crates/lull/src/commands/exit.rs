//! `lull exit`: end what the caller may end on a target, and say what still holds it.
use clap::Args;
use lull_api::params::Closing;
use lull_api::views::{List, Maintenance};

use crate::failed::{Exit as Code, Failed};
use crate::find;
use crate::session::Session;
use crate::time;
use crate::wait::{Goal, Waiting};
use crate::words;

/// Takes a target out of maintenance.
#[derive(Args, Clone, Debug)]
pub struct Exit {
    /// The target
    pub path: String,
    /// What people are told
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    #[command(flatten)]
    waiting: Waiting,
}

impl Exit {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; there is nothing that may be ended and something still holds the target;
    /// while waiting, as [`Waiting::on`].
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        find::target(session, &self.path).await?;
        let covering = find::covering(session, &self.path, "in_progress").await?;
        let (own, others): (Vec<_>, Vec<_>) = covering.into_iter().partition(|it| is_ours(it, &self.path));
        let holding: Vec<Maintenance> = others.into_iter().filter(|it| holds(it, &self.path)).collect();
        if own.is_empty() && !holding.is_empty() {
            return Err(self.refused(&holding));
        }
        let closing = Closing { message: self.message.clone(), ..Closing::default() };
        let mut ended = Vec::new();
        for maintenance in own {
            let roots = &maintenance.scope.include;
            if roots.len() > 1 {
                session.say(&format!(
                    "{} ends on all its targets: {}.",
                    maintenance.id,
                    words::scope(&maintenance.scope)
                ))?;
            }
            ended.push(session.client.complete(&maintenance.id, &closing).await?);
        }
        let mut over = Vec::new();
        for maintenance in ended {
            over.push(self.waiting.on(session, maintenance, Goal::Over).await?);
        }
        let answer = List { items: over, next: None };
        session.answer(&answer, || self.told(&answer.items, &holding))
    }

    fn told(&self, ended: &[Maintenance], holding: &[Maintenance]) -> String {
        let mut lines: Vec<String> = ended.iter().map(|it| format!("{} is {}.", it.id, words::state(it))).collect();
        if ended.is_empty() {
            lines.push(format!("{} is not in maintenance. Nothing was changed.", self.path));
        }
        if !holding.is_empty() {
            lines.push(format!("{} stays in maintenance:", self.path));
            lines.extend(holding.iter().map(|it| holder(it, &self.path)));
        }
        lines.join("\n")
    }

    fn refused(&self, holding: &[Maintenance]) -> Failed {
        let mut what = format!("Nothing that holds {} is ended by `lull exit`:", self.path);
        for maintenance in holding {
            what.push('\n');
            what.push_str(&holder(maintenance, &self.path));
        }
        Failed::new(Code::Conflict, what)
    }
}

fn is_manual(maintenance: &Maintenance) -> bool {
    maintenance.trigger.as_ref().is_none_or(|trigger| trigger.kind == "manual")
}

/// Entered by hand for this very target. One that is leaving already is waited for, and completing it changes nothing.
fn is_ours(maintenance: &Maintenance, path: &str) -> bool {
    is_manual(maintenance) && find::is_root(maintenance, path) && maintenance.outcome.as_deref() != Some("cancelled")
}

/// Whether it covers the target itself, and not only something below it.
fn holds(maintenance: &Maintenance, path: &str) -> bool {
    let covers = |under: &str| {
        under == "/" || path == under || path.strip_prefix(under).is_some_and(|rest| rest.starts_with('/'))
    };
    let is_out = maintenance.scope.exclude.iter().any(|clause| clause.labels.is_empty() && covers(&clause.under));
    maintenance.scope.include.iter().any(|clause| covers(&clause.under)) && !is_out
}

/// One that holds, and what ends it.
fn holder(maintenance: &Maintenance, path: &str) -> String {
    let Maintenance { id, title, by, zone, .. } = maintenance;
    let since = time::told(&maintenance.since, zone);
    let ends = if maintenance.phase.as_deref() == Some("leaving") {
        format!("it is leaving: `lull show {id}`")
    } else if !is_manual(maintenance) {
        format!("it ends when its signal says so, or: lull complete {id} --break-glass --reason TEXT")
    } else {
        format!("lull exclude {id} {path}, or for all of it: lull complete {id}")
    };
    format!("  {id}  {title}, by {by} since {since}, on {}\n    → {ends}", words::scope(&maintenance.scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maintenance(under: &str, exclude: &[&str], trigger: &str) -> Maintenance {
        serde_json::from_value(serde_json::json!({
            "id": "mnt_1", "title": "Upgrade", "status": "in_progress", "phase": "active",
            "flags": {"announced": true, "fenced": true, "ready": true, "overdue": false, "needs_attention": false},
            "trigger": {"kind": trigger, "name": "bob"}, "by": "bob", "since": "2026-11-21T12:00:00Z", "owner": "bob",
            "scope": {"include": [{"under": under}],
                "exclude": exclude.iter().map(|under| serde_json::json!({"under": under})).collect::<Vec<_>>()},
            "policy": {}, "end": {"by": "manual"}, "zone": "Europe/Berlin", "impact": "degraded",
            "epoch": 1, "revision": 1, "created_at": "2026-11-21T12:00:00Z"
        }))
        .expect("it is a maintenance")
    }

    #[test]
    fn what_is_above_holds_and_what_is_below_does_not() {
        for (under, exclude, expected) in [
            ("acme/prod", vec![], true),
            ("/", vec![], true),
            ("acme/prod/shop", vec![], true),
            ("acme/prod/sho", vec![], false),
            ("acme/prod/shop/web", vec![], false),
            ("acme/prod", vec!["acme/prod/shop"], false),
        ] {
            assert_eq!(holds(&maintenance(under, &exclude, "manual"), "acme/prod/shop"), expected, "{under}");
        }
    }

    #[test]
    fn who_still_holds_is_named_with_what_ends_it() {
        let told = |under, trigger| holder(&maintenance(under, &[], trigger), "acme/prod/shop");
        insta::assert_snapshot!(told("acme/prod", "manual"), @r"
          mnt_1  Upgrade, by bob since Sat 21 Nov 2026, 13:00 Europe/Berlin (+01:00), on acme/prod
            → lull exclude mnt_1 acme/prod/shop, or for all of it: lull complete mnt_1
        ");
        insta::assert_snapshot!(told("acme/prod/shop", "observer"), @r"
          mnt_1  Upgrade, by bob since Sat 21 Nov 2026, 13:00 Europe/Berlin (+01:00), on acme/prod/shop
            → it ends when its signal says so, or: lull complete mnt_1 --break-glass --reason TEXT
        ");
    }
}
