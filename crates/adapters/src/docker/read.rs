//! From an engine's own words to workloads: names that last, states, times, what needs what.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum, HealthStatusEnum};
use jiff::Timestamp;

use super::setting;
use crate::{State, Workload};

pub(super) const PROJECT: &str = "com.docker.compose.project";
pub(super) const SERVICE: &str = "com.docker.compose.service";
pub(super) const NUMBER: &str = "com.docker.compose.container-number";
const ONE_OFF: &str = "com.docker.compose.oneoff";
const DEPENDS_ON: &str = "com.docker.compose.depends_on";
const VERSION: &str = "org.opencontainers.image.version";
const OWNERS: [&str; 2] = ["lull.owner", "owner"];
const NEEDS: &str = "lull.needs";
const MAINTENANCE: &str = "lull.maintenance";

/// The name that survives re-creation: what compose calls it, else its own name.
pub(super) fn lasting_name(labels: &HashMap<String, String>, own: &str) -> String {
    let one_off = labels.get(ONE_OFF).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match (labels.get(PROJECT), labels.get(SERVICE), labels.get(NUMBER)) {
        (Some(project), Some(service), Some(number)) if !one_off => format!("{project}/{service}/{number}"),
        _ => own.trim_start_matches('/').to_owned(),
    }
}

/// The lasting name of a container that was inspected.
pub(super) fn name_of(container: &ContainerInspectResponse) -> String {
    lasting_name(labels(container).unwrap_or(&HashMap::new()), container.name.as_deref().unwrap_or_default())
}

/// Every container as a workload, one for each lasting name, by name; needs refer to what is in this listing only.
pub(super) fn workloads(containers: &[ContainerInspectResponse]) -> Vec<Workload> {
    let mut kept: BTreeMap<String, &ContainerInspectResponse> = BTreeMap::new();
    for container in containers {
        let name = name_of(container);
        if kept.get(&name).is_none_or(|other| rank(other) < rank(container)) {
            kept.insert(name, container);
        }
    }
    let mut workloads: Vec<_> = kept.into_iter().map(|(name, container)| workload(name, container)).collect();
    let needs: Vec<_> = workloads.iter().map(|workload| needs_of(workload, &workloads)).collect();
    for (workload, needs) in workloads.iter_mut().zip(needs) {
        workload.needs = needs;
    }
    workloads
}

/// Of two containers with one lasting name the one that runs is meant, else the one made last.
pub(super) fn rank(container: &ContainerInspectResponse) -> (bool, Option<i64>) {
    (state(container) == State::Running, instant(container.created.as_deref()))
}

/// Whether a container runs.
pub(super) fn state(container: &ContainerInspectResponse) -> State {
    use ContainerStateStatusEnum as Status;
    match container.state.as_ref().and_then(|state| state.status) {
        Some(Status::RUNNING | Status::PAUSED | Status::RESTARTING | Status::STOPPING) => State::Running,
        Some(Status::EXITED | Status::DEAD | Status::REMOVING) => State::Stopped,
        Some(Status::CREATED | Status::EMPTY) | None => State::Created,
    }
}

/// When it last started, microseconds since 1970.
pub(super) fn started_at(container: &ContainerInspectResponse) -> Option<i64> {
    instant(container.state.as_ref()?.started_at.as_deref())
}

/// When it last ended, microseconds since 1970.
pub(super) fn finished_at(container: &ContainerInspectResponse) -> Option<i64> {
    instant(container.state.as_ref()?.finished_at.as_deref())
}

/// How its last run ended.
pub(super) fn exit_code(container: &ContainerInspectResponse) -> Option<i64> {
    container.state.as_ref()?.exit_code
}

fn workload(name: String, container: &ContainerInspectResponse) -> Workload {
    let title = container.name.as_deref().map(|title| title.trim_start_matches('/').to_owned());
    let labels: BTreeMap<_, _> = labels(container).into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    let label = |key: &str| labels.get(key).filter(|value| !value.is_empty()).cloned();
    Workload {
        title: title.filter(|title| *title != name),
        name,
        id: container.id.clone(),
        state: state(container),
        started_at: started_at(container),
        finished_at: finished_at(container),
        restarts: container.restart_count.and_then(|count| count.try_into().ok()).unwrap_or_default(),
        healthy: container.state.as_ref().and_then(healthy),
        owner: OWNERS.iter().find_map(|key| label(key)),
        project: label(PROJECT),
        service: label(SERVICE),
        image: container.config.as_ref().and_then(|config| config.image.clone()),
        version: label(VERSION),
        needs: Vec::new(),
        ignored: labels.get(MAINTENANCE).is_some_and(|value| value == "ignore"),
        pid: container.state.as_ref().and_then(|state| state.pid?.try_into().ok()).filter(|pid| *pid > 0),
        setting: setting::of(container),
        labels,
    }
}

fn labels(container: &ContainerInspectResponse) -> Option<&HashMap<String, String>> {
    container.config.as_ref()?.labels.as_ref()
}

fn healthy(state: &ContainerState) -> Option<bool> {
    match state.health.as_ref()?.status? {
        HealthStatusEnum::HEALTHY => Some(true),
        HealthStatusEnum::UNHEALTHY | HealthStatusEnum::STARTING => Some(false),
        HealthStatusEnum::NONE | HealthStatusEnum::EMPTY => None,
    }
}

/// `db:service_started:false,cache:service_healthy:true` (compose v2) and `db,cache` (ours) name services of one project.
fn needs_of(workload: &Workload, all: &[Workload]) -> Vec<String> {
    let written = [DEPENDS_ON, NEEDS].into_iter().filter_map(|key| workload.labels.get(key));
    let services: Vec<&str> = written
        .flat_map(|list| list.split(','))
        .filter_map(|entry| entry.split(':').next())
        .map(str::trim)
        .filter(|service| !service.is_empty())
        .collect();
    all.iter()
        .filter(|other| other.name != workload.name && other.project.is_some() && other.project == workload.project)
        .filter(|other| other.service.as_deref().is_some_and(|service| services.contains(&service)))
        .map(|other| other.name.clone())
        .collect()
}

/// Engines write a year-one date for "never".
fn instant(text: Option<&str>) -> Option<i64> {
    let at: Timestamp = text?.parse().ok()?;
    Some(at.as_microsecond()).filter(|at| *at > 0)
}
