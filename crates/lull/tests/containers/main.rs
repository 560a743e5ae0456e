//! Stop and start exactly, on a real dockerd and a real Podman: what ran runs again, the rest is untouched.
mod jobs;
mod server;
mod shop;

use lull_api::params::{Accept, Closing, Listing, Retry};
use lull_api::views::Maintenance;
use lull_peers::{Container, Kind};

use server::{Server, is};
use shop::{RUN, STOP, Shop, quiet};

/// The edges at which the server dies in between; each once while entering and once while leaving.
const EDGES: &[&str] = &["intent", "call", "report", "log", "phase"];

fn enter(server: &Server, under: &str) -> Maintenance {
    let new = quiet(under);
    server.ask(|client| async move { client.create(&new).await })
}

fn complete(server: &Server, id: &str) -> Maintenance {
    server.ask(|client| async move { client.complete(id, &Closing::default()).await })
}

/// Entering and leaving with a kill at every edge, a restart of the engine, and a service made anew in between.
fn through_every_crash(kind: Kind) {
    let mut shop = Shop::new(kind);
    let ended = (shop.ended("worker"), shop.ended("init"));
    let mut server = Server::new(&shop.engine.url());
    server.start(None);
    shop.register(&server);
    server.kill();
    server.start(Some(EDGES[0]));
    // It may die before it has answered, and has stored what was asked all the same.
    let _answered = server.try_ask(|client| async move { client.create(&quiet("acme/shop")).await });
    for edge in &EDGES[1..] {
        server.dies();
        server.start(Some(edge));
    }
    server.dies();
    server.start(None);
    let all = server.ask(|client| async move { client.maintenances(&Listing::default()).await }).items;
    let entered = all.into_iter().next().expect("it was stored");
    server.wait(&entered.id, "it is active", |found| is(found, "active"));
    assert_eq!(shop.running(), ["cache"], "only what asked to be left alone runs");
    assert_eq!((shop.ended("worker"), shop.ended("init")), ended, "what was down is untouched");
    in_order(&shop);

    shop.engine.restart().expect("the engine restarts");
    if kind == Kind::Docker {
        assert_eq!(shop.restart_policy("api"), "no", "nothing brings it back");
        // What was running goes down with the daemon and has no policy that starts it again.
        shop.engine.start_container("shop_cache_1").expect("cache starts");
    }
    assert_eq!(shop.running(), ["cache"], "the restart brought nothing back");
    shop.engine.remove("shop_db_1").expect("db is removed");
    shop.make("db");

    server.kill();
    server.start(Some(EDGES[0]));
    let id = entered.id.clone();
    let _answered = server.try_ask(|client| async move { client.complete(&id, &Closing::default()).await });
    for edge in &EDGES[1..] {
        server.dies();
        server.start(Some(edge));
    }
    server.dies();
    server.start(None);
    server.wait(&entered.id, "it is completed", |found| is(found, "completed"));
    assert_eq!(shop.running(), RUN, "exactly what ran runs again");
    assert_eq!((shop.ended("worker"), shop.ended("init")), ended, "what was down is untouched");
    assert_eq!(shop.restart_policy("api"), "always", "its policy is back");
}

/// What needs something stopped before it.
fn in_order(shop: &Shop) {
    let ended: Vec<Vec<String>> = STOP.iter().map(|wave| wave.iter().map(|name| shop.ended(name)).collect()).collect();
    for pair in ended.windows(2) {
        let last = pair[0].iter().max();
        let first = pair[1].iter().min();
        // Waves of one stack, and those of stacks that need each other.
        assert!(last <= first, "stopped out of order: {ended:?}");
    }
}

#[test]
fn what_ran_on_docker_runs_again_through_every_crash() {
    through_every_crash(Kind::Docker);
}

#[test]
fn what_ran_on_podman_runs_again_through_every_crash() {
    through_every_crash(Kind::Podman);
}

fn overlapping(kind: Kind) {
    let shop = Shop::new(kind);
    let mut server = Server::new(&shop.engine.url());
    server.start(None);
    shop.register(&server);
    let first = enter(&server, "acme/shop");
    let second = enter(&server, "acme/shop/api");
    server.wait(&first.id, "the first is active", |found| is(found, "active"));
    server.wait(&second.id, "the second is active", |found| is(found, "active"));
    let stopped = shop.ended("api");
    complete(&server, &first.id);
    server.wait(&first.id, "the first has left, or passed on what waits", |found| {
        is(found, "completed") || found.waits_for.iter().any(|what| what.contains("acme/shop/api"))
    });
    assert!(!shop.running().contains(&"api"), "the second still holds it");
    complete(&server, &second.id);
    server.wait(&second.id, "the second is completed", |found| is(found, "completed"));
    server.wait(&first.id, "the first is completed", |found| is(found, "completed"));
    assert_eq!(shop.running(), RUN);
    assert_eq!(shop.ended("api"), stopped, "it was stopped once");
}

#[test]
fn two_overlapping_maintenances_stop_once_and_start_once_on_docker() {
    overlapping(Kind::Docker);
}

#[test]
fn two_overlapping_maintenances_stop_once_and_start_once_on_podman() {
    overlapping(Kind::Podman);
}

fn meddled_with(kind: Kind) {
    let shop = Shop::new(kind);
    let mut server = Server::new(&shop.engine.url());
    server.start(None);
    shop.register(&server);
    let entered = enter(&server, "acme/shop");
    server.wait(&entered.id, "it is active", |found| is(found, "active"));
    shop.engine.start_container("shop_auth_1").expect("somebody starts auth");
    shop.engine.remove("shop_app_1").expect("somebody removes app");
    let state = |name: &str| {
        let listing = Listing { maintenance: Some(entered.id.clone()), ..Listing::default() };
        let found = server.ask(|client| async move { client.engagements(&listing).await });
        let things = found.items.into_iter().flat_map(|engagement| engagement.things);
        things.filter(|thing| thing.name.contains(name)).map(|thing| thing.state).next().unwrap_or_default()
    };
    lull_peers::until("the start is reported", || (state("auth") == "struck").then_some(())).unwrap_or_else(|error| {
        let listing = Listing { maintenance: Some(entered.id.clone()), ..Listing::default() };
        panic!("{error}: {:#?}", server.ask(|client| async { client.engagements(&listing).await }))
    });
    assert!(shop.running().contains(&"auth"), "it is not fought");
    complete(&server, &entered.id);
    server.wait(&entered.id, "it is completed", |found| is(found, "completed"));
    let without_app: Vec<&str> = RUN.iter().copied().filter(|name| *name != "app").collect();
    assert_eq!(shop.running(), without_app);
}

#[test]
fn what_somebody_starts_or_removes_meanwhile_is_reported_and_not_fought_on_docker() {
    meddled_with(Kind::Docker);
}

#[test]
fn what_somebody_starts_or_removes_meanwhile_is_reported_and_not_fought_on_podman() {
    meddled_with(Kind::Podman);
}

fn a_start_that_fails(kind: Kind) {
    let shop = Shop::new(kind);
    let mut server = Server::new(&shop.engine.url());
    server.start(None);
    shop.register(&server);
    let entered = enter(&server, "acme/shop");
    server.wait(&entered.id, "it is active", |found| is(found, "active"));
    // Made anew, never started, and with a command that cannot be run: its start fails.
    shop.engine.remove("shop_app_1").expect("app is removed");
    let labels = [
        ("com.docker.compose.project", "shop"),
        ("com.docker.compose.service", "app"),
        ("com.docker.compose.container-number", "1"),
        ("stack", "web"),
    ];
    let broken =
        Container { name: "shop_app_1", labels: &labels, command: &["/no/such/program"], ..Container::default() };
    shop.engine.create(&broken).expect("it can be made");
    complete(&server, &entered.id);
    let troubled = server.wait(&entered.id, "the failure is named", |found| !found.trouble.is_empty());
    assert!(troubled.trouble.iter().any(|line| line.contains("shop/app/1")), "{:?}", troubled.trouble);
    assert!(troubled.flags.needs_attention && is(&troubled, "leaving"));
    server.ask(|client| async { client.retry(&entered.id, &Retry::default()).await });
    server.wait(&entered.id, "it fails again", |found| !found.trouble.is_empty());
    let listing = Listing { maintenance: Some(entered.id.clone()), ..Listing::default() };
    let owed = server.ask(|client| async { client.engagements(&listing).await });
    let kept = owed.items.iter().flat_map(|engagement| &engagement.things).any(|thing| thing.name == "shop/app/1");
    assert!(kept, "its receipt is kept");
    let accept = Accept { names: vec!["shop/app/1".to_owned()], reason: "rebuilt tomorrow".to_owned() };
    // Refused while the call of the retry may still act.
    let accepted = || server.try_ask(|client| async { client.accept(&entered.id, &accept).await }).ok();
    let wait = || lull_peers::until("the call is reported, or can no longer act", accepted);
    wait().or_else(|_| wait()).expect("it is accepted by name");
    server.wait(&entered.id, "it is completed", |found| is(found, "completed"));
    let without_app: Vec<&str> = RUN.iter().copied().filter(|name| *name != "app").collect();
    assert_eq!(shop.running(), without_app);
}

#[test]
fn a_start_that_fails_is_named_retried_and_accepted_by_name_on_docker() {
    a_start_that_fails(Kind::Docker);
}

#[test]
fn a_start_that_fails_is_named_retried_and_accepted_by_name_on_podman() {
    a_start_that_fails(Kind::Podman);
}

#[test]
fn an_engine_that_cannot_be_reached_is_named_and_nothing_is_reported_done() {
    let mut shop = Shop::new(Kind::Docker);
    let mut server = Server::new(&shop.engine.url());
    server.start(None);
    shop.register(&server);
    shop.engine.down();
    let entered = enter(&server, "acme/shop");
    let listing = Listing { maintenance: Some(entered.id.clone()), ..Listing::default() };
    lull_peers::until("the failure is shown", || {
        let found = server.ask(|client| async { client.engagements(&listing).await });
        found.items.into_iter().find(|engagement| engagement.retry.is_some())
    })
    .expect("which target, why, and when it is tried again");
    assert!(is(&server.ask(|client| async { client.maintenance(&entered.id).await }), "entering"));
    shop.engine.up().expect("the engine is back");
    server.wait(&entered.id, "it is active", |found| is(found, "active"));
    complete(&server, &entered.id);
    server.wait(&entered.id, "it is completed", |found| is(found, "completed"));
}
