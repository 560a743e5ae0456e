//! The operation mode of a product: whoever entered, leaves.
use serde_json::{Value, json};

use super::world::{Caller, SHOP, Said, World};

const ROUTE: &str = "/api/environments/acme-prod/product-deployments/acme-prod-shop/operation-mode";

impl Caller<'_> {
    /// Wishes this mode for the shop.
    async fn wishes(&self, mode: &str) -> Said {
        self.put(ROUTE, json!({"mode": mode})).await
    }
}

impl Said {
    /// These modes, under this hand, and these hands after it.
    #[track_caller]
    fn went(self, modes: [&str; 2], source: &str, held_by: &[(&str, &str)]) -> Said {
        let said = self.is(200);
        assert_eq!(said.body["success"], true, "{said:#?}");
        assert_eq!([&said.body["previousMode"], &said.body["newMode"]], modes, "{said:#?}");
        assert_eq!(said.body["triggerSource"], source, "{said:#?}");
        let holders = said.body["heldBy"].as_array().expect("it is a list");
        let holders: Vec<_> = holders.iter().map(|held| [&held["kind"], &held["name"]]).collect();
        assert_eq!(holders, held_by.iter().map(|(kind, name)| [*kind, *name]).collect::<Vec<_>>(), "{said:#?}");
        said
    }
}

const IN: [&str; 2] = ["Normal", "Maintenance"];
const STAYS_IN: [&str; 2] = ["Maintenance", "Maintenance"];
const OUT: [&str; 2] = ["Maintenance", "Normal"];
const STAYS_OUT: [&str; 2] = ["Normal", "Normal"];

async fn person(world: &World) -> Caller<'_> {
    world.one("person", "ada", (SHOP, "operator")).await
}

async fn observer(world: &World) -> Caller<'_> {
    world.one("observer", "flag", (SHOP, "operator")).await
}

async fn count(world: &World) -> usize {
    world.admin().get("/api/v1/maintenances").await.body["items"].as_array().expect("a list").len()
}

#[tokio::test]
async fn the_answer_has_exactly_the_fields_that_are_promised() {
    let world = World::new().await;
    let said = person(&world).await.put(ROUTE, json!({"mode": "Maintenance", "reason": "new disks"})).await.is(200);
    let mut fields: Vec<&String> = said.body.as_object().expect("an object").keys().collect();
    fields.sort();
    let wanted = ["heldBy", "message", "newMode", "previousMode", "productDeploymentId", "success", "triggerSource"];
    assert_eq!(fields, wanted);
    assert_eq!(said.body["productDeploymentId"], world.id(SHOP).await);
    let held = said.body["heldBy"][0].as_object().expect("an object");
    assert_eq!(held.keys().collect::<Vec<_>>(), ["kind", "name", "since"]);
    let listed = world.admin().get("/api/v1/maintenances").await;
    assert_eq!(listed.body["items"][0]["why"], "new disks");
    assert_eq!(listed.body["items"][0]["preset"], "stop-everything");
}

#[tokio::test]
async fn a_person_who_enters_and_leaves_holds_it_in_between() {
    let world = World::new().await;
    let ada = person(&world).await;
    ada.wishes("Maintenance").await.went(IN, "Manual", &[("Manual", "ada")]);
    ada.wishes("Normal").await.went(OUT, "Manual", &[]);
}

#[tokio::test]
async fn an_observer_that_enters_and_leaves_holds_it_in_between() {
    let world = World::new().await;
    let flag = observer(&world).await;
    flag.wishes("Maintenance").await.went(IN, "Observer", &[("Observer", "flag")]);
    flag.wishes("Normal").await.went(OUT, "Observer", &[]);
}

#[tokio::test]
async fn a_source_in_the_body_is_ignored() {
    let world = World::new().await;
    let body = json!({"mode": "Maintenance", "source": "Observer", "triggerSource": "Observer"});
    person(&world).await.put(ROUTE, body).await.went(IN, "Manual", &[("Manual", "ada")]);
}

#[tokio::test]
async fn what_is_normal_already_stays_so_and_nothing_is_stored() {
    let world = World::new().await;
    for (who, source) in [(person(&world).await, "Manual"), (observer(&world).await, "Observer")] {
        let before = world.admin().get("/api/v1/events").await.body;
        who.wishes("Normal").await.went(STAYS_OUT, source, &[]).says(&["nothing was done"]);
        assert_eq!(before, world.admin().get("/api/v1/events").await.body);
    }
    assert_eq!(count(&world).await, 0);
}

#[tokio::test]
async fn whoever_asks_for_maintenance_while_another_holds_it_gets_that_holder_and_no_hold_of_his_own() {
    let world = World::new().await;
    let (ada, flag) = (person(&world).await, observer(&world).await);
    flag.wishes("Maintenance").await.is(200);
    ada.wishes("Maintenance").await.went(STAYS_IN, "Observer", &[("Observer", "flag")]);
    flag.wishes("Normal").await.is(200);
    ada.wishes("Maintenance").await.is(200);
    flag.wishes("Maintenance").await.went(STAYS_IN, "Manual", &[("Manual", "ada")]);
    ada.wishes("Maintenance").await.went(STAYS_IN, "Manual", &[("Manual", "ada")]);
    assert_eq!(count(&world).await, 2);
}

#[tokio::test]
async fn what_leaves_does_not_count_as_maintenance_and_a_new_one_begins() {
    let world = World::new().await;
    let ada = person(&world).await;
    ada.wishes("Maintenance").await.is(200);
    ada.wishes("Normal").await.is(200);
    ada.wishes("Normal").await.went(STAYS_OUT, "Manual", &[]);
    ada.wishes("Maintenance").await.went(IN, "Manual", &[("Manual", "ada")]);
    assert_eq!(count(&world).await, 2);
}

#[tokio::test]
async fn a_person_does_not_end_what_an_observer_holds_and_is_told_who_and_what_ends_it() {
    let world = World::new().await;
    observer(&world).await.wishes("Maintenance").await.is(200);
    let said = person(&world).await.wishes("Normal").await.refused(409, "held", None);
    assert_eq!(said.body["holders"][0]["kind"], "observer");
    assert_eq!(said.body["holders"][0]["name"], "flag");
    said.says(&["Observer flag entered acme/prod/shop", "It ends when observer flag reads normal"]);
}

#[tokio::test]
async fn an_observer_that_holds_something_keeps_its_last_token() {
    let world = World::new().await;
    let flag = observer(&world).await;
    flag.wishes("Maintenance").await.is(200);
    let tokens = world.admin().get("/api/v1/tokens").await.is(200).body;
    let tokens = tokens["items"].as_array().expect("a list").clone();
    let of_flag = tokens.iter().find(|token| token["name"] == "flag").expect("it has one");
    let one = format!("/api/v1/tokens/{}", of_flag["id"].as_str().expect("an id"));
    world.admin().delete(&one).await.refused(409, "conflict", None);
    flag.wishes("Normal").await.is(200);
    world.admin().delete(&one).await.is(200);
}

#[tokio::test]
async fn an_observer_does_not_end_what_a_person_holds_and_that_is_no_error() {
    let world = World::new().await;
    person(&world).await.wishes("Maintenance").await.is(200);
    let said = observer(&world).await.wishes("Normal").await;
    said.went(STAYS_IN, "Manual", &[("Manual", "ada")]).says(&["Nothing was done: ada holds it"]);
}

#[tokio::test]
async fn an_observer_does_not_end_what_another_observer_holds() {
    let world = World::new().await;
    observer(&world).await.wishes("Maintenance").await.is(200);
    let other = world.one("observer", "other", (SHOP, "operator")).await;
    other.wishes("Normal").await.went(STAYS_IN, "Observer", &[("Observer", "flag")]);
}

#[tokio::test]
async fn another_person_ends_what_a_person_entered() {
    let world = World::new().await;
    person(&world).await.wishes("Maintenance").await.is(200);
    let bob = world.one("person", "bob", ("acme/prod", "operator")).await;
    bob.wishes("Normal").await.went(OUT, "Manual", &[]);
}

#[tokio::test]
async fn where_both_hold_each_ends_his_own_and_the_other_is_named() {
    let world = World::new().await;
    let (ada, flag) = (person(&world).await, observer(&world).await);
    flag.wishes("Maintenance").await.is(200);
    ada.maintenance(SHOP, json!({})).await;
    ada.wishes("Normal").await.went(STAYS_IN, "Manual", &[("Observer", "flag")]);
    ada.wishes("Normal").await.refused(409, "held", None);
    ada.maintenance(SHOP, json!({})).await;
    let left = flag.wishes("Normal").await.went(STAYS_IN, "Observer", &[("Manual", "ada")]);
    left.says(&["Yours has ended; ada holds it still"]);
    ada.wishes("Normal").await.went(OUT, "Manual", &[]);
}

#[tokio::test]
async fn a_maintenance_of_the_environment_holds_the_product_and_is_not_ended_from_it() {
    let world = World::new().await;
    let ada = world.one("person", "ada", ("acme/prod", "operator")).await;
    let above = ada.maintenance("acme/prod", json!({"title": "New switches"})).await;
    ada.wishes("Maintenance").await.went(STAYS_IN, "Manual", &[("Manual", "ada")]);
    let said = ada.wishes("Normal").await.refused(409, "held", None);
    assert_eq!(said.body["holders"][0]["maintenance"], above);
    said.says(&["“New switches” by ada covers acme/prod", "It ends when an operator completes it"]);
    let flag = observer(&world).await;
    flag.wishes("Normal").await.went(STAYS_IN, "Manual", &[("Manual", "ada")]);
    ada.maintenance(SHOP, json!({})).await;
    ada.wishes("Normal").await.went(STAYS_IN, "Manual", &[("Manual", "ada")]);
    assert_eq!(count(&world).await, 2);
}

#[tokio::test]
async fn an_announcement_is_no_operation_mode() {
    let world = World::new().await;
    let ada = person(&world).await;
    ada.maintenance(SHOP, json!({"preset": "announce", "duration": "PT1H"})).await;
    ada.wishes("Normal").await.went(STAYS_OUT, "Manual", &[]);
}

#[tokio::test]
async fn ids_are_those_of_targets_or_of_another_system() {
    let world = World::new().await;
    let (environment, product) = (world.id("acme/prod").await, world.id(SHOP).await);
    for environment in [&*environment, "acme-prod"] {
        for product in [&*product, "acme-prod-shop"] {
            let route = format!("/api/environments/{environment}/product-deployments/{product}/operation-mode");
            let said = world.admin().put(&route, json!({"mode": "Normal"})).await.is(200);
            assert_eq!(said.body["productDeploymentId"], world.id(SHOP).await);
        }
    }
}

#[tokio::test]
async fn what_is_no_product_below_that_environment_is_not_found() {
    let world = World::new().await;
    for (environment, product) in [
        ("acme-test", "acme-prod-shop"),
        ("acme-prod", "acme-test-lab"),
        ("acme-prod", "acme-prod-shop-db"),
        ("acme-prod", "nothing"),
        ("nothing", "acme-prod-shop"),
        ("acme", "acme-prod-shop"),
        ("acme-prod-shop", "acme-prod-shop"),
    ] {
        let route = format!("/api/environments/{environment}/product-deployments/{product}/operation-mode");
        world.admin().put(&route, json!({"mode": "Maintenance"})).await.refused(404, "not-found", None);
    }
}

#[tokio::test]
async fn what_the_caller_may_not_see_is_not_found_and_what_he_only_sees_is_forbidden() {
    let world = World::new().await;
    let stranger = world.one("person", "eve", ("acme/test", "administrator")).await;
    stranger.wishes("Maintenance").await.refused(404, "not-found", None);
    for role in ["viewer", "reporter"] {
        let viewer = world.one("person", role, (SHOP, role)).await;
        viewer.wishes("Maintenance").await.refused(403, "forbidden", Some("scope"));
        viewer.wishes("Normal").await.refused(403, "forbidden", Some("scope"));
    }
    let blind = world.one("observer", "blind", (SHOP, "viewer")).await;
    blind.wishes("Maintenance").await.refused(403, "forbidden", Some("scope"));
    world.with("lull_wrong").wishes("Maintenance").await.refused(401, "forbidden", None);
}

#[tokio::test]
async fn a_mode_that_there_is_not_is_bad_input() {
    let world = World::new().await;
    for mode in ["maintenance", "NORMAL", "", "Paused"] {
        world.admin().wishes(mode).await.refused(400, "bad-input", Some("mode")).says(&["Use Maintenance or Normal"]);
    }
    world.admin().put(ROUTE, json!({})).await.refused(400, "bad-input", Some("mode"));
    world.admin().put(ROUTE, json!({"mode": 1})).await.refused(400, "bad-input", Some("mode"));
    let long = json!({"mode": "Maintenance", "reason": "x".repeat(10_001)});
    world.admin().put(ROUTE, long).await.refused(400, "bad-input", Some("reason"));
    world.admin().put(ROUTE, Value::Null).await.refused(400, "bad-input", None);
}

#[tokio::test]
async fn two_who_enter_at_once_hold_it_once() {
    let world = World::new().await;
    let (ada, bob) = (person(&world).await, world.one("person", "bob", (SHOP, "operator")).await);
    let (one, other) = tokio::join!(ada.wishes("Maintenance"), bob.wishes("Maintenance"));
    let mut before = [&one, &other].map(|said| said.body["previousMode"].as_str().expect("a mode").to_owned());
    before.sort();
    assert_eq!(before, ["Maintenance", "Normal"]);
    assert_eq!(count(&world).await, 1);
}

#[tokio::test]
async fn what_was_entered_stops_and_what_was_left_runs_again() {
    let world = World::new().await;
    world.acts();
    let ada = person(&world).await;
    ada.wishes("Maintenance").await.is(200);
    world.until("/api/v1/maintenances", |all| all["items"][0]["phase"] == "active").await;
    assert_eq!(world.outside.running(), ["lab-web", "wiki-web"]);
    ada.wishes("Normal").await.is(200);
    world.until("/api/v1/maintenances", |all| all["items"][0]["status"] == "completed").await;
    assert_eq!(world.outside.running(), ["lab-web", "shop-api", "shop-db", "wiki-web"]);
}
