//! A maintenance of two hours in any state, made by the orders that lead there.
#![allow(dead_code)]
use lull_domain::id::{MaintenanceId, OrderId, TargetId};
use lull_domain::life::Life;
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::order::{Actor, Closing, Command, Facts, Finding, Order, Permission, Step};
use lull_domain::plan::{Plan, Tells, Texts, Until};
use lull_domain::policy::{EndRule, Overrun, Role};
use lull_domain::preset::Preset;
use lull_domain::refusal::Refusal;
use lull_domain::scope::Scope;
use lull_domain::told::Told;
use lull_domain::{Instant, Span};

/// When samples are made.
pub const NOON: Instant = Instant(1_770_000_000_000_000);

/// So long after noon.
pub fn after(span: Span) -> Instant {
    NOON + span
}

pub fn ada() -> Actor {
    Actor::Person("ada".to_owned())
}

/// Who makes the samples.
pub fn eve() -> Actor {
    Actor::Person("eve".to_owned())
}

pub fn observer() -> Actor {
    Actor::Observer("mode".to_owned())
}

/// A draft from one o'clock to three, ended by hand.
pub fn draft() -> Maintenance {
    let plan = Plan {
        texts: Texts { title: "Database upgrade".to_owned(), ..Texts::default() },
        scope: Scope::under(TargetId(7)),
        preset: Some("stop-everything".to_owned()),
        policy: Preset::StopEverything.policy(),
        starts_at: Some(after(Span::hours(1))),
        until: Until::At(after(Span::hours(3))),
        end: EndRule::Manual(Overrun::Stay),
        expires_after: None,
        zone: "UTC".to_owned(),
        owner: "ada".to_owned(),
        tells: Tells::NOTHING,
        accepted: Vec::new(),
    };
    Maintenance {
        id: MaintenanceId(1),
        plan,
        life: Life::Draft,
        told: Told::default(),
        series: None,
        created_by: eve(),
        created_at: NOON,
        changed_by: None,
        approval: None,
        revision: 1,
    }
}

/// An order by somebody who may order all of it.
pub fn order(by: Actor, command: Command, at: Instant) -> Order {
    let may = [Permission::BreakGlass, Permission::Approve].into_iter().collect();
    let plan_hash = Some("hash".to_owned());
    let facts = Facts { role: Some(Role::Administrator), sees: true, may, plan_hash, ..Facts::default() };
    Order { id: OrderId(1), by, at, command, facts }
}

pub fn give(to: &Maintenance, by: Actor, command: Command, at: Instant) -> Result<Obeyed, Refusal> {
    to.clone().obey(&order(by, command, at))
}

/// What the order makes of it; the order must change it.
pub fn made(from: &Maintenance, by: Actor, command: Command, at: Instant) -> Maintenance {
    match give(from, by, command.clone(), at) {
        Ok(Obeyed::Changed(maintenance)) => *maintenance,
        other => panic!("{command:?} of one that is {}: {other:?}", from.state_name()),
    }
}

pub fn complete() -> Command {
    Command::Life(Step::Complete(Closing::default()))
}

pub fn cancel() -> Command {
    Command::Life(Step::Cancel(Closing::default()))
}

pub fn step(step: Step) -> Command {
    Command::Life(step)
}

/// One in this state; `L` is leaving as completed. Begun, where it has begun, an hour after noon by this actor.
pub fn in_state_of(state: char, trigger: &Actor) -> Maintenance {
    let one = after(Span::hours(1));
    let begun = || made(&in_state('S'), trigger.clone(), step(Step::Start), one);
    match state {
        'D' => draft(),
        'S' => made(&draft(), ada(), step(Step::Schedule), NOON),
        'E' => begun(),
        'A' => made(&begun(), Actor::Engine, Command::Found(Finding::Entered), one),
        'V' => made(&in_state_of('A', trigger), ada(), step(Step::Verify), one),
        'L' => made(&in_state_of('A', trigger), trigger.clone(), complete(), one),
        'C' => made(&in_state('L'), Actor::Engine, Command::Found(Finding::Left), one),
        'X' => made(&leaving_cancelled(), Actor::Engine, Command::Found(Finding::Left), one),
        other => panic!("there is no state {other}"),
    }
}

pub fn in_state(state: char) -> Maintenance {
    in_state_of(state, &ada())
}

pub fn leaving_cancelled() -> Maintenance {
    made(&in_state('A'), ada(), cancel(), after(Span::hours(1)))
}
