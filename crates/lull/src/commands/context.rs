//! `lull context`: servers by name.
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::contexts::{Context, Contexts, is_name};
use crate::failed::{Exit, Failed};
use crate::session::{Shown, lines, table};

/// What to do about contexts.
#[derive(Subcommand, Clone, Debug)]
pub enum ContextCommand {
    /// Give a server a name, or its name another server; the first is in use from then on
    #[command(after_help = "Example: lull context add prod --url https://lull.example.org --token-file prod-token")]
    Add(Add),
    /// Speak to this server from now on
    #[command(after_help = "Example: lull context use prod")]
    Use {
        /// Its name
        name: String,
    },
    /// List the servers that have names
    #[command(after_help = "Example: lull context list")]
    List,
    /// Forget a name
    #[command(after_help = "Example: lull context remove prod")]
    Remove {
        /// The name
        name: String,
    },
}

/// A server and its name.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// Its name
    #[arg(value_parser = is_name)]
    pub name: String,
    /// The variable of the environment that holds the token for it
    #[arg(long, value_name = "VARIABLE")]
    pub token_env: Option<String>,
}

impl ContextCommand {
    /// Does it. The URL and the file of the token are options of every command: those that were typed.
    ///
    /// # Errors
    /// The file cannot be read or written; there is no such context.
    pub fn run(&self, url: Option<String>, token_file: Option<PathBuf>, shown: Shown) -> Result<(), Failed> {
        let mut contexts = Contexts::read()?;
        match self {
            Self::Add(add) => {
                let context = add.context(url, token_file)?;
                contexts.in_use.get_or_insert_with(|| add.name.clone());
                let told = told(&add.name, &context, contexts.in_use.as_ref() == Some(&add.name));
                contexts.all.insert(add.name.clone(), context);
                contexts.write()?;
                shown.answer(&json!(contexts), || told)
            }
            Self::Use { name } => {
                contexts.named(name)?;
                contexts.in_use = Some(name.clone());
                contexts.write()?;
                shown.answer(&json!(contexts), || format!("{name} is in use."))
            }
            Self::List => shown.answer(&json!(contexts), || listed(&contexts, shown.is_terminal)),
            Self::Remove { name } => {
                contexts.named(name)?;
                contexts.all.remove(name);
                contexts.in_use = contexts.in_use.take().filter(|in_use| in_use != name);
                contexts.write()?;
                shown.answer(&json!(contexts), || format!("{name} is forgotten."))
            }
        }
    }
}

impl Add {
    fn context(&self, url: Option<String>, token_file: Option<PathBuf>) -> Result<Context, Failed> {
        let usage = |what: &str| Failed::new(Exit::Usage, what);
        let url = url.ok_or_else(|| usage("A context is a server.").remedy("Name its URL: --url URL."))?;
        if token_file.is_some() && self.token_env.is_some() {
            return Err(usage("The token stands in a file or in a variable.").remedy("Give one of the two."));
        }
        lull_api::Client::new(&url, None).map_err(|error| usage(&error.to_string()).remedy("Correct --url."))?;
        let whole = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        Ok(Context { url, token_file: token_file.map(whole), token_env: self.token_env.clone() })
    }
}

fn told(name: &str, context: &Context, in_use: bool) -> String {
    let then = if in_use { "It is in use.".to_owned() } else { format!("`lull context use {name}` uses it.") };
    format!("{name} is {}. {then}", context.url)
}

fn listed(contexts: &Contexts, is_terminal: bool) -> String {
    if contexts.all.is_empty() {
        return "There is no context. `lull context add NAME --url URL` makes one.".to_owned();
    }
    let mut table = table(["NAME", "URL", "TOKEN", "IN USE"], is_terminal);
    for (name, context) in &contexts.all {
        let token = match (&context.token_file, &context.token_env) {
            (Some(file), _) => file.display().to_string(),
            (None, Some(variable)) => format!("${variable}"),
            (None, None) => String::new(),
        };
        let in_use = if contexts.in_use.as_ref() == Some(name) { "yes" } else { "" };
        table.add_row([name, &context.url, &token, in_use]);
    }
    lines(&table)
}
