//! `lull exit`: end what the caller may end on a target, and say what still holds it.
use clap::Args;
use lull_api::params::{Closing, Listing};
use lull_api::views::{List, Maintenance};

use crate::failed::{Exit as Code, Failed};
use crate::find;
use crate::left::Left;
use crate::session::Session;
use crate::time;
use crate::wait::Waiting;
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

/// What came of it: what is ended, what was left as it is, what was refused.
#[derive(Default)]
struct Done {
    ended: Vec<Maintenance>,
    left: Left,
    refused: Vec<Maintenance>,
    failures: Vec<Failed>,
}

impl Exit {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses one, after all others were ended; there is nothing that may be ended and
    /// something still holds the target; while waiting, as [`Waiting::on`].
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        find::target(session, &self.path).await?;
        let covering = find::covering(session, &self.path, "in_progress").await?;
        let (own, others): (Vec<_>, Vec<_>) = covering.into_iter().partition(|it| is_ours(it, &self.path));
        let holding: Vec<Maintenance> = others.into_iter().filter(|it| holds(it, &self.path)).collect();
        if own.is_empty() && !holding.is_empty() {
            return Err(self.refused(&holding));
        }
        let mut done = Done::default();
        for maintenance in own {
            self.end(session, maintenance, &mut done).await?;
        }
        for ended in &mut done.ended {
            match self.waiting.until_over(session, ended.clone(), &mut done.left).await {
                Ok(over) => *ended = over,
                Err(failed) => {
                    done.failures.push(failed);
                    break;
                }
            }
        }
        self.answer(session, done, &holding)
    }

    /// Completes one; that it may not be completed is kept for the end.
    async fn end(&self, session: &Session, maintenance: Maintenance, done: &mut Done) -> Result<(), Failed> {
        let left = self.waiting.left(session, &maintenance.id).await;
        let closing = Closing { message: self.message.clone(), ..Closing::default() };
        match session.client.complete(&maintenance.id, &closing).await {
            Ok(ended) => {
                let whose = whose(session, &maintenance).await;
                if maintenance.scope.include.len() > 1 {
                    let scope = words::scope(&maintenance.scope);
                    session.say(&format!("{}{whose} ends on all its targets: {scope}.", maintenance.id))?;
                } else if !whose.is_empty() {
                    session.say(&format!("{}{whose} is ended.", maintenance.id))?;
                }
                done.left.extend(left);
                done.ended.push(ended);
            }
            Err(error) => {
                let failed = Failed::from(error);
                let what = format!("{}, “{}”, is not ended: {}", maintenance.id, maintenance.title, failed.what);
                done.failures.push(Failed { what, ..failed });
                done.refused.push(maintenance);
            }
        }
        Ok(())
    }

    fn answer(&self, session: &Session, done: Done, holding: &[Maintenance]) -> Result<(), Failed> {
        let Done { ended, left, refused, mut failures } = done;
        if failures.is_empty() || !ended.is_empty() {
            let answer = List { items: ended, next: None };
            session.answer(&answer, || self.told(&answer.items, &left, refused.iter().chain(holding)))?;
            // One document on standard output, not two.
            failures.iter_mut().for_each(|failed| failed.problem = None);
        }
        Failed::all(failures).map_or(Ok(()), Err)
    }

    fn told<'a>(&self, ended: &[Maintenance], left: &Left, holding: impl Iterator<Item = &'a Maintenance>) -> String {
        let mut lines: Vec<String> = ended.iter().map(|it| format!("{} is {}.", it.id, words::state(it))).collect();
        lines.extend(left.lines());
        if ended.is_empty() {
            lines.push(format!("{} is not in maintenance. Nothing was changed.", self.path));
        }
        let holding: Vec<String> = holding.map(|it| holder(it, &self.path)).collect();
        if !holding.is_empty() {
            lines.push(format!("{} stays in maintenance:", self.path));
            lines.extend(holding);
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

/// Title and beginner of one that somebody else began than who just ended it.
async fn whose(session: &Session, maintenance: &Maintenance) -> String {
    let listing = Listing { maintenance: Some(maintenance.id.clone()), ..Listing::default() };
    let orders = session.client.orders(&listing).await.map(|orders| orders.items).unwrap_or_default();
    match orders.iter().rev().find(|order| order.command == "complete") {
        Some(order) if order.by != maintenance.by => {
            format!(", “{}”, entered by {},", maintenance.title, maintenance.by)
        }
        _ => String::new(),
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
