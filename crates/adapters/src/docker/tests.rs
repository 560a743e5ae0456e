//! What is read from an engine's words, and what is decided from it.

use serde_json::{Value, json};

use super::address::Address;
use super::backup::repository;
use super::http::encode;
use super::read::Container;
use super::setting::{Hold, PutBack, held_down, hold, put_back};
use super::workloads::workloads;
use crate::{CallItem, State, Workload};

fn container(name: &str, more: Value) -> Container {
    let mut json = json!({
        "Id": name, "Name": format!("/{name}"), "Created": "2026-11-21T00:00:00Z",
        "State": { "Status": "running", "StartedAt": "0001-01-01T00:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z" },
        "Config": { "Labels": {}, "ExposedPorts": { "80/tcp": {} } },
    });
    for (key, value) in more.as_object().expect("more is an object") {
        json[key] = value.clone();
    }
    serde_json::from_value(json).expect("an engine answers like this")
}

fn service(project: &str, service: &str, number: &str, more: Value) -> Container {
    let mut labels = json!({
        "com.docker.compose.project": project,
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": number,
        "com.docker.compose.oneoff": "False",
    });
    for (key, value) in more.as_object().expect("more is an object") {
        labels[key] = value.clone();
    }
    container(&format!("{project}-{service}-{number}"), json!({ "Config": { "Labels": labels } }))
}

fn names(workloads: &[Workload]) -> Vec<&str> {
    workloads.iter().map(|workload| workload.name.as_str()).collect()
}

fn item(before: &str, set: Option<&str>) -> CallItem {
    let set = set.map(|restart| json!({ "restart": restart }));
    CallItem { name: "web".to_owned(), id: None, before: json!({ "restart": before }), set, setting_only: false }
}

fn restart(policy: &str) -> Value {
    json!({ "restart": policy })
}

#[test]
fn a_one_off_run_keeps_its_own_name_as_it_is_never_made_again() {
    let one_off = service("shop", "web", "1", json!({ "com.docker.compose.oneoff": "True" }));
    let unnumbered = container("x", json!({ "Config": { "Labels": { "com.docker.compose.project": "shop" } } }));
    let workloads = workloads(&[one_off, unnumbered, service("shop", "web", "2", json!({}))]);
    assert_eq!(names(&workloads), ["shop-web-1", "shop/web/2", "x"]);
    assert_eq!(workloads[0].project.as_deref(), Some("shop"));
}

#[test]
fn two_that_run_under_one_name_are_told_apart_by_nobody() {
    let running = || service("shop", "web", "1", json!({}));
    let labels = running().labels().cloned().expect("it has labels");
    let down = container("x", json!({ "State": { "Status": "exited" }, "Config": { "Labels": labels } }));
    let twins = |containers: &[Container]| -> Vec<bool> { workloads(containers).iter().map(|one| one.twin).collect() };
    assert_eq!(twins(&[running(), running()]), [true]);
    assert_eq!(twins(&[running(), down]), [false]);
}

#[test]
fn year_one_is_never() {
    let workload = workloads(&[container("web", json!({}))]).remove(0);
    assert_eq!((workload.started_at, workload.finished_at), (None, None));
}

#[test]
fn every_state_of_an_engine_is_one_of_ours() {
    let states = [
        ("running", State::Running),
        ("paused", State::Running),
        ("restarting", State::Running),
        ("exited", State::Stopped),
        ("dead", State::Stopped),
        ("removing", State::Stopped),
        ("created", State::Created),
        ("configured", State::Created),
        ("stopped", State::Created),
        ("a word of tomorrow", State::Created),
    ];
    for (status, expected) in states {
        let workload = workloads(&[container("web", json!({ "State": { "Status": status } }))]).remove(0);
        assert_eq!(workload.state, expected, "{status}");
    }
}

#[test]
fn what_is_between_two_runs_is_up_and_not_healthy() {
    let read = |status: &str, policy: &str| {
        let state = json!({ "Status": status, "Running": true, "StartedAt": "2026-11-21T00:00:00Z" });
        let more = json!({ "State": state, "HostConfig": { "RestartPolicy": { "Name": policy } }, "RestartCount": 3 });
        let workload = workloads(&[container("web", more)]).remove(0);
        (workload.state, workload.healthy, workload.restarts)
    };
    assert_eq!(read("restarting", "always"), (State::Running, Some(false), 3));
    assert_eq!(read("stopped", "always"), (State::Running, Some(false), 3), "as podman calls it");
    assert_eq!(read("running", "always"), (State::Running, None, 3));
}

#[test]
fn a_starting_health_check_is_not_healthy_yet_and_none_is_none() {
    for (status, expected) in
        [("healthy", Some(true)), ("unhealthy", Some(false)), ("starting", Some(false)), ("none", None), ("", None)]
    {
        let state = json!({ "State": { "Status": "running", "Health": { "Status": status } } });
        assert_eq!(workloads(&[container("web", state)])[0].healthy, expected, "{status}");
    }
}

#[test]
fn needs_are_the_containers_of_services_of_the_same_project_that_are_listed() {
    let depends = json!({
        "com.docker.compose.depends_on": "db:service_started:false,cache:service_healthy:true",
        "lull.needs": " queue , web,",
    });
    let workloads = workloads(&[
        service("shop", "web", "1", depends),
        service("shop", "db", "1", json!({})),
        service("shop", "db", "2", json!({})),
        service("shop", "queue", "1", json!({})),
        service("other", "db", "1", json!({})),
    ]);
    let web = workloads.iter().find(|workload| workload.name == "shop/web/1").expect("it is listed");
    assert_eq!(web.needs, ["shop/db/1", "shop/db/2", "shop/queue/1"]);
}

#[test]
fn our_own_owner_label_comes_first() {
    let labels = json!({ "owner": "alice", "lull.owner": "bob" });
    let workload = workloads(&[container("web", json!({ "Config": { "Labels": labels } }))]).remove(0);
    assert_eq!(workload.owner.as_deref(), Some("bob"));
}

#[test]
fn restart_policies_read_as_they_are_written_on_the_command_line() {
    let policies = [
        (json!({ "Name": "always", "MaximumRetryCount": 0 }), "always"),
        (json!({ "Name": "on-failure", "MaximumRetryCount": 3 }), "on-failure:3"),
        (json!({ "Name": "on-failure" }), "on-failure"),
        (json!({ "Name": "unless-stopped" }), "unless-stopped"),
        (json!({ "Name": "" }), "no"),
        (json!({}), "no"),
    ];
    for (policy, expected) in policies {
        let host = json!({ "HostConfig": { "RestartPolicy": policy } });
        assert_eq!(workloads(&[container("web", host)])[0].setting, restart(expected));
    }
}

#[test]
fn a_stop_changes_only_the_setting_that_was_captured() {
    assert_eq!(hold(&restart("always"), &item("always", None)), Hold::Change);
    assert_eq!(hold(&restart("always"), &item("always", Some("no"))), Hold::Change, "intended and never sent");
    assert_eq!(hold(&restart("no"), &item("always", Some("no"))), Hold::Ours);
    assert_eq!(hold(&restart("no"), &item("always", None)), Hold::Foreign);
    assert_eq!(hold(&restart("on-failure"), &item("always", Some("no"))), Hold::Foreign);
    assert_eq!(hold(&restart("no"), &item("no", None)), Hold::Leave);
    assert_eq!(held_down(&restart("always")), Some(restart("no")));
    assert_eq!(held_down(&restart("no")), None);
    assert_eq!(held_down(&Value::Null), None);
}

#[test]
fn a_start_puts_back_only_what_still_is_ours() {
    let change = |now, before, set| match put_back(&restart(now), &item(before, set)) {
        PutBack::Change(policy) => serde_json::to_value(policy).expect("a policy is JSON"),
        other => json!(format!("{other:?}")),
    };
    assert_eq!(change("no", "always", Some("no")), json!({ "Name": "always", "MaximumRetryCount": 0 }));
    assert_eq!(change("no", "on-failure:3", Some("no")), json!({ "Name": "on-failure", "MaximumRetryCount": 3 }));
    assert_eq!(change("always", "always", Some("no")), "Leave", "it is back already, or was never changed");
    assert_eq!(change("no", "always", None), "Leave", "never ours");
    assert_eq!(change("unless-stopped", "always", Some("no")), "Foreign");
    assert_eq!(change("no", "sometimes", Some("no")), "Foreign", "not what an engine could have said");
}

#[test]
fn an_image_may_be_named_after_any_container() {
    assert_eq!(repository("shop/web/1"), "lull-backup/shop/web/1");
    assert_eq!(repository("My_App..x-"), "lull-backup/my-app--x");
    assert_eq!(repository("--"), "lull-backup");
}

#[test]
fn three_ways_to_write_an_address() {
    assert_eq!(Address::parse("unix:///run/docker.sock"), Ok(Address::Unix("/run/docker.sock".to_owned())));
    assert_eq!(Address::parse("tcp://h:2375"), Ok(Address::Tcp("h:2375".to_owned())));
    assert_eq!(Address::parse("http://h:2375/"), Ok(Address::Tcp("h:2375".to_owned())));
    assert!(Address::parse("https://h:2375").is_err());
}

#[test]
fn podman_calls_a_container_stopped_that_its_policy_is_about_to_restart() {
    let stopped = |policy: &str| {
        let state = json!({ "Status": "stopped", "StartedAt": "2026-11-21T00:00:00Z" });
        let more = json!({ "State": state, "HostConfig": { "RestartPolicy": { "Name": policy } } });
        workloads(&[container("web", more)]).remove(0).state
    };
    assert_eq!(stopped("always"), State::Running);
    assert_eq!(stopped("no"), State::Stopped);
    assert_eq!(stopped(""), State::Stopped);
}

#[test]
fn names_cannot_reach_other_requests() {
    assert_eq!(encode("../x?y=1&z#ü"), "..%2Fx%3Fy%3D1%26z%23%C3%BC");
}
