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

impl KnownCalendars {
    /// The calendars as they are stored.
    ///
    /// # Errors
    /// What the store gives.
    pub fn read(tx: &mut Tx) -> Result<KnownCalendars, StoreError> {
        Ok(KnownCalendars(RwLock::new(whole(tx)?)))
    }

    /// The calendars as they were when they were followed last.
    pub fn now(&self) -> Arc<Calendars> {
        self.held().0
    }

    /// The calendars as this transaction sees them: what was changed since is read. One look at an index where nothing was.
    ///
    /// # Errors
    /// What the store gives.
    pub fn follow(&self, tx: &mut Tx) -> Result<Arc<Calendars>, StoreError> {
        let (calendars, seq) = self.held();
        let changes = tx.entries(seq, &CHANGES, CHANGES_MAX)?;
        let Some(last) = changes.last() else { return Ok(calendars) };
        let (calendars, seq) = match changes.len() < CHANGES_MAX as usize {
            true => {
                let ids: BTreeSet<CalendarId> =
                    changes.iter().filter_map(|it| it.entry.body["calendar"].as_str()?.parse().ok()).collect();
                (Arc::new(changed(tx, &calendars, ids)?), last.seq)
            }
            false => whole(tx)?,
        };
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if seq > known.1 {
            *known = (Arc::clone(&calendars), seq);
        }
        Ok(calendars)
    }

    fn held(&self) -> (Arc<Calendars>, u64) {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn whole(tx: &mut Tx) -> Result<(Arc<Calendars>, u64), StoreError> {
    let seq = tx.head()?.seq;
    let mut calendars = Calendars::default();
    tx.calendars()?.into_iter().for_each(|stored| calendars.put(sheet(stored)));
    Ok((Arc::new(calendars), seq))
}

/// The calendars with these as they are stored now. What has its revision has its entries.
fn changed(tx: &mut Tx, before: &Calendars, ids: BTreeSet<CalendarId>) -> Result<Calendars, StoreError> {
    let mut after = before.clone();
    for id in ids {
        match tx.calendar(id)? {
            None => after.remove(id),
            Some((calendar, _)) if before.one(id).is_some_and(|it| it.calendar.revision == calendar.revision) => {}
            Some(stored) => after.put(sheet(stored)),
        }
    }
    Ok(after)
}

fn sheet((calendar, entries): (Calendar, Vec<Entry>)) -> Arc<Sheet> {
    Arc::new(Sheet::new(calendar, &entries, |name| jiff::tz::db().get(name).ok()))
}
