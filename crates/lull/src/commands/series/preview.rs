//! `lull series preview`: what words or rules come to.
use clap::Args;
use lull_api::params::RecurrencePreview;
use lull_api::views::{PreviewedOccurrence, RecurrencePreviewed};

use super::WhenAgain;
use crate::failed::Failed;
use crate::session::Session;
use crate::time::{self, Lasting};

/// Words or rules to be looked at.
#[derive(Args, Clone, Debug)]
pub struct Preview {
    /// What you would say, or rules of RFC 5545 with --start and --for
    #[arg(value_name = "TEXT|RULE", required_unless_present_any = ["when", "rules", "start"])]
    pub said: Vec<String>,
    #[command(flatten)]
    when: WhenAgain,
    /// How long each lasts, as the clocks show it
    #[arg(long = "for", value_name = "DURATION", requires = "start")]
    pub lasts: Option<Lasting>,
    /// The zone whose clocks count; yours, where it is left out
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// The duration is time that passes, whatever the clocks show
    #[arg(long)]
    pub elapsed: bool,
    /// How many are listed; 10, where it is left out
    #[arg(long, value_name = "COUNT")]
    pub count: Option<u32>,
}

impl Preview {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let zone = self.zone.clone().unwrap_or_else(time::zone_here);
        let WhenAgain { when, rules, start, also, except } = self.when.clone();
        // Words stand alone; rules have a start.
        let (words, more) =
            if start.is_some() { (Vec::new(), self.said.clone()) } else { (self.said.clone(), Vec::new()) };
        let words: Vec<String> = when.into_iter().chain(words).collect();
        let asked = RecurrencePreview {
            text: (!words.is_empty()).then(|| words.join(" ")),
            rules: rules.into_iter().chain(more).collect(),
            rdates: also,
            exdates: except,
            zone: Some(zone.clone()),
            start,
            duration: self.lasts.map(|lasts| lasts.to_string()),
            elapsed: self.elapsed,
            count: self.count,
        };
        let previewed = session.client.preview_recurrence(&asked).await?;
        let zone = previewed.zone.clone().unwrap_or(zone);
        session.answer(&previewed, || told(&previewed, &zone))
    }
}

fn told(previewed: &RecurrencePreviewed, zone: &str) -> String {
    let line = |occurrence: &PreviewedOccurrence| {
        let (from, to) = (time::dated(&occurrence.starts_at, zone), time::dated(&occurrence.ends_at, zone));
        let notes: String = occurrence.note.iter().flat_map(|note| note.split(' ')).map(in_words).collect();
        format!("\n  {from} to {to}{notes}")
    };
    let lines: String = previewed.occurrences.iter().map(line).collect();
    let rules: String = previewed.rules.iter().map(|rule| format!("\n{rule}")).collect();
    format!("{}{rules}{lines}", previewed.sentence)
}

/// What is odd about an occurrence, for people.
pub(super) fn in_words(note: &str) -> String {
    match note {
        "fold_first" => ", the first of two such hours".to_owned(),
        "start_not_in_rule" => ", as the start itself is not in the rule".to_owned(),
        note => match note.strip_prefix("gap_shifted_by_") {
            Some(by) => format!(", moved by {by} as the clocks go forward"),
            None => format!(", {note}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_odd_is_said_in_words() {
        let occurrence = PreviewedOccurrence {
            starts_at: "2026-03-29T03:30:00+02:00".to_owned(),
            ends_at: "2026-03-29T04:30:00+02:00".to_owned(),
            note: Some("gap_shifted_by_PT1H start_not_in_rule".to_owned()),
        };
        let previewed = RecurrencePreviewed { occurrences: vec![occurrence], ..RecurrencePreviewed::default() };
        let told = told(&previewed, "Europe/Berlin");
        let odd = ", moved by PT1H as the clocks go forward, as the start itself is not in the rule";
        assert_eq!(told, format!("\n  Sun 29 Mar 2026, 03:30 (+02:00) to Sun 29 Mar 2026, 04:30 (+02:00){odd}"));
    }
}
