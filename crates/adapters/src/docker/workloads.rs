//! From containers to workloads: one for each lasting name, with what needs what.

use std::collections::BTreeMap;

use super::read::{Container, PROJECT, SERVICE};
use super::setting;
use crate::{State, Workload};

const DEPENDS_ON: &str = "com.docker.compose.depends_on";
const VERSION: &str = "org.opencontainers.image.version";
const OWNERS: [&str; 2] = ["lull.owner", "owner"];
const NEEDS: &str = "lull.needs";
const MAINTENANCE: &str = "lull.maintenance";

/// Every container as a workload, one for each lasting name, by name; needs refer to what is in this listing only.
pub(super) fn workloads(containers: &[Container]) -> Vec<Workload> {
    let mut kept: BTreeMap<String, &Container> = BTreeMap::new();
    let mut run: BTreeMap<String, usize> = BTreeMap::new();
    for container in containers {
        let name = container.lasting_name();
        *run.entry(name.clone()).or_default() += usize::from(container.state() == State::Running);
        if kept.get(&name).is_none_or(|other| other.rank() < container.rank()) {
            kept.insert(name, container);
        }
    }
    let twin = |name: &String| run.get(name).is_some_and(|run| *run > 1);
    let named = kept.into_iter().map(|(name, container)| (twin(&name), workload(name, container)));
    let mut workloads: Vec<_> = named.map(|(twin, workload)| Workload { twin, ..workload }).collect();
    let needs: Vec<_> = workloads.iter().map(|workload| needs_of(workload, &workloads)).collect();
    for (workload, needs) in workloads.iter_mut().zip(needs) {
        workload.needs = needs;
    }
    workloads
}

fn workload(name: String, container: &Container) -> Workload {
    let labels = container.labels().cloned().unwrap_or_default();
    let label = |key: &str| labels.get(key).filter(|value| !value.is_empty()).cloned();
    Workload {
        title: Some(container.title().to_owned()).filter(|title| *title != name),
        name,
        id: Some(container.id.clone()),
        state: container.state(),
        started_at: container.started_at(),
        finished_at: container.finished_at(),
        restarts: container.restart_count,
        healthy: container.healthy(),
        owner: OWNERS.iter().find_map(|key| label(key)),
        project: label(PROJECT),
        service: label(SERVICE),
        image: container.image().map(str::to_owned),
        version: label(VERSION),
        needs: Vec::new(),
        volumes: container.volumes(),
        twin: false,
        ignored: labels.get(MAINTENANCE).is_some_and(|value| value == "ignore"),
        pid: container.pid(),
        setting: setting::of(container),
        labels,
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
