//! `lull complete` and `lull cancel`: what ends a maintenance.
use clap::Args;
use lull_api::params::Closing;

use crate::failed::Failed;
use crate::find;
use crate::session::Session;
use crate::wait::Waiting;
use crate::words;

/// Ends a maintenance; what ran before runs again.
#[derive(Args, Clone, Debug)]
pub struct End {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// What people are told
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Why, for the record; --break-glass needs it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// End what an observer holds; a permission of its own
    #[arg(long, requires = "reason")]
    pub break_glass: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// How it is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// What was to be done is done.
    Completed,
    /// It is given up, or never begins.
    Cancelled,
}

impl End {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; while waiting, as [`Waiting::on`].
    pub async fn run(&self, session: &Session, how: How) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let closing =
            Closing { message: self.message.clone(), reason: self.reason.clone(), break_glass: self.break_glass };
        let mut left = self.waiting.left(session, &found.id).await;
        let ended = match how {
            How::Completed => session.client.complete(&found.id, &closing).await?,
            How::Cancelled => session.client.cancel(&found.id, &closing).await?,
        };
        let maintenance = self.waiting.until_over(session, ended, &mut left).await?;
        session.answer(&maintenance, || {
            let mut lines = vec![format!("{} is {}.", maintenance.id, words::state(&maintenance))];
            lines.extend(left.lines());
            lines.join("\n")
        })
    }
}
