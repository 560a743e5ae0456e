//! The next free slots: what is found, and that nothing better is there.
use lull_domain::recurrence::Zone;
use lull_domain::slot::{Found, Hours, Obstacle, Wanted};
use lull_domain::traffic::Week;
use lull_domain::{Instant, Span};
use proptest::prelude::*;

const QUARTER: i64 = 15;
const ZONES: [&str; 4] = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"];

fn zone(name: &str) -> Zone {
    Zone::new(jiff::tz::db().get(name).expect("it is there"))
}

fn instant(text: &str) -> Instant {
    Instant(text.parse::<jiff::Timestamp>().expect("an instant").as_microsecond())
}

fn hours(days: &[&str], from: &str, to: &str) -> Hours {
    Hours::read(days, from, to).expect("they are well-formed")
}

fn obstacle(from: &str, to: &str, why: &str) -> Obstacle {
    Obstacle { from: instant(from), to: instant(to), why: why.to_owned() }
}

/// The slots on a line each, with their reasons.
fn told(found: &Found, zone: &Zone) -> Vec<String> {
    found.slots.iter().map(|it| format!("{} {}", zone.print(it.from), it.reasons.join("; "))).collect()
}

/// What lasts two hours between two times in Berlin.
fn two_hours<'a>(hours: &'a [Hours], zone: &'a Zone, between: (&str, &str)) -> Wanted<'a> {
    let (earliest, latest) = (instant(between.0), instant(between.1));
    Wanted { lasts: Span::hours(2), earliest, latest, hours, zone, count: 2 }
}

#[test]
fn without_traffic_the_first_that_fits_is_the_best() {
    let (berlin, nights) = (zone("Europe/Berlin"), [hours(&["SA", "SU"], "22:00", "06:00")]);
    let wanted = two_hours(&nights, &berlin, ("2026-06-01T10:07:30Z", "2026-06-15T00:00:00Z"));
    wanted.checked().expect("it can be looked for");
    let freeze = obstacle("2026-06-06T00:00:00Z", "2026-06-06T22:20:00Z", "Freeze");
    let found = wanted.found(vec![freeze], &Week::UNKNOWN);
    let free = "no blackout and nothing else planned";
    assert_eq!(
        told(&found, &berlin),
        [
            format!("2026-06-07T00:30:00+02:00 {free}; as early as it can be"),
            format!("2026-06-07T02:30:00+02:00 {free}")
        ]
    );
}

#[test]
fn the_quietest_comes_before_the_earliest() {
    let utc = zone("UTC");
    let busy = |hour: i64| if hour % 24 == 3 { 4.0 } else { 100.0 };
    let monday = instant("2026-06-01T00:00:00Z");
    let week = Week::of((0..168).map(|hour| (monday + Span::hours(hour), busy(hour))), &utc);
    let wanted =
        Wanted { lasts: Span::minutes(50), ..two_hours(&[], &utc, ("2026-06-02T00:00:00Z", "2026-06-04T00:00:00Z")) };
    let found = wanted.found(Vec::new(), &week);
    let why =
        "no blackout and nothing else planned; traffic is 4 % of the week's average; nothing that is free is quieter";
    assert_eq!(
        told(&found, &utc),
        [format!("2026-06-02T03:00:00+00:00 {why}"), format!("2026-06-03T03:00:00+00:00 {why}")]
    );
    assert_eq!(found.slots[0].traffic, Some(42));
}

#[test]
fn windows_over_a_change_of_clocks_are_as_long_as_they_are() {
    let berlin = zone("Europe/Berlin");
    let longest = |night: Hours, between: (&str, &str)| {
        let nights = [night];
        let fits = |quarters: i64| {
            let wanted = Wanted { lasts: Span::minutes(15 * quarters), ..two_hours(&nights, &berlin, between) };
            !wanted.found(Vec::new(), &Week::UNKNOWN).slots.is_empty()
        };
        (1..200).take_while(|quarters| fits(*quarters)).last().unwrap_or(0)
    };
    let spring = ("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
    let autumn = ("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    assert_eq!(longest(hours(&[], "22:00", "06:00"), spring), 7 * 4);
    assert_eq!(longest(hours(&[], "22:00", "06:00"), autumn), 9 * 4);
    assert_eq!(longest(hours(&["SU"], "02:30", "03:30"), spring), 2, "02:30 is left out: it is from 03:00");
    assert_eq!(longest(hours(&["SU"], "02:15", "02:45"), spring), 0, "there is no such time");
    assert_eq!(longest(hours(&["SU"], "02:00", "02:30"), autumn), 2, "the first time");
    assert_eq!(longest(hours(&["SU"], "00:00", "00:00"), ("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z")), 25 * 4);
}

#[test]
fn windows_that_touch_are_one() {
    let utc = zone("UTC");
    let both = [hours(&[], "20:00", "24:00"), hours(&[], "00:00", "04:00")];
    let wanted =
        Wanted { lasts: Span::hours(8), ..two_hours(&both, &utc, ("2026-06-02T00:00:00Z", "2026-06-04T00:00:00Z")) };
    assert_eq!(wanted.found(Vec::new(), &Week::UNKNOWN).slots[0].from, instant("2026-06-02T20:00:00Z"));
}

#[test]
fn where_there_is_none_what_stands_in_the_way_is_named() {
    let (utc, nights) = (zone("UTC"), [hours(&[], "22:00", "23:30")]);
    let between = ("2026-06-02T00:00:00Z", "2026-06-04T00:00:00Z");
    let why = |hours: &[Hours], obstacles: Vec<Obstacle>| {
        let found = two_hours(hours, &utc, between).found(obstacles, &Week::UNKNOWN);
        assert!(found.slots.is_empty());
        (found.in_the_way.into_iter().map(|it| it.why).collect::<Vec<_>>(), found.more)
    };
    assert_eq!(why(&nights, Vec::new()).0, ["the allowed hours last PT1H30M at a time, and PT2H are wanted"]);
    let sundays = [hours(&["SU"], "22:00", "23:30")];
    assert_eq!(why(&sundays, Vec::new()).0, ["none of the allowed hours lie in that time"]);
    let odd = [hours(&[], "22:10", "00:10")];
    assert_eq!(why(&odd, Vec::new()).0, ["it would fit only where no quarter of an hour begins"]);
    let days = (0..30).map(|n| obstacle("2026-06-01T00:00:00Z", "2026-06-03T23:00:00Z", &format!("Freeze {n:02}")));
    let (named, more) = why(&[], days.collect());
    assert_eq!((named[0].as_str(), named.len(), more), ("Freeze 00", 20, 10));
}

#[test]
fn what_cannot_be_looked_for_is_refused_with_its_field() {
    let utc = zone("UTC");
    let good = two_hours(&[], &utc, ("2026-06-02T00:00:00Z", "2026-06-04T00:00:00Z"));
    let field = |wanted: Wanted<'_>| wanted.checked().expect_err("it is odd").field.expect("it is named");
    good.checked().expect("it can be looked for");
    assert_eq!(field(Wanted { lasts: Span::ZERO, ..good }), "duration");
    assert_eq!(field(Wanted { lasts: Span::hours(32 * 24), ..good }), "duration");
    assert_eq!(field(Wanted { latest: good.earliest, ..good }), "latest");
    assert_eq!(field(Wanted { latest: good.earliest + Span::hours(1), ..good }), "latest");
    assert_eq!(field(Wanted { latest: good.earliest + Span::hours(401 * 24), ..good }), "latest");
    assert_eq!(field(Wanted { count: 0, ..good }), "count");
    assert_eq!(field(Wanted { count: 21, ..good }), "count");
    assert_eq!(field(Wanted { hours: &vec![hours(&[], "00:00", "01:00"); 51], ..good }), "hours");
    for (days, from, to, field) in [
        (vec!["MO", "Mo"], "00:00", "01:00", "days"),
        (vec![], "24:00", "01:00", "from"),
        (vec![], "1:00", "02:00", "from"),
        (vec![], "01:60", "02:00", "from"),
        (vec![], "01:00", "24:01", "to"),
        (vec![], "01:00", "+2:00", "to"),
    ] {
        assert_eq!(Hours::read(&days, from, to).expect_err(from).field.as_deref(), Some(field));
    }
}

/// The allowed hours as a reader of the wall would have them: one has begun once the wall has shown the one time, and is over
/// once it has shown the other.
fn windows_of(
    hours: &[(Vec<i8>, i64, i64)],
    zone: &jiff::tz::TimeZone,
    (from, to): (Instant, Instant),
) -> Vec<(Instant, Instant)> {
    let date = |at: Instant| jiff::Timestamp::from_microsecond(at.0).expect("in range").to_zoned(zone.clone()).date();
    let day = jiff::Span::new().days(1);
    let mut windows = Vec::new();
    let mut at = date(from).saturating_sub(day);
    while at <= date(to) {
        for (days, from, to) in hours {
            let wall = |minutes: i64| {
                let local = at.at(0, 0, 0, 0).saturating_add(jiff::Span::new().minutes(minutes));
                Instant(first(local, zone).as_microsecond())
            };
            let to = if to <= from { to + 1_440 } else { *to };
            if days.is_empty() || days.contains(&at.weekday().to_monday_zero_offset()) {
                windows.push((wall(*from), wall(to)));
            }
        }
        at = at.saturating_add(day);
    }
    windows
}

/// When this was first shown, or what comes after it, looked for minute by minute.
fn first(local: jiff::civil::DateTime, zone: &jiff::tz::TimeZone) -> jiff::Timestamp {
    let near = zone.to_ambiguous_zoned(local).earlier().expect("in range").timestamp();
    let minute = jiff::SignedDuration::from_mins(1);
    let mut at = near - jiff::SignedDuration::from_hours(3);
    while at.to_zoned(zone.clone()).datetime() < local {
        at += minute;
    }
    at
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_slot_touches_what_it_must_not_and_none_is_better(
        place in 0..ZONES.len(),
        // Hours of 2026 from which on is looked, some of them around changes of clocks.
        start in prop_oneof![0..8_000_i64, Just(2_084), Just(7_124), Just(6_590), Just(2_250)],
        (minute, length) in (0..120_i64, 120..4_000_i64),
        lasts in 1..600_i64,
        windows in prop::collection::vec((prop::collection::vec(0..7_i8, 0..3), 0..1_440_i64, 1..=1_440_i64), 0..3),
        taken in prop::collection::vec((0..4_000_i64, 1..500_i64), 0..4),
        busy in prop::collection::vec(prop::option::weighted(0.9, 0..8_u8), 168),
    ) {
        let clocks = jiff::tz::db().get(ZONES[place]).expect("it is there");
        let zone = Zone::new(clocks.clone());
        let earliest = instant("2026-01-01T00:00:00Z") + Span::minutes(start * 60 + minute);
        let minutes = |count: i64| earliest + Span::minutes(count);
        let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let time = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let allowed: Vec<Hours> = windows.iter().map(|(days, from, to)| {
            let days: Vec<&str> = days.iter().map(|day| names[*day as usize]).collect();
            hours(&days, &time(*from), &time(*to))
        }).collect();
        let obstacles: Vec<Obstacle> = taken.iter().map(|(from, lasts)| Obstacle {
            from: minutes(*from), to: minutes(from + lasts), why: "taken".to_owned(),
        }).collect();
        let monday = instant("2026-06-01T00:00:00Z");
        let seen = busy.iter().enumerate().filter_map(|(hour, busy)| Some((monday + Span::hours(hour as i64), f64::from((*busy)?))));
        let week = Week::of(seen, &Zone::utc());
        let wanted = Wanted { lasts: Span::minutes(lasts), earliest, latest: minutes(length), hours: &allowed, zone: &zone, count: 3 };
        let found = wanted.found(obstacles.clone(), &week);

        let open = windows_of(&windows, &clocks, (earliest, minutes(length)));
        let open: Vec<bool> = (0..length).map(|it| {
            let at = minutes(it);
            let is_allowed = windows.is_empty() || open.iter().any(|(from, to)| *from <= at && at < *to);
            is_allowed && !obstacles.iter().any(|it| it.from <= at && at < it.to)
        }).collect();
        let cost = |from: i64| {
            let quarters = (lasts + QUARTER - 1) / QUARTER;
            let share = |n: i64| u64::from(week.share(zone.local(minutes(from + n * QUARTER))).unwrap_or(1_000));
            ((0..quarters).map(share).sum::<u64>() / quarters as u64 + 5) / 10
        };
        let fits = |from: i64| (from..from + lasts).all(|it| open[it as usize]);
        let starts: Vec<(u64, i64)> = (0..=length - lasts)
            .filter(|it| zone.local(minutes(*it)).of_day() % 900 == 0 && fits(*it))
            .map(|it| (cost(it), it))
            .collect();
        let mut best: Vec<i64> = Vec::new();
        while best.len() < 3 {
            let alone = |it: i64| best.iter().all(|other| it + lasts <= *other || other + lasts <= it);
            let Some((_, next)) = starts.iter().filter(|(_, it)| alone(*it)).min() else { break };
            best.push(*next);
        }
        let given: Vec<i64> = found.slots.iter().map(|it| (it.from - earliest).as_seconds() / 60).collect();
        prop_assert_eq!(given, best);
        prop_assert_eq!(found.slots.is_empty(), !found.in_the_way.is_empty());
    }
}
