//! A store that is full: so many targets, and so many maintenances of the past and the future.
use std::path::Path;

use anyhow::Result;
use lull_domain::estate::{Kind, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::{Ended, Life};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::Actor;
use lull_domain::plan::{Plan, Tells, Texts, Until};
use lull_domain::policy::EndRule;
use lull_domain::preset::Preset;
use lull_domain::scope::Scope;
use lull_domain::told::Told;
use lull_domain::{Instant, Span};
use lull_store::{Options, Store};

/// How many targets an environment has.
pub const IN_ENVIRONMENT: u64 = 10_000;

/// How much there is.
#[derive(Clone, Copy)]
pub struct Size {
    pub targets: u64,
    pub maintenances: u64,
}

/// Writes so many targets and maintenances into a new store.
pub async fn store(folder: &Path, size: Size, now: Instant) -> Result<()> {
    let store = Store::open(folder.join("lull.db"), Options::default()).await?;
    let each = 2_000;
    for from in (0..size.targets.max(size.maintenances)).step_by(each as usize) {
        let numbers = move |of: u64| from..of.min(from + each);
        store
            .write(move |tx| {
                numbers(size.targets).try_for_each(|number| tx.put_target(&target(number)))?;
                numbers(size.maintenances).try_for_each(|number| tx.insert_maintenance(&maintenance(number, now)))
            })
            .await?;
    }
    Ok(())
}

/// The target of this number: ten to a product, ten thousand to an environment.
pub fn target(number: u64) -> Target {
    let (environment, product) = (number / IN_ENVIRONMENT, number / 10);
    let (path, kind) = if number.is_multiple_of(IN_ENVIRONMENT) {
        (format!("e{environment}"), Kind::Environment)
    } else if number.is_multiple_of(10) {
        (format!("e{environment}/p{product}"), Kind::Product)
    } else {
        (format!("e{environment}/p{product}/s{number}"), Kind::Service)
    };
    Target::new(TargetId(u128::from(number) + 1), path.parse().expect("it is written by the rules"), kind)
}

/// Every tenth lies ahead, the others are over.
pub fn maintenance(number: u64, now: Instant) -> Maintenance {
    let ada = Actor::Person("ada".to_owned());
    let days = i64::try_from(number % 300).unwrap_or(0) + 1;
    let ahead = number.is_multiple_of(10);
    let starts_at = if ahead { now + Span::hours(24 * days) } else { now - Span::hours(24 * days) };
    let ended = Ended { at: starts_at + Span::hours(1), passed: None, reason: None, message: None, ran: None };
    let plan = Plan {
        tells: Tells::default(),
        accepted: Vec::new(),
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
        series: None,
        changed_by: None,
        approval: None,
        id: MaintenanceId(u128::from(number) + 1),
        plan,
        life: if ahead { Life::Scheduled } else { Life::Completed(ended) },
        told: Told::default(),
        created_by: ada,
        created_at: now - Span::hours(24 * 400),
        revision: 1,
    }
}
