//! What an estate finds, whose a workload is, and what may be stored.
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::refusal::{Because, Refusal};

fn target(id: u128, path: &str) -> Target {
    Target::new(TargetId(id), path.parse().unwrap(), Kind::Service)
}

fn needing(id: u128, path: &str, needs: &[u128]) -> Target {
    Target { needs: needs.iter().copied().map(TargetId).collect(), ..target(id, path) }
}

fn bound(id: u128, path: &str, json: serde_json::Value) -> Target {
    let matches = serde_json::from_value(json).unwrap();
    Target { binding: Some(Binding { adapter: "docker".into(), matches }), ..target(id, path) }
}

fn paths<'a>(targets: impl Iterator<Item = &'a Target>) -> Vec<String> {
    targets.map(|target| target.path.to_string()).collect()
}

#[test]
fn an_estate_finds_a_target_by_id_path_external_id_and_place() {
    let external = Target { external_id: Some("PD-7".into()), ..target(2, "acme/prod/shop") };
    let estate = Estate::from_targets([target(1, "acme"), external, target(3, "acme/prod-2"), target(4, "b")]);
    let shop: Path = "acme/prod/shop".parse().unwrap();
    assert_eq!(estate.target(TargetId(2)), estate.at(&shop));
    assert_eq!(estate.by_external_id("PD-7"), estate.at(&shop));
    assert_eq!(estate.by_external_id("PD-8"), None);
    assert_eq!(paths(estate.under(&"acme".parse().unwrap())), ["acme", "acme/prod/shop", "acme/prod-2"]);
    assert_eq!(paths(estate.under(&"acme/prod".parse().unwrap())), ["acme/prod/shop"], "no target is there itself");
    assert_eq!(paths(estate.targets()), ["/", "acme", "acme/prod/shop", "acme/prod-2", "b"]);
    let nearest = |path: &str| estate.nearest(&path.parse().unwrap()).unwrap().path.to_string();
    assert_eq!(nearest("acme/prod/shop/api"), "acme/prod/shop");
    assert_eq!(nearest("acme/prod/other"), "acme");
    assert_eq!(nearest("unknown"), "/");
}

#[test]
fn the_installation_is_always_there_unbound_and_at_the_root() {
    let mut estate = Estate::new();
    assert_eq!(estate.target(ROOT).unwrap().kind, Kind::Organization);
    assert_eq!(estate.remove(ROOT), None);
    estate.insert(Target { id: ROOT, version: Some("2".into()), ..bound(0, "elsewhere", serde_json::json!({})) });
    estate.insert(target(7, "/"));
    let root = estate.at(&Path::root()).unwrap();
    assert_eq!((root.id, &root.binding, root.version.as_deref()), (ROOT, &None, Some("2")));
    assert_eq!(estate.count(), 1);
}

#[test]
fn an_estate_reads_back_as_its_targets() {
    let estate = Estate::from_targets([bound(1, "a", serde_json::json!({"name": "x"})), needing(2, "b", &[1])]);
    let json = serde_json::to_string(&estate).unwrap();
    assert_eq!(serde_json::from_str::<Estate>(&json).unwrap(), estate);
}

#[test]
fn a_target_reads_as_it_is_stored() {
    let json = serde_json::json!({
        "id": TargetId(1), "path": "acme/shop", "kind": "product", "labels": {"tier": "web"}, "version": "1.2",
        "external_id": "PD-7", "binding": {"adapter": "docker", "match": {"project": "shop"}},
        "needs": [TargetId(2)], "health_paths": ["/healthz"], "revision": 3
    });
    let read: Target = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    assert!(serde_json::from_str::<Binding>(r#"{"adapter": "docker", "match": {"projekt": "x"}}"#).is_err());
}

#[test]
fn every_kind_reads_back_and_another_word_is_refused() {
    for kind in Kind::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
    }
    assert_eq!("tenant".parse::<Kind>().unwrap_err().field.as_deref(), Some("kind"));
}

#[test]
fn needs_are_known_both_ways_also_after_a_change() {
    let mut estate = Estate::from_targets([target(1, "db"), needing(2, "api", &[1]), needing(3, "web", &[1, 2])]);
    assert_eq!(estate.needs_of(TargetId(3)).collect::<Vec<_>>(), [TargetId(1), TargetId(2)]);
    assert_eq!(estate.dependents_of(TargetId(1)).collect::<Vec<_>>(), [TargetId(2), TargetId(3)]);
    estate.replace(target(2, "api"));
    assert_eq!(estate.dependents_of(TargetId(1)).collect::<Vec<_>>(), [TargetId(3)]);
    estate.remove(TargetId(3));
    assert_eq!(estate.dependents_of(TargetId(1)).count() + estate.dependents_of(TargetId(2)).count(), 0);
}

// Whose a workload is.

fn seen<'a>(name: &'a str, title: Option<&'a str>, labels: &'a BTreeMap<String, String>) -> Seen<'a> {
    Seen { name, title, project: Some("shop"), service: Some("api"), labels }
}

#[test]
fn a_workload_belongs_to_the_deepest_target_that_matches_it() {
    let estate = Estate::from_targets([
        bound(1, "shop", serde_json::json!({"project": "shop"})),
        bound(2, "shop/api", serde_json::json!({"project": "shop", "service": "api"})),
        bound(3, "shop/db", serde_json::json!({"project": "shop", "service": "db"})),
        target(4, "shop/api/worker"),
    ]);
    let labels = BTreeMap::new();
    let api = seen("shop/api/1", None, &labels);
    assert_eq!(estate.claim("docker", &api), Claim::One(TargetId(2)));
    assert_eq!(estate.claim("docker", &Seen { service: Some("mail"), ..api }), Claim::One(TargetId(1)));
    assert_eq!(estate.claim("docker", &Seen { project: Some("other"), ..api }), Claim::Nobody);
    assert_eq!(estate.claim("docker", &Seen { project: None, ..api }), Claim::Nobody);
    assert_eq!(estate.claim("podman", &api), Claim::Nobody);
}

#[test]
fn a_workload_that_unrelated_targets_match_is_contested_also_below_a_common_one() {
    let by_label = serde_json::json!({"labels": {"tier": "web"}});
    let estate = Estate::from_targets([
        bound(1, "shop", serde_json::json!({})),
        bound(2, "shop/web", by_label.clone()),
        bound(3, "shop/api", serde_json::json!({"service": "api"})),
    ]);
    let web = BTreeMap::from([("tier".to_owned(), "web".to_owned())]);
    let both = vec![TargetId(3), TargetId(2)];
    assert_eq!(estate.claim("docker", &seen("x", None, &web)), Claim::Contested(both));
    assert_eq!(estate.claim("docker", &seen("x", None, &BTreeMap::new())), Claim::One(TargetId(3)));
    assert_eq!(estate.claim("docker", &Seen { service: None, ..seen("x", None, &web) }), Claim::One(TargetId(2)));
}

#[test]
fn a_binding_by_name_takes_the_lasting_name_or_the_title() {
    let labels = BTreeMap::new();
    let mut estate = Estate::from_targets([bound(1, "shop", serde_json::json!({"name": "shop-api-1"}))]);
    assert_eq!(estate.claim("docker", &seen("shop-api-1", None, &labels)), Claim::One(TargetId(1)));
    assert_eq!(estate.claim("docker", &seen("shop/api/1", Some("shop-api-1"), &labels)), Claim::One(TargetId(1)));
    assert_eq!(estate.claim("docker", &seen("shop/api/1", None, &labels)), Claim::Nobody);
    estate.replace(target(1, "shop"));
    assert_eq!(estate.claim("docker", &seen("shop-api-1", None, &labels)), Claim::Nobody);
}

// What may be stored.

/// Two targets, of which the first has everything that can be taken and the second needs it.
fn taken() -> Estate {
    let first = bound(1, "shop/db", serde_json::json!({"project": "shop", "service": "db"}));
    Estate::from_targets([
        Target { external_id: Some("PD-1".into()), ..first },
        needing(2, "shop/api", &[1]),
        needing(3, "shop/web", &[2]),
    ])
}

fn refusal(new: &Target) -> Refusal {
    taken().checked(new).expect_err("it is refused")
}

#[track_caller]
fn assert_refused(new: &Target, because: Because, field: &str, detail: &str) {
    let refusal = refusal(new);
    assert_eq!((refusal.because, refusal.field.as_deref()), (because, Some(field)), "{}", refusal.detail);
    assert_eq!(refusal.detail, detail);
    assert!(!refusal.remedy.is_empty());
}

#[test]
fn a_target_that_keeps_what_it_has_may_be_stored_again() {
    let estate = taken();
    for target in estate.targets() {
        assert_eq!(estate.checked(target), Ok(()));
    }
    assert_eq!(estate.checked(&needing(9, "shop/db/replica", &[1])), Ok(()));
}

#[test]
fn what_another_target_has_is_a_conflict() {
    let conflict = Because::Conflict;
    assert_refused(&target(9, "shop/db"), conflict, "path", "`shop/db` is taken, by a target of the kind service");
    assert_refused(&target(9, "/"), conflict, "path", "`/` is taken, by a target of the kind organization");
    let external = Target { external_id: Some("PD-1".into()), ..target(9, "x") };
    assert_refused(&external, conflict, "external_id", "`shop/db` has this external id already");
    let same = bound(9, "x", serde_json::json!({"project": "shop", "service": "db"}));
    assert_refused(&same, conflict, "binding", "`shop/db` is bound to exactly the same already");
    let narrower = serde_json::json!({"project": "shop", "service": "db", "name": "x"});
    assert_eq!(taken().checked(&bound(9, "x", narrower)), Ok(()));
}

#[test]
fn the_installation_stays_where_it_is() {
    assert_refused(&target(0, "x"), Because::Conflict, "path", "the installation is always at `/`");
    assert_refused(
        &bound(0, "/", serde_json::json!({})),
        Because::Conflict,
        "binding",
        "the installation has no binding",
    );
}

#[test]
fn needs_that_cannot_be_met_are_refused() {
    let unknown = format!("there is no target {} that `x` could need", TargetId(99));
    assert_refused(&needing(9, "x", &[1, 99]), Because::BadInput, "needs", &unknown);
    assert_refused(&needing(9, "x", &[9]), Because::Conflict, "needs", "`x` would need itself");
    assert_refused(
        &needing(1, "shop/moved", &[3]),
        Because::Conflict,
        "needs",
        "the needs run in a circle: `shop/moved` needs `shop/web` needs `shop/api` needs `shop/moved`",
    );
}

#[test]
fn what_is_beyond_a_limit_is_refused_naming_the_field() {
    let labels = |count: usize| (0..count).map(|n| (n.to_string(), String::new())).collect::<BTreeMap<_, _>>();
    let long = || Some("ü".repeat(257));
    let base = || target(9, "x");
    let matching = |matches| Some(Binding { adapter: "docker".into(), matches });
    let many: Vec<u128> = (100..165).collect();
    let fits = Target {
        labels: labels(64),
        version: Some("ü".repeat(256)),
        health_paths: vec!["/healthz".into(); 32],
        ..base()
    };
    assert_eq!(taken().checked(&fits), Ok(()));
    for (field, new) in [
        ("labels", Target { labels: labels(65), ..base() }),
        ("labels", Target { labels: [("k".into(), "v".repeat(257))].into(), ..base() }),
        ("labels", Target { labels: [("k".repeat(257), "v".into())].into(), ..base() }),
        ("labels", Target { labels: [("".into(), "v".into())].into(), ..base() }),
        ("version", Target { version: long(), ..base() }),
        ("version", Target { version: Some("".into()), ..base() }),
        ("external_id", Target { external_id: long(), ..base() }),
        ("needs", needing(9, "x", &many)),
        ("health_paths", Target { health_paths: vec!["/healthz".into(); 33], ..base() }),
        ("health_paths", Target { health_paths: vec!["healthz".into()], ..base() }),
        ("health_paths", Target { health_paths: vec![format!("/{}", "x".repeat(256))], ..base() }),
        (
            "binding.adapter",
            Target { binding: Some(Binding { adapter: "".into(), matches: Match::default() }), ..base() },
        ),
        ("binding.match.name", Target { binding: matching(Match { name: long(), ..Match::default() }), ..base() }),
        (
            "binding.match.project",
            Target { binding: matching(Match { project: long(), ..Match::default() }), ..base() },
        ),
        (
            "binding.match.service",
            Target { binding: matching(Match { service: long(), ..Match::default() }), ..base() },
        ),
        (
            "binding.match.labels",
            Target { binding: matching(Match { labels: labels(65), ..Match::default() }), ..base() },
        ),
    ] {
        let refusal = refusal(&new);
        assert_eq!((refusal.because, refusal.field.as_deref()), (Because::BadInput, Some(field)), "{}", refusal.detail);
    }
}

/// Any of a few targets, at any of a few places, with whatever they can collide in.
fn any_target() -> impl Strategy<Value = Target> {
    let binding = prop::option::of(("[ab]", prop::option::of("[ab]"), prop::option::of("[ab]")).prop_map(
        |(adapter, name, project)| Binding { adapter, matches: Match { name, project, ..Match::default() } },
    ));
    let path = prop::collection::vec("[ab]", 1..4).prop_map(|segments| segments.join("/"));
    let needs = prop::collection::btree_set((1..6u128).prop_map(TargetId), 0..3);
    (1..6u128, path, prop::option::of("[xy]"), binding, needs)
        .prop_map(|(id, path, external_id, binding, needs)| Target { external_id, binding, needs, ..target(id, &path) })
}

proptest! {
    #[test]
    fn an_estate_that_was_changed_finds_what_a_new_one_finds(changes in prop::collection::vec((any_target(), any::<bool>()), 0..30)) {
        let mut estate = Estate::new();
        for (target, goes) in changes {
            if goes {
                estate.remove(target.id);
            } else if estate.checked(&target).is_ok() {
                estate.insert(target);
            }
        }
        let fresh = Estate::from_targets(estate.targets().cloned());
        prop_assert_eq!(&estate.by_id, &fresh.by_id);
        prop_assert_eq!(&estate.by_path, &fresh.by_path);
        prop_assert_eq!(&estate.by_external_id, &fresh.by_external_id);
        prop_assert_eq!(&estate.dependents, &fresh.dependents);
        let labels = BTreeMap::new();
        for (name, title) in [("a", None), ("b", None), ("a", Some("b")), ("c", Some("a"))] {
            for project in [None, Some("a"), Some("b")] {
                let seen = Seen { name, title, project, service: None, labels: &labels };
                prop_assert_eq!(estate.claim("a", &seen), plainly_claimed(&estate, "a", &seen));
            }
        }
    }

    #[test]
    fn needs_that_are_checked_never_run_in_a_circle(targets in prop::collection::vec(any_target(), 0..30)) {
        let mut estate = Estate::new();
        for target in targets {
            if estate.checked(&target).is_ok() {
                estate.insert(target);
            }
        }
        for target in estate.targets() {
            let mut reached: BTreeSet<TargetId> = target.needs.clone();
            for _ in 0..6 {
                reached.extend(reached.clone().into_iter().flat_map(|id| estate.needs_of(id)));
            }
            prop_assert!(!reached.contains(&target.id));
        }
    }
}

/// The claim as the rule says it, without an index.
fn plainly_claimed(estate: &Estate, adapter: &str, seen: &Seen<'_>) -> Claim {
    let holds = |binding: &Binding| binding.adapter == adapter && binding.matches.holds(seen);
    let matching: Vec<&Target> = estate.targets().filter(|target| target.binding.as_ref().is_some_and(holds)).collect();
    let above = |a: &Target, b: &Target| a.id != b.id && a.path.covers(&b.path);
    let deepest: Vec<TargetId> =
        matching.iter().filter(|a| !matching.iter().any(|b| above(a, b))).map(|target| target.id).collect();
    match deepest.as_slice() {
        [] => Claim::Nobody,
        [one] => Claim::One(*one),
        _ => Claim::Contested(deepest),
    }
}
