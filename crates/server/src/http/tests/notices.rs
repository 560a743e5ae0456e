//! Notices of others: drafts are made of them, changed and cancelled by their next editions, and nothing by odd ones.
use axum::http::Method;
use serde_json::{Value, json};

use super::world::{Caller, SHOP, Said, World, hours};

const IMPORT: &str = "/api/v1/notices/import";

/// An event of a carrier, so many hours from now.
fn event(uid: &str, sequence: u32, starts: i64, more: &str) -> String {
    let stamp = |text: String| {
        text.replace(['-', ':'], "").split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned()
    };
    let (start, end) = (stamp(hours(starts)), stamp(hours(starts + 2)));
    let more = more.replace('\n', "\r\n");
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nSEQUENCE:{sequence}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:{start}Z\r\nDTEND:{end}Z\r\n\
         X-MAINTNOTE-PROVIDER:carrier.example\r\nX-MAINTNOTE-MAINTENANCE-ID:CHG1\r\n{more}\r\nEND:VEVENT\r\n"
    )
}

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

async fn import(who: &Caller<'_>, query: &str, text: impl Into<axum::body::Body>) -> Said {
    who.raw(Method::POST, &format!("{IMPORT}{query}"), &[("content-type", "text/calendar; charset=utf-8")], text).await
}

/// What became of the only notice.
async fn one(who: &Caller<'_>, text: &str) -> Value {
    import(who, "", calendar(text)).await.is(200).body["notices"][0].clone()
}

#[tokio::test]
async fn a_notice_becomes_a_draft_that_its_next_editions_change_and_cancel() {
    let world = World::new().await;
    let admin = world.admin();
    let more = "SUMMARY:New cables\nX-MAINTNOTE-OBJECT-ID:acme-prod-shop\nX-MAINTNOTE-OBJECT-ID:acme-prod-wiki\nX-MAINTNOTE-IMPACT:OUTAGE";
    let made = one(&admin, &event("u-1", 0, 24, more)).await;
    assert_eq!((made["did"].as_str(), made["title"].as_str()), (Some("created"), Some("New cables")));
    let place = format!("/api/v1/maintenances/{}", made["maintenance"].as_str().expect("an id"));
    let draft = admin.get(&place).await.is(200).body;
    assert_eq!(
        (&draft["status"], &draft["preset"], &draft["impact"]),
        (&json!("draft"), &json!("announce"), &json!("outage"))
    );
    assert_eq!(draft["scope"]["include"], json!([{"under": SHOP}, {"under": "acme/prod/wiki"}]));

    let again = one(&admin, &event("u-1", 0, 48, more)).await;
    assert_eq!((&again["did"], &again["maintenance"]), (&json!("left"), &made["maintenance"]));
    let later = one(&admin, &event("u-1", 2, 48, &more.replace("cables", "fibres"))).await;
    assert_eq!((&later["did"], &later["maintenance"]), (&json!("updated"), &made["maintenance"]));
    let moved = admin.get(&place).await.is(200).body;
    assert_eq!(moved["title"], "New fibres");
    assert_ne!(moved["starts_at"], draft["starts_at"]);
    assert_eq!(one(&admin, &event("u-1", 1, 24, more)).await["did"], "left");

    admin.post(&format!("{place}/schedule"), json!({})).await.is(200);
    assert_eq!(
        one(&admin, &event("u-2", 3, 50, more)).await["did"],
        "updated",
        "the number that the carrier gave is the same"
    );
    let off = one(&admin, &event("u-1", 4, 50, "STATUS:CANCELLED")).await;
    assert_eq!(off["did"], "cancelled");
    assert_eq!(admin.get(&place).await.is(200).body["status"], "cancelled");
    assert_eq!(one(&admin, &event("u-1", 5, 50, "STATUS:CANCELLED")).await["did"], "left");
    let anew = one(&admin, &event("u-1", 6, 50, more)).await;
    assert_eq!(anew["did"], "created");
    assert_ne!(anew["maintenance"], made["maintenance"]);
}

#[tokio::test]
async fn a_notice_that_cannot_be_used_is_told_why_and_the_others_are_imported() {
    let world = World::new().await;
    let admin = world.admin();
    let two = event("u-1", 0, 24, "SUMMARY:A\nX-MAINTNOTE-OBJECT-ID:CIR-7")
        + &event("u-2", 0, -24, "SUMMARY:B\nX-MAINTNOTE-OBJECT-ID:acme-prod-shop").replace("CHG1", "CHG2")
        + &event("u-3", 0, 24, "SUMMARY:C\nRRULE:FREQ=DAILY").replace("CHG1", "CHG3");
    let said = import(&admin, "", calendar(&two)).await.is(200).body;
    let why: Vec<&str> =
        said["notices"].as_array().expect("a list").iter().filter_map(|it| it["why"].as_str()).collect();
    assert!(why[0].contains("no target has the external id `CIR-7`"), "{why:?}");
    assert!(why[1].contains("starts_at: the start lies in the past"), "{why:?}");
    assert!(why[2].contains("it comes again and again"), "{why:?}");
    let said = import(&admin, "?under=acme/prod/wiki", calendar(&two)).await.is(200).body;
    assert_eq!((&said["notices"][0]["did"], &said["notices"][1]["did"]), (&json!("created"), &json!("refused")));
    let cancel = calendar(&event("u-9", 0, 24, "").replace("CHG1", "CHG9"))
        .replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:CANCEL");
    let said = import(&admin, "", cancel).await.is(200).body;
    assert_eq!(said["notices"][0]["did"], "left");
}

#[tokio::test]
async fn what_somebody_should_look_at_is_told_with_what_was_done() {
    let world = World::new().await;
    let admin = world.admin();
    let more =
        "SUMMARY:A\nX-MAINTNOTE-OBJECT-ID:acme-prod-shop\nX-MAINTNOTE-OBJECT-ID:CIR-7\nX-MAINTNOTE-OBJECT-ID:CIR-8";
    let made = one(&admin, &event("u-1", 0, 24, more)).await;
    assert_eq!(made["did"], "created");
    assert_eq!(made["why"], "no target has the external id `CIR-7`, nor 1 others that it names");
    let place = format!("/api/v1/maintenances/{}", made["maintenance"].as_str().expect("an id"));
    admin.post(&format!("{place}/schedule"), json!({})).await.is(200);
    let start = hours(47).split('.').next().expect("a time").trim_end_matches('Z').to_owned();
    let freeze = json!({"name": "Freeze", "under": "acme", "rdates": [start], "zone": "UTC", "start": start, "duration": "PT3H"});
    admin.post("/api/v1/calendars", freeze).await.is(201);
    let moved = one(&admin, &event("u-1", 1, 48, more)).await;
    assert_eq!(moved["did"], "updated");
    assert!(moved["why"].as_str().is_some_and(|why| why.contains("Freeze")), "{moved:#}");
}

#[tokio::test]
async fn several_windows_under_one_number_are_several_maintenances() {
    let world = World::new().await;
    let admin = world.admin();
    let more = "SUMMARY:A\nX-MAINTNOTE-OBJECT-ID:acme-prod-shop";
    let said = async |text: String| import(&admin, "", calendar(&text)).await.is(200).body["notices"].clone();
    let made = said(event("n-1", 0, 24, more) + &event("n-2", 0, 48, more)).await;
    assert_eq!((&made[0]["did"], &made[1]["did"]), (&json!("created"), &json!("created")), "{made:#}");
    assert_ne!(made[0]["maintenance"], made[1]["maintenance"]);
    let off = said(event("n-1", 1, 24, more) + &event("n-2", 1, 48, "STATUS:CANCELLED")).await;
    assert_eq!((&off[0]["did"], &off[1]["did"]), (&json!("updated"), &json!("cancelled")), "{off:#}");
    assert_eq!(off[1]["maintenance"], made[1]["maintenance"]);
    assert_eq!(said(event("n-1", 2, 30, more)).await[0]["maintenance"], made[0]["maintenance"]);
}

#[tokio::test]
async fn nobody_imports_where_he_may_not_plan_nor_changes_what_he_does_not_see() {
    let world = World::new().await;
    let vic = world.one("person", "vic", (SHOP, "viewer")).await;
    let text = event("u-1", 0, 24, "SUMMARY:A\nX-MAINTNOTE-OBJECT-ID:acme-prod-shop");
    let refused = one(&vic, &text).await;
    assert_eq!(refused["did"], "refused");
    assert!(refused["why"].as_str().expect("a text").contains("needs the role"), "{refused}");
    let made = one(&world.admin(), &text).await;
    let ops = world.one("person", "ops", ("acme/test", "operator")).await;
    let text = event("u-1", 1, 30, "SUMMARY:Mine\nX-MAINTNOTE-OBJECT-ID:acme-test-lab");
    let own = one(&ops, &text).await;
    assert_eq!(own["did"], "created", "the same name elsewhere is another notice");
    assert_ne!(own["maintenance"], made["maintenance"]);
}

#[tokio::test]
async fn what_is_no_calendar_is_refused_and_nothing_is_stored() {
    let world = World::new().await;
    let admin = world.admin();
    let good = event("u-1", 0, 24, "SUMMARY:A\nX-MAINTNOTE-OBJECT-ID:acme-prod-shop");
    let odd = calendar(&(good.clone() + &event("u-2", 0, 24, "DURATION:PT1H")));
    import(&admin, "", odd).await.refused(400, "bad-input", None).says(&["u-2", "line 14", "both DTEND and DURATION"]);
    import(&admin, "", "hello").await.refused(400, "bad-input", None).says(&["Line 1"]);
    import(&admin, "", vec![0xff; 10]).await.refused(400, "bad-input", None).says(&["not UTF-8"]);
    import(&admin, "", "").await.refused(400, "bad-input", None);
    import(&admin, "?under=acme/nowhere", calendar(&good)).await.refused(400, "bad-input", Some("under"));
    import(&admin, "?onto=acme", calendar(&good)).await.refused(400, "bad-input", Some("onto"));
    admin.raw(Method::POST, IMPORT, &[("content-type", "application/json")], "{}").await.refused(
        400,
        "bad-input",
        None,
    );
    import(&admin, "", vec![b' '; 50_000_000]).await.refused(413, "too-large", None);
    import(&admin, "", calendar(&good.repeat(501))).await.refused(413, "too-large", None);
    let reply = calendar(&good).replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REPLY");
    import(&admin, "", reply).await.refused(400, "bad-input", None).says(&["METHOD:REPLY"]);
}
