//! Where the functions of a file begin, how long they are.

use super::source::{Source, closing, newlines};

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, counted from one.
    pub line: usize,
    /// From the line of `fn` to the line of its closing brace, both counted.
    pub length: usize,
}

/// The functions that are shipped; one inside another counts for both.
pub fn of(source: &Source) -> Vec<Function> {
    let lines: Vec<&str> = source.lines.iter().map(|line| if line.is_test { "" } else { &line.code }).collect();
    let code = lines.join("\n");
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if let Some((name, end)) = function_at(&code, at) {
            let line = newlines(&code[..at]) + 1;
            functions.push(Function { name, line, length: newlines(&code[at..end]) + 1 });
        }
    }
    functions
}

/// The name of the function whose `fn` stands at `at`, and its closing brace; nothing for a type or a bare signature.
fn function_at(code: &str, at: usize) -> Option<(String, usize)> {
    if code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | '$')) {
        return None;
    }
    let after = code[at + "fn ".len()..].trim_start();
    let name: String = after.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '#')).collect();
    if name.is_empty() {
        return None;
    }
    let open = body(code, at)?;
    Some((name, closing(code, open)))
}

/// Where the body opens. A semicolon within brackets belongs to an array, not to the end of a signature.
fn body(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(at),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, usize, usize)> {
        of(&Source::new("a.rs", text)).into_iter().map(|it| (it.name, it.line, it.length)).collect()
    }

    #[test]
    fn a_function_is_as_long_as_from_its_fn_to_its_brace() {
        let text = "/// d\npub async fn a<T>(\n    x: [u8; 3],\n) -> T\nwhere\n    T: Fn(u8) -> u8,\n{\n    b\n}\n";
        assert_eq!(found(text), [("a".to_owned(), 2, 8)]);
    }

    #[test]
    fn braces_in_strings_and_comments_do_not_close_it() {
        assert_eq!(found("fn a() {\n    x(\"}\"); // }\n    '}';\n}\n"), [("a".to_owned(), 1, 4)]);
    }

    #[test]
    fn a_function_within_counts_for_both() {
        let text = "fn a() {\n    fn b() {\n    }\n}\n";
        assert_eq!(found(text), [("a".to_owned(), 1, 4), ("b".to_owned(), 2, 2)]);
    }

    #[test]
    fn what_is_no_function_is_not_counted() {
        let text =
            "trait A {\n    fn a(&self, b: [u8; 2]);\n}\ntype B = fn (u8);\nmacro_rules! c { () => { fn $d() {} } }\n";
        assert_eq!(found(text), []);
    }

    #[test]
    fn tests_are_not_counted() {
        assert_eq!(found("#[cfg(test)]\nmod tests {\n    fn a() {}\n}\nfn b() {}\n"), [("b".to_owned(), 5, 1)]);
    }
}
