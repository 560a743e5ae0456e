//! Fetches the calendars that are due, one process each.
use std::sync::Arc;
use std::time::Duration;

use lull_domain::Span;
use lull_domain::id::CalendarId;
use lull_store::StoreError;

use crate::clock;
use crate::core::Core;

/// How often it is looked for calendars that are due.
const EVERY: Duration = Duration::from_secs(30);
/// How many are fetched at a time.
const AT_A_TIME: u32 = 8;
/// How long nobody else fetches what was taken; by then it is fetched, or its process is gone.
const TAKEN_FOR: Span = Span::seconds(120);

/// Fetches what is due, until the server ends.
pub async fn keep(core: Arc<Core>) {
    let mut looks = tokio::time::interval(EVERY);
    loop {
        looks.tick().await;
        while fetch_due(&core).await == AT_A_TIME as usize {}
    }
}

/// Fetches some of the calendars that are due; how many were taken. What the store refuses is tried again at the next look.
pub async fn fetch_due(core: &Core) -> usize {
    let due = core.store.read::<_, StoreError, _>(|tx| tx.due_calendars(clock::now(), AT_A_TIME)).await;
    let due = due.unwrap_or_else(|error| {
        tracing::warn!(error = error.in_full(), "it could not be read which calendars are due");
        Vec::new()
    });
    let fetching = due.into_iter().map(async |(id, due_at)| {
        fetched(core, id, due_at).await.unwrap_or_else(|error| {
            tracing::warn!(calendar = %id, error = error.in_full(), "a calendar could not be kept");
            false
        })
    });
    futures_util::future::join_all(fetching).await.into_iter().filter(|taken| *taken).count()
}

/// Whether it was this process that took it.
async fn fetched(core: &Core, id: CalendarId, due_at: lull_domain::Instant) -> Result<bool, StoreError> {
    let until = clock::now() + TAKEN_FOR;
    if !core.store.write::<_, StoreError, _>(move |tx| tx.claim_calendar(id, due_at, until)).await? {
        return Ok(false);
    }
    if let Some(sheet) = core.calendars().await?.one(id) {
        core.refreshed(&sheet.calendar, None).await?;
    }
    Ok(true)
}
