//! Recurrences: what a rule comes to, before anybody relies on it.
use axum::Json;
use jiff::tz::TimeZone;
use lull_api::params::RecurrencePreview;
use lull_api::views::RecurrencePreviewed;
use lull_domain::duration;
use lull_domain::recurrence::{Local, Recurrence, Zone, heard, rules};
use lull_domain::refusal::Refusal;

use super::body::Body;
use super::problem::Problem;
use super::read;
use crate::caller::Caller;
use crate::clock;
use crate::view;

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
    let in_words = asked.text.is_some();
    let asked = understood(asked, Since::Now)?;
    // A hundred years of days may be looked through: not on a thread that others wait for.
    let looked = tokio::task::spawn_blocking(move || -> Result<RecurrencePreviewed, Refusal> {
        let (zone, recurrence) = by_rules(&asked)?;
        let (name, clocks) = (name_of(&zone), Zone::new(zone));
        let recurrence = recurrence.countable()?.checked(&clocks)?;
        let first = recurrence.occurrences(&clocks).take(count as usize);
        let occurrences = first.map(|it| view::previewed(&it, &clocks)).collect();
        let previewed =
            RecurrencePreviewed { sentence: recurrence.sentence(&clocks, &name), occurrences, ..Default::default() };
        Ok(match in_words {
            false => previewed,
            true => RecurrencePreviewed {
                rules: asked.rules,
                zone: Some(name),
                start: asked.start,
                duration: asked.duration,
                ..previewed
            },
        })
    });
    Ok(Json(looked.await.map_err(|_| Problem::broken())??))
}

/// What this says, in words or by rules, and the zone whose clocks count.
///
/// # Errors
/// Bad input, naming its field.
pub fn read(asked: RecurrencePreview, since: Since) -> Result<(TimeZone, Recurrence), Refusal> {
    by_rules(&understood(asked, since)?)
}

fn by_rules(asked: &RecurrencePreview) -> Result<(TimeZone, Recurrence), Refusal> {
    let zone = read::clocks(needed("zone", asked.zone.as_ref())?)?;
    Ok((zone, recurrence(asked)?))
}

/// The name of a zone that was looked up by one.
pub fn name_of(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// From when words are meant.
#[derive(Clone, Copy)]
pub enum Since {
    /// From the next time on that they give.
    Now,
    /// From the time on that they give and that is not over: what keeps away keeps away at once.
    Running,
    /// From this time on.
    Local(Local),
}

/// The same by rules, where it was said in words.
///
/// # Errors
/// Bad input: words that are not understood, or rules beside them.
pub fn understood(asked: RecurrencePreview, since: Since) -> Result<RecurrencePreview, Refusal> {
    let Some(text) = &asked.text else { return Ok(asked) };
    if !asked.rules.is_empty() || asked.start.is_some() || asked.duration.is_some() {
        let remedy = "Send either `text`, or `rules`, `start` and `duration`.";
        return Err(Refusal::input("text", "The words and the rules may not agree.", remedy));
    }
    let heard = heard(text)?;
    let zone = heard.zone.clone().or(asked.zone.clone()).unwrap_or_else(|| "UTC".to_owned());
    let clocks = Zone::new(read::clocks(&zone)?);
    let from = match since {
        Since::Now => clocks.local(clock::now()),
        Since::Running => clocks.local(clock::now() - heard.lasts),
        Since::Local(local) => local,
    };
    Ok(RecurrencePreview {
        text: None,
        rules: vec![heard.rule.to_string()],
        zone: Some(zone),
        start: Some(heard.start(from)?.to_string()),
        duration: Some(duration::print(heard.lasts)),
        ..asked
    })
}

fn needed<'a>(field: &str, text: Option<&'a String>) -> Result<&'a String, Refusal> {
    let remedy = "Send it, or say all of it as `text`.";
    text.ok_or_else(|| Refusal::input(field, format!("`{field}` is missing"), remedy))
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
        start: needed("start", asked.start.as_ref())?.parse()?,
        lasts: read::span("duration", needed("duration", asked.duration.as_ref())?)?,
        elapsed: asked.elapsed,
    })
}
