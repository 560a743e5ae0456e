//! What touches a target between two instants, among very many maintenances and series, and among few.
use std::time::Instant;

use anyhow::{Context as _, Result};
use lull_domain::agenda::{Agenda, Within};
use lull_domain::estate::Estate;
use lull_domain::id::{SeriesId, TargetId};
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::Actor;
use lull_domain::plan::Plan;
use lull_domain::recurrence::{Recurrence, Zone, rules};
use lull_domain::scope::{Reach, Scope};
use lull_domain::series::{Overlap, Series};
use lull_domain::{Instant as Moment, Span};

use crate::filled::{maintenance, target};

/// 2026-11-22T00:00:00Z.
const NOW: Moment = Moment(1_795_305_600_000_000);
const DAY: i64 = 24;
/// How often it is asked.
const ASKED: u64 = 2_000;

/// Prints how long a question takes.
pub fn print() -> Result<()> {
    let (few, _) = asked(1_000, 100)?;
    println!("| what touches a target in a week 100 days ahead, 1,000 maintenances and 100 series | {few:.1} µs | |");
    let (many, worst) = asked(100_000, 10_000)?;
    println!(
        "| the same of 100,000 and 10,000 | {many:.1} µs, at worst {worst:.0} µs, {:.2} × | under 1,000 µs |",
        many / few
    );
    Ok(())
}

/// The median and the longest time of a question, in microseconds.
fn asked(maintenances: u64, series: u64) -> Result<(f64, f64)> {
    let estate = Estate::from_targets((0..maintenances).map(target));
    let mut agenda = Agenda::default();
    for number in 0..maintenances {
        agenda.maintenance_changed(&ahead(number));
    }
    for number in 0..series {
        agenda.series_changed(weekly(number)?, Zone::utc());
    }
    let mut times = Vec::new();
    let mut found = 0;
    for number in 0..ASKED {
        let at = TargetId(u128::from(number * 7_919 % maintenances) + 1);
        let at = estate.target(at).context("it is in the estate")?;
        let from = NOW + Span::hours(DAY * 100);
        let began = Instant::now();
        let within = Within { from, to: from + Span::hours(DAY * 7), now: NOW };
        found += agenda.met(&Reach::these(&estate, vec![at]), within, usize::MAX).0.len();
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    anyhow::ensure!(found > 0, "nothing was found at all");
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], times[times.len() - 1]))
}

/// The maintenance of this number, to come within 300 days.
fn ahead(number: u64) -> Maintenance {
    let of = maintenance(number, NOW);
    let days = i64::try_from(number % 300).unwrap_or(0) + 1;
    let plan = Plan { starts_at: Some(NOW + Span::hours(DAY * days)), ..of.plan };
    Maintenance { life: Life::Scheduled, plan, ..of }
}

/// Every week, on the target of ten times this number.
fn weekly(number: u64) -> Result<Series> {
    let recurrence = Recurrence {
        rules: rules(&["FREQ=WEEKLY".to_owned()]).map_err(|refusal| anyhow::anyhow!(refusal.detail))?,
        more: Vec::new(),
        except: Vec::new(),
        start: Zone::utc().local(NOW - Span::hours(DAY * 700)),
        lasts: Span::hours(2),
        elapsed: false,
    };
    let scope = Scope::under(TargetId(u128::from(number * 10) + 1));
    let plan = Plan { scope, starts_at: None, ..maintenance(number, NOW).plan };
    let ada = Actor::Person("ada".to_owned());
    Ok(Series::new(SeriesId(number.into()), plan, recurrence, Overlap::Join, (ada, NOW)).begun(&Zone::utc()))
}
