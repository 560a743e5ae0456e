//! The configurations as the pages have them: what is documented is what is tested.
use std::fs;
use std::path::Path;

/// A page under `docs/proxies`.
pub struct Page(String);

impl Page {
    pub fn read(name: &str) -> Page {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/proxies/{name}.md"));
        Page(fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The text of its fenced blocks in this language, in their order.
    pub fn blocks(&self, language: &str) -> Vec<&str> {
        let fence = format!("```{language}\n");
        self.0.split(&fence).skip(1).map(|rest| rest.split("```").next().expect("there is a first part")).collect()
    }
}

/// A configuration with the other choice for when Lull is down: what stands from the comment that says so to the next
/// empty line is replaced.
pub fn closed(open: &str, other: &str) -> String {
    let begins = open.find("When Lull is down: open.").expect("the choice is marked");
    let begins = open[..begins].rfind('\n').map_or(0, |end| end + 1);
    let ends = open[begins..].find("\n\n").map_or(open.len(), |end| begins + end + 1);
    format!("{}{other}{}", &open[..begins], &open[ends..])
}

/// Replaces what the page says by what a test has; it must be there.
#[track_caller]
pub fn put(config: &str, said: &str, here: &str) -> String {
    assert!(config.contains(said), "{said:?} is not in the documented configuration:\n{config}");
    config.replace(said, here)
}
