//! What a notice says, as far as it matters here (RFC 5545 with the properties of MAINTNOTE).
use lull_adapters::ics::{Event, When, Zone};
use lull_api::params::{MaintenanceChange, NewMaintenance, Scope};
use lull_domain::Instant;
use lull_domain::id::MaintenanceId;
use lull_domain::maintenance::Maintenance;
use lull_domain::refusal::{Because, Refusal};
use lull_store::Import;

use crate::http::{read, shown};
use crate::view;

/// How long what names a notice may be.
const NAME_MAX: usize = 500;
/// As long as a title may be.
const TITLE_MAX: usize = 200;
/// As long as a description may be.
const TEXT_MAX: usize = 10_000;

/// A notice that can be used.
pub struct Notice<'e> {
    /// As it was read.
    pub event: &'e Event,
    /// It says that nothing will come of it.
    pub is_cancelled: bool,
    /// Others that came with it have the same number: it is known by its UID alone.
    shares_its_number: bool,
    starts_at: String,
    ends_at: Option<String>,
}

impl<'e> Notice<'e> {
    /// What an event says, one of these.
    ///
    /// # Errors
    /// It comes again and again, its names are odd, or there is no such time.
    pub fn of(event: &'e Event, all: &[Event]) -> Result<Notice<'e>, Refusal> {
        let notice = |starts_at, ends_at| {
            let is_cancelled = event.status.as_deref() == Some("CANCELLED");
            Notice { event, is_cancelled, shares_its_number: false, starts_at, ends_at }
        };
        if !event.rules.is_empty() || !event.rdates.is_empty() || event.recurrence_id.is_some() {
            let remedy = "Make a series, or import its times one by one.";
            return Err(Refusal::new(Because::BadInput, "it comes again and again", remedy));
        }
        let starts_at = instant(&event.start)?;
        let ends_at = match (&event.end, event.lasts) {
            (Some(end), _) => Some(instant(end)?),
            (None, Some(seconds)) => Some(starts_at + jiff::SignedDuration::from_secs(seconds)),
            (None, None) if event.start.date_only => Some(starts_at + jiff::SignedDuration::from_hours(24)),
            (None, None) => None,
        };
        let mut notice = notice(starts_at.to_string(), ends_at.map(|at| at.to_string()));
        let number = (notice.other("PROVIDER"), notice.other("MAINTENANCE-ID"));
        let shares = |it: &&Event| (other(it, "PROVIDER"), other(it, "MAINTENANCE-ID")) == number;
        notice.shares_its_number = all.iter().filter(shares).any(|it| it.uid != event.uid);
        notice.is_cancelled |= notice.other("STATUS").eq_ignore_ascii_case("CANCELLED");
        for name in [event.uid.as_str(), notice.other("PROVIDER"), notice.other("MAINTENANCE-ID")] {
            if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
                let detail = format!("`{}` is too long for a name, or cannot be printed", shown(name));
                return Err(Refusal::new(Because::BadInput, detail, "Ask whoever sent it for a proper one."));
            }
        }
        Ok(notice)
    }

    /// The first of its MAINTNOTE properties of this name; empty where there is none.
    fn other(&self, name: &str) -> &'e str {
        other(self.event, name)
    }

    /// What it is about, as whoever sent it calls it.
    pub fn objects(&self) -> impl Iterator<Item = &'e str> {
        others(self.event, "OBJECT-ID").filter(|object| !object.is_empty())
    }

    /// That this edition of it became this maintenance.
    pub fn import(&self, maintenance: MaintenanceId) -> Import {
        Import {
            maintenance,
            uid: self.event.uid.clone(),
            provider: self.other("PROVIDER").to_owned(),
            number: if self.shares_its_number { "" } else { self.other("MAINTENANCE-ID") }.to_owned(),
            sequence: self.event.sequence,
        }
    }

    /// The maintenance that it asks for.
    ///
    /// # Errors
    /// It says an impact that nobody knows.
    pub fn wished(&self, scope: Scope) -> Result<NewMaintenance, Refusal> {
        let zone = match &self.event.start.zone {
            Zone::Iana(name) => Some(name.clone()),
            Zone::Utc | Zone::Floating => None,
        };
        let (provider, number) = (self.other("PROVIDER"), self.other("MAINTENANCE-ID"));
        let reason = format!("Notice {number} of {provider}");
        Ok(NewMaintenance {
            title: self.title(),
            description: self.description(),
            reason: (!provider.is_empty() && !number.is_empty()).then_some(reason),
            scope,
            preset: Some("announce".to_owned()),
            starts_at: Some(self.starts_at.clone()),
            ends_at: self.ends_at.clone(),
            zone,
            impact: self.impact()?,
            draft: true,
            ..NewMaintenance::default()
        })
    }

    /// What is to be changed of what an earlier edition became.
    ///
    /// # Errors
    /// It says an impact that nobody knows.
    pub fn change(&self, before: &Maintenance) -> Result<MaintenanceChange, Refusal> {
        let moved = |to: &Option<String>, from: Option<Instant>| {
            to.clone().filter(|to| from.map(view::instant).as_ref() != Some(to))
        };
        Ok(MaintenanceChange {
            title: Some(self.title()),
            description: self.description(),
            impact: self.impact()?,
            starts_at: moved(&Some(self.starts_at.clone()), before.plan.starts_at),
            ends_at: moved(&self.ends_at, before.ends_at()),
            ..MaintenanceChange::default()
        })
    }

    fn title(&self) -> String {
        let said = self.event.summary.replace(char::is_control, " ");
        let words: String = said.trim().chars().take(TITLE_MAX).collect();
        match words.trim() {
            "" => format!("Notice {}", self.event.uid).chars().take(TITLE_MAX).collect(),
            words => words.to_owned(),
        }
    }

    fn description(&self) -> Option<String> {
        let said: String = self.event.description.chars().take(TEXT_MAX).collect();
        (!said.trim().is_empty()).then_some(said)
    }

    fn impact(&self) -> Result<Option<String>, Refusal> {
        let impact = match self.other("IMPACT").to_ascii_uppercase().as_str() {
            "" => return Ok(None),
            "NO-IMPACT" => "none",
            "REDUCED-REDUNDANCY" => "reduced",
            "DEGRADED" => "degraded",
            "OUTAGE" => "outage",
            odd => {
                let detail = format!("`{}` is no impact", shown(odd));
                let remedy = "Use NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED or OUTAGE.";
                return Err(Refusal::new(Because::BadInput, detail, remedy));
            }
        };
        Ok(Some(impact.to_owned()))
    }
}

/// The instant that a wall shows; one that has no zone is in UTC.
fn instant(when: &When) -> Result<jiff::Timestamp, Refusal> {
    let zone = match &when.zone {
        Zone::Iana(name) => read::clocks(name)?,
        Zone::Utc | Zone::Floating => jiff::tz::TimeZone::UTC,
    };
    let local = when.local.parse::<jiff::civil::DateTime>();
    let zoned = local.and_then(|local| local.to_zoned(zone));
    zoned.map(|zoned| zoned.timestamp()).map_err(|_| {
        let detail = format!("there is no time {}", shown(&when.local));
        Refusal::new(Because::BadInput, detail, "Ask whoever sent it for a proper one.")
    })
}

fn other<'e>(event: &'e Event, name: &str) -> &'e str {
    others(event, name).next().unwrap_or_default()
}

fn others<'e>(event: &'e Event, name: &str) -> impl Iterator<Item = &'e str> {
    let name = format!("X-MAINTNOTE-{name}");
    event.others.iter().filter(move |other| other.0 == name).map(|other| other.2.trim())
}
