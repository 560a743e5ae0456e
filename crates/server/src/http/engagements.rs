//! What is done to targets, and how far that is.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use lull_api::params::Listing;
use lull_api::views::{Engagement as View, List};
use lull_domain::engagement::Engagement;

use super::App;
use super::asked::Asked;
use super::problem::Problem;
use super::standing::{modes, work};
use crate::caller::{Caller, Reader};
use crate::{clock, view};

/// The engagements that are not at rest, on targets that you may see.
#[utoipa::path(get, path = "/api/v1/engagements", operation_id = "list_engagements", tag = "engagements", params(Listing),
    responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let estate = app.core.estate();
    let (under, of) = (asked.under(&estate)?, asked.maintenance()?);
    asked.one_of("stage", asked.0.stage.as_ref(), &["free", "captured", "applied", "owed"])?;
    let is_at = |engagement: &Engagement| asked.0.stage.as_ref().is_none_or(|it| it == view::stage(&engagement.stage));
    let reader = Reader { estate: &estate, caller: &caller };
    let modes = app.core.store.read(modes).await?;
    let (work, now) = (work(&estate, &modes), clock::now());
    let wanted = |engagement: &&Engagement| {
        let target = estate.target(engagement.key.target);
        let holds = |id| engagement.holders.contains_key(&id) || engagement.answers == Some(id);
        of.is_none_or(holds)
            && is_at(engagement)
            && target.is_some_and(|target| under.covers(&target.path) && caller.sees(&estate, target.id))
    };
    let shown = work
        .engagements
        .values()
        .filter(wanted)
        .map(|engagement| reader.engagement(view::engagement(engagement, &work, now)));
    let mut rows: Vec<(String, View)> = shown.map(|view| (format!("{} {}", view.target, view.effect), view)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Json(asked.page(rows)?))
}
