//! Targets and tokens: what must be unique is, and what is looked up is found.
use std::collections::BTreeSet;
use std::sync::Arc;

use lull_domain::estate::{Estate, Kind, Target};
use lull_domain::id::{TargetId, TokenId};
use lull_domain::order::Permission;
use lull_domain::policy::Role;

use super::sample::minute;
use super::{Database, Outcome, sample};
use crate::error::StoreError;
use crate::store::{Options, Store};
use crate::tokens::{Grant, Token, TokenKind};

/// Path and outside id belong to one target; whoever moves away frees them.
pub async fn a_target_reads_back_and_its_place_is_its_own(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let shop = Target {
        labels: sample::labels(&[("tier", "gold")]),
        external_id: Some("prod-17".to_owned()),
        binding: Some(sample::binding()),
        needs: sample::targets(&[2]),
        ..target(1, "acme/shop")
    };
    put(&store, &shop).await?;
    put(&store, &target(2, "acme/db")).await?;
    assert_eq!(store.read(|tx| tx.target(TargetId(1))).await?, Some(shop.clone()));
    let mut taken = target(3, "acme/shop");
    assert!(matches!(put(&store, &taken).await, Err(StoreError::Conflict { .. })));
    taken = Target { external_id: shop.external_id.clone(), ..target(3, "acme/other") };
    assert!(matches!(put(&store, &taken).await, Err(StoreError::Conflict { .. })));
    let moved = Target { external_id: None, revision: 2, ..target(1, "acme/old-shop") };
    put(&store, &moved).await?;
    put(&store, &Target { path: target(3, "acme/shop").path, ..taken.clone() }).await?;
    assert!(store.write(|tx| tx.delete_target(TargetId(2))).await?);
    assert!(!store.write(|tx| tx.delete_target(TargetId(2))).await?);
    let estate = Estate::from_targets(store.read(|tx| tx.targets()).await?);
    let ids: BTreeSet<u128> = estate.targets().map(|target| target.id.0).filter(|id| *id > 0).collect();
    assert_eq!(ids, BTreeSet::from([1, 3]));
    assert_eq!(estate.target(TargetId(1)), Some(&moved));
    Ok(())
}

/// By the right hash only, with all that it may.
pub async fn a_token_is_found_by_its_hash(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let kinds = [TokenKind::Person, TokenKind::Service, TokenKind::Observer];
    for (number, kind) in (1..).zip(kinds) {
        let token = token(number, kind);
        store.write(move |tx| tx.insert_token(&token, &[number as u8; 32])).await?;
    }
    for (number, kind) in (1..).zip(kinds) {
        let found = store.read(move |tx| tx.token_by_hash(&[number as u8; 32])).await?;
        assert_eq!(found, Some(token(number, kind)));
    }
    assert_eq!(store.read(|tx| tx.token_by_hash(&[9; 32])).await?, None);
    assert_eq!(store.read(|tx| tx.tokens()).await?.len(), 3);
    let same = token(4, TokenKind::Service);
    let taken = store.write(move |tx| tx.insert_token(&same, &[1; 32])).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
    Ok(())
}

/// It is revoked once; the first time counts.
pub async fn a_token_is_good_until_it_expires_or_is_revoked(database: Arc<dyn Database>) -> Outcome {
    let store = database.open(Options::default()).await?;
    let stored = token(1, TokenKind::Person);
    assert!(stored.is_good(minute(99)) && !stored.is_good(minute(100)));
    let written = stored.clone();
    store.write(move |tx| tx.insert_token(&written, &[1; 32])).await?;
    assert!(store.write(|tx| tx.revoke_token(TokenId(1), minute(20))).await?);
    assert!(!store.write(|tx| tx.revoke_token(TokenId(1), minute(30))).await?);
    assert!(!store.write(|tx| tx.revoke_token(TokenId(2), minute(30))).await?);
    let revoked = store.read(|tx| tx.token_by_hash(&[1; 32])).await?;
    let revoked = revoked.expect("a revoked token is still known, so that its orders have a name");
    assert_eq!(revoked.revoked_at, Some(minute(20)));
    assert!(!revoked.is_good(minute(21)));
    Ok(())
}

fn target(id: u128, path: &str) -> Target {
    Target::new(TargetId(id), path.parse().expect("a sample has a well-formed path"), Kind::Product)
}

fn token(number: u128, kind: TokenKind) -> Token {
    let may = BTreeSet::from([Permission::BreakGlass, Permission::GateAsk]);
    Token {
        id: TokenId(number),
        name: format!("token {number}"),
        kind,
        grants: vec![Grant { under: TargetId(7), role: Role::Operator, may }],
        created_at: minute(1),
        expires_at: Some(minute(100)),
        revoked_at: None,
    }
}

async fn put(store: &Store, target: &Target) -> Outcome {
    let target = target.clone();
    store.write(move |tx| tx.put_target(&target)).await
}
