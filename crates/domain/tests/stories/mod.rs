//! Histories written by hand, for rules that chance misses too often.
use std::mem::take;

use lull_domain::Span;
use lull_domain::engagement::{CallVerb, ItemState, Stage};
use lull_domain::id::TargetId;

use crate::sim::history::{History, Setting};
use crate::sim::judge::Promise;
use crate::sim::rules::Rules;
use crate::sim::story::{LEAVING_LIMIT, target};
use crate::sim::world::{By, Runs};

/// What a story broke.
pub type Broken = Option<(Promise, String)>;

const A: &str = "t0.0";
const B: &str = "t0.1";
const SHOP: TargetId = TargetId(1);

/// One target with one thing.
fn one(rules: Rules, tell: impl FnOnce(History<'_>) -> Broken) -> Broken {
    let setting = Setting::by_hand(&[&[]], 1);
    tell(History::new(&setting, rules, false))
}

fn is_owed(h: &History<'_>) -> bool {
    let engagement = h.store.engagement(h.key(0));
    matches!(engagement.stage, Stage::Owed(_)) && engagement.holders.is_empty()
}

fn is(h: &History<'_>, name: &str, state: &ItemState) -> bool {
    h.store.engagement(h.key(0)).items().iter().any(|item| item.name == name && item.state == *state)
}

pub fn held_again_while_owed(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.complete(first);
        h.go_until(is_owed);
        let second = h.plan(2, SHOP, None, None);
        h.settle();
        h.complete(second);
        h.ended()
    })
}

pub fn dies_after_our_start(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.complete(first);
        h.go_until(|h| is_owed(h) && h.runs(A));
        h.dies(A);
        h.ended()
    })
}

pub fn dies_when_held_again(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.complete(first);
        h.go_until(|h| is_owed(h) && h.runs(A));
        let second = h.plan(2, SHOP, None, None);
        h.go_until(|h| is(h, A, &ItemState::Captured) && !h.store.engagement(h.key(0)).look);
        h.dies(A);
        h.complete(second);
        h.ended()
    })
}

pub fn the_clock_jumps_over_a_call(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.go_until(|h| !h.world.calls.is_empty());
        let on_its_way = take(&mut h.world.calls);
        h.offset += 3_600_000_000;
        h.complete(first);
        h.settle();
        h.world.calls = on_its_way;
        h.ended()
    })
}

pub fn a_lost_call_then_another_hold(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.complete(first);
        h.go_until(is_owed);
        h.person_starts(A);
        let second = h.plan(2, SHOP, None, None);
        h.go_until(|h| !h.world.calls.is_empty());
        h.calls_go_on();
        h.world.calls.clear();
        h.complete(second);
        h.settle();
        h.mono += Span::minutes(2).0;
        h.go_until(|h| h.store.engagement(h.key(0)).call.is_none());
        let third = h.plan(3, SHOP, None, None);
        h.go_until(|h| h.store.engagement(h.key(0)).holders.contains_key(&third));
        h.complete(third);
        h.ended()
    })
}

pub fn a_lost_call_acts_after_its_time(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.go_until(|h| !h.world.calls.is_empty());
        h.world.calls.clear();
        h.complete(first);
        h.settle();
        h.wait(Span::minutes(2));
        h.must_be_over(first);
        h.acts_after_its_time(A);
        h.wait(Span::minutes(57));
        assert!(h.told.is_empty(), "it waits for its hour");
        h.wait(Span::minutes(3));
        h.ended()
    })
}

pub fn a_person_stops_the_second_thing(rules: Rules) -> Broken {
    let setting = Setting::by_hand(&[&[]], 2);
    let mut h = History::new(&setting, rules, false);
    let first = h.plan(1, SHOP, None, None);
    h.go_until(|h| !h.runs(B) && h.store.engagement(h.key(0)).call.is_none());
    h.person_stops(A);
    h.world.item_mut(A).by = By::Person;
    h.settle();
    h.complete(first);
    h.ended()
}

pub fn let_go_before_any_call(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.go_until(|h| is(h, A, &ItemState::Captured));
        h.complete(first);
        h.go_until(|h| h.store.engagement(h.key(0)).holders.is_empty());
        h.mono += 1_000_000;
        h.person_stops(A);
        h.world.item_mut(A).by = By::Person;
        h.ended()
    })
}

pub fn waits_for_what_another_holds(rules: Rules) -> Broken {
    let setting = Setting::by_hand(&[&[], &[0]], 1);
    let mut h = History::new(&setting, rules, false);
    let web = h.plan(1, target(1), None, None);
    h.settle();
    let db = h.plan(2, target(0), None, None);
    h.settle();
    h.complete(web);
    h.settle();
    h.wait(LEAVING_LIMIT + Span::seconds(1));
    h.must_be_over(web);
    h.complete(db);
    h.ended()
}

pub fn started_long_after_a_restart(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.world.booted_at = h.now();
        h.wait(Span::minutes(2));
        h.person_starts(A);
        h.wait(Span::seconds(20));
        h.complete(first);
        h.ended()
    })
}

pub fn started_soon_after_an_old_restart(rules: Rules) -> Broken {
    one(rules, |mut h| {
        h.world.booted_at = h.began - Span::seconds(20);
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.person_starts(A);
        h.wait(Span::seconds(20));
        h.complete(first);
        h.ended()
    })
}

pub fn taken_over_then_held_by_another(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.mono += Span::minutes(2).0;
        h.person_starts(A);
        h.settle();
        let second = h.plan(2, SHOP, None, None);
        h.settle();
        h.complete(first);
        h.complete(second);
        h.ended()
    })
}

pub fn a_successor_stops(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.complete(first);
        h.go_until(|h| h.store.engagement(h.key(0)).call.as_ref().is_some_and(|call| call.verb == CallVerb::Revert));
        h.recreate(A, Runs::Up);
        h.settle();
        h.person_stops(A);
        h.world.item_mut(A).by = By::Person;
        h.ended()
    })
}

pub fn gone_for_good(rules: Rules) -> Broken {
    one(rules, |mut h| {
        let first = h.plan(1, SHOP, None, None);
        h.settle();
        h.recreate(A, Runs::Gone);
        h.complete(first);
        h.ended()
    })
}

pub fn one_ends_when_the_next_begins(rules: Rules) -> Broken {
    one(rules, |mut h| {
        h.chained = true;
        h.plan(1, SHOP, None, Some(Span::hours(1)));
        h.plan(2, SHOP, Some(Span::hours(1)), Some(Span::hours(1)));
        h.settle();
        h.wait(Span::hours(1));
        h.wait(Span::minutes(1));
        h.wait(Span::hours(1));
        h.ended()
    })
}
