//! Who holds an engagement, and who answers for what is owed.
use super::{Call, CallVerb, Engagement, Hold, Item, ItemState, Stage, Why};
use crate::Span;
use crate::id::MaintenanceId;

/// How a maintenance wants things to be stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// How long a thing may take to end by itself; that of the first hold counts.
    pub grace: Span,
    /// Each thing is backed up first, as far as it is not called yet.
    pub backup: bool,
    /// What it stops is not started again at the end.
    pub cancels: bool,
}

impl From<Span> for Terms {
    fn from(grace: Span) -> Terms {
        Terms { grace, backup: false, cancels: false }
    }
}

impl Engagement {
    /// This maintenance holds it from now on.
    pub fn held(mut self, maintenance: MaintenanceId, terms: impl Into<Terms>) -> Engagement {
        let Terms { grace, backup, cancels } = terms.into();
        let first = self.holders.is_empty();
        if first && !matches!(self.stage, Stage::Captured(_)) {
            self.new_operation();
        }
        if matches!(self.stage, Stage::Free) {
            self.doubts_nothing();
        }
        self.holders.insert(maintenance, Hold { seen: false, cancels });
        self.answers = None;
        // What was struck may be taken by this hold: looked for before anything it needs is stopped.
        let struck = self.items().iter().any(|item| matches!(item.state, ItemState::Struck(_)));
        self.look |= struck && !matches!(self.stage, Stage::Applied(_));
        self.forget_struck();
        if first {
            self.look |= matches!(self.stage, Stage::Captured(_));
            self.grace = grace;
            self.backup = false;
            self.forget_failures();
        }
        self.backup |= backup;
        self.changed()
    }

    /// This maintenance holds it no longer; the last one answers for what is still owed.
    pub fn released(mut self, maintenance: MaintenanceId) -> Engagement {
        self.holders.remove(&maintenance);
        if !self.holders.is_empty() {
            return self.changed();
        }
        self.forget_struck();
        self.forget_failures();
        self.stage = match std::mem::replace(&mut self.stage, Stage::Free) {
            Stage::Free => Stage::Free,
            Stage::Captured(receipt) if receipt.items.iter().any(Item::is_touched) || self.look => {
                self.look = true;
                Stage::Captured(receipt.without_never_called())
            }
            Stage::Captured(receipt) => {
                self.stage = Stage::Captured(receipt);
                self.doubts(Some(maintenance));
                Stage::Free
            }
            Stage::Applied(receipt) => {
                self.stage = Stage::Owed(receipt.none_again());
                self.new_operation();
                std::mem::replace(&mut self.stage, Stage::Free)
            }
            Stage::Owed(receipt) => {
                self.look = true;
                Stage::Owed(receipt.without_never_called().none_again())
            }
        };
        self.answers = (!matches!(self.stage, Stage::Free)).then_some(maintenance);
        self.changed()
    }

    /// Another maintenance answers for what is owed.
    pub fn passed_to(mut self, heir: MaintenanceId) -> Engagement {
        self.answers = Some(heir);
        self.changed()
    }

    /// Another intent: a new number, nothing of it was called, and it begins with a reading.
    fn new_operation(&mut self) {
        self.op += 1;
        self.retry = None;
        self.look |= !matches!(self.stage, Stage::Free);
        let pending = self.call.take();
        for item in self.items_mut() {
            // A call that may still act counts as one of this operation: what it brings down is not "never called".
            let acts = |call: &&Call| call.verb != CallVerb::Backup && call.names.contains(&item.name);
            let called = pending.as_ref().filter(acts);
            item.called_at = called.map(|call| call.started_at);
        }
        self.call = pending;
    }

    /// What was struck under other holds may be captured again.
    fn forget_struck(&mut self) {
        for item in self.items_mut() {
            if matches!(item.state, ItemState::Struck(_)) {
                item.state = ItemState::Struck(Why::Earlier);
            }
        }
    }

    fn forget_failures(&mut self) {
        self.trouble = None;
        self.retry = None;
        for item in self.items_mut() {
            item.trouble = None;
            item.failures = 0;
        }
    }
}
