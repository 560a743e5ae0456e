//! What people say, as a rule: the same that the rule says of itself, and what is not understood is named.
use jiff::tz::TimeZone;
use lull_domain::duration;
use lull_domain::recurrence::{Local, Recurrence, Zone, heard};

const NOW: &str = "2026-11-21T20:00";

fn local(text: &str) -> Local {
    text.parse().expect("a local time")
}

/// The rule, the first start, how long, and where.
fn said(text: &str) -> (String, String, String, Option<String>) {
    let heard = heard(text).unwrap_or_else(|refusal| panic!("{text}: {}", refusal.detail));
    let start = heard.start(local(NOW)).unwrap_or_else(|refusal| panic!("{text}: {}", refusal.detail));
    let rule = heard.rule.to_string().replace("RRULE:FREQ=", "");
    (rule, start.to_string()[..16].to_owned(), duration::print(heard.lasts), heard.zone)
}

#[test]
fn what_people_say_is_a_rule() {
    for (text, rule, start, lasts) in [
        ("every second Sunday 02:00–04:00", "WEEKLY;INTERVAL=2;BYDAY=SU", "2026-11-22T02:00", "PT2H"),
        ("Every other Tuesday at 2am for 90 minutes", "WEEKLY;INTERVAL=2;BYDAY=TU", "2026-11-24T02:00", "PT1H30M"),
        ("every Sunday 22:00-02:00", "WEEKLY;BYDAY=SU", "2026-11-22T22:00", "PT4H"),
        ("Saturdays from 9pm to 11pm", "WEEKLY;BYDAY=SA", "2026-11-21T21:00", "PT2H"),
        ("Saturdays 19:00 for 1h", "WEEKLY;BYDAY=SA", "2026-11-28T19:00", "PT1H"),
        ("daily 23:30 for 24h", "DAILY", "2026-11-21T23:30", "P1D"),
        ("every day at 01:00 and 13:00 for 30min", "DAILY;BYHOUR=1,13", "2026-11-22T01:00", "PT30M"),
        ("weekdays 03:00-04:00", "WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-23T03:00", "PT1H"),
        ("every weekend 03:00-04:00", "WEEKLY;BYDAY=SA,SU", "2026-11-22T03:00", "PT1H"),
        ("every 3 weeks on Mon and Thu 03:00-04:00", "WEEKLY;INTERVAL=3;BYDAY=MO,TH", "2026-11-23T03:00", "PT1H"),
        ("the second Sunday of every month 02:00-04:00", "MONTHLY;BYDAY=2SU", "2026-12-13T02:00", "PT2H"),
        ("every second Sunday of the month 02:00-04:00", "MONTHLY;BYDAY=2SU", "2026-12-13T02:00", "PT2H"),
        ("2nd and 4th Tuesday of the month, 02:00 for 2 hours", "MONTHLY;BYDAY=2TU,4TU", "2026-11-24T02:00", "PT2H"),
        ("last Friday of every third month 02:00-04:00", "MONTHLY;INTERVAL=3;BYDAY=-1FR", "2026-11-27T02:00", "PT2H"),
        ("on the 31st of every month 02:00-04:00", "MONTHLY;BYMONTHDAY=31", "2026-12-31T02:00", "PT2H"),
        ("the last day of every month 02:00-04:00", "MONTHLY;BYMONTHDAY=-1", "2026-11-30T02:00", "PT2H"),
        ("monthly on the 15th 02:00-04:00", "MONTHLY;BYMONTHDAY=15", "2026-12-15T02:00", "PT2H"),
        ("every year on 24 December 00:00 for 3 days", "YEARLY;BYMONTH=12;BYMONTHDAY=24", "2026-12-24T00:00", "P3D"),
        ("every 1 May 00:00 for 1 day", "YEARLY;BYMONTH=5;BYMONTHDAY=1", "2027-05-01T00:00", "P1D"),
        ("the last Friday of March 02:00-04:00", "YEARLY;BYMONTH=3;BYDAY=-1FR", "2027-03-26T02:00", "PT2H"),
        ("every hour at 00:15 for 5m", "HOURLY", "2026-11-21T20:15", "PT5M"),
        ("Sundays 02:00-04:00 10 times", "WEEKLY;COUNT=10;BYDAY=SU", "2026-11-22T02:00", "PT2H"),
        (
            "Sundays 02:00-04:00 until 31 December 2026",
            "WEEKLY;UNTIL=20261231T235959;BYDAY=SU",
            "2026-11-22T02:00",
            "PT2H",
        ),
        ("every 2nd and 4th Sunday of the month 02:00-04:00", "MONTHLY;BYDAY=2SU,4SU", "2026-11-22T02:00", "PT2H"),
        ("every 15th of the month 02:00-04:00", "MONTHLY;BYMONTHDAY=15", "2026-12-15T02:00", "PT2H"),
        ("every second to last Sunday of the month 02:00-04:00", "MONTHLY;BYDAY=-2SU", "2026-11-22T02:00", "PT2H"),
        ("every day in December 02:00-04:00", "DAILY;BYMONTH=12", "2026-12-01T02:00", "PT2H"),
        (
            "every 2 weeks on Sunday in March 02:00-04:00",
            "WEEKLY;INTERVAL=2;BYMONTH=3;BYDAY=SU",
            "2027-03-07T02:00",
            "PT2H",
        ),
        ("every 6 hours from 00:00 for 30 minutes", "HOURLY;INTERVAL=6", "2026-11-22T00:00", "PT30M"),
        ("every 2 hours on Sundays at 00:00 for 30 minutes", "HOURLY;INTERVAL=2;BYDAY=SU", "2026-11-21T20:00", "PT30M"),
        ("daily 02:00-04:00 and 22:00-00:00", "DAILY;BYHOUR=2,22", "2026-11-21T22:00", "PT2H"),
        ("Sundays 02:00-04:00 starting 2027-02-01", "WEEKLY;BYDAY=SU", "2027-02-07T02:00", "PT2H"),
    ] {
        assert_eq!(said(text), (rule.to_owned(), start.to_owned(), lasts.to_owned(), None), "{text}");
    }
    assert_eq!(said("every second Sunday 02:00–04:00 Europe/Berlin").3.as_deref(), Some("Europe/Berlin"));
    assert_eq!(said("Sundays 02:00–04:00 (UTC)").3.as_deref(), Some("UTC"));
}

#[test]
fn what_a_rule_says_of_itself_is_understood() {
    let zone = Zone::new(TimeZone::UTC);
    for rule in [
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;COUNT=10;BYDAY=MO,TH",
        "FREQ=DAILY;INTERVAL=10",
        "FREQ=MONTHLY;BYDAY=2SU",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=-1FR",
        "FREQ=DAILY;BYHOUR=1,13",
        "FREQ=DAILY;UNTIL=20270101T000000",
        "FREQ=MONTHLY;BYMONTHDAY=15",
        "FREQ=MONTHLY;BYDAY=-2TU",
    ] {
        let recurrence = Recurrence {
            rules: vec![rule.parse().expect("a rule")],
            more: Vec::new(),
            except: Vec::new(),
            start: local("2026-11-22T01:00"),
            lasts: duration::parse("PT2H").expect("a duration"),
            elapsed: false,
        };
        let sentence = recurrence.sentence(&zone, "UTC");
        assert_eq!(said(&sentence).0, rule.replace("FREQ=", ""), "{sentence}");
    }
}

#[test]
fn what_is_not_understood_is_named() {
    let why = |text: &str| heard(text).and_then(|it| it.start(local(NOW))).expect_err(text).detail;
    for (text, says) in [
        ("every blue moon 02:00-04:00", "`blue` is not understood"),
        ("02:00-04:00", "how often"),
        ("every Sunday", "at what time"),
        ("every Sunday 02:00", "how long"),
        ("every Sunday 25:00-26:00", "`25:00-26:00` is not understood"),
        ("every Sunday 02:00 for ever", "`for` is followed by"),
        ("every Sunday 02:00-04:00 until Christmas", "`until` is followed by"),
        ("30 February 02:00-04:00", "no day is all"),
        ("40 February 02:00-04:00", "`40` is not understood"),
        ("the 30th of February 02:00-04:00", "no day is all"),
        ("every Sunday 22:00-23:00 and 02:00-04:00", "not equally long"),
        ("every day on the second Sunday 02:00-04:00", "how often twice"),
        ("", "how often"),
    ] {
        assert!(why(text).contains(says), "{text}: {}", why(text));
    }
}

/// Each of these was once heard as another rule, without a word.
#[test]
fn what_could_be_taken_for_another_rule_is_the_one_that_was_said() {
    for (text, rule) in [
        ("once a week on Sunday", "WEEKLY;BYDAY=SU"),
        ("once a month on the first Sunday", "MONTHLY;BYDAY=1SU"),
        ("once every month on the 15th", "MONTHLY;BYMONTHDAY=15"),
        ("Sunday once", "WEEKLY;COUNT=1;BYDAY=SU"),
        ("every Sunday, only once", "WEEKLY;COUNT=1;BYDAY=SU"),
        ("last weekday of the month", "MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR"),
        ("the first and third workday of every month", "MONTHLY;BYSETPOS=1,3;BYDAY=MO,TU,WE,TH,FR"),
        ("first weekday of March and June", "MONTHLY;BYMONTH=3,6;BYSETPOS=1;BYDAY=MO,TU,WE,TH,FR"),
        ("every second weekend", "WEEKLY;INTERVAL=2;BYDAY=SA,SU"),
        ("every other weekend", "WEEKLY;INTERVAL=2;BYDAY=SA,SU"),
        ("every second Sunday of the month and every Monday", "MONTHLY;BYDAY=MO,2SU"),
        ("first Saturday and every Sunday of the month", "MONTHLY;BYDAY=SU,1SA"),
        ("the first Saturday and the first Sunday of the month", "MONTHLY;BYDAY=1SA,1SU"),
        ("the first Sunday of the month, the third Monday of the month", "MONTHLY;BYDAY=1SU,3MO"),
        ("every second Monday and Thursday", "WEEKLY;INTERVAL=2;BYDAY=MO,TH"),
        ("every other Monday and Thursday night", "WEEKLY;INTERVAL=2;BYDAY=MO,TH"),
        ("every second night", "DAILY;INTERVAL=2"),
        ("second last Friday", "MONTHLY;BYDAY=-2FR"),
        ("third last day of the month", "MONTHLY;BYMONTHDAY=-3"),
        ("the last day of the year", "YEARLY;BYYEARDAY=-1"),
        ("every Friday that is also the 13th of every month", "MONTHLY;BYMONTHDAY=13;BYDAY=FR"),
        ("Monday to Friday every second week", "WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR"),
        ("every two weeks on Sunday", "WEEKLY;INTERVAL=2;BYDAY=SU"),
        ("the 1st and 15th of July", "YEARLY;BYMONTH=7;BYMONTHDAY=1,15"),
        ("weekly starting 2027-02-01", "WEEKLY"),
    ] {
        assert_eq!(said(&format!("{text} 02:00-04:00")).0, rule, "{text}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for (text, says) in [
        ("every Sunday once", "`once`"),
        ("3 times a week on Monday", "`3` is not understood"),
        ("first weekend of the month", "`first weekend`"),
        ("every second weekend of the month", "`every second weekend`"),
        ("every second weekday", "`every second weekday`"),
        ("first weekday", "of which month"),
        ("first weekday and first Sunday of the month", "`first weekday`"),
        ("every day from 1 June", "`from 1` is not understood"),
        ("every Sunday starting 10 January", "`starting 10` is not understood"),
        ("every day starting Monday", "`starting Monday` is not understood"),
        ("every day from June", "written as 2027-06-01"),
        ("Sundays 2027-02-01", "`2027-02-01` is not understood"),
        ("first Saturday and Sunday of the month", "`first Saturday and Sunday`"),
        ("1st and 3rd Saturday and Sunday", "`1st and 3rd Saturday and Sunday`"),
        ("last Friday and Saturday", "`last Friday and Saturday`"),
        ("first Saturday of the month and Sunday", "`Sunday`"),
        ("second and third to last Friday", "`second and third to last`"),
        ("every second day of the month", "the second time with `month`"),
        ("every second week of the month on Sunday", "how often twice"),
        ("every other Sunday of the month", "`every other Sunday`"),
        ("every second Sunday in March", "`every second Sunday`"),
        ("every second Sunday of the year", "`every second Sunday`"),
        ("every second Sunday and first Monday", "`every second Sunday`"),
        ("every second Sunday and every Monday", "`every second Sunday`"),
        ("1 January and 15 July", "series of their own"),
        ("the 1st of January and the 15th of July", "series of their own"),
        ("every day of the month", "how often twice"),
        ("every day on Sunday", "how often twice"),
        ("every day every Sunday", "how often twice"),
        ("daily on the 15th", "how often twice"),
        ("the 15th", "of which month"),
        ("the 15th of the year", "of which month"),
        ("weekly", "on which day"),
        ("every month", "on which day"),
        ("every year in March", "on which day"),
        ("monthly on Sunday", "`Sunday`"),
        ("every second", "`every second 02:00-04:00`"),
        ("every Sunday and the 15th of the month", "`15th`"),
        ("every 2 weeks on Monday and every Tuesday", "how often twice"),
        ("Monday every 2 weeks and Tuesday", "series of their own"),
        ("Mondays 02:00-04:00 and Tuesdays", "series of their own"),
        ("weekdays at 06:00-08:00, 02:00-04:00 on weekends", "series of their own"),
        ("first Sunday of the quarter", "`of quarter` is not understood"),
        ("Sunday in March", "`Sunday`"),
        ("every hour", "hours are counted from one time"),
        ("Saturday to Monday", "name each day"),
    ] {
        let text = format!("{text} 02:00-04:00");
        let refusal = heard(&text).and_then(|it| it.start(local(NOW))).expect_err(&text);
        assert!(refusal.detail.contains(says), "{text}: {}", refusal.detail);
        assert!(refusal.remedy.contains("every second Sunday 02:00-04:00"), "an example: {}", refusal.remedy);
    }
}
