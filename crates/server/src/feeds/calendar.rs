//! A calendar of maintenances, as calendars and the tools of carriers read it: RFC 5545 with the properties of MAINTNOTE.
use lull_domain::life::{Ended, Life};
use lull_domain::maintenance::Maintenance;
use lull_domain::plan::Impact;
use lull_domain::{Instant, Span};

use super::text::Text;
use super::zones::{Zones, utc};

/// How often somebody who follows it is asked to look.
const EVERY: &str = "PT15M";

/// What a calendar is about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    /// The part of the estate.
    pub under: String,
    /// What is shown, in the order of the calendar.
    pub entries: Vec<Entry>,
}

/// A maintenance that a calendar shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The maintenance.
    pub maintenance: Maintenance,
    /// What of this part it covers, as it is known elsewhere.
    pub objects: Vec<String>,
    /// When it was changed last.
    pub changed_at: Instant,
    /// It is one; else an occurrence further ahead, that will be one.
    pub is_made: bool,
}

impl Entry {
    /// What it is known by: an occurrence by its series and its nominal start, so that it is the same once it is made.
    fn name(&self) -> String {
        match &self.maintenance.series {
            Some(of) => format!("{}-{}", of.id, of.key.to_string().replace(['-', ':'], "")),
            None => self.maintenance.id.to_string(),
        }
    }
}

impl Calendar {
    /// The text.
    pub fn written(&self) -> String {
        let (mut zones, mut events) = (Zones::default(), Text::default());
        for entry in &self.entries {
            self.event(&mut events, &mut zones, entry);
        }
        let mut text = Text::default();
        text.plain("BEGIN", "VCALENDAR");
        text.plain("VERSION", "2.0");
        text.plain("PRODID", "-//Lull//Lull//EN");
        text.plain("CALSCALE", "GREGORIAN");
        text.plain("METHOD", "PUBLISH");
        for name in ["NAME", "X-WR-CALNAME"] {
            text.text(name, &format!("Maintenance of {}", self.under));
        }
        text.plain("REFRESH-INTERVAL;VALUE=DURATION", EVERY);
        text.plain("X-PUBLISHED-TTL", EVERY);
        zones.describe(&mut text);
        let mut written = text.finish();
        written.push_str(&events.finish());
        written.push_str("END:VCALENDAR\r\n");
        written
    }

    fn event(&self, text: &mut Text, zones: &mut Zones, entry: &Entry) {
        let maintenance = &entry.maintenance;
        let Some((begins, ends)) = times(maintenance) else { return };
        let (plan, is_cancelled) = (&maintenance.plan, matches!(maintenance.life, Life::Cancelled(_)));
        text.plain("BEGIN", "VEVENT");
        text.plain("UID", &format!("{}@lull", entry.name()));
        let sequence = if entry.is_made { sequence(maintenance) } else { 0 };
        text.plain("SEQUENCE", &sequence.to_string());
        text.plain("DTSTAMP", &utc(entry.changed_at));
        text.plain("LAST-MODIFIED", &utc(entry.changed_at));
        text.plain("CREATED", &utc(maintenance.created_at));
        for (name, at) in [("DTSTART", begins), ("DTEND", ends)] {
            let (parameters, value) = zones.written(at, &plan.zone);
            text.plain(&format!("{name}{parameters}"), &value);
        }
        text.text("SUMMARY", &plan.texts.title);
        let description = description(maintenance);
        if !description.is_empty() {
            text.text("DESCRIPTION", &description);
        }
        text.plain("STATUS", if is_cancelled { "CANCELLED" } else { "CONFIRMED" });
        let takes_time = !is_cancelled && plan.texts.impact != Impact::None;
        text.plain("TRANSP", if takes_time { "OPAQUE" } else { "TRANSPARENT" });
        text.plain("CATEGORIES", "Maintenance");
        self.note(text, entry);
        text.plain("END", "VEVENT");
    }

    /// The properties by which carriers' tools read it (MAINTNOTE, draft-gunter-calext-maintenance-notifications).
    fn note(&self, text: &mut Text, entry: &Entry) {
        let impact = impact(entry.maintenance.plan.texts.impact);
        text.text("X-MAINTNOTE-PROVIDER", self.under.split('/').find(|part| !part.is_empty()).unwrap_or("lull"));
        text.text("X-MAINTNOTE-ACCOUNT", &self.under);
        text.text("X-MAINTNOTE-MAINTENANCE-ID", &entry.name());
        for object in &entry.objects {
            text.text(&format!("X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT={impact}"), object);
        }
        text.plain("X-MAINTNOTE-IMPACT", impact);
        text.plain("X-MAINTNOTE-STATUS", if entry.is_made { status(&entry.maintenance.life) } else { "TENTATIVE" });
    }
}

/// Grows with every change that people must know: each edit of the plan, the begin and the end of its life, which never go back.
fn sequence(maintenance: &Maintenance) -> u64 {
    let (has_begun, is_over) = (maintenance.began_at().is_some(), ended(&maintenance.life).is_some());
    // An occurrence was shown before it was made.
    let before = u64::from(maintenance.series.is_some());
    maintenance.revision.saturating_sub(1) + before + u64::from(has_begun) + u64::from(is_over)
}

const fn ended(life: &Life) -> Option<&Ended> {
    match life {
        Life::Completed(ended) | Life::Cancelled(ended) => Some(ended),
        Life::Draft | Life::Scheduled | Life::InProgress(_) => None,
    }
}

/// From when until when it is shown. What has no planned end is shown until it is looked at again, what is done until it was.
fn times(maintenance: &Maintenance) -> Option<(Instant, Instant)> {
    let begins = maintenance.began_at().or(maintenance.plan.starts_at)?;
    let expires = maintenance.plan.expires_after.unwrap_or(lull_domain::preset::EXPIRES_AFTER);
    let ends = match &maintenance.life {
        Life::Completed(ended) => ended.at,
        _ => maintenance.ends_at().unwrap_or(begins + expires),
    };
    // Shown in whole seconds, an end is after its begin.
    Some((begins, ends.max(begins + Span::seconds(1))))
}

fn description(maintenance: &Maintenance) -> String {
    let texts = &maintenance.plan.texts;
    let is_open = maintenance.ends_at().is_none() && ended(&maintenance.life).is_none();
    let open = is_open.then_some("No end is planned: it is looked at again at the end that is shown here.");
    let message = ended(&maintenance.life).and_then(|ended| ended.message.as_deref());
    let parts = [texts.description.as_deref(), texts.impact_text.as_deref(), open, message];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

const fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "NO-IMPACT",
        Impact::Reduced => "REDUCED-REDUNDANCY",
        Impact::Degraded => "DEGRADED",
        Impact::Outage => "OUTAGE",
    }
}

const fn status(life: &Life) -> &'static str {
    match life {
        Life::Draft => "TENTATIVE",
        Life::Scheduled => "CONFIRMED",
        Life::InProgress(_) => "IN-PROCESS",
        Life::Completed(_) => "COMPLETED",
        Life::Cancelled(_) => "CANCELLED",
    }
}

#[cfg(test)]
mod tests;
