//! `lull log`: what happened.
use std::time::Duration;

use clap::Args;
use lull_api::Error;
use lull_api::params::Listing;
use lull_api::views::Event;

use super::enter::past;
use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::{Session, note, print};
use crate::time::{self, When};

/// How long a silence is waited out before asking again.
const QUIET: Duration = Duration::from_secs(60);

/// Prints the log.
#[derive(Args, Clone, Debug)]
pub struct Log {
    /// Of one maintenance: its id, or a path: the newest that has it as a root
    #[arg(value_name = "ID|PATH")]
    pub id: Option<String>,
    /// Only entries of this kind: order, engagement, target, token, notice, job or pass
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Only entries about this target
    #[arg(long, value_name = "PATH")]
    pub target: Option<String>,
    /// Only what somebody of this name did
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Only entries from then on: RFC 3339, YYYY-MM-DD HH:MM, or HH:MM for the last time a clock showed it
    #[arg(long, value_name = "TIME")]
    pub since: Option<When>,
    /// Only entries before then
    #[arg(long, value_name = "TIME")]
    pub until: Option<When>,
    /// Only entries after this number
    #[arg(long, value_name = "SEQ")]
    pub after: Option<u64>,
    /// Go on with what happens from now, until interrupted; with --json one object a line
    #[arg(long, short)]
    pub follow: bool,
    /// The IANA zone that times are typed and told in; this machine's if left out
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
}

impl Log {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let zone = self.zone.clone().unwrap_or_else(time::zone_here);
        time::zone(&zone).map_err(|why| Failed::new(Exit::Usage, why))?;
        let maintenance = match &self.id {
            Some(id) if find::is_id(id) => Some(find::id(session, id).await?),
            Some(path) => Some(find::newest(session, path).await?.id),
            None => None,
        };
        let listing = Listing {
            kind: self.kind.clone(),
            after: self.after,
            maintenance,
            target: self.target.clone(),
            by: self.by.clone(),
            since: past(session, self.since, &zone).await?,
            until: past(session, self.until, &zone).await?,
            ..Listing::default()
        };
        let events = session.client.events(&listing).await?;
        if !self.follow {
            return session.answer(&events, || match events.items.as_slice() {
                [] => "Nothing of that happened yet.".to_owned(),
                items => items.iter().map(|event| line(event, &zone)).collect::<Vec<_>>().join("\n"),
            });
        }
        events.items.iter().try_for_each(|event| one(session, event, &zone))?;
        let after = events.items.last().map(|event| event.seq).or(self.after);
        follow(session, Listing { after, ..listing }, &zone).await
    }
}

async fn follow(session: &Session, listing: Listing, zone: &str) -> Result<(), Failed> {
    let mut events = session.client.follow(listing);
    let mut is_lost = false;
    loop {
        match events.next(QUIET).await {
            Ok(Some(event)) => {
                is_lost = false;
                one(session, &event, zone)?;
            }
            Ok(None) => is_lost = false,
            Err(error @ Error::Unreachable { .. }) => {
                if !is_lost {
                    note(&format!("Connection lost: {error}. It goes on when the server is back."));
                }
                is_lost = true;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn one(session: &Session, event: &Event, zone: &str) -> Result<(), Failed> {
    if session.json {
        let json = serde_json::to_string(event).map_err(|error| Failed::new(Exit::Unexpected, error.to_string()))?;
        return print(&json);
    }
    print(&line(event, zone))
}

fn line(event: &Event, zone: &str) -> String {
    let about = event.maintenance.as_ref().or(event.target.as_ref()).map(|it| format!("  {it}")).unwrap_or_default();
    let by = event.by.as_ref().map(|by| format!("  by {by}")).unwrap_or_default();
    format!("{:>6}  {}  {:<10}  {}{by}{about}", event.seq, time::exact(&event.at, zone), event.kind, event.text)
}
