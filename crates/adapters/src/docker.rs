//! Docker-compatible engines, Docker from 20.10 and Podman from 4.3, through their HTTP API.
//!
//! Every call begins with a question that changes nothing (`/version`), so that an engine that is down or still starting
//! is known before anything is asked of it. The requests carry no API version: each engine answers in its newest.

mod act;
mod address;
mod backup;
mod engine;
mod failure;
mod http;
mod list;
mod read;
mod setting;
#[cfg(test)]
mod tests;
mod workloads;

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::Instant;

use crate::{Adapter, Boxed, Call, Done, Failure, Match, Reading};
use address::Address;
use engine::Engine;

const LIST_WITHIN: Duration = Duration::from_secs(30);
const STOP_BEYOND_GRACE: Duration = Duration::from_secs(15);
const START_WITHIN: Duration = Duration::from_secs(60);
const BACKUP_WITHIN: Duration = Duration::from_secs(600);

/// One engine. Holds no connection, so it may be made before the engine is up.
#[derive(Clone, Debug)]
pub struct Docker {
    address: Address,
}

impl Docker {
    /// The engine at `unix:///path/to.sock`, `http://host:port` or `tcp://host:port`. Connects to nothing yet.
    ///
    /// # Errors
    /// For good, when the URL is none of these.
    pub fn new(url: &str) -> Result<Self, Failure> {
        Ok(Self { address: Address::parse(url)? })
    }

    async fn engine(&self, limit: Duration) -> Result<Engine, Failure> {
        Engine::ask(&self.address, Instant::now() + limit).await
    }
}

impl Adapter for Docker {
    fn list<'a>(&'a self, matches: &'a Match) -> Boxed<'a, Reading> {
        Box::pin(async move { list::reading(&self.engine(LIST_WITHIN).await?, matches).await })
    }

    fn stop<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        Box::pin(async move {
            let limit = Duration::from_secs(call.grace.into()) + STOP_BEYOND_GRACE;
            let engine = self.engine(limit).await?;
            Ok(join_all(call.items.iter().map(|item| act::stop(&engine, item, call.grace))).await)
        })
    }

    fn start<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        Box::pin(async move {
            let engine = self.engine(START_WITHIN).await?;
            Ok(join_all(call.items.iter().map(|item| act::start(&engine, item))).await)
        })
    }

    fn backup<'a>(&'a self, call: &'a Call) -> Boxed<'a, Vec<Done>> {
        Box::pin(async move {
            let engine = self.engine(BACKUP_WITHIN).await?;
            Ok(join_all(call.items.iter().map(|item| backup::make(&engine, item))).await)
        })
    }

    fn held_down(&self, setting: &Value) -> Option<Value> {
        setting::held_down(setting)
    }
}
