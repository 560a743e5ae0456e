//! Series: as they were written, found when they are due, and each occurrence made once.
use std::sync::Arc;

use lull_domain::id::{MaintenanceId, SeriesId};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::Actor;
use lull_domain::plan::{Plan, Until};
use lull_domain::recurrence::{Recurrence, Zone, rules};
use lull_domain::series::{Overlap, Series};
use lull_domain::{Instant, Span};

use super::sample::{draft, minute};
use super::{Database, Outcome};
use crate::error::StoreError;
use crate::store::Options;

/// Daily at noon.
fn series(id: u128) -> Series {
    let recurrence = Recurrence {
        rules: rules(&["FREQ=DAILY".to_owned()]).expect("it is a rule"),
        more: Vec::new(),
        except: Vec::new(),
        start: "1970-01-01T12:00".parse().expect("it is a time"),
        lasts: Span::hours(1),
        elapsed: false,
    };
    let plan = Plan { starts_at: None, until: Until::Lasting(Span::hours(1)), ..draft(id).plan };
    let ann = Actor::Person("ann".to_owned());
    Series::new(SeriesId(id), plan, recurrence, Overlap::Join, (ann, minute(0))).begun(&Zone::utc())
}

fn made(series: &mut Series, now: Instant) -> Vec<Maintenance> {
    let mut id = 100;
    series.make(&Zone::utc(), now, || {
        id += 1;
        MaintenanceId(id)
    })
}

/// With all that it says, and what was made of it.
pub async fn a_series_reads_back_and_is_found_when_it_is_due(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let (first, mut second) = (series(1), series(2));
    let made = made(&mut second, minute(0));
    let last = made.last().map(|it| it.id);
    let (one, two) = (first.clone(), second.clone());
    store
        .write(move |tx| {
            tx.insert_series(&one)?;
            tx.insert_series(&two)?;
            made.iter().try_for_each(|maintenance| tx.insert_maintenance(maintenance))
        })
        .await?;
    assert_eq!(store.read(|tx| tx.series(SeriesId(2))).await?, Some(second.clone()));
    assert_eq!(store.read(|tx| tx.list_series(None, 9)).await?, vec![second.clone(), first.clone()]);
    assert_eq!(store.read(|tx| tx.list_series(Some(SeriesId(2)), 9)).await?, vec![first.clone()]);
    assert_eq!(store.read(|tx| tx.due_series(minute(0))).await?, vec![SeriesId(1)]);
    assert_eq!(store.read(|tx| tx.next_series_due_at(Instant::default())).await?, second.due_at());
    assert_eq!(store.read(|tx| tx.next_series_due_at(Instant(i64::MIN))).await?, first.due_at());
    let due = second.due_at().expect("there is always a next one");
    assert_eq!(store.read(move |tx| tx.due_series(due)).await?, vec![SeriesId(1), SeriesId(2)]);
    let key = second.made.expect("some were made");
    assert_eq!(store.read(move |tx| tx.occurrence(SeriesId(2), key)).await?, last);
    assert_eq!(store.read(|tx| tx.scheduled_of_series(SeriesId(2))).await?.len(), 35);
    assert_eq!(store.read(|tx| tx.scheduled_of_series(SeriesId(1))).await?, vec![]);
    assert_eq!(store.read(|tx| tx.series_since(0)).await?, vec![]);
    store.write(|tx| tx.mark_series(SeriesId(1), 7)).await?;
    assert_eq!(store.read(|tx| tx.series_since(6)).await?, vec![first]);
    Ok(())
}

/// Whoever makes it again is told so.
pub async fn an_occurrence_is_made_once(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let mut series = series(1);
    let one = made(&mut series, minute(0)).remove(0);
    let again = Maintenance { id: MaintenanceId(7), ..one.clone() };
    store.write(move |tx| tx.insert_maintenance(&one)).await?;
    let refused = store.write(move |tx| tx.insert_maintenance(&again)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.read(|tx| tx.maintenance(MaintenanceId(7))).await?, None);
    Ok(())
}
