//! Recurrences: what a rule comes to, before anybody relies on it.
use axum::Json;
use jiff::tz::TimeZone;
use lull_api::params::RecurrencePreview;
use lull_api::views::{PreviewedOccurrence, RecurrencePreviewed};
use lull_domain::Instant;
use lull_domain::recurrence::{Local, Occurrence, Recurrence, Zone, rules};
use lull_domain::refusal::Refusal;

use super::body::Body;
use super::problem::Problem;
use super::read;
use crate::caller::Caller;

/// How many are listed, where nobody says.
const LISTED: u32 = 10;
const LISTED_MAX: u32 = 1_000;

/// Shows what rules come to: a sentence, and when it happens. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/recurrences/preview", operation_id = "preview_recurrence", tag = "series",
    request_body = RecurrencePreview, responses((status = 200, body = RecurrencePreviewed)))]
pub async fn preview(
    _caller: Caller,
    Body(asked): Body<RecurrencePreview>,
) -> Result<Json<RecurrencePreviewed>, Problem> {
    let count = asked.count.unwrap_or(LISTED);
    if !(1..=LISTED_MAX).contains(&count) {
        let remedy = "Ask for 1 to 1,000 of them.";
        return Err(Refusal::input("count", format!("{count} occurrences are not listed at a time"), remedy).into());
    }
    let zone = read::clocks(&asked.zone)?;
    let name = zone.iana_name().unwrap_or(&asked.zone).to_owned();
    let recurrence = recurrence(&asked)?;
    // A hundred years of days may be looked through: not on a thread that others wait for.
    let looked = tokio::task::spawn_blocking(move || -> Result<RecurrencePreviewed, Refusal> {
        let clocks = Zone::new(zone.clone());
        let recurrence = recurrence.checked(&clocks)?;
        let occurrences = recurrence.occurrences(&clocks).take(count as usize).map(|it| shown(&it, &zone)).collect();
        Ok(RecurrencePreviewed { sentence: recurrence.sentence(&clocks, &name), occurrences })
    });
    Ok(Json(looked.await.map_err(|_| Problem::broken())??))
}

fn recurrence(asked: &RecurrencePreview) -> Result<Recurrence, Refusal> {
    let locals = |field: &str, texts: &[String]| -> Result<Vec<Local>, Refusal> {
        let local =
            |(index, text): (usize, &String)| text.parse().map_err(|it: Refusal| it.at(format!("{field}[{index}]")));
        texts.iter().enumerate().map(local).collect()
    };
    Ok(Recurrence {
        rules: rules(&asked.rules)?,
        more: locals("rdates", &asked.rdates)?,
        except: locals("exdates", &asked.exdates)?,
        start: asked.start.parse()?,
        lasts: read::span("duration", &asked.duration)?,
        elapsed: asked.elapsed,
    })
}

fn shown(occurrence: &Occurrence, zone: &TimeZone) -> PreviewedOccurrence {
    let note = Some(occurrence.notes.join(" ")).filter(|note| !note.is_empty());
    PreviewedOccurrence { starts_at: there(occurrence.starts_at, zone), ends_at: there(occurrence.ends_at, zone), note }
}

/// An instant as the clocks of that zone show it, with their offset.
fn there(at: Instant, zone: &TimeZone) -> String {
    let stamp = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::MAX);
    stamp.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
