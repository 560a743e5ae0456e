//! Calendars: they read back with their entries, and one of many fetches each.
use std::sync::Arc;

use lull_domain::Span;
use lull_domain::calendar::{Calendar, Entry, Source};
use lull_domain::id::{CalendarId, TargetId};
use lull_domain::recurrence::{Local, Recurrence};

use super::sample::minute;
use super::{Database, Outcome};
use crate::calendars::Fetching;
use crate::error::StoreError;
use crate::store::{Options, Store};

fn calendar(number: u128) -> Calendar {
    Calendar {
        id: CalendarId(number),
        name: "Holidays".to_owned(),
        under: TargetId(7),
        source: Source::Url { url: "https://calendar.example/all.ics".to_owned(), zone: "UTC".to_owned() },
        created_by: "ada".to_owned(),
        created_at: minute(1),
        revision: 1,
    }
}

fn entries(count: i64) -> Vec<Entry> {
    let recurrence = |n| Recurrence {
        rules: Vec::new(),
        more: vec![Local(n + 60)],
        except: Vec::new(),
        start: Local(n),
        lasts: Span::hours(24),
        elapsed: true,
    };
    (0..count).map(|n| Entry { name: format!("Day {n}"), zone: "UTC".to_owned(), recurrence: recurrence(n) }).collect()
}

fn fetched(minutes: i64) -> Fetching {
    Fetching {
        due_at: Some(minute(minutes + 60)),
        fetched_at: Some(minute(minutes)),
        etag: Some("\"7\"".to_owned()),
        modified: Some("Sat, 21 Nov 2026 10:00:00 GMT".to_owned()),
        error: None,
    }
}

async fn insert(store: &Store, number: u128, fetching: Fetching) -> Outcome {
    store.write(move |tx| tx.insert_calendar(&calendar(number), &entries(3), &fetching)).await
}

/// With its entries and with how it is fetched, however they are changed.
pub async fn a_calendar_reads_back_as_it_was_written(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    insert(&store, 1, fetched(10)).await?;
    insert(&store, 2, Fetching::default()).await?;
    let taken = insert(&store, 1, Fetching::default()).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
    let both = store.read(|tx| tx.calendars()).await?;
    assert_eq!(both, [(calendar(1), entries(3)), (calendar(2), entries(3))]);
    assert_eq!(store.read(|tx| tx.fetching(CalendarId(1))).await?, Some(fetched(10)));
    assert_eq!(store.read(|tx| tx.fetchings()).await?[&CalendarId(2)], Fetching::default());
    let changed = Calendar { revision: 2, ..calendar(1) };
    let failed = Fetching { error: Some("It answered 500.".to_owned()), ..fetched(10) };
    let (to, state) = (changed.clone(), failed.clone());
    let done = store.write(move |tx| {
        let is_there = tx.put_fetching(to.id, &state)?;
        tx.put_calendar(&to, &entries(5))?;
        Ok::<_, StoreError>(is_there)
    });
    assert!(done.await?);
    assert_eq!(store.read(|tx| tx.calendar(CalendarId(1))).await?, Some((changed, entries(5))));
    assert_eq!(store.read(|tx| tx.fetching(CalendarId(1))).await?, Some(failed));
    assert!(store.write(|tx| tx.delete_calendar(CalendarId(1))).await?);
    assert!(!store.write(|tx| tx.delete_calendar(CalendarId(1))).await?);
    assert!(!store.write(|tx| tx.put_fetching(CalendarId(1), &fetched(20))).await?);
    let gone = store.write(|tx| tx.put_calendar(&calendar(1), &[])).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })), "{gone:?}");
    assert_eq!(store.read(|tx| tx.calendar(CalendarId(1))).await?, None);
    Ok(())
}

/// The longest due first; those that are not fetched never are.
pub async fn a_calendar_that_is_due_is_fetched_by_one(database: Arc<dyn Database>) -> Outcome {
    let store = Arc::new(database.open(Options::default()).await?);
    for (number, fetching) in [(1, fetched(10)), (2, fetched(5)), (3, fetched(100)), (4, Fetching::default())] {
        insert(&store, number, fetching).await?;
    }
    assert_eq!(store.read(|tx| tx.due_calendars(minute(64), 10)).await?, []);
    let due = [(CalendarId(2), minute(65)), (CalendarId(1), minute(70))];
    assert_eq!(store.read(|tx| tx.due_calendars(minute(70), 10)).await?, due);
    assert_eq!(store.read(|tx| tx.due_calendars(minute(70), 1)).await?, due[..1]);
    let claiming: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(&store);
            let claim = async move { store.write(|tx| tx.claim_calendar(CalendarId(2), minute(65), minute(80))).await };
            tokio::spawn(claim)
        })
        .collect();
    let mut claimed = 0;
    for one in claiming {
        claimed += usize::from(one.await.expect("it does not panic")?);
    }
    assert_eq!(claimed, 1);
    assert_eq!(store.read(|tx| tx.due_calendars(minute(70), 10)).await?, due[1..]);
    Ok(())
}
