//! The log as a list, or as it grows: server-sent events (HTML, 9.2).
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use lull_api::params::Listing;
use lull_api::views::{Event, List};
use lull_domain::refusal::Refusal;
use lull_store::StoreError;
use tokio::sync::watch;

use super::App;
use super::asked::Asked;
use super::bearer::{Bearer, good};
use super::logs::{Sight, Wanted, after, part};
use super::problem::Problem;
use crate::caller::Caller;
use crate::clock;

/// How often a stream says that it lives.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// How soon one that was cut off is taken up again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How many events of a stream are read ahead of whoever follows it.
const AHEAD: usize = 100;
/// A follower who had caught up and falls behind by more than so many entries is let go; he may take it up again.
const BEHIND_MAX: u64 = 10_000;

/// The log, oldest first; with `Accept: text/event-stream` what is new of it, as it comes.
///
/// A stream begins after `Last-Event-ID`, else after `after`, else now. The id of an event is its number.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "list_events", tag = "log",
    params(Listing, ("Last-Event-ID" = Option<u64>, Header, description = "A stream goes on after this one.")),
    responses((status = 200, content((List<Event> = "application/json"), (String = "text/event-stream")))))]
pub async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut sight = Sight::new(bearer.caller, app.core.estate());
    let (wanted, begin) = (Wanted::new(&asked, &sight)?, begin(&asked, &headers)?);
    if accepts_stream(&headers) {
        let follower = Follower::new(app, bearer.hash, wanted, begin);
        let events = stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) });
        // Whoever is cut off comes back so soon, and says what he heard last.
        let first = stream::iter([Ok(sse::Event::default().retry(AGAIN_AFTER))]);
        return Ok(Sse::new(first.chain(events)).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)).into_response());
    }
    let (after, limit) = (after(&asked)?, asked.limit()?);
    let list = app.core.store.read(move |tx| {
        let part = part(tx, &mut sight, &wanted, after, limit)?;
        let items = part.seen.iter().map(|logged| sight.event(logged)).collect();
        Ok::<_, StoreError>(List { items, next: part.more.then(|| asked.next(part.last)) })
    });
    Ok(Json(list.await?).into_response())
}

fn accepts_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim() == "text/event-stream")
}

/// The number after which a stream begins; none for now.
fn begin(asked: &Asked, headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(last) = headers.get("last-event-id") else { return Ok(asked.0.after) };
    let last = last.to_str().ok().and_then(|text| text.trim().parse().ok());
    let odd =
        || Refusal::input("Last-Event-ID", "this is no number of an event", "Send the id of the last event, or none.");
    last.map(Some).ok_or_else(odd)
}

/// Somebody who follows the log.
struct Follower {
    app: Arc<App>,
    /// His token is looked at again whenever there is something to tell.
    hash: [u8; 32],
    wanted: Wanted,
    after: u64,
    changed: watch::Receiver<u64>,
    ready: VecDeque<Event>,
    caught_up: bool,
}

impl Follower {
    fn new(app: Arc<App>, hash: [u8; 32], wanted: Wanted, after: Option<u64>) -> Follower {
        let changed = app.core.store.changed();
        let after = after.unwrap_or_else(|| *changed.borrow());
        Follower { app, hash, wanted, after, changed, ready: VecDeque::new(), caught_up: false }
    }

    /// The next event; none when the stream is over.
    async fn next(&mut self) -> Option<Result<sse::Event, Infallible>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                let data = serde_json::to_string(&event).ok()?;
                return Some(Ok(sse::Event::default().id(event.seq.to_string()).event(event.kind).data(data)));
            }
            let newest = *self.changed.borrow_and_update();
            if newest <= self.after {
                self.caught_up = true;
                self.waited().await?;
                continue;
            }
            if self.caught_up && newest - self.after > BEHIND_MAX {
                return None;
            }
            self.read(newest).await?;
        }
    }

    /// Waits until the log has grown; none where the token expires before that. That one is revoked makes the log grow.
    async fn waited(&mut self) -> Option<()> {
        let hash = self.hash;
        let token = self.app.core.store.read::<_, StoreError, _>(move |tx| good(tx, &hash)).await.ok()??;
        let expired = async {
            match token.expires_at {
                Some(at) => tokio::time::sleep(clock::until(at)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = self.changed.changed() => changed.ok(),
            () = expired => None,
        }
    }

    /// Reads on; none where that is no longer possible, or no longer allowed.
    async fn read(&mut self, newest: u64) -> Option<()> {
        let (hash, wanted, after, estate) = (self.hash, self.wanted.clone(), self.after, self.app.core.estate());
        let read = self.app.core.store.read(move |tx| {
            let Some(token) = good(tx, &hash)? else { return Ok(None) };
            let mut sight = Sight::new(Caller::of(token), estate);
            let part = part(tx, &mut sight, &wanted, after, AHEAD)?;
            let events: Vec<Event> = part.seen.iter().map(|logged| sight.event(logged)).collect();
            Ok::<_, StoreError>(Some((events, part.last, part.more)))
        });
        let (events, last, more) = read.await.ok()??;
        self.ready.extend(events);
        self.after = if more { last } else { last.max(newest) };
        Some(())
    }
}
