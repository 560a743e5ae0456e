//! What scopes cover, and which are refused.
use proptest::prelude::*;

use super::*;
use crate::estate::{Kind, ROOT};

/// A target of this id and path, with these labels.
fn target(id: u128, path: &str, labels: &[(&str, &str)]) -> Target {
    let labels = labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    Target { labels, ..Target::new(TargetId(id), path.parse().unwrap(), Kind::Service) }
}

fn shop() -> Estate {
    Estate::from_targets([
        target(1, "shop", &[]),
        target(2, "shop/db", &[("tier", "data")]),
        target(3, "shop/api", &[("tier", "web"), ("size", "big")]),
        target(4, "shop/api/worker", &[("tier", "job")]),
        target(5, "shopping", &[("tier", "web")]),
    ])
}

fn ids(numbers: &[u128]) -> BTreeSet<TargetId> {
    numbers.iter().copied().map(TargetId).collect()
}

fn scope(json: serde_json::Value) -> Scope {
    serde_json::from_value(json).unwrap()
}

fn with_labels(under: u128, json: serde_json::Value) -> Clause {
    Clause { under: TargetId(under), labels: serde_json::from_value(json).unwrap() }
}

#[test]
fn a_scope_covers_its_roots_and_everything_below() {
    assert_eq!(shop().covered(&Scope::under(TargetId(1))), ids(&[1, 2, 3, 4]));
    assert_eq!(shop().covered(&Scope::under(TargetId(3))), ids(&[3, 4]));
    assert_eq!(shop().covered(&Scope::under(ROOT)), ids(&[0, 1, 2, 3, 4, 5]));
}

#[test]
fn labels_of_a_clause_must_all_hold_and_one_of_several_values_is_enough() {
    let covered = |json| shop().covered(&Scope { include: vec![with_labels(1, json)], exclude: vec![] });
    assert_eq!(covered(serde_json::json!({"tier": "web"})), ids(&[3]));
    assert_eq!(covered(serde_json::json!({"tier": ["web", "job"]})), ids(&[3, 4]));
    assert_eq!(covered(serde_json::json!({"tier": ["web", "job"], "size": "big"})), ids(&[3]));
    assert_eq!(covered(serde_json::json!({"colour": "red"})), ids(&[]));
}

#[test]
fn clauses_add_up_and_exclusions_win() {
    let both = Scope { include: vec![Clause::under(TargetId(2)), Clause::under(TargetId(5))], exclude: vec![] };
    assert_eq!(shop().covered(&both), ids(&[2, 5]));
    assert_eq!(both.roots(), ids(&[2, 5]));
    let without = Scope::under(TargetId(1)).excluding(with_labels(1, serde_json::json!({"tier": "data"})));
    assert_eq!(shop().covered(&without), ids(&[1, 3, 4]));
    let nothing = without.clone().excluding(Clause::under(TargetId(1)));
    assert!(shop().covered(&nothing).is_empty());
    assert_eq!(nothing.clone().excluding(Clause::under(TargetId(1))), nothing, "the same exclusion counts once");
}

#[test]
fn a_scope_follows_its_root_when_that_moves() {
    let mut estate = shop();
    estate.replace(target(1, "shopping", &[]));
    assert_eq!(estate.covered(&Scope::under(TargetId(1))), ids(&[1]));
    assert_eq!(estate.covered(&Scope::under(TargetId(99))), ids(&[]), "a root that is gone holds nothing");
}

#[test]
fn a_scope_reads_as_bodies_say_it() {
    let one = TargetId(1);
    let json = serde_json::json!({
        "include": [{"under": one}, {"under": one, "labels": {"a": "b", "c": ["d", "e"]}}],
        "exclude": [{"under": one}],
    });
    let read = scope(json.clone());
    assert_eq!(read.include[1].labels["a"], Wanted::Is("b".into()));
    assert_eq!(read.include[1].labels["c"], Wanted::In(["d".into(), "e".into()].into()));
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    assert!(serde_json::from_value::<Scope>(serde_json::json!({"include": [], "only": []})).is_err());
    let odd = serde_json::json!({"under": one, "labels": {"a": 5}});
    let why = serde_json::from_value::<Clause>(odd).unwrap_err().to_string();
    assert!(why.contains("a value of a label is a text or a list of texts"), "{why}");
}

#[test]
fn an_odd_scope_is_refused_naming_the_clause() {
    let field = |scope: Scope| scope.checked(&shop()).map_err(|refusal| refusal.field.unwrap());
    let labelled = |labels: BTreeMap<String, Wanted>| Scope {
        include: vec![Clause::under(TargetId(2)), Clause { under: TargetId(1), labels }],
        exclude: vec![],
    };
    let many = |count: usize| (0..count).map(|n| n.to_string());
    assert_eq!(field(Scope::under(TargetId(1))), Ok(()));
    assert_eq!(field(Scope::default()), Err("scope.include".into()));
    assert_eq!(field(Scope::under(TargetId(99))), Err("scope.include[0].under".into()));
    assert_eq!(
        field(Scope::under(TargetId(1)).excluding(Clause::under(TargetId(99)))),
        Err("scope.exclude[0].under".into())
    );
    let clauses = |count| vec![Clause::under(TargetId(1)); count];
    assert_eq!(field(Scope { include: clauses(64), exclude: clauses(64) }), Ok(()));
    assert_eq!(field(Scope { include: clauses(65), exclude: vec![] }), Err("scope.include".into()));
    assert_eq!(field(Scope { include: clauses(1), exclude: clauses(65) }), Err("scope.exclude".into()));
    let in_labels = Err("scope.include[1].labels".to_owned());
    assert_eq!(field(labelled([("a".into(), Wanted::In(BTreeSet::new()))].into())), in_labels);
    assert_eq!(field(labelled([("a".into(), Wanted::In(many(65).collect()))].into())), in_labels);
    assert_eq!(field(labelled(many(65).map(|key| (key, Wanted::Is("v".into()))).collect())), in_labels);
    assert_eq!(field(labelled([("a".into(), Wanted::Is("v".repeat(257)))].into())), in_labels);
    assert_eq!(field(labelled([("k".repeat(257), Wanted::Is("v".into()))].into())), in_labels);
}

/// Estates of up to 30 targets, three wide, with a label of three values.
fn estates() -> impl Strategy<Value = Estate> {
    let places = prop::collection::btree_map(prop::collection::vec("[abc]", 1..4), "[xyz]", 0..30);
    places.prop_map(|places| {
        Estate::from_targets(
            (1..).zip(places).map(|(id, (place, value))| target(id, &place.join("/"), &[("tier", value.as_str())])),
        )
    })
}

fn clauses() -> impl Strategy<Value = Vec<Clause>> {
    let wanted =
        prop_oneof!["[xyz]".prop_map(Wanted::Is), prop::collection::btree_set("[xyz]", 0..3).prop_map(Wanted::In)];
    let clause = (0..32u128, prop::option::of(wanted)).prop_map(|(under, wanted)| Clause {
        under: TargetId(under),
        labels: wanted.into_iter().map(|wanted| ("tier".to_owned(), wanted)).collect(),
    });
    prop::collection::vec(clause, 0..4)
}

proptest! {
    #[test]
    fn covered_is_every_target_that_matches(estate in estates(), include in clauses(), exclude in clauses()) {
        let scope = Scope { include, exclude };
        let matching: BTreeSet<TargetId> =
            estate.targets().filter(|target| scope.matches(target, &estate)).map(|target| target.id).collect();
        prop_assert_eq!(estate.covered(&scope), matching);
    }

    #[test]
    fn scopes_meet_where_they_share_a_target(
        estate in estates(), one in (clauses(), clauses()), others in proptest::collection::vec((clauses(), clauses()), 1..5),
    ) {
        let scope = |(include, exclude): (Vec<Clause>, Vec<Clause>)| Scope { include, exclude };
        let one = scope(one);
        let covered = estate.covered(&one);
        let reach = Reach::of(&estate, &one);
        let these = Reach::these(&estate, covered.iter().filter_map(|id| estate.target(*id)).collect());
        for other in others.into_iter().map(scope) {
            let shared: BTreeSet<TargetId> = covered.intersection(&estate.covered(&other)).copied().collect();
            for reach in [&reach, &these] {
                prop_assert_eq!(reach.meets(&other), !shared.is_empty());
                prop_assert!(reach.first(&other).is_none_or(|id| shared.contains(&id)));
                let places = reach.places();
                prop_assert!(shared.is_empty() || other.roots().iter().any(|root| places.contains(root)));
            }
        }
    }

    #[test]
    fn an_exclusion_always_wins(estate in estates(), include in clauses(), clause in clauses()) {
        let scope = clause.iter().cloned().fold(Scope { include, exclude: vec![] }, Scope::excluding);
        let covered = estate.covered(&scope);
        for target in estate.targets().filter(|target| clause.iter().any(|clause| clause.holds(target, &estate))) {
            prop_assert!(!covered.contains(&target.id));
        }
    }

    #[test]
    fn excluding_only_ever_shrinks(estate in estates(), include in clauses(), clause in clauses()) {
        let before = Scope { include, exclude: vec![] };
        let after = clause.into_iter().fold(before.clone(), Scope::excluding);
        prop_assert!(estate.covered(&after).is_subset(&estate.covered(&before)));
    }

    #[test]
    fn a_clause_without_labels_covers_every_descendant(estate in estates(), root in 0..32u128) {
        let covered = estate.covered(&Scope::under(TargetId(root)));
        let root = estate.target(TargetId(root));
        for target in estate.targets() {
            let is_below = root.is_some_and(|root| root.path.covers(&target.path));
            prop_assert_eq!(covered.contains(&target.id), is_below);
        }
    }
}
