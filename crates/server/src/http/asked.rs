//! What a list is asked for: which part, how much of it, after what.
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use lull_api::params::Listing;
use lull_api::views::List;
use lull_domain::Instant;
use lull_domain::estate::Estate;
use lull_domain::id::MaintenanceId;
use lull_domain::path::Path;
use lull_domain::refusal::Refusal;
use lull_store::Status;

use super::App;
use super::body::{beneath, misfit};
use super::cursor;
use super::problem::Problem;
use super::read::{instant, text};

/// How many rows a page has where nobody says.
const LIMIT: usize = 100;
/// How many rows a page has at most.
pub const LIMIT_MAX: usize = 500;

/// How long a text may be that is looked for.
const TEXT_MAX: usize = 200;

/// By what each list is narrowed; every list comes in pages.
const NARROWED: [(&str, &[&str]); 11] = [
    ("/api/v1/targets", &["under", "path", "kind", "label"]),
    ("/api/v1/maintenances", &["under", "status", "q", "owner", "since", "until"]),
    ("/api/v1/engagements", &["under", "maintenance", "stage"]),
    ("/api/v1/workloads", &["under", "state", "owner", "q"]),
    ("/api/v1/jobs", &[]),
    ("/api/v1/orders", &["maintenance", "by", "since", "until", "after"]),
    ("/api/v1/events", &["kind", "maintenance", "target", "by", "since", "until", "after"]),
    ("/api/v1/tokens", &["kind", "q"]),
    ("/api/v1/calendars", &["under"]),
    ("/api/v1/gate/passes", &["under", "maintenance"]),
    ("/api/v1/feeds", &["under"]),
];

/// Whether there is a list at this path.
pub fn is_list(path: &str) -> bool {
    NARROWED.iter().any(|(list, _)| *list == path)
}

/// The parameters that the list at this path knows.
pub fn known(path: &str) -> impl Iterator<Item = &'static str> {
    let narrowed = NARROWED.iter().find(|(list, _)| *list == path).map_or(&[][..], |(_, by)| by);
    ["cursor", "limit"].into_iter().chain(narrowed.iter().copied())
}

/// The query of a list, and its path.
pub struct Asked(pub Listing, String);

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Asked, Problem> {
        match Query::<Listing>::try_from_uri(&parts.uri) {
            Ok(Query(listing)) => {
                fits(&listing, parts.uri.path())?;
                Ok(Asked(listing, parts.uri.path().to_owned()))
            }
            Err(rejection) => Err(odd(&rejection).into()),
        }
    }
}

/// What a list does not know must not be passed over: the caller would take all for a part.
fn fits(listing: &Listing, path: &str) -> Result<(), Refusal> {
    let given = serde_json::to_value(listing).unwrap_or_default();
    let mut names = given.as_object().into_iter().flat_map(|fields| fields.keys());
    let Some(odd) = names.find(|name| !known(path).any(|known| known == name.as_str())) else { return Ok(()) };
    let remedy = format!("Use {}.", known(path).collect::<Vec<_>>().join(", "));
    Err(Refusal::input(odd, format!("this list knows no `{odd}`"), remedy))
}

fn odd(rejection: &QueryRejection) -> Refusal {
    misfit(&beneath(rejection))
}

impl Asked {
    /// How many rows at most.
    ///
    /// # Errors
    /// About the field `limit`.
    pub fn limit(&self) -> Result<usize, Refusal> {
        let limit = self.0.limit.map_or(LIMIT, |limit| limit as usize);
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(limit);
        }
        Err(Refusal::input(
            "limit",
            format!("{limit} rows are not 1 to {LIMIT_MAX}"),
            "Ask for fewer and page by `cursor`.",
        ))
    }

    /// The part of the estate that is asked for; all where none is named.
    ///
    /// # Errors
    /// About the field `under`.
    pub fn under(&self, estate: &Estate) -> Result<Path, Refusal> {
        let Some(text) = &self.0.under else { return Ok(Path::root()) };
        if let Some(target) = text.parse().ok().and_then(|id| estate.target(id)) {
            return Ok(target.path.clone());
        }
        text.parse().map_err(|refusal: Refusal| refusal.at("under"))
    }

    /// The states that are asked for; all where none is named.
    ///
    /// # Errors
    /// About the field `status`.
    pub fn statuses(&self) -> Result<Vec<Status>, Refusal> {
        const ALL: [Status; 5] =
            [Status::Draft, Status::Scheduled, Status::InProgress, Status::Completed, Status::Cancelled];
        let Some(text) = &self.0.status else { return Ok(Vec::new()) };
        let named = text.split(',').map(|name| {
            let name = name.trim();
            ALL.into_iter().find(|status| status.name() == name).ok_or_else(|| {
                let detail = format!("`{}` is no status", super::body::shown(name));
                Refusal::input(
                    "status",
                    detail,
                    "Use draft, scheduled, in_progress, completed, cancelled; several by comma.",
                )
            })
        });
        named.collect()
    }

    /// The maintenance that is asked for.
    ///
    /// # Errors
    /// About the field `maintenance`.
    pub fn maintenance(&self) -> Result<Option<MaintenanceId>, Refusal> {
        let Some(text) = &self.0.maintenance else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|error| Refusal::input("maintenance", format!("{error}"), "Give the id of a maintenance."))
    }

    /// From when and until when it is asked for.
    ///
    /// # Errors
    /// About the fields `since` or `until`.
    pub fn between(&self) -> Result<(Option<Instant>, Option<Instant>), Refusal> {
        let read = |field: &str, text: &Option<String>| text.as_deref().map(|text| instant(field, text)).transpose();
        let (since, until) = (read("since", &self.0.since)?, read("until", &self.0.until)?);
        if since.zip(until).is_some_and(|(since, until)| until <= since) {
            return Err(Refusal::input("until", "it does not lie after `since`", "Ask for a time that lasts."));
        }
        Ok((since, until))
    }

    /// The text that is looked for, in small letters.
    ///
    /// # Errors
    /// About the field `q`.
    pub fn text(&self) -> Result<Option<String>, Refusal> {
        let text = text("q", self.0.q.clone(), TEXT_MAX)?;
        Ok(text.map(|text| text.to_lowercase()))
    }

    /// One of these words, where this filter is given.
    ///
    /// # Errors
    /// About this field.
    pub fn one_of(&self, field: &str, given: Option<&String>, words: &[&str]) -> Result<(), Refusal> {
        match given {
            Some(given) if !words.contains(&given.as_str()) => {
                let detail = format!("there is no {field} called `{}`", super::body::shown(given));
                Err(Refusal::input(field, detail, format!("Use {}.", words.join(", "))))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The labels that are asked for.
    ///
    /// # Errors
    /// About the field `label`.
    pub fn labels(&self) -> Result<Vec<(String, String)>, Refusal> {
        let pairs = self.0.label.as_deref().into_iter().flat_map(|text| text.split(','));
        let read = |pair: &str| {
            let odd = || format!("`{}` is no `key=value`", super::body::shown(pair));
            let (key, value) = pair.split_once('=').ok_or_else(odd)?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        };
        pairs.map(read).collect::<Result<_, String>>().map_err(|detail| {
            Refusal::input("label", detail, "Write `key=value`; several by comma, of which all must hold.")
        })
    }

    /// The place where the page before ended, read back.
    ///
    /// # Errors
    /// About the field `cursor`.
    pub fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, Refusal> {
        let odd = |_| cursor::odd("This is no cursor of this list.");
        cursor::place(&self.1, &self.0)?.map(|place| place.parse().map_err(odd)).transpose()
    }

    /// The cursor of a page that ends here.
    pub fn next(&self, place: impl std::fmt::Display) -> String {
        cursor::cursor(&self.1, &self.0, &place.to_string())
    }

    /// One page of rows that are sorted by these keys, which stand in its cursors.
    ///
    /// # Errors
    /// About the fields `limit` or `cursor`.
    pub fn page<T>(&self, rows: impl IntoIterator<Item = (String, T)>) -> Result<List<T>, Refusal> {
        let (limit, after) = (self.limit()?, self.cursor::<String>()?);
        let mut rows = rows.into_iter().skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
        let mut items = Vec::new();
        let mut last = None;
        for (key, row) in rows.by_ref().take(limit) {
            items.push(row);
            last = Some(key);
        }
        Ok(List { items, next: last.filter(|_| rows.next().is_some()).map(|last| self.next(last)) })
    }
}
