//! What a person decides about what failed: it is so, or try again.
use super::{Engagement, ItemState, Receipt, Stage, Why};
use crate::Instant;
use crate::estate::Binding;

impl Engagement {
    /// A person accepts these things as they are; refused while a call may still act.
    pub fn accepted(mut self, names: &[String], by: &str, reason: &str) -> Engagement {
        let why = Why::Accepted { by: by.to_owned(), reason: reason.to_owned() };
        let items = self.items_mut().iter_mut().filter(|item| names.contains(&item.name) && item.is_ours());
        for item in items {
            item.state = ItemState::Struck(why.clone());
            item.trouble = None;
        }
        self.look |= matches!(self.stage, Stage::Captured(_));
        if self.holders.is_empty() && matches!(self.stage, Stage::Owed(_)) && self.is_paid() && !self.look {
            return self.freed();
        }
        self.changed()
    }

    /// A person accepts the target as it is, though it could not even be listed.
    pub fn accepted_whole(mut self, binding: &Binding, by: &str, reason: &str) -> Engagement {
        let names: Vec<String> = self.items().iter().map(|item| item.name.clone()).collect();
        self = self.accepted(&names, by, reason);
        for item in self.items_mut() {
            item.set = None;
        }
        self.trouble = None;
        self.retry = None;
        self.look = false;
        if self.holders.is_empty() {
            return self.freed();
        }
        let receipt = match self.stage {
            Stage::Free => Receipt { binding: binding.clone(), items: Vec::new(), taken_at: Instant::default() },
            Stage::Captured(receipt) | Stage::Applied(receipt) | Stage::Owed(receipt) => receipt,
        };
        self.stage = Stage::Applied(receipt);
        for hold in self.holders.values_mut() {
            hold.seen = true;
        }
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
