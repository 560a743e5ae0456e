//! What one maintenance is to the gate.
use std::collections::BTreeSet;
use std::sync::Arc;

use lull_gate::{Action, Closes, Quiet, Window};

use crate::life::{Life, Phase, State};
use crate::maintenance::Maintenance;
use crate::policy::{Effect, EndRule, Policy, Role};
use crate::preset::Preset;

/// The text by this name is what people are told at the door.
const MESSAGE: &str = "message";

/// Whether the gate has something else to say after this change.
pub fn differs(before: &Maintenance, after: &Maintenance) -> bool {
    let is_known = |maintenance: &Maintenance| !matches!(maintenance.life.state(), State::D | State::C | State::X);
    let (one, two) = (&before.plan, &after.plan);
    let plan = (&one.scope, &one.policy, &one.texts, &one.end, &one.zone, one.starts_at, one.until)
        != (&two.scope, &two.policy, &two.texts, &two.end, &two.zone, two.starts_at, two.until);
    let differs = plan
        || before.waits_for_approval() != after.waits_for_approval()
        || before.life.state() != after.life.state()
        || before.began_at() != after.began_at();
    differs && (is_known(before) || is_known(after))
}

/// The windows of a maintenance: where it covers, and where it stopped something that is not back yet. None where the gate
/// has nothing to know of it.
pub fn windows(maintenance: &Maintenance, serials: [u64; 2]) -> Option<[Option<Window>; 2]> {
    let plan = &maintenance.plan;
    let closes = match &maintenance.life {
        // What nobody has approved does not begin at its time.
        Life::Scheduled if maintenance.waits_for_approval() => return None,
        Life::Scheduled => Closes::At(plan.starts_at?),
        Life::InProgress(_) => Closes::Now,
        Life::Draft | Life::Completed(_) | Life::Cancelled(_) => return None,
    };
    let quiet = Arc::new(quiet(maintenance));
    let [first, second] = serials;
    let covering = Window {
        quiet: Arc::clone(&quiet),
        serial: first,
        closes,
        ends: maintenance.ends_at(),
        opens: opens_by_itself(maintenance),
    };
    let stopping = Window { quiet, serial: second, closes: Closes::Now, ends: None, opens: false };
    let is_leaving = matches!(maintenance.life.progress().map(|progress| &progress.phase), Some(Phase::Leaving(_)));
    Some([(!is_leaving).then_some(covering), (closes == Closes::Now).then_some(stopping)])
}

/// Something is down that nobody answers for, until it is back.
pub fn ownerless() -> Window {
    let policy = Preset::StopEverything.policy();
    let quiet = Quiet {
        id: String::new(),
        title: "It is being put back".to_owned(),
        message: None,
        zone: "UTC".to_owned(),
        replies: Action::ALL.map(|action| policy.reply(action).into()),
        passes: passes(&policy, true).into_iter().map(|role| role.as_str().into()).collect(),
        lets_run: true,
    };
    Window { quiet: Arc::new(quiet), serial: 0, closes: Closes::Now, ends: None, opens: false }
}

/// Its end is a time, and nothing is to be put back first.
fn opens_by_itself(maintenance: &Maintenance) -> bool {
    let plan = &maintenance.plan;
    let puts_back = [Effect::Stop, Effect::Hold, Effect::Cordon].into_iter().any(|effect| plan.policy.does(effect));
    matches!(plan.end, EndRule::AtEnd | EndRule::After(_)) && !puts_back && !plan.policy.may_stop()
}

fn quiet(maintenance: &Maintenance) -> Quiet {
    let plan = &maintenance.plan;
    let texts = &plan.texts;
    let said = || texts.others.get(MESSAGE).or(texts.impact_text.as_ref()).or(texts.description.as_ref());
    let verifying = maintenance.life.state() == State::V;
    Quiet {
        id: maintenance.id.to_string(),
        title: texts.title.clone(),
        message: said().cloned(),
        zone: plan.zone.clone(),
        replies: Action::ALL.map(|action| plan.policy.reply(action).into()),
        passes: passes(&plan.policy, verifying).into_iter().map(|role| role.as_str().into()).collect(),
        lets_run: !plan.policy.holds_running(),
    }
}

/// Every role that passes; while it is verified, operators too, who look whether it is right.
fn passes(policy: &Policy, verifying: bool) -> BTreeSet<Role> {
    let passes = |role: &Role| policy.passes(*role) || verifying && *role >= Role::Operator;
    Role::ALL.into_iter().filter(passes).collect()
}
