//! Lists: what they are narrowed by, and pages that hold while others write.
use serde_json::{Value, json};

use super::world::{SHOP, World, hours};

/// What stands in this field of every row.
fn all<'a>(body: &'a Value, field: &str) -> Vec<&'a str> {
    let items = body["items"].as_array().expect("a list");
    items.iter().map(|item| item[field].as_str().expect("it is text")).collect()
}

fn next(body: &Value) -> &str {
    body["next"].as_str().expect("there is more")
}

#[tokio::test]
async fn rows_that_come_and_go_between_pages_repeat_and_hide_no_other() {
    let world = World::new().await;
    let admin = world.admin();
    let first = admin.get("/api/v1/targets?limit=4").await.is(200).body;
    assert_eq!(all(&first, "path"), ["/", "acme", "acme/prod", SHOP]);
    // One before the place where the page ended, one after it, and the last of the page is gone.
    admin.post("/api/v1/targets", json!({"path": "abc", "kind": "organization"})).await.is(201);
    admin.post("/api/v1/targets", json!({"path": "acme/prod/shop/web", "kind": "stack"})).await.is(201);
    let route = format!("/api/v1/targets?limit=4&cursor={}", next(&first));
    let second = admin.get(&route).await.is(200).body;
    let expected = ["acme/prod/shop/api", "acme/prod/shop/db", "acme/prod/shop/web", "acme/prod/wiki"];
    assert_eq!(all(&second, "path"), expected);
    let wiki = world.id("acme/prod/wiki").await;
    admin.delete(&format!("/api/v1/targets/{wiki}")).await.is(204);
    let third = admin.get(&format!("/api/v1/targets?limit=4&cursor={}", next(&second))).await.is(200).body;
    assert_eq!(all(&third, "path"), ["acme/test", "acme/test/lab"]);

    let mut drafts = Vec::new();
    for _ in 0..4 {
        drafts.insert(0, admin.maintenance(SHOP, json!({"draft": true})).await);
    }
    let first = admin.get("/api/v1/maintenances?limit=2").await.is(200).body;
    assert_eq!(all(&first, "id"), drafts[..2]);
    admin.maintenance(SHOP, json!({"draft": true})).await;
    admin.delete(&format!("/api/v1/maintenances/{}", drafts[1])).await.is(204);
    let rest = admin.get(&format!("/api/v1/maintenances?cursor={}", next(&first))).await.is(200).body;
    assert_eq!(all(&rest, "id"), drafts[2..]);
}

#[tokio::test]
async fn a_cursor_of_another_list_or_of_other_filters_is_refused() {
    let world = World::new().await;
    let admin = world.admin();
    for _ in 0..3 {
        admin.maintenance(SHOP, json!({"draft": true})).await;
    }
    let lists = ["targets", "maintenances", "orders", "events"];
    for list in lists {
        let page = admin.get(&format!("/api/v1/{list}?limit=1")).await.is(200).body;
        let cursor = next(&page).to_owned();
        for other in lists
            .into_iter()
            .chain(["tokens", "engagements", "workloads", "gate/passes", "jobs", "feeds"])
            .filter(|other| *other != list)
        {
            let said = admin.get(&format!("/api/v1/{other}?cursor={cursor}")).await;
            said.refused(400, "bad-input", Some("cursor")).says(&["another list", &format!("/api/v1/{list}")]);
        }
        let narrowed = if list == "targets" { "kind=product" } else { "since=2020-01-01T00:00:00Z" };
        let said = admin.get(&format!("/api/v1/{list}?{narrowed}&cursor={cursor}")).await;
        said.refused(400, "bad-input", Some("cursor")).says(&["other filters"]);
        admin.get(&format!("/api/v1/{list}?limit=500&cursor={cursor}")).await.is(200);
        for odd in [&cursor[1..], &format!("{cursor}0"), "", "zz", "%F0%9F%90%88", &"00".repeat(3_000)] {
            let said = admin.get(&format!("/api/v1/{list}?cursor={odd}")).await;
            said.refused(400, "bad-input", Some("cursor"));
        }
    }
}

#[tokio::test]
async fn every_list_is_narrowed_by_what_people_know() {
    let world = World::new().await;
    let admin = world.admin();
    let dana = world.one("person", "dana", ("acme", "operator")).await;
    let (shop, wiki) = (world.id(SHOP).await, world.id("acme/prod/wiki").await);
    let labels = json!({"labels": {"tier": "gold", "zone": "b"}});
    admin.patch(&format!("/api/v1/targets/{shop}"), labels).await.is(200);
    admin.patch(&format!("/api/v1/targets/{wiki}"), json!({"labels": {"tier": "gold"}})).await.is(200);
    let far = json!({"title": "Far off", "starts_at": hours(48), "duration": "PT1H"});
    let far = dana.maintenance(SHOP, far).await;
    let near = admin.maintenance("acme/prod/wiki", json!({"starts_at": hours(2), "duration": "PT1H"})).await;
    let (one, thirty, fifty) = (hours(1), hours(30), hours(50));
    for (query, field, expected) in [
        ("targets?kind=product".to_owned(), "path", vec![SHOP, "acme/prod/wiki", "acme/test/lab"]),
        ("targets?label=tier=gold".to_owned(), "path", vec![SHOP, "acme/prod/wiki"]),
        ("targets?label=tier=gold,zone=b&under=acme".to_owned(), "path", vec![SHOP]),
        ("targets?label=tier=silver".to_owned(), "path", vec![]),
        ("maintenances?q=fAR".to_owned(), "id", vec![far.as_str()]),
        ("maintenances?q=100%25".to_owned(), "id", vec![]),
        ("maintenances?owner=dana".to_owned(), "id", vec![&far]),
        ("maintenances?status=scheduled&under=acme/prod/wiki".to_owned(), "id", vec![&near]),
        (format!("maintenances?since={one}&until={thirty}"), "id", vec![&near]),
        (format!("maintenances?since={thirty}"), "id", vec![&far]),
        (format!("maintenances?since={fifty}"), "id", vec![]),
        (format!("maintenances?until={one}"), "id", vec![]),
        ("orders?by=dana".to_owned(), "maintenance", vec![&far]),
        (format!("orders?since={one}"), "maintenance", vec![]),
        (format!("events?target={SHOP}&by=admin&after=9"), "by", vec!["admin"]),
        ("tokens?kind=person&q=DAN".to_owned(), "name", vec!["dana"]),
        ("tokens?kind=observer".to_owned(), "name", vec![]),
        ("workloads?state=running&q=WEB".to_owned(), "name", vec!["lab-web", "wiki-web"]),
        ("workloads?state=stopped".to_owned(), "name", vec![]),
        ("workloads?owner=nobody".to_owned(), "name", vec![]),
        ("engagements?stage=applied".to_owned(), "target", vec![]),
    ] {
        let said = admin.get(&format!("/api/v1/{query}").replace('+', "%2B")).await.is(200);
        let mut found = all(&said.body, field);
        found.sort_unstable();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn an_odd_filter_is_named() {
    let world = World::new().await;
    for (query, field) in [
        ("targets?kind=planet", "kind"),
        ("targets?label=tier", "label"),
        ("targets?q=shop", "q"),
        ("maintenances?since=yesterday", "since"),
        ("maintenances?since=2030-01-02T00:00:00Z&until=2030-01-02T00:00:00Z", "until"),
        ("maintenances?label=a=b", "label"),
        ("orders?kind=order", "kind"),
        ("events?target=acme/nothing", "target"),
        ("workloads?state=odd", "state"),
        ("engagements?stage=odd", "stage"),
        ("tokens?kind=robot", "kind"),
        ("tokens?limit=4294967296", "limit"),
    ] {
        world.admin().get(&format!("/api/v1/{query}")).await.refused(400, "bad-input", Some(field));
    }
    let long = format!("/api/v1/maintenances?q={}", "x".repeat(201));
    world.admin().get(&long).await.refused(400, "bad-input", Some("q"));
}
