//! What a maintenance is to the gate: what it answers to whom, and from when to when.
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::{Action, Answer, Instant, Span};

/// What a maintenance says to one action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// The HTTP status for enforcers that speak HTTP; the enforcer's own where none is said.
    pub status: Option<u16>,
    /// When to ask again where the end is not known.
    pub retry_after: Option<Span>,
}

/// A maintenance as the gate knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quiet {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: String,
    /// What people are told at the door.
    pub message: Option<String>,
    /// The zone that its times are told in.
    pub zone: String,
    /// What it says to each action, in the order of [`Action::ALL`].
    pub replies: [Reply; Action::ALL.len()],
    /// The roles that pass.
    pub passes: Vec<Box<str>>,
    /// Work that runs when it begins goes on.
    pub lets_run: bool,
}

/// When a window closes the gate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Closes {
    /// In progress: a fact, whatever a clock says.
    Now,
    /// At this instant.
    At(Instant),
}

/// A maintenance on a target, in time.
#[derive(Clone, Debug)]
pub struct Window {
    /// The maintenance.
    pub quiet: Arc<Quiet>,
    /// Tells this form of it from every other.
    pub serial: u64,
    /// From when.
    pub closes: Closes,
    /// Until when, as planned; none where nobody knows.
    pub ends: Option<Instant>,
    /// Whether the gate opens then by itself. Otherwise it stays closed until it is told: something is to be put back first.
    pub opens: bool,
}

impl Quiet {
    /// What it says to this action, before anybody looks at who asks.
    pub fn reply(&self, action: Action) -> Reply {
        self.replies[action as usize]
    }

    /// Whether somebody with these roles passes. Who was handed a pass has the role `pass:` and the id.
    pub fn passes(&self, roles: &[&str]) -> bool {
        let passes = |role: &&str| match role.strip_prefix("pass:") {
            Some(id) => id == self.id,
            None => self.passes.iter().any(|pass| **pass == **role),
        };
        roles.iter().any(passes)
    }
}

impl Window {
    /// Whether it closes the gate at this time, as far as is known now. What is in progress ends as planned; what should
    /// have ended by now and has not, ends nobody knows when.
    pub fn is_closed(&self, at: Instant, now: Instant) -> bool {
        let begun = match self.closes {
            Closes::Now => true,
            Closes::At(starts_at) => starts_at <= at,
        };
        begun && self.known_end(now).is_none_or(|ends| at < ends)
    }

    /// When it ends, as far as is known now.
    pub fn known_end(&self, now: Instant) -> Option<Instant> {
        self.ends.filter(|ends| self.opens || now < *ends)
    }

    /// Whether it closes within so long after this time.
    pub(crate) fn closes_within(&self, at: Instant, lasts: Span) -> bool {
        matches!(self.closes, Closes::At(starts_at) if at < starts_at && starts_at < at + lasts)
    }
}

impl PartialEq for Window {
    /// By what it says; the serial is only a name.
    fn eq(&self, other: &Window) -> bool {
        (&self.quiet, self.closes, self.ends, self.opens) == (&other.quiet, other.closes, other.ends, other.opens)
    }
}

impl Eq for Window {}
