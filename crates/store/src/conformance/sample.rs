//! What the cases store.
use std::collections::{BTreeMap, BTreeSet};

use lull_domain::engagement::{Engagement, Key, Reading, Receipt, Thing, ThingState};
use lull_domain::estate::{Binding, Match};
use lull_domain::id::{MaintenanceId, OrderId, TargetId};
use lull_domain::life::Life;
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::order::{Actor, Command, Facts, Finding, Order, Step};
use lull_domain::plan::{Plan, Tells, Texts, Until};
use lull_domain::policy::{Effect, EndRule};
use lull_domain::preset::Preset;
use lull_domain::scope::Scope;
use lull_domain::told::Told;
use lull_domain::{Instant, Span};
use serde_json::json;

use crate::log::{Entry, EntryKind};

/// A minute so many minutes after the beginning of time.
pub const fn minute(minutes: i64) -> Instant {
    Instant(Span::minutes(minutes).0)
}

/// A draft with this id, on the target of the same number: from minute 60 to minute 120.
pub fn draft(id: u128) -> Maintenance {
    let texts = Texts { title: format!("Maintenance {id}"), ..Texts::default() };
    let plan = Plan {
        texts,
        scope: Scope::under(TargetId(id)),
        preset: Some(Preset::StopEverything.name().to_owned()),
        policy: Preset::StopEverything.policy(),
        starts_at: Some(minute(60)),
        until: Until::At(minute(120)),
        end: EndRule::AtEnd,
        expires_after: None,
        zone: "Europe/Berlin".to_owned(),
        owner: "ann".to_owned(),
        tells: Tells::NOTHING,
        accepted: Vec::new(),
    };
    let created_by = Actor::Person("ann".to_owned());
    let created_at = minute(0);
    Maintenance {
        id: MaintenanceId(id),
        plan,
        life: Life::Draft,
        told: Told::default(),
        series: None,
        created_by,
        created_at,
        changed_by: None,
        approval: None,
        revision: 1,
    }
}

/// The same, promised.
pub fn scheduled(id: u128) -> Maintenance {
    Maintenance { life: Life::Scheduled, ..draft(id) }
}

/// The same, entering since minute 60.
pub fn entering(id: u128) -> Maintenance {
    given(scheduled(id), Actor::Schedule, Command::Life(Step::Start), minute(60))
}

/// The same, active since minute 61.
pub fn active(id: u128) -> Maintenance {
    given(entering(id), Actor::Engine, Command::Found(Finding::Entered), minute(61))
}

/// The same, leaving since minute 120.
pub fn leaving(id: u128) -> Maintenance {
    given(active(id), Actor::Schedule, Command::Life(Step::Complete(Default::default())), minute(120))
}

/// The same, completed at minute 121.
pub fn completed(id: u128) -> Maintenance {
    given(leaving(id), Actor::Engine, Command::Found(Finding::Left), minute(121))
}

/// A maintenance after an order.
///
/// # Panics
/// Where the order is refused.
pub fn given(maintenance: Maintenance, by: Actor, command: Command, at: Instant) -> Maintenance {
    let order = Order { id: OrderId(1), by, at, command, facts: Facts::default() };
    match maintenance.obey(&order) {
        Ok(Obeyed::Changed(maintenance) | Obeyed::Same(maintenance)) => *maintenance,
        other => panic!("the sample order was not obeyed: {other:?}"),
    }
}

/// The stop engagement on this target.
pub const fn key(target: u128) -> Key {
    Key { target: TargetId(target), effect: Effect::Stop }
}

/// What of a target's is outside.
pub fn binding() -> Binding {
    Binding { adapter: "docker".to_owned(), matches: Match { project: Some("shop".to_owned()), ..Match::default() } }
}

/// An engagement that this maintenance holds, with one thing captured.
pub fn captured(target: u128, maintenance: u128) -> Engagement {
    let web = Thing {
        name: "shop/web/1".to_owned(),
        id: Some("4f1c".to_owned()),
        state: ThingState::Running,
        started_at: Some(minute(1)),
        finished_at: None,
        restarts: 0,
        healthy: Some(true),
        needs: Vec::new(),
        setting: json!({"restart": "always"}),
        owner: None,
        keeps_down: Some(json!({"restart": "no"})),
    };
    let seen = Reading {
        at: minute(60),
        booted_at: Some(minute(0)),
        binding: binding(),
        things: vec![web],
        contested: Vec::new(),
    };
    Engagement::free(key(target)).held(MaintenanceId(maintenance), Span::seconds(10)).read(&seen, true, minute(60))
}

/// A receipt without things.
pub fn receipt(taken_at: Instant) -> Receipt {
    Receipt { binding: binding(), items: Vec::new(), taken_at }
}

/// An entry of this kind, about nothing in particular.
pub fn entry(kind: EntryKind, number: u64) -> Entry {
    let actor = Some(Actor::Person("ann".to_owned()));
    Entry { at: minute(1), kind, maintenance: None, target: None, actor, body: json!({ "number": number }) }
}

/// Labels, for what carries them.
pub fn labels(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// These targets.
pub fn targets(numbers: &[u128]) -> BTreeSet<TargetId> {
    numbers.iter().map(|number| TargetId(*number)).collect()
}
