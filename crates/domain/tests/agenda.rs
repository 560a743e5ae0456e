//! What is planned is found as if all of it had been looked at, however it is asked.
mod sample;

use std::collections::BTreeMap;
use std::sync::Arc;

use lull_domain::agenda::{Agenda, Part, Planned, Within};
use lull_domain::estate::{Estate, Target};
use lull_domain::id::{MaintenanceId, SeriesId, TargetId};
use lull_domain::life::Life;
use lull_domain::maintenance::Maintenance;
use lull_domain::plan::{Plan, Until};
use lull_domain::recurrence::{Recurrence, Zone, rules};
use lull_domain::scope::{Clause, Reach, Scope};
use lull_domain::series::{Overlap, Series};
use lull_domain::{Instant, Span};

use sample::{NOON, ada, after, draft, in_state};

fn target(id: u128, path: &str) -> Target {
    serde_json::from_value(serde_json::json!({"id": TargetId(id), "path": path, "kind": "service", "revision": 1}))
        .expect("it is a target")
}

/// `a`, with `b` to `d` below it and two below each of these.
fn estate() -> Estate {
    let mut targets = vec![target(1, "a")];
    for (n, middle) in ["b", "c", "d"].into_iter().enumerate() {
        let id = 10 * (n as u128 + 1);
        targets.push(target(id, &format!("a/{middle}")));
        targets.extend(
            ["x", "y"].into_iter().zip(1..).map(|(leaf, more)| target(id + more, &format!("a/{middle}/{leaf}"))),
        );
    }
    Estate::from_targets(targets)
}

fn scheduled(id: u128, scope: Scope, from: Span, lasts: Option<Span>) -> Maintenance {
    let starts_at = after(from);
    let until = lasts.map_or(Until::Open, |lasts| Until::At(starts_at + lasts));
    let plan = Plan { scope, starts_at: Some(starts_at), until, ..draft().plan };
    Maintenance { id: MaintenanceId(id), plan, life: Life::Scheduled, ..draft() }
}

fn within(from: Span, lasts: Span) -> Within {
    Within { from: after(from), to: after(from + lasts), now: NOON }
}

fn found(agenda: &Agenda, estate: &Estate, at: &str, within: Within) -> Vec<u128> {
    let target = estate.at(&at.parse().expect("it is a path")).expect("it is there");
    touching(agenda, estate, target, within).iter().filter_map(|it| it.maintenance.map(|id| id.0)).collect()
}

/// What covers this target at some time within.
fn touching(agenda: &Agenda, estate: &Estate, target: &Target, within: Within) -> Vec<Arc<Planned>> {
    agenda.met(&Reach::these(estate, vec![target]), within, usize::MAX).0
}

#[test]
fn it_finds_what_covers_a_target_and_nothing_else() {
    let estate = estate();
    let mut agenda = Agenda::default();
    let except = Scope { exclude: vec![Clause::under(TargetId(11))], ..Scope::under(TargetId(1)) };
    for maintenance in [
        scheduled(1, Scope::under(TargetId(1)), Span::hours(1), Some(Span::hours(1))),
        scheduled(2, Scope::under(TargetId(10)), Span::hours(2), Some(Span::hours(9))),
        scheduled(3, except, Span::hours(2), None),
        scheduled(4, Scope::under(TargetId(11)), Span::hours(30), Some(Span::minutes(1))),
    ] {
        agenda.maintenance_changed(&maintenance);
    }
    let hour = |n| within(Span::hours(n), Span::hours(1));
    assert_eq!(found(&agenda, &estate, "a/b/x", hour(0)), [] as [u128; 0]);
    assert_eq!(found(&agenda, &estate, "a/b/x", hour(1)), [1]);
    assert_eq!(found(&agenda, &estate, "a/b/x", hour(2)), [2]);
    assert_eq!(found(&agenda, &estate, "a/b/y", hour(2)), [2, 3]);
    assert_eq!(found(&agenda, &estate, "a/c", hour(500)), [3]);
    assert_eq!(found(&agenda, &estate, "a/b/x", hour(30)), [4]);
    let meets = |root: u128| {
        let reach = Reach::of(&estate, &Scope::under(TargetId(root)));
        let (met, _) = agenda.met(&reach, within(Span::ZERO, Span::hours(99)), usize::MAX);
        met.iter().filter_map(|it| it.maintenance.map(|id| id.0)).collect::<Vec<_>>()
    };
    assert_eq!(meets(10), [1, 2, 3, 4], "what lies below counts, too");
    assert_eq!(meets(11), [1, 2, 4]);
    assert_eq!(meets(20), [1, 3]);
}

#[test]
fn what_runs_goes_on_past_its_end_and_what_is_over_is_forgotten() {
    let estate = Estate::from_targets([target(7, "a")]);
    let mut agenda = Agenda::default();
    let running = in_state('A');
    agenda.maintenance_changed(&running);
    let later = |now: i64| Within { now: after(Span::hours(now)), ..within(Span::hours(5), Span::hours(1)) };
    assert_eq!(found(&agenda, &estate, "a", later(2)), [] as [u128; 0], "it ends at three");
    assert_eq!(found(&agenda, &estate, "a", later(4)), [1], "it is past its end and goes on");
    agenda.maintenance_changed(&Maintenance { id: running.id, ..in_state('C') });
    assert_eq!(found(&agenda, &estate, "a", later(4)), [] as [u128; 0]);
}

#[test]
fn a_series_is_found_where_nothing_of_it_is_made() {
    let estate = estate();
    let recurrence = Recurrence {
        rules: rules(&["FREQ=DAILY".to_owned()]).expect("it is a rule"),
        more: Vec::new(),
        except: Vec::new(),
        start: Zone::utc().local(NOON),
        lasts: Span::hours(2),
        elapsed: false,
    };
    let plan = Plan { scope: Scope::under(TargetId(10)), starts_at: None, ..draft().plan };
    let mut series = Series::new(SeriesId(1), plan, recurrence, Overlap::Join, (ada(), NOON)).begun(&Zone::utc());
    let mut agenda = Agenda::default();
    let mut id = 100;
    for maintenance in series.make(&Zone::utc(), NOON, || {
        id += 1;
        MaintenanceId(id)
    }) {
        agenda.maintenance_changed(&maintenance);
    }
    agenda.series_changed(series.clone(), Zone::utc());
    let x = estate.at(&"a/b/x".parse().expect("it is a path")).expect("it is there");
    let all = touching(&agenda, &estate, x, within(Span::hours(24 * 30), Span::hours(24 * 10)));
    let begins: Vec<Instant> = all.iter().map(|it| it.from).collect();
    assert_eq!(begins, (30..40).map(|day| after(Span::hours(24 * day))).collect::<Vec<_>>(), "each day once");
    assert_eq!(all.iter().filter(|it| it.maintenance.is_some()).count(), 6, "35 days ahead, the last included");
    series.end_before(&Zone::utc(), all[8].series.expect("it is of one").1);
    agenda.series_changed(series, Zone::utc());
    assert_eq!(touching(&agenda, &estate, x, within(Span::hours(24 * 30), Span::hours(24 * 10))).len(), 8);
}

fn hourly(id: u128, root: u128, minute: i64) -> Series {
    let recurrence = Recurrence {
        rules: rules(&["FREQ=HOURLY".to_owned()]).expect("it is a rule"),
        more: Vec::new(),
        except: Vec::new(),
        start: Zone::utc().local(after(Span::minutes(minute))),
        lasts: Span::minutes(10),
        elapsed: false,
    };
    let plan = Plan { scope: Scope::under(TargetId(root)), starts_at: None, ..draft().plan };
    Series::new(SeriesId(id), plan, recurrence, Overlap::Join, (ada(), NOON)).begun(&Zone::utc())
}

#[test]
fn what_is_too_much_for_one_part_is_in_several_and_nothing_of_it_is_lost() {
    let estate = estate();
    let mut agenda = Agenda::default();
    for (id, root, minute) in [(1, 10, 0), (2, 20, 0), (3, 30, 30)] {
        agenda.series_changed(hourly(id, root, minute), Zone::utc());
    }
    agenda.maintenance_changed(&scheduled(9, Scope::under(TargetId(20)), Span::hours(2), None));
    let reach = Reach::of(&estate, &Scope::under(TargetId(1)));
    let year = within(Span::ZERO, Span::hours(24 * 399));
    let parts: Vec<Part> = agenda.meeting(&reach, year).collect();
    assert!(parts.len() > 2 && parts.windows(2).all(|pair| pair[0].to == pair[1].from), "one after the other");
    assert_eq!((parts[0].from, parts[parts.len() - 1].to), (year.from, year.to));
    assert!(parts.iter().all(|part| part.planned.iter().any(|it| it.maintenance.is_some())), "it goes on in each");
    let (all, until) = agenda.met(&reach, year, usize::MAX);
    assert_eq!((all.len(), until), (3 * 24 * 399 + 1, year.to), "each once");
    assert!(all.windows(2).all(|pair| pair[0].from <= pair[1].from), "in order");
    let (some, until) = agenda.met(&reach, year, 10_000);
    let before: Vec<_> = all.iter().filter(|it| it.from < until).cloned().collect();
    assert!(some.len() >= 10_000 && until < year.to);
    assert_eq!(some, before, "all of each root that begins before");
}

proptest::proptest! {
    /// The same as looking at all of them.
    #[test]
    fn it_finds_what_a_look_at_everything_finds(
        all in proptest::collection::vec((0_usize..10, 0_i64..5_000, 0_i64..4_000), 0..60),
        changed in proptest::collection::vec((0_usize..60, 0_i64..5_000), 0..20),
        asked in (0_usize..10, 0_i64..6_000, 1_i64..2_000),
    ) {
        let estate = estate();
        let targets: Vec<&Target> = estate.targets().filter(|it| it.id != lull_domain::estate::ROOT).collect();
        let mut agenda = Agenda::default();
        let mut known = BTreeMap::new();
        for (id, (root, from, lasts)) in all.iter().enumerate() {
            let lasts = (*lasts > 0).then(|| Span::minutes(*lasts));
            let one = scheduled(id as u128, Scope::under(targets[*root].id), Span::minutes(*from), lasts);
            agenda.maintenance_changed(&one);
            known.insert(one.id, one);
        }
        for (id, from) in changed {
            let Some(one) = known.get_mut(&MaintenanceId(id as u128)) else { continue };
            let lasts = one.ends_at().zip(one.plan.starts_at).map(|(to, at)| to - at);
            *one = scheduled(id as u128, one.plan.scope.clone(), Span::minutes(from), lasts);
            agenda.maintenance_changed(one);
        }
        let (at, from, lasts) = asked;
        let asked = within(Span::minutes(from), Span::minutes(lasts));
        let is_within = |it: &Maintenance| it.plan.starts_at < Some(asked.to) && it.ends_at().is_none_or(|to| asked.from < to);
        let covers = |it: &&Maintenance| is_within(it) && estate.covers(&it.plan.scope, targets[at]);
        let mut expected: Vec<_> = known.values().filter(covers).map(|it| (it.plan.starts_at, Some(it.id))).collect();
        expected.sort();
        let found = touching(&agenda, &estate, targets[at], asked);
        let found: Vec<_> = found.iter().map(|it| (Some(it.from), it.maintenance)).collect();
        proptest::prop_assert_eq!(found, expected);
    }
}
