//! What iCalendar says, as entries of a calendar.
//!
//! An override is taken out of its series and stands alone. What was called off, and what takes no time, is left out.
use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use lull_adapters::ics::{self, Event, Ics, Unreadable, When};
use lull_domain::calendar::{AGAIN_MAX, COUNTS_MAX, ENTRIES_MAX, Entry, NAME_MAX, TIMES_MAX};
use lull_domain::recurrence::{Local, Recurrence, Zone, rules};
use lull_domain::refusal::Refusal;
use lull_domain::{Instant, Span};

/// The longest that something may last which comes again.
const LASTS_MAX: Span = Span::hours(400 * 24);
const DAY: Span = Span::hours(24);
/// How it is called when it does not say.
const UNNAMED: &str = "Busy";
/// How much of an id is shown.
const UID_SHOWN: usize = 60;

/// The entries of an iCalendar text. Whole days, and times without a zone, are those of `zone`.
///
/// # Errors
/// In a sentence: what cannot be read or relied on, with its line.
pub fn entries(text: &[u8], zone: &str) -> Result<Vec<Entry>, String> {
    let ics = ics::read(text).map_err(|odd| odd.to_string())?;
    if ics.method.as_deref() == Some("CANCEL") {
        return Err("it calls events off (METHOD:CANCEL), and is no calendar".to_owned());
    }
    let import = Import::new(&ics, zone);
    let mut entries = Vec::new();
    for event in import.counting() {
        let entry = import.entry(event).map_err(|why| named(event, why))?;
        entries.extend(entry);
    }
    if entries.len() > ENTRIES_MAX || entries.iter().filter(|entry| entry.comes_again()).count() > AGAIN_MAX {
        return Err(format!("it has more than {ENTRIES_MAX} events, or more than {AGAIN_MAX} that come again"));
    }
    if entries.iter().map(Entry::counts).sum::<u64>() > COUNTS_MAX {
        return Err(format!(
            "its rules count beyond {COUNTS_MAX}, all together: let them end with UNTIL instead of COUNT"
        ));
    }
    let mut times = 0;
    for entry in entries.iter().filter(|entry| entry.comes_again()) {
        times += entry.times(&Zone::new(clocks(&entry.zone)), TIMES_MAX + 1);
        if times > TIMES_MAX {
            return Err(format!("what comes again in it is more than {TIMES_MAX} times in 400 days"));
        }
    }
    // What is stored is counted no more.
    let mut entries: Vec<Entry> = entries.into_iter().map(counted_out).collect();
    // Servers give the same events in another order, and that is no change.
    entries.sort_by(|one, two| (one.recurrence.start, &one.name).cmp(&(two.recurrence.start, &two.name)));
    Ok(entries)
}

/// The same with the last start named where its rules count.
pub fn counted_out(entry: Entry) -> Entry {
    let zone = Zone::new(clocks(&entry.zone));
    entry.counted_out(&zone)
}

/// Why, with the event that it is about.
fn named(event: &Event, why: String) -> String {
    let uid = event.uid.chars().take(UID_SHOWN).collect();
    Unreadable::Event { uid, line: event.line, why }.to_string()
}

/// The events of one text by what they are known by.
struct Import<'a> {
    zone: &'a str,
    events: &'a [Event],
    /// The newest version of each series or single event.
    masters: BTreeMap<&'a str, u32>,
    /// The newest version of each override, with the starts that they stand instead of.
    overrides: BTreeMap<&'a str, BTreeMap<Instant, (u32, &'a When)>>,
}

impl<'a> Import<'a> {
    fn new(ics: &'a Ics, zone: &'a str) -> Import<'a> {
        let mut import = Import { zone, events: &ics.events, masters: BTreeMap::new(), overrides: BTreeMap::new() };
        for event in &ics.events {
            match &event.recurrence_id {
                None => {
                    let newest = import.masters.entry(&event.uid).or_default();
                    *newest = (*newest).max(event.sequence);
                }
                Some(instead) => {
                    let at = import.instant(instead);
                    let there = import.overrides.entry(&event.uid).or_default();
                    let newest = there.entry(at).or_insert((event.sequence, instead));
                    newest.0 = newest.0.max(event.sequence);
                }
            }
        }
        import
    }

    /// The events that count: the newest version of each that was not called off, and takes time.
    fn counting(&self) -> Vec<&'a Event> {
        let cancelled = |event: &Event| event.status.as_deref() == Some("CANCELLED");
        let is_newest = |event: &Event| match &event.recurrence_id {
            None => self.masters.get(event.uid.as_str()) == Some(&event.sequence),
            Some(instead) => {
                let there = self.overrides.get(event.uid.as_str()).and_then(|all| all.get(&self.instant(instead)));
                there.is_some_and(|(newest, _)| *newest == event.sequence)
            }
        };
        let series = self.events.iter().filter(|it| it.recurrence_id.is_none() && is_newest(it) && cancelled(it));
        let called_off: BTreeSet<&str> = series.map(|event| event.uid.as_str()).collect();
        let counts = |event: &&Event| {
            !cancelled(event) && !event.transparent && is_newest(event) && !called_off.contains(event.uid.as_str())
        };
        self.events.iter().filter(counts).collect()
    }

    /// The entry of an event; none where it takes no time.
    fn entry(&self, event: &Event) -> Result<Option<Entry>, String> {
        let zone = self.named(&event.start).to_owned();
        let clocks = Zone::new(clocks(&zone));
        let start = local(&event.start)?;
        let Some((lasts, elapsed)) = self.lasts(event)? else { return Ok(None) };
        // Another time is as the event's own wall shows it; one that is only a date is at the time of its start.
        let there = |when: &When| {
            Ok::<_, String>(match (when.date_only, event.start.date_only) {
                (true, false) => Local::new(local(when)?.day(), start.of_day()),
                (_, _) if self.named(when) == zone => local(when)?,
                (_, _) => clocks.local(self.instant(when)),
            })
        };
        let all = |times: &[When]| times.iter().map(there).collect::<Result<Vec<Local>, String>>();
        let is_series = event.recurrence_id.is_none();
        let mut except = all(&event.exdates)?;
        if let Some(overrides) = self.overrides.get(event.uid.as_str()).filter(|_| is_series) {
            for (_, instead) in overrides.values() {
                except.push(there(instead)?);
            }
        }
        let said = |refusal: Refusal| refusal.detail.trim_end_matches('.').to_owned();
        let recurrence = Recurrence {
            rules: if is_series { rules(&event.rules).map_err(said)? } else { Vec::new() },
            more: if is_series { all(&event.rdates)? } else { Vec::new() },
            except,
            start,
            lasts,
            elapsed,
        };
        let entry = Entry { name: name(&event.summary), zone, recurrence };
        if entry.comes_again() && lasts > LASTS_MAX {
            return Err("it lasts longer than 400 days, and comes again".to_owned());
        }
        if !entry.comes_again() && entry.recurrence.except.contains(&start) {
            return Ok(None);
        }
        entry.checked(&clocks).map(Some).map_err(said)
    }

    /// How long an event lasts, and whether that is time that passes (RFC 5545, 3.8.5.3: exactly as long each time where it
    /// says when it ends; days where it says days); none where it takes no time.
    fn lasts(&self, event: &Event) -> Result<Option<(Span, bool)>, String> {
        let (lasts, elapsed) = match (&event.end, event.lasts) {
            (Some(end), _) if event.start.date_only => {
                (Span::seconds(local(end)?.0 - local(&event.start)?.0).max(DAY), false)
            }
            (Some(end), _) => (self.instant(end) - self.instant(&event.start), true),
            (None, Some(seconds)) => (Span::seconds(seconds), seconds % DAY.as_seconds() != 0),
            (None, None) if event.start.date_only => (DAY, false),
            (None, None) => (Span::ZERO, true),
        };
        if lasts < Span::ZERO {
            return Err("it ends before it begins".to_owned());
        }
        Ok(Some((lasts, elapsed)).filter(|_| lasts > Span::ZERO))
    }

    /// The zone in which a time is.
    fn named<'w>(&'w self, when: &'w When) -> &'w str {
        match &when.zone {
            ics::Zone::Utc => "UTC",
            ics::Zone::Floating => self.zone,
            ics::Zone::Iana(name) => name,
        }
    }

    fn instant(&self, when: &When) -> Instant {
        Zone::new(clocks(self.named(when))).resolve(local(when).unwrap_or(Local(0))).at
    }
}

fn local(when: &When) -> Result<Local, String> {
    when.local.parse().map_err(|refusal: Refusal| refusal.detail)
}

/// The clocks of a zone that was looked up before.
fn clocks(name: &str) -> TimeZone {
    jiff::tz::db().get(name).unwrap_or(TimeZone::UTC)
}

/// What people read of it, on one line: a terminal obeys control characters.
fn name(summary: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let short: String = summary.chars().map(plain).take(NAME_MAX).collect();
    if short.trim().is_empty() { UNNAMED.to_owned() } else { short }
}
