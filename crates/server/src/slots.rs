//! What stands in the way of a slot: blackouts, what else is planned, and limits.
use lull_domain::Instant;
use lull_domain::agenda::{Planned, Within};
use lull_domain::calendar::Calendars;
use lull_domain::conflict::tied;
use lull_domain::estate::Estate;
use lull_domain::id::TargetId;
use lull_domain::limit::Limit;
use lull_domain::scope::Scope;
use lull_domain::slot::{Obstacle, limited};

use crate::caller::Caller;
use crate::core::Core;
use crate::view::path;

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

impl Looked {
    /// What stands in the way there. What the caller may not see has no name.
    pub fn obstacles(&self, core: &Core, calendars: &Calendars, limits: &[Limit]) -> Vec<Obstacle> {
        let estate = core.estate();
        let mut obstacles = self.blackouts(&estate, calendars);
        let within = Within { from: self.from, to: self.to, now: self.now };
        let others = core.gate.agenda().meeting(&estate, &self.scope, within);
        obstacles.extend(others.iter().map(|it| self.planned(&estate, it, None)));
        let tied = tied((&estate, &core.gate.agenda()), &self.scope, within);
        let tied = tied.iter().filter(|(it, _)| it.holds_work && !others.contains(it));
        obstacles.extend(tied.map(|(it, through)| self.planned(&estate, it, Some(*through))));
        for limit in limits {
            let below = core.gate.agenda().meeting(&estate, &Scope::under(limit.under), within);
            obstacles.extend(limited(limit, &estate, &self.scope, (self.from, self.to), &below));
        }
        obstacles
    }

    /// The blackouts of all calendars that hold for a root of the scope, or for something that it covers.
    fn blackouts(&self, estate: &Estate, calendars: &Calendars) -> Vec<Obstacle> {
        let mut found = Vec::new();
        for sheet in calendars.all() {
            let Some(under) = estate.target(sheet.calendar.under) else { continue };
            if !self.scope.meets(&Scope::under(under.id), estate) {
                continue;
            }
            let is_seen = self.caller.sees(estate, under.id);
            let why = |name: &str| if is_seen { format!("the blackout {name}") } else { "a blackout".to_owned() };
            let all = sheet.between(self.from, self.to).into_iter();
            found.extend(all.map(|it| Obstacle { from: it.from, to: it.to, why: why(&it.name) }));
        }
        found
    }

    /// Something planned there, or on a target that is tied to it; what is to be over goes on as long as nobody ends it.
    fn planned(&self, estate: &Estate, it: &Planned, through: Option<TargetId>) -> Obstacle {
        let is_seen = it.scope.roots().into_iter().any(|root| self.caller.sees(estate, root));
        let name = if is_seen { format!("the maintenance {}", it.title) } else { "another maintenance".to_owned() };
        let name = match through.filter(|id| self.caller.sees(estate, *id)) {
            Some(id) => format!("{name} on {}, which this needs or which needs this", path(estate, id)),
            None => name,
        };
        match it.to.filter(|to| !it.runs || self.now < *to) {
            Some(to) => Obstacle { from: it.from, to, why: name },
            None => Obstacle { from: it.from, to: Instant::MAX, why: format!("{name}, whose end is not known") },
        }
    }
}
