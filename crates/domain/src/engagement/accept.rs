//! What a person decides about what failed: it is so, or try again.
use super::{ATTEMPTS_TOLD, Engagement, Item, ItemState, Receipt, Stage, Why};
use crate::Instant;
use crate::estate::Binding;

impl Engagement {
    /// A person accepts these things as they are; refused while a call may still act.
    pub fn accepted(mut self, names: &[String], by: &str, reason: &str) -> Engagement {
        let why = Why::Accepted { by: by.to_owned(), reason: reason.to_owned() };
        let held = !self.holders.is_empty();
        for item in self.items_mut().iter_mut().filter(|item| names.contains(&item.name)) {
            if item.is_ours() {
                item.state = ItemState::Struck(why.clone());
                item.trouble = None;
            } else if !held && item.trouble.take().is_some() {
                // Only its setting was left to put back, and that failed for good.
                item.set = None;
            }
        }
        self.look |= matches!(self.stage, Stage::Captured(_));
        if self.holders.is_empty() && matches!(self.stage, Stage::Owed(_)) && self.is_paid() && !self.look {
            return self.freed();
        }
        self.changed()
    }

    /// A person accepts the target as it is. Under holders that stands for what is not yet stopped, or failed: what we
    /// stopped runs again in the end. Of a target out of reach nothing more is read, nor put back when nobody holds it.
    pub fn accepted_whole(mut self, binding: &Binding, by: &str, reason: &str) -> Engagement {
        let held = !self.holders.is_empty();
        let attempts = self.retry.as_ref().map_or(0, |retry| retry.attempts);
        let said_before = attempts > 0 && !self.items().iter().any(Item::is_ours);
        let gives_up = attempts >= ATTEMPTS_TOLD || said_before || held && attempts > 0;
        let out_of_reach = self.trouble.is_some() || gives_up;
        let runs = |item: &Item| matches!(item.state, ItemState::Captured | ItemState::Again);
        let blocks = |item: &&Item| !held || item.trouble.is_some() || runs(item);
        let names: Vec<String> = self.items().iter().filter(blocks).map(|item| item.name.clone()).collect();
        self.trouble = None;
        self.retry = None;
        self = self.accepted(&names, by, reason);
        if !out_of_reach {
            return self;
        }
        self.look = false;
        if !held {
            return self.freed();
        }
        let receipt = match self.stage {
            Stage::Free => Receipt { binding: binding.clone(), items: Vec::new(), taken_at: Instant::default() },
            Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt) => receipt,
        };
        self.stage = Stage::Applied(receipt);
        self.all_seen();
        self
    }

    /// A person wants what failed to be tried again now.
    pub fn retried(mut self, names: Option<&[String]>) -> Engagement {
        for item in self.items_mut() {
            if names.is_none_or(|names| names.contains(&item.name)) {
                item.trouble = None;
                item.failures = 0;
            }
        }
        self.trouble = None;
        self.retry = None;
        self.look = !matches!(self.stage, Stage::Free) || self.look;
        self.changed()
    }
}
