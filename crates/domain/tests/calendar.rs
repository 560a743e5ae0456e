//! Calendars: which blackouts touch a time, and a target.
use std::sync::Arc;

use jiff::tz::TimeZone;
use lull_domain::calendar::{Calendar, Calendars, Entry, Sheet, Source};
use lull_domain::estate::{Estate, Kind, Target};
use lull_domain::id::{CalendarId, TargetId};
use lull_domain::recurrence::{Local, Recurrence, Zone, rules};
use lull_domain::{Instant, Span};

fn at(text: &str) -> Instant {
    Instant(text.parse::<jiff::Timestamp>().expect("an instant").as_microsecond())
}

fn entry(rule: &str, start: &str, lasts: Span) -> Entry {
    let rules = if rule.is_empty() { Vec::new() } else { rules(&[rule.to_owned()]).expect("a rule") };
    let start = start.parse().expect("a local time");
    let recurrence = Recurrence { rules, more: Vec::new(), except: Vec::new(), start, lasts, elapsed: false };
    Entry { name: "Closed".to_owned(), zone: "Europe/Berlin".to_owned(), recurrence }
}

fn sheet(id: u128, under: TargetId, entries: &[Entry]) -> Sheet {
    let calendar = Calendar {
        id: CalendarId(id),
        name: "Holidays".to_owned(),
        under,
        source: Source::Own,
        created_by: "ada".to_owned(),
        created_at: at("2026-01-01T00:00:00Z"),
        revision: 1,
    };
    Sheet::new(calendar, entries, |name| jiff::tz::db().get(name).ok())
}

fn told(sheet: &Sheet, from: &str, to: &str) -> Vec<String> {
    let text = |at: Instant| jiff::Timestamp::from_microsecond(at.0).expect("it is within bounds").to_string();
    sheet.between(at(from), at(to)).iter().map(|it| format!("{} {}", text(it.from), text(it.to))).collect()
}

#[test]
fn a_blackout_of_the_wall_moves_with_the_clocks() {
    let sheet = sheet(1, TargetId(0), &[entry("FREQ=WEEKLY;BYDAY=SU", "1971-01-03T02:30", Span::hours(2))]);
    assert_eq!(
        told(&sheet, "2026-03-20T00:00:00Z", "2026-04-06T00:00:00Z"),
        [
            "2026-03-22T01:30:00Z 2026-03-22T03:30:00Z",
            "2026-03-29T01:30:00Z 2026-03-29T03:30:00Z",
            "2026-04-05T00:30:00Z 2026-04-05T02:30:00Z",
        ]
    );
}

#[test]
fn intervals_are_half_open_on_both_sides() {
    let once = entry("", "2026-12-24T00:00", Span::hours(72));
    let yearly = entry("FREQ=YEARLY", "2020-12-24T00:00", Span::hours(72));
    for one in [once, yearly] {
        let sheet = sheet(1, TargetId(0), &[one]);
        let count = |from, to| told(&sheet, from, to).len();
        assert_eq!(count("2026-12-26T22:59:59Z", "2026-12-26T23:00:00Z"), 1);
        assert_eq!(count("2026-12-26T23:00:00Z", "2026-12-31T23:00:00Z"), 0);
        assert_eq!(count("2026-12-20T00:00:00Z", "2026-12-23T23:00:00Z"), 0);
        assert_eq!(count("2026-12-20T00:00:00Z", "2026-12-23T23:00:01Z"), 1);
    }
}

#[test]
fn a_rule_that_counts_gives_what_it_gave_when_it_was_counted() {
    for rule in
        ["FREQ=WEEKLY;BYDAY=SU,WE;COUNT=700", "FREQ=HOURLY;INTERVAL=5;COUNT=9000", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=30"]
    {
        let entry = entry(rule, "2018-06-01T02:30", Span::hours(1));
        let zone = Zone::new(TimeZone::get("Europe/Berlin").unwrap());
        let all: Vec<Instant> = entry.recurrence.occurrences(&zone).map(|it| it.starts_at).collect();
        let sheet = sheet(1, TargetId(0), &[entry]);
        let seen: Vec<Instant> = sheet.between(Instant(0), Instant(i64::MAX / 2)).iter().map(|it| it.from).collect();
        assert_eq!(seen, all, "{rule}");
        let last = *all.last().unwrap();
        assert_eq!(sheet.next(last, 10).len(), 1, "{rule}");
        assert_eq!(sheet.next(last + Span::hours(1), 10).len(), 0, "{rule}");
    }
}

#[test]
fn an_entry_that_is_counted_out_gives_the_same_and_counts_no_more() {
    let zone = Zone::new(TimeZone::get("Europe/Berlin").unwrap());
    let mut all = entry("FREQ=WEEKLY;BYDAY=SU,WE;COUNT=60", "2026-03-01T02:30", Span::hours(1));
    all.recurrence.rules.extend(rules(&["FREQ=HOURLY;INTERVAL=7;COUNT=900".to_owned()]).unwrap());
    all.recurrence.except = ["2026-05-10T02:30", "2026-03-29T02:30"].map(|it| it.parse().unwrap()).to_vec();
    let counted_out = all.clone().counted_out(&zone);
    assert_eq!((all.counts(), counted_out.counts()), (960, 0));
    let starts = |entry: &Entry| entry.recurrence.occurrences(&zone).map(|it| it.starts_at).collect::<Vec<_>>();
    assert_eq!(starts(&counted_out), starts(&all));
    assert!(counted_out.recurrence.except.is_sorted());
    let read: Entry = serde_json::from_value(serde_json::to_value(&counted_out).unwrap()).unwrap();
    assert_eq!(read, counted_out, "as it is stored");
}

#[test]
fn what_is_left_out_is_left_out_in_whatever_order_it_is_named() {
    let zone = Zone::new(TimeZone::UTC);
    let all = entry("FREQ=HOURLY;COUNT=500", "2026-01-01T00:00", Span::minutes(10));
    let nominal: Vec<Local> = all.recurrence.occurrences(&zone).map(|it| it.nominal).collect();
    let mut less = all;
    less.recurrence.except = nominal.iter().rev().step_by(3).chain([&nominal[0]]).copied().collect();
    let left = |recurrence: &Recurrence| recurrence.occurrences(&zone).map(|it| it.nominal).collect::<Vec<_>>();
    let expected: Vec<Local> = nominal.iter().filter(|it| !less.recurrence.except.contains(it)).copied().collect();
    assert_eq!(left(&less.recurrence), expected);
    let sheet = sheet(1, TargetId(0), &[Entry { zone: "UTC".to_owned(), ..less }]);
    assert_eq!(sheet.between(Instant(0), Instant(i64::MAX / 2)).len(), expected.len());
}

#[test]
fn the_next_ones_are_those_of_all_entries_by_their_start() {
    let entries = [
        entry("", "2026-05-01T00:00", Span::hours(24)),
        entry("FREQ=DAILY", "2000-01-01T04:00", Span::hours(1)),
        entry("FREQ=YEARLY;UNTIL=20250101", "2000-01-01T04:00", Span::hours(1)),
    ];
    let next = sheet(1, TargetId(0), &entries).next(at("2026-04-29T12:00:00Z"), 4);
    let starts: Vec<i64> = next.iter().map(|it| (it.from - at("2026-04-30T00:00:00Z")).as_seconds() / 3_600).collect();
    assert_eq!(starts, [2, 22, 26, 50]);
}

#[test]
fn a_target_has_the_blackouts_of_what_is_above_it() {
    let mut estate = Estate::new();
    for (id, path) in [(1, "acme"), (2, "acme/prod"), (3, "acme/prod/shop"), (4, "acme/test")] {
        estate.insert(Target::new(TargetId(id), path.parse().unwrap(), Kind::Product));
    }
    let mut calendars = Calendars::default();
    for (id, under) in [(1, 1), (2, 2), (3, 4)] {
        let entry = entry("", &format!("2026-05-0{id}T00:00"), Span::hours(24));
        calendars.put(Arc::new(sheet(id, TargetId(under), &[entry])));
    }
    let of = |calendars: &Calendars, target| -> Vec<u128> {
        let found =
            calendars.touching(&estate, TargetId(target), (at("2026-04-01T00:00:00Z"), at("2026-06-01T00:00:00Z")));
        found.iter().map(|it| it.calendar.0).collect()
    };
    assert_eq!((of(&calendars, 3), of(&calendars, 1), of(&calendars, 4)), (vec![1, 2], vec![1], vec![1, 3]));
    calendars.remove(CalendarId(1));
    assert_eq!((of(&calendars, 3), of(&calendars, 1)), (vec![2], vec![]));
}

#[test]
fn an_entry_that_cannot_be_relied_on_is_refused() {
    let zone = Zone::new(TimeZone::UTC);
    for (rule, says) in [
        ("FREQ=DAILY;BYHOUR=1;BYMINUTE=0,30", "more than once an hour"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never fires"),
        ("FREQ=DAILY;COUNT=100001", "counts beyond"),
    ] {
        let refused = entry(rule, "2026-01-01T00:00", Span::hours(1)).checked(&zone).unwrap_err();
        assert!(refused.detail.contains(says), "{refused:?}");
    }
    let mut excepted = entry("FREQ=HOURLY", "2026-01-01T00:00", Span::minutes(10));
    let nth = |n: i64| Local(excepted.recurrence.start.0 + 3_600 * n);
    excepted.recurrence.except = (0..10_000).rev().map(nth).collect();
    assert!(excepted.clone().checked(&zone).is_ok());
    excepted.recurrence.except.push(Local(0));
    let refused = excepted.checked(&zone).unwrap_err();
    assert!(refused.detail.contains("More than 10,000 starts"), "{refused:?}");
    let over_the_next = entry("FREQ=DAILY", "2026-01-01T00:00", Span::hours(30));
    assert!(over_the_next.checked(&zone).is_ok(), "meetings may overlap");
}
