//! The calendars as this process knows them, kept abreast of what other processes change.
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use lull_domain::calendar::{Calendar, Calendars, Entry, Sheet};
use lull_domain::id::CalendarId;
use lull_store::{EntryFilter, EntryKind, StoreError, Tx};

/// Changes that are followed one by one; where there are more, everything is read again.
const CHANGES_MAX: u32 = 256;
/// The log's changes of calendars.
const CHANGES: EntryFilter = EntryFilter { kind: Some(EntryKind::Calendar), maintenance: None, target: None };

/// The calendars, and how much of the log they hold.
pub struct KnownCalendars(RwLock<(Arc<Calendars>, u64)>);

/// A calendar as it is stored.
type Stored = (Calendar, Vec<Entry>);

/// What was read of the calendars. They are made of it when the reading is over: that takes a while where there is much.
pub struct Changes {
    /// What they are made from.
    before: Arc<Calendars>,
    /// How they are stored now; none that is no more.
    stored: Vec<(CalendarId, Option<Stored>)>,
    /// How much of the log that holds.
    seq: u64,
}

impl KnownCalendars {
    /// The calendars as they are stored.
    pub fn of(changes: Changes) -> KnownCalendars {
        let seq = changes.seq;
        KnownCalendars(RwLock::new((Arc::new(changes.made()), seq)))
    }

    /// The calendars as they were when they were followed last.
    pub fn now(&self) -> Arc<Calendars> {
        self.held().0
    }

    /// What was changed since, as this transaction sees it; one look at an index, where nothing was.
    ///
    /// # Errors
    /// What the store gives.
    pub fn changes(&self, tx: &mut Tx) -> Result<Option<Changes>, StoreError> {
        let (before, seq) = self.held();
        let changes = tx.entries(seq, &CHANGES, CHANGES_MAX)?;
        let Some(last) = changes.last() else { return Ok(None) };
        if changes.len() == CHANGES_MAX as usize {
            return whole(tx).map(Some);
        }
        let ids: BTreeSet<CalendarId> =
            changes.iter().filter_map(|it| it.entry.body["calendar"].as_str()?.parse().ok()).collect();
        let stored = ids.into_iter().map(|id| Ok((id, tx.calendar(id)?))).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Some(Changes { before, stored, seq: last.seq }))
    }

    /// The calendars with these changes.
    pub fn follow(&self, changes: Changes) -> Arc<Calendars> {
        let (seq, calendars) = (changes.seq, Arc::new(changes.made()));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if seq > known.1 {
            *known = (Arc::clone(&calendars), seq);
        }
        calendars
    }

    fn held(&self) -> (Arc<Calendars>, u64) {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Changes {
    /// The calendars that this makes. What has its revision has its entries.
    fn made(self) -> Calendars {
        let mut after = Calendars::clone(&self.before);
        for (id, stored) in self.stored {
            match stored {
                None => after.remove(id),
                Some((calendar, _)) if after.one(id).is_some_and(|it| it.calendar.revision == calendar.revision) => {}
                Some(stored) => after.put(sheet(stored)),
            }
        }
        after
    }
}

/// All that is stored.
///
/// # Errors
/// What the store gives.
pub fn whole(tx: &mut Tx) -> Result<Changes, StoreError> {
    let seq = tx.head()?.seq;
    let stored = tx.calendars()?.into_iter().map(|stored| (stored.0.id, Some(stored))).collect();
    Ok(Changes { before: Arc::default(), stored, seq })
}

fn sheet((calendar, entries): Stored) -> Arc<Sheet> {
    Arc::new(Sheet::new(calendar, &entries, |name| jiff::tz::db().get(name).ok()))
}
