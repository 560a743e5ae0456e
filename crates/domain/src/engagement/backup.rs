//! The first half of a stop: nothing is stopped whose backup was asked for and did not succeed.
use serde::{Deserialize, Serialize};

use super::{Engagement, Failure, Fate, Item, Outcome};
use crate::Instant;

/// Why a thing may be stopped though a backup was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backup {
    /// It is made, under this name.
    Made(String),
    /// A person does without it.
    Forced {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

impl Engagement {
    /// Of these, those that are backed up before anything else is done to them.
    fn to_back_up(&self, names: &[String]) -> Vec<String> {
        let unsaved = |item: &&Item| self.backup && item.backup.is_none() && names.contains(&item.name);
        self.items().iter().filter(unsaved).map(|item| item.name.clone()).collect()
    }

    /// What of these to save next, or none: that they are stopped now. What is saved already does not wait for what
    /// could not be saved before.
    pub(crate) fn saves_next(&self, names: &[String]) -> Option<Vec<String>> {
        let unsaved = self.to_back_up(names);
        let tried = self.retry.as_ref().is_some_and(|retry| retry.attempts > 0);
        let mut items = self.items().iter().filter(|item| unsaved.contains(&item.name));
        let failed_before = tried || items.all(|item| item.failures > 0);
        let stops = unsaved.is_empty() || failed_before && unsaved.len() < names.len();
        (!stops).then_some(unsaved)
    }

    /// Of these, those that may be stopped as far as backups go.
    pub(crate) fn saved(&self, mut names: Vec<String>) -> Vec<String> {
        let unsaved = self.to_back_up(&names);
        names.retain(|name| !unsaved.contains(name));
        names
    }

    /// A person wants these stopped without a backup.
    pub fn forced(mut self, names: &[String], by: &str, reason: &str) -> Engagement {
        for item in self.items_mut().iter_mut().filter(|item| names.contains(&item.name)) {
            item.backup = Some(Backup::Forced { by: by.to_owned(), reason: reason.to_owned() });
        }
        self.retried(Some(names))
    }

    /// What the report of a backup means; while one thing has no answer, its call may still act.
    pub(super) fn backed_up(mut self, outcomes: &[Outcome], now: Instant) -> Engagement {
        let mut retry = None;
        let unanswered = outcomes.iter().any(|it| matches!(it.fate, Fate::Failed(Failure::NoAnswer(_))));
        for outcome in outcomes {
            let Some(item) = self.items_mut().iter_mut().find(|item| item.name == outcome.name) else { continue };
            match &outcome.fate {
                Fate::BackedUp(name) => {
                    item.backup = Some(Backup::Made(name.clone()));
                    item.failures = 0;
                }
                Fate::Failed(Failure::ForGood(why)) => item.trouble = Some(unsaved(why)),
                // As the call goes quiet, what is not saved is refused all at once.
                Fate::Failed(Failure::NoAnswer(_) | Failure::ForNow(_)) if unanswered => {}
                Fate::Failed(Failure::ForNow(why) | Failure::NoAnswer(why)) => {
                    item.refused_once(&unsaved(why));
                    retry.get_or_insert_with(|| format!("{}: {}", outcome.name, unsaved(why)));
                }
                // It is not what it was: it is read before anything else is done.
                _ => self.look = true,
            }
        }
        if unanswered {
            return self.changed();
        }
        self.call = None;
        match retry {
            Some(why) => self.failed_for_now(&why, now),
            None => self.retry = None,
        }
        self.changed()
    }

    /// Nobody answered in time: of each thing that is not saved, that is a refusal.
    pub(super) fn unanswered(&mut self, names: &[String]) {
        let names = self.to_back_up(names);
        let asked = |item: &&mut Item| names.contains(&item.name) && item.trouble.is_none();
        self.items_mut().iter_mut().filter(asked).for_each(|item| item.refused_once(&unsaved("no answer in time")));
    }
}

/// Why a thing runs on.
pub(super) fn unsaved(why: &str) -> String {
    format!("the backup failed, so it runs on: {why}")
}
