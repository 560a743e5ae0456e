//! `lull wait`: waits until a maintenance is as one needs it.
use clap::{Args, ValueEnum};

use crate::failed::Failed;
use crate::find;
use crate::session::Session;
use crate::time::Lasting;
use crate::wait::{Goal, Waiting};
use crate::words;

/// Waits until a maintenance is ready, or done.
#[derive(Args, Clone, Debug)]
pub struct Wait {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// What to wait for
    #[arg(value_enum)]
    pub until: Until,
    /// How long to wait at most
    #[arg(long, default_value = "10m", value_name = "DURATION")]
    pub timeout: Lasting,
}

/// What is waited for.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// Nothing new is let in, and nothing that must end still runs; while it is verified: all is back
    Ready,
    /// It is completed or cancelled
    Done,
}

impl Wait {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer; as [`Waiting::on`].
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let (goal, found) = match self.until {
            Until::Ready => (Goal::Ready, find::maintenance(session, &self.id).await?),
            Until::Done => (Goal::Over, find::newest(session, &self.id).await?),
        };
        let maintenance = Waiting::up_to(self.timeout).on(session, found, goal).await?;
        session.answer(&maintenance, || {
            let ready = if self.until == Until::Ready { " and ready" } else { "" };
            format!("{} is {}{ready}.", maintenance.id, words::state(&maintenance))
        })
    }
}
