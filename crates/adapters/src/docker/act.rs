//! Stopping and starting one container, with its restart policy held and put back.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::engine::{Engine, Found};
use super::failure;
use super::http::Error;
use super::read::Container;
use super::setting::{self, Hold, PutBack};
use crate::{CallItem, Done, Failure, Outcome, State};

const KILLED: i64 = 137;

/// Stops one container. The restart policy goes first, so that no restart of the engine in between brings it back; it is
/// changed also of a container that is down already. An earlier attempt may have done one half, or both.
pub(super) async fn stop(engine: &Engine, item: &CallItem, grace: u32) -> Done {
    let container = match find(engine, item).await {
        Ok(container) => container,
        Err(outcome) => return absent(item, outcome),
    };
    let done = |outcome, set, found| Done { name: item.name.clone(), outcome, set, found };
    let (set, found) = match hold(engine, item, &container).await {
        Ok(held) => held,
        // An order without an answer may have been obeyed: what we would have set counts as ours.
        Err(failure @ Failure::NoAnswer(_)) => return done(Outcome::Failed(failure), Some(setting::never()), None),
        Err(failure) => return done(Outcome::Failed(failure), item.set.clone(), None),
    };
    let outcome = match container.state() {
        State::Running => bring_down(engine, item, &container.id, grace).await,
        State::Stopped | State::Created => Outcome::WasDown,
    };
    done(outcome, set, found)
}

/// Starts one container and puts its restart policy back, that first: what runs is then guarded as before. A policy that
/// cannot be put back is no reason to leave a container down; it stays reported as ours.
pub(super) async fn start(engine: &Engine, item: &CallItem) -> Done {
    let done = |outcome, set, found| Done { name: item.name.clone(), outcome, set, found };
    let container = match find(engine, item).await {
        Ok(container) => container,
        Err(outcome) => return absent(item, outcome),
    };
    let id = &container.id;
    let now = setting::of(&container);
    let (set, found) = match setting::put_back(&now, item) {
        PutBack::Leave => (None, None),
        PutBack::Foreign => (None, Some(now)),
        PutBack::Change(policy) => match engine.set_restart(id, &policy).await {
            Ok(true) => (None, None),
            Ok(false) => (item.set.clone(), None),
            Err(error) => {
                let failure = failure::of_order(&format!("putting the restart policy of {} back", item.name), &error);
                if item.setting_only || matches!(failure, Failure::NoAnswer(_)) {
                    return done(Outcome::Failed(failure), item.set.clone(), None);
                }
                tracing::warn!(thing = item.name, %failure, "it is started nevertheless");
                (item.set.clone(), None)
            }
        },
    };
    let outcome = match container.state() {
        _ if item.setting_only => Outcome::SettingBack,
        State::Running => Outcome::WasUp,
        State::Stopped | State::Created => bring_up(engine, item, id).await,
    };
    done(outcome, set, found)
}

/// The container an item means, or what is to be said of it where it is not there.
pub(super) async fn find(engine: &Engine, item: &CallItem) -> Result<Container, Outcome> {
    match engine.find(item).await {
        Ok(Found::It(container)) => Ok(*container),
        Ok(Found::Nothing) => Err(Outcome::Gone),
        Ok(Found::Another) => Err(Outcome::Changed),
        Err(error) => Err(Outcome::Failed(failure::of_question(&format!("looking at {}", item.name), &error))),
    }
}

/// A thing that could not be looked at still has our setting; one that is not there has none.
fn absent(item: &CallItem, outcome: Outcome) -> Done {
    let set = item.set.clone().filter(|_| matches!(outcome, Outcome::Failed(_)));
    Done { name: item.name.clone(), outcome, set, found: None }
}

/// Makes the container one that does not come back by itself; returns what is set by us and what was found instead.
async fn hold(
    engine: &Engine,
    item: &CallItem,
    container: &Container,
) -> Result<(Option<Value>, Option<Value>), Failure> {
    let now = setting::of(container);
    match setting::hold(&now, item) {
        Hold::Leave => Ok((None, None)),
        Hold::Ours => Ok((Some(now), None)),
        Hold::Foreign => Ok((None, Some(now))),
        Hold::Change => {
            let doing = format!("setting the restart policy of {}", item.name);
            let set = engine.set_restart(&container.id, &setting::never_policy()).await;
            set.map(|set| (set.then(setting::never), None)).map_err(|error| failure::of_order(&doing, &error))
        }
    }
}

async fn bring_down(engine: &Engine, item: &CallItem, id: &str, grace: u32) -> Outcome {
    let asked_at = Instant::now();
    let stopped = engine.stop(id, grace).await;
    let over_grace = asked_at.elapsed() >= Duration::from_secs(grace.into());
    match stopped {
        Ok(()) => {}
        Err(error) if error.is_not_found() => return Outcome::Gone,
        Err(error) => return refused(&format!("stopping {}", item.name), &error),
    }
    match engine.inspect(id).await {
        // Podman does nothing when it is asked to stop a container that crashes and is between two runs.
        Ok(Some(now)) if now.state() == State::Running => {
            Outcome::Failed(Failure::ForNow(format!("stopping {}: it runs again at once", item.name)))
        }
        Ok(Some(now)) => Outcome::Stopped {
            started_at: now.started_at(),
            finished_at: now.finished_at(),
            forced: over_grace && now.exit_code() == KILLED,
        },
        // The engine said that it is down; a container that removes itself when it ends cannot be asked.
        Ok(None) | Err(_) => Outcome::Stopped { started_at: None, finished_at: None, forced: false },
    }
}

async fn bring_up(engine: &Engine, item: &CallItem, id: &str) -> Outcome {
    if let Err(error) = engine.start(id).await {
        // "Not found" may also be said of its image.
        let gone = error.is_not_found() && matches!(engine.inspect(id).await, Ok(None));
        return if gone { Outcome::Gone } else { refused(&format!("starting {}", item.name), &error) };
    }
    let started = engine.inspect(id).await.ok().flatten();
    Outcome::Started { started_at: started.as_ref().and_then(Container::started_at) }
}

fn refused(doing: &str, error: &Error) -> Outcome {
    Outcome::Failed(failure::of_order(doing, error))
}
