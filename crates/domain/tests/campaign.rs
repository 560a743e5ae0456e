//! The simulation as a campaign: `--seeds N [--from SEED]`; a failing seed is printed with its history.
mod sim;

use std::process::ExitCode;

use sim::history::Setting;
use sim::rules::Rules;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str, or: u64| {
        let at = args.iter().position(|arg| arg == name);
        at.and_then(|at| args.get(at + 1)).and_then(|text| text.parse().ok()).unwrap_or(or)
    };
    let (seeds, from) = (number("--seeds", 2_000), number("--from", 0));
    let began = std::time::Instant::now();
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let threads: Vec<_> = (0..workers)
        .map(|worker| {
            std::thread::spawn(move || {
                let mut sums = (0_u64, 0_u64, 0_u64, 0_u64);
                for seed in (from..from + seeds).filter(|seed| seed % workers == worker) {
                    let ending = Setting::new(seed, None).run(Rules::default(), false);
                    if ending.broken.is_some() {
                        return Err(seed);
                    }
                    sums.0 += ending.steps;
                    sums.1 += ending.maintenances as u64;
                    sums.2 += u64::from(ending.stops);
                    sums.3 += u64::from(ending.mishaps);
                }
                Ok(sums)
            })
        })
        .collect();
    let mut sums = (0, 0, 0, 0);
    let mut failed: Option<u64> = None;
    for thread in threads {
        match thread.join().expect("a panic in a history is a defect of the simulation") {
            Ok(sum) => sums = (sums.0 + sum.0, sums.1 + sum.1, sums.2 + sum.2, sums.3 + sum.3),
            Err(seed) => failed = Some(failed.map_or(seed, |other| other.min(seed))),
        }
    }
    if let Some(seed) = failed {
        let ending = Setting::new(seed, None).run(Rules::default(), true);
        ending.trace.iter().for_each(|line| println!("{line}"));
        println!("seed {seed} broke {:?}; replay: cargo xtask sim --seeds 1 --from {seed}", ending.broken);
        return ExitCode::FAILURE;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{seeds} seeds from {from}: {} maintenances, {} stops, {} mishaps, {} steps in {seconds:.1} s, {:.0} seeds/s",
        sums.1,
        sums.2,
        sums.3,
        sums.0,
        seeds as f64 / seconds
    );
    ExitCode::SUCCESS
}
