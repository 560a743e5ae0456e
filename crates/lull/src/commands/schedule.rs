//! `lull schedule` and `lull start`: what begins later, and what begins early.
use clap::Args;
use lull_api::params::{Override, Overruling};

use super::enter::{What, instant, told};
use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::{Session, warn};
use crate::time::{self, When};
use crate::wait::{Goal, Waiting};
use crate::words;

/// Schedules a new maintenance, or a draft.
#[derive(Args, Clone, Debug)]
pub struct Schedule {
    /// The targets, each with everything below it; or the id of one draft
    #[arg(required = true, value_name = "PATH|ID")]
    pub names: Vec<String>,
    /// When it begins: RFC 3339, YYYY-MM-DD HH:MM or HH:MM
    #[arg(long, value_name = "TIME")]
    pub at: Option<When>,
    #[command(flatten)]
    what: What,
}

/// Begins one that is scheduled, or a draft, now.
#[derive(Args, Clone, Debug)]
pub struct Start {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// Accept what speaks against it, such as a blackout, for this reason; needs the permission override
    #[arg(long = "override", value_name = "REASON")]
    pub overrule: Option<String>,
    #[command(flatten)]
    waiting: Waiting,
}

impl Schedule {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; no time is given.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let maintenance = match (self.at, self.names.as_slice()) {
            (None, [id]) if find::is_id(id) => {
                session.client.schedule(&find::id(session, id).await?, &overruling(&self.what.overrule)).await?
            }
            (None, _) => {
                return Err(Failed::new(Exit::Usage, "A new maintenance needs the time at which it begins.")
                    .remedy("Give --at TIME, or `lull enter` to begin now; `lull schedule ID` schedules a draft."));
            }
            (Some(_), names) if names.iter().any(|name| find::is_id(name)) => {
                return Err(Failed::new(Exit::Usage, "--at is for a new maintenance, and that is the id of one.")
                    .remedy("`lull schedule ID` schedules a draft at the time it has."));
            }
            (Some(at), paths) => {
                let mut body = self.what.body(session, paths).await?;
                body.starts_at = instant(session, Some(at), &self.what.zone()).await?;
                session.client.create(&body).await?
            }
        };
        warn(&maintenance);
        let now = session.now().await?;
        session.answer(&maintenance, || {
            let begins = maintenance.starts_at.as_ref().map(|at| time::told_from(at, &maintenance.zone, now));
            let begins = begins.unwrap_or_else(|| "when it is started".to_owned());
            format!("Scheduled: begins {begins}.\n{}", told(&maintenance, now))
        })
    }
}

impl Start {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; while waiting, as [`Waiting::on`].
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let begun = session.client.start(&found.id, &overruling(&self.overrule)).await?;
        warn(&begun);
        let maintenance = self.waiting.on(session, begun, Goal::Active).await?;
        session.answer(&maintenance, || format!("{} is {}.", maintenance.id, words::state(&maintenance)))
    }
}

/// Accepts what speaks against it, where a reason is given.
fn overruling(reason: &Option<String>) -> Overruling {
    Overruling { overrule: reason.clone().map(|reason| Override { reason }) }
}
