//! Notices of others: an iCalendar text in, drafts out.
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, header};
use lull_adapters::ics::{self, LONGEST, Unreadable};
use lull_api::params::Import;
use lull_api::views::{Imported, ImportedNotice};
use lull_domain::refusal::{Because, Refusal};

use super::App;
use super::body::{beneath, misfit, received, shown};
use super::problem::Problem;
use super::read;
use crate::caller::Caller;
use crate::notices::Did;

/// How many notices may be imported at a time.
const NOTICES_MAX: usize = 500;

/// Imports notices of planned maintenance: each event of an iCalendar text becomes a draft with the preset `announce`.
///
/// It is about the targets whose `external_id` is its X-MAINTNOTE-OBJECT-ID, else about `under`. The same notice with a higher
/// SEQUENCE changes what was made of it, a cancelled one cancels that.
#[utoipa::path(post, path = "/api/v1/notices/import", operation_id = "import_notices", tag = "notices", params(Import),
    request_body(content = String, content_type = "text/calendar"), responses((status = 200, body = Imported)))]
pub async fn import(State(app): State<Arc<App>>, caller: Caller, request: Request) -> Result<Json<Imported>, Problem> {
    let Query(asked) = Query::<Import>::try_from_uri(request.uri()).map_err(|odd| misfit(&beneath(&odd)))?;
    let estate = app.core.estate();
    let under = asked.under.as_deref().map(|under| read::target(&estate, &caller, under));
    let under = under.transpose().map_err(|refusal| refusal.at("under"))?;
    let (headers, text) = received(request, LONGEST).await?;
    is_calendar(&headers)?;
    let said = ics::read(&text).map_err(|error| match error {
        Unreadable::TooLong => Problem::too_large(LONGEST),
        odd => {
            Refusal::new(Because::BadInput, odd.to_string(), "Nothing was imported; mend it and send it again.").into()
        }
    })?;
    if said.events.len() > NOTICES_MAX {
        return Err(Problem::too_many(said.events.len(), NOTICES_MAX));
    }
    let cancels = match said.method.as_deref() {
        None | Some("PUBLISH" | "REQUEST" | "ADD") => false,
        Some("CANCEL") => true,
        Some(other) => {
            let detail = format!("METHOD:{} brings no notice", shown(other));
            return Err(
                Refusal::new(Because::BadInput, detail, "Send what was published, requested or cancelled.").into()
            );
        }
    };
    let (mut notices, mut events) = (Vec::new(), said.events);
    for event in events.iter_mut().filter(|_| cancels) {
        event.status = Some("CANCELLED".to_owned());
    }
    for event in &events {
        let did = app.core.import(&caller, (event, &events), under).await?;
        notices.push(told(event, did));
    }
    Ok(Json(Imported { notices }))
}

/// `text/calendar`, whatever parameters follow (RFC 5545, 8.1).
fn is_calendar(headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/calendar") {
        return Ok(());
    }
    let detail = format!("A body of the type `{}` is not understood.", shown(kind));
    Err(Refusal::new(Because::BadInput, detail, "Send iCalendar, with `Content-Type: text/calendar`."))
}

fn told(event: &ics::Event, did: Did) -> ImportedNotice {
    let (did, maintenance, why) = match did {
        Did::Created(id, note) => ("created", Some(id), note),
        Did::Updated(id, note) => ("updated", Some(id), note),
        Did::Cancelled(id) => ("cancelled", Some(id), None),
        Did::Left(id, why) => ("left", id, Some(why)),
        Did::Refused(why) => ("refused", None, Some(why)),
    };
    let maintenance = maintenance.map(|id| id.to_string());
    ImportedNotice { uid: event.uid.clone(), title: event.summary.clone(), did: did.to_owned(), maintenance, why }
}
