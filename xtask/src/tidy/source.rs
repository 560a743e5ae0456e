//! A Rust file with its comments and strings blanked out, so that a rule sees code only.

/// A Rust file, line by line.
#[derive(Debug)]
pub struct Source {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// All lines.
    pub lines: Vec<Line>,
}

/// A line of a Rust file.
#[derive(Debug)]
pub struct Line {
    /// Counted from one.
    pub number: usize,
    /// As written.
    pub text: String,
    /// Without comments, and without what stands in strings.
    pub code: String,
    /// Whether only tests compile it.
    pub is_test: bool,
}

impl Source {
    /// Reads a file. One in a folder `tests`, or called `tests.rs`, is a test throughout.
    pub fn new(path: &str, text: &str) -> Source {
        let code = blank(text);
        let is_test = path.split('/').any(|part| part == "tests" || part == "tests.rs");
        let mut lines = Vec::new();
        for (index, (text, code)) in text.lines().zip(code.lines()).enumerate() {
            lines.push(Line { number: index + 1, text: text.to_owned(), code: code.to_owned(), is_test });
        }
        mark_test_items(&code, &mut lines);
        Source { path: path.to_owned(), lines }
    }

    /// The lines that are shipped.
    pub fn product(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.is_test)
    }

    /// `path:line`.
    pub fn at(&self, line: &Line) -> String {
        format!("{}:{}", self.path, line.number)
    }
}

/// Marks every item under `#[cfg(test)]`: to the end of its braces, or to its semicolon.
fn mark_test_items(code: &str, lines: &mut [Line]) {
    for (start, attribute) in code.match_indices("#[cfg(test)]") {
        let item = start + attribute.len();
        let end = match code[item..].find(['{', ';']) {
            Some(at) if code[item + at..].starts_with('{') => closing(code, item + at),
            Some(at) => item + at,
            None => item,
        };
        let first = newlines(&code[..start]);
        let last = newlines(&code[..end]);
        for line in lines.iter_mut().take(last + 1).skip(first) {
            line.is_test = true;
        }
    }
}

/// Where the brace that opens at `open` is closed; the end of the code if it never is.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    code.len()
}

/// How many lines end in a piece of code.
pub fn newlines(code: &str) -> usize {
    code.bytes().filter(|byte| *byte == b'\n').count()
}

/// Replaces comments and the insides of strings and characters by spaces; lines stay where they are.
pub fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match quoted(&chars, at) {
            Some(end) => end.min(chars.len()),
            None => {
                code.push(chars[at]);
                at += 1;
                continue;
            }
        };
        code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    code
}

/// Where the comment, string or character that begins here ends; nothing when code begins here.
fn quoted(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => Some(find(chars, at, |rest| rest[0] == '\n')),
        '/' if next == Some('*') => Some(after_block_comment(chars, at)),
        '"' => Some(after_string(chars, at + 1, '"')),
        '\'' if next == Some('\\') || chars.get(at + 2) == Some(&'\'') => Some(after_string(chars, at + 1, '\'')),
        'r' if !continues_a_name(chars, at) => after_raw_string(chars, at + 1),
        _ => None,
    }
}

/// Whether the `r` here ends a longer word; `br` and `cr` open raw strings too.
fn continues_a_name(chars: &[char], at: usize) -> bool {
    let is_name = |back: usize| at >= back && (chars[at - back].is_alphanumeric() || chars[at - back] == '_');
    let is_prefix = at >= 1 && matches!(chars[at - 1], 'b' | 'c') && !is_name(2);
    is_name(1) && !is_prefix
}

fn after_string(chars: &[char], from: usize, quote: char) -> usize {
    let mut at = from;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn after_raw_string(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from..].iter().take_while(|c| **c == '#').count();
    if chars.get(from + hashes) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    Some(find(chars, from + hashes + 1, |rest| rest.starts_with(&end)) + end.len())
}

fn after_block_comment(chars: &[char], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    at
}

fn find(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| found(&chars[*at..])).unwrap_or(chars.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_not_code() {
        assert_eq!(blank("a // b\nc /* d /* e */ f */ g").replace(' ', ""), "a\ncg");
    }

    #[test]
    fn what_stands_in_strings_is_not_code() {
        for quoted in [r#""b""#, r#""b\"b""#, r##"r#"b"b"#"##, r##"br#"b"#"##, "'b'", r"'\''", r"'\u{7d}'", "b'b'"] {
            let code = blank(&format!("fn a() {{ x({quoted}); }}"));
            let code = code.replace(' ', "").replace(['b', 'r'], "");
            assert_eq!(code, "fna(){x();}", "{quoted}");
        }
    }

    #[test]
    fn lifetimes_and_raw_names_are_code() {
        assert_eq!(blank("fn a<'b>(r#fn: &'b str) {}"), "fn a<'b>(r#fn: &'b str) {}");
    }

    #[test]
    fn a_string_over_lines_keeps_them() {
        assert_eq!(newlines(&blank("\"a\nb\"\n")), 2);
    }

    #[test]
    fn what_is_never_closed_ends_with_the_file() {
        for text in ["\"a\\", "r#\"a", "/* a", "'\\", "// a"] {
            assert_eq!(blank(text).trim_end(), "", "{text}");
        }
        assert_eq!(closing("{ {", 0), 3);
    }

    #[test]
    fn only_the_items_under_cfg_test_are_tests() {
        let source = Source::new("a.rs", "a\n#[cfg(test)]\nmod tests {\n    {}\n}\nb\n#[cfg(test)]\nuse c;\nd\n");
        let product: Vec<_> = source.product().map(|line| line.text.as_str()).collect();
        assert_eq!(product, ["a", "b", "d"]);
    }

    #[test]
    fn a_mention_of_cfg_test_hides_nothing() {
        let source = Source::new("a.rs", "// #[cfg(test)]\nmod shipped {\n}\n");
        assert_eq!(source.product().count(), 3);
    }

    #[test]
    fn files_of_tests_are_tests_throughout() {
        assert_eq!(Source::new("crates/a/tests/b.rs", "x\n").product().count(), 0);
        assert_eq!(Source::new("crates/a/src/b/tests.rs", "x\n").product().count(), 0);
        assert_eq!(Source::new("crates/a/src/tests_of_time.rs", "x\n").product().count(), 1);
    }
}
