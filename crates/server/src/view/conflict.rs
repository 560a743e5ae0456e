//! What speaks against a maintenance, as whoever reads it may know it.
use lull_api::views;
use lull_domain::agenda::Planned;
use lull_domain::conflict::Conflict;
use lull_domain::estate::Estate;
use lull_domain::id::TargetId;
use lull_domain::limit::{Exceeded, Limit};
use lull_domain::plan::Plan;
use lull_domain::recurrence::Zone;

use super::path;
use crate::caller::Reader;

/// A conflict of this plan.
pub fn conflict(conflict: &Conflict, plan: &Plan, reader: Reader<'_>, zone: &Zone) -> views::Conflict {
    let (kind, from, to) = match conflict {
        Conflict::Blackout(blackout) => ("blackout", blackout.from, Some(blackout.to)),
        Conflict::Planned { other, .. } => ("maintenance", other.from, other.to),
        Conflict::Limit(_, exceeded) => ("limit", exceeded.at, None),
    };
    let (calendar, maintenance) = match conflict {
        Conflict::Blackout(blackout) => (Some(blackout.calendar.to_string()), None),
        Conflict::Planned { other, .. } if sees(reader, other) => (None, other.maintenance.map(|id| id.to_string())),
        Conflict::Planned { .. } | Conflict::Limit(..) => (None, None),
    };
    views::Conflict {
        kind: kind.to_owned(),
        text: in_words(conflict, reader, zone),
        from: zone.print(from),
        to: to.map(|to| zone.print(to)),
        refuses: conflict.refuses(&plan.policy),
        accepted: plan.accepts(conflict),
        calendar,
        maintenance,
    }
}

/// A conflict in one sentence.
pub fn in_words(conflict: &Conflict, reader: Reader<'_>, zone: &Zone) -> String {
    match conflict {
        Conflict::Blackout(blackout) => {
            let (from, to) = (zone.print(blackout.from), zone.print(blackout.to));
            format!("A calendar says no maintenance: “{}”, {from} until {to}.", blackout.name)
        }
        Conflict::Planned { other, through } => {
            let from = zone.print(other.from);
            let until = other.to.map(|to| format!(" until {}", zone.print(to))).unwrap_or_default();
            let which = match (sees(reader, other), other.maintenance, other.series) {
                (false, ..) => "Another maintenance".to_owned(),
                (true, Some(id), _) => format!("“{}” ({id})", other.title),
                (true, None, Some((series, _))) => format!("“{}” (of the series {series})", other.title),
                (true, None, None) => format!("“{}”", other.title),
            };
            match through {
                None => format!("{which} covers part of this too, {from}{until}."),
                Some(target) => {
                    format!(
                        "{which} covers {}, which this needs or which needs this, {from}{until}.",
                        named(reader, *target)
                    )
                }
            }
        }
        Conflict::Limit(limit, exceeded) => limit_in_words(limit, exceeded, reader.estate),
    }
}

/// What a limit says against it, in one sentence.
pub fn limit_in_words(limit: &Limit, exceeded: &Exceeded, estate: &Estate) -> String {
    let Exceeded { count, most, .. } = exceeded;
    let under = path(estate, limit.under);
    format!("{count} of kind {} would be in maintenance under {under} at a time, and {most} may be.", limit.kind)
}

fn sees(reader: Reader<'_>, other: &Planned) -> bool {
    reader.caller.facts(reader.estate, &other.scope).sees
}

fn named(reader: Reader<'_>, id: TargetId) -> String {
    if reader.sees(id) { path(reader.estate, id) } else { "a target that you cannot see".to_owned() }
}
