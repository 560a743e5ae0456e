//! Reads what a body says as text: instants, durations, targets, scopes.
use lull_api::params;
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::TargetId;
use lull_domain::path::Path;
use lull_domain::refusal::Refusal;
use lull_domain::scope::{Clause, Scope, Wanted};
use lull_domain::{Instant, Span, duration};

use super::body::shown;
use crate::caller::Caller;

/// The last instant that may be named: 2200-01-01T00:00:00Z.
const INSTANT_MAX: Instant = Instant(7_258_118_400_000_000);

/// An instant, RFC 3339 with offset.
///
/// # Errors
/// About this field.
pub fn instant(field: &str, text: &str) -> Result<Instant, Refusal> {
    let odd = |why: &str| {
        let remedy = "Write it with its offset, as in RFC 3339: `2026-07-01T22:00:00+02:00` or `2026-07-01T20:00:00Z`.";
        Refusal::input(field, format!("`{}` {why}", shown(text)), remedy)
    };
    match text.parse::<jiff::Timestamp>() {
        Ok(at) if at.as_microsecond() < 0 => Err(odd("lies before 1970")),
        Ok(at) if at.as_microsecond() > INSTANT_MAX.0 => Err(odd("lies beyond the year 2199")),
        Ok(at) => Ok(Instant(at.as_microsecond())),
        Err(_) if text.parse::<jiff::civil::DateTime>().is_ok() => Err(odd("has no offset, so it names no instant")),
        Err(_) => Err(odd("is no instant")),
    }
}

/// A duration longer than none, ISO 8601.
///
/// # Errors
/// About this field.
pub fn span(field: &str, text: &str) -> Result<Span, Refusal> {
    let span = span_or_none(field, text)?;
    if span == Span::ZERO {
        let detail = format!("`{}` is not longer than nothing and at most 400 days", shown(text));
        return Err(Refusal::input(field, detail, "Choose a duration in between."));
    }
    Ok(span)
}

/// The same, where none means never.
///
/// # Errors
/// About this field.
pub fn span_or_none(field: &str, text: &str) -> Result<Span, Refusal> {
    const SPAN_MAX: Span = Span::hours(400 * 24);
    let span = duration::parse(text).map_err(|refusal| refusal.at(field))?;
    if span < Span::ZERO || span > SPAN_MAX {
        let detail = format!("`{}` is not longer than nothing and at most 400 days", shown(text));
        return Err(Refusal::input(field, detail, "Choose a duration in between."));
    }
    Ok(span)
}

/// The name of an IANA zone, as the database spells it.
///
/// # Errors
/// About the field `zone`.
pub fn zone(text: &str) -> Result<String, Refusal> {
    Ok(clocks(text)?.iana_name().unwrap_or(text).to_owned())
}

/// The clocks of an IANA zone.
///
/// # Errors
/// About the field `zone`.
pub fn clocks(text: &str) -> Result<jiff::tz::TimeZone, Refusal> {
    jiff::tz::db().get(text).map_err(|_| {
        let detail = format!("there is no zone `{}`", shown(text));
        Refusal::input("zone", detail, "Use an IANA name such as `Europe/Berlin` or `UTC`.")
    })
}

/// A target that the caller can see, by path or id.
///
/// # Errors
/// Bad input; the caller names the field with [`Refusal::at`].
pub fn target(estate: &Estate, caller: &Caller, text: &str) -> Result<TargetId, Refusal> {
    let by_id = text.parse::<TargetId>().ok().and_then(|id| estate.target(id));
    let found = match by_id {
        Some(target) => Some(target),
        None => estate.at(&text.parse::<Path>()?),
    };
    // The installation is no secret, so that its path can be named by everybody.
    let seen = found.filter(|target| target.id == ROOT || caller.sees(estate, target.id));
    seen.map(|target| target.id).ok_or_else(|| {
        Refusal::input(
            "path",
            format!("there is no target `{}`", shown(text)),
            "Name one that the list of targets shows.",
        )
    })
}

/// A scope whose roots the caller can see.
///
/// # Errors
/// About the place in `scope`.
pub fn scope(estate: &Estate, caller: &Caller, scope: &params::Scope) -> Result<Scope, Refusal> {
    let clauses = |list: &str, clauses: &[params::Clause]| {
        let read = |(n, clause): (usize, &params::Clause)| {
            self::clause(estate, caller, clause).map_err(|refusal| {
                let part = refusal.field.clone().unwrap_or_default();
                refusal.at(format!("scope.{list}[{n}].{part}"))
            })
        };
        clauses.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()
    };
    let read = Scope { include: clauses("include", &scope.include)?, exclude: clauses("exclude", &scope.exclude)? };
    read.checked(estate)?;
    Ok(read)
}

/// A clause whose root the caller can see.
///
/// # Errors
/// About the fields `under` or `labels`.
pub fn clause(estate: &Estate, caller: &Caller, clause: &params::Clause) -> Result<Clause, Refusal> {
    let under = target(estate, caller, &clause.under).map_err(|refusal| refusal.at("under"))?;
    let labels = clause.labels.iter().map(|(key, value)| {
        let wanted = serde_json::from_value::<Wanted>(value.clone());
        let field = || format!("labels.{}", shown(key));
        let remedy = "Give a text, or a list of texts of which one must hold.";
        wanted.map(|wanted| (key.clone(), wanted)).map_err(|error| Refusal::input(field(), error.to_string(), remedy))
    });
    Ok(Clause { under, labels: labels.collect::<Result<_, _>>()? })
}

/// A text of at most so many characters; nothing, where there is nothing to see of it.
///
/// # Errors
/// About this field.
pub fn text(field: &str, text: Option<String>, max: usize) -> Result<Option<String>, Refusal> {
    match text {
        Some(text) if text.chars().nth(max).is_some() => {
            Err(Refusal::input(field, format!("the text is longer than {max} characters"), "Write it shorter."))
        }
        text => Ok(text.filter(|text| !is_blank(text))),
    }
}

/// Whether there is nothing to see of a text.
fn is_blank(text: &str) -> bool {
    text.chars().all(|it| it.is_whitespace() || it.is_control())
}

/// Why what speaks against something is accepted, where it is.
///
/// # Errors
/// About the field `override.reason`.
pub fn overruled(overrule: Option<&params::Override>) -> Result<Option<String>, Refusal> {
    const REASON_MAX: usize = 10_000;
    let Some(overrule) = overrule else { return Ok(None) };
    let reason = text("override.reason", Some(overrule.reason.clone()), REASON_MAX)?;
    let missing =
        || Refusal::input("override.reason", "Accepting a conflict needs a reason.", "Say why, in one sentence.");
    reason.ok_or_else(missing).map(Some)
}
