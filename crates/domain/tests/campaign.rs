//! The simulation as a campaign: `--seeds N [--from SEED]`; a failing seed is printed with its history.
//!
//! `--many` and `--deaths` fix which faults there are; else each seed chooses them. `--controls` leaves
//! out each rule in turn (or `--rule NAME`) and prints the first seed that breaks each promise (or `--promise NAME`).
mod sim;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use sim::history::{Ending, Faults, Setting};
use sim::judge::{PROMISES, Promise};
use sim::rules::{ALL, Rules};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str, or: u64| {
        let at = args.iter().position(|arg| arg == name);
        at.and_then(|at| args.get(at + 1)).and_then(|text| text.parse().ok()).unwrap_or(or)
    };
    let (seeds, from) = (number("--seeds", 2_000), number("--from", 0));
    let word = |word: &str| args.iter().any(|arg| arg == word);
    let faults = word("--many").then_some(Faults::MANY).or(word("--deaths").then_some(Faults::DEATHS));
    if word("--controls") {
        let named = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).cloned();
        controls((from, seeds), faults, (named("--rule"), named("--promise")));
        return ExitCode::SUCCESS;
    }
    let began = Instant::now();
    let (sums, failed) = run(from, seeds, faults);
    if let Some(seed) = failed {
        let ending = Setting::new(seed, faults).run(Rules::default(), true);
        ending.trace.iter().for_each(|line| println!("{line}"));
        println!("seed {seed} broke {:?}\nreplay: cargo xtask sim --seeds 1 --from {seed}", ending.broken);
        return ExitCode::FAILURE;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{seeds} seeds from {from}: {} maintenances, {} stops, {} mishaps, {} steps in {seconds:.1} s, {:.0} seeds/s",
        sums.maintenances,
        sums.stops,
        sums.mishaps,
        sums.steps,
        seeds as f64 / seconds
    );
    ExitCode::SUCCESS
}

/// Runs the seeds on all cores: what they came to, and the first that failed.
fn run(from: u64, seeds: u64, faults: Option<Faults>) -> (Ending, Option<u64>) {
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let first = AtomicU64::new(u64::MAX);
    let mut all = Ending::default();
    std::thread::scope(|scope| {
        let first = &first;
        let work = move |worker| {
            let mut sums = Ending::default();
            for seed in (from..from + seeds).filter(|seed| seed % workers == worker) {
                if seed > first.load(Ordering::Relaxed) {
                    break;
                }
                let ending = Setting::new(seed, faults).run(Rules::default(), false);
                if ending.broken.is_some() {
                    first.fetch_min(seed, Ordering::Relaxed);
                    break;
                }
                sums.add(&ending);
            }
            sums
        };
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        for thread in threads {
            all.add(&thread.join().expect("a panic in a history is a defect of the simulation"));
        }
    });
    let failed = first.into_inner();
    (all, (failed < u64::MAX).then_some(failed))
}

/// Each rule left out: for each promise the first seed that breaks it, judged by that promise alone.
fn controls((from, seeds): (u64, u64), faults: Option<Faults>, only: (Option<String>, Option<String>)) {
    let is = |only: &Option<String>, name: String| only.as_ref().is_none_or(|only| *only == name);
    for rule in ALL.iter().filter(|rule| is(&only.0, format!("{rule:?}"))) {
        let breaks = |promise: Promise, seed: u64| {
            let rules = Rules::without(&[*rule]).judged_by(promise);
            Setting::new(seed, faults).run(rules, false).broken.is_some()
        };
        let first = |promise: &Promise| (from..from + seeds).find(|seed| breaks(*promise, *seed));
        let wanted = PROMISES.iter().filter(|promise| is(&only.1, format!("{promise:?}")));
        let found = wanted.filter_map(|promise| Some(format!("{promise:?} {}", first(promise)?)));
        println!("{rule:?}: {}", found.collect::<Vec<_>>().join(", "));
    }
}
