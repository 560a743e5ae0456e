//! What a maintenance means to do: what, where, when, how.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::conflict::Accepted;
use crate::id::TargetId;
use crate::life::Life;
use crate::policy::{EndRule, Policy, Role};
use crate::preset::{EXPIRES_AFTER, Preset};
use crate::refusal::{Because, Refusal};
use crate::scope::{Clause, Scope};
use crate::{Instant, Span};

/// An IANA zone name, checked by whoever took it in.
pub type Zone = String;

/// The plan of a maintenance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// What people read.
    pub texts: Texts,
    /// Where.
    pub scope: Scope,
    /// The name of the preset that the policy was copied from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// What quiet means; a copy, so that a preset may change.
    pub policy: Policy,
    /// When it begins; none means when it is started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Instant>,
    /// When it ends.
    pub until: Until,
    /// Under whose hand it ends.
    pub end: EndRule,
    /// Without an end: how long it may run before people are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<Span>,
    /// The zone that its times are told in.
    pub zone: Zone,
    /// Who is told and asked.
    pub owner: String,
    /// When people are told of what comes, and the owner is asked.
    #[serde(default)]
    pub tells: Tells,
    /// Conflicts that were accepted with the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Accepted>,
}

/// When people are told of what comes, and the owner is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tells {
    /// How long before the begin subscribers are reminded, longest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Span>,
    /// How long before the end the owner is asked; not at all where it is nothing.
    pub ask_before: Span,
    /// After how long without an update the owner is nudged, and then each time again; never where it is nothing.
    pub nudge_every: Span,
}

impl Default for Tells {
    fn default() -> Tells {
        Tells { reminders: Vec::new(), ask_before: Span::minutes(15), nudge_every: Span::hours(1) }
    }
}

impl Tells {
    /// Nobody is told and nobody is asked.
    pub const NOTHING: Tells = Tells { reminders: Vec::new(), ask_before: Span::ZERO, nudge_every: Span::ZERO };
}

/// When a maintenance ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// No end is planned.
    Open,
    /// At this instant.
    At(Instant),
    /// So long after it began.
    Lasting(Span),
}

/// What people read about a maintenance; may be edited until it is over.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Texts {
    /// One line.
    pub title: String,
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `none`, `reduced`, `degraded` or `outage`.
    #[serde(default)]
    pub impact: Impact,
    /// What works and what does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact_text: Option<String>,
    /// Told as "2–4 hours".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Texts by name (`login`, `notification`, …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, String>,
}

/// How much people will notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Impact {
    None,
    Reduced,
    #[default]
    Degraded,
    Outage,
}

/// How long it will probably take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Expected {
    /// At least.
    pub min: Span,
    /// At most.
    pub max: Span,
}

/// A change of the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Other texts.
    Texts(Box<Texts>),
    /// Another begin.
    StartsAt(Instant),
    /// Another scope.
    Scope(Scope),
    /// Another policy.
    Policy(Box<Policy>),
    /// Another preset, or none, that the policy was copied from.
    Preset(Option<String>),
    /// Another owner.
    Owner(String),
    /// Another end rule.
    End(EndRule),
    /// Another end: later, or earlier.
    Extend(Instant),
    /// Let this part out.
    Exclude(Clause),
    /// These conflicts are accepted, beside those that were.
    Accept(Vec<Accepted>),
    /// Other times at which people are told and asked.
    Tells(Tells),
}

impl Plan {
    /// The plan with this change, or why it cannot be.
    pub fn edited(mut self, edit: &Edit, life: &Life, at: Instant) -> Result<Plan, Refusal> {
        match edit {
            Edit::Texts(texts) => self.texts = (**texts).clone(),
            Edit::StartsAt(starts_at) if *starts_at < at => {
                let remedy = "Name a later instant, or start it now.";
                return Err(Refusal::input("starts_at", "The start lies in the past.", remedy));
            }
            Edit::StartsAt(starts_at) => self.starts_at = Some(*starts_at),
            Edit::Scope(scope) => self.scope = scope.clone(),
            Edit::Policy(policy) => self.policy = (**policy).clone(),
            Edit::Preset(preset) => self.preset.clone_from(preset),
            Edit::Owner(owner) => self.owner.clone_from(owner),
            Edit::End(end) => {
                // It says itself when it ends: an end that was named before is void.
                if matches!(end, EndRule::After(_)) {
                    self.until = Until::Open;
                }
                self.end = end.clone();
                let begins = life.progress().map(|progress| progress.started_at).or(self.starts_at);
                if self.ends_at(begins).is_some_and(|ends_at| ends_at <= at) {
                    let remedy = "Name a later end, or complete it.";
                    return Err(Refusal::input("end", "It would have ended already.", remedy));
                }
            }
            Edit::Extend(ends_at) if *ends_at <= at => {
                return Err(Refusal::input(
                    "ends_at",
                    "The new end lies in the past.",
                    "Name a later instant, or complete it.",
                ));
            }
            Edit::Extend(ends_at) => {
                // What ended so long after its begin ends at this end now, and at no other.
                if matches!(self.end, EndRule::After(_)) {
                    self.end = EndRule::AtEnd;
                }
                self.until = Until::At(*ends_at);
            }
            Edit::Tells(tells) => self.tells = tells.clone(),
            Edit::Exclude(clause) => self.scope = self.scope.excluding(clause.clone()),
            Edit::Accept(accepted) => self.accepted.extend(accepted.iter().cloned()),
        }
        self.checked(life.progress().map(|p| p.started_at))
    }

    /// The plan itself, if it can be; one without an end expires, so that nothing that has begun is forgotten.
    pub fn checked(mut self, started_at: Option<Instant>) -> Result<Plan, Refusal> {
        if self.texts.title.trim().is_empty() || self.texts.title.chars().count() > 200 {
            return Err(Refusal::input(
                "title",
                "The title is empty or longer than 200 characters.",
                "Give it one line of text.",
            ));
        }
        let begins = started_at.or(self.starts_at);
        if let (Some(begins), Some(ends)) = (begins, self.ends_at(begins))
            && ends <= begins
        {
            return Err(Refusal::input("ends_at", "The end is not after the start.", "Name an end after the start."));
        }
        let lasts = self.starts_at.and_then(|from| Some(self.ends_at(Some(from))? - from));
        let lasts = lasts.or(if let Until::Lasting(span) = self.until { Some(span) } else { None });
        if started_at.is_none() && lasts.is_some_and(|lasts| lasts <= self.policy.cutoff) {
            let detail = "It would never begin: nothing is begun later than the cutoff before the end.";
            return Err(Refusal::input("policy.cutoff", detail, "Name a shorter one, or a longer maintenance."));
        }
        if matches!(self.until, Until::Open) && matches!(self.end, EndRule::AtEnd) {
            return Err(Refusal::input(
                "end",
                "It ends at its end, and has none.",
                "Name ends_at or duration, or end it by hand.",
            ));
        }
        self.policy.checked()?;
        if matches!(self.until, Until::Open) && !matches!(self.end, EndRule::After(_)) {
            self.expires_after.get_or_insert(EXPIRES_AFTER);
        }
        Ok(self)
    }

    /// The edits that give it another begin and end. Moved to later, the end goes first; moved to earlier, the start: so that
    /// the end is after the start at every step.
    pub fn timed(&self, starts_at: Option<Instant>, ends_at: Option<Instant>) -> Vec<Edit> {
        let later = starts_at.is_some_and(|new| self.starts_at.is_some_and(|old| old < new));
        let (start, end) = (starts_at.map(Edit::StartsAt), ends_at.map(Edit::Extend));
        if later { [end, start] } else { [start, end] }.into_iter().flatten().collect()
    }

    /// When it ends, given when it begins.
    pub fn ends_at(&self, begins: Option<Instant>) -> Option<Instant> {
        match (self.until, &self.end) {
            (Until::At(ends_at), _) => Some(ends_at),
            (Until::Lasting(span), _) => begins.map(|begins| begins + span),
            (Until::Open, EndRule::After(span)) => begins.map(|begins| begins + *span),
            (Until::Open, EndRule::AtEnd | EndRule::Manual(_) | EndRule::OnSignal { .. }) => None,
        }
    }

    /// Whether its orders need their role on `/` itself, as its preset says.
    pub fn orders_at_root(&self) -> bool {
        self.preset.as_deref().and_then(|name| name.parse::<Preset>().ok()).is_some_and(Preset::orders_at_root)
    }

    /// The hash of what is decided: resolved targets, policy, times, end rule, texts, accepted conflicts. An approval binds
    /// to it.
    pub fn hash(&self, targets: &BTreeSet<TargetId>) -> String {
        let decided = json!([
            targets,
            self.policy,
            [json!(self.starts_at), json!(self.until), json!(self.expires_after), json!(self.zone)],
            self.end,
            self.texts,
            self.accepted,
        ]);
        hex(&Sha256::digest(decided.to_string().as_bytes()))
    }

    /// What is decided is something else.
    pub fn differs(&self, other: &Plan) -> bool {
        let none = BTreeSet::new();
        self.scope != other.scope || self.hash(&none) != other.hash(&none)
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The refusal of something that lies outside what the caller may order.
pub fn beyond_rights(path: &str, needed: Role) -> Refusal {
    Refusal::new(
        Because::Forbidden,
        format!("This needs the role {needed} on {path}."),
        "Leave it out of the scope, or ask for the role.",
    )
    .at("scope")
}
