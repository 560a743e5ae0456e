//! Limits: how many at a time, at every instant of a window.
mod sample;

use std::sync::Arc;

use lull_domain::Span;
use lull_domain::agenda::Planned;
use lull_domain::estate::{Estate, Kind, Target};
use lull_domain::id::{LimitId, TargetId};
use lull_domain::limit::{Limit, Most};
use lull_domain::scope::{Clause, Scope};

use sample::{NOON, after};

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
    let within = (after(Span::hours(10)), after(Span::hours(14)));
    let found = limit(most).exceeded(&estate(), &scope, within, others)?;
    Some(((found.at - NOON).0 / Span::hours(1).0, found.count, found.others.len()))
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
    let within = (after(Span::hours(10)), after(Span::hours(14)));
    assert_eq!(elsewhere.exceeded(&estate(), &of([1, 3]), within, &[]), None);
}
