//! From the wall to instants and back, in one zone.
use std::cell::Cell;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use sha2::{Digest, Sha256};

use super::civil::Local;
use crate::plan::hex;
use crate::{Instant, Span};

/// A zone that somebody has looked up, and the stretch of time that was looked at last.
#[derive(Clone, Debug)]
pub struct Zone {
    rules: TimeZone,
    stretch: Cell<Stretch>,
}

/// Local times that one offset holds for, each once.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: i64,
    to: i64,
    offset: i64,
}

/// What a local time is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resolved {
    /// When it is.
    pub at: Instant,
    /// Seconds east of UTC.
    pub offset: i64,
    /// What is odd about it.
    pub odd: Odd,
}

/// What the clocks make of a local time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Odd {
    /// Nothing.
    No,
    /// The clocks leave it out: it was moved forward by as much.
    Gap(Span),
    /// It comes twice: this is the first.
    Fold(Span),
}

impl Zone {
    /// A zone by these rules.
    pub const fn new(rules: TimeZone) -> Zone {
        Zone { rules, stretch: Cell::new(Stretch { from: 0, to: 0, offset: 0 }) }
    }

    /// Universal time.
    pub const fn utc() -> Zone {
        Zone::new(TimeZone::UTC)
    }

    /// When it is that on the wall: moved forward where the clocks leave it out, the first where it comes twice.
    pub fn resolve(&self, local: Local) -> Resolved {
        let stretch = self.stretch.get();
        if (stretch.from..stretch.to).contains(&local.0) {
            return plain(local, stretch.offset);
        }
        match self.rules.to_ambiguous_timestamp(wall(local)).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                let offset = i64::from(offset.seconds());
                self.stretch.set(self.around(local, offset));
                plain(local, offset)
            }
            // By the clocks before, which is the same as to go on counting.
            AmbiguousOffset::Gap { before, after } => {
                let odd = Odd::Gap(Span::seconds(between(before, after)));
                Resolved { odd, offset: i64::from(after.seconds()), ..plain(local, i64::from(before.seconds())) }
            }
            AmbiguousOffset::Fold { before, after } => {
                let odd = Odd::Fold(Span::seconds(between(after, before)));
                Resolved { odd, ..plain(local, i64::from(before.seconds())) }
            }
        }
    }

    /// What tells these clocks from others: every change that they make from 2020 to the end of the century.
    pub fn fingerprint(&self) -> String {
        let (from, to) = (stamp(1_577_836_800), stamp(4_102_444_800));
        let changes = self.rules.following(from).take_while(|change| change.timestamp() < to);
        let mut hash = Sha256::new_with_prefix(self.rules.to_offset(from).seconds().to_be_bytes());
        for change in changes {
            hash.update(change.timestamp().as_second().to_be_bytes());
            hash.update(change.offset().seconds().to_be_bytes());
        }
        hex(&hash.finalize()[..8])
    }

    /// What the wall shows then.
    pub fn local(&self, at: Instant) -> Local {
        let seconds = at.0.div_euclid(1_000_000);
        Local(seconds + self.offset(seconds))
    }

    /// An instant as its clocks show it, with their offset: RFC 3339, to the second.
    pub fn print(&self, at: Instant) -> String {
        let local = self.local(at);
        let offset = local.0 - at.0.div_euclid(1_000_000);
        let (sign, east) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
        format!("{local}{sign}{:02}:{:02}", east / 3_600, east / 60 % 60)
    }

    /// Seconds east of UTC, then.
    fn offset(&self, seconds: i64) -> i64 {
        let stretch = self.stretch.get();
        if (stretch.from..stretch.to).contains(&(seconds + stretch.offset)) {
            return stretch.offset;
        }
        i64::from(self.rules.to_offset(stamp(seconds)).seconds())
    }

    /// The stretch around a local time that comes once.
    fn around(&self, local: Local, offset: i64) -> Stretch {
        let at = local.0 - offset;
        let before = self.rules.preceding(stamp(at + 1)).next().map(|change| change.timestamp().as_second());
        let from = before.map_or(i64::MIN, |change| {
            let earlier = i64::from(self.rules.to_offset(stamp(change - 1)).seconds());
            change + offset.max(earlier)
        });
        let after = self.rules.following(stamp(at)).next();
        let to = after.map_or(i64::MAX, |change| {
            change.timestamp().as_second() + offset.min(i64::from(change.offset().seconds()))
        });
        Stretch { from, to, offset }
    }
}

const fn plain(local: Local, offset: i64) -> Resolved {
    Resolved { at: Instant((local.0 - offset) * 1_000_000), offset, odd: Odd::No }
}

fn between(less: Offset, more: Offset) -> i64 {
    i64::from(more.seconds() - less.seconds())
}

/// Nothing that is counted here lies outside of what jiff counts, but for the last day and the first.
fn wall(local: Local) -> DateTime {
    let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    epoch.saturating_add(SignedDuration::from_secs(local.0))
}

fn stamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
