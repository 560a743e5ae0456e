//! One engine for the length of one call: its requests, all under the same deadline.

use std::collections::HashMap;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{
    ContainerConfig, ContainerInspectResponse, ContainerSummary, ContainerUpdateBody, RestartPolicy, SystemVersion,
};
use bollard::query_parameters::{CommitContainerOptions, ListContainersOptions, StopContainerOptions};
use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::time::{Instant, sleep, timeout_at};

use super::failure;
use super::read::{NUMBER, PROJECT, SERVICE, name_of, rank};
use crate::{CallItem, Failure};

const ENGINE_OF_PODMAN: &str = "Podman Engine";
/// Podman shows states in passing (`stopped`, `initialized`) that are no states of Docker's API; they last milliseconds.
const READ_ATTEMPTS: u32 = 5;
const READ_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Where an engine listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Address {
    /// A socket on this host.
    Unix(String),
    /// A port, perhaps of another host.
    Tcp(String),
}

impl Address {
    /// Reads `unix:///path`, `http://host:port` or `tcp://host:port`.
    pub(super) fn parse(url: &str) -> Result<Self, Failure> {
        match url.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.to_owned())),
            Some(("http" | "tcp", host)) if !host.is_empty() => Ok(Self::Tcp(url.to_owned())),
            _ => Err(Failure::ForGood(format!(
                "{url:?} is no address of an engine: use unix:///run/docker.sock, tcp://host:port or http://host:port"
            ))),
        }
    }

    /// The socket, where it is one on this host.
    pub(super) fn socket(&self) -> Option<&Path> {
        match self {
            Self::Unix(path) => Some(Path::new(path)),
            Self::Tcp(_) => None,
        }
    }
}

/// What the lasting name and the id of an item lead to.
pub(super) enum Found {
    /// It, as it is now.
    It(Box<ContainerInspectResponse>),
    /// Nothing of this name.
    Nothing,
    /// A container of this name with another id.
    Another,
}

/// An engine that answered.
pub(super) struct Engine {
    client: Docker,
    deadline: Instant,
    /// Where it listens.
    pub(super) address: Address,
    /// It is Podman.
    pub(super) podman: bool,
}

impl Engine {
    /// Asks the engine what it is.
    ///
    /// # Errors
    /// Never [`Failure::NoAnswer`]: nothing was asked that changes anything.
    pub(super) async fn ask(address: &Address, deadline: Instant) -> Result<Self, Failure> {
        let unreachable = |error| failure::of_question("reaching the engine", &error);
        let seconds = deadline.duration_since(Instant::now()).as_secs() + 1;
        let client = match address {
            Address::Unix(path) => Docker::connect_with_unix(path, seconds, API_DEFAULT_VERSION),
            Address::Tcp(url) => Docker::connect_with_http(url, seconds, API_DEFAULT_VERSION),
        };
        let mut engine =
            Self { client: client.map_err(unreachable)?, deadline, address: address.clone(), podman: false };
        let version = engine.within(engine.client.version()).await.map_err(unreachable)?;
        engine.podman = is_podman(&version);
        Ok(engine)
    }

    /// Lists the containers that carry all these labels (`key=value`), running or not.
    pub(super) async fn list(&self, labels: Vec<String>) -> Result<Vec<ContainerSummary>, Error> {
        let filters = (!labels.is_empty()).then(|| HashMap::from([("label".to_owned(), labels)]));
        let options = ListContainersOptions { all: true, filters, ..Default::default() };
        self.read(|| self.client.list_containers(Some(options.clone()))).await
    }

    /// Everything about a container by id or name; none where there is none.
    pub(super) async fn inspect(&self, key: &str) -> Result<Option<ContainerInspectResponse>, Error> {
        match self.read(|| self.client.inspect_container(key, None)).await {
            Ok(container) => Ok(Some(container)),
            Err(error) if failure::is_not_found(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Finds what an item of a call means: by the id if it still has the name, else by the name.
    pub(super) async fn find(&self, item: &CallItem) -> Result<Found, Error> {
        let Some(id) = &item.id else {
            return Ok(self.named(&item.name).await?.map_or(Found::Nothing, |found| Found::It(Box::new(found))));
        };
        match self.inspect(id).await? {
            Some(found) if name_of(&found) == item.name => Ok(Found::It(Box::new(found))),
            Some(_) | None => Ok(self.named(&item.name).await?.map_or(Found::Nothing, |_| Found::Another)),
        }
    }

    /// Changes the restart policy; false where the engine has no such request (Podman 4).
    pub(super) async fn set_restart(&self, id: &str, policy: RestartPolicy) -> Result<bool, Error> {
        let body = ContainerUpdateBody { restart_policy: Some(policy), ..Default::default() };
        match self.within(self.client.update_container(id, body)).await {
            Ok(()) => Ok(true),
            Err(error) if self.podman && failure::is_not_found(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Stops a container; the engine kills it after `grace` seconds.
    pub(super) async fn stop(&self, id: &str, grace: u32) -> Result<(), Error> {
        let options = StopContainerOptions { t: Some(grace.try_into().unwrap_or(i32::MAX)), signal: None };
        self.within(self.client.stop_container(id, Some(options))).await
    }

    /// Starts a container.
    pub(super) async fn start(&self, id: &str) -> Result<(), Error> {
        self.within(self.client.start_container(id, None)).await
    }

    /// Commits a container to an image and reads the image back.
    pub(super) async fn commit(&self, id: &str, image: (&str, &str)) -> Result<(), Error> {
        let options = CommitContainerOptions {
            container: Some(id.to_owned()),
            repo: Some(image.0.to_owned()),
            tag: Some(image.1.to_owned()),
            ..Default::default()
        };
        let made = self.within(self.client.commit_container(options, ContainerConfig::default())).await?;
        self.within(self.client.inspect_image(&made.id)).await.map(drop)
    }

    async fn named(&self, name: &str) -> Result<Option<ContainerInspectResponse>, Error> {
        let parts: Vec<&str> = name.split('/').collect();
        let [project, service, number] = parts[..] else { return self.inspect(name).await };
        let labels = [(PROJECT, project), (SERVICE, service), (NUMBER, number)];
        let listed = self.list(labels.map(|(key, value)| format!("{key}={value}")).to_vec()).await?;
        let mut best = None;
        for id in listed.into_iter().filter_map(|summary| summary.id) {
            let found = self.inspect(&id).await?.filter(|found| name_of(found) == name);
            best = [best, found].into_iter().flatten().max_by_key(rank);
        }
        Ok(best)
    }

    async fn read<T, F: Future<Output = Result<T, Error>>>(&self, question: impl Fn() -> F) -> Result<T, Error> {
        let mut attempt = 1;
        loop {
            match self.within(question()).await {
                Err(Error::JsonDataError { .. }) if self.podman && attempt < READ_ATTEMPTS => attempt += 1,
                answer => return answer,
            }
            sleep(READ_AGAIN_AFTER).await;
        }
    }

    async fn within<T>(&self, request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        timeout_at(self.deadline, request).await.unwrap_or(Err(Error::RequestTimeoutError))
    }
}

fn is_podman(version: &SystemVersion) -> bool {
    version.components.iter().flatten().any(|component| component.name == ENGINE_OF_PODMAN)
}
