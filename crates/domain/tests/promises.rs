//! Every promise holds with all rules, in a first thousand histories; `cargo xtask sim` runs as many as one likes.
mod sim;

use sim::history::{Faults, Setting};
use sim::rules::Rules;

/// Everything holds in these histories, with the faults that each chooses or with these.
fn holds(seeds: std::ops::Range<u64>, faults: Option<Faults>) {
    for seed in seeds {
        let ending = Setting::new(seed, faults).run(Rules::default(), false);
        assert_eq!(ending.broken, None, "seed {seed}");
    }
}

#[test]
fn every_promise_holds_whatever_goes_wrong() {
    holds(0..500, None);
}

#[test]
fn every_promise_holds_where_people_meddle_and_calls_get_lost() {
    holds(0..300, Some(Faults::MANY));
}

#[test]
fn every_promise_holds_where_things_die_after_our_start() {
    holds(0..300, Some(Faults::DEATHS));
}

#[test]
fn nothing_goes_wrong_where_nothing_goes_wrong() {
    holds(0..100, Some(Faults::NONE));
}

#[test]
fn the_same_seed_tells_the_same_history() {
    let told = || Setting::new(7, Some(Faults::MANY)).run(Rules::default(), true).trace;
    assert_eq!(told(), told());
}
