//! The simulation of the domain, over a span of seeds.

use anyhow::{Context, Result, bail};

use crate::shell;

/// The seeds that one run tries: `seeds` of them, beginning with `from`.
#[derive(Debug, PartialEq, Eq)]
pub struct Span {
    /// How many seeds.
    pub seeds: u64,
    /// The first; the simulation chooses when none is given.
    pub from: Option<u64>,
}

impl Span {
    /// What CI runs, every time the same.
    pub const CI: Span = Span { seeds: 2_000, from: None };

    /// Reads `--seeds N` and `--from SEED`, in any order; without them it is what CI runs.
    ///
    /// # Errors
    /// A word that is neither, or a value that is not a number.
    pub fn parse(words: &[&str]) -> Result<Span> {
        let mut span = Span::CI;
        for pair in words.chunks(2) {
            match pair {
                ["--seeds", count] => span.seeds = number("--seeds", count)?,
                ["--from", seed] => span.from = Some(number("--from", seed)?),
                [word, ..] => bail!("`{word}` is not `--seeds N` or `--from SEED`"),
                [] => {}
            }
        }
        if span.seeds == 0 {
            bail!("`--seeds` is at least 1: a run over no seeds proves nothing");
        }
        Ok(span)
    }

    fn line(&self) -> String {
        let line = format!("cargo test --quiet --release --package lull-domain --test sim -- --seeds {}", self.seeds);
        match self.from {
            Some(seed) => format!("{line} --from {seed}"),
            None => line,
        }
    }
}

/// Runs the simulation, optimised: the domain compiles in seconds, and a seed is then several times as quick.
///
/// # Errors
/// A seed failed; the simulation has printed which one, and how to replay it.
pub fn run(span: &Span) -> Result<()> {
    shell::run(&span.line())
}

fn number(name: &str, word: &str) -> Result<u64> {
    word.parse().with_context(|| format!("`{name} {word}`: a whole number belongs there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_words_it_is_what_ci_runs() -> Result<()> {
        assert_eq!(Span::parse(&[])?, Span::CI);
        Ok(())
    }

    #[test]
    fn a_seed_is_replayed_by_its_number() -> Result<()> {
        let span = Span::parse(&["--from", "17", "--seeds", "1"])?;
        assert_eq!(span, Span { seeds: 1, from: Some(17) });
        assert!(span.line().ends_with("--test sim -- --seeds 1 --from 17"));
        Ok(())
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for words in [&["--seed", "1"][..], &["--seeds"], &["--seeds", "many"], &["--seeds", "0"], &["7"]] {
            assert!(Span::parse(words).is_err(), "{words:?}");
        }
    }
}
