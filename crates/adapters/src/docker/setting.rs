//! The restart policy, which a stop must change: compare, then set; compare, then put back.

use serde_json::{Value, json};

use super::read::{Container, Policy};
use crate::CallItem;

const NEVER: &str = "no";
const ON_FAILURE: &str = "on-failure";
const KNOWN: [&str; 4] = [NEVER, "always", "unless-stopped", ON_FAILURE];

/// What a stop does with the setting it finds.
#[derive(PartialEq, Debug)]
pub(super) enum Hold {
    /// It keeps nothing running; there is nothing to change.
    Leave,
    /// It is ours already.
    Ours,
    /// Somebody else's since the capture; it is left.
    Foreign,
    /// It is the one captured and brings the container back: change it.
    Change,
}

/// What a start does with the setting it finds.
#[derive(PartialEq, Debug)]
pub(super) enum PutBack {
    /// We never set it, or it is back already.
    Leave,
    /// Somebody else's since we set it; it is left.
    Foreign,
    /// It still is ours: make it this one.
    Change(Policy),
}

/// What a stop makes of this setting, none where it leaves it.
pub(super) fn held_down(setting: &Value) -> Option<Value> {
    setting["restart"].as_str().filter(|restart| *restart != NEVER).map(|_| never())
}

/// The setting under which nothing comes back by itself.
pub(super) fn never() -> Value {
    json!({ "restart": NEVER })
}

/// The policy of the same meaning as [`never`].
pub(super) fn never_policy() -> Policy {
    Policy { name: NEVER.to_owned(), maximum_retry_count: 0 }
}

/// Decides for a stop.
pub(super) fn hold(now: &Value, item: &CallItem) -> Hold {
    if item.set.as_ref() == Some(now) {
        Hold::Ours
    } else if *now != item.before {
        Hold::Foreign
    } else if held_down(now).is_some() {
        Hold::Change
    } else {
        Hold::Leave
    }
}

/// Decides for a start.
pub(super) fn put_back(now: &Value, item: &CallItem) -> PutBack {
    let Some(set) = &item.set else { return PutBack::Leave };
    if *now == item.before {
        return PutBack::Leave;
    }
    match parse(&item.before) {
        Some(policy) if now == set => PutBack::Change(policy),
        Some(_) | None => PutBack::Foreign,
    }
}

/// The setting a container has now, written as on the command line.
pub(super) fn of(container: &Container) -> Value {
    let Policy { name, maximum_retry_count: tries } = container.policy();
    match (name.as_str(), tries) {
        ("", _) => never(),
        (ON_FAILURE, 1..) => json!({ "restart": format!("{ON_FAILURE}:{tries}") }),
        _ => json!({ "restart": name }),
    }
}

fn parse(setting: &Value) -> Option<Policy> {
    let text = setting["restart"].as_str()?;
    let (name, tries) = match text.split_once(':') {
        Some((name, tries)) => (name, tries.parse().ok()?),
        None => (text, 0),
    };
    KNOWN.contains(&name).then(|| Policy { name: name.to_owned(), maximum_retry_count: tries })
}
