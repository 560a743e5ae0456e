//! `lull banner`: what members see on a target.
use clap::Args;
use lull_api::params::NewBanner;

use crate::failed::Failed;
use crate::find;
use crate::session::Session;

/// Puts up a banner on a target, or takes it down; it restricts nothing.
#[derive(Args, Clone, Debug)]
pub struct Banner {
    /// The target
    #[arg(value_name = "PATH")]
    pub path: String,
    /// One line; left out, the last one, or one made of the next maintenance there
    #[arg(value_name = "TEXT", conflicts_with = "off")]
    pub text: Option<String>,
    /// Take it down
    #[arg(long)]
    pub off: bool,
}

impl Banner {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let target = find::target(session, &self.path).await?;
        let banner = NewBanner { text: self.text.clone(), on: !self.off };
        let target = session.client.banner(&target.id, &banner).await?;
        session.answer(&target, || match &target.banner {
            Some(banner) if banner.on => format!("{} shows: {}", target.path, banner.text),
            Some(_) | None => format!("{} shows no banner.", target.path),
        })
    }
}
