//! Tokens: made with no more than their maker has, shown once, kept as a hash, good until they are not.
use serde_json::{Value, json};

use super::world::{SHOP, World, hours};

const TOKENS: &str = "/api/v1/tokens";

fn token(kind: &str, name: &str, grants: Value) -> Value {
    json!({"name": name, "kind": kind, "grants": grants})
}

#[tokio::test]
async fn nobody_gives_more_than_he_has() {
    let world = World::new().await;
    let ada = world.one("person", "ada", ("acme/prod", "administrator")).await;
    for under in ["acme", "/"] {
        let body = token("person", "x", json!([{"under": under, "role": "viewer"}]));
        ada.post(TOKENS, body).await.refused(403, "forbidden", Some("grants[0].under"));
    }
    let unseen = token("person", "x", json!([{"under": "acme/test", "role": "viewer"}]));
    ada.post(TOKENS, unseen).await.refused(400, "bad-input", Some("grants[0].under"));
    let glass = token("person", "x", json!([{"under": SHOP, "role": "viewer", "may": ["break_glass"]}]));
    ada.post(TOKENS, glass).await.refused(403, "forbidden", Some("grants[0].under")).says(&["permission"]);
    let mixed = json!([{"under": SHOP, "role": "viewer"}, {"under": "acme", "role": "viewer"}]);
    ada.post(TOKENS, token("person", "x", mixed)).await.refused(403, "forbidden", Some("grants[1].under"));
    let made = ada.post(TOKENS, token("person", "x", json!([{"under": SHOP, "role": "administrator"}]))).await.is(201);
    assert!(made.headers["location"].to_str().expect("it is text").starts_with(TOKENS));
}

#[tokio::test]
async fn nobody_takes_the_name_of_whom_he_does_not_administer() {
    let world = World::new().await;
    world.one("observer", "flag", ("acme", "operator")).await;
    let ada = world.one("person", "ada", ("acme/prod", "administrator")).await;
    let grants = json!([{"under": "acme/prod", "role": "operator"}]);
    for (kind, name) in [("observer", "flag"), ("person", "admin")] {
        let said = ada.post(TOKENS, token(kind, name, grants.clone())).await;
        said.refused(403, "forbidden", Some("name")).says(&[name]);
    }
    ada.post(TOKENS, token("person", "flag", grants.clone())).await.is(201);
    world.admin().post(TOKENS, token("observer", "flag", grants)).await.is(201);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_nowhere() {
    let world = World::new().await;
    let made = world.admin().post(TOKENS, token("service", "ci", json!([{"under": "/", "role": "viewer"}]))).await;
    let secret = made.is(201).body["token"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("lull_") && secret.len() > 40, "{secret}");
    world.with(&secret).get("/api/v1/targets").await.is(200);
    for path in [TOKENS, "/api/v1/events", "/api/v1/orders"] {
        let said = world.admin().get(path).await.is(200);
        assert!(!said.body.to_string().contains(&secret), "{said:#?}");
    }
    let bytes = world.files();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("\"ci\"") || holds("ci"), "the token itself is stored");
    for secret in [secret.as_str(), secret.trim_start_matches("lull_"), &world.admin] {
        assert!(!holds(secret), "a secret is stored");
    }
}

#[tokio::test]
async fn a_revoked_token_is_good_for_nothing_and_revoking_again_changes_nothing() {
    let world = World::new().await;
    let made = world.admin().post(TOKENS, token("person", "bob", json!([{"under": "/", "role": "viewer"}]))).await;
    let (id, secret) = (made.body["id"].as_str().expect("an id"), made.body["token"].as_str().expect("a secret"));
    let one = format!("{TOKENS}/{id}");
    world.with(secret).delete(&one).await.refused(403, "forbidden", None);
    let revoked = world.admin().delete(&one).await.is(200);
    assert!(revoked.body["revoked_at"].is_string(), "{revoked:#?}");
    world.with(secret).get("/api/v1/targets").await.refused(401, "forbidden", None);
    let head = world.admin().get("/api/v1/events").await.body;
    assert_eq!(world.admin().delete(&one).await.is(200).body, revoked.body);
    assert_eq!(world.admin().get("/api/v1/events").await.body, head);
    world.admin().delete(&format!("{TOKENS}/tok_nothing")).await.refused(404, "not-found", None);
}

#[tokio::test]
async fn the_last_administrator_cannot_lock_himself_out() {
    let world = World::new().await;
    let listed = world.admin().get(TOKENS).await.is(200);
    let first = listed.body["items"][0]["id"].as_str().expect("an id");
    world.admin().delete(&format!("{TOKENS}/{first}")).await.refused(409, "conflict", None);
    world.one("person", "second", ("/", "administrator")).await;
    world.admin().delete(&format!("{TOKENS}/{first}")).await.is(200);
}

#[tokio::test]
async fn a_token_says_until_when_it_is_good() {
    let world = World::new().await;
    let mut body = token("person", "bob", json!([{"under": "/", "role": "viewer"}]));
    body["expires_at"] = json!(hours(1));
    let made = world.admin().post(TOKENS, body.clone()).await.is(201);
    assert_eq!(made.body["expires_at"], body["expires_at"]);
}
