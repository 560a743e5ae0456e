//! Recurrence beside python-dateutil and the npm package rrule: three rules, ten years, three zones; parsed, expanded, to UTC.
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use jiff::tz::TimeZone;
use lull_domain::recurrence::{Recurrence, Zone, rules};
use lull_domain::refusal::Refusal;
use lull_domain::{Instant as Moment, Span};
use serde::Deserialize;

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/rrule_dateutil.py");
const OTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/rrule_npm.mjs");
/// `cargo xtask test` makes it.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/venv/bin/python");
const ZONES: [&str; 3] = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];
/// 2036-01-04T02:30 in UTC.
const END: Moment = Moment(2_083_026_600_000_000);
/// Rounds; the median counts.
const ROUNDS: usize = 5;

/// What the peer says of a rule.
#[derive(Deserialize)]
struct Said {
    rule: String,
    rate: f64,
}

/// Prints how many occurrences a second of CPU gives, beside the peers.
pub fn print() -> Result<()> {
    let dateutil = said(Command::new(PYTHON).arg(PEER)).context("asking python-dateutil")?;
    let npm = said(Command::new("node").arg(OTHER)).context("asking the npm package rrule")?;
    let zones = ZONES.map(TimeZone::get);
    let zones = zones.into_iter().collect::<Result<Vec<_>, _>>()?;
    for (theirs, other) in dateutil.iter().zip(npm) {
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            rates.push(rate(&theirs.rule, &zones).map_err(|refusal| anyhow::anyhow!(refusal.detail))?);
        }
        rates.sort_by(f64::total_cmp);
        let (ours, rule) = (rates[ROUNDS / 2], &theirs.rule);
        println!("| python-dateutil, {rule} | {:.0} occurrences/s | |", theirs.rate);
        println!("| npm rrule, the same rule | {:.0} | |", other.rate);
        println!(
            "| the same rule, ours | {ours:.0}, {:.1} × and {:.1} × | at least 20 × and ahead |",
            ours / theirs.rate,
            ours / other.rate
        );
    }
    Ok(())
}

/// What a peer says of each rule.
fn said(command: &mut Command) -> Result<Vec<Said>> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Occurrences a second, on one core.
fn rate(rule: &str, zones: &[TimeZone]) -> Result<f64, Refusal> {
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed().as_secs_f64() < 0.3 {
        for zone in zones {
            let recurrence = Recurrence {
                rules: rules(&[rule.to_owned()])?,
                more: Vec::new(),
                except: Vec::new(),
                start: "2026-01-04T02:30".parse()?,
                lasts: Span::hours(1),
                elapsed: true,
            };
            let zone = Zone::new(zone.clone());
            count += recurrence.occurrences(&zone).take_while(|it| it.starts_at <= END).count();
        }
    }
    Ok(count as f64 / began.elapsed().as_secs_f64())
}
