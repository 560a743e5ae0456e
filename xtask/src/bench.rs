//! The figures: the server and what measures it, both optimised.
use anyhow::Result;

use crate::shell;

/// Measures, and prints a table. Nothing here is asserted: a loaded machine has other figures.
///
/// # Errors
/// Something could not be built, or the server did not answer.
pub fn run() -> Result<()> {
    shell::run("cargo build --quiet --release --package lull --package lull-bench")?;
    shell::run("target/release/lull-bench target/release/lull")?;
    shell::run("cargo xtask sim --seeds 2000")
}
