//! Stop all, over real containers: one whose backup fails runs on, and a kill in the middle changes nothing of the end.
use lull_api::params::{Closing, StopWorkloads};
use lull_api::views::Job;
use lull_peers::{Container, ENDS_ON_TERM, Kind, until};

use crate::server::{Server, is};
use crate::shop::{Shop, quiet};

const UNSAVED: &str = "shop_unsaved_1";

/// One of the product whose name is too long for the name of an image: no backup of it can be made.
fn unsaved(shop: &Shop) {
    let service = "x".repeat(250);
    let labels = [
        ("com.docker.compose.project", "shop"),
        ("com.docker.compose.service", service.as_str()),
        ("com.docker.compose.container-number", "1"),
        ("stack", "data"),
    ];
    let container = Container { name: UNSAVED, labels: &labels, command: ENDS_ON_TERM, ..Container::default() };
    shop.engine.run(&container).expect("it starts");
}

fn job(server: &Server, id: &str) -> Job {
    server.ask(|client| client.job(id))
}

fn stop_all(kind: Kind) {
    let shop = Shop::new(kind);
    unsaved(&shop);
    let mut server = Server::new(&shop.engine.url());
    // It dies after the third thing that a call reports.
    server.start(Some("report:3"));
    shop.register(&server);
    let new =
        lull_api::params::NewMaintenance { policy: None, preset: Some("no-new-work".to_owned()), ..quiet("acme/shop") };
    let entered = server.ask(|client| async move { client.create(&new).await });
    server.wait(&entered.id, "it is active", |found| is(found, "active"));
    let all = StopWorkloads { under: Some("acme/shop".to_owned()), ..StopWorkloads::default() };
    let begun = server.ask(|client| async move { client.stop_workloads(&all).await });
    assert_eq!(begun.of, 7, "{begun:#?}");
    server.dies();
    server.start(None);
    let done = |wanted: &Job| wanted.done == wanted.of;
    let mut finished = until("the job is done", || Some(job(&server, &begun.id)).filter(done));
    for _ in 0..6 {
        // What was under way when it died is waited out, for longer than one wait allows.
        finished = finished.or_else(|_| until("the job is done", || Some(job(&server, &begun.id)).filter(done)));
    }
    let finished = finished.unwrap_or_else(|_| panic!("{:#?}", job(&server, &begun.id)));
    let failed: Vec<_> = finished.items.iter().filter(|item| item.state == "failed").collect();
    assert_eq!(failed.len(), 1, "{finished:#?}");
    assert!(failed[0].name.contains("xxx"), "{failed:#?}");
    assert!(failed[0].why.as_ref().is_some_and(|why| why.contains("the backup failed, so it runs on")), "{failed:#?}");
    assert!(shop.engine.is_running(UNSAVED), "it keeps running");
    assert_eq!(shop.running(), ["cache"], "all others are down");
    let saved = finished.items.iter().filter(|item| item.state == "stopped" && item.backup.is_some()).count();
    assert_eq!(saved, 6, "{finished:#?}");
    assert_eq!(shop.restart_policy("api"), "always", "its policy is back");
    let id = entered.id.clone();
    server.ask(|client| async move { client.complete(&id, &Closing::default()).await });
    server.wait(&entered.id, "it is completed", |found| is(found, "completed"));
    assert_eq!(shop.running(), ["cache"], "nobody starts them again");
}

#[test]
fn stop_all_on_docker_is_finished_after_a_kill_and_names_what_runs_on() {
    stop_all(Kind::Docker);
}

#[test]
fn stop_all_on_podman_is_finished_after_a_kill_and_names_what_runs_on() {
    stop_all(Kind::Podman);
}
