//! `lull approve`: the word of a second person on a plan.
use std::io::{BufRead, IsTerminal, Write};

use clap::Args;
use lull_api::params;

use super::show::planned;
use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::Session;
use crate::words;

/// Approves the plan of a maintenance.
#[derive(Args, Clone, Debug)]
pub struct Approve {
    /// Its id, or the path of a target that it alone has as a root
    #[arg(value_name = "ID|PATH")]
    pub id: String,
    /// The hash of the plan that was looked at, as `lull plan` prints it; nobody is asked then
    #[arg(long, value_name = "HASH", conflicts_with = "yes")]
    pub plan: Option<String>,
    /// Approve the plan as it stands, and do not ask
    #[arg(long)]
    pub yes: bool,
}

impl Approve {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; the plan is another one; somebody says no.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let found = find::maintenance(session, &self.id).await?;
        let plan = match &self.plan {
            Some(hash) => hash.clone(),
            None => self.looked_at(session, &found.id).await?,
        };
        let approved = session.client.approve(&found.id, &params::Approve { plan }).await?;
        session.answer(&approved, || {
            let said = approved.approval.as_ref().map(words::approval).unwrap_or_else(|| "approved".to_owned());
            format!("{} is {}, {said}.", approved.id, words::state(&approved))
        })
    }

    /// The hash of the plan as it stands, once somebody has looked at it.
    async fn looked_at(&self, session: &Session, id: &str) -> Result<String, Failed> {
        let plan = session.client.plan(id).await?;
        if self.yes {
            return Ok(plan.hash);
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failed::new(Exit::Usage, "Nobody can be asked whether the plan is right.")
                .remedy("Give --plan HASH of the plan that was looked at, or --yes."));
        }
        print!("{}\n\nType yes to approve it: ", planned(session, &plan));
        let _not_vital = std::io::stdout().flush();
        let mut line = String::new();
        let _typed = std::io::stdin().lock().read_line(&mut line);
        match line.trim() == "yes" {
            true => Ok(plan.hash),
            false => Err(Failed::new(Exit::Usage, "Nothing was approved.")),
        }
    }
}
