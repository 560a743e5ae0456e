//! `lull verify` and `lull reenter`: what is started to be looked at, and stopped again.
use clap::Args;

use crate::failed::Failed;
use crate::find;
use crate::session::Session;
use crate::wait::{Goal, Waiting};
use crate::words;

/// Starts what was stopped so that it can be looked at, or stops it again.
#[derive(Args, Clone, Debug)]
pub struct Again {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    #[command(flatten)]
    waiting: Waiting,
}

impl Again {
    /// Starts what was stopped; waits until all is back.
    ///
    /// # Errors
    /// The server does not answer or refuses; while waiting, as [`Waiting::on`].
    pub async fn verify(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let verified = session.client.verify(&found.id).await?;
        let maintenance = self.waiting.on(session, verified, Goal::Back).await?;
        session.answer(&maintenance, || {
            let mut text = format!("{} is {}.", maintenance.id, words::state(&maintenance));
            maintenance.returning.iter().for_each(|one| text.push_str(&format!("\n  {}  {}", one.target, one.words)));
            text
        })
    }

    /// Stops it again; waits until all is quiet.
    ///
    /// # Errors
    /// As [`Again::verify`].
    pub async fn reenter(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let entered = session.client.reenter(&found.id).await?;
        let maintenance = self.waiting.on(session, entered, Goal::Active).await?;
        session.answer(&maintenance, || format!("{} is {}.", maintenance.id, words::state(&maintenance)))
    }
}
