//! What is known of one thing, and what its times prove.
use super::{Item, ItemState, OwnStart, Reading, Receipt, Run, Thing, ThingState, WELL_AFTER, Why};
use crate::{Instant, Span};

impl Item {
    /// A thing found running.
    pub(super) fn captured(thing: &Thing, seen: &Reading) -> Item {
        Item {
            name: thing.name.clone(),
            id: thing.id.clone(),
            captured_at: seen.at,
            ran_since: thing.started_at,
            needs: thing.needs.clone(),
            state: ItemState::Captured,
            called_at: None,
            cancelled: false,
            backup: None,
            boot_at: seen.booted_at,
            stopped: None,
            ended: Vec::new(),
            unsure: None,
            started: None,
            before: thing.setting.clone(),
            keeps_down: thing.keeps_down.clone(),
            set: None,
            restarts: None,
            ailed: thing.healthy == Some(false),
            failures: 0,
            trouble: None,
        }
    }

    /// Found running while it may be taken: what was known of earlier runs is void, and no call was begun since. A start
    /// of ours that is not yet well may still fail: should it die, it is owed as before.
    pub(super) fn recaptured(&mut self, thing: &Thing, state: ItemState, seen: &Reading) {
        let same_run = self.state == ItemState::Captured && self.ran_since == thing.started_at;
        if !same_run || self.is_renewed(thing) {
            self.backup = None;
        }
        self.meets(thing);
        self.captured_at = seen.at;
        self.called_at = None;
        self.cancelled = false;
        self.boot_at = seen.booted_at;
        self.ran_since = thing.started_at;
        self.needs.clone_from(&thing.needs);
        self.unsure = None;
        let restarted = self.follows(thing);
        let own = self.started.is_some_and(|own| thing.started_at.is_some_and(|began| own.is(began)));
        let well = thing.is_well(seen.at, seen.at) && (!restarted || thing.healthy.is_some());
        if !own {
            self.ailed = thing.healthy == Some(false);
        }
        if !own || well {
            self.stopped = None;
            self.ended.clear();
            self.started = None;
        }
        self.state = state;
    }

    /// How often its own system restarted it, and whether that is more than at the last reading. What it began after a run
    /// of ours is ours too: somebody who starts it makes the count begin anew.
    pub(super) fn follows(&mut self, thing: &Thing) -> bool {
        let known = self.restarts.replace(thing.restarts);
        let same_start = thing.restarts > 0 && known.is_some_and(|known| known <= thing.restarts);
        if let Some(started) = self.started.as_mut().filter(|_| same_start) {
            started.at = thing.started_at.or(started.at);
        }
        known.is_some_and(|known| known < thing.restarts)
    }

    /// It was down and runs again, and is to be stopped again: for this run no call was begun yet.
    pub(super) fn runs_again(&mut self, thing: &Thing, seen: &Reading) {
        self.meets(thing);
        self.backup = None;
        self.captured_at = seen.at;
        self.ran_since = thing.started_at;
        self.called_at = None;
        self.cancelled = false;
        self.boot_at = seen.booted_at;
        self.unsure = None;
        self.state = ItemState::Again;
    }

    /// Another thing has its name now: the setting we made went with the old one. One that still has neither our value
    /// nor the captured one was set by somebody else: that is the new *before*.
    pub(super) fn meets(&mut self, thing: &Thing) {
        if self.is_renewed(thing) {
            self.id.clone_from(&thing.id);
            self.set = None;
        }
        if self.set.as_ref() != Some(&thing.setting) {
            self.set = None;
            self.before = thing.setting.clone();
            self.keeps_down.clone_from(&thing.keeps_down);
        }
    }

    /// It was cancelled, and nobody holds it any more: down, that is the end of it; else it was not, and runs on.
    pub(super) fn is_cancelled(&mut self, thing: &Thing) -> bool {
        if self.cancelled {
            self.state = if thing.is_up() { ItemState::Back } else { ItemState::Struck(Why::Cancelled) };
            self.trouble = None;
        }
        self.cancelled
    }

    /// It is ours to look after: captured, down, or to be stopped again.
    pub fn is_ours(&self) -> bool {
        match self.state {
            ItemState::Captured | ItemState::Down | ItemState::Again => true,
            ItemState::Struck(_) | ItemState::Back => false,
        }
    }

    /// A call of this operation may have changed it.
    pub(super) fn is_touched(&self) -> bool {
        self.may_be_down() || self.set.is_some() || self.state == ItemState::Down
    }

    /// Something of ours may have brought it down since it was found running.
    fn may_be_down(&self) -> bool {
        self.called_at.is_some() || self.unsure.is_some() || self.stopped.is_some()
    }

    /// The present holds may not take it.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self.state, ItemState::Struck(Why::TakenOver | Why::Accepted { .. }))
    }

    /// Another id under the same name since the receipt was taken.
    pub(super) fn is_renewed(&self, thing: &Thing) -> bool {
        self.id.is_some() && thing.id.is_some() && self.id != thing.id
    }

    /// Found stopped, and not by us: before our first call, and after somebody else had run it.
    pub(super) fn stopped_by_another(&self, thing: &Thing, read_at: Instant) -> bool {
        self.stopped_before(thing, read_at) && self.ran_since_our_stop(thing)
    }

    /// Found stopped: it ended before the first call since it was found running, and after we saw it run.
    /// A clock that was put back since that call proves nothing: what is in doubt is ours to start.
    fn stopped_before(&self, thing: &Thing, read_at: Instant) -> bool {
        let Some(called) = self.called_at else { return true };
        if read_at < called {
            return false;
        }
        let plausible = |finished| self.stopped.is_some() || finished >= self.captured_at - CLOCKS_DIFFER;
        thing.finished_at.is_some_and(|finished| finished < called && plausible(finished))
    }

    /// Found stopped: since our last stop of it, if any, somebody else has run it.
    fn ran_since_our_stop(&self, thing: &Thing) -> bool {
        if self.ended_by_lost_call(thing) {
            return false;
        }
        if self.stopped.is_none() {
            return true;
        }
        let Some(began) = thing.started_at else { return false };
        let ended = self.ended_by_us().any(|run| run.may_have_begun(began));
        !ended && !self.started.is_some_and(|own| own.is(began))
    }

    /// It ended while a call that never reported may have acted, or in doubt as the run that this call was sent to: only an
    /// end between our reading of that run and the call is another's.
    fn ended_by_lost_call(&self, thing: &Thing) -> bool {
        let (Some(lost), Some(end)) = (self.unsure, thing.finished_at) else { return self.unsure.is_some() };
        let between = self.captured_at - CLOCKS_DIFFER <= end && end < lost.from;
        let during = lost.from <= end && end <= lost.to;
        during || (thing.started_at == self.ran_since && !between)
    }

    /// Found down after a call of ours: that run is taken for ended by us, before the reading began.
    pub(super) fn down_by_call(&mut self, thing: &Thing, read_at: Instant) {
        self.ended_run(Run { started_at: thing.started_at, finished_at: thing.finished_at.or(Some(read_at)) });
    }

    /// We ended this run; those that we ended before stay known.
    pub(super) fn ended_run(&mut self, run: Run) {
        let before = self.stopped.replace(run).filter(|before| before.started_at != run.started_at);
        self.ended.retain(|known| known.started_at != run.started_at);
        self.ended.extend(before);
        let surplus = self.ended.len().saturating_sub(ENDED_MAX);
        self.ended.drain(..surplus);
    }

    /// Every run that we ended, as far as is remembered.
    pub(super) fn ended_by_us(&self) -> impl Iterator<Item = &Run> {
        self.stopped.iter().chain(&self.ended)
    }
}

/// How far two clocks on one machine may seem apart before an order of events is doubted.
const CLOCKS_DIFFER: Span = Span::seconds(2);

/// Runs remembered beyond the newest; calls that may be late are far fewer.
const ENDED_MAX: usize = 8;

impl Run {
    /// This start is the one of this run, as far as can be told.
    fn may_have_begun(&self, began: Instant) -> bool {
        match (self.started_at, self.finished_at) {
            (Some(ours), _) => began == ours,
            (None, Some(finished)) => began <= finished,
            (None, None) => true,
        }
    }
}

impl OwnStart {
    pub(super) fn is(self, began: Instant) -> bool {
        match self.at {
            Some(at) => at == began,
            None => self.from - CLOCKS_DIFFER <= began && began <= self.to,
        }
    }
}

impl Thing {
    /// It runs, or is about to run again by itself.
    pub fn is_up(&self) -> bool {
        self.state == ThingState::Running
    }

    /// It runs and will, as far as can be told: its own check says so, or it had run for a while when the reading began. A
    /// start that lies ahead of now says nothing.
    pub(super) fn is_well(&self, read_at: Instant, now: Instant) -> bool {
        let implausible = self.started_at.is_some_and(|began| (now - began).0 < -CLOCKS_DIFFER.0);
        self.healthy.unwrap_or(self.has_run(read_at) || implausible)
    }

    /// It had run for a while when the reading began.
    pub(super) fn has_run(&self, read_at: Instant) -> bool {
        self.started_at.is_none_or(|began| read_at - began >= WELL_AFTER)
    }
}

impl Receipt {
    /// What was captured and never called is dropped, not started; a setting of ours still goes back. A lost call may have
    /// ended it, and a start of ours that was not found well may have failed: these are looked at first.
    pub(super) fn without_never_called(mut self) -> Receipt {
        let never = |item: &Item| item.state == ItemState::Captured && !item.may_be_down();
        self.items.retain(|item| !never(item) || item.set.is_some());
        for item in self.items.iter_mut().filter(|item| never(item)) {
            item.state = ItemState::Struck(Why::Earlier);
        }
        self
    }

    /// Nothing is stopped again any more.
    pub(super) fn none_again(mut self) -> Receipt {
        for item in self.items.iter_mut().filter(|item| item.state == ItemState::Again) {
            item.state = ItemState::Down;
        }
        self
    }

    /// The thing of this name.
    pub(super) fn item_mut(&mut self, name: &str) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.name == name)
    }
}
