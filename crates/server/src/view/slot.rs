//! Free times as callers see them.
use lull_api::views;
use lull_domain::Instant;
use lull_domain::slot::{Obstacle, Slot};

use super::instant;

/// A free time.
pub fn slot(slot: &Slot) -> views::Slot {
    views::Slot {
        starts_at: instant(slot.from),
        ends_at: instant(slot.to),
        traffic: slot.traffic.map(|share| f64::from(share) / 1_000.0),
        reasons: slot.reasons.clone(),
    }
}

/// Something in the way.
pub fn in_the_way(obstacle: &Obstacle) -> views::InTheWay {
    views::InTheWay {
        from: instant(obstacle.from),
        to: Some(obstacle.to).filter(|to| *to < Instant::MAX).map(instant),
        why: obstacle.why.clone(),
    }
}
