//! Tokens: listed, made, revoked.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::params::{Listing, NewToken};
use lull_api::views::{List, Token as View};
use lull_domain::id::TokenId;
use lull_domain::refusal::{Because, Refusal};
use lull_store::Token;

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::keyed::Instead;
use super::problem::Problem;
use super::segment::Segment;
use crate::caller::Caller;
use crate::core::Core;
use crate::tokens::is_administrator;
use crate::view;

/// Every token, oldest first, without its secret; for administrators of the installation.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "list_tokens", tag = "tokens", params(Listing),
    responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let estate = app.core.estate();
    may_list(is_administrator(&estate, &caller))?;
    let tokens = app.core.store.read(|tx| tx.tokens()).await?;
    asked.one_of("kind", asked.0.kind.as_ref(), &["person", "service", "observer"])?;
    let text = asked.text()?;
    let wanted = |token: &&Token| {
        asked.0.kind.as_ref().is_none_or(|kind| kind == token.kind.name())
            && text.as_ref().is_none_or(|text| token.name.to_lowercase().contains(text))
    };
    let shown = |token: &Token| (token.id.to_string(), view::token(token, None, &estate));
    let rows = tokens.iter().filter(wanted).map(shown);
    Ok(Json(asked.page(rows)?))
}

/// Makes a token; this is the only answer that holds its secret, also where it is asked for again under the same key.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "create_token", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = View, headers(("Location" = String, description = "Where it is revoked.")))))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewToken>,
) -> Result<Response, Problem> {
    let (token, secret) = app.core.create_token(&caller, new).await?;
    Ok(answered(&app, &token, Some(secret), StatusCode::CREATED))
}

/// Makes a token good for nothing.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", operation_id = "revoke_token", tag = "tokens",
    params(("id" = String, Path, description = "The id of the token.")), responses((status = 200, body = View)))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<Json<View>, Problem> {
    let id: TokenId = id.parse().map_err(|_| Core::not_found("token"))?;
    let token = app.core.revoke_token(&caller, id).await?;
    Ok(Json(view::token(&token, None, &app.core.estate())))
}

/// The answer that shows a token. Its secret is shown once, and not kept under a key.
pub fn answered(app: &App, token: &Token, secret: Option<String>, status: StatusCode) -> Response {
    let estate = app.core.estate();
    let mut response = (status, Json(view::token(token, secret, &estate))).into_response();
    let kept = serde_json::to_vec(&view::token(token, None, &estate)).unwrap_or_default();
    response.extensions_mut().insert(Instead(kept.into()));
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::from_str(&format!("/api/v1/tokens/{}", token.id))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn may_list(is_administrator: bool) -> Result<(), Refusal> {
    if is_administrator {
        return Ok(());
    }
    let detail = "Only administrators of the installation see its tokens.";
    Err(Refusal::new(Because::Forbidden, detail, "Ask one of them."))
}
