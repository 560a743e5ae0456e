//! One engine for the length of one call: its requests, all under the same deadline.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::address::Address;
use super::failure;
use super::http::{Error, Request, encode, exchange};
use super::read::{Container, NUMBER, PROJECT, Policy, SERVICE, Summary};
use crate::{CallItem, Failure};

const ENGINE_OF_PODMAN: &str = "Podman Engine";

/// What the lasting name and the id of an item lead to.
pub(super) enum Found {
    /// It, as it is now.
    It(Box<Container>),
    /// Nothing of this name.
    Nothing,
    /// A container of this name with another id.
    Another,
}

/// An engine that answered.
pub(super) struct Engine {
    deadline: Instant,
    /// Where it listens.
    pub address: Address,
    /// It is Podman.
    pub podman: bool,
}

impl Engine {
    /// Asks the engine what it is.
    ///
    /// # Errors
    /// Never [`Failure::NoAnswer`]: nothing was asked that changes anything.
    pub(super) async fn ask(address: &Address, deadline: Instant) -> Result<Self, Failure> {
        let mut engine = Self { deadline, address: address.clone(), podman: false };
        let version = engine.get::<Version>("/version").await;
        let version = version.map_err(|error| failure::of_question("reaching the engine", &error))?;
        engine.podman = version.components.iter().flatten().any(|component| component.name == ENGINE_OF_PODMAN);
        Ok(engine)
    }

    /// Lists the containers that carry all these labels (`key=value`), running or not.
    pub(super) async fn list(&self, labels: &[String]) -> Result<Vec<Summary>, Error> {
        let filters = json!({ "label": labels }).to_string();
        self.get(&format!("/containers/json?all=true&filters={}", encode(&filters))).await
    }

    /// A container by id or name; none where there is none.
    pub(super) async fn inspect(&self, key: &str) -> Result<Option<Container>, Error> {
        match self.get(&format!("/containers/{}/json", encode(key))).await {
            Ok(container) => Ok(Some(container)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Finds what an item of a call means: by the id if it still has the name, else by the name.
    pub(super) async fn find(&self, item: &CallItem) -> Result<Found, Error> {
        let Some(id) = &item.id else {
            return Ok(self.named(&item.name).await?.map_or(Found::Nothing, |found| Found::It(Box::new(found))));
        };
        match self.inspect(id).await? {
            Some(found) if found.lasting_name() == item.name => Ok(Found::It(Box::new(found))),
            Some(_) | None => Ok(self.named(&item.name).await?.map_or(Found::Nothing, |_| Found::Another)),
        }
    }

    /// Changes the restart policy; false where the engine has no such request (Podman 4).
    pub(super) async fn set_restart(&self, id: &str, policy: &Policy) -> Result<bool, Error> {
        let body = json!({ "RestartPolicy": policy }).to_string();
        match self.post(&format!("/containers/{}/update", encode(id)), &body).await {
            Ok(_) => Ok(true),
            Err(error) if self.podman && error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Stops a container; the engine kills it after `grace` seconds.
    pub(super) async fn stop(&self, id: &str, grace: u32) -> Result<(), Error> {
        self.post(&format!("/containers/{}/stop?t={grace}", encode(id)), "").await.map(drop)
    }

    /// Starts a container.
    pub(super) async fn start(&self, id: &str) -> Result<(), Error> {
        self.post(&format!("/containers/{}/start", encode(id)), "").await.map(drop)
    }

    /// Commits a container to an image and reads the image back. Podman insists on a body.
    pub(super) async fn commit(&self, id: &str, image: (&str, &str)) -> Result<(), Error> {
        let [id, repository, tag] = [id, image.0, image.1].map(encode);
        let made = self.post(&format!("/commit?container={id}&repo={repository}&tag={tag}"), "{}").await?;
        let made: Made = read(&made)?;
        self.get::<Made>(&format!("/images/{}/json", encode(&made.id))).await.map(drop)
    }

    async fn named(&self, name: &str) -> Result<Option<Container>, Error> {
        let parts: Vec<&str> = name.split('/').collect();
        let [project, service, number] = parts[..] else { return self.inspect(name).await };
        let labels = [(PROJECT, project), (SERVICE, service), (NUMBER, number)];
        let listed = self.list(&labels.map(|(key, value)| format!("{key}={value}"))).await?;
        let mut best = None;
        for summary in listed {
            let found = self.inspect(&summary.id).await?.filter(|found| found.lasting_name() == name);
            best = [best, found].into_iter().flatten().max_by_key(Container::rank);
        }
        Ok(best)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        read(&self.ask_for(&Request { method: "GET", path, body: "" }).await?)
    }

    async fn post(&self, path: &str, body: &str) -> Result<Vec<u8>, Error> {
        self.ask_for(&Request { method: "POST", path, body }).await
    }

    async fn ask_for(&self, request: &Request<'_>) -> Result<Vec<u8>, Error> {
        // A process that was stopped for a while may find its time over: nothing more is sent then.
        if self.deadline <= Instant::now() {
            return Err(Error::TimedOut);
        }
        timeout_at(self.deadline, exchange(&self.address, request)).await.unwrap_or(Err(Error::TimedOut))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    components: Option<Vec<Component>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Component {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Made {
    id: String,
}

fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(answer).map_err(|error| Error::Nonsense(error.to_string()))
}
