//! Colours: only where a terminal shows them, and nobody said that he wants none.
use std::io::IsTerminal as _;
use std::sync::OnceLock;

use comfy_table::{Cell, Color};
use lull_api::views::Maintenance;

use crate::words;

/// Whether a person on this machine wants colours at all; decided once, before anything is printed.
static WANTED: OnceLock<bool> = OnceLock::new();

/// Decides: not with `--no-color`, `NO_COLOR`, or a terminal that has none.
pub fn decide(no_color: bool) {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let dumb = set("TERM").is_none_or(|term| term == "dumb");
    WANTED.get_or_init(|| !no_color && set("NO_COLOR").is_none() && !dumb);
}

fn is_wanted() -> bool {
    WANTED.get().copied().unwrap_or(false)
}

/// What went wrong, as standard error shows it: its first line stands out.
pub fn failure(text: &str) -> String {
    on_stderr(text, "\x1b[1;31m")
}

/// What should be known beside the answer.
pub fn warning(text: &str) -> String {
    on_stderr(text, "\x1b[33m")
}

fn on_stderr(text: &str, colour: &str) -> String {
    if !is_wanted() || !std::io::stderr().is_terminal() {
        return text.to_owned();
    }
    match text.split_once('\n') {
        Some((first, rest)) => format!("{colour}{first}\x1b[0m\n{rest}"),
        None => format!("{colour}{text}\x1b[0m"),
    }
}

/// The state of a maintenance, warm where a person is asked. The words say it, too.
pub fn state(maintenance: &Maintenance) -> Cell {
    let cell = Cell::new(words::state(maintenance));
    let flags = maintenance.flags;
    let colour = match (maintenance.phase.as_deref(), flags.needs_attention, flags.overdue) {
        _ if !is_wanted() => return cell,
        (_, true, _) => Color::Red,
        (_, _, true) => Color::Yellow,
        (Some("active"), ..) => Color::Magenta,
        (Some(_), ..) => Color::Cyan,
        (None, ..) => return cell,
    };
    cell.fg(colour)
}
