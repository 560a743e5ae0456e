//! The decision.
use crate::quiet::Closes;
use crate::snapshot::{Epoch, Snapshot};
use crate::{Action, Answer, Instant, Quiet, Span, Window};

/// How many windows in a row are looked through for the end of an answer.
pub const HOPS_MAX: usize = 16;
/// When to ask again where nobody knows an end and the policy says nothing.
pub const RETRY_AFTER: Span = Span::seconds(300);

/// May this subject do this here?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The path of the target.
    pub target: &'a str,
    /// What it wants to do.
    pub action: Action,
    /// What the subject is on that target, as the enforcer asserts.
    pub roles: &'a [&'a str],
    /// When.
    pub at: Instant,
    /// How long it will take, where that is known.
    pub lasts: Option<Span>,
}

/// What the gate says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decision<'s> {
    /// The strictest answer of all that hold.
    pub answer: Answer,
    /// The maintenance that says so; where the answer is allow, one that people are told of all the same.
    pub because: Option<&'s Quiet>,
    /// The first instant at which this answer changes, where that is known.
    pub until: Option<Instant>,
    /// The answer holds until somebody ends it: no end is planned, or the planned one is past.
    pub is_open_ended: bool,
    /// Nothing but the installation is known at this path.
    pub unknown_target: bool,
    /// Of which snapshot.
    pub epoch: Epoch,
    /// Whether a newer snapshot was asked for.
    pub stale: bool,
}

/// What holds now: by fact where something is in progress, by time where it is scheduled.
pub fn decide<'s>(snapshot: &'s Snapshot, question: &Question<'_>) -> Decision<'s> {
    foresee(snapshot, question, question.at)
}

/// What will hold at the time of the question, as is planned now.
pub fn foresee<'s>(snapshot: &'s Snapshot, question: &Question<'_>, now: Instant) -> Decision<'s> {
    let found = snapshot.find(question.target);
    let decision = Decision {
        answer: Answer::Allow,
        because: None,
        until: None,
        is_open_ended: false,
        unknown_target: !found.known,
        epoch: snapshot.epoch,
        stale: false,
    };
    if found.windows.is_empty() {
        return decision;
    }
    let held = Held { windows: found.windows, question, now };
    let Some(strictest) = held.strictest(question.at) else {
        return Decision { until: held.changes(Answer::Allow), ..decision };
    };
    let answer = held.answer(strictest);
    let is_open_ended = strictest.known_end(now).is_none();
    Decision { answer, because: Some(&strictest.quiet), until: held.changes(answer), is_open_ended, ..decision }
}

impl Decision<'_> {
    /// In how many whole seconds from now to ask again: rounded up; none where nothing keeps the subject out.
    pub fn retry_after(&self, question: &Question<'_>, now: Instant) -> Option<i64> {
        if self.answer <= Answer::Warn {
            return None;
        }
        let told = self.because.and_then(|quiet| quiet.reply(question.action).retry_after).unwrap_or(RETRY_AFTER);
        let wait = self.until.map_or(told, |until| until - now);
        Some(wait.0.div_euclid(1_000_000).saturating_add(i64::from(wait.0 % 1_000_000 != 0)).max(1))
    }
}

/// The windows that a question is decided on.
struct Held<'s, 'q> {
    windows: &'s [Window],
    question: &'q Question<'q>,
    now: Instant,
}

impl<'s> Held<'s, '_> {
    /// What this window says to whoever asks: those who pass are told, and allowed.
    fn answer(&self, window: &Window) -> Answer {
        match window.quiet.reply(self.question.action).answer {
            Answer::Allow => Answer::Allow,
            _ if window.quiet.passes(self.question.roles) => Answer::Allow,
            strict => strict,
        }
    }

    /// The window that decides at this time: the strictest; of equals, the one that holds longest.
    fn strictest(&self, at: Instant) -> Option<&'s Window> {
        let rank = |window: &&Window| (self.answer(window), window.known_end(self.now).unwrap_or(Instant::MAX));
        self.windows.iter().filter(|window| self.holds(window, at)).max_by_key(rank)
    }

    /// It closes the gate at this time, or before the work would be done, and does not let it run.
    fn holds(&self, window: &Window, at: Instant) -> bool {
        let swallows = |lasts| !window.quiet.lets_run && window.closes_within(at, lasts);
        window.is_closed(at, self.now) || self.question.lasts.is_some_and(swallows)
    }

    /// When the answer of now changes, looked for from window to window.
    fn changes(&self, answer: Answer) -> Option<Instant> {
        let mut at = self.question.at;
        for _ in 0..HOPS_MAX {
            at = self.windows.iter().filter_map(|window| self.next(window, at)).min()?;
            if self.strictest(at).map_or(Answer::Allow, |window| self.answer(window)) != answer {
                return Some(at);
            }
        }
        None
    }

    /// The next instant after this one at which a window begins to hold or ceases to.
    fn next(&self, window: &Window, at: Instant) -> Option<Instant> {
        let starts = match window.closes {
            Closes::Now => None,
            Closes::At(starts_at) => Some(starts_at),
        };
        let lasts = self.question.lasts.filter(|lasts| !window.quiet.lets_run && *lasts > Span::ZERO);
        let too_late = starts.zip(lasts).map(|(starts_at, lasts)| starts_at - lasts + Span(1));
        let ends = window.known_end(self.now);
        [starts, too_late, ends].into_iter().flatten().filter(|instant| at < *instant).min()
    }
}
