//! The answer to a request that was carried out and whose answer nobody kept: made anew of what the log says it did.
use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_store::{EntryFilter, EntryKind, Logged, StoreError};
use serde_json::Value;

use super::super::problem::Problem;
use super::super::standing::answered;
use super::super::{App, calendars, feeds, jobs, operation_mode, passes, targets, tokens};
use crate::caller::Caller;

/// What a request did that appended this entry first, as it stands now.
///
/// # Errors
/// What the store gives; and for what has no view of its own, that it was done.
pub async fn answer(app: &Arc<App>, caller: &Caller, parts: &Parts, seq: u64) -> Result<Response, Problem> {
    let first = app.core.store.read(move |tx| tx.entries(seq.saturating_sub(1), &EntryFilter::default(), 1));
    let first = first.await?.into_iter().next().filter(|logged| logged.seq == seq);
    let logged = first.ok_or_else(|| Problem::key_spent(seq))?;
    let (entry, status) = (&logged.entry, status(&logged));
    match (entry.kind, entry.maintenance, entry.target) {
        (EntryKind::Order | EntryKind::Engagement, Some(id), _) if parts.uri.path().contains("/maintenances") => {
            maintenance(app, caller, id, status).await
        }
        (EntryKind::Order, Some(id), _) if parts.uri.path().ends_with("/operation-mode") => {
            operation_mode::again(app, caller, parts, (id, status == StatusCode::CREATED)).await
        }
        (EntryKind::Target, _, Some(id)) => target(app, caller, id, status).await,
        (EntryKind::Job, ..) => job(app, caller, &entry.body).await,
        (EntryKind::Token, ..) => token(app, &entry.body, status).await,
        (EntryKind::Calendar, ..) => calendars::again(app, caller, &entry.body).await,
        (EntryKind::Feed, ..) => feeds::again(app, &entry.body).await,
        (EntryKind::Pass, ..) => passes::again(app, &entry.body).await,
        _ => Err(Problem::key_spent(seq)),
    }
}

/// What is made is answered otherwise than what is changed.
fn status(logged: &Logged) -> StatusCode {
    let made = ["created", "added"].iter().any(|word| logged.entry.body.get(word).is_some());
    if made { StatusCode::CREATED } else { StatusCode::OK }
}

async fn maintenance(
    app: &Arc<App>,
    caller: &Caller,
    id: MaintenanceId,
    status: StatusCode,
) -> Result<Response, Problem> {
    match app.core.store.read::<_, StoreError, _>(move |tx| tx.maintenance(id)).await? {
        Some(found) => Ok(answered(app, caller, found, status).await?),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

async fn target(app: &Arc<App>, caller: &Caller, id: TargetId, status: StatusCode) -> Result<Response, Problem> {
    match app.core.estate().target(id) {
        Some(target) => targets::answered(app, caller, target, status).await,
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

async fn job(app: &Arc<App>, caller: &Caller, body: &Value) -> Result<Response, Problem> {
    let id = body["job"].as_str().and_then(|id| id.parse().ok());
    jobs::again(app, caller, id.ok_or_else(|| crate::core::Core::not_found("job"))?).await
}

/// Without its secret, which was shown once, if anybody was there to see it.
async fn token(app: &Arc<App>, body: &Value, status: StatusCode) -> Result<Response, Problem> {
    let id = ["created", "revoked"].iter().find_map(|word| body.pointer(&format!("/{word}/id"))?.as_str());
    let tokens = app.core.store.read::<_, StoreError, _>(|tx| tx.tokens()).await?;
    let token = tokens.iter().find(|token| Some(token.id.to_string().as_str()) == id);
    let token = token.ok_or_else(|| crate::core::Core::not_found("token"))?;
    Ok(tokens::answered(app, token, None, status))
}
