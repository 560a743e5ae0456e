//! Maintenances that come again and again: what each means to do, and which of them have been made.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::id::{MaintenanceId, SeriesId, TargetId};
use crate::life::Life;
use crate::maintenance::{Approval, Maintenance};
use crate::order::Actor;
use crate::plan::{Plan, Until, hex};
use crate::recurrence::{Local, Occurrence, Recurrence, Zone};
use crate::refusal::{Because, Refusal};
use crate::told::Told;
use crate::{Instant, Span};

mod key;
mod onward;

pub use key::Key;
pub use onward::Onward;

/// How long before it begins an occurrence is made a maintenance of its own, at least.
pub const AHEAD: Span = Span::hours(35 * 24);
/// So long before the first that people are told of it.
const BEFORE_REMINDERS: Span = Span::hours(24);
/// How many are made at a time.
const MADE_MAX: usize = 64;

/// A series.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Series {
    /// Its id.
    pub id: SeriesId,
    /// What each occurrence means to do; its times are the recurrence's.
    pub plan: Plan,
    /// When.
    pub recurrence: Recurrence,
    /// What becomes of one that begins while the one before still runs.
    #[serde(default)]
    pub overlap: Overlap,
    /// What begins before this was never of it: a declaration may begin in the past.
    pub since: Instant,
    /// The last that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Key>,
    /// Those after it that were made before their time, as somebody left them out or moved them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub early: BTreeSet<Key>,
    /// When the next begins that is not made; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Instant>,
    /// The first that is of it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_before: Option<Key>,
    /// The series that it goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<SeriesId>,
    /// What the clocks of its zone were like when its occurrences were resolved; see [`Zone::fingerprint`].
    pub clocks: String,
    /// What a second person said yes to, where its policy asks for one: once for all occurrences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<Actor>,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Instant,
    /// Grows with every change.
    pub revision: u64,
}

/// What becomes of an occurrence that begins while the one before still runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It begins, too.
    #[default]
    Join,
    /// It is left out.
    Skip,
}

/// Of which series a maintenance is an occurrence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OfSeries {
    /// Which series.
    pub id: SeriesId,
    /// Which occurrence; moved, it keeps its key.
    pub key: Key,
    /// What becomes of it while the one before still runs.
    #[serde(default)]
    pub overlap: Overlap,
    /// Somebody gave it a time of its own.
    #[serde(default)]
    pub moved: bool,
}

impl Series {
    /// A series that nothing was made of yet.
    pub fn new(id: SeriesId, plan: Plan, recurrence: Recurrence, overlap: Overlap, made: (Actor, Instant)) -> Series {
        let (created_by, created_at) = made;
        Series {
            id,
            plan,
            recurrence,
            overlap,
            since: created_at,
            made: None,
            early: BTreeSet::new(),
            next_at: None,
            ends_before: None,
            follows: None,
            clocks: String::new(),
            approval: None,
            changed_by: None,
            created_by,
            created_at,
            revision: 1,
        }
    }

    /// The same, begun by these clocks.
    pub fn begun(mut self, zone: &Zone) -> Series {
        let next = self.unmade(zone).next();
        self.next_at = next.map(|it| it.starts_at);
        self.clocks = zone.fingerprint();
        self
    }

    /// When the next occurrence is to be made.
    pub fn due_at(&self) -> Option<Instant> {
        self.next_at.map(|next_at| next_at - self.ahead())
    }

    /// How long before it begins an occurrence is made: before the first reminder of it is due.
    fn ahead(&self) -> Span {
        let longest = self.plan.tells.reminders.iter().max();
        longest.map_or(AHEAD, |longest| AHEAD.max(*longest + BEFORE_REMINDERS))
    }

    /// Makes the occurrences that begin within the time ahead; the rest is due at once where they are many.
    pub fn make(&mut self, zone: &Zone, now: Instant, mut id: impl FnMut() -> MaintenanceId) -> Vec<Maintenance> {
        let mut made = Vec::new();
        let mut next_at = None;
        for occurrence in self.unmade(zone) {
            if now + self.ahead() < occurrence.starts_at || made.len() == MADE_MAX {
                next_at = Some(occurrence.starts_at);
                break;
            }
            made.push(occurrence);
        }
        self.next_at = next_at;
        self.made = made.last().map(Key::of).or(self.made);
        self.early = self.early.split_off(&self.made.unwrap_or(Key { nominal: Local(i64::MIN), offset: None }));
        made.iter().map(|occurrence| self.occurrence(occurrence, id(), now)).collect()
    }

    /// Those that end after this instant as the rules have them, made or not, in their order.
    pub fn all<'a>(&'a self, zone: &'a Zone, from: Instant) -> impl Iterator<Item = Occurrence> + use<'a> {
        let all = self.recurrence.after(zone, from).filter(move |it| self.since <= it.starts_at);
        all.take_while(move |it| self.ends_before.is_none_or(|end| Key::of(it) < end))
    }

    /// The occurrences that are no maintenances yet, in their order.
    pub fn unmade<'a>(&'a self, zone: &'a Zone) -> impl Iterator<Item = Occurrence> + use<'a> {
        let from = self.made.map_or(self.since, |key| self.recurrence.of_key(zone, key).starts_at);
        let is_made = |key: Key| Some(key) <= self.made || self.early.contains(&key);
        self.all(zone, from - Span(1)).filter(move |it| !is_made(Key::of(it)))
    }

    /// The occurrence of this key, made or not.
    ///
    /// # Errors
    /// About the field `occurrence`, where the series has none such.
    pub fn at(&self, zone: &Zone, key: Key) -> Result<Occurrence, Refusal> {
        let starts_at = self.recurrence.of_key(zone, key).starts_at;
        let mut near = self.all(zone, starts_at - Span(1)).take_while(|it| Key::of(it) <= key);
        near.find(|it| Key::of(it) == key).ok_or_else(|| {
            let detail = format!("The series has no occurrence at {key}.");
            Refusal::input("occurrence", detail, "Name the start of one as its rules give it; the series lists them.")
        })
    }

    /// The maintenance that an occurrence is.
    pub fn occurrence(&self, of: &Occurrence, id: MaintenanceId, now: Instant) -> Maintenance {
        let plan = Plan { starts_at: Some(of.starts_at), until: Until::At(of.ends_at), ..self.plan.clone() };
        Maintenance {
            id,
            plan,
            life: Life::Scheduled,
            told: Told::default(),
            series: Some(OfSeries { id: self.id, key: Key::of(of), overlap: self.overlap, moved: false }),
            created_by: self.created_by.clone(),
            created_at: now,
            changed_by: self.changed_by.clone(),
            approval: None,
            revision: 1,
        }
    }

    /// The hash of what is decided: what each occurrence means to do there, and when. An approval binds to it.
    pub fn hash(&self, targets: &BTreeSet<TargetId>) -> String {
        let decided = json!([self.plan.hash(targets), self.recurrence, self.overlap]);
        hex(&Sha256::digest(decided.to_string().as_bytes()))
    }

    /// Its policy asks for a second person, and nobody has approved what this is the hash of.
    pub fn waits_for_approval(&self, hash: &str) -> bool {
        self.plan.policy.approval && self.approval.as_ref().is_none_or(|it| it.plan != hash)
    }

    /// Takes the word of a second person on what `now` is the hash of; answers whether it was not given before.
    ///
    /// # Errors
    /// Forbidden for who made it or changed it last; a conflict where it is another one than the one approved.
    pub fn approve(&mut self, hash: &str, now: &str, (by, at): (Actor, Instant)) -> Result<bool, Refusal> {
        let makers = [Some(&self.created_by), self.changed_by.as_ref()];
        if makers.into_iter().flatten().any(|maker| maker.name() == by.name()) {
            let detail = format!("{} made this series, or changed it last; a second person approves it.", by.name());
            return Err(Refusal::new(Because::Forbidden, detail, "Ask somebody else who has the permission approve."));
        }
        if hash != now {
            let detail = "The series is another one than the one that you approve.";
            return Err(Refusal::new(Because::Conflict, detail, "Look at it again; its hash stands there.").at("plan"));
        }
        let is_new = self.approval.as_ref().is_none_or(|it| it.plan != now);
        if is_new {
            self.approval = Some(Approval { by, at, plan: now.to_owned(), lapsed_at: None });
        }
        Ok(is_new)
    }

    /// An occurrence of it as it is approved with it, covering these targets.
    pub fn with_approval(&self, occurrence: Maintenance, targets: &BTreeSet<TargetId>) -> Maintenance {
        let given = self.approval.as_ref().filter(|it| self.plan.policy.approval && it.plan == self.hash(targets));
        let approval = given.map(|given| Approval { plan: occurrence.plan.hash(targets), ..given.clone() });
        Maintenance { approval, ..occurrence }
    }

    /// A maintenance of this series with this plan, to be looked at alone.
    pub fn occurrence_like(&self, plan: &Plan) -> Maintenance {
        let (nominal, at) = (self.recurrence.start, self.created_at);
        let of = Occurrence { nominal, offset: None, starts_at: at, ends_at: at, notes: Vec::new() };
        Maintenance { plan: plan.clone(), ..self.occurrence(&of, MaintenanceId(self.id.0), at) }
    }

    /// Notes that this one was made before its time.
    pub fn made_early(&mut self, zone: &Zone, key: Key) {
        if self.made < Some(key) {
            self.early.insert(key);
            let next = self.unmade(zone).next();
            self.next_at = next.map(|it| it.starts_at);
        }
    }

    /// It is one of this series' as the series is: nobody gave it a time of its own, or decided anything else of it.
    pub fn is_alike(&self, occurrence: &Maintenance) -> bool {
        let moved = occurrence.series.as_ref().is_none_or(|of| of.moved || of.id != self.id);
        let plan = Plan { starts_at: self.plan.starts_at, until: self.plan.until, ..occurrence.plan.clone() };
        !moved && !plan.differs(&self.plan)
    }

    /// Ends it before this occurrence. What was made of it from there on is not touched by this.
    pub fn end_before(&mut self, zone: &Zone, key: Key) {
        self.ends_before = Some(self.ends_before.map_or(key, |end| end.min(key)));
        let next = self.unmade(zone).next();
        self.next_at = next.map(|it| it.starts_at);
        self.revision += 1;
    }

    /// The occurrence that comes next after this instant, made or not.
    pub fn next(&self, zone: &Zone, now: Instant) -> Option<Occurrence> {
        self.all(zone, now).find(|it| now < it.starts_at)
    }

    /// When one of its occurrences is to begin and to end by these clocks, where that is another time than it has now.
    pub fn resolved_anew(&self, zone: &Zone, occurrence: &Maintenance) -> Option<(Instant, Instant)> {
        let of = occurrence.series.as_ref().filter(|of| !of.moved && of.id == self.id)?;
        let now = self.recurrence.of_key(zone, of.key);
        let is_so = occurrence.plan.starts_at == Some(now.starts_at) && occurrence.ends_at() == Some(now.ends_at);
        (!is_so && matches!(occurrence.life, Life::Scheduled)).then_some((now.starts_at, now.ends_at))
    }
}
