//! Whether a policy may be as somebody wishes it.
use lull_gate::{Action, Answer, Span};

use super::{Effect, Policy, Reply, Running, Then};
use crate::duration;
use crate::refusal::Refusal;

/// How long a thing may take to end by itself at most.
pub const GRACE_MAX: Span = Span::hours(1);
/// How long running work may be waited for at most.
pub const FINISH_MAX: Span = Span::hours(7 * 24);
/// How short the limit of leaving may be.
pub const LEAVING_MIN: Span = Span::minutes(1);
/// How long the limit of leaving may be.
pub const LEAVING_MAX: Span = Span::hours(24);
/// How long before the end stopping may cease at most.
pub const CUTOFF_MAX: Span = Span::hours(7 * 24);
/// How soon the gate may tell somebody to ask again.
pub const RETRY_AFTER_MIN: Span = Span::seconds(1);
/// How late the gate may tell somebody to ask again.
pub const RETRY_AFTER_MAX: Span = Span::hours(24);

impl Policy {
    /// Refuses a policy beyond its limits, or one that contradicts itself.
    ///
    /// # Errors
    /// Bad input, naming the field from `policy` down.
    pub fn checked(&self) -> Result<(), Refusal> {
        self.answers.iter().try_for_each(|(action, reply)| reply.checked(*action))?;
        between("policy.cutoff", self.cutoff, Span::ZERO, CUTOFF_MAX)?;
        between("policy.leaving_limit", self.leaving_limit, LEAVING_MIN, LEAVING_MAX)?;
        match self.running {
            Running::GoOn => {}
            Running::Finish { limit, .. } => between("policy.running.finish.limit", limit, Span(1), FINISH_MAX)?,
            Running::Stop { grace, .. } => between("policy.running.stop.grace", grace, Span::ZERO, GRACE_MAX)?,
        }
        // What is stopped or cancelled past its limit is stopped like anything else, whether the effect is named or not.
        match (self.does(Effect::Stop), self.running) {
            (true, Running::GoOn | Running::Finish { then: Then::Wait, .. }) => Err(Refusal::input(
                "policy.running",
                "the effect `stop` is asked for, and `running` never stops anything",
                "Write `\"running\": {\"stop\": {\"grace\": \"PT30S\"}}`, or leave the effect out.",
            )),
            (false, Running::Stop { .. }) => Err(Refusal::input(
                "policy.effects",
                "running work is to stop, and the effect `stop` is not asked for",
                "Add `stop` to `effects`, or let running work go on.",
            )),
            (true, Running::Stop { .. } | Running::Finish { .. }) | (false, Running::GoOn | Running::Finish { .. }) => {
                Ok(())
            }
        }
    }
}

impl Reply {
    fn checked(self, action: Action) -> Result<(), Refusal> {
        let field = |part: &str| {
            let action = serde_json::to_value(action).unwrap_or_default();
            format!("policy.answers.{}.{part}", action.as_str().unwrap_or_default())
        };
        if let Some(status) = self.status {
            if !(400..=599).contains(&status) {
                let detail = format!("{status} is no status of a refusal");
                return Err(Refusal::input(field("status"), detail, "Use one from 400 to 599."));
            }
            if self.answer <= Answer::Warn {
                let detail = "what goes ahead is not refused with a status";
                return Err(Refusal::input(field("status"), detail, "Leave the status out, or deny the action."));
            }
        }
        match self.retry_after {
            None => Ok(()),
            Some(span) => between(field("retry_after"), span, RETRY_AFTER_MIN, RETRY_AFTER_MAX),
        }
    }
}

fn between(field: impl Into<String>, span: Span, min: Span, max: Span) -> Result<(), Refusal> {
    if min <= span && span <= max {
        return Ok(());
    }
    let (span, min, max) = (duration::print(span), duration::print(min), duration::print(max));
    let remedy = format!("Choose a duration from `{min}` to `{max}`.");
    Err(Refusal::input(field, format!("`{span}` is out of bounds"), remedy))
}
