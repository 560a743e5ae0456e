//! When it is certain that nothing is admitted under the old rules any more.
use crate::{Instant, Span};

/// Clocks differ by no more than this.
pub const SKEW: Span = Span::seconds(2);
/// What was admitted has begun by then.
pub const GRACE: Span = Span::seconds(5);
/// So long an enforcer is believed to be there without a word from it.
pub const LEASE: Span = Span::seconds(7);
/// So often it says which epoch it has.
pub const RENEW: Span = Span::seconds(2);

/// Whoever decides by a copy of the gate's snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enforcer {
    /// Its name.
    pub name: String,
    /// The epoch that it had when it was heard of last.
    pub epoch: u64,
    /// Until when that word counts.
    pub lease_until: Instant,
}

impl Enforcer {
    /// It may still decide by a snapshot from before this epoch. Where its lease has run out, nobody will tell: it has to
    /// come back, or somebody says that it does not count.
    pub const fn lacks(&self, epoch: u64) -> bool {
        self.epoch < epoch
    }

    /// It has not renewed its lease.
    pub fn is_silent(&self, now: Instant) -> bool {
        self.lease_until <= now
    }
}

/// From when a maintenance is fenced that began then, and whose epoch every enforcer had reported then.
pub fn fenced_at(started_at: Instant, reported_at: Instant) -> Instant {
    reported_at.max(started_at + SKEW + GRACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Instant = Instant(1_770_000_000_000_000);

    #[test]
    fn skew_and_grace_count_from_the_start_and_the_last_report_may_come_later() {
        let early = NOON + Span::seconds(1);
        assert_eq!(fenced_at(NOON, early), NOON + Span::seconds(7));
        let late = NOON + Span::minutes(2);
        assert_eq!(fenced_at(NOON, late), late);
    }

    #[test]
    fn whoever_was_silent_and_had_the_epoch_is_not_waited_for() {
        let enforcer = Enforcer { name: "a".to_owned(), epoch: 7, lease_until: NOON };
        assert!(enforcer.is_silent(NOON) && !enforcer.lacks(7));
        assert!(enforcer.lacks(8) && !enforcer.is_silent(NOON - Span(1)));
    }
}
