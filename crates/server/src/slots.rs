//! What stands in the way of a slot: blackouts, what else is planned, and limits.
use std::collections::BTreeSet;

use lull_domain::Instant;
use lull_domain::agenda::{Planned, Within};
use lull_domain::calendar::{Blackout, Calendars};
use lull_domain::conflict::{blackouts, tied};
use lull_domain::estate::Estate;
use lull_domain::id::{CalendarId, TargetId};
use lull_domain::limit::{Beside, Covered, Limit};
use lull_domain::scope::{Clause, Reach, Scope};
use lull_domain::slot::{Obstacle, limited};

use crate::caller::Caller;
use crate::core::Core;
use crate::view::path;

/// So much of what is planned is looked through: a year of four hourly series.
const MET_MAX: usize = 40_000;

/// Where and when somebody looks.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Whoever looks.
    pub caller: Caller,
    /// For what.
    pub scope: Scope,
    /// From when on.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// What runs past its end goes on.
    pub now: Instant,
}

/// What stands in the way, and until when that is all.
#[derive(Debug)]
pub struct InTheWay {
    /// What.
    pub obstacles: Vec<Obstacle>,
    /// What begins then or later is not among them.
    pub until: Instant,
}

impl Looked {
    /// What stands in the way there. What the caller may not see has no name.
    pub fn obstacles(&self, core: &Core, calendars: &Calendars, limits: &[Limit]) -> InTheWay {
        let estate = core.estate();
        let reach = Reach::of(&estate, &self.scope);
        let mut obstacles = self.blackouts(&estate, calendars, &reach);
        let within = Within { from: self.from, to: self.to, now: self.now };
        let agenda = core.gate.agenda();
        let (others, met_until) = agenda.met(&reach, within, MET_MAX);
        let (tied, tied_until) = tied((&estate, &agenda), &self.scope, within, MET_MAX);
        drop(agenda);
        let known: BTreeSet<_> = others.iter().map(|it| it.known_by()).collect();
        obstacles.extend(others.iter().map(|it| self.planned(&estate, it, None)));
        let tied = tied.iter().filter(|(it, _)| it.holds_work && !known.contains(&it.known_by()));
        obstacles.extend(tied.map(|(it, through)| self.planned(&estate, it, Some(*through))));
        let (limited, until) = self.limited((core, &estate), limits, within);
        obstacles.extend(limited);
        InTheWay { obstacles, until: until.min(met_until).min(tied_until) }
    }

    /// When limits let no more, and until when that is known.
    fn limited(&self, (core, estate): (&Core, &Estate), limits: &[Limit], within: Within) -> (Vec<Obstacle>, Instant) {
        if limits.is_empty() {
            return (Vec::new(), within.to);
        }
        let own = Covered::of(estate, &self.scope);
        let concerning = limits.iter().filter(|limit| own.counted(limit, estate).next().is_some());
        let under = concerning.map(|limit| Clause::under(limit.under)).collect();
        let reach = Reach::of(estate, &Scope { include: under, exclude: Vec::new() });
        let (below, until) = core.gate.agenda().met(&reach, within, MET_MAX);
        let beside = Beside::new(estate, &own, &below, Within { to: until, ..within });
        (limited(limits, estate, &beside, until), until)
    }

    /// The blackouts of all calendars that hold for something of it.
    fn blackouts(&self, estate: &Estate, calendars: &Calendars, reach: &Reach<'_>) -> Vec<Obstacle> {
        let seen = calendars.all().filter(|sheet| self.caller.sees(estate, sheet.calendar.under));
        let seen: BTreeSet<CalendarId> = seen.map(|sheet| sheet.calendar.id).collect();
        let why = |it: &Blackout| match seen.contains(&it.calendar) {
            true => format!("the blackout {}", it.name),
            false => "a blackout".to_owned(),
        };
        let all = blackouts(calendars, reach, (self.from, self.to)).into_iter();
        all.map(|it| Obstacle { from: it.from, to: it.to, why: why(&it) }).collect()
    }

    /// Something planned there, or on a target that is tied to it; what is to be over goes on as long as nobody ends it.
    fn planned(&self, estate: &Estate, it: &Planned, through: Option<TargetId>) -> Obstacle {
        let is_seen = it.scope.roots().into_iter().any(|root| self.caller.sees(estate, root));
        let name = if is_seen { format!("the maintenance {}", it.title) } else { "another maintenance".to_owned() };
        let name = match through.filter(|id| self.caller.sees(estate, *id)) {
            Some(id) => format!("{name} on {}, which this needs or which needs this", path(estate, id)),
            None => name,
        };
        match it.over_at(self.now) {
            Some(to) => Obstacle { from: it.from, to, why: name },
            None => Obstacle { from: it.from, to: Instant::MAX, why: format!("{name}, whose end is not known") },
        }
    }
}
