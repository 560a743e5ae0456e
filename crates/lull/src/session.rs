//! What every command is given: the server it speaks to, and where it prints.
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width};
use jiff::Timestamp;
use lull_api::Client;
use lull_api::views::Maintenance;
use serde::Serialize;

use crate::failed::{Exit, Failed};

/// Which server, and as whom.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The server's URL
    #[arg(
        long,
        env = "LULL_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:7420",
        global = true,
        value_name = "URL"
    )]
    pub url: String,
    /// The token to show it; seen by everybody who lists processes, so prefer LULL_TOKEN or --token-file
    #[arg(long, env = "LULL_TOKEN", hide_env_values = true, global = true, value_name = "TOKEN")]
    pub token: Option<String>,
    /// A file that holds the token; goes before --token
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Print the API's JSON on standard output instead of tables and sentences
    #[arg(long, global = true)]
    pub json: bool,
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
        let token = match &connection.token_file {
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|error| {
                    Failed::new(Exit::Usage, format!("reading the token from {}: {error}", file.display()))
                        .remedy("Name a file that you may read, or set LULL_TOKEN.")
                })?;
                Some(text.trim().to_owned())
            }
            None => connection.token.clone(),
        };
        let client = Client::new(&connection.url, token.filter(|token| !token.is_empty()))
            .map_err(|error| Failed::new(Exit::Usage, error.to_string()).remedy("Check --url and LULL_URL."))?;
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
        if self.json {
            let json = serde_json::to_string_pretty(answer)
                .map_err(|error| Failed::new(Exit::Unexpected, format!("writing JSON: {error}")))?;
            return print(&json);
        }
        print(&told())
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
        let mut table = Table::new();
        table.load_style(NOTHING).set_header(columns);
        table.set_content_arrangement(if self.is_terminal {
            ContentArrangement::Dynamic
        } else {
            ContentArrangement::Disabled
        });
        table
    }
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
    maintenance.warnings.iter().for_each(|warning| note(&format!("Warning: {warning}")));
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
