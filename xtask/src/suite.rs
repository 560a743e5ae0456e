//! `cargo xtask test`: all the checks that CI runs, in order, up to the first that fails.

use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use crate::{contract, prerequisites, shell, sim, tidy};

const FORMAT: &str = "cargo fmt --all --check";
const LINTS: &str = "cargo clippy --workspace --all-targets -- -D warnings";
const TESTS: &str = "cargo nextest run --workspace";
const TESTS_PLAIN: &str = "cargo test --workspace --all-targets";
const DOC_TESTS: &str = "cargo test --workspace --doc";
const DEPENDENCIES: &str = "cargo deny check bans licenses sources";

/// Runs everything. Missing packages are installed while the code compiles, and waited for even when a check fails,
/// so that no half-installed machine is left behind.
///
/// # Errors
/// The first step that failed.
pub fn run() -> Result<()> {
    let began = Instant::now();
    let missing = prerequisites::missing()?;
    thread::scope(|scope| {
        let install = scope.spawn(|| prerequisites::install(&missing));
        compile()?;
        step("prerequisites", || install.join().map_err(|_| anyhow!("the installation panicked"))?)?;
        check()
    })?;
    println!("\n== all of it: {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// What needs no program of other people: the build above all.
fn compile() -> Result<()> {
    step_with("format", "cargo fmt --version", FORMAT)?;
    step_with("lints", "cargo clippy --version", LINTS)?;
    step("build of the tests", || shell::run(&format!("{} --no-run", tests())))
}

/// What runs the code.
fn check() -> Result<()> {
    step("tests", || shell::run(tests()))?;
    if tidy::has_doc_tests()? {
        step("doc tests", || shell::run(DOC_TESTS))?;
    }
    step("contract of the API", || contract::run(contract::Search::Repeatable))?;
    step("simulation", || sim::run(&sim::Span::CI))?;
    step_with("dependencies", "cargo deny --version", DEPENDENCIES)
}

fn tests() -> &'static str {
    if shell::succeeds("cargo nextest --version") { TESTS } else { TESTS_PLAIN }
}

/// A step that needs a part of the toolchain which not every machine has.
fn step_with(name: &str, tool: &str, line: &str) -> Result<()> {
    if shell::succeeds(tool) {
        return step(name, || shell::run(line));
    }
    println!("\n== {name}: not installed, not run (`{tool}` fails)");
    Ok(())
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n== {name}");
    let began = Instant::now();
    work().with_context(|| format!("{name} failed"))?;
    println!("== {name}: {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_says_which() {
        let failed = step("tests", || Err(anyhow!("one of them"))).map_err(|error| format!("{error:#}"));
        assert_eq!(failed, Err("tests failed: one of them".to_owned()));
    }

    #[test]
    fn a_step_whose_tool_is_missing_is_passed_over() -> Result<()> {
        step_with("dependencies", "no-program-is-called-this", "false")
    }

    #[test]
    fn a_step_whose_tool_is_there_can_fail() {
        assert!(step_with("dependencies", "true", "false").is_err());
    }
}
