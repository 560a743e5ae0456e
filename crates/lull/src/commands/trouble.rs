//! `lull retry` and `lull accept`: what a person does about what failed.
use clap::Args;
use lull_api::params::{Accept as Accepted, Retry as Retried};

use crate::failed::Failed;
use crate::find;
use crate::session::Session;
use crate::wait::{Goal, Waiting};
use crate::words;

/// Tries again what failed.
#[derive(Args, Clone, Debug)]
pub struct Retry {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// Names of things or paths of targets; all that failed if left out
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Stop the things that are named without the backup that failed; a permission of its own
    #[arg(long, requires_all = ["names", "reason"])]
    pub force: bool,
    /// Why, for the record; --force needs it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    #[command(flatten)]
    waiting: Waiting,
}

/// Accepts things as they are: nobody tries to stop or start them any more.
#[derive(Args, Clone, Debug)]
pub struct Accept {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// Names of things or paths of targets
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

impl Retry {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; while waiting, as [`Waiting::on`].
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let goal = if found.phase.as_deref() == Some("leaving") { Goal::Over } else { Goal::Active };
        let names = (!self.names.is_empty()).then(|| self.names.clone());
        let retried = Retried { names, force: self.force, reason: self.reason.clone() };
        let tried = session.client.retry(&found.id, &retried).await?;
        let maintenance = self.waiting.on(session, tried, goal).await?;
        session.answer(&maintenance, || format!("Tried again. {} is {}.", maintenance.id, words::state(&maintenance)))
    }
}

impl Accept {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let accept = Accepted { names: self.names.clone(), reason: self.reason.clone() };
        let maintenance = session.client.accept(&found.id, &accept).await?;
        session.answer(&maintenance, || {
            format!(
                "Accepted as they are: {}. {} is {}.",
                self.names.join(", "),
                maintenance.id,
                words::state(&maintenance)
            )
        })
    }
}
