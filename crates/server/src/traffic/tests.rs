//! Counting, without a server around it.
use lull_domain::estate::{Kind, Target};

use super::*;

fn estate(paths: &[String]) -> Arc<Estate> {
    let target =
        |(number, path): (u128, &String)| Target::new(TargetId(number), path.parse().expect("a path"), Kind::Product);
    Arc::new(Estate::from_targets((1..).zip(paths).map(target)))
}

fn counted(traffic: &Traffic, estate: &Arc<Estate>) -> Vec<(u128, u64)> {
    let mut counted: Vec<(u128, u64)> =
        traffic.taken(Arc::clone(estate)).into_iter().map(|(id, count)| (id.0, count)).collect();
    counted.sort_unstable();
    counted
}

#[test]
fn a_decision_counts_for_the_nearest_known_target() {
    let estate = estate(&["acme", "acme/prod", "acme/prod/shop"].map(str::to_owned));
    let traffic = Traffic::new(Arc::clone(&estate));
    for path in ["acme/prod/shop", "acme/prod/shop/api/x", "acme/prod/shopping", "acme", "other/place", "/"] {
        traffic.count(path);
    }
    assert_eq!(counted(&traffic, &estate), [(0, 2), (1, 1), (2, 1), (3, 2)]);
    assert_eq!(counted(&traffic, &estate), [(0, 0)], "each is counted once");
}

#[test]
fn a_large_estate_is_counted_down_to_the_level_that_is_not_too_large() {
    let products = (0..600).map(|n| format!("acme/prod/p{n}"));
    let paths: Vec<String> = ["acme", "acme/prod"].map(str::to_owned).into_iter().chain(products).collect();
    let large = estate(&paths);
    let traffic = Traffic::new(Arc::clone(&large));
    traffic.count("acme/prod/p7/web");
    traffic.count("acme/prod/p8");
    traffic.count("acme/prod");
    let product = "acme/prod/p7".parse().expect("a path");
    assert_eq!(traffic.counted_for(&product), [TargetId(2)]);
    assert_eq!(traffic.above(&product).map(|path| path.to_string()).as_deref(), Some("acme/prod"));
    assert_eq!(counted(&traffic, &large), [(0, 0), (2, 3)]);
    let wide = estate(&(0..600).map(|n| format!("p{n}")).collect::<Vec<_>>());
    let traffic = Traffic::new(Arc::clone(&wide));
    traffic.count("p7/web");
    assert_eq!(counted(&traffic, &wide), [(0, 1)]);
}

#[test]
fn a_changed_estate_and_a_failed_store_lose_nothing() {
    let before = estate(&["acme".to_owned()]);
    let traffic = Traffic::new(Arc::clone(&before));
    traffic.count("acme/shop");
    let after = estate(&["acme", "acme/shop"].map(str::to_owned));
    let taken = traffic.taken(Arc::clone(&after));
    traffic.give_back(&taken);
    traffic.count("acme/shop");
    assert_eq!(counted(&traffic, &after), [(0, 0), (1, 1), (2, 1)]);
    assert_eq!(traffic.counted_for(&"acme".parse().expect("a path")).len(), 2);
}
