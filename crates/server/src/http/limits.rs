//! Limits: how much of a part of the estate may be in maintenance at a time.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::params::{Listing, NewLimit};
use lull_api::views::{Limit as View, List};
use lull_domain::estate::Kind;
use lull_domain::id::LimitId;
use lull_domain::limit::{Limit, Most};
use lull_domain::plan::beyond_rights;
use lull_domain::policy::Role;
use lull_domain::refusal::{Because, Refusal};
use lull_store::{Entry, EntryKind, Tx};
use serde_json::json;

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::problem::Problem;
use super::read;
use super::segment::Segment;
use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::view;

/// How many there may be: each is looked at with every plan.
const LIMITS_MAX: usize = 200;

/// The limits of what you may see.
#[utoipa::path(get, path = "/api/v1/limits", operation_id = "list_limits", tag = "limits",
    params(Listing), responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let (estate, limit) = (app.core.estate(), asked.limit()?);
    let after = asked.cursor::<LimitId>()?;
    let all = app.core.store.read::<_, Refused, _>(|tx| Ok(tx.limits()?)).await?;
    let seen = all.into_iter().filter(|it| caller.sees(&estate, it.under) && after.is_none_or(|after| after < it.id));
    let mut page: Vec<Limit> = seen.take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| asked.next(last.id));
    Ok(Json(List { items: page.iter().map(|limit| view::limit(limit, &estate)).collect(), next }))
}

/// Sets a limit. What is in maintenance already stays.
#[utoipa::path(post, path = "/api/v1/limits", operation_id = "create_limit", tag = "limits", request_body = NewLimit,
    responses((status = 201, body = View, headers(("Location" = String, description = "Where it is.")))))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewLimit>,
) -> Result<Response, Problem> {
    let estate = app.core.estate();
    let under = read::target(&estate, &caller, &new.under).map_err(|refusal| refusal.at("under"))?;
    may(&app, &caller, under)?;
    let most = match (new.max, new.percent) {
        (Some(max), None) => Most::Max(max),
        (None, Some(percent)) => Most::Percent(percent),
        _ => return Err(Refusal::input("max", "It is not said how many at a time.", "Give `max` or `percent`.").into()),
    };
    let limit = Limit {
        id: LimitId(clock::id()),
        under,
        kind: new.kind.parse::<Kind>().map_err(|refusal: Refusal| refusal.at("kind"))?,
        most: most.checked()?,
        created_by: caller.actor.name().to_owned(),
        created_at: clock::now(),
    };
    let (stored, who) = (limit.clone(), caller.clone());
    let write = move |tx: &mut Tx| {
        if tx.limits()?.len() >= LIMITS_MAX {
            let detail = format!("There are {LIMITS_MAX} limits already.");
            return Err(Refusal::new(Because::Conflict, detail, "Take one away that is not needed.").into());
        }
        tx.insert_limit(&stored)?;
        noted(tx, &who, &stored, "created")
    };
    app.core.store.write::<_, Refused, _>(write).await?;
    let view = view::limit(&limit, &estate);
    let mut response = (StatusCode::CREATED, Json(&view)).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/limits/{}", view.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Takes a limit away.
#[utoipa::path(delete, path = "/api/v1/limits/{id}", operation_id = "remove_limit", tag = "limits",
    params(("id" = String, Path, description = "The id of the limit.")),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<StatusCode, Problem> {
    let Ok(id) = id.parse::<LimitId>() else { return Err(Core::not_found("limit").into()) };
    let all = app.core.store.read::<_, Refused, _>(|tx| Ok(tx.limits()?)).await?;
    let found = all.into_iter().find(|limit| limit.id == id && caller.sees(&app.core.estate(), limit.under));
    let limit = found.ok_or_else(|| Core::not_found("limit"))?;
    may(&app, &caller, limit.under)?;
    let write = move |tx: &mut Tx| {
        if tx.delete_limit(id)? {
            noted(tx, &caller, &limit, "removed")?;
        }
        Ok(())
    };
    app.core.store.write::<_, Refused, _>(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn may(app: &App, caller: &Caller, under: lull_domain::id::TargetId) -> Result<(), Refusal> {
    let estate = app.core.estate();
    match caller.role_on(&estate, under) {
        Some(Role::Administrator) => Ok(()),
        _ => Err(beyond_rights(&view::path(&estate, under), Role::Administrator).at("under")),
    }
}

fn noted(tx: &mut Tx, caller: &Caller, limit: &Limit, did: &str) -> Result<(), Refused> {
    let entry = Entry {
        at: clock::now(),
        kind: EntryKind::Limit,
        maintenance: None,
        target: Some(limit.under),
        actor: Some(caller.actor.clone()),
        body: json!({did: limit}),
    };
    tx.append(&[entry])?;
    Ok(())
}
