//! `lull feed`: calendars of what is planned, for whoever has their link.
use clap::{Args, Subcommand};
use lull_api::params::{Listing, NewFeed};

use crate::failed::Failed;
use crate::find;
use crate::session::{Session, lines};
use crate::time;

/// What to do about feeds.
#[derive(Subcommand, Clone, Debug)]
pub enum FeedCommand {
    /// Make a calendar of the maintenances of a part of the estate; a secret link is shown once
    #[command(after_help = "Example: lull feed add acme/prod")]
    Add(Add),
    /// List feeds; the links of public ones
    #[command(after_help = "Example: lull feed list acme")]
    List {
        /// Of targets at or below this path
        path: Option<String>,
    },
    /// Take a feed away: its link answers nobody any more
    #[command(after_help = "Example: lull feed revoke fed_0199f3a27c417d209a553f1b8e6c2d04")]
    Revoke {
        /// Its id
        id: String,
    },
}

/// A new feed.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// The part of the estate; / is everything
    pub path: String,
    /// The link is no secret: texts and times are for everybody. Takes an administrator
    #[arg(long)]
    pub public: bool,
}

impl FeedCommand {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::Add(add) => add.run(session).await,
            Self::List { path } => list(session, path.as_deref()).await,
            Self::Revoke { id } => {
                session.client.revoke_feed(id).await?;
                session.say(&format!("{id} is gone: its link answers nobody any more."))
            }
        }
    }
}

impl Add {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let feed = session.client.create_feed(&NewFeed { under: self.path.clone(), public: self.public }).await?;
        session.answer(&feed, || {
            let url = format!("{}{}", session.client.url(), feed.url.as_deref().unwrap_or_default());
            let once = match feed.public {
                true => "Everybody who knows it may read it.",
                false => "It is shown this once. Whoever knows it sees what you may see there.",
            };
            format!(
                "{url}\n{once} Calendars look again every 15 minutes.\n`lull feed revoke {}` takes it away.",
                feed.id
            )
        })
    }
}

async fn list(session: &Session, path: Option<&str>) -> Result<(), Failed> {
    find::place(session, path).await?;
    let feeds = session.client.feeds(&Listing { under: path.map(str::to_owned), ..Listing::default() }).await?;
    let zone = time::zone_here();
    session.answer(&feeds, || {
        if feeds.items.is_empty() {
            return "There is no feed. `lull feed add PATH` makes one.".to_owned();
        }
        let mut table = session.table(["ID", "UNDER", "BY", "MADE", "LINK"]);
        for feed in &feeds.items {
            let link =
                feed.url.as_ref().map_or_else(|| "secret".to_owned(), |url| format!("{}{url}", session.client.url()));
            table.add_row([&feed.id, &feed.under, &feed.by, &time::short(&feed.created_at, &zone), &link]);
        }
        lines(&table)
    })
}
