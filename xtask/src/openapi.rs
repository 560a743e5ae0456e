//! `openapi.json`, written from the code or compared with it.

use anyhow::{Context, Result, bail};

use crate::shell;

const DOCUMENT: &str = "openapi.json";

/// Writes the document that the code describes.
///
/// # Errors
/// The binary does not build, or the file cannot be written.
pub fn write() -> Result<()> {
    let described = described()?;
    std::fs::write(shell::root().join(DOCUMENT), described).with_context(|| format!("writing {DOCUMENT}"))
}

/// Compares the committed document with the one that the code describes.
///
/// # Errors
/// They differ, or one of them cannot be had.
pub fn compare() -> Result<()> {
    let committed = std::fs::read_to_string(shell::root().join(DOCUMENT))
        .with_context(|| format!("reading {DOCUMENT}: `cargo xtask openapi` writes it"))?;
    match first_difference(&committed, &described()?) {
        None => Ok(()),
        Some(line) => bail!("{DOCUMENT} differs from the code from line {line} on: run `cargo xtask openapi`"),
    }
}

fn described() -> Result<String> {
    shell::output("cargo run --quiet --package lull -- openapi")
}

/// The first line, counted from one, in which two texts differ.
fn first_difference(ours: &str, theirs: &str) -> Option<usize> {
    if ours == theirs {
        return None;
    }
    let same = ours.split('\n').zip(theirs.split('\n')).take_while(|(a, b)| a == b).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_documents_do_not_differ() {
        assert_eq!(first_difference("{\n}\n", "{\n}\n"), None);
    }

    #[test]
    fn a_changed_a_missing_and_an_added_line_are_found() {
        assert_eq!(first_difference("a\nb\nc\n", "a\nx\nc\n"), Some(2));
        assert_eq!(first_difference("a\nb\n", "a\n"), Some(2));
        assert_eq!(first_difference("a\n", "a"), Some(2));
    }
}
