//! Recurrences over HTTP: a sentence and what it comes to, and why one cannot be used.
use serde_json::{Value, json};

use super::world::World;

const PREVIEW: &str = "/api/v1/recurrences/preview";

fn weekly() -> Value {
    json!({"rules": ["RRULE:FREQ=WEEKLY;BYDAY=SU"], "zone": "Europe/Berlin", "start": "2026-03-22T02:30", "duration": "PT1H",
        "count": 2})
}

fn with(field: &str, value: Value) -> Value {
    let mut body = weekly();
    body[field] = value;
    body
}

#[tokio::test]
async fn a_rule_is_shown_as_a_sentence_and_as_what_it_comes_to() {
    let world = World::new().await;
    let said = world.admin().post(PREVIEW, weekly()).await.is(200);
    let expected = json!({
        "sentence": "Every Sunday 02:30–03:30 (Europe/Berlin)",
        "occurrences": [
            {"starts_at": "2026-03-22T02:30:00+01:00", "ends_at": "2026-03-22T03:30:00+01:00"},
            {"starts_at": "2026-03-29T03:30:00+02:00", "ends_at": "2026-03-29T04:30:00+02:00", "note": "gap_shifted_by_PT1H"},
        ],
    });
    assert_eq!(said.body, expected);
    let mut body = weekly();
    body.as_object_mut().unwrap().remove("count");
    let ten = world.admin().post(PREVIEW, body).await.is(200);
    assert_eq!(ten.body["occurrences"].as_array().map(Vec::len), Some(10));
}

#[tokio::test]
async fn what_a_person_says_is_answered_with_its_rule() {
    let world = World::new().await;
    let text = "every second Sunday 02:00–04:00 Europe/Berlin";
    let said = world.admin().post(PREVIEW, json!({"text": text, "count": 3})).await.is(200).body;
    assert_eq!(said["sentence"], "Every second Sunday 02:00–04:00 (Europe/Berlin)");
    assert_eq!(said["rules"], json!(["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"]));
    assert_eq!((&said["zone"], &said["duration"]), (&json!("Europe/Berlin"), &json!("PT2H")));
    let mut rules = said.clone();
    rules.as_object_mut().unwrap().retain(|field, _| ["rules", "zone", "start", "duration"].contains(&field.as_str()));
    rules["count"] = json!(3);
    let again = world.admin().post(PREVIEW, rules).await.is(200).body;
    assert_eq!(again["occurrences"], said["occurrences"], "what it answers can be asked");
    let here = json!({"text": "Sundays 02:00-04:00", "zone": "Asia/Tokyo"});
    assert_eq!(world.admin().post(PREVIEW, here).await.is(200).body["zone"], "Asia/Tokyo");
}

#[tokio::test]
async fn what_cannot_be_used_names_its_field_and_nothing_hangs() {
    let world = World::new().await;
    for (body, field, says) in [
        (with("rules", json!(["FREQ=WEEKLY", "FREQ=SOMETIMES"])), "rules[1]", "no frequency `SOMETIMES`"),
        (with("rules", json!(["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"])), "rules[0]", "never fires"),
        (with("rules", json!(["FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31"])), "rules[0]", "never fires"),
        (with("rules", json!(["FREQ=DAILY;BYMINUTE=0,30"])), "rules[0]", "more than once an hour"),
        (with("rules", json!(["FREQ=DAILY;UNTIL=20260321"])), "rules[0]", "before the start"),
        (with("zone", json!("Mars/Olympus")), "zone", "no zone `Mars/Olympus`"),
        (with("start", json!("2026-03-22T02:30Z")), "start", "no local date and time"),
        (with("exdates", json!(["yesterday"])), "exdates[0]", "no local date and time"),
        (with("duration", json!("P8D")), "duration", "lasts longer than the P7D"),
        (with("count", json!(0)), "count", "0 occurrences"),
    ] {
        let said = world.admin().post(PREVIEW, body).await.refused(400, "bad-input", Some(field));
        assert!(said.body["detail"].as_str().is_some_and(|detail| detail.contains(says)), "{:#}", said.body);
    }
    let world_says = world.admin().post(PREVIEW, json!({"text": "every blue moon 02:00-04:00"})).await;
    world_says.refused(400, "bad-input", Some("text"));
    let both = with("text", json!("Sundays 02:00-04:00"));
    world.admin().post(PREVIEW, both).await.refused(400, "bad-input", Some("text"));
    world.admin().post(PREVIEW, json!({"rules": ["FREQ=DAILY"]})).await.refused(400, "bad-input", Some("zone"));
    let nobody = world.with("lull_nobody");
    nobody.post(PREVIEW, weekly()).await.refused(401, "forbidden", None);
}
