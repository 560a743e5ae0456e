//! `lull limit`: how much may be in maintenance at a time.
use clap::{Args, Subcommand};
use lull_api::params::{Listing, NewLimit};
use lull_api::views::Limit;

use crate::failed::Failed;
use crate::session::{Session, lines};

/// What is done with limits.
#[derive(Subcommand, Clone, Debug)]
pub enum LimitCommand {
    /// Let only so many targets of a kind be in maintenance at a time
    #[command(after_help = "Example: lull limit add acme/prod --kind service --max 2")]
    Add(Add),
    /// List the limits
    #[command(after_help = "Example: lull limit list")]
    List,
    /// Take a limit away
    #[command(after_help = "Example: lull limit remove lim_0199f3a27c417d209a553f1b8e6c2d04")]
    Remove {
        /// Its id
        id: String,
    },
}

/// A new limit.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// It holds for this target and all below it
    pub path: String,
    /// What is counted: organization, domain, environment, product, stack, service or node
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// How many at a time
    #[arg(long, value_name = "COUNT", required_unless_present = "percent", conflicts_with = "percent")]
    pub max: Option<u32>,
    /// How many of a hundred, rounded down, one at least
    #[arg(long, value_name = "PERCENT")]
    pub percent: Option<u8>,
}

impl LimitCommand {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::Add(add) => {
                let (under, kind) = (add.path.clone(), add.kind.clone());
                let new = NewLimit { under, kind, max: add.max, percent: add.percent };
                let made = session.client.create_limit(&new).await?;
                session.answer(&made, || format!("{}  {}", made.id, said(&made)))
            }
            Self::List => {
                let found = session.client.limits(&Listing::default()).await?;
                session.answer(&found, || {
                    if found.items.is_empty() {
                        return "No limits. `lull limit add PATH --kind service --max 2` sets one.".to_owned();
                    }
                    let mut table = session.table(["ID", "LIMIT", "BY"]);
                    for limit in &found.items {
                        table.add_row([limit.id.as_str(), &said(limit), &limit.by]);
                    }
                    lines(&table)
                })
            }
            Self::Remove { id } => {
                session.client.remove_limit(id).await?;
                session.say("The limit is gone.")
            }
        }
    }
}

fn said(limit: &Limit) -> String {
    let share = limit.percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
    format!("at most {} of kind {} at a time under {}{share}", limit.most, limit.kind, limit.under)
}
