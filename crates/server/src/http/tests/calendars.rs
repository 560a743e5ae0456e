//! Calendars over HTTP: of one's own, by file, by address, and who sees which.
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use lull_domain::Span;
use lull_domain::id::CalendarId;
use lull_store::{Fetching, StoreError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::world::{Caller, SHOP, World};
use crate::calendars::fetch_due;
use crate::clock;

const CALENDARS: &str = "/api/v1/calendars";

/// A server from which a calendar is fetched: it says what it was told to say.
struct Site {
    port: u16,
    says: Arc<Mutex<(u16, String)>>,
    asked: Arc<Mutex<u32>>,
    task: JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Site {
    async fn saying(text: String) -> Site {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let (says, asked) = (Arc::new(Mutex::new((200, text))), Arc::new(Mutex::new(0)));
        let (said, counted) = (Arc::clone(&says), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { break };
                    head.push(byte);
                }
                *counted.lock().unwrap() += 1;
                let (status, text) = said.lock().unwrap().clone();
                let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n\r\n", text.len());
                // Whoever has read enough is gone.
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        Site { port, says, asked, task }
    }

    fn says(&self, status: u16, text: &str) {
        *self.says.lock().unwrap() = (status, text.to_owned());
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/all.ics", self.port)
    }
}

fn ics(events: &[&str]) -> String {
    let events: String = events
        .iter()
        .enumerate()
        .map(|(n, event)| {
            let uid = if event.contains("UID:") { String::new() } else { format!("UID:{n}@example\n") };
            format!("BEGIN:VEVENT\n{uid}DTSTAMP:20260101T000000Z\n{}\nEND:VEVENT\n", event.trim())
        })
        .collect();
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{events}END:VCALENDAR\n").replace('\n', "\r\n")
}

fn holiday(day: &str, name: &str) -> String {
    ics(&[&format!("DTSTART;VALUE=DATE:{day}\nSUMMARY:{name}")])
}

async fn made(who: &Caller<'_>, mut body: Value) -> String {
    for (field, value) in [("name", "Closed"), ("under", "acme/prod")] {
        if body.get(field).is_none() {
            body[field] = json!(value);
        }
    }
    let said = who.post(CALENDARS, body).await.is(201);
    said.body["id"].as_str().unwrap().to_owned()
}

/// The blackouts of a target in a time, each on a line.
async fn blackouts(who: &Caller<'_>, target: &str, from: &str, to: &str) -> Vec<String> {
    let said = who.get(&format!("{CALENDARS}/blackouts?target={target}&from={from}&to={to}")).await.is(200);
    let line = |it: &Value| {
        format!("{} {} {}", it["from"].as_str().unwrap(), it["to"].as_str().unwrap(), it["name"].as_str().unwrap())
    };
    said.body["items"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn a_blackout_of_ones_own_comes_again_by_the_clocks_of_its_zone() {
    let world = World::new().await;
    let admin = world.admin();
    let weekly = json!({"rules": ["RRULE:FREQ=WEEKLY;BYDAY=SU"], "zone": "Europe/Berlin", "start": "1999-01-03T02:30",
        "duration": "PT2H", "exdates": ["2026-04-05T02:30"]});
    let id = made(&admin, weekly).await;
    assert_eq!(
        blackouts(&admin, SHOP, "2026-03-20T00:00:00Z", "2026-04-13T00:00:00Z").await,
        [
            "2026-03-22T01:30:00Z 2026-03-22T03:30:00Z Closed",
            "2026-03-29T01:30:00Z 2026-03-29T03:30:00Z Closed",
            "2026-04-12T00:30:00Z 2026-04-12T02:30:00Z Closed",
        ]
    );
    let shown = admin.get(&format!("{CALENDARS}/{id}")).await.is(200).body;
    assert_eq!(shown["sentence"], "Every Sunday 02:30–04:30; not on 5 April 2026 02:30 (Europe/Berlin)");
    assert_eq!((shown["next"].as_array().map(Vec::len), &shown["source"]), (Some(10), &json!("own")));
    let words =
        made(&admin, json!({"text": "every year on 24 December 00:00 for 3 days", "zone": "Europe/Berlin"})).await;
    let christmas = ["2027-12-23T23:00:00Z 2027-12-26T23:00:00Z Closed"];
    assert_eq!(blackouts(&admin, "acme/prod", "2027-12-25T00:00:00Z", "2027-12-26T00:00:00Z").await, christmas);
    assert_eq!(blackouts(&admin, "acme/test", "2027-12-25T00:00:00Z", "2027-12-26T00:00:00Z").await, [""; 0]);
    admin.delete(&format!("{CALENDARS}/{words}")).await.is(204);
    admin.get(&format!("{CALENDARS}/{words}")).await.refused(404, "not-found", None);
    assert_eq!(blackouts(&admin, "acme/prod", "2027-12-25T00:00:00Z", "2027-12-26T00:00:00Z").await, [""; 0]);
    let once = json!({"start": "2026-05-01T00:00", "duration": "P1D", "zone": "UTC", "name": "Once"});
    made(&admin, once).await;
    let day = ["2026-05-01T00:00:00Z 2026-05-02T00:00:00Z Once"];
    assert_eq!(blackouts(&admin, SHOP, "2026-05-01T06:00:00Z", "2026-05-01T07:00:00Z").await, day);
}

#[tokio::test]
async fn a_blackout_in_words_that_lasts_now_counts_at_once() {
    let world = World::new().await;
    let admin = world.admin();
    let now = clock::now();
    let hour = |aside: i64| crate::view::instant(now + Span::hours(aside))[11..13].to_owned();
    let text = format!("every day {}:00-{}:00", hour(-1), hour(2));
    made(&admin, json!({"text": text, "zone": "UTC"})).await;
    let (from, to) = (crate::view::instant(now), crate::view::instant(now + Span::minutes(1)));
    assert_eq!(blackouts(&admin, SHOP, &from, &to).await.len(), 1);
}

#[tokio::test]
async fn a_file_is_read_with_what_was_moved_and_called_off() {
    let world = World::new().await;
    let admin = world.admin();
    let series = "UID:freeze@example\nDTSTART;TZID=Europe/Berlin:20260301T200000\nDTEND;TZID=Europe/Berlin:20260301T230000\n\
        RRULE:FREQ=WEEKLY;COUNT=6\nEXDATE;TZID=Europe/Berlin:20260308T200000\nRDATE:20260304T190000Z\nSUMMARY:Freeze";
    let moved =
        "UID:freeze@example\nRECURRENCE-ID:20260315T190000Z\nDTSTART:20260316T090000Z\nDURATION:PT1H\nSUMMARY:Moved";
    let off = "UID:freeze@example\nRECURRENCE-ID;TZID=Europe/Berlin:20260322T200000\nDTSTART:20260322T190000Z\nSTATUS:CANCELLED";
    let file = ics(&[
        series,
        moved,
        off,
        "DTSTART;VALUE=DATE:20260501\nSUMMARY:Labour Day",
        "DTSTART:20260502T080000\nDTEND:20260502T090000\nSUMMARY:Floating",
        "DTSTART:20260503T080000Z\nDTEND:20260503T090000Z\nTRANSP:TRANSPARENT",
        "DTSTART:20260504T080000Z\nDTEND:20260504T090000Z\nSTATUS:CANCELLED",
        "DTSTART:20260505T080000Z\nSUMMARY:Takes no time",
    ]);
    let id = made(&admin, json!({"ics": file, "zone": "Europe/Berlin"})).await;
    assert_eq!(
        blackouts(&admin, SHOP, "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z").await,
        [
            "2026-03-01T19:00:00Z 2026-03-01T22:00:00Z Freeze",
            "2026-03-04T19:00:00Z 2026-03-04T22:00:00Z Freeze",
            "2026-03-16T09:00:00Z 2026-03-16T10:00:00Z Moved",
            "2026-03-29T18:00:00Z 2026-03-29T21:00:00Z Freeze",
            "2026-04-05T18:00:00Z 2026-04-05T21:00:00Z Freeze",
            "2026-04-30T22:00:00Z 2026-05-01T22:00:00Z Labour Day",
            "2026-05-02T06:00:00Z 2026-05-02T07:00:00Z Floating",
        ]
    );
    let shown = admin.get(&format!("{CALENDARS}/{id}")).await.is(200).body;
    assert_eq!(
        (&shown["entries"], &shown["source"], &shown["zone"]),
        (&json!(4), &json!("file"), &json!("Europe/Berlin"))
    );
    admin.post(&format!("{CALENDARS}/{id}/refresh"), Value::Null).await.refused(409, "conflict", None);
    // Without a zone whole days are those of UTC.
    made(&admin, json!({"ics": holiday("20260601", "Whit Monday")})).await;
    let day = ["2026-06-01T00:00:00Z 2026-06-02T00:00:00Z Whit Monday"];
    assert_eq!(blackouts(&admin, SHOP, "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z").await, day);
    let restarted = world.restarted().await;
    assert_eq!(blackouts(&restarted.admin(), SHOP, "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z").await, day);
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_with_its_place() {
    let world = World::new().await;
    let admin = world.admin();
    let event = |rule: &str| ics(&[&format!("UID:odd@example\nDTSTART:20260301T200000Z\nDURATION:PT1H\n{rule}")]);
    let broken = ics(&["DTSTART:20260301T200000Z\nDTEND:20260301T190000Z"]);
    let date = |n: usize| {
        format!("EXDATE:2026{:02}{:02}T{:02}{:02}00Z\n", n / 24 / 1_440 + 1, n / 1_440 % 24 + 1, n / 60 % 24, n % 60)
    };
    let excepted = format!("{}RRULE:FREQ=DAILY", (0..10_001).map(date).collect::<String>());
    for (text, says) in [
        ("hello".to_owned(), vec!["line 1"]),
        (broken, vec!["line 4", "0@example", "ends before it begins"]),
        (event("RRULE:FREQ=SECONDLY"), vec!["odd@example", "line 4", "hourly"]),
        (event("RRULE:FREQ=DAILY;BYMINUTE=0,20"), vec!["odd@example", "more than once an hour"]),
        (event("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), vec!["odd@example", "never fires"]),
        (event("DTSTART;TZID=Mars/Olympus:20260301T200000"), vec!["line 4"]),
        (event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260301T200000Z"), vec!["odd@example", "RANGE"]),
        (holiday("20261301", "Thirteenth month"), vec!["line 4"]),
        (ics(&["DTSTART:20260301T200000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY"; 3]), vec!["20000 times in 400 days"]),
        (
            ics(&["DTSTART:20260301T200000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;COUNT=100000"; 11]),
            vec!["count beyond 1000000", "UNTIL"],
        ),
        (event(&excepted), vec!["odd@example", "More than 10,000 starts"]),
    ] {
        let body = json!({"name": "Odd", "under": SHOP, "ics": text});
        admin.post(CALENDARS, body).await.refused(400, "bad-input", Some("ics")).says(&says);
    }
    for (more, field) in [
        (json!({}), "url"),
        (json!({"ics": holiday("20260501", "a"), "url": "https://a.example/"}), "ics"),
        (json!({"ics": holiday("20260501", "a"), "rules": ["FREQ=DAILY"]}), "ics"),
        (json!({"text": "every blue moon 02:00-04:00"}), "text"),
        (json!({"rules": ["FREQ=DAILY"], "zone": "UTC", "start": "2026-01-01T00:00", "duration": "P2D"}), "duration"),
        (json!({"ics": holiday("20260501", "a"), "zone": "Mars/Olympus"}), "zone"),
        (json!({"ics": holiday("20260501", "a"), "name": " "}), "name"),
        (json!({"ics": holiday("20260501", "a"), "name": "Holi\ndays"}), "name"),
        (json!({"ics": holiday("20260501", "a"), "name": "\u{1b}]0;pwned\u{7}"}), "name"),
        (json!({"ics": holiday("20260501", "a"), "under": "acme/none"}), "under"),
    ] {
        let mut body = json!({"name": "Odd", "under": SHOP});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        admin.post(CALENDARS, body).await.refused(400, "bad-input", Some(field));
    }
    for length in [5 * 1024 * 1024 + 1, 50_000_000] {
        let body = json!({"name": "Odd", "under": SHOP, "ics": "x".repeat(length)});
        admin.post(CALENDARS, body).await.refused(413, "too-large", None);
    }
    let from = |from: &str, to: &str| format!("{CALENDARS}/blackouts?target={SHOP}&from={from}&to={to}");
    let day = ("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z");
    admin.get(&from(day.1, day.0)).await.refused(400, "bad-input", Some("to"));
    admin.get(&from(day.0, "2028-05-01T00:00:00Z")).await.refused(400, "bad-input", Some("to"));
    admin.get(&from("yesterday", day.1)).await.refused(400, "bad-input", Some("from"));
    admin.get(&format!("{CALENDARS}/cal_1")).await.refused(404, "not-found", None);
}

#[tokio::test]
async fn what_a_terminal_would_obey_is_left_out_of_the_names_of_strangers() {
    let world = World::new().await;
    let admin = world.admin();
    let id = made(&admin, json!({"ics": holiday("20260501", "evil\u{1b}]0;pwned\u{7}\\nsecond\u{9b}2J line")})).await;
    let day = ["2026-05-01T00:00:00Z 2026-05-02T00:00:00Z evil ]0;pwned  second 2J line"];
    assert_eq!(blackouts(&admin, SHOP, "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z").await, day);
    let shown = admin.get(&format!("{CALENDARS}/{id}")).await.is(200).body;
    assert!(!shown.to_string().contains("\\u00"), "{shown}");
}

#[tokio::test]
async fn what_is_imported_is_counted_once_and_stored_as_it_ends() {
    let world = World::new().await;
    let admin = world.admin();
    let file =
        ics(&["DTSTART;TZID=Europe/Berlin:20260301T200000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=6\nSUMMARY:Freeze"]);
    let id: CalendarId = made(&admin, json!({"ics": file})).await.parse().unwrap();
    let read = world.app.core.store.read::<_, StoreError, _>(move |tx| tx.calendar(id));
    let (_, entries) = read.await.unwrap().expect("it is there");
    assert_eq!(entries[0].recurrence.rules[0].to_string(), "RRULE:FREQ=WEEKLY;UNTIL=20260405T200000");
    assert_eq!(blackouts(&admin, SHOP, "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z").await.len(), 6);
    // One's own reads as it was written, unless that is long to count.
    for (count, sentence) in [(1_000, "1000 times"), (1_001, "until")] {
        let own = json!({"rules": [format!("FREQ=DAILY;COUNT={count}")], "zone": "UTC", "start": "2026-01-01T00:00", "duration": "PT1H"});
        let id = made(&admin, own).await;
        let shown = admin.get(&format!("{CALENDARS}/{id}")).await.is(200).body;
        assert!(shown["sentence"].as_str().is_some_and(|it| it.contains(sentence)), "{shown:#}");
    }
}

#[tokio::test]
async fn an_address_that_fails_later_keeps_its_last_good_copy() {
    let world = World::new().await;
    let admin = world.admin();
    let site = Site::saying(holiday("20260501", "Labour Day")).await;
    let id = made(&admin, json!({"url": site.url()})).await;
    let (one, refresh) = (format!("{CALENDARS}/{id}"), format!("{CALENDARS}/{id}/refresh"));
    let day = ["2026-05-01T00:00:00Z 2026-05-02T00:00:00Z Labour Day"];
    let may = async || blackouts(&admin, SHOP, "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z").await;
    assert_eq!(may().await, day);
    let first = admin.get(&one).await.is(200).body;
    assert!(first["fetched_at"].is_string() && first["due_at"].is_string() && first["error"].is_null(), "{first:#}");
    for (status, text, says) in [
        (500, "secret".to_owned(), "It answers 500"),
        (200, "hello".to_owned(), "line 1"),
        (200, "x".repeat(50_000_000), "longer than 5 MiB"),
        (302, String::new(), "not followed"),
    ] {
        site.says(status, &text);
        for _ in 0..2 {
            let said = admin.post(&refresh, Value::Null).await.is(200).body;
            assert!(said["error"].as_str().is_some_and(|error| error.contains(says)), "{said:#}");
            assert_eq!((&said["fetched_at"], &said["revision"]), (&first["fetched_at"], &json!(1)));
        }
        assert_eq!(may().await, day);
    }
    let log = admin.get("/api/v1/events?kind=calendar").await.is(200).body;
    let lines: Vec<&str> = log["items"].as_array().unwrap().iter().filter_map(|it| it["text"].as_str()).collect();
    assert_eq!(lines.len(), 5, "each error is told once: {lines:#?}");
    assert_eq!(lines[0], "admin added the calendar Closed on acme/prod");
    assert_eq!(
        lines[1],
        "the calendar Closed on acme/prod could not be fetched, and stays as it was: It answers 500 instead of 200"
    );
    site.says(200, &holiday("20260514", "Ascension"));
    let said = admin.post(&refresh, Value::Null).await.is(200).body;
    assert_eq!((&said["error"], &said["revision"]), (&Value::Null, &json!(2)));
    assert_eq!(may().await, ["2026-05-14T00:00:00Z 2026-05-15T00:00:00Z Ascension"]);
}

#[tokio::test]
async fn what_is_due_is_fetched_by_one_of_several_servers_and_all_know_it() {
    let world = World::new().await;
    let admin = world.admin();
    let site = Site::saying(holiday("20260501", "Labour Day")).await;
    let id = made(&admin, json!({"url": site.url()})).await;
    let core = &world.app.core;
    assert_eq!(fetch_due(core).await, 0);
    let other = world.restarted().await;
    site.says(200, &holiday("20260514", "Ascension"));
    let calendar: CalendarId = id.parse().unwrap();
    let due = core.store.write::<_, StoreError, _>(move |tx| {
        let due_at = Some(clock::now() - Span::hours(1));
        let before = tx.fetching(calendar)?.unwrap_or_default();
        tx.put_fetching(calendar, &Fetching { due_at, ..before })
    });
    assert!(due.await.unwrap());
    let before = site.asked();
    tokio::join!(fetch_due(core), fetch_due(&other.app.core));
    assert_eq!(site.asked(), before + 1);
    for who in [&admin, &other.admin()] {
        let seen = blackouts(who, SHOP, "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z").await;
        assert_eq!(seen, ["2026-05-14T00:00:00Z 2026-05-15T00:00:00Z Ascension"]);
    }
    assert_eq!(fetch_due(core).await, 0, "it is due again in an hour");
    assert_eq!(admin.get(&format!("{CALENDARS}/{id}")).await.is(200).body["revision"], 2);
}

#[tokio::test]
async fn an_address_inside_is_refused_and_nothing_is_stored() {
    let world = World::new().await;
    let admin = world.admin();
    let site = Site::saying(holiday("20260501", "Labour Day")).await;
    let refused = async |url: String, says: &str| {
        let body = json!({"name": "Inside", "under": SHOP, "url": url});
        admin.post(CALENDARS, body).await.refused(400, "bad-input", Some("url")).says(&[says]);
    };
    for host in ["127.0.0.2", "[::1]", "[::ffff:127.0.0.2]", "10.0.0.1", "169.254.169.254", "[fd00::1]"] {
        refused(format!("http://{host}:{}/all.ics", site.port), "no public address").await;
        refused(format!("https://{host}/all.ics"), "no public address").await;
    }
    refused("file:///etc/passwd".to_owned(), "https://").await;
    refused("http://ada:secret@127.0.0.1/".to_owned(), "a password").await;
    assert_eq!(site.asked(), 0);
    site.says(200, &"x".repeat(50_000_000));
    refused(site.url(), "longer than 5 MiB").await;
    site.says(404, "");
    refused(site.url(), "It answers 404").await;
    site.says(200, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n");
    refused(site.url(), "line ").await;
    assert_eq!(admin.get(CALENDARS).await.is(200).body["items"], json!([]));
}

#[tokio::test]
async fn a_calendar_is_seen_by_who_sees_its_target_and_changed_by_its_administrators() {
    let world = World::new().await;
    let site = Site::saying(holiday("20260501", "Labour Day")).await;
    let above = made(&world.admin(), json!({"url": site.url()})).await;
    let elsewhere = made(&world.admin(), json!({"ics": holiday("20260501", "a"), "under": "acme/test"})).await;
    let viewer = world.one("person", "viewer", (SHOP, "viewer")).await;
    let owner = world.one("person", "owner", (SHOP, "administrator")).await;
    let body = json!({"name": "Own", "under": SHOP, "ics": holiday("20260502", "b")});
    viewer.post(CALENDARS, body.clone()).await.refused(403, "forbidden", None);
    let own = owner.post(CALENDARS, body).await.is(201).body["id"].as_str().unwrap().to_owned();
    owner.post(CALENDARS, json!({"name": "a", "under": "acme/prod", "ics": holiday("20260502", "b")})).await.refused(
        403,
        "forbidden",
        None,
    );
    for who in [&viewer, &owner] {
        let listed = who.get(CALENDARS).await.is(200).body;
        let ids: Vec<&str> = listed["items"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
        assert_eq!(ids, [above.as_str(), own.as_str()]);
        let shown = who.get(&format!("{CALENDARS}/{above}")).await.is(200).body;
        assert_eq!(shown["url"], Value::Null, "whoever knows the address can read the calendar");
        who.get(&format!("{CALENDARS}/{elsewhere}")).await.refused(404, "not-found", None);
        who.delete(&format!("{CALENDARS}/{elsewhere}")).await.refused(404, "not-found", None);
        who.delete(&format!("{CALENDARS}/{above}")).await.refused(403, "forbidden", None);
        who.post(&format!("{CALENDARS}/{above}/refresh"), Value::Null).await.refused(403, "forbidden", None);
        let lab =
            format!("{CALENDARS}/blackouts?target=acme/test/lab&from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z");
        who.get(&lab).await.refused(400, "bad-input", Some("target"));
        assert_eq!(blackouts(who, SHOP, "2026-05-01T00:00:00Z", "2026-05-03T00:00:00Z").await.len(), 2);
    }
    let shown = world.admin().get(&format!("{CALENDARS}/{above}")).await.is(200).body;
    assert_eq!(shown["url"], site.url());
    let below = world.admin().get(&format!("{CALENDARS}?under={SHOP}")).await.is(200).body;
    assert_eq!(below["items"].as_array().map(Vec::len), Some(1));
    viewer.delete(&format!("{CALENDARS}/{own}")).await.refused(403, "forbidden", None);
    owner.delete(&format!("{CALENDARS}/{own}")).await.is(204);
}

#[tokio::test]
async fn a_large_calendar_may_bear_a_key() {
    let world = World::new().await;
    let days: Vec<String> = (0..4_000)
        .map(|n| {
            format!(
                "DTSTART:20260501T{:02}{:02}00Z\nDURATION:PT1M\nSUMMARY:Day {n} of a long list of days",
                n / 60 % 24,
                n % 60
            )
        })
        .collect();
    let text = ics(&days.iter().map(String::as_str).collect::<Vec<_>>());
    let body = json!({"name": "Large", "under": SHOP, "ics": text}).to_string();
    assert!(body.len() > 300 * 1024);
    let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
    let first = world.admin().raw(axum::http::Method::POST, CALENDARS, &headers, body.clone()).await.is(201);
    let again = world.admin().raw(axum::http::Method::POST, CALENDARS, &headers, body).await.is(201);
    assert_eq!((first.body, &again.headers["idempotency-replayed"]), (again.body, &"true".parse().unwrap()));
    let asked = format!("{CALENDARS}/blackouts?target={SHOP}&from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z");
    let said = world.admin().get(&asked).await.is(200).body;
    assert_eq!((said["items"].as_array().map(Vec::len), &said["more"]), (Some(1_000), &json!(true)));
}
