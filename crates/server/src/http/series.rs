//! Series: listed, shown, made, changed, ended; their occurrences left out and moved.
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_api::params::{
    Approve, EndSeries, Listing, MaintenanceChange, MoveOccurrence, NewSeries, OneOccurrence, SeriesChange,
};
use lull_api::views::{List, Maintenance as MaintenanceView, Series as View, SeriesOccurrence};
use lull_domain::Instant;
use lull_domain::estate::Estate;
use lull_domain::id::SeriesId;
use lull_domain::order::{Command, Skip, Step};
use lull_domain::refusal::Refusal;
use lull_domain::series::{Key, Onward, Series};
use lull_store::Tx;

use super::App;
use super::asked::Asked;
use super::body::Body;
use super::maintenances::accepted;
use super::problem::Problem;
use super::segment::Segment;
use super::standing::{answered, answered_with};
use super::tag::{if_match, tag};
use crate::caller::Caller;
use crate::clock;
use crate::conflicts::{Heeded, Looks};
use crate::core::{Core, Refused};
use crate::own;
use crate::series::zone_of;
use crate::view;

mod said;

use said::{changed, merged, read};

/// How many occurrences are shown with a series.
const NEXT: usize = 10;
/// How many series are looked at for one page.
const BATCH: u32 = 200;

/// The series that you may see, newest first.
#[utoipa::path(get, path = "/api/v1/series", operation_id = "list_series", tag = "series",
    params(Listing), responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let estate = app.core.estate();
    let (mut after, limit) = (asked.cursor::<SeriesId>()?, asked.limit()?);
    let list = app.core.store.read(move |tx| {
        let mut items: Vec<(SeriesId, View)> = Vec::new();
        loop {
            let part = tx.list_series(after, BATCH)?;
            let is_last = part.len() < BATCH as usize;
            for series in part {
                if items.len() == limit {
                    let next = items.last().map(|(id, _)| asked.next(*id));
                    return Ok(List { items: items.into_iter().map(|(_, view)| view).collect(), next });
                }
                after = Some(series.id);
                if caller.facts(&estate, &series.plan.scope).sees {
                    items.push((series.id, shown(tx, &series, &estate)?));
                }
            }
            if is_last {
                return Ok::<_, Refused>(List { items: items.into_iter().map(|(_, view)| view).collect(), next: None });
            }
        }
    });
    Ok(Json(list.await?))
}

/// Makes a series. Its occurrences are maintenances of their own from 35 days before they begin, or from a day before
/// their first reminder.
#[utoipa::path(post, path = "/api/v1/series", operation_id = "create_series", tag = "series", request_body = NewSeries,
    responses((status = 201, body = View, headers(
        ("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its revision.")))))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewSeries>,
) -> Result<Response, Problem> {
    let made = read_apart(&app, &caller, new).await?;
    own::refuse(&app.core, &made.occurrence_like(&made.plan)).await?;
    let created = app.core.create_series(&caller, made).await?;
    Ok(answer(&app, created, StatusCode::CREATED).await?)
}

/// One series.
#[utoipa::path(get, path = "/api/v1/series/{id}", operation_id = "get_series", tag = "series",
    params(("id" = String, Path, description = "The id of the series.")),
    responses((status = 200, body = View, headers(("ETag" = String, description = "Its revision.")))))]
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<Response, Problem> {
    let series = seen(&app, &caller, &id).await?;
    Ok(answer(&app, series, StatusCode::OK).await?)
}

/// The occurrences of a series between `since` and `until`: 400 days from now, where they are left out.
#[utoipa::path(get, path = "/api/v1/series/{id}/occurrences", operation_id = "list_occurrences", tag = "series",
    params(("id" = String, Path, description = "The id of the series."), Listing),
    responses((status = 200, body = List<SeriesOccurrence>)))]
pub async fn occurrences(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    asked: Asked,
) -> Result<Json<List<SeriesOccurrence>>, Problem> {
    let series = seen(&app, &caller, &id).await?;
    let ((since, until), limit) = (asked.between()?, asked.limit()?);
    let since = since.unwrap_or_else(clock::now);
    let until = until.unwrap_or(since + lull_domain::Span::hours(400 * 24));
    let after = asked.cursor::<Key>()?;
    let mut items = app.core.store.read(move |tx| between(tx, &series, (since, until), (after, limit + 1))).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| asked.next(&last.occurrence));
    Ok(Json(List { items, next }))
}

/// Changes a series, and its occurrences to come that are as it was: texts, scope, policy, owner, end rule. Times change with
/// `split`.
#[utoipa::path(patch, path = "/api/v1/series/{id}", operation_id = "edit_series", tag = "series",
    params(("id" = String, Path, description = "The id of the series.")), request_body = SeriesChange,
    responses((status = 200, body = View, headers(("ETag" = String, description = "Its revision.")))))]
pub async fn edit(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    headers: HeaderMap,
    Body(change): Body<SeriesChange>,
) -> Result<Response, Problem> {
    let found = seen(&app, &caller, &id).await?;
    let (estate, who) = (app.core.estate(), caller.clone());
    let after = changed(&estate, &who, &found, change.clone())?;
    own::refuse(&app.core, &found.occurrence_like(&after.plan)).await?;
    let edit = move |before: &Series| changed(&estate, &who, before, change);
    let edited = app.core.edit_series(&caller, found.id, if_match(&headers), edit).await?;
    Ok(answer(&app, edited, StatusCode::OK).await?)
}

/// Leaves one occurrence out.
#[utoipa::path(post, path = "/api/v1/series/{id}/skip", operation_id = "skip_occurrence", tag = "series",
    params(("id" = String, Path, description = "The id of the series.")), request_body = OneOccurrence,
    responses((status = 200, body = MaintenanceView)))]
pub async fn skip(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    Body(which): Body<OneOccurrence>,
) -> Result<Response, Problem> {
    let series = seen(&app, &caller, &id).await?;
    let skip = (Heeded::default(), vec![Command::Life(Step::Skip(Skip::Alone))]);
    let skipped = app.core.order_occurrence(&caller, (series.id, which.occurrence.parse()?), skip).await?;
    Ok(answered(&app, &caller, skipped, StatusCode::OK).await?)
}

/// Gives one occurrence another time.
#[utoipa::path(post, path = "/api/v1/series/{id}/move", operation_id = "move_occurrence", tag = "series",
    params(("id" = String, Path, description = "The id of the series.")), request_body = MoveOccurrence,
    responses((status = 200, body = MaintenanceView)))]
pub async fn move_one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    Body(to): Body<MoveOccurrence>,
) -> Result<Response, Problem> {
    let series = seen(&app, &caller, &id).await?;
    let starts_at = super::read::instant("starts_at", &to.starts_at)?;
    to.ends_at.as_deref().map(|text| super::read::instant("ends_at", text)).transpose()?;
    let key: Key = to.occurrence.parse()?;
    let before = app.core.occurrence(&series, key).await?;
    let lasts = before.ends_at().zip(before.plan.starts_at).map(|(to, from)| to - from);
    let ends_at = to.ends_at.or_else(|| lasts.map(|lasts| view::instant(starts_at + lasts)));
    let (starts_at, overrule) = (Some(to.starts_at), to.overrule);
    let change = MaintenanceChange { starts_at, ends_at, overrule, ..Default::default() };
    let edits = super::maintenances::edits(&app.core.estate(), &caller, &before, &change)?;
    let reason = super::read::overruled(change.overrule.as_ref())?;
    let commands: Vec<Command> = edits.into_iter().map(Command::Edit).collect();
    let mut looks = Looks::default();
    loop {
        let heeded = accepted(&app, &caller, &before, (&change, reason.as_deref())).await?;
        let notes = heeded.notes.clone();
        let moved = app.core.order_occurrence(&caller, (series.id, key), (heeded, commands.clone())).await;
        if !looks.again(&app.core, &moved).await {
            return Ok(answered_with(&app, &caller, (moved?, notes), StatusCode::OK).await?);
        }
    }
}

/// Changes this occurrence and all that follow: the series ends before it, and another one goes on from it. What was left
/// out or moved does not come back at other times.
#[utoipa::path(post, path = "/api/v1/series/{id}/split", operation_id = "split_series", tag = "series",
    params(("id" = String, Path, description = "The id of the series.")), request_body = SeriesChange,
    responses((status = 201, body = View, headers(("Location" = String, description = "Where it goes on.")))))]
pub async fn split(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    Body(change): Body<SeriesChange>,
) -> Result<Response, Problem> {
    let series = seen(&app, &caller, &id).await?;
    let Some(occurrence) = &change.occurrence else {
        let remedy = "Name the first occurrence that is to be otherwise, by its start as the rules give it.";
        return Err(Refusal::input("occurrence", "It is not said from which occurrence on.", remedy).into());
    };
    let key: Key = occurrence.parse()?;
    let (is_started, is_excepted) = (change.text.is_none(), change.exdates.is_some());
    let new = said_from(&app, &series, key, change).await?;
    let made = read_apart(&app, &caller, new).await?;
    own::refuse(&app.core, &series.occurrence_like(&made.plan)).await?;
    let revision = series.revision;
    let onward = Onward { zone: zone_of(&made)?, series: made, is_started, is_excepted };
    let next = move |before: &Series| {
        super::is_current(before.revision, Some(revision))?;
        Ok(Some(onward))
    };
    let split = app.core.end_series(&caller, series.id, Some(key), next).await?;
    Ok(answer(&app, split, StatusCode::CREATED).await?)
}

/// Approves a series as a second person, once for all its occurrences: neither who made it nor who changed it last.
#[utoipa::path(post, path = "/api/v1/series/{id}/approve", operation_id = "approve_series", tag = "series",
    params(("id" = String, Path, description = "The id of the series.")), request_body = Approve,
    responses((status = 200, body = View)))]
pub async fn approve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    Body(of): Body<Approve>,
) -> Result<Response, Problem> {
    let series = seen(&app, &caller, &id).await?;
    let approved = app.core.approve_series(&caller, series.id, of.plan).await?;
    Ok(answer(&app, approved, StatusCode::OK).await?)
}

/// Ends a series: this occurrence and all that follow are held no more; without one, all that begin from now on.
#[utoipa::path(post, path = "/api/v1/series/{id}/end", operation_id = "end_series", tag = "series",
    params(("id" = String, Path, description = "The id of the series.")), request_body = EndSeries,
    responses((status = 200, body = View)))]
pub async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    Body(end): Body<EndSeries>,
) -> Result<Response, Problem> {
    let series = seen(&app, &caller, &id).await?;
    let key = end.occurrence.as_deref().map(str::parse).transpose()?;
    let ended = app.core.end_series(&caller, series.id, key, |_| Ok(None)).await?;
    Ok(answer(&app, ended, StatusCode::OK).await?)
}

/// What a series says from an occurrence on, with a change; counted on a thread that nobody waits for.
async fn said_from(app: &App, of: &Series, key: Key, change: SeriesChange) -> Result<NewSeries, Problem> {
    let (estate, series) = (app.core.estate(), of.clone());
    let counting = tokio::task::spawn_blocking(move || -> Result<NewSeries, Refusal> {
        let zone = zone_of(&series)?;
        series.at(&zone, key)?;
        let rules = series.rules_from(&zone, key).iter().map(view::rule).collect();
        Ok(merged(NewSeries { rules, exdates: Vec::new(), ..view::said(&series, &estate) }, change, Some(key)))
    });
    Ok(counting.await.map_err(|_| Problem::broken())??)
}

/// Reads a body, and looks at what it comes to on a thread that nobody waits for: a hundred years may be looked through.
async fn read_apart(app: &App, caller: &Caller, new: NewSeries) -> Result<Series, Problem> {
    let (estate, caller) = (app.core.estate(), caller.clone());
    let reading = tokio::task::spawn_blocking(move || read(&estate, &caller, new));
    Ok(reading.await.map_err(|_| Problem::broken())??)
}

/// The series of this id, if the caller sees it.
async fn seen(app: &App, caller: &Caller, id: &str) -> Result<Series, Refused> {
    let Ok(id) = id.parse::<SeriesId>() else { return Err(Core::not_found("series").into()) };
    let found = app.core.store.read::<_, Refused, _>(move |tx| Ok(tx.series(id)?)).await?;
    let estate = app.core.estate();
    let seen = found.filter(|series| caller.facts(&estate, &series.plan.scope).sees);
    Ok(seen.ok_or_else(|| Core::not_found("series"))?)
}

async fn answer(app: &App, series: Series, status: StatusCode) -> Result<Response, Refused> {
    let (estate, tag) = (app.core.estate(), tag(series.revision));
    let view = app.core.store.read(move |tx| shown(tx, &series, &estate)).await?;
    let mut response = (status, [(header::ETAG, tag)], Json(&view)).into_response();
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::from_str(&format!("/api/v1/series/{}", view.id))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

fn shown(tx: &mut Tx, series: &Series, estate: &Estate) -> Result<View, Refused> {
    let now = clock::now();
    let next = between(tx, series, (now, Instant(i64::MAX)), (None, NEXT))?;
    Ok(view::series(series, next, &zone_of(series)?, estate))
}

/// The occurrences that end after the one instant and begin before the other, as the rules have them.
fn between(
    tx: &mut Tx,
    series: &Series,
    (from, to): (Instant, Instant),
    (after, limit): (Option<Key>, usize),
) -> Result<Vec<SeriesOccurrence>, Refused> {
    let zone = zone_of(series)?;
    let mut listed = Vec::new();
    let all = series.all(&zone, from).take_while(|it| it.starts_at < to);
    let all = all.filter(|it| after < Some(Key::of(it))).take(limit);
    for of in all.collect::<Vec<_>>() {
        let made = tx.occurrence(series.id, Key::of(&of))?;
        let made = made.map(|id| tx.maintenance(id)).transpose()?.flatten();
        listed.push(view::occurrence(&of, made.as_ref(), &zone));
    }
    Ok(listed)
}
