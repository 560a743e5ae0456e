//! How long files and functions may be, how much is documented; tests apart.

use super::Finding;
use super::functions::{self, Function};
use super::source::{Line, Source};

/// Lines of a file at most.
const FILE_MAX: usize = 400;
/// Lines of a function at most.
const FUNCTION_MAX: usize = 70;
/// Lines of a function that all but a few keep to.
const FUNCTION_USUAL: usize = 50;
/// In how many functions of a hundred.
const USUAL_PERCENT: usize = 95;
/// Lines of the function in the middle, at most.
const FUNCTION_MEDIAN: usize = 10;
/// In a hundred lines, how many are documentation, at least.
const DOC_PERCENT: usize = 12;

/// A file that is too long, functions that are.
pub fn of_file(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    let lines = source.product().count();
    if lines > FILE_MAX {
        found
            .push(Finding::new(&source.path, format!("{lines} lines, {FILE_MAX} at most: split it by what it is for")));
    }
    for function in functions::of(source).iter().filter(|function| function.length > FUNCTION_MAX) {
        let Function { name, line, length } = function;
        let broken = format!("`{name}` has {length} lines, {FUNCTION_MAX} at most");
        found.push(Finding::new(format!("{}:{line}", source.path), broken));
    }
    found
}

/// What the whole workspace must keep to.
pub fn of_all(sources: &[Source]) -> Vec<Finding> {
    let lengths = sources.iter().flat_map(functions::of).map(|function| function.length).collect();
    let lines: Vec<&Line> = sources.iter().flat_map(Source::product).collect();
    let docs = lines.iter().filter(|line| is_doc(line)).count();
    let mut found = of_lengths(lengths);
    if docs * 100 < lines.len() * DOC_PERCENT {
        let lines = lines.len();
        found.push(Finding::new("the workspace", format!("{docs} doc lines of {lines}, {DOC_PERCENT} % at least")));
    }
    found
}

fn of_lengths(mut lengths: Vec<usize>) -> Vec<Finding> {
    let mut found = Vec::new();
    lengths.sort_unstable();
    let long = lengths.iter().filter(|length| **length > FUNCTION_USUAL).count();
    if long * 100 > lengths.len() * (100 - USUAL_PERCENT) {
        let all = lengths.len();
        let broken = format!("{long} functions of {all} have over {FUNCTION_USUAL} lines, 5 in 100 at most");
        found.push(Finding::new("the workspace", broken));
    }
    if let Some(median) = lengths.get(lengths.len() / 2).filter(|median| **median > FUNCTION_MEDIAN) {
        let broken = format!("the function in the middle has {median} lines, {FUNCTION_MEDIAN} at most");
        found.push(Finding::new("the workspace", broken));
    }
    found
}

/// Whether a line documents: `///` or `//!`, and not within a string.
fn is_doc(line: &Line) -> bool {
    let text = line.text.trim_start();
    line.code.trim().is_empty() && (text.starts_with("///") || text.starts_with("//!"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(lines: usize) -> Source {
        Source::new("a.rs", &"x\n".repeat(lines))
    }

    fn function(lines: usize) -> Source {
        Source::new("a.rs", &format!("fn a() {{\n{}}}\n", "x\n".repeat(lines - 2)))
    }

    #[test]
    fn a_file_is_at_most_400_lines_tests_apart() {
        assert_eq!(of_file(&file(400)), []);
        assert_eq!(of_file(&file(401)).len(), 1);
        let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(400), "x\n".repeat(100));
        assert_eq!(of_file(&Source::new("a.rs", &tested)), []);
        assert_eq!(of_file(&Source::new("tests/a.rs", &"x\n".repeat(401))), []);
    }

    #[test]
    fn a_function_is_at_most_70_lines() {
        assert_eq!(of_file(&function(70)), []);
        assert_eq!(of_file(&function(71)), [Finding::new("a.rs:1", "`a` has 71 lines, 70 at most")]);
    }

    #[test]
    fn of_100_functions_95_have_at_most_50_lines() {
        assert_eq!(of_lengths([vec![1; 95], vec![51; 5]].concat()), []);
        assert_eq!(of_lengths([vec![1; 94], vec![51; 6]].concat()).len(), 1);
    }

    #[test]
    fn the_function_in_the_middle_has_at_most_10_lines() {
        assert_eq!(of_lengths(vec![10, 10, 40]), []);
        assert_eq!(of_lengths(vec![10, 11, 11]).len(), 1);
        assert_eq!(of_lengths(vec![]), []);
    }

    #[test]
    fn of_100_lines_12_document() {
        let with =
            |docs: usize| Source::new("a.rs", &format!("{}{}", "/// d\n".repeat(docs), "x\n".repeat(100 - docs)));
        assert_eq!(of_all(&[with(12)]), []);
        assert_eq!(of_all(&[with(11)]).len(), 1);
    }

    #[test]
    fn a_comment_is_no_documentation() {
        let source = Source::new("a.rs", &"// c\n".repeat(100));
        assert_eq!(of_all(&[source]).len(), 1);
    }
}
