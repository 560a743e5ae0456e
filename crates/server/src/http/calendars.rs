//! Calendars: made, listed, shown, fetched again and removed; and the blackouts in them.
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lull_adapters::ics::LONGEST;
use lull_api::params::{BlackoutsAsked, Listing, NewCalendar, Nothing, RecurrencePreview};
use lull_api::views::{Blackouts, Calendar as View, List};
use lull_domain::Span;
use lull_domain::calendar::Entry;
use lull_domain::id::CalendarId;
use lull_domain::recurrence::Zone;
use lull_domain::refusal::Refusal;
use lull_store::StoreError;
use serde_json::Value;

use super::App;
use super::asked::Asked;
use super::body::{Body, OrEmpty, beneath, misfit};
use super::problem::Problem;
use super::segment::Segment;
use super::{read, recurrences};
use crate::calendars::Given;
use crate::caller::{Caller, Reader};
use crate::clock;
use crate::core::Core;
use crate::view;

/// How large a body with a calendar may be: its lines take more room as JSON.
pub const BODY_MAX: usize = 8 * 1024 * 1024;
/// How many of the next blackouts are shown.
const NEXT: usize = 10;
/// How long a time may be asked for.
const ASKED_MAX: Span = Span::hours(400 * 24);
/// How many blackouts are listed at most.
const LISTED_MAX: usize = 1_000;

/// Makes a calendar of blackouts: of iCalendar, of an address from which that is fetched each hour, or of rules of one's own.
///
/// From an address it is fetched before this is answered. Whole days, and times without a zone, are those of `zone`.
#[utoipa::path(post, path = "/api/v1/calendars", operation_id = "create_calendar", tag = "calendars",
    request_body = NewCalendar, responses((status = 201, body = View, headers(("Location" = String, description = "Where it is.")))))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewCalendar, BODY_MAX>,
) -> Result<Response, Problem> {
    let under = read::target(&app.core.estate(), &caller, &new.under).map_err(|refusal| refusal.at("under"))?;
    if new.ics.as_ref().is_some_and(|text| text.len() > LONGEST) {
        return Err(Problem::too_large(LONGEST));
    }
    let name = new.name.clone();
    let id = app.core.add_calendar(&caller, (name, under), given(new).await?).await?;
    answered(&app, &caller, id, StatusCode::CREATED).await
}

/// The calendars of what you may see, oldest first.
#[utoipa::path(get, path = "/api/v1/calendars", operation_id = "list_calendars", tag = "calendars", params(Listing),
    responses((status = 200, body = List<View>)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller, asked: Asked) -> Result<Json<List<View>>, Problem> {
    let fetchings = app.core.store.read::<_, StoreError, _>(|tx| tx.fetchings());
    let (calendars, fetchings) = tokio::try_join!(app.core.calendars(), fetchings)?;
    let estate = app.core.estate();
    let (under, reader) = (asked.under(&estate)?, Reader { estate: &estate, caller: &caller });
    let wanted = calendars.all().filter(|sheet| {
        let target = sheet.calendar.under;
        reader.sees(target) && estate.target(target).map_or(under.is_root(), |it| under.covers(&it.path))
    });
    let shown = wanted.map(|sheet| {
        let fetching = fetchings.get(&sheet.calendar.id).cloned().unwrap_or_default();
        (sheet.calendar.id.to_string(), view::calendar(sheet, &fetching, reader))
    });
    Ok(Json(asked.page(shown)?))
}

/// One calendar, with its next ten blackouts.
#[utoipa::path(get, path = "/api/v1/calendars/{id}", operation_id = "get_calendar", tag = "calendars",
    params(("id" = String, Path, description = "The id of the calendar.")), responses((status = 200, body = View)))]
pub async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<Response, Problem> {
    answered(&app, &caller, named(&id)?, StatusCode::OK).await
}

/// Removes a calendar.
#[utoipa::path(delete, path = "/api/v1/calendars/{id}", operation_id = "remove_calendar", tag = "calendars",
    params(("id" = String, Path, description = "The id of the calendar.")),
    responses((status = 204, description = "It is gone.")))]
pub async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
) -> Result<StatusCode, Problem> {
    app.core.remove_calendar(&caller, named(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fetches a calendar now. Where that fails, `error` says why, and what it had before still counts.
#[utoipa::path(post, path = "/api/v1/calendars/{id}/refresh", operation_id = "refresh_calendar", tag = "calendars",
    params(("id" = String, Path, description = "The id of the calendar.")), request_body = Option<Nothing>,
    responses((status = 200, body = View)))]
pub async fn refresh(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment<String>,
    OrEmpty(Nothing {}): OrEmpty<Nothing>,
) -> Result<Response, Problem> {
    let id = named(&id)?;
    app.core.refresh_calendar(&caller, id).await?;
    answered(&app, &caller, id, StatusCode::OK).await
}

/// The blackouts that touch a target: those of its own calendars, and of the calendars of all that is above it.
#[utoipa::path(get, path = "/api/v1/calendars/blackouts", operation_id = "list_blackouts", tag = "calendars",
    params(BlackoutsAsked), responses((status = 200, body = Blackouts)))]
pub async fn blackouts(
    State(app): State<Arc<App>>,
    caller: Caller,
    asked: Result<Query<BlackoutsAsked>, QueryRejection>,
) -> Result<Json<Blackouts>, Problem> {
    let Query(asked) = asked.map_err(|rejection| misfit(&beneath(&rejection)))?;
    let estate = app.core.estate();
    let target = read::target(&estate, &caller, &asked.target).map_err(|refusal| refusal.at("target"))?;
    let (from, to) = (read::instant("from", &asked.from)?, read::instant("to", &asked.to)?);
    if to <= from || to - from > ASKED_MAX {
        let detail = "it does not lie after `from`, or more than 400 days later";
        return Err(Refusal::input("to", detail, "Ask for a time that lasts, and for 400 days at most.").into());
    }
    let calendars = app.core.calendars().await?;
    let touching = move || calendars.touching(&estate, target, (from, to));
    let found = tokio::task::spawn_blocking(touching).await.map_err(|_| Problem::broken())?;
    let items = found.iter().take(LISTED_MAX).map(view::blackout).collect();
    Ok(Json(Blackouts { items, more: found.len() > LISTED_MAX }))
}

/// The answer to a request whose entry in the log has this body, as the calendar stands now.
///
/// # Errors
/// What the store gives.
pub async fn again(app: &App, caller: &Caller, body: &Value) -> Result<Response, Problem> {
    let id = body["calendar"].as_str().and_then(|id| id.parse().ok()).ok_or_else(|| Core::not_found("calendar"))?;
    match body["did"].as_str() {
        Some("removed") => Ok(StatusCode::NO_CONTENT.into_response()),
        Some("added") => answered(app, caller, id, StatusCode::CREATED).await,
        Some(_) | None => answered(app, caller, id, StatusCode::OK).await,
    }
}

/// The answer that shows a calendar.
async fn answered(app: &App, caller: &Caller, id: CalendarId, status: StatusCode) -> Result<Response, Problem> {
    let fetching = app.core.store.read::<_, StoreError, _>(move |tx| tx.fetching(id));
    let (calendars, fetching) = tokio::try_join!(app.core.calendars(), fetching)?;
    let estate = app.core.estate();
    let found = calendars.one(id).filter(|sheet| caller.sees(&estate, sheet.calendar.under));
    let sheet = Arc::clone(found.ok_or_else(|| Core::not_found("calendar"))?);
    let shown = view::calendar(&sheet, &fetching.unwrap_or_default(), Reader { estate: &estate, caller });
    let coming = tokio::task::spawn_blocking(move || sheet.next(clock::now(), NEXT));
    let coming = coming.await.map_err(|_| Problem::broken())?;
    let shown = View { next: Some(coming.iter().map(view::blackout).collect()), ..shown };
    let mut response = (status, Json(shown)).into_response();
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::from_str(&format!("/api/v1/calendars/{id}"))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

fn named(id: &str) -> Result<CalendarId, Refusal> {
    id.parse().map_err(|_| Core::not_found("calendar"))
}

/// What a calendar is made of: one of the four.
async fn given(new: NewCalendar) -> Result<Given, Problem> {
    let has_rules = !new.rules.is_empty() || !new.rdates.is_empty() || !new.exdates.is_empty();
    let is_own = has_rules || new.text.is_some() || new.start.is_some() || new.duration.is_some() || new.elapsed;
    let zone = new.zone.as_deref().map_or_else(|| Ok("UTC".to_owned()), read::zone);
    match (new.ics, new.url, is_own) {
        (Some(text), None, false) => Ok(Given::File(text, zone?)),
        (None, Some(url), false) => Ok(Given::Url(url, zone?)),
        (None, None, true) => {
            let asked = RecurrencePreview {
                text: new.text,
                rules: new.rules,
                rdates: new.rdates,
                exdates: new.exdates,
                zone: new.zone,
                start: new.start,
                duration: new.duration,
                elapsed: new.elapsed,
                count: None,
            };
            own(new.name, asked).await
        }
        (ics, _, _) => {
            let field = if ics.is_some() { "ics" } else { "url" };
            let remedy = "Send `ics`, or `url`, or `text`, or `rules` with `zone`, `start` and `duration`.";
            Err(Refusal::input(field, "a calendar is made of one thing, and of one alone", remedy).into())
        }
    }
}

/// A recurrence of one's own, where it can be relied on.
async fn own(name: String, asked: RecurrencePreview) -> Result<Given, Problem> {
    // A hundred years of days may be looked through: not on a thread that others wait for.
    let looked = tokio::task::spawn_blocking(move || {
        let (zone, recurrence) = recurrences::read(asked, recurrences::Since::Running)?;
        let (zone_name, clocks) = (recurrences::name_of(&zone), Zone::new(zone));
        let recurrence = recurrence.checked(&clocks)?;
        Entry { name, zone: zone_name, recurrence }.checked(&clocks)
    });
    Ok(Given::Own(Box::new(looked.await.map_err(|_| Problem::broken())??)))
}
