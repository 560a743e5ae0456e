//! Times and durations, typed and read.
use super::*;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("the test names an instant")
}

fn resolved(typed: &str, zone_name: &str, now: &str) -> Resolved {
    let when: When = typed.parse().expect("it is a time");
    when.resolve(&zone(zone_name).expect("it is a zone"), instant(now)).expect("it is in range")
}

#[test]
fn durations_are_read_as_people_and_as_standards_write_them() {
    for (typed, iso) in [
        ("2h", "PT2H"),
        ("2h30m", "PT2H30M"),
        ("2h 30m", "PT2H30M"),
        ("1d", "PT24H"),
        ("PT90M", "PT90M"),
        ("P1D", "PT24H"),
    ] {
        let lasting: Lasting = typed.parse().expect(typed);
        let expected: Lasting = iso.parse().expect(iso);
        assert_eq!(lasting, expected, "{typed}");
        assert!(lasting.to_string().starts_with("PT"), "{lasting}");
    }
    for wrong in ["", "2", "0m", "-5m", "1 month", "P1Y", "soon"] {
        assert!(wrong.parse::<Lasting>().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_bare_time_is_the_next_one_that_a_clock_there_shows() {
    let now = "2026-11-21T20:00:00Z";
    assert_eq!(resolved("22:30", "Europe/Berlin", now).at, instant("2026-11-21T21:30:00Z"));
    assert_eq!(resolved("03:00", "Europe/Berlin", now).at, instant("2026-11-22T02:00:00Z"));
    assert_eq!(resolved("21:00", "Europe/Berlin", now).at, instant("2026-11-22T20:00:00Z"));
}

#[test]
fn of_what_is_past_a_bare_time_is_the_last_one_that_a_clock_there_showed() {
    let (zone, now) = (zone("Europe/Berlin").expect("it is a zone"), instant("2026-11-21T20:00:00Z"));
    for (typed, expected) in [
        ("22:30", "2026-11-20T21:30:00Z"),
        ("03:00", "2026-11-21T02:00:00Z"),
        ("21:00", "2026-11-21T20:00:00Z"),
        ("2026-11-22 03:00", "2026-11-22T02:00:00Z"),
    ] {
        let when: When = typed.parse().expect("it is a time");
        assert_eq!(when.resolve_past(&zone, now).expect("it is in range").at, instant(expected), "{typed}");
    }
}

#[test]
fn a_date_and_time_is_of_the_zone_and_an_offset_settles_it() {
    let now = "2026-11-21T20:00:00Z";
    let expected = instant("2026-11-22T02:00:00Z");
    for typed in ["2026-11-22 03:00", "2026-11-22T03:00", "2026-11-22T03:00:00+01:00", "2026-11-22T02:00:00Z"] {
        assert_eq!(resolved(typed, "Europe/Berlin", now).at, expected, "{typed}");
    }
    for wrong in ["tomorrow", "2026-11-22", "25:00", ""] {
        assert!(wrong.parse::<When>().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_change_of_clocks_is_said_in_words() {
    let gap = resolved("2027-03-28 02:30", "Europe/Berlin", "2026-11-21T20:00:00Z");
    assert_eq!(gap.at, instant("2027-03-28T01:30:00Z"));
    insta::assert_snapshot!(gap.note.expect("there is a jump"), @"The clocks go from +01 to +02 then, and 02:30 does not exist: Sun 28 Mar 2027, 03:30 Europe/Berlin (+02:00) is taken.");
    let fold = resolved("2027-10-31 02:30", "Europe/Berlin", "2026-11-21T20:00:00Z");
    assert_eq!(fold.at, instant("2027-10-31T00:30:00Z"));
    insta::assert_snapshot!(fold.note.expect("it comes twice"), @"The clocks go from +02 to +01 then, and 02:30 comes twice: the first is taken, Sun 31 Oct 2027, 02:30 Europe/Berlin (+02:00).");
}

#[test]
fn times_are_told_with_zone_and_offset() {
    assert_eq!(told("2026-11-22T02:00:00Z", "Europe/Berlin"), "Sun 22 Nov 2026, 03:00 Europe/Berlin (+01:00)");
    assert_eq!(told("2026-11-02T02:00:00Z", "UTC"), "Mon 2 Nov 2026, 02:00 UTC (+00:00)");
    assert_eq!(told("later", "UTC"), "later");
    assert_eq!(short("2026-11-22T02:00:00Z", "Europe/Berlin"), "Sun 22 Nov 03:00 (+01:00)");
}

#[test]
fn how_far_it_is_has_two_units_at_most() {
    let now = instant("2026-11-21T12:00:00Z");
    for (at, text) in [
        ("2026-11-21T12:00:00Z", "now"),
        ("2026-11-21T12:00:42Z", "in 42 s"),
        ("2026-11-21T11:57:00Z", "3 min ago"),
        ("2026-11-21T13:46:10Z", "in 1 h 46 min"),
        ("2026-11-21T14:00:00Z", "in 2 h"),
        ("2026-11-24T15:00:00Z", "in 3 d 3 h"),
    ] {
        assert_eq!(relative(instant(at), now), text);
    }
}
