//! A calendar is read back by a parser of somebody else, whatever people write into titles.
use lull_adapters::ics::{self, Event, Ics, When, Zone};
use lull_domain::id::OrderId;
use lull_domain::maintenance::Obeyed;
use lull_domain::order::{Actor, Closing, Command, Facts, Finding, Order, Step};
use lull_domain::plan::{Edit, Until};
use lull_domain::policy::{EndRule, Overrun, Role};
use lull_store::conformance::sample::{completed, minute, scheduled};
use proptest::prelude::*;

use super::*;

fn of(maintenance: Maintenance) -> Calendar {
    let objects = vec!["acme/prod/shop".to_owned(), "CIR;1".to_owned()];
    Calendar {
        under: "acme/prod".to_owned(),
        entries: vec![Entry { maintenance, objects, changed_at: minute(7), is_made: true }],
    }
}

fn read(calendar: &Calendar) -> Ics {
    let text = calendar.written();
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    ics::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn event(maintenance: &Maintenance) -> Event {
    let mut read = read(&of(maintenance.clone()));
    assert_eq!((read.method.as_deref(), read.events.len()), (Some("PUBLISH"), 1));
    read.events.remove(0)
}

fn ordered(maintenance: Maintenance, command: Command, at: i64) -> Maintenance {
    let by = match command {
        Command::Found(_) => Actor::Engine,
        _ => Actor::Person("ann".to_owned()),
    };
    let facts = Facts { role: Some(Role::Administrator), sees: true, ..Facts::default() };
    match maintenance.obey(&Order { id: OrderId(1), by, at: minute(at), command, facts }) {
        Ok(Obeyed::Changed(after)) => *after,
        other => panic!("it was to change: {other:?}"),
    }
}

fn note<'e>(event: &'e Event, name: &str) -> Vec<&'e str> {
    let named = event.others.iter().filter(|other| other.0 == format!("X-MAINTNOTE-{name}"));
    named.map(|other| other.2.as_str()).collect()
}

#[test]
fn a_maintenance_is_written_as_calendars_and_carriers_read_it() {
    insta::assert_snapshot!(of(scheduled(1)).written().replace("\r\n", "\n"));
}

#[test]
fn its_sequence_grows_with_every_change_and_its_uid_stays() {
    let began = |after: Maintenance| ordered(after, Command::Life(Step::Start), 60);
    let cancel = Command::Life(Step::Cancel(Closing::default()));
    let extend = Command::Edit(Edit::Extend(minute(200)));
    let mut lives = vec![vec![scheduled(1)], vec![scheduled(1)]];
    // One is moved and cancelled before it begins; one is begun, moved, and over.
    lives[0].push(ordered(scheduled(1), extend.clone(), 10));
    let last = lives[0][1].clone();
    lives[0].push(ordered(last, cancel, 20));
    lives[1].push(began(scheduled(1)));
    let last = lives[1][1].clone();
    lives[1].push(ordered(last, extend, 70));
    let active = ordered(lives[1][2].clone(), Command::Found(Finding::Entered), 71);
    let leaving = ordered(active, Command::Life(Step::Complete(Closing::default())), 90);
    lives[1].push(ordered(leaving, Command::Found(Finding::Left), 91));
    for life in lives {
        let events: Vec<Event> = life.iter().map(event).collect();
        let sequences: Vec<u32> = events.iter().map(|event| event.sequence).collect();
        assert!(sequences.is_sorted_by(|before, after| before < after), "{sequences:?}");
        assert!(events.iter().all(|event| event.uid == events[0].uid && event.uid.ends_with("@lull")));
    }
}

#[test]
fn what_is_over_says_how_and_when() {
    let done = event(&completed(1));
    assert_eq!((done.status.as_deref(), note(&done, "STATUS")), (Some("CONFIRMED"), vec!["COMPLETED"]));
    assert_eq!(done.end.map(|end| end.local), Some("1970-01-01T03:01:00".to_owned()));
    let cancelled = ordered(scheduled(1), Command::Life(Step::Cancel(Closing::default())), 20);
    let cancelled = event(&cancelled);
    assert_eq!((cancelled.status.as_deref(), note(&cancelled, "STATUS")), (Some("CANCELLED"), vec!["CANCELLED"]));
    assert!(cancelled.transparent);
}

#[test]
fn one_without_an_end_is_shown_until_it_is_looked_at_again() {
    let mut open = scheduled(1);
    (open.plan.until, open.plan.end) = (Until::Open, EndRule::Manual(Overrun::Stay));
    open.plan.expires_after = Some(Span::hours(3));
    let event = event(&open);
    assert_eq!(event.end.map(|end| end.local), Some("1970-01-01T05:00:00".to_owned()));
    assert!(event.description.contains("No end is planned"));
}

#[test]
fn a_time_that_the_clocks_show_twice_is_written_in_utc_the_second_time() {
    let mut twice = scheduled(1);
    // 2026-10-25 02:30 in Berlin, an hour later 02:30 again.
    let second = Instant(1_792_891_800_000_000);
    (twice.plan.starts_at, twice.plan.until) = (Some(second - Span::hours(1)), Until::At(second));
    let event = event(&twice);
    assert_eq!(event.start.zone, Zone::Iana("Europe/Berlin".to_owned()));
    assert_eq!(event.start.local, "2026-10-25T02:30:00");
    let end = When { local: "2026-10-25T01:30:00".to_owned(), zone: Zone::Utc, date_only: false };
    assert_eq!(event.end, Some(end));
}

#[test]
fn a_zone_is_described_for_the_years_in_which_it_is_named() {
    for (zone, at) in
        [("Asia/Tokyo", 1_782_864_000), ("America/New_York", 1_782_864_000), ("Africa/Casablanca", 1_900_000_000)]
    {
        let mut far = scheduled(1);
        far.plan.zone = zone.to_owned();
        let at = Instant(at * 1_000_000);
        (far.plan.starts_at, far.plan.until) = (Some(at), Until::At(at + Span::hours(1)));
        let text = of(far).written();
        assert!(text.contains(&format!("BEGIN:VTIMEZONE\r\nTZID:{zone}\r\nBEGIN:")), "{text}");
        assert!(ics::read(text.as_bytes()).is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn whatever_a_title_says_it_is_one_event_with_that_title(
        title in any::<String>(),
        description in "(?s)([a-z:;,\"\\\\ ]|\r\n|\n|END:VEVENT|\u{1F6A7}|\u{e4}|.){0,120}",
    ) {
        let mut odd = scheduled(1);
        odd.plan.texts.title = title.clone();
        odd.plan.texts.description = Some(description.clone());
        let event = event(&odd);
        prop_assert_eq!(event.summary, kept(&title));
        prop_assert_eq!(event.description, kept(&description));
        let same = event_without_texts(&odd);
        prop_assert_eq!((event.uid, event.sequence, event.start, event.end), (same.uid, same.sequence, same.start, same.end));
        prop_assert_eq!(event.others, same.others);
    }
}

fn event_without_texts(maintenance: &Maintenance) -> Event {
    let mut plain = maintenance.clone();
    (plain.plan.texts.title, plain.plan.texts.description) = ("Disks".to_owned(), None);
    event(&plain)
}

/// What a calendar can say of a text: lines, and nothing that cannot be seen.
fn kept(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    lines.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}
