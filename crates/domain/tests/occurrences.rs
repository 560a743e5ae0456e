//! Occurrences that others get wrong: over clock changes, month ends, midnight, and what cannot be relied on at all.
use jiff::tz::TimeZone;
use lull_domain::recurrence::{Local, Occurrence, Recurrence, Zone, rules};
use lull_domain::{Instant, Span, duration};

fn zone(name: &str) -> Zone {
    Zone::new(TimeZone::get(name).expect("a zone"))
}

fn local(text: &str) -> Local {
    text.parse().expect("a local time")
}

/// One rule from then on, for so long on the wall.
fn one(rule: &str, start: &str, lasts: &str) -> Recurrence {
    Recurrence {
        rules: rules(&[rule.to_owned()]).expect("a rule"),
        more: Vec::new(),
        except: Vec::new(),
        start: local(start),
        lasts: duration::parse(lasts).expect("a duration"),
        elapsed: false,
    }
}

/// As the wall shows it: from, until, and the notes.
fn shown(occurrence: &Occurrence, zone: &str) -> String {
    let at = |at: Instant| {
        let stamp = jiff::Timestamp::from_microsecond(at.0).expect("a time");
        stamp.to_zoned(TimeZone::get(zone).expect("a zone")).strftime("%m-%d %H:%M%:z").to_string()
    };
    let text = format!("{} to {} {}", at(occurrence.starts_at), at(occurrence.ends_at), occurrence.notes.join(" "));
    text.trim_end().to_owned()
}

fn all(recurrence: &Recurrence, name: &str, count: usize) -> Vec<String> {
    recurrence.occurrences(&zone(name)).take(count).map(|it| shown(&it, name)).collect()
}

#[test]
fn every_second_day_goes_on_and_every_day_has_its_first() {
    let berlin = "Europe/Berlin";
    let second = all(&one("FREQ=DAILY;INTERVAL=2;UNTIL=20260609", "2026-06-01T02:00", "PT1H"), berlin, 99);
    assert_eq!((second.len(), second[4].as_str()), (5, "06-09 02:00+02:00 to 06-09 03:00+02:00"));
    assert_eq!(all(&one("FREQ=DAILY;UNTIL=20260605", "2026-06-01T02:00", "PT1H"), berlin, 99).len(), 5);
    assert_eq!(all(&one("FREQ=WEEKLY;COUNT=10", "2026-06-01T02:00", "PT1H"), berlin, 99).len(), 10);
}

#[test]
fn a_window_ends_when_the_wall_says_so_also_over_a_clock_change() {
    let york = all(&one("FREQ=DAILY", "2026-03-08T01:00", "PT3H"), "America/New_York", 2);
    assert_eq!(york, ["03-08 01:00-05:00 to 03-08 04:00-04:00", "03-09 01:00-04:00 to 03-09 04:00-04:00"]);
    let berlin = |start| all(&one("FREQ=DAILY", start, "PT2H"), "Europe/Berlin", 1);
    assert_eq!(berlin("2026-03-29T04:00"), ["03-29 04:00+02:00 to 03-29 06:00+02:00"]);
    assert_eq!(berlin("2026-10-25T04:00"), ["10-25 04:00+01:00 to 10-25 06:00+01:00"]);
    let elapsed = Recurrence { elapsed: true, ..one("FREQ=DAILY", "2026-03-08T01:00", "PT3H") };
    assert_eq!(all(&elapsed, "America/New_York", 1), ["03-08 01:00-05:00 to 03-08 05:00-04:00"]);
}

#[test]
fn a_weekly_window_stays_at_its_hour_on_both_sides_of_a_clock_change() {
    let sundays = all(&one("FREQ=WEEKLY;BYDAY=SU", "2026-03-22T03:00", "PT1H"), "Europe/Berlin", 3);
    assert_eq!(
        sundays,
        [
            "03-22 03:00+01:00 to 03-22 04:00+01:00",
            "03-29 03:00+02:00 to 03-29 04:00+02:00",
            "04-05 03:00+02:00 to 04-05 04:00+02:00",
        ]
    );
}

#[test]
fn a_start_that_the_clocks_leave_out_moves_forward_and_of_two_the_first_counts() {
    let gap = all(&one("FREQ=WEEKLY;BYDAY=SU", "2026-03-22T02:30", "PT1H"), "Europe/Berlin", 2);
    assert_eq!(gap[1], "03-29 03:30+02:00 to 03-29 04:30+02:00 gap_shifted_by_PT1H");
    let fold = all(&one("FREQ=WEEKLY;BYDAY=SU", "2026-10-25T02:30", "PT1H"), "Europe/Berlin", 1);
    assert_eq!(fold, ["10-25 02:30+02:00 to 10-25 03:30+01:00 fold_first"]);
    let within = all(&one("FREQ=DAILY", "2026-10-25T02:15", "PT30M"), "Europe/Berlin", 1);
    assert_eq!(within, ["10-25 02:15+02:00 to 10-25 02:45+02:00 fold_first"], "an end in the fold is the first");
    let half = all(&one("FREQ=YEARLY", "2026-10-04T02:15", "PT1H"), "Australia/Lord_Howe", 1);
    assert_eq!(half, ["10-04 02:45+11:00 to 10-04 03:45+11:00 gap_shifted_by_PT30M"]);
    let skipped = all(&one("FREQ=DAILY", "2011-12-29T10:00", "PT1H"), "Pacific/Apia", 3);
    assert_eq!(skipped[1], "12-31 10:00+14:00 to 12-31 11:00+14:00 gap_shifted_by_P1D");
    let midnight = all(&one("FREQ=DAILY", "2026-03-07T00:00", "PT1H"), "America/Havana", 2);
    assert_eq!(midnight[1], "03-08 01:00-04:00 to 03-08 02:00-04:00 gap_shifted_by_PT1H");
    let end = all(&one("FREQ=DAILY", "2026-03-29T01:00", "PT1H30M"), "Europe/Berlin", 1);
    assert_eq!(end, ["03-29 01:00+01:00 to 03-29 03:30+02:00"], "an end that is left out moves forward");
}

#[test]
fn windows_over_midnight_and_over_days_are_whole() {
    let friday = all(&one("FREQ=WEEKLY;BYDAY=FR", "2026-11-27T22:00", "PT4H"), "UTC", 1);
    assert_eq!(friday, ["11-27 22:00+00:00 to 11-28 02:00+00:00"]);
    let always =
        one("FREQ=DAILY", "2026-01-01T23:30", "P1D").checked(&zone("Europe/Berlin")).expect("it is over by then");
    let all: Vec<Occurrence> = always.occurrences(&zone("Europe/Berlin")).take(400).collect();
    assert!(all.windows(2).all(|pair| pair[0].ends_at == pair[1].starts_at), "there is no hole");
    let long = one("FREQ=MONTHLY;BYMONTHDAY=1", "2026-02-01T00:00", "P26D");
    let first = long.occurrences(&zone("UTC")).next().expect("there is one");
    assert_eq!(first.ends_at - first.starts_at, Span::hours(26 * 24));
}

#[test]
fn month_ends_and_leap_days_are_when_they_are() {
    let days = |rule: &str, start: &str, count| -> Vec<String> {
        let recurrence = one(rule, start, "PT1H");
        recurrence.occurrences(&zone("UTC")).take(count).map(|it| it.nominal.to_string()[..10].to_owned()).collect()
    };
    assert_eq!(days("FREQ=MONTHLY", "2026-01-31T02:00", 3), ["2026-01-31", "2026-03-31", "2026-05-31"]);
    assert_eq!(days("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31T02:00", 3), ["2026-01-31", "2026-02-28", "2026-03-31"]);
    assert_eq!(days("FREQ=YEARLY", "2024-02-29T02:00", 3), ["2024-02-29", "2028-02-29", "2032-02-29"]);
    assert_eq!(
        days("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-01-01T02:00", 2),
        ["2026-01-30", "2026-02-27"]
    );
    assert_eq!(days("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "2026-01-01T02:00", 2), ["2026-12-28", "2032-12-27"]);
}

#[test]
fn an_hourly_rule_counts_hours_that_pass() {
    let hours = |start| all(&one("FREQ=HOURLY;INTERVAL=2", start, "PT30M"), "Europe/Berlin", 4);
    let spring = hours("2026-03-29T00:00");
    assert_eq!(spring[1], "03-29 03:00+02:00 to 03-29 03:30+02:00");
    let hourly = all(&one("FREQ=HOURLY", "2026-10-25T01:00", "PT30M"), "Europe/Berlin", 4);
    assert_eq!(hourly[1..3], ["10-25 02:00+02:00 to 10-25 02:30+02:00", "10-25 02:00+01:00 to 10-25 02:30+01:00"]);
    let nights = one("FREQ=HOURLY;BYHOUR=1,2,3;BYDAY=SU", "2026-10-24T00:00", "PT30M");
    let offsets: Vec<_> =
        nights.occurrences(&zone("Europe/Berlin")).take(5).map(|it| (it.nominal.to_string(), it.offset)).collect();
    let at = |text: &str, hours: i64| (format!("2026-{text}:00"), Some(hours * 3_600));
    assert_eq!(
        offsets,
        [at("10-25T01:00", 2), at("10-25T02:00", 2), at("10-25T02:00", 1), at("10-25T03:00", 1), at("11-01T01:00", 1)]
    );
}

#[test]
fn dates_are_added_once_and_taken_away_after_counting() {
    let mut some = one("FREQ=WEEKLY;COUNT=3", "2026-11-22T02:00", "PT1H");
    some.more = vec![local("2026-11-29T02:00"), local("2026-12-24T02:00")];
    some.except = vec![local("2026-11-22T02:00")];
    let days: Vec<String> = some.occurrences(&zone("UTC")).map(|it| it.nominal.to_string()[5..10].to_owned()).collect();
    assert_eq!(days, ["11-29", "12-06", "12-24"]);
    let odd = all(&one("FREQ=WEEKLY;BYDAY=SU", "2026-11-21T02:00", "PT1H"), "UTC", 2);
    assert_eq!(odd[0], "11-22 02:00+00:00 to 11-22 03:00+00:00 start_not_in_rule");
    assert!(!odd[1].contains("start_not"));
    assert!(!all(&some, "UTC", 1)[0].contains("start_not"), "it is given, and left out");
}

#[test]
fn the_last_time_is_named_by_the_wall_or_in_utc_and_counts() {
    let count = |rule: &str| one(rule, "2026-11-22T02:00", "PT1H").occurrences(&zone("Europe/Berlin")).count();
    assert_eq!(count("FREQ=DAILY;UNTIL=20261124T020000"), 3);
    assert_eq!(count("FREQ=DAILY;UNTIL=20261124T015959"), 2);
    assert_eq!(count("FREQ=DAILY;UNTIL=20261124T010000Z"), 3);
    assert_eq!(count("FREQ=DAILY;UNTIL=20261124T005959Z"), 2);
    assert_eq!(count("FREQ=DAILY;UNTIL=20261124"), 3, "a day counts to its end");
}

#[test]
fn what_is_asked_for_from_some_time_on_is_the_same_without_what_is_over() {
    let berlin = zone("Europe/Berlin");
    for rule in [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;BYDAY=MO,SU;WKST=SU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=YEARLY",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=DAILY;COUNT=900",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
    ] {
        let some = one(rule, "2020-01-31T02:30", "PT3H");
        let every: Vec<Occurrence> = some.occurrences(&berlin).take(5_000).collect();
        for at in every.iter().step_by(97).flat_map(|it| [it.starts_at, it.ends_at, it.ends_at - Span(1)]) {
            let expected = every.iter().filter(|it| at < it.ends_at).take(3).map(|it| it.starts_at);
            let got = some.after(&berlin, at).take(3).map(|it| it.starts_at);
            assert!(expected.eq(got), "{rule} at {at:?}");
        }
    }
}

#[test]
fn what_cannot_be_relied_on_is_refused_with_the_reason() {
    let berlin = zone("Europe/Berlin");
    let why = |recurrence: Recurrence| recurrence.checked(&berlin).expect_err("it is refused").detail;
    let rule = |rule: &str| one(rule, "2026-11-22T02:00", "PT1H");
    assert!(why(rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")).contains("never fires"));
    assert!(why(rule("FREQ=DAILY;BYSETPOS=2;BYHOUR=3")).contains("never fires"));
    assert!(why(rule("FREQ=DAILY;BYMINUTE=0,30")).contains("more than once an hour"));
    assert!(why(one("FREQ=HOURLY", "2026-11-22T02:00", "PT2H")).contains("lasts longer than the PT1H"));
    assert!(why(one("FREQ=DAILY", "2026-11-22T02:00", "P1DT1S")).contains("lasts longer than the P1D"));
    assert!(why(rule("FREQ=DAILY;UNTIL=20261121")).contains("before the start"));
    assert!(why(one("FREQ=DAILY", "2026-11-22T02:00", "PT0S")).contains("not longer than nothing"));
    assert!(why(one("FREQ=DAILY", "2026-11-22T02:00", "PT0.5S")).contains("whole seconds"));
    assert!(why(one("FREQ=YEARLY", "2027-06-01T00:00", "P366D")).contains("lasts longer than the P365D"));
    assert!(why(one("FREQ=WEEKLY;BYDAY=SU;UNTIL=20261121", "2026-11-16T02:00", "PT1H")).contains("before it fires"));
    let every = |list: std::ops::Range<u32>| list.map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let flood =
        format!("FREQ=YEARLY;BYDAY=MO;BYHOUR={};BYMINUTE={};BYSECOND={}", every(0..24), every(0..60), every(0..60));
    assert!(why(rule(&flood)).contains("more than once an hour"));
    let mut none = rule("FREQ=DAILY;COUNT=1");
    none.except = vec![local("2026-11-22T02:00")];
    assert!(why(none).contains("Nothing is left"));
    assert!(one("FREQ=HOURLY", "2026-11-22T02:00", "PT1H").checked(&berlin).is_ok(), "9,600 in 400 days");
}

#[test]
fn a_rule_that_is_none_says_why() {
    let why = |rule: &str| rules(&[rule.to_owned()]).expect_err("it is refused").detail;
    for (rule, says) in [
        ("", "not written as NAME=VALUE"),
        ("BYDAY=SU", "no `FREQ`"),
        ("FREQ=MINUTELY", "more often than hourly"),
        ("FREQ=DAILY;INTERVAL=0", "`INTERVAL` is a number from 1"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "both `COUNT` and `UNTIL`"),
        ("FREQ=WEEKLY;BYDAY=1SU", "only a monthly or yearly rule counts"),
        ("FREQ=MONTHLY;BYDAY=6SU", "more than five"),
        ("FREQ=MONTHLY;BYDAY=XX", "no day of the week `XX`"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "numbers from -31 to 31"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "for yearly rules"),
        ("FREQ=DAILY;UNTIL=20260230", "no time for UNTIL"),
        ("FREQ=DAILY;BYEASTER=1", "no part of a rule"),
        ("FREQ=DAILY;FREQ=DAILY", "`FREQ` twice"),
        ("FREQ=DAILY;BYSETPOS=1", "chooses among"),
        ("FREQ=HOURLY;BYMINUTE=3", "at the minute of its start"),
    ] {
        assert!(why(rule).contains(says), "{rule}: {}", why(rule));
    }
    let text = "RRULE:FREQ=MONTHLY;INTERVAL=2;UNTIL=20301231T230000Z;BYHOUR=1,3;BYSETPOS=-1;BYDAY=-1SU,MO;WKST=SU";
    let rule = &rules(&[text.to_ascii_lowercase()]).expect("a rule")[0];
    assert_eq!(rules(&[rule.to_string()]).expect("a rule")[0], *rule, "what is written is read again");
}

#[test]
fn every_rule_is_a_sentence() {
    let said = |rule: &str, start: &str, lasts: &str| {
        one(rule, start, lasts).sentence(&zone("Europe/Berlin"), "Europe/Berlin")
    };
    let two = |rule: &str| said(rule, "2026-11-22T02:00", "PT2H");
    for (rule, sentence) in [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", "Every second Sunday 02:00–04:00 (Europe/Berlin)"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR",
            "Monday to Friday every second week 02:00–04:00 (Europe/Berlin)",
        ),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "Monday and Thursday every second week 02:00–04:00 (Europe/Berlin)"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
            "Monday and Sunday every second week (weeks from Sunday on) 02:00–04:00 (Europe/Berlin)",
        ),
        ("FREQ=WEEKLY;BYDAY=SU;COUNT=1", "Every Sunday 02:00–04:00, only once (Europe/Berlin)"),
        ("FREQ=YEARLY;BYMONTHDAY=15", "The 15th of every month 02:00–04:00 (Europe/Berlin)"),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTHDAY=15",
            "The 15th of every month, every second year 02:00–04:00 (Europe/Berlin)",
        ),
        ("FREQ=YEARLY;BYYEARDAY=-1", "The last day of every year 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=YEARLY;BYWEEKNO=20", "Every day in week 20 of every year 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "Every Monday in week 20 of every year 02:00–04:00 (Europe/Berlin)"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,31",
            "The 15th and the 31st of every month (left out where there is no such day) 02:00–04:00 (Europe/Berlin)",
        ),
        (
            "FREQ=MONTHLY;BYDAY=5SU",
            "The fifth Sunday of every month (left out where there is no such day) 02:00–04:00 (Europe/Berlin)",
        ),
        ("FREQ=WEEKLY", "Every Sunday 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every weekday 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=10", "Every Monday and Thursday 02:00–04:00, 10 times (Europe/Berlin)"),
        ("FREQ=DAILY;INTERVAL=10", "Every 10th day 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=MONTHLY;BYDAY=2SU", "The second Sunday of every month 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR", "The last Friday of every third month 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "The last day of every month 02:00–04:00 (Europe/Berlin)"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31",
            "The 31st of every month (left out where there is no such day) 02:00–04:00 (Europe/Berlin)",
        ),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1FR", "The last Friday of March, every year 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=YEARLY", "The 22nd of November, every year 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=DAILY;INTERVAL=21", "Every 21st day 02:00–04:00 (Europe/Berlin)"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=SU", "Every 7th day if it is Sunday 02:00–04:00 (Europe/Berlin)"),
        (
            "FREQ=HOURLY;BYHOUR=1,2;BYDAY=SU",
            "Every hour if it is Sunday only at 01:00 and 02:00 for 2 hours (Europe/Berlin)",
        ),
        ("FREQ=HOURLY;INTERVAL=4", "Every 4 hours at minute 0 for 2 hours (Europe/Berlin)"),
        ("FREQ=DAILY;BYHOUR=1,13", "Every day at 01:00 and 13:00 for 2 hours (Europe/Berlin)"),
        ("FREQ=DAILY;UNTIL=20261231T230000Z", "Every day 02:00–04:00, until 1 January 2027 00:00 (Europe/Berlin)"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "The last weekday of every month 02:00–04:00 (Europe/Berlin)",
        ),
    ] {
        assert_eq!(two(rule), sentence, "{rule}");
    }
    assert_eq!(said("FREQ=DAILY", "2026-11-22T23:30", "P1D"), "Every day at 23:30 for 1 day (Europe/Berlin)");
    let leap = said("FREQ=YEARLY", "2028-02-29T02:00", "PT1H");
    assert_eq!(
        leap,
        "The 29th of February, every year (left out where there is no such day) 02:00–03:00 (Europe/Berlin)"
    );
}
