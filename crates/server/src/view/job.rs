//! A job as callers see it.
use lull_api::views;
use lull_domain::estate::Estate;
use lull_domain::job::{Item, Job};

use super::{instant, path, word};

/// A job, with what it stops.
pub fn job(job: &Job, items: &[Item], estate: &Estate) -> views::Job {
    let item = |item: &Item| views::JobItem {
        id: item.id.clone().unwrap_or_else(|| item.name.clone()),
        name: item.name.clone(),
        target: path(estate, item.target),
        state: word(item.state),
        why: item.why.clone(),
        backup: item.backup.clone(),
    };
    views::Job {
        id: job.id.to_string(),
        by: job.by.name().to_owned(),
        at: instant(job.at),
        reason: job.reason.clone(),
        done: items.iter().filter(|item| item.is_done()).count(),
        of: items.len(),
        items: items.iter().map(item).collect(),
    }
}
