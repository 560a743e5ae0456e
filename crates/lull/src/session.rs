//! What every command is given: the server it speaks to, and where it prints.
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width};
use jiff::Timestamp;
use lull_api::Client;
use lull_api::views::Maintenance;
use serde::Serialize;

use crate::contexts::{Contexts, token_in};
use crate::failed::{Exit, Failed};
use crate::paint;

/// Where a server listens that nobody told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:7420";

/// Which server, and as whom.
///
/// What is typed goes before the environment, the environment before the context in use, the context before the default.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The server's URL [default: that of the context in use, else http://127.0.0.1:7420]
    #[arg(long, env = "LULL_URL", hide_env_values = true, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// The token to show it; seen by everybody who lists processes, so prefer LULL_TOKEN or --token-file
    #[arg(long, env = "LULL_TOKEN", hide_env_values = true, global = true, value_name = "TOKEN")]
    pub token: Option<String>,
    /// A file that holds the token; goes before --token
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The server of this name, as `lull context` keeps it; typed, it goes before LULL_URL and LULL_TOKEN
    #[arg(long, env = "LULL_CONTEXT", hide_env_values = true, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Print the API's JSON on standard output instead of tables and sentences
    #[arg(long, global = true)]
    pub json: bool,
    /// No colours; there are none without a terminal, with NO_COLOR or with TERM=dumb either
    #[arg(long, global = true)]
    pub no_color: bool,
    /// What of the above was typed.
    #[arg(skip)]
    pub typed: Typed,
}

/// Which options were typed, not taken from the environment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Typed {
    /// The URL was.
    pub url: bool,
    /// The token was.
    pub token: bool,
    /// The context was.
    pub context: bool,
}

impl Typed {
    /// What was typed of these.
    pub fn of(matches: &ArgMatches) -> Self {
        let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        Self { url: typed("url"), token: typed("token"), context: typed("context") }
    }
}

impl Connection {
    /// The URL and the token, by who goes before whom. The token of a context is for its server alone.
    fn resolved(&self) -> Result<(String, Option<String>), Failed> {
        let contexts = Contexts::read()?;
        let name = self.context.as_ref().or(contexts.in_use.as_ref());
        let context = name.map(|name| contexts.named(name)).transpose()?;
        // Whoever types a name means that server, whatever his environment says.
        let is_passed_over = |typed: bool| self.typed.context && !typed;
        let url = self.url.clone().filter(|_| !is_passed_over(self.typed.url));
        let token = match &self.token_file {
            Some(file) => Some(token_in(file)?),
            None => self.token.clone().filter(|_| !is_passed_over(self.typed.token)),
        };
        let own = match (&url, &token, context) {
            (None, None, Some(context)) => context.token()?,
            _ => None,
        };
        let url = url.or_else(|| context.map(|context| context.url.clone()));
        Ok((url.unwrap_or_else(|| DEFAULT_URL.to_owned()), token.or(own)))
    }
}

/// A server and a place to print.
pub struct Session {
    /// The server.
    pub client: Client,
    /// JSON is wanted.
    pub json: bool,
    /// Somebody reads along on a terminal.
    pub is_terminal: bool,
}

impl Session {
    /// A session with the server that was named.
    ///
    /// # Errors
    /// The URL is none, or the file with the token cannot be read.
    pub fn open(connection: &Connection) -> Result<Self, Failed> {
        let (url, token) = connection.resolved()?;
        let client = Client::new(&url, token.filter(|token| !token.is_empty())).map_err(|error| {
            Failed::new(Exit::Usage, error.to_string()).remedy("Check --url, LULL_URL and the context.")
        })?;
        Ok(Self { client, json: connection.json, is_terminal: std::io::stdout().is_terminal() })
    }

    /// What the server's clock says: the `Date` of its last answer.
    ///
    /// # Errors
    /// There was no answer yet and there is none now, or something on the way strips the header.
    pub async fn now(&self) -> Result<Timestamp, Failed> {
        if self.client.date().is_none() {
            self.client.healthz().await?;
        }
        let date = self.client.date();
        let now = date.and_then(|date| jiff::fmt::rfc2822::parse(&date).ok()).map(|now| now.timestamp());
        now.ok_or_else(|| {
            Failed::new(Exit::Unexpected, format!("{} tells no time in its answers", self.client.url()))
                .remedy("Give times with an offset, or let the proxy in between keep the header Date.")
        })
    }

    /// Prints an answer: its JSON, or what it says to people.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn answer<T: Serialize>(&self, answer: &T, told: impl FnOnce() -> String) -> Result<(), Failed> {
        Shown { json: self.json, is_terminal: self.is_terminal }.answer(answer, told)
    }

    /// Prints a line for people; nothing when JSON is wanted.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn say(&self, line: &str) -> Result<(), Failed> {
        if self.json { Ok(()) } else { print(line) }
    }

    /// A table of these columns.
    pub fn table<const N: usize>(&self, columns: [&str; N]) -> Table {
        table(columns, self.is_terminal)
    }
}

/// How answers are shown where no server is asked.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// JSON is wanted.
    pub json: bool,
    /// Somebody reads along on a terminal.
    pub is_terminal: bool,
}

impl Shown {
    /// As this connection says.
    pub fn by(connection: &Connection) -> Self {
        Self { json: connection.json, is_terminal: std::io::stdout().is_terminal() }
    }

    /// Prints an answer: its JSON, or what it says to people.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn answer<T: Serialize>(self, answer: &T, told: impl FnOnce() -> String) -> Result<(), Failed> {
        if self.json {
            let json = serde_json::to_string_pretty(answer)
                .map_err(|error| Failed::new(Exit::Unexpected, format!("writing JSON: {error}")))?;
            return print(&json);
        }
        print(&told())
    }
}

/// A table of these columns, as wide as the terminal, if there is one.
pub fn table<const N: usize>(columns: [&str; N], is_terminal: bool) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(columns);
    table.set_content_arrangement(if is_terminal { ContentArrangement::Dynamic } else { ContentArrangement::Disabled });
    table
}

/// A table as text, without spaces at the ends of its lines. No id and no path is broken across lines.
pub fn lines(table: &Table) -> String {
    let mut table = table.clone();
    for index in 0..table.column_count() {
        let whole = longest(&table, index);
        if let Some(column) = table.column_mut(index).filter(|column| column.constraint().is_none()) {
            // The padding of a cell, a space on either side, counts.
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(whole + 2)));
        }
    }
    table
        .to_string()
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect::<Vec<_>>()
        .join("\n")
}

/// How wide the longest of a column's ids and paths is.
fn longest(table: &Table, index: usize) -> u16 {
    let contents = table.row_iter().filter_map(|row| row.cell_iter().nth(index)).map(Cell::content);
    let width = |content: String| {
        let whole = content.split_whitespace().filter(|word| index == 0 || word.contains('/'));
        whole.map(|word| word.chars().count()).max().unwrap_or_default()
    };
    contents.map(width).max().unwrap_or_default().try_into().unwrap_or(u16::MAX - 2)
}

/// Tells people what they should know beside the answer.
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// Tells people what a policy asks for and nobody does.
pub fn warn(maintenance: &Maintenance) {
    maintenance.warnings.iter().for_each(|warning| note(&paint::warning(&format!("Warning: {warning}"))));
}

/// Prints a text and ends the line. A reader who has seen enough is no failure.
///
/// # Errors
/// Standard output cannot be written to.
pub fn print(text: &str) -> Result<(), Failed> {
    match writeln!(std::io::stdout(), "{}", text.trim_end_matches('\n')) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_paths_stay_whole_however_narrow_the_terminal() {
        let mut table = Table::new();
        table.load_style(NOTHING).set_header(["ID", "TITLE", "STATE", "SCOPE", "ENDS"]);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(80);
        let (id, scope) = ("mnt_01a1fed57c417d209a553f1b8e6c2d04", "acme/prod/shop without acme/prod/shop/db");
        table.add_row([id, "New disks for the whole of the shop", "in progress", scope, "Sun 22 Nov 03:00 (+01:00)"]);
        let text = lines(&table);
        for whole in [id, "acme/prod/shop", "acme/prod/shop/db"] {
            assert!(text.split_whitespace().any(|word| word == whole), "{whole} in\n{text}");
        }
    }
}
