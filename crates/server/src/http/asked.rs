//! What a list is asked for: which part, how much of it, after what.
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use lull_api::params::Listing;
use lull_api::views::List;
use lull_domain::estate::Estate;
use lull_domain::id::MaintenanceId;
use lull_domain::path::Path;
use lull_domain::refusal::{Because, Refusal};
use lull_store::Status;

use super::App;
use super::body::{beneath, misfit};
use super::problem::Problem;

/// How many rows a page has where nobody says.
const LIMIT: usize = 100;
/// How many rows a page has at most.
pub const LIMIT_MAX: usize = 500;

/// By what each list is narrowed; every list comes in pages.
const NARROWED: [(&str, &[&str]); 7] = [
    ("/api/v1/targets", &["under", "path"]),
    ("/api/v1/maintenances", &["under", "status"]),
    ("/api/v1/engagements", &["under", "maintenance"]),
    ("/api/v1/workloads", &["under"]),
    ("/api/v1/orders", &["maintenance", "after"]),
    ("/api/v1/events", &["kind", "maintenance", "after"]),
    ("/api/v1/tokens", &[]),
];

/// The parameters that the list at this path knows.
pub fn known(path: &str) -> impl Iterator<Item = &'static str> {
    let narrowed = NARROWED.iter().find(|(list, _)| *list == path).map_or(&[][..], |(_, by)| by);
    ["cursor", "limit"].into_iter().chain(narrowed.iter().copied())
}

/// The query of a list.
pub struct Asked(pub Listing);

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Asked, Problem> {
        match Query::<Listing>::try_from_uri(&parts.uri) {
            Ok(Query(listing)) => {
                fits(&listing, parts.uri.path())?;
                Ok(Asked(listing))
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

    /// The place where the page before ended, read back.
    ///
    /// # Errors
    /// About the field `cursor`.
    pub fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, Refusal> {
        let Some(text) = &self.0.cursor else { return Ok(None) };
        let odd =
            || Refusal::new(Because::BadInput, "This is no cursor of this list.", "Use `next` of the page before.");
        text.parse().map(Some).map_err(|_| odd().at("cursor"))
    }

    /// One page of rows that are sorted by these keys, which are also its cursors.
    ///
    /// # Errors
    /// About the field `limit`.
    pub fn page<T>(&self, rows: impl IntoIterator<Item = (String, T)>) -> Result<List<T>, Refusal> {
        let limit = self.limit()?;
        let after = self.0.cursor.as_deref();
        let mut rows = rows.into_iter().skip_while(|(key, _)| after.is_some_and(|after| key.as_str() <= after));
        let mut items = Vec::new();
        let mut last = None;
        for (key, row) in rows.by_ref().take(limit) {
            items.push(row);
            last = Some(key);
        }
        Ok(List { items, next: last.filter(|_| rows.next().is_some()) })
    }
}
