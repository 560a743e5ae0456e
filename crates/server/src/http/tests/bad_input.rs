//! What cannot be is refused with the field and what to do; nothing is stored then, as the world checks for every refusal.
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use super::world::{SHOP, World, hours, maintenance};

const TARGETS: &str = "/api/v1/targets";
const MAINTENANCES: &str = "/api/v1/maintenances";
const TOKENS: &str = "/api/v1/tokens";

/// Each of these bodies is refused as bad input about its field.
async fn refuses(world: &World, route: &str, odd: impl IntoIterator<Item = (&str, Value)>) {
    for (field, body) in odd {
        let field = Some(field).filter(|field| !field.is_empty());
        world.admin().post(route, body).await.refused(400, "bad-input", field);
    }
}

#[tokio::test]
async fn a_path_with_odd_characters_names_the_path() {
    let world = World::new().await;
    let long = "a".repeat(64);
    let deep = vec!["a"; 17].join("/");
    for path in ["", "Acme", "acme prod", "acme//prod", "/acme/", "../etc", "ac\u{0}me", "añ", "-a", &long, &deep] {
        let body = json!({"path": path, "kind": "product"});
        world.admin().post(TARGETS, body).await.refused(400, "bad-input", Some("path"));
    }
}

#[tokio::test]
async fn a_taken_path_and_a_taken_binding_name_who_has_them() {
    let world = World::new().await;
    let taken = world.admin().post(TARGETS, json!({"path": SHOP, "kind": "product"})).await;
    taken.refused(409, "conflict", Some("path")).says(&[SHOP]);
    let root = world.admin().post(TARGETS, json!({"path": "/", "kind": "product"})).await;
    root.refused(409, "conflict", Some("path"));
    let bound = json!({"adapter": "here", "match": {"project": "wiki", "service": "web"}});
    let body = json!({"path": "acme/prod/other", "kind": "product", "binding": bound});
    world.admin().post(TARGETS, body).await.refused(409, "conflict", Some("binding")).says(&["acme/prod/wiki"]);
    let body = json!({"path": "acme/prod/other", "kind": "product", "external_id": "acme-prod-wiki"});
    world.admin().post(TARGETS, body).await.refused(409, "conflict", Some("external_id")).says(&["acme/prod/wiki"]);
}

#[tokio::test]
async fn who_has_a_taken_binding_is_not_told_to_whom_may_not_see_him() {
    let world = World::new().await;
    let eve = world.one("person", "eve", ("acme/test", "administrator")).await;
    let bound = json!({"adapter": "here", "match": {"project": "wiki", "service": "web"}});
    let body = json!({"path": "acme/test/spy", "kind": "product", "binding": bound});
    let said = eve.post(TARGETS, body).await.refused(409, "conflict", Some("binding"));
    assert!(!said.body.to_string().contains("prod"), "{said:#?}");
}

#[tokio::test]
async fn a_cycle_of_needs_is_named_all_around() {
    let world = World::new().await;
    let (db, api) = (world.id("acme/prod/shop/db").await, world.id("acme/prod/shop/api").await);
    let route = |id: &str| format!("{TARGETS}/{id}");
    let said = world.admin().patch(&route(&db), json!({"needs": ["acme/prod/shop/api"]})).await;
    said.refused(409, "conflict", Some("needs")).says(&["acme/prod/shop/db", "acme/prod/shop/api"]);
    world.admin().patch(&route(&api), json!({"needs": [api]})).await.refused(409, "conflict", Some("needs"));
    let above = world.admin().patch(&route(&db), json!({"needs": [SHOP]})).await;
    assert_eq!(above.status, 409, "{above:#?}");
}

#[tokio::test]
async fn an_unknown_target_is_named_where_it_stands() {
    let world = World::new().await;
    let new = |more: Value| {
        let mut body = json!({"path": "acme/prod/new", "kind": "product"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    refuses(&world, TARGETS, [("needs[1]", new(json!({"needs": [SHOP, "acme/nowhere"]})))]).await;
    let scope = |scope: Value| maintenance(SHOP, json!({"scope": scope}));
    let odd = [
        ("scope.include[0].under", maintenance("acme/nowhere", json!({}))),
        ("scope.include[0].under", maintenance("tgt_00000000-0000-7000-8000-000000000000", json!({}))),
        ("scope.include[1].under", scope(json!({"include": [{"under": SHOP}, {"under": "ACME"}]}))),
        ("scope.exclude[0].under", scope(json!({"include": [{"under": SHOP}], "exclude": [{"under": "acme/x"}]}))),
        ("scope.include[0].labels.tier", scope(json!({"include": [{"under": SHOP, "labels": {"tier": 5}}]}))),
        ("scope.include[0].labels", scope(json!({"include": [{"under": SHOP, "labels": {"tier": []}}]}))),
        ("scope.include", scope(json!({"include": []}))),
    ];
    refuses(&world, MAINTENANCES, odd).await;
    let grant = json!({"under": "acme/nowhere", "role": "viewer"});
    let token = json!({"name": "eve", "kind": "person", "grants": [{"under": "/", "role": "viewer"}, grant]});
    refuses(&world, TOKENS, [("grants[1].under", token)]).await;
    let nowhere = world.admin().get("/api/v1/targets/tgt_00000000-0000-7000-8000-000000000000").await;
    nowhere.refused(404, "not-found", None);
    world.admin().get("/api/v1/targets/%ff").await.refused(404, "not-found", None);
    world.admin().get("/api/v1/maintenances/mnt_nothing").await.refused(404, "not-found", None);
}

#[tokio::test]
async fn a_scope_that_matches_nothing_is_refused() {
    let world = World::new().await;
    let labelled = json!({"scope": {"include": [{"under": SHOP, "labels": {"tier": "web"}}]}});
    let emptied = json!({"scope": {"include": [{"under": SHOP}], "exclude": [{"under": "acme"}]}});
    let odd = [labelled, emptied].map(|more| ("scope", maintenance(SHOP, more)));
    refuses(&world, MAINTENANCES, odd).await;
    let id = world.admin().maintenance(SHOP, json!({})).await;
    let said = world.admin().post(&format!("{MAINTENANCES}/{id}/exclude"), json!({"under": "acme"})).await;
    said.refused(409, "conflict", Some("under")).says(&["Complete or cancel"]);
}

#[tokio::test]
async fn a_scope_beyond_the_callers_rights_names_where_they_end() {
    let world = World::new().await;
    let ada = world.one("person", "ada", (SHOP, "operator")).await;
    for root in ["acme/prod", "acme", "/"] {
        let said = ada.post(MAINTENANCES, maintenance(root, json!({}))).await;
        said.refused(403, "forbidden", Some("scope")).says(&[root]);
    }
    let both = json!({"scope": {"include": [{"under": SHOP}, {"under": "acme/prod"}]}});
    ada.post(MAINTENANCES, maintenance(SHOP, both)).await.refused(403, "forbidden", Some("scope"));
    let strict = json!({"preset": "no-new-work"});
    ada.post(MAINTENANCES, maintenance(SHOP, strict)).await.refused(403, "forbidden", Some("scope"));
    let id = ada.maintenance(SHOP, json!({"starts_at": hours(2), "duration": "PT1H"})).await;
    let wider = json!({"scope": {"include": [{"under": "acme/prod"}]}});
    ada.patch(&format!("{MAINTENANCES}/{id}"), wider).await.refused(403, "forbidden", Some("scope"));
    let stricter = json!({"policy": {"orders": "administrator"}});
    ada.patch(&format!("{MAINTENANCES}/{id}"), stricter).await.refused(403, "forbidden", Some("scope"));
}

#[tokio::test]
async fn times_that_cannot_be_name_their_field() {
    let world = World::new().await;
    let then = hours(2);
    let times = [
        ("ends_at", json!({"starts_at": hours(2), "ends_at": hours(1)})),
        ("ends_at", json!({"starts_at": then, "ends_at": then})),
        ("ends_at", json!({"ends_at": hours(-1)})),
        ("starts_at", json!({"starts_at": hours(-1), "duration": "PT1H"})),
        ("starts_at", json!({"starts_at": "2026-12-01T22:00:00", "duration": "PT1H"})),
        ("starts_at", json!({"starts_at": "tomorrow", "duration": "PT1H"})),
        ("starts_at", json!({"starts_at": "9999-12-31T23:59:59Z", "duration": "PT1H"})),
        ("starts_at", json!({"starts_at": 1_800_000_000, "duration": "PT1H"})),
        ("duration", json!({"ends_at": hours(2), "duration": "PT1H"})),
        ("duration", json!({"duration": "2 hours"})),
        ("duration", json!({"duration": "PT0S"})),
        ("duration", json!({"duration": "-PT1H"})),
        ("duration", json!({"duration": "P99999999999999999999D"})),
        ("expires_after", json!({"expires_after": "P9999D"})),
        ("zone", json!({"zone": "Mars/Base"})),
        ("zone", json!({"zone": "../../etc/passwd"})),
        ("zone", json!({"zone": ""})),
        ("end", json!({"end": {"by": "at_end"}})),
        ("end", json!({"end": {"by": "never"}})),
        ("end", json!({"duration": "PT1H", "end": {"by": "after", "duration": "PT1H"}})),
        ("end", json!({"end": {"by": "manual", "overrun": "complete"}})),
        ("expected.max", json!({"expected": {"min": "PT2H", "max": "PT1H"}})),
        ("reminders", json!({"reminders": ["PT0S"]})),
        ("reminders", json!({"reminders": ["P401D"]})),
        ("reminders", json!({"reminders": vec!["PT1H"; 21]})),
        ("ask_before", json!({"ask_before": "soon"})),
        ("nudge_every", json!({"nudge_every": "PT1S"})),
    ];
    refuses(&world, MAINTENANCES, times.map(|(field, more)| (field, maintenance(SHOP, more)))).await;
    let id = world.admin().maintenance(SHOP, json!({"starts_at": hours(2), "duration": "PT1H"})).await;
    let route = format!("{MAINTENANCES}/{id}");
    for (field, change) in [
        ("starts_at", json!({"starts_at": hours(-1)})),
        ("ends_at", json!({"ends_at": hours(1)})),
        ("ends_at", json!({"ends_at": hours(-1)})),
        ("ends_at", json!({"title": "Another", "starts_at": hours(5), "ends_at": hours(4)})),
    ] {
        world.admin().patch(&route, change).await.refused(400, "bad-input", Some(field));
    }
    let past = world.admin().post(&format!("{route}/extend"), json!({"ends_at": hours(-1)})).await;
    past.refused(400, "bad-input", Some("ends_at"));
}

#[tokio::test]
async fn texts_and_words_that_cannot_be_name_their_field() {
    let world = World::new().await;
    let long = "x".repeat(10_001);
    let odd = [
        ("title", json!({"title": ""})),
        ("title", json!({"title": "two\nlines"})),
        ("title", json!({"title": "x".repeat(201)})),
        ("description", json!({"description": long})),
        ("reason", json!({"reason": long})),
        ("owner", json!({"owner": "x".repeat(257)})),
        ("impact", json!({"impact": "awful"})),
        ("preset", json!({"preset": "quiet-please"})),
        ("policy", json!({"policy": {}})),
        ("texts.login", json!({"texts": {"login": long}})),
        ("preset", json!({"preset": null})),
    ];
    refuses(&world, MAINTENANCES, odd.map(|(field, more)| (field, maintenance(SHOP, more)))).await;
    let policy = |policy: Value| maintenance(SHOP, json!({"preset": null, "policy": policy}));
    let odd = [
        ("end", maintenance(SHOP, json!({"end": {"by": "on_signal", "observer": "flag"}}))),
        ("policy", policy(json!({"answers": {"dance": {"answer": "deny"}}}))),
        ("policy", policy(json!({"orders": "anybody"}))),
        ("policy", policy(json!({"effects": ["explode"]}))),
        ("policy", policy(json!({"nothing": 1}))),
        ("policy", policy(json!(7))),
    ];
    refuses(&world, MAINTENANCES, odd).await;
}

#[tokio::test]
async fn targets_beyond_the_limits_name_their_field() {
    let world = World::new().await;
    let many: Vec<String> = (0..33).map(|n| format!("/{n}")).collect();
    let labels: Value = (0..65).map(|n| (n.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let odd = [
        ("kind", json!({"kind": "planet"})),
        ("version", json!({"version": "x".repeat(257)})),
        ("external_id", json!({"external_id": ""})),
        ("labels", json!({"labels": labels})),
        ("labels", json!({"labels": {"x".repeat(257): "y"}})),
        ("health_paths", json!({"health_paths": many})),
        ("health_paths", json!({"health_paths": ["healthz"]})),
        ("binding.adapter", json!({"binding": {"adapter": "nowhere", "match": {"project": "x"}}})),
        ("binding.match", json!({"binding": {"adapter": "here", "match": {}}})),
        ("binding.match", json!({"binding": {"adapter": "here"}})),
        ("binding.match.colour", json!({"binding": {"adapter": "here", "match": {"colour": "red"}}})),
    ];
    let odd = odd.map(|(field, more)| {
        let mut body = json!({"path": "acme/prod/new", "kind": "product"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        (field, body)
    });
    refuses(&world, TARGETS, odd).await;
}

#[tokio::test]
async fn unknown_missing_and_mistyped_fields_are_named() {
    let world = World::new().await;
    let odd = [
        ("starts", maintenance(SHOP, json!({"starts": "now"}))),
        ("draft", maintenance(SHOP, json!({"draft": "yes"}))),
        ("scope.include[0].below", maintenance(SHOP, json!({"scope": {"include": [{"below": SHOP}]}}))),
        ("scope.include[0].under", maintenance(SHOP, json!({"scope": {"include": [{}]}}))),
        ("scope.include", maintenance(SHOP, json!({"scope": {"include": SHOP}}))),
        ("title", maintenance(SHOP, json!({"title": 5}))),
        ("title", maintenance(SHOP, json!({"title": null}))),
        ("title", json!({})),
        ("", json!([])),
        ("", json!(["Upgrade", null, null, {"include": [{"under": SHOP}]}])),
        ("", json!("enter")),
    ];
    refuses(&world, MAINTENANCES, odd).await;
    let id = world.admin().maintenance(SHOP, json!({})).await;
    for (command, field, body) in [
        ("extend", "ends_at", json!({})),
        ("updates", "text", json!({"percent": 5})),
        ("updates", "text", json!({"text": " "})),
        ("updates", "percent", json!({"text": "t", "percent": 101})),
        ("updates", "percent", json!({"text": "t", "percent": -1})),
        ("updates", "percent", json!({"text": "t", "percent": 1e300})),
        ("updates", "expected_end", json!({"text": "t", "expected_end": "soon"})),
        ("complete", "force", json!({"force": true})),
        ("start", "now", json!({"now": true})),
        ("accept", "reason", json!({"names": ["shop-db"]})),
        ("accept", "reason", json!({"names": ["shop-db"], "reason": ""})),
        ("accept", "names", json!({"names": [], "reason": "it is right"})),
        ("accept", "names[0]", json!({"names": ["nothing"], "reason": "it is right"})),
        ("retry", "names", json!({"names": "shop-db"})),
    ] {
        let said = world.admin().post(&format!("{MAINTENANCES}/{id}/{command}"), body).await;
        said.refused(400, "bad-input", Some(field));
    }
}

#[tokio::test]
async fn what_is_no_json_is_told_so() {
    let world = World::new().await;
    let json = [("content-type", "application/json")];
    let twice = maintenance(SHOP, json!({})).to_string().repeat(2);
    for text in ["{", "", "nonsense", &twice, "\u{feff}{}"] {
        let said = world.admin().raw(Method::POST, MAINTENANCES, &json, text.to_owned()).await;
        said.refused(400, "bad-input", None).says(&["JSON"]);
    }
    let bytes: &[u8] = b"{\"title\": \"\xff\"}";
    world.admin().raw(Method::POST, MAINTENANCES, &json, bytes).await.refused(400, "bad-input", None);
    let deep = format!("{{\"policy\": {}", "[".repeat(100_000));
    world.admin().raw(Method::POST, MAINTENANCES, &json, deep).await.refused(400, "bad-input", None);
    let body = maintenance(SHOP, json!({})).to_string();
    for headers in [&[][..], &[("content-type", "text/plain")], &[("content-type", "application/jsonp")]] {
        world.admin().raw(Method::POST, MAINTENANCES, headers, body.clone()).await.refused(400, "bad-input", None);
    }
    let charset = [("content-type", "Application/JSON; charset=utf-8")];
    world.admin().raw(Method::POST, MAINTENANCES, &charset, body).await.is(201);
}

#[tokio::test]
async fn a_body_may_have_256_kib_and_not_one_byte_more() {
    let world = World::new().await;
    let json = [("content-type", "application/json")];
    let fill = |size: usize| {
        let body = maintenance(SHOP, json!({})).to_string();
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    let most = 256 * 1024;
    world.admin().raw(Method::POST, MAINTENANCES, &json, fill(most)).await.is(201);
    let over = world.admin().raw(Method::POST, MAINTENANCES, &json, fill(most + 1)).await;
    over.refused(413, "too-large", None).says(&["256 KiB"]);
    // Nobody says beforehand how much this will be.
    let pieces = std::iter::repeat_n(Ok::<_, std::convert::Infallible>(" ".repeat(1024)), 257);
    let endless = Body::from_stream(futures_util::stream::iter(pieces));
    world.admin().raw(Method::POST, MAINTENANCES, &json, endless).await.refused(413, "too-large", None);
    let said = [("content-type", "application/json"), ("content-length", "999999999999")];
    world.admin().raw(Method::POST, MAINTENANCES, &said, "{}").await.refused(413, "too-large", None);
}

#[tokio::test]
async fn odd_parameters_of_a_list_are_named() {
    let world = World::new().await;
    for (query, field) in [
        ("targets?limit=0", "limit"),
        ("targets?limit=501", "limit"),
        ("targets?limit=many", "limit"),
        ("targets?limit=99999999999999999999", "limit"),
        ("targets?colour=red", "colour"),
        ("targets?status=draft", "status"),
        ("maintenances?maintenance=x", "maintenance"),
        ("workloads?kind=notice", "kind"),
        ("orders?under=acme", "under"),
        ("tokens?after=1", "after"),
        ("targets?under=ACME", "under"),
        ("targets?path=a%20b", "path"),
        ("targets?cursor=A%20B", "cursor"),
        ("maintenances?status=odd", "status"),
        ("maintenances?cursor=x", "cursor"),
        ("engagements?maintenance=x", "maintenance"),
        ("events?kind=odd", "kind"),
        ("events?after=-1", "after"),
        ("events?cursor=x", "cursor"),
        ("orders?limit=0", "limit"),
        ("workloads?limit=0", "limit"),
    ] {
        world.admin().get(&format!("/api/v1/{query}")).await.refused(400, "bad-input", Some(field));
    }
}

#[tokio::test]
async fn an_odd_token_is_refused_by_its_field() {
    let world = World::new().await;
    let grants = json!([{"under": "/", "role": "viewer"}]);
    let many: Vec<Value> = (0..65).map(|_| grants[0].clone()).collect();
    let odd = [
        ("name", json!({"name": "", "kind": "person", "grants": grants})),
        ("name", json!({"name": "x".repeat(65), "kind": "person", "grants": grants})),
        ("name", json!({"name": "a\nb", "kind": "person", "grants": grants})),
        ("kind", json!({"name": "a", "kind": "robot", "grants": grants})),
        ("grants", json!({"name": "a", "kind": "person", "grants": []})),
        ("grants", json!({"name": "a", "kind": "person", "grants": many})),
        ("grants[0].role", json!({"name": "a", "kind": "person", "grants": [{"under": "/", "role": "king"}]})),
        (
            "grants[0].may",
            json!({"name": "a", "kind": "person", "grants": [{"under": "/", "role": "viewer", "may": ["all"]}]}),
        ),
        ("expires_at", json!({"name": "a", "kind": "person", "grants": grants, "expires_at": hours(-1)})),
    ];
    refuses(&world, TOKENS, odd).await;
}

#[tokio::test]
async fn what_answers_nowhere_or_not_so_is_a_problem_too() {
    let world = World::new().await;
    for path in ["/", "/api/v1", "/api/v1/nothing", "/api/v2/targets", "/api/v1/targets/"] {
        world.admin().get(path).await.refused(404, "not-found", None);
    }
    let said = world.admin().put(TARGETS, json!({})).await.refused(405, "not-found", None);
    assert_eq!(said.headers["allow"], "GET,HEAD,POST");
}
