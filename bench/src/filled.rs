//! A store that is full: so many targets, and so many maintenances of the past and the future.
use std::path::Path;

use anyhow::Result;
use lull_domain::estate::{Kind, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::{Ended, Life};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::Actor;
use lull_domain::plan::{Plan, Texts, Until};
use lull_domain::policy::EndRule;
use lull_domain::preset::Preset;
use lull_domain::scope::Scope;
use lull_domain::told::Told;
use lull_domain::{Instant, Span};
use lull_store::{Options, Store, StoreError};

/// Writes so many targets and maintenances into a new store.
pub async fn store(folder: &Path, count: u64, now: Instant) -> Result<()> {
    let store = Store::open(folder.join("lull.db"), Options::default()).await?;
    let each = 2_000;
    for from in (0..count).step_by(each as usize) {
        let to = count.min(from + each);
        store
            .write(move |tx| {
                for number in from..to {
                    tx.put_target(&target(number))?;
                    tx.insert_maintenance(&maintenance(number, now))?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
    }
    Ok(())
}

/// The target of this number; ten to a product.
pub fn target(number: u64) -> Target {
    let path =
        if number.is_multiple_of(10) { format!("p{}", number / 10) } else { format!("p{}/s{number}", number / 10) };
    let kind = if number.is_multiple_of(10) { Kind::Product } else { Kind::Service };
    Target::new(TargetId(u128::from(number) + 1), path.parse().expect("it is written by the rules"), kind)
}

/// Every tenth lies ahead, the others are over.
fn maintenance(number: u64, now: Instant) -> Maintenance {
    let ada = Actor::Person("ada".to_owned());
    let days = i64::try_from(number % 300).unwrap_or(0) + 1;
    let ahead = number.is_multiple_of(10);
    let starts_at = if ahead { now + Span::hours(24 * days) } else { now - Span::hours(24 * days) };
    let ended = Ended { at: starts_at + Span::hours(1), passed: None, reason: None, message: None, ran: None };
    let plan = Plan {
        texts: Texts { title: format!("Maintenance {number}"), ..Texts::default() },
        scope: Scope::under(TargetId(u128::from(number) + 1)),
        preset: Some("stop-everything".to_owned()),
        policy: Preset::StopEverything.policy(),
        starts_at: Some(starts_at),
        until: Until::Lasting(Span::hours(1)),
        end: EndRule::AtEnd,
        expires_after: None,
        zone: "UTC".to_owned(),
        owner: "ada".to_owned(),
    };
    Maintenance {
        id: MaintenanceId(u128::from(number) + 1),
        plan,
        life: if ahead { Life::Scheduled } else { Life::Completed(ended) },
        told: Told::default(),
        created_by: ada,
        created_at: now - Span::hours(24 * 400),
        revision: 1,
    }
}
