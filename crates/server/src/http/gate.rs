//! The gate over JSON: many questions at once, and what will hold at a time.
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use lull_api::params::{GateAt, GateCheck, GateQuestion};
use lull_api::views::{GateChecked, GateDecision, GateForecast, GateMaintenance};
use lull_domain::estate::{Estate, ROOT};
use lull_domain::order::Permission;
use lull_domain::path::Path;
use lull_domain::refusal::{Because, Refusal};
use lull_domain::{Action, Answer, Instant, Span};
use lull_gate::{Decision, HOPS_MAX, Question, Snapshot, Window, decide, foresee};

use super::App;
use super::asking::Asking;
use super::body::{Body, beneath, misfit, shown};
use super::problem::Problem;
use super::read;
use crate::caller::Caller;
use crate::door::Door;
use crate::traffic::Traffic;
use crate::view::instant;

/// How many questions one body may ask.
const QUESTIONS_MAX: usize = 10_000;
/// How large such a body may be.
const BODY_MAX: usize = 8 * 1024 * 1024;
/// How many roles somebody may have.
const ROLES_MAX: usize = 64;
/// How far ahead may be asked.
const AHEAD_MAX: Span = Span::hours(24 * 400);
/// How far clocks may differ: what lies no further back is now.
const SKEW: Span = Span::seconds(2);

/// May these subjects do these things?
#[utoipa::path(post, path = "/api/v1/gate/check", operation_id = "check_gate", tag = "gate", request_body = GateCheck,
    responses((status = 200, body = GateChecked)))]
pub async fn check(
    State(app): State<Arc<App>>,
    Asking(caller): Asking,
    Body(asked): Body<GateCheck, BODY_MAX>,
) -> Result<Json<GateChecked>, Problem> {
    if asked.questions.len() > QUESTIONS_MAX {
        return Err(Problem::too_many(asked.questions.len(), QUESTIONS_MAX));
    }
    if asked.min_epoch.is_some_and(|epoch| i64::try_from(epoch).is_err()) {
        let remedy = "Give the `epoch` of an answer.";
        return Err(Refusal::input("min_epoch", "no epoch is that high", remedy).into());
    }
    let stale = match asked.min_epoch {
        Some(epoch) => !app.core.gate.reaches(epoch).await,
        None => false,
    };
    let stale = stale || app.core.gate.is_behind();
    let (estate, snapshot, now) = (app.core.estate(), app.core.gate.snapshot(), app.core.clock.time());
    let traffic = &app.core.traffic;
    let asker = Asker { estate: &estate, caller: &caller, snapshot: &snapshot, door: &app.door, traffic, now };
    let decided = |question: &GateQuestion| match asker.decided(question) {
        Ok(decision) => GateDecision { stale, ..decision },
        Err(refusal) => GateDecision { problem: Some(Problem::from(refusal).0), ..GateDecision::default() },
    };
    Ok(Json(GateChecked { epoch: snapshot.epoch.0, decisions: asked.questions.iter().map(decided).collect() }))
}

/// What holds somewhere at a time, as is planned now.
#[utoipa::path(get, path = "/api/v1/gate/at", operation_id = "foresee_gate", tag = "gate", params(GateAt),
    responses((status = 200, body = GateForecast)))]
pub async fn at(
    State(app): State<Arc<App>>,
    Asking(caller): Asking,
    asked: Result<Query<GateAt>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<GateForecast>, Problem> {
    let Query(asked) = asked.map_err(|rejection| misfit(&beneath(&rejection)))?;
    let (estate, snapshot, now) = (app.core.estate(), app.core.gate.snapshot(), app.core.clock.time());
    let target = seen(&estate, &caller, &asked.target)?;
    let actions = match &asked.action {
        Some(name) => vec![action(name)?],
        None => Action::ALL.to_vec(),
    };
    let time = asked.time.as_deref().map_or(Ok(now), |text| read::instant("time", text))?;
    if time < now - SKEW {
        return Err(Problem::past("time"));
    }
    let forecast = Forecast { snapshot: &snapshot, target: &target, actions: &actions, now };
    Ok(Json(forecast.view(time.max(now))))
}

/// What is asked to be foreseen.
struct Forecast<'a> {
    snapshot: &'a Snapshot,
    target: &'a str,
    actions: &'a [Action],
    now: Instant,
}

impl<'a> Forecast<'a> {
    fn view(&self, at: Instant) -> GateForecast {
        let decisions = self.decisions(at);
        let strictest = decisions.iter().map(|decision| decision.answer).max().unwrap_or_default();
        let is_open_ended = decisions.iter().any(|it| it.answer == strictest && it.is_open_ended);
        let certainty = match is_open_ended {
            _ if at > self.now + AHEAD_MAX => "beyond_horizon",
            true => "open_ended",
            false => "planned",
        };
        let held = self.snapshot.held(self.target).iter().filter(|window| window.is_closed(at, self.now));
        let held = held.filter(|window| !window.quiet.id.is_empty());
        let mut held: Vec<(Answer, &Window)> = held.map(|window| (self.strictest_of(window), window)).collect();
        held.sort_by(|one, two| two.0.cmp(&one.0).then_with(|| one.1.quiet.id.cmp(&two.1.quiet.id)));
        let maintenance = |(answer, window): (Answer, &Window)| GateMaintenance {
            id: window.quiet.id.clone(),
            title: window.quiet.title.clone(),
            answer: answer.name().to_owned(),
            until: window.known_end(self.now).map(instant),
        };
        GateForecast {
            answer: strictest.name().to_owned(),
            maintenances: held.into_iter().map(maintenance).collect(),
            changes_at: self.changes_at(at, strictest).map(instant),
            certainty: certainty.to_owned(),
        }
    }

    /// What is said to each action.
    fn decisions(&self, at: Instant) -> Vec<Decision<'a>> {
        let asked = |action: &Action| {
            let question = Question { target: self.target, action: *action, roles: &[], at, lasts: None };
            foresee(self.snapshot, &question, self.now)
        };
        self.actions.iter().map(asked).collect()
    }

    /// The strictest that this one says to any of the actions.
    fn strictest_of(&self, window: &Window) -> Answer {
        self.actions.iter().map(|action| window.quiet.reply(*action).answer).max().unwrap_or_default()
    }

    /// When the strictest answer to any of them is another.
    fn changes_at(&self, mut at: Instant, strictest: Answer) -> Option<Instant> {
        for _ in 0..HOPS_MAX {
            at = self.decisions(at).iter().filter_map(|decision| decision.until).min()?;
            if self.decisions(at).iter().map(|decision| decision.answer).max() != Some(strictest) {
                return Some(at);
            }
        }
        None
    }
}

/// Who asks what of which snapshot.
struct Asker<'a> {
    estate: &'a Estate,
    caller: &'a Caller,
    snapshot: &'a Snapshot,
    door: &'a Door,
    traffic: &'a Traffic,
    now: Instant,
}

impl Asker<'_> {
    fn decided(&self, asked: &GateQuestion) -> Result<GateDecision, Refusal> {
        let target = seen(self.estate, self.caller, &asked.target)?;
        let action = action(&asked.action)?;
        let roles = self.roles(asked, &target)?;
        let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        let lasts = asked.lasts.as_deref().map(|text| read::span("lasts", text)).transpose()?;
        let at = self.time(asked.at.as_deref())?;
        let question = Question { target: &target, action, roles: &roles, at: at.unwrap_or(self.now), lasts };
        Ok(match at {
            Some(_) => self.shown(&foresee(self.snapshot, &question, self.now), &question),
            None => {
                self.traffic.count(&target);
                self.shown(&decide(self.snapshot, &question), &question)
            }
        })
    }

    /// A decision as enforcers read it.
    fn shown(&self, decision: &Decision<'_>, question: &Question<'_>) -> GateDecision {
        let quiet = decision.because;
        GateDecision {
            answer: Some(decision.answer.name().to_owned()),
            status: quiet
                .and_then(|quiet| quiet.reply(question.action).status)
                .filter(|_| decision.answer > Answer::Warn),
            maintenance: quiet.map(|quiet| quiet.id.clone()).filter(|id| !id.is_empty()),
            title: quiet.map(|quiet| quiet.title.clone()),
            message: quiet.and_then(|quiet| quiet.message.clone()),
            until: decision.until.map(instant),
            retry_after: decision.retry_after(question, self.now).map(|wait| self.door.later(wait)),
            unknown_target: decision.unknown_target,
            stale: decision.stale,
            problem: None,
        }
    }

    /// The roles that the enforcer asserts; for that it needs the permission there.
    fn roles<'q>(&self, asked: &'q GateQuestion, target: &str) -> Result<&'q [String], Refusal> {
        let roles = asked.subject.as_ref().map_or(&[][..], |subject| &subject.roles);
        if roles.len() > ROLES_MAX {
            let detail = format!("{} roles are more than the {ROLES_MAX} allowed", roles.len());
            return Err(Refusal::input("subject.roles", detail, "Send those that the subject has on this target."));
        }
        let path: Path = target.parse()?;
        let nearest = self.estate.nearest(&path).map_or(ROOT, |target| target.id);
        if roles.is_empty() || self.caller.may_on(self.estate, nearest).contains(&Permission::GateAsk) {
            return Ok(roles);
        }
        let detail = format!("Roles are believed of whoever has the permission gate.ask on {target}.");
        Err(Refusal::new(Because::Forbidden, detail, "Ask without roles, or ask for the permission.")
            .at("subject.roles"))
    }

    /// The time that is asked for; none for now.
    fn time(&self, text: Option<&str>) -> Result<Option<Instant>, Refusal> {
        let Some(text) = text else { return Ok(None) };
        let at = read::instant("at", text)?;
        if at < self.now - SKEW {
            let detail = format!("`{}` is past: the gate knows what holds, not what held", shown(text));
            return Err(Refusal::input("at", detail, "Ask about now, or later; the log tells what held."));
        }
        if at > self.now + AHEAD_MAX {
            let detail = format!("`{}` is more than 400 days ahead", shown(text));
            return Err(Refusal::input("at", detail, "Ask about a time within 400 days."));
        }
        Ok(Some(at.max(self.now)))
    }
}

/// The path of a target that the caller may see, or of something that is not known below one.
fn seen(estate: &Estate, caller: &Caller, text: &str) -> Result<String, Refusal> {
    let by_id = text.parse().ok().and_then(|id| estate.target(id));
    let path = match by_id {
        Some(target) => target.path.clone(),
        None => text.parse::<Path>().map_err(|refusal| refusal.at("target"))?,
    };
    let nearest = estate.nearest(&path).map_or(ROOT, |target| target.id);
    if caller.sees(estate, nearest) {
        return Ok(path.to_string());
    }
    let remedy = "Name one that the list of targets shows.";
    Err(Refusal::new(Because::NotFound, format!("There is no target `{}`.", shown(text)), remedy).at("target"))
}

/// The action of this name.
///
/// # Errors
/// About the field `action`.
pub fn action(name: &str) -> Result<Action, Refusal> {
    Action::named(name).ok_or_else(|| {
        let names = Action::ALL.map(Action::name).join(", ");
        Refusal::input("action", format!("there is no action `{}`", shown(name)), format!("Use one of {names}."))
    })
}
