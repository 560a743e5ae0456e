//! What documents say about the code, compared with the code.
//!
//! `docs/ARCHITECTURE.md` draws the crates in one block that is fenced as `crates`. A line of it is a crate, an arrow
//! and the crates of ours that it depends on, `lull-` left out and tests apart:
//!
//! ```text
//! gate →
//! domain → gate
//! store → domain gate
//! ```

use std::collections::BTreeSet;

use super::crates::Crates;
use super::source::Source;
use super::{File, Finding};

const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";
const ARCHITECTURE_MAX: usize = 200;
const DECISIONS: &str = "docs/decisions/";
const OURS: &str = "lull-";

/// The page on the architecture: how long it is, whether its picture of the crates is true.
pub fn architecture(file: &File, crates: &Crates) -> Vec<Finding> {
    if file.path != ARCHITECTURE {
        return Vec::new();
    }
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    if lines > ARCHITECTURE_MAX {
        found.push(Finding::new(ARCHITECTURE, format!("{lines} lines, {ARCHITECTURE_MAX} at most")));
    }
    let (drawn, real) = (drawn(&file.text), real(crates));
    for line in real.difference(&drawn) {
        found.push(Finding::new(ARCHITECTURE, format!("the block `crates` lacks the line `{line}`")));
    }
    for line in drawn.difference(&real) {
        found.push(Finding::new(ARCHITECTURE, format!("the block `crates` says `{line}`, the manifests do not")));
    }
    found
}

/// The lines of the picture, the dependencies in each in order.
fn drawn(text: &str) -> BTreeSet<String> {
    let block = text.lines().skip_while(|line| line.trim_end() != "```crates").skip(1);
    let lines = block.take_while(|line| !line.starts_with("```"));
    let lines = lines.map(|line| line.split_once('→').unwrap_or((line, "")));
    lines.map(|(name, dependencies)| arrow(name.trim(), dependencies.split_whitespace().collect())).collect()
}

/// The same lines, from the manifests.
fn real(crates: &Crates) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (name, dependencies) in crates.iter().filter(|(name, _)| *name == "lull" || name.starts_with(OURS)) {
        let name = name.strip_prefix(OURS).unwrap_or(name);
        lines.insert(arrow(name, dependencies.iter().filter_map(|it| it.strip_prefix(OURS)).collect()));
    }
    lines
}

fn arrow(name: &str, dependencies: BTreeSet<&str>) -> String {
    format!("{name} → {}", Vec::from_iter(dependencies).join(" ")).trim_end().to_owned()
}

/// Dependencies that no decision record names: each stands in one, in backticks.
pub fn decisions(files: &[File], crates: &Crates) -> Vec<Finding> {
    let records: Vec<&File> = files.iter().filter(|file| file.path.starts_with(DECISIONS)).collect();
    let outside: BTreeSet<&String> = crates.values().flatten().filter(|name| !crates.contains_key(*name)).collect();
    let is_recorded = |name: &str| records.iter().any(|file| file.text.contains(&format!("`{name}`")));
    let missing = outside.into_iter().filter(|name| !is_recorded(name));
    missing.map(|name| Finding::new(DECISIONS, format!("no record names the dependency `{name}`"))).collect()
}

/// Whether a doc comment holds an example that compiles: a fence with no language, or with Rust.
pub fn has_doc_test(source: &Source) -> bool {
    let mut open = false;
    for line in source.product() {
        let text = line.text.trim_start();
        let doc = text.strip_prefix("///").or_else(|| text.strip_prefix("//!")).unwrap_or_default();
        if let Some(language) = doc.trim_start().strip_prefix("```") {
            open = !open;
            if open && matches!(language.trim(), "" | "rust" | "no_run" | "should_panic" | "compile_fail") {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crates() -> Crates {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let gate = ("lull-gate".to_owned(), set(&["serde"]));
        let domain = ("lull-domain".to_owned(), set(&["serde", "lull-gate"]));
        let program = ("lull".to_owned(), set(&["lull-gate", "lull-domain"]));
        Crates::from([gate, domain, program, ("xtask".to_owned(), set(&["anyhow"]))])
    }

    fn page(block: &str) -> File {
        File { path: ARCHITECTURE.to_owned(), text: format!("# Map\n\n```crates\n{block}```\n\ntext → text\n") }
    }

    #[test]
    fn a_true_picture_passes_in_any_order() {
        assert_eq!(architecture(&page("domain → gate\ngate →\nlull → gate domain\n"), &crates()), []);
    }

    #[test]
    fn an_arrow_too_many_or_too_few_is_found() {
        let untrue = ["domain →\ngate →\nlull → domain gate\n", "domain → gate\ngate → domain\nlull → domain gate\n"];
        for block in untrue {
            assert_eq!(architecture(&page(block), &crates()).len(), 2, "{block}");
        }
        assert_eq!(architecture(&page("domain → gate\ngate →\n"), &crates()).len(), 1);
        let unknown = "domain → gate\ngate →\nlull → gate domain\nmoon →\n";
        assert_eq!(architecture(&page(unknown), &crates()).len(), 1);
    }

    #[test]
    fn a_page_without_a_picture_is_found() {
        let page = File { path: ARCHITECTURE.to_owned(), text: "# Map\n".to_owned() };
        assert_eq!(architecture(&page, &crates()).len(), 3);
    }

    #[test]
    fn the_page_has_at_most_200_lines() {
        let mut page = page("domain → gate\ngate →\nlull → gate domain\n");
        page.text.push_str(&"x\n".repeat(200 - page.text.lines().count()));
        assert_eq!(architecture(&page, &crates()), []);
        page.text.push_str("x\n");
        assert_eq!(architecture(&page, &crates()).len(), 1);
    }

    #[test]
    fn other_pages_are_free() {
        assert_eq!(architecture(&File { path: "docs/x.md".to_owned(), text: "x\n".repeat(300) }, &crates()), []);
    }

    #[test]
    fn every_dependency_is_in_a_record() {
        let record = |path: &str, text: &str| [File { path: path.to_owned(), text: text.to_owned() }];
        assert_eq!(decisions(&record("docs/decisions/0002.md", "`serde`, `anyhow`"), &crates()), []);
        assert_eq!(decisions(&record("docs/decisions/0002.md", "`serde_json`, anyhow"), &crates()).len(), 2);
        assert_eq!(decisions(&record("docs/other.md", "`serde`, `anyhow`"), &crates()).len(), 2);
    }

    #[test]
    fn an_example_that_compiles_is_a_doc_test() {
        for (text, expected) in [
            ("/// ```\n/// a();\n/// ```\n", true),
            ("    //! ```no_run\n", true),
            ("/// ```text\n/// a\n/// ```\n", false),
            ("// ```\n", false),
            ("let a = 1;\n", false),
        ] {
            assert_eq!(has_doc_test(&Source::new("a.rs", text)), expected, "{text}");
        }
    }
}
