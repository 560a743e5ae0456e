//! The restart policy, which a stop must change: compare, then set; compare, then put back.

use bollard::models::{ContainerInspectResponse, RestartPolicy, RestartPolicyNameEnum};
use serde_json::{Value, json};

use crate::CallItem;

const NEVER: &str = "no";

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
    Change(RestartPolicy),
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
pub(super) fn never_policy() -> RestartPolicy {
    RestartPolicy { name: Some(RestartPolicyNameEnum::NO), maximum_retry_count: None }
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

/// The setting a container has now.
pub(super) fn of(container: &ContainerInspectResponse) -> Value {
    let policy = container.host_config.as_ref().and_then(|host| host.restart_policy.as_ref());
    let name = policy.and_then(|policy| policy.name).unwrap_or(RestartPolicyNameEnum::NO);
    let tries = policy.and_then(|policy| policy.maximum_retry_count).filter(|tries| *tries > 0);
    let restart = match (name, tries) {
        (RestartPolicyNameEnum::EMPTY | RestartPolicyNameEnum::NO, _) => NEVER.to_owned(),
        (RestartPolicyNameEnum::ALWAYS, _) => "always".to_owned(),
        (RestartPolicyNameEnum::UNLESS_STOPPED, _) => "unless-stopped".to_owned(),
        (RestartPolicyNameEnum::ON_FAILURE, None) => "on-failure".to_owned(),
        (RestartPolicyNameEnum::ON_FAILURE, Some(tries)) => format!("on-failure:{tries}"),
    };
    json!({ "restart": restart })
}

fn parse(setting: &Value) -> Option<RestartPolicy> {
    let text = setting["restart"].as_str()?;
    let (name, tries) = match text.split_once(':') {
        Some((name, tries)) => (name, Some(tries.parse().ok()?)),
        None => (text, None),
    };
    let name = match name {
        NEVER => RestartPolicyNameEnum::NO,
        "always" => RestartPolicyNameEnum::ALWAYS,
        "unless-stopped" => RestartPolicyNameEnum::UNLESS_STOPPED,
        "on-failure" => RestartPolicyNameEnum::ON_FAILURE,
        _ => return None,
    };
    Some(RestartPolicy { name: Some(name), maximum_retry_count: tries })
}
