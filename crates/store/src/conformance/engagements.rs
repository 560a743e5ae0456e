//! Engagements: as they were written, who holds them, who works on them, what they paid.
use std::sync::Arc;

use lull_domain::engagement::{CallVerb, Engagement, Key};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::policy::Effect;
use lull_domain::{Instant, Span};
use tokio::task::JoinSet;

use super::sample::{key, minute};
use super::{Database, Outcome, sample};
use crate::engagements::Claim;
use crate::error::StoreError;
use crate::receipts::Archived;
use crate::store::{Options, Store};

/// Free, captured, called, applied, owed, free again; live exactly while it is not at rest.
pub async fn an_engagement_reads_back_at_every_stage(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let free = Engagement::free(key(1));
    assert_eq!(store.read(|tx| tx.engagement(key(1))).await?, free);
    assert_eq!(store.write(|tx| tx.lock_engagement(key(1))).await?, free);
    assert_eq!(store.read(|tx| tx.live_engagements()).await?, []);
    let captured = sample::captured(1, 1);
    let called = captured.clone().calling(CallVerb::Apply, vec!["shop/web/1".to_owned()], minute(61));
    let applied = called.clone().quiet().applied();
    let owed = applied.clone().released(MaintenanceId(1));
    for engagement in [captured, called, applied, owed] {
        put(&store, engagement.clone()).await?;
        assert_eq!(store.read(|tx| tx.engagement(key(1))).await?, engagement);
        assert_eq!(store.write(|tx| tx.lock_engagement(key(1))).await?, engagement);
        assert_eq!(store.read(|tx| tx.live_engagements()).await?, [engagement]);
    }
    put(&store, Engagement::free(key(1))).await?;
    assert_eq!(store.read(|tx| tx.live_engagements()).await?, []);
    Ok(())
}

/// By every holder, and by who answers for it; no longer by who has let go.
pub async fn what_is_held_or_owed_is_found_by_its_maintenance(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let one = sample::captured(1, 1);
    let both = sample::captured(2, 1).held(MaintenanceId(2), Span::seconds(10));
    put(&store, both.clone()).await?;
    put(&store, one.clone()).await?;
    let of = async |id: u128| store.read(move |tx| tx.engagements_of(MaintenanceId(id))).await;
    assert_eq!(of(1).await?, [one.clone(), both.clone()], "by key");
    assert_eq!(of(2).await?, std::slice::from_ref(&both));
    assert_eq!(of(3).await?, []);
    let owed = both.applied().released(MaintenanceId(1)).released(MaintenanceId(2));
    assert_eq!(owed.answers, Some(MaintenanceId(2)));
    put(&store, owed.clone()).await?;
    assert_eq!(of(1).await?, std::slice::from_ref(&one));
    assert_eq!(of(2).await?, std::slice::from_ref(&owed), "it answers for the debt");
    let passed = owed.passed_to(MaintenanceId(3));
    put(&store, passed.clone()).await?;
    assert_eq!((of(2).await?, of(3).await?), (vec![], vec![passed.clone()]));
    let silence = Engagement::free(Key { target: TargetId(2), effect: Effect::Silence });
    put(&store, silence.clone()).await?;
    assert_eq!(store.read(|tx| tx.engagements_on(TargetId(2))).await?, [silence, passed]);
    Ok(())
}

/// Operation and revision never begin again: a late report must be seen as late.
pub async fn a_free_engagement_keeps_its_numbers(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let freed = sample::captured(1, 1).applied().released(MaintenanceId(1)).freed();
    put(&store, freed.clone()).await?;
    drop(store);
    let store = database.open(Options::default()).await?;
    let again = store.write(|tx| tx.lock_engagement(key(1))).await?;
    assert_eq!((again.op, again.revision), (freed.op, freed.revision));
    assert!(again.op > 0);
    Ok(())
}

/// Also where none of them finds a row.
pub async fn of_64_holds_at_a_time_none_is_lost(database: Arc<dyn Database>) -> Outcome {
    let store = Arc::new(database.open(Options::default()).await?);
    let mut holds = JoinSet::new();
    for id in 1..=64 {
        let store = Arc::clone(&store);
        holds.spawn(async move {
            let hold = store.write(move |tx| {
                let engagement = tx.lock_engagement(key(1))?;
                tx.put_engagement(&engagement.held(MaintenanceId(id), Span::seconds(10)))
            });
            hold.await
        });
    }
    while let Some(hold) = holds.join_next().await {
        hold.expect("a hold does not panic")?;
    }
    assert_eq!(store.read(|tx| tx.engagement(key(1))).await?.holders.len(), 64);
    for id in [1, 33, 64] {
        assert_eq!(store.read(move |tx| tx.engagements_of(MaintenanceId(id))).await?.len(), 1);
    }
    Ok(())
}

/// Newest first; the same one twice is one, another one of the same operation is another.
pub async fn paid_receipts_are_archived(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let paid = |op: u64, at: i64| Archived { op, at: minute(at), receipt: sample::receipt(minute(at - 1)) };
    for archived in [paid(1, 10), paid(2, 20), paid(2, 20), paid(2, 30)] {
        store.write(move |tx| tx.archive_receipt(key(1), &archived)).await?;
    }
    let other = paid(7, 70);
    store.write(move |tx| tx.archive_receipt(key(2), &other)).await?;
    assert_eq!(store.read(|tx| tx.receipts(key(1), 10)).await?, [paid(2, 30), paid(2, 20), paid(1, 10)]);
    assert_eq!(store.read(|tx| tx.receipts(key(1), 1)).await?, [paid(2, 30)]);
    Ok(())
}

/// One at a time; renewed by the same, taken over by another from the instant on at which it runs out.
pub async fn a_claim_is_kept_until_it_runs_out(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let claim = async |by: &str, until: Instant, now: Instant| {
        let claim = Claim { by: by.to_owned(), until };
        store.write(move |tx| tx.claim(key(1), &claim, now)).await
    };
    assert!(claim("one", minute(10), minute(0)).await?, "also where there was no row");
    assert!(!claim("two", minute(11), minute(1)).await?);
    assert!(claim("one", minute(12), minute(2)).await?, "renewed");
    assert!(!claim("two", minute(20), Instant(minute(12).0 - 1)).await?);
    put(&store, sample::captured(1, 1)).await?;
    assert!(!claim("two", minute(20), minute(11)).await?, "a change of the engagement leaves the claim");
    assert!(claim("two", minute(20), minute(12)).await?, "run out");
    store.write(|tx| tx.unclaim(key(1), "one")).await?;
    assert!(!claim("one", minute(30), minute(13)).await?, "nobody gives up what is another's");
    store.write(|tx| tx.unclaim(key(1), "two")).await?;
    assert!(claim("one", minute(30), minute(13)).await?);
    Ok(())
}

async fn put(store: &Store, engagement: Engagement) -> Outcome {
    let write = store.write(move |tx| {
        tx.lock_engagement(engagement.key)?;
        tx.put_engagement(&engagement)?;
        Ok::<_, StoreError>(())
    });
    write.await
}
