//! When limits let no more be in maintenance.
use super::Obstacle;
use crate::Instant;
use crate::estate::Estate;
use crate::limit::{Beside, Limit};

/// The times in which what is looked at would be more than one of these limits lets: the first of those that do not.
pub fn limited(limits: &[Limit], estate: &Estate, beside: &Beside<'_>, to: Instant) -> Vec<Obstacle> {
    let mut held: Vec<(Instant, Option<(usize, usize)>)> = Vec::new();
    for limit in limits {
        let Some(counted) = beside.counted(limit) else { continue };
        let most = limit.most(estate);
        if held.is_empty() {
            held.extend(beside.each(&counted).map(|(at, _)| (at, None)));
        }
        for ((_, held), (_, count)) in held.iter_mut().zip(beside.each(&counted)) {
            *held = held.or((count > most).then_some((count, most)));
        }
    }
    let mut found: Vec<Obstacle> = Vec::new();
    let ends = held.iter().skip(1).map(|(at, _)| *at).chain([to]);
    for ((from, exceeded), to) in held.iter().zip(ends) {
        let Some((count, most)) = exceeded else { continue };
        let why = format!("a limit: {count} would be in maintenance, and {most} may be");
        match found.last_mut() {
            Some(last) if last.to == *from && last.why == why => last.to = to,
            Some(_) | None => found.push(Obstacle { from: *from, to, why }),
        }
    }
    found
}
