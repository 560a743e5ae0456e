//! When a limit lets no more be in maintenance.
use std::sync::Arc;

use super::Obstacle;
use crate::Instant;
use crate::agenda::Planned;
use crate::estate::Estate;
use crate::limit::Limit;
use crate::scope::Scope;

/// The times between these ends in which this scope, beside the others, would be more than a limit lets.
pub fn limited(
    limit: &Limit,
    estate: &Estate,
    scope: &Scope,
    (from, to): (Instant, Instant),
    others: &[Arc<Planned>],
) -> Vec<Obstacle> {
    let ends = others.iter().flat_map(|it| [Some(it.from), it.to]).flatten().filter(|at| from < *at && *at < to);
    let mut points: Vec<Instant> = ends.chain([from, to]).collect();
    points.sort_unstable();
    points.dedup();
    let mut found: Vec<Obstacle> = Vec::new();
    let Some(counting) = limit.counting(estate, scope, others) else { return found };
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let Some(exceeded) = counting.at(from) else { continue };
        let why = format!("a limit: {} would be in maintenance, and {} may be", exceeded.count, exceeded.most);
        match found.last_mut() {
            Some(last) if last.to == from && last.why == why => last.to = to,
            Some(_) | None => found.push(Obstacle { from, to, why }),
        }
    }
    found
}
