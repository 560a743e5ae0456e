//! Whether the wall clock can be believed: it and the monotonic clock, which nobody sets, must advance alike.
use std::time::Duration;

use lull_domain::{Instant, Span};

/// A step of the wall clock against the monotonic one that is longer than this is a jump.
pub const JUMP: Span = Span::seconds(60);
/// In doubt, clocks advance alike that differ by no more over a tick.
const ALIKE: Span = Span::seconds(1);
/// How long a tick is at least.
pub const TICK: Duration = Duration::from_millis(750);
/// So many ticks must go by alike.
const TICKS: u32 = 2;

/// Both clocks, read at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// What the wall clock shows.
    pub wall: Instant,
    /// What the monotonic clock shows since the process began.
    pub mono: Duration,
}

/// What is believed of the wall clock.
#[derive(Clone, Debug)]
pub struct Belief {
    last: Reading,
    doubt: Option<Doubt>,
}

/// The clock is not believed.
#[derive(Clone, Debug)]
struct Doubt {
    /// Where the tick began that is going by.
    since: Reading,
    /// How many have gone by alike.
    ticks: u32,
    /// The last time that was believed; none where the process has only begun, and there was none.
    believed: Option<Instant>,
}

impl Belief {
    /// A process begins: its clock is not believed yet.
    pub const fn new(first: Reading) -> Belief {
        Belief { last: first, doubt: Some(Doubt { since: first, ticks: 0, believed: None }) }
    }

    /// Both clocks were read.
    pub fn read(&mut self, now: Reading) {
        let last = std::mem::replace(&mut self.last, now);
        let jumped = last.differs(now) > JUMP;
        match &mut self.doubt {
            None if jumped => self.doubt = Some(Doubt { since: now, ticks: 0, believed: Some(last.wall) }),
            None => {}
            Some(doubt) if doubt.since.differs(now) > ALIKE => {
                let believed = doubt.believed.or(jumped.then_some(last.wall));
                *doubt = Doubt { since: now, ticks: 0, believed };
            }
            Some(doubt) if now.mono.saturating_sub(doubt.since.mono) >= TICK => {
                (doubt.since, doubt.ticks) = (now, doubt.ticks + 1);
                if doubt.ticks >= TICKS {
                    self.doubt = None;
                }
            }
            Some(_) => {}
        }
    }

    /// The clock is believed: what is due by it may be ordered.
    pub const fn holds(&self) -> bool {
        self.doubt.is_none()
    }

    /// The time by which the gate decides: in doubt the last one that was believed.
    pub fn time(&self) -> Instant {
        self.doubt.as_ref().and_then(|doubt| doubt.believed).unwrap_or(self.last.wall)
    }
}

impl Reading {
    /// By how much more one clock has advanced than the other.
    fn differs(self, now: Reading) -> Span {
        let wall = (now.wall - self.wall).0;
        let mono = i64::try_from(now.mono.saturating_sub(self.mono).as_micros()).unwrap_or(i64::MAX);
        Span(wall.saturating_sub(mono).saturating_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Instant = Instant(1_770_000_000_000_000);

    /// Milliseconds since the process began, and by how many seconds the wall clock is off then.
    fn read(belief: &mut Belief, millis: u64, off: i64) -> Instant {
        let wall = NOON + Span::millis(millis.cast_signed()) + Span::seconds(off);
        belief.read(Reading { wall, mono: Duration::from_millis(millis) });
        wall
    }

    fn begun() -> Belief {
        Belief::new(Reading { wall: NOON, mono: Duration::ZERO })
    }

    /// Believed since 2 s.
    fn believed() -> Belief {
        let mut belief = begun();
        [1_000, 2_000].into_iter().for_each(|at| _ = read(&mut belief, at, 0));
        assert!(belief.holds());
        belief
    }

    #[test]
    fn a_process_that_begins_answers_at_once_and_believes_after_two_ticks() {
        let mut belief = begun();
        assert!(!belief.holds());
        assert_eq!(belief.time(), NOON);
        let at = read(&mut belief, 800, 0);
        assert!(!belief.holds());
        assert_eq!(belief.time(), at);
        read(&mut belief, 1_600, 0);
        assert!(belief.holds());
    }

    #[test]
    fn many_looks_are_no_ticks() {
        let mut belief = begun();
        (1..=1_400).for_each(|at| _ = read(&mut belief, at, 0));
        assert!(!belief.holds());
        (1_401..=1_600).for_each(|at| _ = read(&mut belief, at, 0));
        assert!(belief.holds());
    }

    #[test]
    fn a_jump_either_way_keeps_the_last_time_until_both_have_advanced_alike() {
        for off in [600, -600, 61, -61] {
            let mut belief = believed();
            let before = read(&mut belief, 2_500, 0);
            for at in [2_501, 3_000, 3_300] {
                read(&mut belief, at, off);
                assert!(!belief.holds(), "{off} s");
                assert_eq!(belief.time(), before, "{off} s");
            }
            let at = read(&mut belief, 4_100, off);
            assert!(belief.holds(), "{off} s");
            assert_eq!(belief.time(), at, "{off} s");
        }
    }

    #[test]
    fn a_minute_is_no_jump() {
        for off in [60, -60, 1] {
            let mut belief = believed();
            let at = read(&mut belief, 2_001, off);
            assert!(belief.holds());
            assert_eq!(belief.time(), at);
        }
    }

    #[test]
    fn a_jump_and_back_begins_the_wait_anew() {
        let mut belief = believed();
        let before = read(&mut belief, 2_500, 0);
        read(&mut belief, 2_600, 600);
        read(&mut belief, 3_400, 600);
        read(&mut belief, 3_500, 0);
        read(&mut belief, 4_200, 0);
        assert!(!belief.holds());
        assert_eq!(belief.time(), before);
        read(&mut belief, 4_300, 0);
        read(&mut belief, 5_100, 0);
        assert!(belief.holds());
    }

    #[test]
    fn a_clock_that_runs_too_fast_is_not_believed() {
        let mut belief = believed();
        let before = belief.time();
        (1..60).for_each(|tick| _ = read(&mut belief, 2_000 + tick * 800, 600 + tick.cast_signed() * 8));
        assert!(!belief.holds());
        assert_eq!(belief.time(), before);
    }

    #[test]
    fn a_clock_that_jumps_while_the_process_begins_keeps_what_it_showed() {
        let mut belief = begun();
        let before = read(&mut belief, 100, 0);
        read(&mut belief, 200, 600);
        assert_eq!(belief.time(), before);
    }
}
