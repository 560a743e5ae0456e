//! Who may order what: rights first, then ownership.
use crate::life::{Life, Phase, State, Trigger, Verb};
use crate::maintenance::Maintenance;
use crate::order::{Actor, Command, Order, Permission, Step};
use crate::policy::{Orders, Role};
use crate::refusal::{Because, Holder, Refusal};

/// Whether this order may be given at all: 404, 403, or 409 by trigger.
pub fn may(maintenance: &Maintenance, order: &Order) -> Result<(), Refusal> {
    let verb = order.command.verb();
    match &order.by {
        Actor::Engine => engine(verb),
        Actor::Schedule => schedule(maintenance, verb),
        Actor::Person(_) | Actor::Service(_) | Actor::Observer(_) => {
            role(maintenance, order)?;
            if ends(maintenance, &order.command) { ownership(maintenance, order) } else { Ok(()) }
        }
    }
}

/// What the engine reports; a caller can report nothing.
fn engine(verb: Verb) -> Result<(), Refusal> {
    match verb {
        Verb::Entered | Verb::Left | Verb::Trouble => Ok(()),
        _ => Err(not_theirs("the engine")),
    }
}

/// What the clock orders; never the start of a draft.
fn schedule(maintenance: &Maintenance, verb: Verb) -> Result<(), Refusal> {
    match verb {
        Verb::Start if maintenance.life.state() != State::D => Ok(()),
        Verb::EditStart | Verb::Extend | Verb::Miss | Verb::Skip | Verb::Complete | Verb::Tell | Verb::LeavingLate => {
            Ok(())
        }
        _ => Err(not_theirs("the schedule")),
    }
}

fn not_theirs(who: &str) -> Refusal {
    Refusal::new(Because::Forbidden, format!("This is not for {who} to order."), "Ask an operator.")
}

/// The right on every root of the scope.
fn role(maintenance: &Maintenance, order: &Order) -> Result<(), Refusal> {
    if !order.facts.sees {
        return Err(Refusal::new(
            Because::NotFound,
            "There is no such maintenance.",
            "Check the id; `lull list` shows what you may see.",
        ));
    }
    let needed = match (order.command.verb(), maintenance.plan.policy.orders) {
        (Verb::Entered | Verb::Left | Verb::Trouble | Verb::Tell | Verb::LeavingLate | Verb::Miss, _) => {
            return Err(not_theirs("a caller"));
        }
        (Verb::Approve, _) => return second(maintenance, order),
        (Verb::Update, _) => Role::Reporter,
        (_, Orders::Administrator) => Role::Administrator,
        (_, Orders::Operator) => Role::Operator,
    };
    let observer = matches!(order.by, Actor::Observer(_));
    if observer && !matches!(order.command.verb(), Verb::Start | Verb::Complete) {
        return Err(not_theirs("an observer"));
    }
    if order.facts.role >= Some(needed) {
        return Ok(());
    }
    let detail = format!("This needs the role {needed} on every root of the scope.");
    Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it, or for the role."))
}

/// A second person approves, with the permission for it on every root: neither who made the plan nor who changed it last.
fn second(maintenance: &Maintenance, order: &Order) -> Result<(), Refusal> {
    if matches!(order.by, Actor::Observer(_)) {
        return Err(not_theirs("an observer"));
    }
    if !order.facts.may.contains(&Permission::Approve) {
        let detail = "This needs the permission approve on every root of the scope.";
        return Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it."));
    }
    // The same name is the same person, whatever he comes with.
    if maintenance.made_by().any(|maker| maker.name() == order.by.name()) {
        let detail = format!("{} made this plan, or changed it last; a second person approves it.", order.by.name());
        return Err(Refusal::new(Because::Forbidden, detail, "Ask somebody else who has the permission approve."));
    }
    Ok(())
}

/// Whether the command ends something that is in force.
fn ends(maintenance: &Maintenance, command: &Command) -> bool {
    let ending = match command {
        Command::Life(step) => matches!(step, Step::Complete(_) | Step::Cancel(_) | Step::Delete),
        Command::Edit(_) => command.verb() == Verb::Exclude,
        Command::Tell(_) | Command::Found(_) => false,
    };
    ending && maintenance.life.is_in_force()
}

/// Whoever entered, leaves; else break-glass with a reason.
fn ownership(maintenance: &Maintenance, order: &Order) -> Result<(), Refusal> {
    let Life::InProgress(progress) = &maintenance.life else { return Ok(()) };
    let theirs = match (&progress.trigger, &order.by) {
        (Trigger::Observer(holder), Actor::Observer(caller)) => holder == caller,
        (Trigger::Observer(_), _) | (Trigger::Manual(_), Actor::Observer(_)) => false,
        (Trigger::Manual(_), _) => true,
    };
    if theirs {
        return Ok(());
    }
    let closing = match &order.command {
        Command::Life(Step::Complete(closing) | Step::Cancel(closing)) => Some(closing),
        _ => None,
    };
    let held = |detail: String, remedy: &str| Refusal {
        holders: vec![holder(maintenance)],
        ..Refusal::new(Because::Held, detail, remedy)
    };
    let name = maintenance.holder_name();
    match closing {
        Some(closing) if closing.break_glass => {
            if !order.facts.may.contains(&Permission::BreakGlass) {
                return Err(Refusal::new(
                    Because::Forbidden,
                    "This needs the permission break_glass.",
                    "Ask somebody who has it.",
                ));
            }
            if closing.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
                return Err(Refusal::input(
                    "reason",
                    "Breaking the glass needs a reason.",
                    "Say why, in one sentence.",
                ));
            }
            Ok(())
        }
        _ => Err(held(
            format!("{name} entered this."),
            "It ends as its holder says; break-glass with a reason ends it now.",
        )),
    }
}

/// Who holds a maintenance, and what ends it.
pub fn holder(maintenance: &Maintenance) -> Holder {
    let trigger = maintenance.life.progress().map(|progress| &progress.trigger);
    let (kind, name, ends) = match trigger {
        Some(Trigger::Observer(name)) => ("observer", name.clone(), format!("observer {name} reads normal")),
        Some(Trigger::Manual(actor)) => ("manual", actor.name().to_owned(), "an operator completes it".to_owned()),
        None => ("manual", maintenance.plan.owner.clone(), "an operator completes it".to_owned()),
    };
    let leaving = matches!(maintenance.life.progress().map(|p| &p.phase), Some(Phase::Leaving(_)));
    let ends = if leaving { "everything is put back".to_owned() } else { ends };
    Holder { kind: kind.to_owned(), name, maintenance: maintenance.id, ends }
}
