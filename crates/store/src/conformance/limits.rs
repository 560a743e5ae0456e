//! Limits: as they were written, until they are taken away.
use std::sync::Arc;

use lull_domain::estate::Kind;
use lull_domain::id::{LimitId, TargetId};
use lull_domain::limit::{Limit, Most};

use super::sample::minute;
use super::{Database, Outcome};
use crate::store::Options;

/// And taken away once.
pub async fn a_limit_reads_back_until_it_is_taken_away(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let limit = |id, most| Limit {
        id: LimitId(id),
        under: TargetId(7),
        kind: Kind::Service,
        most,
        created_by: "ada".to_owned(),
        created_at: minute(1),
    };
    let (one, two) = (limit(1, Most::Max(3)), limit(2, Most::Percent(20)));
    let both = [one.clone(), two.clone()];
    store.write(move |tx| both.iter().try_for_each(|limit| tx.insert_limit(limit))).await?;
    assert_eq!(store.read(|tx| tx.limits()).await?, [one, two.clone()]);
    assert!(store.write(|tx| tx.delete_limit(LimitId(1))).await?);
    assert!(!store.write(|tx| tx.delete_limit(LimitId(1))).await?);
    assert_eq!(store.read(|tx| tx.limits()).await?, [two]);
    Ok(())
}
