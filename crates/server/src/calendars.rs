//! Calendars: made, fetched again and removed. The last copy that was good counts until there is a better one.
use std::sync::Arc;

use lull_adapters::fetch::{Fetched, Marks};
use lull_domain::calendar::{Calendar, Calendars, Entry, NAME_MAX, Source};
use lull_domain::estate::Estate;
use lull_domain::id::{CalendarId, TargetId};
use lull_domain::order::Actor;
use lull_domain::policy::Role;
use lull_domain::refusal::{Because, Refusal};
use lull_domain::{Instant, Span};
use lull_store::{EntryKind, Fetching, StoreError, Tx};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};

mod due;
mod import;
mod known;

#[cfg(test)]
pub use due::fetch_due;
pub use due::keep;
pub use known::{KnownCalendars, whole};

/// How many calendars there may be.
const CALENDARS_MAX: usize = 1_000;
/// How far a rule of one's own counts that is shown as it was written.
const OWN_COUNTED: u64 = 1_000;
/// How long until a calendar is fetched again, and by how much that differs from one to the next.
const AGAIN_AFTER: Span = Span::hours(1);
const JITTER: i64 = 6 * 60;

/// What a new calendar is made of.
pub enum Given {
    /// A recurrence of one's own.
    Own(Box<Entry>),
    /// iCalendar text, and the zone of its days.
    File(String, String),
    /// Where such text is fetched from, and the zone of its days.
    Url(String, String),
}

/// What came of an attempt to fetch a calendar.
type Outcome = Result<Option<(Vec<Entry>, Marks)>, String>;

impl Core {
    /// The calendars as they are stored now.
    ///
    /// # Errors
    /// What the store gives.
    ///
    /// # Panics
    /// Where making them of what is stored does.
    pub async fn calendars(&self) -> Result<Arc<Calendars>, StoreError> {
        let known = Arc::clone(&self.known_calendars);
        let changes = self.store.read::<_, StoreError, _>(move |tx| known.changes(tx)).await?;
        let known = Arc::clone(&self.known_calendars);
        let Some(changes) = changes else { return Ok(known.now()) };
        let made = tokio::task::spawn_blocking(move || known.follow(changes));
        Ok(made.await.expect("making calendars does not panic"))
    }

    /// Makes a calendar that holds for this target and all below it; what is fetched is fetched first.
    ///
    /// # Errors
    /// Forbidden for whoever is no administrator there; bad input that says what cannot be read, or not be fetched.
    pub async fn add_calendar(
        &self,
        caller: &Caller,
        (name, under): (String, TargetId),
        given: Given,
    ) -> Result<CalendarId, Refused> {
        administers(&self.estate(), caller, under)?;
        if name.trim().is_empty() || name.chars().nth(NAME_MAX).is_some() || name.chars().any(char::is_control) {
            let detail = "the name is empty, longer than 200 characters, or has line breaks or control characters";
            return Err(Refusal::input("name", detail, "Say in a few words what is closed.").into());
        }
        if self.known_calendars.now().all().count() >= CALENDARS_MAX {
            let detail = "There are 1,000 calendars, the most that there may be.";
            return Err(Refusal::new(Because::Conflict, detail, "Remove one first.").into());
        }
        let (source, entries, fetching) = self.made(given).await?;
        let now = clock::now();
        let calendar = Calendar {
            id: CalendarId(clock::id()),
            name,
            under,
            source,
            created_by: caller.actor.name().to_owned(),
            created_at: now,
            revision: 1,
        };
        let (id, actor) = (calendar.id, caller.actor.clone());
        let stored = self.store.write::<_, Refused, _>(move |tx| {
            tx.insert_calendar(&calendar, &entries, &fetching)?;
            tx.append(&[entry(&calendar, Some(actor), json!({"did": "added", "entries": entries.len()}))])?;
            Ok(())
        });
        stored.await?;
        Ok(id)
    }

    /// Removes a calendar.
    ///
    /// # Errors
    /// Not found; forbidden for whoever is no administrator there.
    pub async fn remove_calendar(&self, caller: &Caller, id: CalendarId) -> Result<(), Refused> {
        let (estate, caller) = (self.estate(), caller.clone());
        let removed = self.store.write(move |tx| {
            let found = tx.calendar(id)?.filter(|(calendar, _)| caller.sees(&estate, calendar.under));
            let (calendar, _) = found.ok_or_else(|| Core::not_found("calendar"))?;
            administers(&estate, &caller, calendar.under)?;
            tx.delete_calendar(id)?;
            tx.append(&[entry(&calendar, Some(caller.actor), json!({"did": "removed"}))])?;
            Ok::<_, Refused>(())
        });
        removed.await
    }

    /// Fetches a calendar now. That it fails is not an error here: it is noted, and what the calendar has still counts.
    ///
    /// # Errors
    /// Not found; forbidden for whoever is no administrator there; a conflict for one that comes from no address.
    pub async fn refresh_calendar(&self, caller: &Caller, id: CalendarId) -> Result<(), Refused> {
        let estate = self.estate();
        let calendars = self.calendars().await?;
        let found = calendars.one(id).filter(|sheet| caller.sees(&estate, sheet.calendar.under));
        let sheet = found.ok_or_else(|| Core::not_found("calendar"))?;
        administers(&estate, caller, sheet.calendar.under)?;
        if !matches!(sheet.calendar.source, Source::Url { .. }) {
            let detail = "This calendar comes from no address, so that there is nothing to fetch.";
            return Err(Refusal::new(Because::Conflict, detail, "Remove it, and make it anew.").into());
        }
        Ok(self.refreshed(&sheet.calendar, Some(caller.actor.clone())).await?)
    }

    /// Where a new calendar comes from, what it has, and how it stands with fetching it.
    async fn made(&self, given: Given) -> Result<(Source, Vec<Entry>, Fetching), Refusal> {
        match given {
            Given::Own(entry) if entry.counts() > OWN_COUNTED => {
                Ok((Source::Own, vec![import::counted_out(*entry)], Fetching::default()))
            }
            Given::Own(entry) => Ok((Source::Own, vec![*entry], Fetching::default())),
            Given::File(text, zone) => {
                let entries = read(text.into_bytes(), zone.clone()).await;
                let refused = |why: String| {
                    Refusal::input("ics", format!("This cannot be used: {why}"), "Correct it, and send it again.")
                };
                Ok((Source::File { zone }, entries.map_err(refused)?, Fetching::default()))
            }
            Given::Url(url, zone) => {
                let url = match url.strip_prefix("webcal://") {
                    Some(rest) => format!("https://{rest}"),
                    None => url,
                };
                let refused = |why: String| {
                    let remedy = "Give the address of an iCalendar file that this server can reach, or send the file.";
                    Refusal::input("url", why, remedy)
                };
                let fetched = self.fetched(&url, &zone, &Marks::default()).await.map_err(refused)?;
                let (entries, marks) = fetched.ok_or_else(|| refused("It answers 304 instead of 200".to_owned()))?;
                let now = clock::now();
                let fetching = Fetching {
                    due_at: Some(again_at(now)),
                    fetched_at: Some(now),
                    etag: marks.etag,
                    modified: marks.modified,
                    error: None,
                };
                Ok((Source::Url { url, zone }, entries, fetching))
            }
        }
    }

    /// Fetches a calendar and reads it; nothing where it is as it was.
    async fn fetched(&self, url: &str, zone: &str, marks: &Marks) -> Outcome {
        match self.fetcher.get(url, marks).await.map_err(|why| why.to_string())? {
            Fetched::Unchanged => Ok(None),
            Fetched::Text(text, marks) => {
                let entries = read(text, zone.to_owned()).await;
                Ok(Some((entries.map_err(|why| format!("What it gives cannot be used: {why}"))?, marks)))
            }
        }
    }

    /// Fetches a calendar, and stores what came of it.
    async fn refreshed(&self, calendar: &Calendar, by: Option<Actor>) -> Result<(), StoreError> {
        let (id, Source::Url { url, zone }) = (calendar.id, &calendar.source) else { return Ok(()) };
        let before = self.store.read(move |tx| tx.fetching(id)).await?.unwrap_or_default();
        let marks = Marks { etag: before.etag, modified: before.modified };
        let outcome = self.fetched(url, zone, &marks).await;
        self.store.write(move |tx| stored(tx, id, outcome, by)).await
    }
}

/// Stores what came of fetching a calendar. The log hears of what it changes, and of an error once.
fn stored(tx: &mut Tx, id: CalendarId, outcome: Outcome, by: Option<Actor>) -> Result<(), StoreError> {
    let now = clock::now();
    // It may have been removed meanwhile.
    let Some(((calendar, entries), before)) = tx.calendar(id)?.zip(tx.fetching(id)?) else { return Ok(()) };
    let was = before.error.clone();
    let after = Fetching { due_at: Some(again_at(now)), ..before };
    let (after, new) = match outcome {
        Ok(None) => (Fetching { fetched_at: Some(now), error: None, ..after }, None),
        Ok(Some((new, marks))) => {
            let Marks { etag, modified } = marks;
            let after = Fetching { fetched_at: Some(now), etag, modified, error: None, ..after };
            (after, Some(new).filter(|new| *new != entries))
        }
        Err(why) => (Fetching { error: Some(why), ..after }, None),
    };
    tx.put_fetching(id, &after)?;
    let (calendar, did) = match (new, &after.error) {
        (Some(new), _) => {
            let calendar = Calendar { revision: calendar.revision + 1, ..calendar };
            tx.put_calendar(&calendar, &new)?;
            (calendar, json!({"did": "changed", "entries": new.len()}))
        }
        (None, Some(why)) if was.as_ref() != Some(why) => {
            tracing::warn!(calendar = %id, name = calendar.name, why, "a calendar could not be fetched");
            (calendar, json!({"did": "failed", "error": why}))
        }
        (None, None) if was.is_some() => (calendar, json!({"did": "fetched"})),
        (None, _) => return Ok(()),
    };
    tx.append(&[entry(&calendar, by, did)])?;
    Ok(())
}

/// Reads iCalendar, which may be long: not on a thread that others wait for.
async fn read(text: Vec<u8>, zone: String) -> Result<Vec<Entry>, String> {
    let read = tokio::task::spawn_blocking(move || import::entries(&text, &zone));
    read.await.unwrap_or_else(|_| Err("something in Lull broke while it was read".to_owned()))
}

/// When a calendar is fetched again: not all of them at a time.
fn again_at(now: Instant) -> Instant {
    now + AGAIN_AFTER + Span::seconds(rand::random_range(-JITTER..=JITTER))
}

fn administers(estate: &Estate, caller: &Caller, under: TargetId) -> Result<(), Refusal> {
    if caller.role_on(estate, under) == Some(Role::Administrator) {
        return Ok(());
    }
    let detail = format!("You are not an administrator on {}.", crate::view::path(estate, under));
    Err(Refusal::new(Because::Forbidden, detail, "Ask an administrator, or for the role."))
}

/// What the log says of a calendar.
fn entry(calendar: &Calendar, actor: Option<Actor>, mut body: Value) -> lull_store::Entry {
    body["calendar"] = json!(calendar.id);
    body["name"] = json!(calendar.name);
    let (target, actor) = (Some(calendar.under), Some(actor.unwrap_or(Actor::Engine)));
    lull_store::Entry { at: clock::now(), kind: EntryKind::Calendar, maintenance: None, target, actor, body }
}
