//! The decision itself: a million targets, ten thousand maintenances, beside one look-up in a map of the same size and keys.

use std::time::Instant;

use anyhow::Result;
use arc_swap::ArcSwap;
use hashbrown::HashMap;
use lull_domain::estate::Estate;
use lull_domain::maintenance::Maintenance;
use lull_domain::quiet::Compiler;
use lull_domain::{Action, Answer, Instant as Moment};
use lull_gate::{Epoch, Question, decide};

use crate::filled;

const TARGETS: u64 = 1_000_000;
const MAINTENANCES: u64 = 100_000;
/// Rounds of each, in turn; the median counts.
const ROUNDS: usize = 11;
/// Questions in a round.
const ASKED: usize = 400_000;
/// When it is asked; only the windows know what lies before and after.
const NOW: Moment = Moment(1_800_000_000_000_000);

/// Prints what a decision costs.
pub fn decisions() -> Result<()> {
    let estate = Estate::from_targets((0..TARGETS).map(filled::target));
    let maintenances: Vec<Maintenance> = (0..MAINTENANCES).map(|number| filled::maintenance(number, NOW)).collect();
    let before = memory()?;
    let began = Instant::now();
    let compiler = Compiler::new(&estate, &maintenances, []);
    let compiled = began.elapsed().as_secs_f64();
    let snapshot = ArcSwap::from_pointee(compiler.snapshot(Epoch(1)));
    let kept = memory()? - before;
    let map: HashMap<Box<str>, u32> =
        estate.targets().zip(0..).map(|(target, number)| (target.path.to_string().into(), number)).collect();
    let map = ArcSwap::from_pointee(map);
    let asked: Vec<String> = shuffled().map(|number| filled::target(number).path.to_string()).collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(each(&asked, |path| map.load().get(path).is_some()));
        ours.push(each(&asked, |path| {
            let question = Question { target: path, action: Action::RequestWrite, roles: &[], at: NOW, lasts: None };
            decide(&snapshot.load(), &question).answer == Answer::Allow
        }));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("| making the snapshot of {TARGETS} targets and 10,000 maintenances | {compiled:.2} s, {kept:.0} MiB | |");
    println!("| one ArcSwap load and one look-up in a map of {TARGETS} | {theirs:.0} ns | |");
    println!("| decide, allowed | {ours:.0} ns, {:.2} × | at most 3 × |", ours / theirs);
    Ok(())
}

/// Targets without a pattern that a cache could follow; the same in every run.
fn shuffled() -> impl Iterator<Item = u64> {
    let next =
        |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(42_u64), next).map(|state| (state >> 33) % TARGETS).take(ASKED)
}

/// Nanoseconds for each.
fn each(asked: &[String], is_so: impl Fn(&str) -> bool) -> f64 {
    let began = Instant::now();
    let count = asked.iter().filter(|path| is_so(path)).count();
    let taken = began.elapsed().as_secs_f64();
    assert_eq!(count, asked.len(), "all of them are known, and allowed");
    taken * 1e9 / asked.len() as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Resident memory of this process in MiB.
fn memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024.0)
}
