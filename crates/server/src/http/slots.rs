//! The next free slots over HTTP, and the traffic of a week.
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::tz::TimeZone;
use lull_api::params::{AllowedHours, SlotsAsked, TrafficAsked};
use lull_api::views::{Slots, Traffic};
use lull_domain::estate::{Estate, ROOT};
use lull_domain::path::Path;
use lull_domain::recurrence::Zone;
use lull_domain::refusal::Refusal;
use lull_domain::scope::Scope;
use lull_domain::slot::{AHEAD_MAX, Found, HOURS_MAX, Hours, Wanted};
use lull_domain::traffic::HOURS;
use lull_domain::{Instant, Span};
use lull_store::StoreError;

use super::App;
use super::body::{Body, beneath, misfit};
use super::problem::Problem;
use super::read;
use super::recurrences::name_of;
use crate::caller::Caller;
use crate::gate::refresh;
use crate::slots::{InTheWay, Looked};
use crate::traffic::Known;
use crate::{clock, view};

/// How many slots are given where nobody says how many.
const COUNT: usize = 3;
/// How far is looked where nobody says how far.
const AHEAD: Span = Span::hours(24 * 28);
/// What is shown beside the traffic.
const OVERLAY: Span = Span::hours(HOURS as i64);
/// How much of it.
const OVERLAY_MAX: usize = 200;

/// Finds when something would fit: between blackouts and what else is planned, the quietest times first. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/slots", operation_id = "find_slots", tag = "slots", request_body = SlotsAsked,
    responses((status = 200, body = Slots)))]
pub async fn find(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(asked): Body<SlotsAsked>,
) -> Result<Json<Slots>, Problem> {
    let (estate, now) = (app.core.estate(), clock::now());
    let scope = read::scope(&estate, &caller, &asked.scope)?;
    let sought = Sought::read(&asked, now)?;
    let Known { week, warnings, .. } = app.core.week(&paths(&estate, &scope), &sought.clocks).await?;
    let to = sought.to;
    let looked = Looked { caller, scope, from: sought.from, to, now };
    let found = looking(&app, looked, move |there| {
        let zone = Zone::new(sought.clocks.clone());
        let wanted = sought.wanted(&zone);
        (Wanted { latest: wanted.latest.min(there.until), ..wanted }.found(there.obstacles, &week), there.until)
    });
    let (found, until) = found.await?;
    let cut = (until < to)
        .then(|| format!("So much is planned there that it was looked through until {} only.", view::instant(until)));
    Ok(Json(shown(&found, warnings.into_iter().chain(cut).collect())))
}

/// What somebody looks for.
struct Sought {
    lasts: Span,
    from: Instant,
    to: Instant,
    hours: Vec<Hours>,
    clocks: TimeZone,
    count: usize,
}

impl Sought {
    fn read(asked: &SlotsAsked, now: Instant) -> Result<Sought, Refusal> {
        let clocks = read::clocks(asked.zone.as_deref().unwrap_or("UTC"))?;
        let lasts = read::span("duration", &asked.duration)?;
        let (from, to) = between(asked, now)?;
        let (hours, count) = (hours(&asked.hours)?, asked.count.map_or(COUNT, |count| count as usize));
        let sought = Sought { lasts, from, to, hours, clocks, count };
        sought.wanted(&Zone::new(sought.clocks.clone())).checked()?;
        Ok(sought)
    }

    fn wanted<'a>(&'a self, zone: &'a Zone) -> Wanted<'a> {
        let Sought { lasts, from, to, hours, count, .. } = self;
        Wanted { lasts: *lasts, earliest: *from, latest: *to, hours, zone, count: *count }
    }
}

/// How busy a part of the estate is in each hour of a week, and what is planned there in the next seven days.
#[utoipa::path(get, path = "/api/v1/traffic", operation_id = "get_traffic", tag = "slots", params(TrafficAsked),
    responses((status = 200, body = Traffic)))]
pub async fn traffic(
    State(app): State<Arc<App>>,
    caller: Caller,
    asked: Result<Query<TrafficAsked>, QueryRejection>,
) -> Result<Json<Traffic>, Problem> {
    let Query(asked) = asked.map_err(|rejection| misfit(&beneath(&rejection)))?;
    let (estate, now) = (app.core.estate(), clock::now());
    let under = asked.under.as_deref().map_or(Ok(ROOT), |text| read::target(&estate, &caller, text));
    let under = under.map_err(|refusal| refusal.at("under"))?;
    let clocks = read::clocks(asked.zone.as_deref().unwrap_or("UTC"))?;
    let scope = Scope::under(under);
    let known = app.core.week(&paths(&estate, &scope), &clocks).await?;
    let looked = Looked { caller, scope, from: now, to: now + OVERLAY, now };
    let mut planned = looking(&app, looked, |there| there.obstacles).await?;
    planned.sort();
    let share = |it: &Option<u32>| it.map(|it| f64::from(it) / 1_000.0);
    Ok(Json(Traffic {
        under: view::path(&estate, under),
        zone: name_of(&clocks),
        source: known.source.to_owned(),
        weeks: (known.week.seen as f64 / HOURS as f64 * 10.0).round() / 10.0,
        hours: known.week.shares().chunks(24).map(|day| day.iter().map(share).collect()).collect(),
        planned: planned.iter().take(OVERLAY_MAX).map(view::in_the_way).collect(),
        warnings: known.warnings,
    }))
}

/// What this makes of what stands in the way, as it is stored now. A year of hourly blackouts may be looked through: not on a
/// thread that others wait for.
async fn looking<T: Send + 'static>(
    app: &App,
    looked: Looked,
    make: impl FnOnce(InTheWay) -> T + Send + 'static,
) -> Result<T, Problem> {
    refresh(&app.core).await?;
    let limits = app.core.store.read::<_, StoreError, _>(|tx| tx.limits());
    let (calendars, limits) = tokio::try_join!(app.core.calendars(), limits)?;
    let core = Arc::clone(&app.core);
    let made = tokio::task::spawn_blocking(move || make(looked.obstacles(&core, &calendars, &limits)));
    made.await.map_err(|_| Problem::broken())
}

/// From when and until when is looked.
fn between(asked: &SlotsAsked, now: Instant) -> Result<(Instant, Instant), Refusal> {
    let earliest = asked.earliest.as_deref().map(|text| read::instant("earliest", text)).transpose()?;
    let earliest = earliest.map_or(now, |at| at.max(now));
    let latest = asked.latest.as_deref().map(|text| read::instant("latest", text)).transpose()?;
    let latest = latest.unwrap_or(earliest + AHEAD);
    if latest <= now {
        return Err(Refusal::input("latest", "that time is past", "Name one that lies ahead."));
    }
    if earliest.max(latest) > now + AHEAD_MAX {
        let field = if earliest > now + AHEAD_MAX { "earliest" } else { "latest" };
        return Err(Refusal::input(field, "it is more than 400 days ahead", "Look for a slot within 400 days."));
    }
    Ok((earliest, latest))
}

fn hours(asked: &[AllowedHours]) -> Result<Vec<Hours>, Refusal> {
    let read = |(n, it): (usize, &AllowedHours)| {
        Hours::read(&it.days, &it.from, &it.to).map_err(|refusal| {
            let part = refusal.field.clone().unwrap_or_default();
            refusal.at(format!("hours[{n}].{part}"))
        })
    };
    // One more than may be, so that it is counted as too many.
    asked.iter().take(HOURS_MAX + 1).enumerate().map(read).collect()
}

/// Where the roots of a scope are.
fn paths(estate: &Estate, scope: &Scope) -> Vec<Path> {
    scope.roots().into_iter().filter_map(|root| Some(estate.target(root)?.path.clone())).collect()
}

fn shown(found: &Found, mut warnings: Vec<String>) -> Slots {
    if found.more > 0 {
        warnings.push(format!("{} more stand in the way.", found.more));
    }
    Slots {
        slots: found.slots.iter().map(view::slot).collect(),
        in_the_way: found.in_the_way.iter().map(view::in_the_way).collect(),
        warnings,
    }
}
