//! Words that may not stand in a file, or in its name.

use super::source::Source;
use super::{File, Finding};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "manager", "service", "services"];

/// Readings of the wall clock.
const CLOCKS: &[&str] = &["SystemTime::now", "Timestamp::now", "Zoned::now"];
/// The one file that may read it, once.
const CLOCK: &str = "crates/server/src/clock.rs";

/// Files of `lull` that are more than a client of the API.
const BEYOND_CLIENT: &[&str] = &["main", "serve", "demo"];
const CLIENT: &str = "crates/lull/src/";
const BEHIND_THE_API: &[&str] = &["lull_domain", "lull_store", "lull_server", "lull_adapters"];

/// What tells of the machine that somebody worked on; in pieces, as this file is checked too.
const MACHINE: &[&str] = &[
    concat!("/", "root"),
    concat!("/", "work/"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("registry.", "npmjs.org"),
    concat!("deb.", "debian.org"),
];

/// Each file says in its first line what it is.
pub fn beginning(source: &Source) -> Option<Finding> {
    let says = source.lines.first().is_some_and(|line| line.text.starts_with("//! "));
    (!says).then(|| Finding::new(&source.path, "begins without a `//!` sentence that says what it is"))
}

/// `unwrap` gives no reason; `expect` does.
pub fn unwrap(source: &Source) -> Vec<Finding> {
    let lines = source.product().filter(|line| line.code.contains(".unwrap()"));
    lines.map(|line| Finding::new(source.at(line), "`.unwrap()`: `expect` says why it holds")).collect()
}

/// A file, or a folder on the way to it, with an empty name.
pub fn names(file: &File) -> Option<Finding> {
    let is_empty = |part: &str| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or(part));
    let part = file.path.split('/').find(|part| is_empty(part))?;
    Some(Finding::new(&file.path, format!("`{part}` does not say what is inside")))
}

/// A module with an empty name that has no file of its own.
pub fn modules(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for line in &source.lines {
        let words: Vec<&str> = line.code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for pair in words.windows(2) {
            if pair[0] == "mod" && EMPTY_NAMES.contains(&pair[1]) {
                found.push(Finding::new(source.at(line), format!("`mod {}` does not say what is inside", pair[1])));
            }
        }
    }
    found
}

/// The wall clock is read once, in one place; tests read it nowhere.
pub fn clock(sources: &[Source]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut readings = 0;
    for source in sources {
        for line in &source.lines {
            let here: usize = CLOCKS.iter().map(|clock| line.code.matches(clock).count()).sum();
            readings += if source.path == CLOCK { here } else { 0 };
            if here > 0 && (source.path != CLOCK || readings > 1) {
                found.push(Finding::new(source.at(line), format!("reads the wall clock: {CLOCK} does, once")));
            }
        }
    }
    found
}

/// The client knows the API and nothing behind it.
pub fn client(source: &Source) -> Vec<Finding> {
    let Some(module) = source.path.strip_prefix(CLIENT).and_then(|rest| rest.split(['/', '.']).next()) else {
        return Vec::new();
    };
    if BEYOND_CLIENT.contains(&module) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for line in &source.lines {
        for name in BEHIND_THE_API.iter().filter(|name| line.code.contains(**name)) {
            found.push(Finding::new(source.at(line), format!("a client names `{name}`: it sees only the API")));
        }
    }
    found
}

/// A file that tells of the machine it was written on.
pub fn machine(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for word in MACHINE.iter().filter(|word| stands_in(line, word)) {
            let broken = format!("`{word}` is of the machine this was written on");
            found.push(Finding::new(format!("{}:{}", file.path, index + 1), broken));
        }
    }
    found
}

/// Whether a path or host stands in a line, not as a piece of a longer one.
fn stands_in(line: &str, word: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let is_piece = word.starts_with('/') && before.is_some_and(|c| continues(c) || matches!(c, '.' | ')' | '}'));
        let goes_on = !word.ends_with('/') && after.is_some_and(continues);
        !is_piece && !goes_on
    })
}

#[cfg(test)]
mod tests;
