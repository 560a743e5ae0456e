//! A backup of one container: an image of its file system. Volumes are not in it.

use super::act;
use super::engine::Engine;
use super::failure;
use crate::{CallItem, Done, Outcome};

const ID_SHOWN: usize = 12;

/// Commits a container to `lull-backup/<lasting name>:<id>-<second of its start>`: the same name however often one run of
/// it is backed up, so that a repeated call leaves one image.
pub(super) async fn make(engine: &Engine, item: &CallItem) -> Done {
    let done = |outcome| Done { name: item.name.clone(), outcome, set: item.set.clone(), found: None };
    let container = match act::find(engine, item).await {
        Ok(container) => container,
        Err(outcome) => return done(outcome),
    };
    let repository = repository(&item.name);
    let short: String = container.id.chars().take(ID_SHOWN).collect();
    let tag = format!("{short}-{}", container.started_at().unwrap_or_default() / 1_000_000);
    done(match engine.commit(&container.id, (&repository, &tag)).await {
        Ok(()) => Outcome::BackedUp(format!("{repository}:{tag}")),
        Err(error) => Outcome::Failed(failure::of_order(&format!("backing up {}", item.name), &error)),
    })
}

/// Names of images know only small letters, digits and single separators between them.
pub(super) fn repository(name: &str) -> String {
    let plain = |part: &str| {
        let part: String =
            part.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        part.trim_matches('-').to_owned()
    };
    let parts = name.split('/').map(plain).filter(|part| !part.is_empty());
    ["lull-backup".to_owned()].into_iter().chain(parts).collect::<Vec<_>>().join("/")
}
