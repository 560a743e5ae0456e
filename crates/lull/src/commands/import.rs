//! `lull import`: notices of others become drafts.
use std::io::Read as _;

use clap::Args;
use lull_api::params;
use lull_api::views::ImportedNotice;

use crate::failed::{Exit, Failed};
use crate::session::Session;

/// Notices to be imported.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// An iCalendar file, as carriers send it; - reads standard input
    #[arg(value_name = "FILE|-")]
    pub file: String,
    /// Where a notice belongs whose X-MAINTNOTE-OBJECT-ID is no target's external id
    #[arg(long, value_name = "PATH")]
    pub under: Option<String>,
}

impl Import {
    /// Does it.
    ///
    /// # Errors
    /// The file cannot be read; the server does not answer or refuses, all of it or some.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let text = self.text().map_err(|error| {
            Failed::new(Exit::Usage, format!("reading {}: {error}", self.file))
                .remedy("Name a file, or - for standard input.")
        })?;
        let imported = session.client.import_notices(text, &params::Import { under: self.under.clone() }).await?;
        session.answer(&imported, || match imported.notices.is_empty() {
            true => "There is no notice in it.".to_owned(),
            false => imported.notices.iter().map(told).collect::<Vec<_>>().join("\n"),
        })?;
        let refused = imported.notices.iter().filter(|notice| notice.did == "refused").count();
        if refused == 0 {
            return Ok(());
        }
        let what = format!("{refused} of {} notices could not be used.", imported.notices.len());
        Err(Failed::new(Exit::Refused, what).remedy("Mend what is told of each, or say where it belongs with --under."))
    }

    fn text(&self) -> std::io::Result<Vec<u8>> {
        if self.file != "-" {
            return std::fs::read(&self.file);
        }
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text)?;
        Ok(text)
    }
}

/// `created  mnt_…  New cables`.
fn told(notice: &ImportedNotice) -> String {
    let id = notice.maintenance.as_deref().unwrap_or("-");
    let why = notice.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let title = if notice.title.trim().is_empty() { &notice.uid } else { &notice.title };
    let line: String = title.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("{}  {id}  {line}{why}", notice.did)
}
