//! `lull extend`, `lull exclude` and `lull update`: what changes while a maintenance goes on.
use clap::Args;
use jiff::Timestamp;
use lull_api::params::{Clause, Extend as To, NewUpdate};
use lull_api::views::Maintenance;

use super::enter::instant;
use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::Session;
use crate::time::{self, Lasting, When};
use crate::words;

/// Moves the end.
#[derive(Args, Clone, Debug)]
#[command(group = clap::ArgGroup::new("end").required(true).args(["by", "until"]))]
pub struct Extend {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// So much later than now planned
    #[arg(long, value_name = "DURATION")]
    pub by: Option<Lasting>,
    /// The new end, later or earlier: RFC 3339, YYYY-MM-DD HH:MM or HH:MM in the maintenance's zone
    #[arg(long, value_name = "TIME")]
    pub until: Option<When>,
}

/// Lets a part of the scope out early.
#[derive(Args, Clone, Debug)]
pub struct Exclude {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// What goes back to normal, with everything below it
    pub path: String,
}

/// Tells how it is going.
#[derive(Args, Clone, Debug)]
pub struct Update {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// What people are told
    pub text: String,
    /// How far it is, 0 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub percent: Option<u8>,
    /// When it will be over; moves nothing
    #[arg(long, value_name = "TIME")]
    pub expected_end: Option<When>,
}

impl Extend {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; somebody was faster; there is no end to move.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let (ends_at, revision) = match self.by {
            // What is computed from what was read holds only while that is unchanged.
            Some(by) => (later(&found, by)?, Some(found.revision)),
            None => (instant(session, self.until, &found.zone).await?.unwrap_or_default(), None),
        };
        let changed = session.client.extend(&found.id, &To { ends_at }, revision).await?;
        let now = session.now().await?;
        session.answer(&changed, || {
            let end = changed.ends_at.as_deref().or(changed.until.as_deref()).unwrap_or_default();
            format!("{} ends {}.", changed.id, time::told_from(end, &changed.zone, now))
        })
    }
}

fn later(maintenance: &Maintenance, by: Lasting) -> Result<String, Failed> {
    let refused = |why: &str| {
        Failed::new(Exit::Refused, format!("{} {why}", maintenance.id)).remedy("Name the new end: --until TIME.")
    };
    let ends_at = maintenance.ends_at.as_deref().ok_or_else(|| refused("has no planned end that could be moved."))?;
    let ends_at: Timestamp = ends_at.parse().map_err(|_| refused("has an end that cannot be read."))?;
    by.after(ends_at).map(|at| at.to_string()).map_err(|why| refused(&format!("cannot end that late: {why}.")))
}

impl Exclude {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let clause = Clause { under: self.path.clone(), ..Clause::default() };
        let changed = session.client.exclude(&found.id, &clause).await?;
        session.answer(&changed, || format!("{} covers {} now.", changed.id, words::scope(&changed.scope)))
    }
}

impl Update {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let expected_end = instant(session, self.expected_end, &found.zone).await?;
        let update = NewUpdate { text: self.text.clone(), percent: self.percent, expected_end };
        let changed = session.client.update(&found.id, &update).await?;
        session.answer(&changed, || format!("Told: {}", self.text))
    }
}
