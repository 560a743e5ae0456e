//! Calendars: blackouts, when no maintenance should be, by rules of one's own or as an imported calendar has them.
//!
//! A calendar is stored as its entries, each a recurrence on the clocks of a zone that is named. [`Sheet`] has looked the
//! zones up and answers for one calendar; [`Calendars`] answers for a target, with the calendars of all that is above it.
use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::id::{CalendarId, TargetId};
use crate::recurrence::{Ends, Frequency, Recurrence, Rule, Zone};
use crate::refusal::Refusal;

mod calendars;
mod sheet;

pub use calendars::Calendars;
pub use sheet::Sheet;

/// More entries are no calendar of blackouts.
pub const ENTRIES_MAX: usize = 10_000;
/// So many of them may come again.
pub const AGAIN_MAX: usize = 2_000;
/// So often may those be, all together, in a year and a bit.
pub const TIMES_MAX: usize = 20_000;
/// So far may their rules count, all together.
pub const COUNTS_MAX: u64 = 1_000_000;
/// A year and a bit.
const YEAR: crate::Span = crate::Span::hours(24 * 400);
/// How long a name may be, in characters.
pub const NAME_MAX: usize = 200;
/// How often a rule may fire that counts.
const COUNT_MAX: u32 = 100_000;
/// How many starts may be left out of one entry.
const EXCEPT_MAX: usize = 10_000;

/// A calendar, without its entries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// What people call it.
    pub name: String,
    /// It holds for this target and all below it.
    pub under: TargetId,
    /// Where its entries come from.
    pub source: Source,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// Grows with each change of it or of its entries.
    pub revision: u64,
}

/// Where the entries of a calendar come from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Rules that somebody wrote here.
    Own,
    /// A file of iCalendar that was sent once.
    File {
        /// The zone whose days are meant where the file names none.
        zone: String,
    },
    /// An address from which iCalendar is fetched again and again.
    Url {
        /// The address. Whoever knows it can read it, so that it is shown to administrators alone.
        url: String,
        /// The zone whose days are meant where the file names none.
        zone: String,
    },
}

/// Something in a calendar that happens once or again and again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// What people read.
    pub name: String,
    /// The IANA zone whose clocks count.
    pub zone: String,
    /// When it is.
    pub recurrence: Recurrence,
}

/// A time in which no maintenance should be, half-open.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Blackout {
    /// From when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// What people read.
    pub name: String,
    /// Whose it is.
    pub calendar: CalendarId,
}

impl Blackout {
    /// Whether it has an instant in common with this time.
    pub fn touches(&self, from: Instant, to: Instant) -> bool {
        self.from < to && from < self.to
    }
}

impl Entry {
    /// The same, where it can be relied on. It may go on beyond its next start, as meetings do in calendars.
    ///
    /// # Errors
    /// A rule that never fires, that fires too often, or that counts too far; more exceptions than anybody means.
    pub fn checked(self, zone: &Zone) -> Result<Entry, Refusal> {
        let counts = |ends: Ends| matches!(ends, Ends::Count(count) if count > COUNT_MAX);
        if self.recurrence.rules.iter().any(|rule| counts(rule.ends)) {
            let detail = "Its rule counts beyond 100,000.";
            return Err(Refusal::input("rules", detail, "End it with UNTIL, or not at all."));
        }
        if self.recurrence.except.len() > EXCEPT_MAX {
            let detail = "More than 10,000 starts are left out of it.";
            return Err(Refusal::input("exdates", detail, "Write a rule that does not give them."));
        }
        if self.comes_again() {
            // What is taken out of it may leave nothing: that is how one is called off.
            let alone = Recurrence { except: Vec::new(), lasts: crate::Span::seconds(1), ..self.recurrence.clone() };
            alone.checked(zone)?;
        }
        Ok(self)
    }

    /// How far its rules count, all together.
    pub fn counts(&self) -> u64 {
        let counts = self.recurrence.rules.iter().map(|rule| match rule.ends {
            Ends::Count(count) => u64::from(count),
            Ends::Never | Ends::Local(_) | Ends::At(_) => 0,
        });
        counts.sum()
    }

    /// The same with the last start named where its rules count, so that nobody has to count from the first each time, and
    /// what is left out in order.
    #[must_use]
    pub fn counted_out(self, zone: &Zone) -> Entry {
        let named = |rule: &Rule| {
            let Ends::Count(_) = rule.ends else { return rule.clone() };
            let (rules, more, except) = (vec![rule.clone()], Vec::new(), Vec::new());
            let alone = Recurrence { rules, more, except, ..self.recurrence.clone() };
            let ends = match (alone.occurrences(zone).last(), rule.frequency) {
                (Some(last), Frequency::Hourly) => Ends::At(last.starts_at),
                (Some(last), _) => Ends::Local(last.nominal),
                (None, _) => rule.ends,
            };
            Rule { ends, ..rule.clone() }
        };
        let rules = self.recurrence.rules.iter().map(named).collect();
        let mut recurrence = Recurrence { rules, ..self.recurrence };
        recurrence.except.sort_unstable();
        Entry { recurrence, ..self }
    }

    /// How often it is in the 400 days from its first on; not counted beyond `most`.
    pub fn times(&self, zone: &Zone, most: usize) -> usize {
        let mut all = self.recurrence.occurrences(zone).take(most).map(|it| it.starts_at).peekable();
        let until = all.peek().map(|first| *first + YEAR);
        all.take_while(|at| Some(*at) < until).count()
    }

    /// Whether it may be more than once.
    pub fn comes_again(&self) -> bool {
        !self.recurrence.rules.is_empty() || !self.recurrence.more.is_empty()
    }
}
