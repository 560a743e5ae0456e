//! The house rules that a machine can check, over every file of the repository.

pub mod crates;
pub mod documents;
pub mod functions;
pub mod sizes;
pub mod source;
pub mod words;

use std::fmt;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::shell;
use source::Source;

/// A place where a rule is broken.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// A path from the root of the repository, with `:line` where there is one.
    pub place: String,
    /// The rule, and what is there instead.
    pub broken: String,
}

impl Finding {
    /// A finding at a place.
    pub fn new(place: impl Into<String>, broken: impl Into<String>) -> Finding {
        Finding { place: place.into(), broken: broken.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.broken)
    }
}

/// A file of the repository: its path from the root, with `/`, and its text (a picture is read as best it goes).
#[derive(Debug)]
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// Prints what is found.
///
/// # Errors
/// Something is found, or the repository cannot be read.
pub fn run() -> Result<()> {
    let found = findings()?;
    for finding in &found {
        println!("{finding}");
    }
    match found.len() {
        0 => Ok(()),
        count => bail!("rules broken: {count}; CONTRIBUTING.md lists them"),
    }
}

/// Everything that breaks a rule, in the order of the files.
///
/// # Errors
/// The repository cannot be read.
pub fn findings() -> Result<Vec<Finding>> {
    let files = files()?;
    let sources = sources(&files);
    let crates = crates::read()?;
    let mut found = Vec::new();
    let (searched, sources): (Vec<_>, Vec<_>) = sources.into_iter().partition(is_model);
    for source in sources.iter().chain(&searched) {
        found.extend(words::beginning(source));
        found.extend(words::unwrap(source));
        found.extend(words::modules(source));
        found.extend(words::client(source));
    }
    found.extend(sources.iter().flat_map(sizes::of_file));
    found.extend(sizes::of_all(&sources));
    found.extend(words::clock(&sources));
    for file in &files {
        found.extend(words::names(file));
        found.extend(words::machine(file));
        found.extend(documents::architecture(file, &crates));
    }
    found.extend(crates::walls(&crates));
    found.extend(documents::decisions(&files, &crates));
    Ok(found)
}

/// Whether any doc comment holds an example that compiles.
///
/// # Errors
/// The repository cannot be read.
pub fn has_doc_tests() -> Result<bool> {
    Ok(sources(&files()?).iter().any(documents::has_doc_test))
}

/// The files that git knows or would add: what is about to be committed is checked, what is built is not.
fn files() -> Result<Vec<File>> {
    let paths = shell::output("git ls-files -z --cached --others --exclude-standard")?;
    let mut files = Vec::new();
    for path in paths.split_terminator('\0') {
        let whole = shell::root().join(path);
        if !whole.is_file() {
            continue; // removed, but not committed yet
        }
        let bytes = fs::read(&whole).with_context(|| format!("reading {path}"))?;
        files.push(File { path: path.to_owned(), text: String::from_utf8_lossy(&bytes).into_owned() });
    }
    Ok(files)
}

/// The searched models are proofs beside the product: formatted, but as long as their state spaces want them.
fn is_model(source: &Source) -> bool {
    source.path.starts_with("models/")
}

fn sources(files: &[File]) -> Vec<Source> {
    files.iter().filter(|file| file.path.ends_with(".rs")).map(|file| Source::new(&file.path, &file.text)).collect()
}
