//! `lull slots`: when something would fit.
use clap::Args;
use lull_api::params::{AllowedHours, Clause, Scope, SlotsAsked};
use lull_api::views::{InTheWay, Slot};

use super::enter::instant;
use crate::failed::{Exit, Failed};
use crate::session::{Session, note};
use crate::time::{self, Lasting, When};

/// What is looked for.
#[derive(Args, Clone, Debug)]
pub struct Slots {
    /// The targets, each with everything below it
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// How long it lasts, such as 2h30m
    #[arg(long = "for", value_name = "DURATION")]
    pub lasting: Lasting,
    /// Not before: RFC 3339, YYYY-MM-DD HH:MM or HH:MM; now, where it is left out
    #[arg(long, value_name = "TIME")]
    pub from: Option<When>,
    /// Over by then; 28 days later, where it is left out
    #[arg(long, value_name = "TIME")]
    pub until: Option<When>,
    /// Within these hours of a day, over midnight too; may be given several times
    #[arg(long, value_name = "HH:MM-HH:MM")]
    pub hours: Vec<String>,
    /// Only on these days, on which the hours begin: MO,TU,WE,TH,FR,SA,SU
    #[arg(long, value_name = "DAYS", value_delimiter = ',')]
    pub days: Vec<String>,
    /// How many, which do not overlap each other; 1 to 20
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub count: u32,
    /// The IANA zone that times are meant and told in; this machine's if left out
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
}

impl Slots {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; nothing fits.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        let zone = self.zone.clone().unwrap_or_else(time::zone_here);
        let include = self.paths.iter().map(|under| Clause { under: under.clone(), ..Clause::default() }).collect();
        let asked = SlotsAsked {
            scope: Scope { include, ..Scope::default() },
            duration: self.lasting.to_string(),
            earliest: instant(session, self.from, &zone).await?,
            latest: instant(session, self.until, &zone).await?,
            hours: self.allowed()?,
            zone: Some(zone.clone()),
            count: Some(self.count),
        };
        let found = session.client.slots(&asked).await?;
        found.warnings.iter().for_each(|warning| note(warning));
        session.answer(&found, || match found.slots.is_empty() {
            true => in_the_way(&found.in_the_way, &zone),
            false => {
                let told: Vec<String> = found.slots.iter().map(|slot| self.told(slot, &zone)).collect();
                told.join("\n")
            }
        })?;
        match found.slots.is_empty() {
            true => Err(Failed::new(Exit::Conflict, "It does not fit anywhere in that time.")
                .remedy("Look further ahead with --until, allow other hours, or make it shorter.")),
            false => Ok(()),
        }
    }

    /// The hours as they were typed, on the days that were.
    fn allowed(&self) -> Result<Vec<AllowedHours>, Failed> {
        let days: Vec<String> = self.days.iter().map(|day| day.trim().to_uppercase()).collect();
        let hours = |(from, to): (&str, &str)| AllowedHours {
            days: days.clone(),
            from: from.trim().to_owned(),
            to: to.trim().to_owned(),
        };
        if self.hours.is_empty() && !days.is_empty() {
            return Ok(vec![hours(("00:00", "24:00"))]);
        }
        let read = |text: &String| {
            text.split_once(['-', '–']).map(hours).ok_or_else(|| {
                Failed::new(Exit::Usage, format!("{text:?} are no hours.")).remedy("Write them as 22:00-06:00.")
            })
        };
        self.hours.iter().map(read).collect()
    }

    /// A slot, why it is one, and what schedules it.
    fn told(&self, slot: &Slot, zone: &str) -> String {
        let reasons: String = slot.reasons.iter().map(|reason| format!("\n  {reason}")).collect();
        // As one pastes it: paths have nothing in them that a shell reads.
        let paths = self.paths.join(" ");
        format!(
            "{}, until {}{reasons}\n→ lull schedule {paths} --at {} --for {} --zone {zone}",
            time::told(&slot.starts_at, zone),
            time::short(&slot.ends_at, zone),
            slot.starts_at,
            self.lasting
        )
    }
}

fn in_the_way(all: &[InTheWay], zone: &str) -> String {
    let line = |it: &InTheWay| {
        let to = it.to.as_ref().map_or_else(String::new, |to| format!(" to {}", time::short(to, zone)));
        format!("\n  {}{to}  {}", time::short(&it.from, zone), it.why)
    };
    format!("In the way, in {zone}:{}", all.iter().map(line).collect::<String>())
}
