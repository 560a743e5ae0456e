//! A series ends before an occurrence, and another one may go on from there.
use lull_domain::Instant;
use lull_domain::id::SeriesId;
use lull_domain::maintenance::Maintenance;
use lull_domain::notice;
use lull_domain::order::{Command, Skip, Step};
use lull_domain::refusal::Refusal;
use lull_domain::series::{Key, Onward, Series};
use lull_store::{StoreError, Tx};
use serde_json::json;

use super::made::Around;
use super::{began, inserted, locked, noted, ordered_by, tell, to_come, zone_of};
use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::orders::obeyed;

/// From where on a series is no more.
#[derive(Clone, Copy)]
struct Gone {
    /// The first that is not of it any more, where there is one.
    from: Option<Key>,
    /// Nobody named it: what was moved to later than this is gone, too.
    after: Option<Instant>,
}

impl Core {
    /// Ends a series before this occurrence, or before the next one; what has begun is not touched. `next` goes on from it.
    ///
    /// # Errors
    /// What the rules or the store refuse.
    pub async fn end_series<F>(
        &self,
        caller: &Caller,
        id: SeriesId,
        key: Option<Key>,
        next: F,
    ) -> Result<Series, Refused>
    where
        F: FnOnce(&Series) -> Result<Option<Onward>, Refusal> + Send + 'static,
    {
        let (estate, caller) = (self.estate(), caller.clone());
        let around = Around::now(self).await?;
        let ended = self.store.write(move |tx| {
            let mut series = locked(tx, &estate, &caller, id)?;
            let (zone, now) = (zone_of(&series)?, clock::now());
            let gone = match key {
                Some(key) => Gone { from: Some(Key::of(&series.at(&zone, key)?)), after: None },
                None => Gone { from: series.next(&zone, now).map(|it| Key::of(&it)), after: Some(now) },
            };
            let onward = next(&series)?;
            let (own, alike) = gone.of(tx, &series, onward.is_some())?;
            if gone.from.is_none() && alike.is_empty() {
                return Ok(series);
            }
            let following = match (onward, gone.from) {
                (Some(onward), Some(from)) => {
                    ordered_by(&estate, &caller, &onward.series.plan)?;
                    let held = [own, tx.held_of_series(id)?].concat();
                    Some(series.goes_on(&zone, from, onward, &held)?)
                }
                _ => None,
            };
            if let Some(from) = gone.from {
                series.end_before(&zone, from);
                tx.put_series(&series)?;
            }
            let following = following.map(|following| inserted(tx, following, &around)).transpose()?;
            for occurrence in alike {
                let order = caller.order(&estate, &occurrence.plan, Command::Life(Step::Skip(Skip::SeriesEnded)));
                obeyed(tx, occurrence, order)?;
            }
            let goes_on_as = following.as_ref().map(|(it, _)| it.id);
            let title = &series.plan.texts.title;
            let body = json!({"ended": series.id, "title": title, "before": gone.from, "goes_on_as": goes_on_as});
            noted(tx, &series, Some(caller.actor.clone()), body)?;
            match following {
                Some((following, made)) => began(tx, following, &made),
                None => {
                    tell(tx, &series, notice::Kind::Cancelled, json!({}))?;
                    Ok(series)
                }
            }
        });
        let ended = ended.await?;
        self.wake.notify_one();
        Ok(ended)
    }
}

impl Gone {
    /// The keys of those to come that stay, as they have a time of their own where a series goes on; and those that go.
    fn of(self, tx: &mut Tx, series: &Series, goes_on: bool) -> Result<(Vec<Key>, Vec<Maintenance>), StoreError> {
        let (mut own, mut gone) = (Vec::new(), Vec::new());
        for occurrence in to_come(tx, series.id)? {
            let Some(of) = &occurrence.series else { continue };
            let follows = self.from.is_some_and(|from| from <= of.key);
            let comes = self.after.is_some_and(|now| Some(now) < occurrence.plan.starts_at);
            match goes_on && of.moved {
                true if follows => own.push(of.key),
                false if follows || comes => gone.push(occurrence),
                _ => {}
            }
        }
        Ok((own, gone))
    }
}
