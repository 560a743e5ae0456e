//! What the Docker adapter promises, asked of a real dockerd and of a real Podman by the same tests.
#![cfg(feature = "docker")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lull_adapters::{Adapter, Call, CallItem, Docker, Done, Failure, Match, Outcome, State, Workload};
use lull_peers::{Container, Engine, IGNORES_TERM, Kind, until};
use serde_json::{Value, json};

/// Runs the same story on both engines, each as a test of its own.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod docker { $(#[tokio::test] async fn $name() { super::$name(lull_peers::Kind::Docker).await; })* }
        mod podman { $(#[tokio::test] async fn $name() { super::$name(lull_peers::Kind::Podman).await; })* }
    };
}

on_both! {
    a_listing_shows_everything_that_is_known
    only_what_matches_is_listed
    of_two_containers_with_one_lasting_name_the_running_one_is_listed
    things_stop_side_by_side_and_one_that_does_not_listen_is_killed
    stopping_twice_finds_it_down
    starting_twice_finds_it_up
    what_is_gone_is_said_to_be_gone
    what_was_made_anew_is_left_alone
    a_renamed_container_is_not_what_was_named
    a_start_that_fails_is_told_by_name_and_does_not_hinder_others
    the_restart_policy_is_held_and_put_back
    a_container_stopped_by_us_stays_down_when_the_engine_restarts
    only_the_setting_of_what_is_not_ours_to_start_is_put_back
    a_backup_is_an_image_that_can_be_read_back
    an_engine_that_is_down_was_asked_nothing
    a_container_that_crashes_again_and_again_runs_and_can_be_stopped
}

struct World {
    engine: Engine,
    adapter: Docker,
}

fn world(kind: Kind) -> World {
    let engine = Engine::start(kind).expect("the engine starts");
    let adapter = Docker::new(&engine.url()).expect("its address is one");
    World { engine, adapter }
}

impl World {
    /// Runs the service of the project `shop` as its number 1.
    fn run(&self, service: &str, more: Container<'_>) -> String {
        let labels = [
            ("com.docker.compose.project", "shop"),
            ("com.docker.compose.service", service),
            ("com.docker.compose.container-number", "1"),
        ];
        let labels: Vec<_> = labels.iter().chain(more.labels).copied().collect();
        let name = format!("shop-{service}-1");
        self.engine.run(&Container { name: &name, labels: &labels, ..more }).expect("it runs")
    }

    async fn list(&self, matches: &Match) -> Vec<Workload> {
        self.adapter.list(matches).await.expect("it lists").workloads
    }

    async fn one(&self, name: &str) -> Workload {
        let matches = Match { name: Some(name.to_owned()), ..Match::default() };
        let [workload] = self.list(&matches).await.try_into().expect("there is exactly one of this name");
        workload
    }

    async fn item(&self, name: &str) -> CallItem {
        let workload = self.one(name).await;
        CallItem { name: workload.name, id: workload.id, before: workload.setting, set: None, setting_only: false }
    }

    async fn stop(&self, items: &[CallItem]) -> Vec<Done> {
        self.adapter.stop(&call(items)).await.expect("the engine answers")
    }

    async fn start(&self, items: &[CallItem]) -> Vec<Done> {
        self.adapter.start(&call(items)).await.expect("the engine answers")
    }

    fn restart_policy(&self, name: &str) -> Value {
        self.engine.inspect(name).expect("it is there")["HostConfig"]["RestartPolicy"]["Name"].clone()
    }

    /// Podman 4 cannot change a restart policy.
    fn changes_settings(&self) -> bool {
        self.engine.kind() == Kind::Docker
    }
}

fn call(items: &[CallItem]) -> Call {
    Call { matches: Match::default(), items: items.to_vec(), grace: 2 }
}

fn restart(policy: &str) -> Value {
    json!({ "restart": policy })
}

/// The item of a start after this stop.
fn after(item: &CallItem, done: &Done) -> CallItem {
    CallItem { set: done.set.clone(), ..item.clone() }
}

async fn a_listing_shows_everything_that_is_known(kind: Kind) {
    let world = world(kind);
    world.run("db", Container::default());
    let labels = [
        ("owner", "alice"),
        ("org.opencontainers.image.version", "4.2.0"),
        ("com.docker.compose.depends_on", "db:service_started:false,cache:service_healthy:true"),
        ("lull.maintenance", "ignore"),
        ("tier", "front"),
    ];
    let id = world.run("web", Container { labels: &labels, restart: "on-failure:3", ..Container::default() });
    world.engine.create(&Container { name: "plain", ..Container::default() }).expect("it is made");

    let reading = world.adapter.list(&Match::default()).await.expect("it lists");
    let names: Vec<_> = reading.workloads.iter().map(|workload| workload.name.as_str()).collect();
    assert_eq!(names, ["plain", "shop/db/1", "shop/web/1"]);
    assert!(reading.booted_at.is_some(), "an engine on this host tells when it started");

    let web = world.one("shop/web/1").await;
    assert!(web.started_at > reading.booted_at, "it started after its engine, or its host");
    assert_eq!(web.finished_at, None);
    assert!(web.pid.is_some_and(|pid| pid > 1));
    assert!(web.needs.is_empty(), "what it needs is not in this listing");
    let project = Match { project: Some("shop".to_owned()), ..Match::default() };
    let web_of_project = world.list(&project).await.pop().expect("web comes last");
    assert_eq!(web_of_project.needs, ["shop/db/1"], "of what it needs, the database is there");
    let expected = Workload {
        name: "shop/web/1".to_owned(),
        title: Some("shop-web-1".to_owned()),
        id: Some(id),
        state: State::Running,
        started_at: web.started_at,
        finished_at: None,
        restarts: 0,
        healthy: None,
        owner: Some("alice".to_owned()),
        project: Some("shop".to_owned()),
        service: Some("web".to_owned()),
        image: Some(lull_peers::IMAGE.to_owned()),
        version: Some("4.2.0".to_owned()),
        labels: web.labels.clone(),
        needs: Vec::new(),
        volumes: Vec::new(),
        ignored: true,
        twin: false,
        pid: web.pid,
        setting: restart("on-failure:3"),
    };
    assert_eq!(web, expected);
    assert_eq!(web.labels.get("tier").map(String::as_str), Some("front"));

    let plain = world.one("plain").await;
    assert_eq!((plain.title, plain.state, plain.started_at), (None, State::Created, None));
    assert_eq!((plain.pid, plain.setting), (None, restart("no")));
}

async fn only_what_matches_is_listed(kind: Kind) {
    let world = world(kind);
    world.run("web", Container { labels: &[("tier", "front")], ..Container::default() });
    world.run("db", Container { labels: &[("tier", "back")], ..Container::default() });
    world
        .engine
        .run(&Container { name: "plain", labels: &[("tier", "front")], ..Container::default() })
        .expect("it runs");
    let names = async |matches: Match| -> Vec<String> {
        world.list(&matches).await.into_iter().map(|workload| workload.name).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    let front = BTreeMap::from([("tier".to_owned(), "front".to_owned())]);

    assert_eq!(names(Match { project: some("shop"), ..Match::default() }).await, ["shop/db/1", "shop/web/1"]);
    assert_eq!(names(Match { service: some("db"), ..Match::default() }).await, ["shop/db/1"]);
    assert_eq!(names(Match { labels: front.clone(), ..Match::default() }).await, ["plain", "shop/web/1"]);
    assert_eq!(names(Match { labels: front, project: some("shop"), ..Match::default() }).await, ["shop/web/1"]);
    assert_eq!(names(Match { name: some("shop/web/1"), ..Match::default() }).await, ["shop/web/1"]);
    assert_eq!(names(Match { name: some("shop-web-1"), ..Match::default() }).await, ["shop/web/1"]);
    assert_eq!(names(Match { name: some("shop-web"), ..Match::default() }).await, [""; 0]);
}

async fn of_two_containers_with_one_lasting_name_the_running_one_is_listed(kind: Kind) {
    let world = world(kind);
    let first = world.run("web", Container::default());
    let labels = [
        ("com.docker.compose.project", "shop"),
        ("com.docker.compose.service", "web"),
        ("com.docker.compose.container-number", "1"),
    ];
    let second = world.engine.create(&Container { name: "next", labels: &labels, ..Container::default() });
    let second = second.expect("it is made");

    assert_eq!(world.one("shop/web/1").await.id, Some(first.clone()));
    world.engine.stop(&first).expect("it stops");
    assert_eq!(world.one("shop/web/1").await.id, Some(second), "none runs, so the newest is meant");
}

async fn things_stop_side_by_side_and_one_that_does_not_listen_is_killed(kind: Kind) {
    let world = world(kind);
    let names = ["shop/deaf/1", "shop/mute/1", "shop/web/1"];
    world.run("deaf", Container { command: IGNORES_TERM, ..Container::default() });
    world.run("mute", Container { command: IGNORES_TERM, ..Container::default() });
    world.run("web", Container::default());
    let mut items = Vec::new();
    for name in names {
        items.push(world.item(name).await);
    }

    let began = Instant::now();
    let done = world.stop(&items).await;
    let took = began.elapsed();

    let forced: Vec<_> = done
        .iter()
        .map(|done| match &done.outcome {
            Outcome::Stopped { finished_at: Some(_), forced, .. } => (done.name.as_str(), *forced),
            other => panic!("{}: {other:?}", done.name),
        })
        .collect();
    assert_eq!(forced, [(names[0], true), (names[1], true), (names[2], false)]);
    assert!(took >= Duration::from_secs(2), "the grace was kept: {took:?}");
    for name in names {
        let workload = world.one(name).await;
        assert_eq!((workload.state, workload.pid), (State::Stopped, None));
        assert!(workload.finished_at > workload.started_at);
    }
}

async fn stopping_twice_finds_it_down(kind: Kind) {
    let world = world(kind);
    world.run("web", Container { restart: "always", ..Container::default() });
    let item = world.item("shop/web/1").await;
    let first = world.stop(std::slice::from_ref(&item)).await.remove(0);
    assert!(matches!(first.outcome, Outcome::Stopped { .. }), "{first:?}");

    let second = world.stop(&[after(&item, &first)]).await.remove(0);
    assert_eq!(second, Done { outcome: Outcome::WasDown, ..first });
}

async fn starting_twice_finds_it_up(kind: Kind) {
    let world = world(kind);
    world.run("web", Container::default());
    let item = world.item("shop/web/1").await;
    world.stop(std::slice::from_ref(&item)).await;

    let first = world.start(std::slice::from_ref(&item)).await.remove(0);
    let Outcome::Started { started_at } = first.outcome else { panic!("{first:?}") };
    assert_eq!(world.one("shop/web/1").await.started_at, started_at);
    let second = world.start(&[item]).await.remove(0);
    assert_eq!(second.outcome, Outcome::WasUp);
}

async fn what_is_gone_is_said_to_be_gone(kind: Kind) {
    let world = world(kind);
    world.run("web", Container::default());
    world.engine.run(&Container { name: "plain", ..Container::default() }).expect("it runs");
    let items = [world.item("shop/web/1").await, world.item("plain").await];
    world.engine.remove("shop-web-1").expect("it goes");
    world.engine.remove("plain").expect("it goes");

    for done in world.stop(&items).await.iter().chain(&world.start(&items).await) {
        assert_eq!(done.outcome, Outcome::Gone, "{done:?}");
    }
}

async fn what_was_made_anew_is_left_alone(kind: Kind) {
    let world = world(kind);
    world.run("web", Container::default());
    world.engine.run(&Container { name: "plain", ..Container::default() }).expect("it runs");
    let items = [world.item("shop/web/1").await, world.item("plain").await];
    world.engine.remove("shop-web-1").expect("it goes");
    world.engine.remove("plain").expect("it goes");
    world.run("web", Container { restart: "always", ..Container::default() });
    world.engine.create(&Container { name: "plain", ..Container::default() }).expect("it comes anew");

    for done in world.stop(&items).await.iter().chain(&world.start(&items).await) {
        assert_eq!(done.outcome, Outcome::Changed, "{done:?}");
    }
    assert!(world.engine.is_running("shop-web-1"));
    assert!(!world.engine.is_running("plain"));
    assert_eq!(world.restart_policy("shop-web-1"), "always");
}

async fn a_renamed_container_is_not_what_was_named(kind: Kind) {
    let world = world(kind);
    world.engine.run(&Container { name: "plain", ..Container::default() }).expect("it runs");
    let item = world.item("plain").await;
    let (status, answer) =
        world.engine.request("POST", "/containers/plain/rename?name=other", &Value::Null).expect("it answers");
    assert_eq!(status, 204, "{answer}");

    assert_eq!(world.stop(&[item]).await[0].outcome, Outcome::Gone);
    assert!(world.engine.is_running("other"));
}

async fn a_start_that_fails_is_told_by_name_and_does_not_hinder_others(kind: Kind) {
    let world = world(kind);
    let broken = Container { name: "broken", command: &["/no/such/program"], ..Container::default() };
    world.engine.create(&broken).expect("it is made, and never runs");
    world.engine.create(&Container { name: "good", ..Container::default() }).expect("it is made");
    let items = [world.item("broken").await, world.item("good").await];

    let done = world.start(&items).await;
    let Outcome::Failed(Failure::ForGood(words) | Failure::ForNow(words)) = &done[0].outcome else {
        panic!("{done:?}")
    };
    assert!(words.starts_with("starting broken: ") && words.contains("/no/such/program"), "{words}");
    assert!(matches!(done[1].outcome, Outcome::Started { .. }), "{done:?}");
    assert_eq!(world.one("broken").await.state, State::Created);
}

async fn the_restart_policy_is_held_and_put_back(kind: Kind) {
    let world = world(kind);
    world.run("web", Container { restart: "unless-stopped", ..Container::default() });
    let item = world.item("shop/web/1").await;
    assert_eq!(world.adapter.held_down(&item.before), Some(restart("no")));

    let down = world.stop(std::slice::from_ref(&item)).await.remove(0);
    if world.changes_settings() {
        assert_eq!((&down.set, &down.found), (&Some(restart("no")), &None));
        assert_eq!(world.restart_policy("shop-web-1"), "no");
    } else {
        assert_eq!((&down.set, &down.found), (&None, &None));
    }
    let up = world.start(&[after(&item, &down)]).await.remove(0);
    assert!(matches!(up.outcome, Outcome::Started { .. }), "{up:?}");
    assert_eq!((up.set, up.found), (None, None));
    assert_eq!(world.restart_policy("shop-web-1"), "unless-stopped");
}

async fn a_container_stopped_by_us_stays_down_when_the_engine_restarts(kind: Kind) {
    let mut world = world(kind);
    world.run("web", Container { restart: "always", ..Container::default() });
    world.run("db", Container { restart: "always", ..Container::default() });
    let item = world.item("shop/web/1").await;
    let before = world.adapter.list(&Match::default()).await.expect("it lists").booted_at;
    world.stop(std::slice::from_ref(&item)).await;
    world.engine.stop("shop-db-1").expect("a person stops it");

    world.engine.restart().expect("the engine comes back");
    let after = world.adapter.list(&Match::default()).await.expect("it lists").booted_at;
    if kind == Kind::Docker {
        assert!(after > before, "the restart shows");
        until("the other one is back", || world.engine.is_running("shop-db-1").then_some(()))
            .expect("policy brings it");
    } else {
        assert_eq!(after, before, "the service restarts nothing, so its own restart tells nothing");
    }
    assert_eq!(world.one("shop/web/1").await.state, State::Stopped);
}

async fn only_the_setting_of_what_is_not_ours_to_start_is_put_back(kind: Kind) {
    let world = world(kind);
    world.run("web", Container { restart: "always", ..Container::default() });
    let item = world.item("shop/web/1").await;
    let down = world.stop(std::slice::from_ref(&item)).await.remove(0);

    let back = world.start(&[CallItem { setting_only: true, ..after(&item, &down) }]).await.remove(0);
    assert_eq!(back, Done { name: item.name, outcome: Outcome::SettingBack, set: None, found: None });
    assert_eq!(world.restart_policy("shop-web-1"), "always");
    assert!(!world.engine.is_running("shop-web-1"));
}

async fn a_backup_is_an_image_that_can_be_read_back(kind: Kind) {
    let world = world(kind);
    world.run("web", Container::default());
    let item = world.item("shop/web/1").await;

    let made = world.adapter.backup(&call(std::slice::from_ref(&item))).await.expect("the engine answers").remove(0);
    let again = world.adapter.backup(&call(&[item])).await.expect("the engine answers").remove(0);
    let Outcome::BackedUp(image) = &made.outcome else { panic!("{made:?}") };
    assert!(image.starts_with("lull-backup/shop/web/1:"), "{image}");
    assert_eq!(made, again, "the same run has one backup");
    let (status, _) = world.engine.request("GET", &format!("/images/{image}/json"), &Value::Null).expect("it answers");
    assert_eq!(status, 200);
    assert!(world.engine.is_running("shop-web-1"));
}

async fn an_engine_that_is_down_was_asked_nothing(kind: Kind) {
    let mut world = world(kind);
    world.run("web", Container::default());
    let item = world.item("shop/web/1").await;
    world.engine.down();

    let listed = world.adapter.list(&Match::default()).await;
    assert!(matches!(listed, Err(Failure::ForNow(_))), "{listed:?}");
    let stopped = world.adapter.stop(&call(&[item])).await;
    assert!(matches!(stopped, Err(Failure::ForNow(_))), "{stopped:?}");
    world.engine.up().expect("it comes back");
    assert!(world.adapter.list(&Match::default()).await.is_ok(), "the adapter needs no restart");
}

async fn a_container_that_crashes_again_and_again_runs_and_can_be_stopped(kind: Kind) {
    let world = world(kind);
    world.run("loop", Container { restart: "always", command: &["false"], ..Container::default() });
    for _ in 0..8 {
        assert_eq!(world.one("shop/loop/1").await.state, State::Running);
    }
    let item = world.item("shop/loop/1").await;
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        match world.stop(std::slice::from_ref(&item)).await.remove(0).outcome {
            Outcome::Stopped { forced: false, .. } => break,
            // Podman stops it only when the order meets it running; then we say so instead of calling it stopped.
            Outcome::Failed(Failure::ForNow(words)) if kind == Kind::Podman && Instant::now() < patience => {
                assert_eq!(words, "stopping shop/loop/1: it runs again at once");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.one("shop/loop/1").await.state, State::Stopped);
}

#[tokio::test]
async fn a_setting_that_somebody_else_made_is_left_and_reported() {
    let world = world(Kind::Docker);
    world.run("web", Container { restart: "always", ..Container::default() });
    let item = world.item("shop/web/1").await;
    world.engine.set_restart("shop-web-1", "on-failure:2").expect("a person changes it before the stop");
    let down = world.stop(std::slice::from_ref(&item)).await.remove(0);
    assert!(matches!(down.outcome, Outcome::Stopped { .. }), "{down:?}");
    assert_eq!((down.set, down.found), (None, Some(restart("on-failure:2"))));
    world.start(&[item]).await;

    let item = world.item("shop/web/1").await;
    let down = world.stop(std::slice::from_ref(&item)).await.remove(0);
    assert_eq!(down.set, Some(restart("no")));
    world.engine.set_restart("shop-web-1", "unless-stopped").expect("a person changes it after the stop");
    let up = world.start(&[after(&item, &down)]).await.remove(0);
    assert_eq!((up.set, up.found), (None, Some(restart("unless-stopped"))));
    assert_eq!(world.restart_policy("shop-web-1"), "unless-stopped");
}

#[tokio::test]
async fn a_container_found_down_is_held_down_too() {
    let world = world(Kind::Docker);
    world.run("web", Container { restart: "always", ..Container::default() });
    world.engine.stop("shop-web-1").expect("a person stops it");
    let item = world.item("shop/web/1").await;

    let down = world.stop(&[item]).await.remove(0);
    assert_eq!((down.outcome, down.set), (Outcome::WasDown, Some(restart("no"))));
    assert_eq!(world.restart_policy("shop-web-1"), "no");
}

#[tokio::test]
async fn an_answer_that_got_lost_does_not_make_our_own_setting_foreign() {
    let world = world(Kind::Docker);
    world.run("web", Container { restart: "always", ..Container::default() });
    let item = world.item("shop/web/1").await;
    let intended = CallItem { set: world.adapter.held_down(&item.before), ..item };
    world.stop(std::slice::from_ref(&intended)).await;

    let again = world.stop(std::slice::from_ref(&intended)).await.remove(0);
    assert_eq!((&again.set, &again.found), (&Some(restart("no")), &None));
    let up = world.start(&[intended]).await.remove(0);
    assert_eq!((up.set, up.found), (None, None));
    assert_eq!(world.restart_policy("shop-web-1"), "always");
}

#[tokio::test]
async fn a_health_check_is_believed_and_restarts_are_counted() {
    let world = world(Kind::Docker);
    world.run("well", Container { health: Some("true"), ..Container::default() });
    world.run("ill", Container { health: Some("false"), restart: "always", ..Container::default() });
    let status = |name: &str| world.engine.inspect(name).expect("it is there")["State"]["Health"]["Status"].clone();
    until("both have answered", || {
        (status("shop-well-1") == "healthy" && status("shop-ill-1") == "unhealthy").then_some(())
    })
    .expect("health checks run every second");

    assert_eq!(world.one("shop/well/1").await.healthy, Some(true));
    assert_eq!(world.one("shop/ill/1").await.healthy, Some(false));
    world.engine.crash("shop-ill-1").expect("it crashes");
    until("it was restarted", || (world.engine.inspect("shop-ill-1").ok()?["RestartCount"] == 1).then_some(()))
        .expect("its policy restarts it");
    assert_eq!(world.one("shop/ill/1").await.restarts, 1);
}

#[test]
fn what_is_no_address_of_an_engine_is_refused_for_good() {
    for url in ["", "/run/docker.sock", "unix://docker.sock", "ssh://host", "tcp://"] {
        let refused = Docker::new(url).expect_err("it is none");
        assert!(matches!(&refused, Failure::ForGood(words) if words.contains("unix:///run/docker.sock")), "{refused}");
    }
}
