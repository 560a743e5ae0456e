//! From the domain to the wire: free functions, one for each view.
use std::collections::BTreeMap;

use lull_adapters as adapters;
use lull_api::{params, views};
use lull_domain::engagement::{Backup, CallVerb, Engagement, ItemState, Stage, Why};
use lull_domain::estate::{Binding, Estate, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::limit::{Limit, Most};
use lull_domain::policy::Facet;
use lull_domain::scope::{Clause, Scope};
use lull_domain::work::Work;
use lull_domain::{Instant, estate};
use lull_store::{Feed, Grant, Pass, Token};
use serde_json::{Value, json};

mod calendar;
mod conflict;
mod event;
mod far;
mod job;
mod maintenance;
mod mode;
mod plan;
mod series;
mod slot;

pub use calendar::{blackout, calendar};
pub use conflict::{conflict, in_words as conflict_in_words, limit_in_words};
pub use event::{Known, event, order};
pub use far::waits_for;
pub use job::job;
pub use maintenance::{Gated, maintenance, needs_attention};
pub use mode::Modes;
pub use plan::plan;
pub use series::{occurrence, previewed, rule, said, series};
pub use slot::{in_the_way, slot};

/// An instant as machines read it: RFC 3339, in UTC.
pub fn instant(at: Instant) -> String {
    jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// A value that serializes to a word; empty where it does not.
fn word(value: impl serde::Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

/// The path of a target; its id where there is no such target any more.
pub fn path(estate: &Estate, id: TargetId) -> String {
    estate.target(id).map_or_else(|| id.to_string(), |target| target.path.to_string())
}

/// A target, with its mode.
pub fn target(target: &Target, estate: &Estate, modes: &Modes) -> views::Target {
    let (facets, maintenances) = modes.of(target, estate);
    let mode = [Facet::Work, Facet::Page, Facet::Monitors].into_iter().map(|facet| {
        let mode = if facets.contains(&facet) { "maintenance" } else { "normal" };
        (word(facet), mode.to_owned())
    });
    views::Target {
        id: target.id.to_string(),
        path: target.path.to_string(),
        kind: target.kind.to_string(),
        labels: target.labels.clone(),
        version: target.version.clone(),
        external_id: target.external_id.clone(),
        binding: target.binding.clone().map(binding),
        needs: target.needs.iter().map(|id| path(estate, *id)).collect(),
        health_paths: target.health_paths.clone(),
        mode: mode.collect(),
        maintenances: maintenances.into_iter().map(|id| id.to_string()).collect(),
        banner: target.banner.as_ref().map(|banner| views::Banner {
            text: banner.text.clone(),
            on: banner.on,
            by: banner.by.clone(),
            since: instant(banner.since),
        }),
        revision: target.revision,
    }
}

fn binding(binding: Binding) -> params::Binding {
    let estate::Match { labels, project, service, name } = binding.matches;
    params::Binding { adapter: binding.adapter, matches: params::Match { labels, project, service, name } }
}

/// A scope, by paths.
pub fn scope(scope: &Scope, estate: &Estate) -> params::Scope {
    let clauses = |clauses: &[Clause]| clauses.iter().map(|clause| self::clause(clause, estate)).collect();
    params::Scope { include: clauses(&scope.include), exclude: clauses(&scope.exclude) }
}

fn clause(clause: &Clause, estate: &Estate) -> params::Clause {
    let labels = clause.labels.iter().map(|(key, wanted)| (key.clone(), json!(wanted)));
    params::Clause { under: path(estate, clause.under), labels: labels.collect() }
}

/// An engagement, with what it waits for.
pub fn engagement(engagement: &Engagement, work: &Work<'_>, now: Instant) -> views::Engagement {
    views::Engagement {
        target: path(work.estate, engagement.key.target),
        effect: engagement.key.effect.to_string(),
        stage: stage(&engagement.stage).to_owned(),
        op: engagement.op,
        holders: engagement.holders.keys().map(MaintenanceId::to_string).collect(),
        answers: engagement.answers.map(|id| id.to_string()),
        things: engagement.items().iter().map(thing).collect(),
        call: engagement.call.as_ref().map(|call| views::Call {
            verb: match call.verb {
                CallVerb::Backup => "backup".to_owned(),
                CallVerb::Apply => "apply".to_owned(),
                CallVerb::Revert => "revert".to_owned(),
            },
            names: call.names.clone(),
            started_at: instant(call.started_at),
            quiet_at: instant(call.quiet_at),
        }),
        retry: engagement.retry.as_ref().map(|retry| views::Again {
            at: instant(retry.at),
            attempts: retry.attempts,
            why: retry.why.clone(),
        }),
        trouble: engagement.trouble.clone(),
        waits_for: work.waits(engagement, now),
    }
}

/// The name of a stage.
pub fn stage(stage: &Stage) -> &'static str {
    match stage {
        Stage::Free => "free",
        Stage::Captured(_) => "captured",
        Stage::Applied(_) => "applied",
        Stage::Owed(_) => "owed",
    }
}

fn thing(item: &lull_domain::engagement::Item) -> views::Thing {
    let (state, why) = match &item.state {
        ItemState::Captured if item.called_at.is_some() => ("called", None),
        ItemState::Captured => ("captured", None),
        ItemState::Down => ("down", None),
        ItemState::Again => ("again", None),
        ItemState::Back => ("back", None),
        ItemState::Struck(why) => ("struck", Some(struck(why))),
    };
    let backup = item.backup.as_ref().map(|backup| match backup {
        Backup::Made(name) => name.clone(),
        Backup::Forced { by, reason } => format!("none: {by} does without it: {reason}"),
    });
    views::Thing { name: item.name.clone(), state: state.to_owned(), why, trouble: item.trouble.clone(), backup }
}

/// Why a thing is no longer ours to start, in words.
fn struck(why: &Why) -> String {
    match why {
        Why::TakenOver => "a person started it meanwhile".to_owned(),
        Why::StoppedBefore => "somebody stopped it before Lull did".to_owned(),
        Why::Replaced => "somebody made it anew, ran it and stopped it".to_owned(),
        Why::Cancelled => "its time to end was over, and it was cancelled".to_owned(),
        Why::Gone => "there is nothing of this name any more".to_owned(),
        Why::Accepted { by, reason } => format!("{by} accepts it as it is: {reason}"),
        Why::Earlier => "settled under an earlier maintenance".to_owned(),
    }
}

/// A workload, with what becomes of it.
pub fn workload(target: &Target, workload: adapters::Workload, work: &Work<'_>) -> views::Workload {
    let held = work.engagements.values().filter(|engagement| engagement.key.target == target.id);
    let item = held.flat_map(Engagement::items).find(|item| item.name == workload.name);
    views::Workload {
        target: target.path.to_string(),
        held: item.map(|item| self::held(item).to_owned()),
        state: word(workload.state),
        name: workload.name,
        id: workload.id,
        owner: workload.owner,
        project: workload.project,
        image: workload.image,
        started_at: workload.started_at.map(|at| instant(Instant(at))),
        volumes: workload.volumes,
        ignored: workload.ignored,
    }
}

fn held(item: &lull_domain::engagement::Item) -> &'static str {
    match &item.state {
        ItemState::Captured => "will be stopped, and started again at the end",
        ItemState::Down => "will be started at the end",
        ItemState::Again => "will be stopped again, and started at the end",
        ItemState::Back => "was started again",
        ItemState::Struck(_) => "is left as it is",
    }
}

/// A token; with its secret only when it was just made.
pub fn token(token: &Token, secret: Option<String>, estate: &Estate) -> views::Token {
    let grant = |grant: &Grant| params::Grant {
        under: path(estate, grant.under),
        role: grant.role.to_string(),
        may: grant.may.iter().map(word).collect(),
    };
    views::Token {
        id: token.id.to_string(),
        token: secret,
        name: token.name.clone(),
        kind: token.kind.name().to_owned(),
        grants: token.grants.iter().map(grant).collect(),
        created_at: instant(token.created_at),
        expires_at: token.expires_at.map(instant),
        revoked_at: token.revoked_at.map(instant),
    }
}

/// A pass; with its link only when it was just made.
pub fn pass(pass: &Pass, link: Option<String>, estate: &Estate) -> views::Pass {
    views::Pass {
        id: pass.id.to_string(),
        target: path(estate, pass.target),
        maintenance: pass.maintenance.to_string(),
        link,
        by: pass.made_by.clone(),
        opened: pass.is_opened,
        good_until: instant(pass.good_until),
    }
}

/// A limit, with what it comes to now.
pub fn limit(limit: &Limit, estate: &Estate) -> views::Limit {
    let (max, percent) = match limit.most {
        Most::Max(max) => (Some(max), None),
        Most::Percent(percent) => (None, Some(percent)),
    };
    views::Limit {
        id: limit.id.to_string(),
        under: path(estate, limit.under),
        kind: limit.kind.to_string(),
        max,
        percent,
        most: limit.most(estate),
        by: limit.created_by.clone(),
        created_at: instant(limit.created_at),
    }
}

/// A feed; a secret one with its link only when it was just made.
pub fn feed(feed: &Feed, url: Option<String>, estate: &Estate) -> views::Feed {
    views::Feed {
        id: feed.id.to_string(),
        under: path(estate, feed.target),
        public: feed.is_public,
        url: url.or_else(|| feed.is_public.then(|| crate::feeds::public_url(feed.id))),
        by: feed.made_by.name().to_owned(),
        created_at: instant(feed.made_at),
    }
}

/// An object's fields by name, as a body holds them.
fn fields(value: &Value) -> BTreeMap<&str, &Value> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}
