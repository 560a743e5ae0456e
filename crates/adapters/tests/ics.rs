//! iCalendar text: what is understood, what is refused and in which words, and that nothing in it makes us hang.
use lull_adapters::ics::{self, Event, LONGEST, Unreadable, Zone};
use proptest::prelude::*;

/// A calendar of these lines.
fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n", lines.trim().replace('\n', "\r\n"))
}

/// An event with a UID and a start, and these lines.
fn event(lines: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\nUID:u-1\nDTSTART:20261122T010000Z\n{}\nEND:VEVENT", lines.trim()))
}

fn only(text: &str) -> Event {
    let ics = ics::read(text.as_bytes()).expect("it can be read");
    assert_eq!(ics.events.len(), 1);
    ics.events.into_iter().next().expect("there is one")
}

fn error(text: impl AsRef<[u8]>) -> String {
    ics::read(text.as_ref()).expect_err("it cannot be read").to_string()
}

#[test]
fn an_event_says_when_it_is_what_it_is_called_and_how_often_it_was_changed() {
    let text = calendar(
        "METHOD:publish\nX-WR-CALNAME:Change freeze\nBEGIN:VEVENT\nUID:abc@example.net\nSEQUENCE:3\nSTATUS:Confirmed\nTRANSP:TRANSPARENT\n\
         SUMMARY:Racks\\; rows\\, and \\\\ more\\nsecond line\nDTSTAMP:20261101T000000Z\nDTSTART;TZID=Europe/Berlin:20261122T020000\n\
         DTEND;TZID=Europe/Berlin:20261122T040000\nRRULE:FREQ=WEEKLY;BYDAY=SU\nRRULE:FREQ=YEARLY\nEXDATE;TZID=Europe/Berlin:20261129T020000,\n \
         20261206T020000\nRDATE;VALUE=DATE:20261224\nX-Maintnote-Object-Id;X-MAINTNOTE-OBJECT-IMPACT=\"NO-IMPACT\":a;b\n\
         BEGIN:VALARM\nSUMMARY:not the title\nEND:VALARM\nEND:VEVENT",
    );
    let ics = ics::read(text.as_bytes()).unwrap();
    assert_eq!((ics.method.as_deref(), ics.name.as_deref()), (Some("PUBLISH"), Some("Change freeze")));
    let event = &ics.events[0];
    assert_eq!(
        (event.uid.as_str(), event.sequence, event.status.as_deref()),
        ("abc@example.net", 3, Some("CONFIRMED"))
    );
    assert!(event.transparent);
    assert_eq!(event.summary, "Racks; rows, and \\ more\nsecond line");
    assert_eq!(
        (event.start.local.as_str(), event.start.zone.clone()),
        ("2026-11-22T02:00:00", Zone::Iana("Europe/Berlin".to_owned()))
    );
    assert_eq!(event.end.as_ref().unwrap().local, "2026-11-22T04:00:00");
    assert_eq!(event.rules, ["RRULE:FREQ=WEEKLY;BYDAY=SU", "RRULE:FREQ=YEARLY"]);
    assert_eq!(
        event.exdates.iter().map(|when| when.local.as_str()).collect::<Vec<_>>(),
        ["2026-11-29T02:00:00", "2026-12-06T02:00:00"]
    );
    assert!(event.rdates[0].date_only);
    assert_eq!(event.stamp, Some(1_793_491_200_000_000));
    let params = vec![("X-MAINTNOTE-OBJECT-IMPACT".to_owned(), "NO-IMPACT".to_owned())];
    assert_eq!(event.others, [("X-MAINTNOTE-OBJECT-ID".to_owned(), params, "a;b".to_owned())]);
}

#[test]
fn a_line_may_be_folded_anywhere_even_within_a_character() {
    let mut bytes = event("SUMMARY:Gr\u{fc}n").into_bytes();
    let middle = bytes.iter().position(|byte| *byte == 0xc3).unwrap() + 1;
    bytes.splice(middle..middle, *b"\r\n ");
    assert_eq!(ics::read(&bytes).unwrap().events[0].summary, "Gr\u{fc}n");
    assert_eq!(only(&event("SUMM\n ARY:to\n  be\n\t folded")).summary, "to be folded");
}

#[test]
fn times_are_utc_floating_dates_or_in_a_zone() {
    let start = |value: &str| only(&calendar(&format!("BEGIN:VEVENT\nUID:u\nDTSTART{value}\nEND:VEVENT"))).start;
    assert_eq!(start(":20261122T010000Z").zone, Zone::Utc);
    assert_eq!(start(":20261122T010000").zone, Zone::Floating);
    let date = start(";VALUE=DATE:20261122");
    assert_eq!((date.local.as_str(), date.date_only), ("2026-11-22T00:00:00", true));
    for name in
        ["Europe/Berlin", "europe/berlin", "W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Berlin"]
    {
        let quoted = format!(";TZID=\"{name}\":20261122T010000");
        assert_eq!(start(&quoted).zone, Zone::Iana("Europe/Berlin".to_owned()), "{name}");
    }
    assert_eq!(start(";TZID=UTC:20261122T010000").zone, Zone::Utc);
    assert_eq!(
        start(";TZID=America/Argentina/Ushuaia:20261122T010000").zone,
        Zone::Iana("America/Argentina/Ushuaia".to_owned())
    );
}

#[test]
fn a_zone_that_the_calendar_describes_is_the_place_it_names() {
    let text = calendar(
        "BEGIN:VTIMEZONE\nTZID:Office time\nX-LIC-LOCATION:Asia/Kathmandu\nBEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD\nEND:VTIMEZONE\n\
         BEGIN:VEVENT\nUID:u\nDTSTART;TZID=Office time:20261122T010000\nEND:VEVENT",
    );
    assert_eq!(only(&text).start.zone, Zone::Iana("Asia/Kathmandu".to_owned()));
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let of_event = |lines: &str| error(event(lines));
    assert_eq!(
        error(calendar("BEGIN:VEVENT\nUID:u\nDTSTART;TZID=Mars/Olympus:20261122T010000\nEND:VEVENT")),
        "the event \"u\" that begins in line 3: DTSTART: the time zone \"Mars/Olympus\" is not known"
    );
    assert_eq!(
        of_event("SEQUENCE:-1"),
        "the event \"u-1\" that begins in line 3: SEQUENCE is no number from 0 to 4294967295"
    );
    assert!(of_event("DTEND:20261122T000000Z").ends_with("it ends before it begins"));
    assert!(of_event("DTEND:20261322T000000Z").ends_with("DTEND: there is no such date and time"));
    assert!(of_event("DTEND:tomorrow").ends_with("DTEND: \"tomorrow\" is no date and time"));
    assert!(of_event("DTEND:20261122T030000+0100").contains("no offset"));
    assert!(of_event("DTEND:20261122T030000Z\nDURATION:PT1H").ends_with("both DTEND and DURATION"));
    assert!(of_event("DURATION:two hours").ends_with("is no duration, as PT2H is"));
    assert!(of_event("DURATION:P9999999W").ends_with("longer than 400 days"));
    assert!(of_event("UID:twice").ends_with("UID is there more than once"));
    assert_eq!(of_event("EXRULE:FREQ=DAILY"), "line 6: EXRULE is not understood; write EXDATE");
    assert_eq!(of_event("what is this"), "line 6: \"what is this\" is no property: NAME:VALUE was expected");
    assert_eq!(
        error(calendar("BEGIN:VEVENT\nUID:u\nEND:VEVENT")),
        "the event \"u\" that begins in line 3: it has no DTSTART"
    );
    assert_eq!(
        error("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR"),
        "line 3: END:VCALENDAR where END:VEVENT was expected"
    );
    assert_eq!(error("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1"), "line 3: the text stops before END:VEVENT");
    assert_eq!(error(""), "line 1: there is no BEGIN:VCALENDAR; this is not iCalendar");
    assert_eq!(error("<html>\n</html>"), "line 1: \"<html>\" is no property: NAME:VALUE was expected");
    assert_eq!(error("BEGIN:VEVENT\nEND:VEVENT"), "line 1: BEGIN:VEVENT stands outside of BEGIN:VCALENDAR");
    assert_eq!(error(b"BEGIN:VCALENDAR\nX-A:\xff\nEND:VCALENDAR"), "line 2: this is not UTF-8 text");
    assert_eq!(error([0, 1, 2, 255]), "line 1: this is not UTF-8 text");
}

#[test]
fn fifty_megabytes_are_refused_before_they_are_looked_at() {
    assert_eq!(ics::read(&vec![b' '; 50_000_000]), Err(Unreadable::TooLong));
    assert!(ics::read(&vec![b' '; LONGEST]).is_err_and(|error| error != Unreadable::TooLong));
}

#[test]
fn what_is_meant_to_hang_us_is_refused_or_read() {
    let full = |piece: &str| piece.repeat((LONGEST - 400) / piece.len());
    // Each is as long as a text may be; a square of any of them would take minutes.
    for hostile in [
        full("BEGIN:X\n"),
        full("\n "),
        full("\r\n \\"),
        full("A:\n"),
        full("BEGIN:VCALENDAR\nEND:VCALENDAR\n"),
        calendar(&full("BEGIN:VEVENT\nEND:VEVENT\n")),
        calendar(&full("BEGIN:VALARM\nEND:VALARM\n")),
        event(&format!("SUMMARY:{}", full("\n x"))),
        event(&format!("DESCRIPTION{}", full(";A=B"))),
        event(&format!("X-A{}", full(";A=\""))),
        event(&full("X-A:1\n")),
        event(&format!("EXDATE:{}20261122T010000Z", full("20261122T010000Z,"))),
    ] {
        let _ = ics::read(hostile.as_bytes());
    }
    let many = "BEGIN:VEVENT\nUID:u\nDTSTART:20261122T010000Z\nEND:VEVENT\n".repeat(10_001);
    assert!(error(calendar(&many)).contains("more than 10000"));
}

#[test]
fn a_text_may_be_cut_anywhere() {
    let whole = event("SUMMARY;X=\"a:b\":Gr\u{fc}n\\, or\\\n  not\nRRULE:FREQ=DAILY\nDURATION:PT1H");
    for cut in 0..whole.trim_end().len() {
        assert!(ics::read(&whole.as_bytes()[..cut]).is_err(), "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = ics::read(&bytes);
    }

    #[test]
    fn no_lines_make_it_panic(lines in prop::collection::vec("(SUMMARY|DTSTART|DTEND|DURATION|RDATE|TZID|X-A|RRULE|STATUS)[;:=,\"\\\\ A-Z0-9TZ+-]{0,30}(:|\r\n )?[ -~\u{e4}]{0,20}", 0..12)) {
        let _ = ics::read(event(&lines.join("\n")).as_bytes());
    }
}
