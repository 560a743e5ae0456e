//! When the rules of a zone have changed, what is to come is resolved anew, and its owner hears what moved.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lull_domain::Instant;
use lull_domain::estate::Estate;
use lull_domain::id::{OrderId, SeriesId};
use lull_domain::maintenance::Maintenance;
use lull_domain::notice;
use lull_domain::order::{Actor, Command, Facts, Order};
use lull_domain::series::Series;
use lull_store::Tx;
use serde_json::json;

use super::{kept, noted, tell, to_come, zone_of};
use crate::clock;
use crate::core::{Core, Refused};
use crate::orders::obeyed;

/// How often the clocks are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);
/// How many series are read at a time.
const BATCH: u32 = 200;

/// Looks at the clocks of all series, at once and then every hour, until the process ends.
pub async fn follow_clocks(core: Arc<Core>) {
    loop {
        if let Err(error) = looked(&core).await {
            tracing::error!(%error, "the zones of series could not be looked at; that is tried again");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn looked(core: &Core) -> Result<(), Refused> {
    let mut clocks: BTreeMap<String, String> = BTreeMap::new();
    let mut after = None;
    loop {
        let part: Vec<Series> = core.store.read::<_, Refused, _>(move |tx| Ok(tx.list_series(after, BATCH)?)).await?;
        let Some(last) = part.last() else { return Ok(()) };
        after = Some(last.id);
        for series in part {
            let name = &series.plan.zone;
            if !clocks.contains_key(name) {
                // Of a zone that is gone nothing is known to have changed.
                let now = zone_of(&series).map_or_else(|_| series.clocks.clone(), |zone| zone.fingerprint());
                clocks.insert(name.clone(), now);
            }
            if clocks[name] != series.clocks {
                let estate = core.estate();
                let resolved = core.store.write(move |tx| resolved_anew(tx, &estate, series.id)).await;
                if let Err(error) = resolved {
                    tracing::error!(series = %series.id, %error, "its occurrences could not be resolved anew");
                }
                core.wake.notify_one();
            }
        }
    }
}

fn resolved_anew(tx: &mut Tx, estate: &Estate, id: SeriesId) -> Result<(), Refused> {
    let Some(series) = tx.lock_series(id)? else { return Ok(()) };
    let zone = zone_of(&series)?;
    let mut series = Series { clocks: zone.fingerprint(), ..series };
    let next = series.unmade(&zone).next();
    series.next_at = next.map(|it| it.starts_at);
    tx.put_series(&series)?;
    let (mut moved, now) = (Vec::new(), clock::now());
    for occurrence in to_come(tx, id)? {
        // One that should have begun already by the new clocks begins when it was said.
        let Some(to) = series.resolved_anew(&zone, &occurrence).filter(|(starts_at, _)| now < *starts_at) else {
            continue;
        };
        let was = occurrence.plan.starts_at;
        let is = timed(tx, &series, (occurrence, estate), to)?;
        moved.push(json!({"maintenance": is.id, "occurrence": is.series.map(|of| of.key), "was": was, "is": to.0}));
    }
    tracing::info!(series = %id, zone = series.plan.zone, moved = moved.len(), "the rules of its zone have changed");
    noted(tx, &series, None, json!({"clocks": series.plan.zone, "title": series.plan.texts.title, "moved": moved}))?;
    if !moved.is_empty() {
        tell(tx, &series, notice::Kind::Rescheduled, json!({"moved": moved}))?;
    }
    Ok(())
}

/// An occurrence is given its times by the clocks of its zone as they are now. The word on the series is one on the time
/// that its clocks show.
fn timed(
    tx: &mut Tx,
    series: &Series,
    (mut occurrence, estate): (Maintenance, &Estate),
    (starts_at, ends_at): (Instant, Instant),
) -> Result<Maintenance, Refused> {
    let hash = series.hash(&estate.covered(&series.plan.scope));
    let holds = series.is_alike(&occurrence) && series.approval.as_ref().is_some_and(|it| it.plan == hash);
    let now = clock::now();
    for edit in occurrence.plan.timed(Some(starts_at), Some(ends_at)) {
        let covered = estate.covered(&occurrence.plan.scope);
        let after = occurrence.plan.clone().edited(&edit, &occurrence.life, now)?;
        let approved_hash = holds.then(|| after.hash(&covered));
        let facts = Facts { approved_hash, ..Facts::default() };
        let id = OrderId(clock::id());
        let order = Order { id, by: Actor::Schedule, at: now, command: Command::Edit(edit), facts };
        occurrence = kept(obeyed(tx, occurrence, order)?)?;
    }
    Ok(occurrence)
}
