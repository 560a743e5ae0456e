//! `cargo xtask`: what one types to test, simulate or check this repository.

use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::{bench, contract, openapi, sim, suite, tidy};

const USAGE: &str = "\
usage: cargo xtask <command>

  test                           everything that CI runs
  sim [--seeds N] [--from SEED]  the simulation alone
  bench                          what Lull costs, as a table
  openapi [--check]              write openapi.json from the code, or compare it
  contract [--seed SEED]         openapi.json and the running server, compared by others' programs
  tidy                           the house rules that a machine can check";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match obey(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(words: &[&str]) -> Result<()> {
    match words {
        ["test"] => suite::run(),
        ["sim", rest @ ..] => sim::run(&sim::Span::parse(rest)?),
        ["bench"] => bench::run(),
        ["openapi"] => openapi::write(),
        ["openapi", "--check"] => openapi::compare(),
        ["contract"] => contract::run(contract::Search::Whole(contract::SEED)),
        ["contract", "--seed", seed] => contract::run(contract::Search::Whole(seed)),
        ["tidy"] => tidy::run(),
        _ => bail!("this is not a command of xtask\n\n{USAGE}"),
    }
}
