//! Limits: how many at a time, at every instant of a window.
mod sample;

use std::sync::Arc;

use lull_domain::agenda::{Agenda, Planned, Within};
use lull_domain::calendar::Calendars;
use lull_domain::conflict::{Conflict, Ground, Whose, conflicts};
use lull_domain::estate::{Estate, Kind, Target};
use lull_domain::id::{LimitId, SeriesId, TargetId};
use lull_domain::life::Life;
use lull_domain::limit::{Beside, Covered, Exceeded, Limit, Most};
use lull_domain::maintenance::Maintenance;
use lull_domain::plan::{Plan, Until};
use lull_domain::recurrence::{Recurrence, Zone, rules};
use lull_domain::scope::{Clause, Scope};
use lull_domain::series::{Overlap, Series};
use lull_domain::{Instant, Span};
use proptest::prelude::*;

use sample::{NOON, ada, after, draft};

/// `a` with ten services below it.
fn estate() -> Estate {
    let target = |id: u128, path: String, kind| Target::new(TargetId(id), path.parse().expect("it is a path"), kind);
    let below = (1..=10).map(|n| target(n, format!("a/s{n}"), Kind::Service));
    Estate::from_targets(std::iter::once(target(100, "a".to_owned(), Kind::Product)).chain(below))
}

fn of(targets: impl IntoIterator<Item = u128>) -> Scope {
    Scope { include: targets.into_iter().map(|id| Clause::under(TargetId(id))).collect(), exclude: Vec::new() }
}

fn planned(scope: Scope, from: i64, to: Option<i64>) -> Arc<Planned> {
    Arc::new(Planned {
        maintenance: None,
        series: None,
        title: "Another".to_owned(),
        scope,
        from: after(Span::hours(from)),
        to: to.map(|to| after(Span::hours(to))),
        runs: false,
        holds_work: true,
    })
}

fn limit(most: Most) -> Limit {
    let created_by = "ada".to_owned();
    Limit { id: LimitId(1), under: TargetId(100), kind: Kind::Service, most, created_by, created_at: NOON }
}

fn exceeded(most: Most, scope: Scope, others: &[Arc<Planned>]) -> Option<(i64, usize, usize)> {
    let found = exceeded_of(&limit(most), &scope, others)?;
    Some(((found.at - NOON).0 / Span::hours(1).0, found.count, found.others.len()))
}

/// From ten to fourteen hours after noon, seen at noon.
fn exceeded_of(limit: &Limit, scope: &Scope, others: &[Arc<Planned>]) -> Option<Exceeded> {
    let estate = estate();
    let own = Covered::of(&estate, scope);
    limit.exceeded(&Beside::new(&estate, &own, others, within(10, 14, 0)))
}

fn within(from: i64, to: i64, now: i64) -> Within {
    let hour = |hour| after(Span::hours(hour));
    Within { from: hour(from), to: hour(to), now: hour(now) }
}

fn running(scope: Scope, from: i64, to: Option<i64>) -> Arc<Planned> {
    Arc::new(Planned { runs: true, ..(*planned(scope, from, to)).clone() })
}

#[test]
fn as_many_as_it_lets_may_be_at_a_time_and_no_more() {
    assert_eq!(exceeded(Most::Max(2), of([1, 2]), &[]), None);
    assert_eq!(exceeded(Most::Max(2), of([1, 2, 3]), &[]), Some((10, 3, 0)), "it is too much by itself");
    assert_eq!(exceeded(Most::Max(2), of([100]), &[]), Some((10, 10, 0)), "what is below counts");
    assert_eq!(exceeded(Most::Percent(30), of([1, 2, 3]), &[]), None);
    assert_eq!(exceeded(Most::Percent(39), of([1, 2, 3, 4]), &[]), Some((10, 4, 0)), "rounded down");
    assert_eq!(exceeded(Most::Percent(1), of([1]), &[]), None, "one at least");
}

#[test]
fn every_instant_of_the_window_is_looked_at() {
    let two = Most::Max(2);
    let before_and_after = [planned(of([2]), 8, Some(10)), planned(of([3]), 14, Some(16))];
    assert_eq!(exceeded(two, of([1]), &before_and_after), None, "half-open");
    let one_after_the_other = [planned(of([2]), 9, Some(11)), planned(of([3]), 11, Some(13))];
    assert_eq!(exceeded(two, of([1]), &one_after_the_other), None);
    let together = [planned(of([2]), 9, Some(12)), planned(of([3]), 11, None)];
    assert_eq!(exceeded(two, of([1]), &together), Some((11, 3, 2)));
    assert_eq!(exceeded(two, of([1]), &[planned(of([1, 2]), 0, None)]), None, "the same one counts once");
}

#[test]
fn what_only_announces_or_lies_elsewhere_does_not_count() {
    let announced = Arc::new(Planned { holds_work: false, ..(*planned(of([2]), 9, None)).clone() });
    assert_eq!(exceeded(Most::Max(1), of([1]), &[announced]), None);
    let elsewhere = Limit { under: TargetId(2), ..limit(Most::Max(1)) };
    assert_eq!(exceeded_of(&elsewhere, &of([1, 3]), &[]), None);
}

#[test]
fn what_runs_counts_until_its_end_and_beyond_it_only_when_that_is_past() {
    let one = Most::Max(1);
    assert_eq!(exceeded(one, of([1]), &[running(of([2]), -1, Some(2))]), None, "it is over long before");
    assert_eq!(exceeded(one, of([1]), &[running(of([2]), -1, Some(10))]), None, "half-open");
    assert_eq!(exceeded(one, of([1]), &[running(of([2]), -1, Some(11))]), Some((10, 2, 1)));
    assert_eq!(exceeded(one, of([1]), &[running(of([2]), -1, Some(0))]), Some((10, 2, 1)), "past its end, it goes on");
    assert_eq!(exceeded(one, of([1]), &[running(of([2]), -1, None)]), Some((10, 2, 1)), "nobody knows its end");
    assert_eq!(
        exceeded(one, of([1]), &[planned(of([2]), -1, Some(0))]),
        None,
        "what is over without having run is over"
    );
    let ends_before_the_next = [running(of([2]), -1, Some(11)), planned(of([3]), 11, Some(12))];
    assert_eq!(exceeded(Most::Max(2), of([1]), &ends_before_the_next), None);
}

/// One on the first service for more than a year, beside what these make of the agenda.
fn limits_against(limit: &Limit, agenda: &Agenda) -> Vec<Conflict> {
    let (estate, calendars) = (estate(), Calendars::default());
    let ground = Ground { estate: &estate, calendars: &calendars, agenda, limits: std::slice::from_ref(limit) };
    let until = Until::At(after(Span::hours(24 * 399)));
    let plan = Plan { scope: of([1]), starts_at: Some(NOON), until, ..draft().plan };
    let found = conflicts(ground, &plan, Whose { id: None, series: None }, NOON).into_iter();
    found.filter(|it| matches!(it, Conflict::Limit(..))).collect()
}

#[test]
fn what_is_planned_after_ten_thousand_others_counts_for_limits_too() {
    let mut agenda = Agenda::default();
    for (id, root) in [(1, 2), (2, 3)] {
        let start = Zone::utc().local(NOON);
        let rules = rules(&["FREQ=HOURLY".to_owned()]).expect("it is a rule");
        let (more, except, lasts) = (Vec::new(), Vec::new(), Span::minutes(10));
        let recurrence = Recurrence { rules, more, except, start, lasts, elapsed: false };
        let plan = Plan { scope: of([root]), starts_at: None, ..draft().plan };
        let series = Series::new(SeriesId(id), plan, recurrence, Overlap::Join, (ada(), NOON)).begun(&Zone::utc());
        agenda.series_changed(series, Zone::utc());
    }
    let three = limit(Most::Max(3));
    assert_eq!(limits_against(&three, &agenda), []);
    let late = after(Span::hours(24 * 390));
    let plan = Plan { scope: of([4]), starts_at: Some(late), until: Until::At(late + Span::hours(1)), ..draft().plan };
    agenda.maintenance_changed(&Maintenance { plan, life: Life::Scheduled, ..draft() });
    let found = limits_against(&three, &agenda);
    let [Conflict::Limit(_, exceeded)] = found.as_slice() else { panic!("one limit: {found:?}") };
    assert_eq!((exceeded.at, exceeded.count, exceeded.others.len()), (late, 4, 3));
}

#[test]
fn what_cannot_be_counted_is_taken_for_all_that_there_is() {
    let exceeded = limit(Most::Max(2)).uncounted(&estate(), NOON).expect("ten are more than two");
    assert_eq!((exceeded.at, exceeded.count, exceeded.most), (NOON, 10, 2));
    assert_eq!(limit(Most::Max(10)).uncounted(&estate(), NOON), None, "all of them may be");
}

proptest::proptest! {
    /// The same as counting at each minute.
    #[test]
    fn as_many_are_counted_as_a_look_at_each_instant_counts(
        own in proptest::collection::btree_set(1_u128..=10, 1..4),
        all in proptest::collection::vec((
            proptest::collection::btree_set(prop_oneof![1_u128..=10, Just(100)], 1..4),
            0_i64..30, 0_i64..20, proptest::bool::ANY, proptest::bool::weighted(0.8),
        ), 0..20),
    ) {
        let (estate, limit, within) = (estate(), limit(Most::Max(1)), within(5, 25, 8));
        let others: Vec<Arc<Planned>> = all.into_iter().map(|(scope, from, lasts, runs, holds_work)| {
            let runs = runs && from <= 8;
            let to = (lasts > 0).then_some(from + lasts);
            Arc::new(Planned { runs, holds_work, ..(*planned(of(scope), from, to)).clone() })
        }).collect();
        let covered = Covered::of(&estate, &of(own.clone()));
        let beside = Beside::new(&estate, &covered, &others, within);
        let counted = beside.counted(&limit).expect("it concerns it");
        let counted: Vec<(Instant, usize)> = beside.each(&counted).collect();
        for hour in 5..25 {
            let at = after(Span::hours(hour));
            let is_on = |it: &&Arc<Planned>| {
                it.holds_work && it.from <= at && it.to.is_none_or(|to| at < to || it.runs && to <= within.now)
            };
            let mut expected = estate.covered(&of(own.clone()));
            others.iter().filter(is_on).for_each(|it| expected.extend(estate.covered(&it.scope)));
            expected.remove(&TargetId(100));
            let found = counted.iter().rev().find(|(from, _)| *from <= at).map(|(_, count)| *count);
            proptest::prop_assert_eq!(found, Some(expected.len()), "at {}", hour);
        }
    }
}
