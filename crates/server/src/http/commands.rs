//! The commands to a maintenance, each a route of its own: all answer with the maintenance as it stands then.
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use lull_api::params::{
    self, Accept, Approve, Clause, Extend, MaintenanceChange, NewUpdate, Nothing, Overruling, Retry,
};
use lull_api::views::Maintenance as View;
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Closing, Command, Step, Tell, Update};
use lull_domain::plan::Edit;
use lull_domain::refusal::Refusal;
use lull_domain::rights;

use super::App;
use super::body::{Body, OrEmpty};
use super::maintenances;
use super::problem::Problem;
use super::read;
use super::segment::Segment;
use super::standing::{answered, answered_with, seen};
use super::tag::if_match;
use crate::caller::Caller;
use crate::clock;
use crate::conflicts::{Heeded, Looks};
use crate::core::Core;
use crate::orders::Given;
use crate::own;
use crate::settle::Word;

/// How long a text may be.
const TEXT_MAX: usize = 10_000;

/// A command on its way: who gives it to which maintenance, as far as he sees it.
pub struct Ordering {
    app: Arc<App>,
    caller: Caller,
    maintenance: Maintenance,
    revision: Option<u64>,
}

impl FromRequestParts<Arc<App>> for Ordering {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Ordering, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let Segment(id) = Segment::<String>::from_request_parts(parts, app).await?;
        let maintenance = seen(app, &caller, &id).await?;
        let revision = if_match(&parts.headers);
        Ok(Ordering { app: Arc::clone(app), caller, maintenance, revision })
    }
}

impl Ordering {
    async fn give(self, command: Command) -> Result<Response, Problem> {
        let given = self.app.core.order(&self.caller, self.maintenance.id, command, self.revision).await?;
        self.after(given, Vec::new()).await
    }

    /// As it stands after the order, with what else is to be told.
    async fn after(&self, given: Given, notes: Vec<String>) -> Result<Response, Problem> {
        let after = given.maintenance.ok_or_else(|| Core::not_found("maintenance"))?;
        Ok(answered_with(&self.app, &self.caller, (after, notes), StatusCode::OK).await?)
    }

    /// Gives an order after which things are stopped: not where Lull itself runs on them, nor where something speaks against
    /// it that nobody accepts.
    async fn begin(self, step: Step, said: Overruling) -> Result<Response, Problem> {
        let reason = read::overruled(said.overrule.as_ref())?;
        let mut promise = self.maintenance.clone();
        let promises = match (&step, &self.maintenance.life) {
            (Step::Schedule, Life::Draft) => true,
            (Step::Start, Life::Draft | Life::Scheduled) => {
                promise.plan.starts_at = Some(clock::now());
                true
            }
            _ => false,
        };
        let command = Command::Life(step);
        let order = self.caller.order(&self.app.core.estate(), &self.maintenance.plan, command.clone());
        rights::may(&self.maintenance, &order)?;
        own::refuse(&self.app.core, &self.maintenance).await?;
        let (core, caller, id) = (&self.app.core, &self.caller, self.maintenance.id);
        let mut looks = Looks::default();
        loop {
            let mut heeded = Heeded::default();
            if promises {
                heeded = core.heeded(caller, &promise, reason.as_deref()).await?;
            }
            let notes = heeded.notes.clone();
            let given = core.order_with(caller, id, (heeded, command.clone()), self.revision).await;
            if !looks.again(core, &given).await {
                return self.after(given?, notes).await;
            }
        }
    }

    async fn say(self, word: Word) -> Result<Response, Problem> {
        let after = self.app.core.settle(&self.caller, self.maintenance.id, word, self.revision).await?;
        Ok(answered(&self.app, &self.caller, after, StatusCode::OK).await?)
    }
}

/// Promises a draft.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/schedule", operation_id = "schedule_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Option<Overruling>,
    responses((status = 200, body = View)))]
pub async fn schedule(order: Ordering, OrEmpty(said): OrEmpty<Overruling>) -> Result<Response, Problem> {
    order.begin(Step::Schedule, said).await
}

/// Approves the plan with this hash, as a second person: neither who made it nor who changed it last.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/approve", operation_id = "approve_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Approve,
    responses((status = 200, body = View)))]
pub async fn approve(order: Ordering, Body(of): Body<Approve>) -> Result<Response, Problem> {
    order.give(Command::Life(Step::Approve(of.plan))).await
}

/// Begins now.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/start", operation_id = "start_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Option<Overruling>,
    responses((status = 200, body = View)))]
pub async fn start(order: Ordering, OrEmpty(said): OrEmpty<Overruling>) -> Result<Response, Problem> {
    order.begin(Step::Start, said).await
}

/// Moves the end, to later or earlier.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/extend", operation_id = "extend_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")),
    request_body = Extend, responses((status = 200, body = View)))]
pub async fn extend(order: Ordering, Body(to): Body<Extend>) -> Result<Response, Problem> {
    let ends_at = read::instant("ends_at", &to.ends_at)?;
    let change = MaintenanceChange { ends_at: Some(to.ends_at), ..MaintenanceChange::default() };
    let (app, caller, before) = (&order.app, &order.caller, &order.maintenance);
    let mut looks = Looks::default();
    loop {
        // What is only promised is looked at as if it were new.
        let heeded = maintenances::accepted(app, caller, before, (&change, None)).await?;
        let notes = heeded.notes.clone();
        let extend = (heeded, Command::Edit(Edit::Extend(ends_at)));
        let given = app.core.order_with(caller, before.id, extend, order.revision).await;
        if !looks.again(&app.core, &given).await {
            return order.after(given?, notes).await;
        }
    }
}

/// Lets a part of the scope out early.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/exclude", operation_id = "exclude_from_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Clause,
    responses((status = 200, body = View)))]
pub async fn exclude(order: Ordering, Body(clause): Body<Clause>) -> Result<Response, Problem> {
    let clause = read::clause(&order.app.core.estate(), &order.caller, &clause)?;
    order.give(Command::Edit(Edit::Exclude(clause))).await
}

/// Tells people how it is going.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/updates", operation_id = "update_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = NewUpdate,
    responses((status = 200, body = View)))]
pub async fn update(order: Ordering, Body(new): Body<NewUpdate>) -> Result<Response, Problem> {
    order.give(Command::Tell(Tell::Update(told(new)?))).await
}

/// Starts what it stopped, so that operators can see whether it is right; users stay out.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/verify", operation_id = "verify_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Option<Nothing>,
    responses((status = 200, body = View)))]
pub async fn verify(order: Ordering, OrEmpty(Nothing {}): OrEmpty<Nothing>) -> Result<Response, Problem> {
    order.give(Command::Life(Step::Verify)).await
}

/// It is not right yet: stops again what was started to be verified.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/reenter", operation_id = "reenter_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Option<Nothing>,
    responses((status = 200, body = View)))]
pub async fn reenter(order: Ordering, OrEmpty(Nothing {}): OrEmpty<Nothing>) -> Result<Response, Problem> {
    order.begin(Step::Reenter, Overruling::default()).await
}

/// Ends it as done: everything is put back.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/complete", operation_id = "complete_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Option<params::Closing>,
    responses((status = 200, body = View)))]
pub async fn complete(order: Ordering, OrEmpty(said): OrEmpty<params::Closing>) -> Result<Response, Problem> {
    order.give(Command::Life(Step::Complete(closing(said)?))).await
}

/// Ends it as not done: everything is put back.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/cancel", operation_id = "cancel_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Option<params::Closing>,
    responses((status = 200, body = View)))]
pub async fn cancel(order: Ordering, OrEmpty(said): OrEmpty<params::Closing>) -> Result<Response, Problem> {
    order.give(Command::Life(Step::Cancel(closing(said)?))).await
}

/// Tries again what failed; or, with `force`, stops things without the backup that failed.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/retry", operation_id = "retry_in_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Option<Retry>,
    responses((status = 200, body = View)))]
pub async fn retry(order: Ordering, OrEmpty(what): OrEmpty<Retry>) -> Result<Response, Problem> {
    let word = match what {
        Retry { names, force: true, reason } => Word::Force(names.unwrap_or_default(), reason.unwrap_or_default()),
        Retry { names, force: false, .. } => Word::Retry(names),
    };
    order.say(word).await
}

/// Accepts things as they are: they are no longer Lull's to start.
#[utoipa::path(post, path = "/api/v1/maintenances/{id}/accept", operation_id = "accept_in_maintenance", tag = "maintenances",
    params(("id" = String, Path, description = "The id of the maintenance.")), request_body = Accept,
    responses((status = 200, body = View)))]
pub async fn accept(order: Ordering, Body(what): Body<Accept>) -> Result<Response, Problem> {
    order.say(Word::Accept(what.names, what.reason)).await
}

fn told(new: NewUpdate) -> Result<Update, Refusal> {
    if new.percent.is_some_and(|percent| percent > 100) {
        return Err(Refusal::input("percent", "more than all of it cannot be done", "Give 0 to 100."));
    }
    let text = read::text("text", Some(new.text), TEXT_MAX)?;
    Ok(Update {
        text: text.ok_or_else(|| Refusal::input("text", "the text is empty", "Say how it is going."))?,
        percent: new.percent,
        expected_end: new.expected_end.map(|text| read::instant("expected_end", &text)).transpose()?,
    })
}

fn closing(said: params::Closing) -> Result<Closing, Refusal> {
    Ok(Closing {
        message: read::text("message", said.message, TEXT_MAX)?,
        reason: read::text("reason", said.reason, TEXT_MAX)?,
        break_glass: said.break_glass,
    })
}
