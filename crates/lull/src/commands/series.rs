//! `lull series`: what comes again and again.
use clap::{Args, Subcommand};
use lull_api::params::RecurrencePreview;
use lull_api::views::{PreviewedOccurrence, RecurrencePreviewed};

use crate::failed::Failed;
use crate::session::Session;
use crate::time::{self, Lasting};

/// What is done with something that comes again and again.
#[derive(Subcommand, Clone, Debug)]
pub enum SeriesCommand {
    /// Show what a rule comes to, clock changes included; nothing is stored
    #[command(after_help = "Example: lull series preview \"FREQ=WEEKLY;BYDAY=SU\" --start 2026-11-22T02:00 --for 2h")]
    Preview(Preview),
}

/// A rule to be looked at.
#[derive(Args, Clone, Debug)]
pub struct Preview {
    /// A rule of RFC 5545; may be given several times
    #[arg(value_name = "RULE", required = true)]
    pub rules: Vec<String>,
    /// From when, on the clocks of the zone: YYYY-MM-DDTHH:MM; it may lie in the past
    #[arg(long, value_name = "LOCAL")]
    pub start: String,
    /// How long each lasts, as the clocks show it
    #[arg(long = "for", value_name = "DURATION")]
    pub lasts: Lasting,
    /// The zone whose clocks count; yours, where it is left out
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// The duration is time that passes, whatever the clocks show
    #[arg(long)]
    pub elapsed: bool,
    /// A further start; may be given several times
    #[arg(long = "also", value_name = "LOCAL")]
    pub also: Vec<String>,
    /// A start that is left out; may be given several times
    #[arg(long = "except", value_name = "LOCAL")]
    pub except: Vec<String>,
    /// How many are listed; 10, where it is left out
    #[arg(long, value_name = "COUNT")]
    pub count: Option<u32>,
}

impl SeriesCommand {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::Preview(preview) => preview.run(session).await,
        }
    }
}

impl Preview {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let zone = self.zone.clone().unwrap_or_else(time::zone_here);
        let asked = RecurrencePreview {
            rules: self.rules.clone(),
            rdates: self.also.clone(),
            exdates: self.except.clone(),
            zone: zone.clone(),
            start: self.start.clone(),
            duration: self.lasts.to_string(),
            elapsed: self.elapsed,
            count: self.count,
        };
        let previewed = session.client.preview_recurrence(&asked).await?;
        session.answer(&previewed, || told(&previewed, &zone))
    }
}

fn told(previewed: &RecurrencePreviewed, zone: &str) -> String {
    let line = |occurrence: &PreviewedOccurrence| {
        let (from, to) = (time::dated(&occurrence.starts_at, zone), time::dated(&occurrence.ends_at, zone));
        let note = occurrence.note.as_deref().map(|note| format!("  {note}")).unwrap_or_default();
        format!("\n  {from} to {to}{note}")
    };
    let lines: String = previewed.occurrences.iter().map(line).collect();
    format!("{}{lines}", previewed.sentence)
}
