//! How policies read, and which are refused.
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn what_a_body_leaves_out_is_as_in_announce() {
    assert_eq!(serde_json::from_value::<Policy>(json!({})).unwrap(), Preset::Announce.policy());
    let read: Policy = serde_json::from_value(json!({"answers": {"deploy": {"answer": "deny"}}})).unwrap();
    assert_eq!(read.reply(Action::Deploy).answer, Answer::Deny);
    assert_eq!(Policy { answers: BTreeMap::new(), ..read }, Preset::Announce.policy());
}

#[test]
fn a_policy_reads_as_bodies_say_it() {
    let json = json!({
        "answers": {
            "login": {"answer": "deny", "status": 403, "retry_after": "PT5M"},
            "session.use.ui": {"answer": "warn"},
            "execution.start": {"answer": "queue"},
        },
        "passes": ["operator", "administrator"],
        "running": {"stop": {"grace": "PT1M30S", "backup": true}},
        "effects": ["tell", "hold", "cordon", "silence", "stop"],
        "facets": ["work", "page", "monitors"],
        "orders": "administrator",
        "cutoff": "PT10M",
        "leaving_limit": "PT1H",
        "unhealthy": "open",
        "approval": true,
        "conflicts": {"blackouts": "warn", "maintenances": "refuse"},
        "swallowed": "defer",
    });
    let read: Policy = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(read.checked(), Ok(()));
    assert_eq!(read.running, Running::Stop { grace: Span::seconds(90), backup: true });
    assert_eq!(read.reply(Action::Login).retry_after, Some(Span::minutes(5)));
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
}

#[test]
fn running_work_reads_as_bodies_say_it() {
    for (json, running) in [
        (json!("go_on"), Running::GoOn),
        (json!({"finish": {"limit": "PT1H", "then": "cancel"}}), finish(60, Then::Cancel)),
        (json!({"finish": {"limit": "PT1H"}}), finish(60, Then::Wait)),
        (json!({"finish": {}}), finish(30, Then::Wait)),
        (json!({"stop": {"grace": "PT10S"}}), Running::Stop { grace: Span::seconds(10), backup: false }),
    ] {
        assert_eq!(serde_json::from_value::<Running>(json).unwrap(), running);
        assert_eq!(serde_json::from_value::<Running>(serde_json::to_value(running).unwrap()).unwrap(), running);
    }
    for odd in [json!({"stop": {}}), json!({"stop": {"grace": "PT1S", "force": true}}), json!("stop"), json!("freeze")]
    {
        assert!(serde_json::from_value::<Running>(odd.clone()).is_err(), "{odd}");
    }
}

fn finish(minutes: i64, then: Then) -> Running {
    Running::Finish { limit: Span::minutes(minutes), then }
}

#[test]
fn an_end_rule_reads_as_bodies_say_it() {
    let extend = Overrun::Extend { step: Span::minutes(15), budget: Span::hours(1) };
    for (json, rule) in [
        (json!({"by": "at_end"}), EndRule::AtEnd),
        (json!({"by": "after", "duration": "PT2H"}), EndRule::After(Span::hours(2))),
        (json!({"by": "manual"}), EndRule::Manual(Overrun::Stay)),
        (json!({"by": "manual", "overrun": "complete"}), EndRule::Manual(Overrun::Complete)),
        (json!({"by": "manual", "overrun": {"extend": {"step": "PT15M", "budget": "PT1H"}}}), EndRule::Manual(extend)),
        (json!({"by": "on_signal", "observer": "db"}), on_signal("db", Overrun::Stay)),
        (json!({"by": "on_signal", "observer": "db", "overrun": "complete"}), on_signal("db", Overrun::Complete)),
    ] {
        assert_eq!(serde_json::from_value::<EndRule>(json.clone()).unwrap(), rule);
        assert_eq!(serde_json::to_value(&rule).unwrap(), json);
        assert_eq!(rule.checked(), Ok(()));
    }
    assert_eq!(EndRule::AtEnd.overrun(), None);
    assert_eq!(EndRule::Manual(extend).overrun(), Some(extend));
}

fn on_signal(observer: &str, overrun: Overrun) -> EndRule {
    EndRule::OnSignal { observer: observer.into(), overrun }
}

#[test]
fn mixtures_of_end_rules_cannot_be_written() {
    for odd in [
        json!({"by": "at_end", "overrun": "stay"}),
        json!({"by": "at_end", "duration": "PT1H"}),
        json!({"by": "after", "duration": "PT1H", "overrun": "stay"}),
        json!({"by": "after"}),
        json!({"by": "manual", "observer": "x"}),
        json!({"by": "on_signal"}),
        json!({"by": "manual", "overrun": {"extend": {"step": "PT15M"}}}),
        json!({"by": "never"}),
        json!({}),
    ] {
        assert!(serde_json::from_value::<EndRule>(odd.clone()).is_err(), "{odd}");
    }
}

#[test]
fn an_end_rule_beyond_its_limits_is_refused() {
    let extend =
        |step, budget| EndRule::Manual(Overrun::Extend { step: Span::minutes(step), budget: Span::minutes(budget) });
    for odd in [
        EndRule::After(Span::ZERO),
        EndRule::After(Span::hours(24 * 401)),
        on_signal("", Overrun::Stay),
        on_signal(&"x".repeat(257), Overrun::Stay),
        extend(0, 60),
        extend(15, 14),
        extend(15, 60 * 24 * 401),
    ] {
        assert_eq!(odd.checked().unwrap_err().field.as_deref(), Some("end"), "{odd:?}");
    }
}

#[test]
fn a_policy_beyond_its_limits_is_refused_naming_the_field() {
    let answer = |reply: Value| json!({"answers": {"login": reply}});
    let stop = |grace: &str| json!({"running": {"stop": {"grace": grace}}, "effects": ["stop"]});
    for (field, body) in [
        ("policy.answers.login.status", answer(json!({"answer": "deny", "status": 399}))),
        ("policy.answers.login.status", answer(json!({"answer": "deny", "status": 600}))),
        ("policy.answers.login.status", answer(json!({"answer": "warn", "status": 503}))),
        ("policy.answers.login.retry_after", answer(json!({"answer": "deny", "retry_after": "PT0.5S"}))),
        ("policy.answers.login.retry_after", answer(json!({"answer": "deny", "retry_after": "P2D"}))),
        ("policy.cutoff", json!({"cutoff": "P8D"})),
        ("policy.leaving_limit", json!({"leaving_limit": "PT59S"})),
        ("policy.leaving_limit", json!({"leaving_limit": "PT24H1S"})),
        ("policy.running.finish.limit", json!({"running": {"finish": {"limit": "PT0S"}}})),
        ("policy.running.finish.limit", json!({"running": {"finish": {"limit": "P8D"}}})),
        ("policy.running.stop.grace", stop("PT1H0.000001S")),
        ("policy.running", json!({"effects": ["stop"]})),
        ("policy.effects", json!({"running": {"stop": {"grace": "PT1S"}}})),
        ("policy", json!({"answer": {}})),
        ("policy", json!({"cutoff": "1h"})),
        ("policy", json!([])),
        ("policy.end", json!({"end": {"by": "never"}})),
        ("policy.end", json!({"end": {"by": "after", "duration": "PT0S"}})),
    ] {
        assert_eq!(from_body(body.clone()).unwrap_err().field.as_deref(), Some(field), "{body}");
    }
    let negative = Policy { cutoff: Span::seconds(-1), ..Policy::default() };
    let refusal = negative.checked().unwrap_err();
    assert_eq!(refusal.field.as_deref(), Some("policy.cutoff"));
    assert_eq!(refusal.detail, "`-PT1S` is out of bounds");
    assert_eq!(refusal.remedy, "Choose a duration from `PT0S` to `P7D`.");
    assert!(from_body(stop("PT1H")).is_ok());
}

#[test]
fn the_end_in_a_body_of_a_policy_is_handed_to_the_plan() {
    let (policy, end) = from_body(json!({"passes": ["operator"], "end": {"by": "manual"}})).unwrap();
    assert_eq!(end, Some(EndRule::Manual(Overrun::Stay)));
    assert!(policy.passes.contains(&Role::Operator));
    assert_eq!(from_body(json!({})).unwrap(), (Policy::default(), None));
}

#[test]
fn a_stronger_role_passes_where_a_weaker_one_does() {
    let policy = Policy { passes: [Role::Operator].into(), ..Policy::default() };
    let passing: Vec<Role> = Role::ALL.into_iter().filter(|role| policy.passes(*role)).collect();
    assert_eq!(passing, [Role::Operator, Role::Administrator]);
    assert!(Role::ALL.is_sorted());
    assert!(!Role::ALL.into_iter().any(|role| Policy::default().passes(role)), "nobody is named, nobody passes");
}

#[test]
fn work_is_in_maintenance_as_soon_as_it_is_held_back() {
    let sets_work = |body: Value| from_body(body).unwrap().0.sets(Facet::Work);
    assert!(!sets_work(json!({})));
    assert!(!sets_work(json!({"answers": {"login": {"answer": "warn"}}})));
    assert!(sets_work(json!({"answers": {"login": {"answer": "defer"}}})));
    assert!(sets_work(json!({"running": {"finish": {}}})));
    assert!(sets_work(json!({"effects": ["cordon"]})));
    assert!(sets_work(json!({"facets": ["work"]})));
    assert!(!from_body(json!({"facets": []})).unwrap().0.sets(Facet::Page));
}

#[test]
fn words_are_shown_as_bodies_say_them() {
    for role in Role::ALL {
        assert_eq!(serde_json::to_value(role).unwrap(), role.to_string());
    }
    for effect in Effect::ALL {
        assert_eq!(serde_json::to_value(effect).unwrap(), effect.to_string());
    }
}

proptest! {
    #[test]
    fn every_policy_reads_back_as_it_was_written(
        statuses in prop::collection::btree_map(0..Action::ALL.len(), prop::option::of(400..600u16), 0..5),
        grace in 0..GRACE_MAX.0,
        cutoff in 0..CUTOFF_MAX.0,
    ) {
        let deny = |status| Reply { answer: Answer::Deny, status, retry_after: None };
        let policy = Policy {
            answers: statuses.into_iter().map(|(n, status)| (Action::ALL[n], deny(status))).collect(),
            running: Running::Stop { grace: Span(grace), backup: false },
            effects: [Effect::Stop].into(),
            cutoff: Span(cutoff),
            ..Policy::default()
        };
        prop_assert_eq!(from_body(serde_json::to_value(&policy).unwrap()), Ok((policy, None)));
    }
}

#[test]
fn what_is_left_out_is_as_in_the_preset_that_it_names() {
    let (policy, _) = from_body(json!({"preset": "stop-everything", "approval": true})).expect("it is one");
    assert_eq!(policy, Policy { approval: true, ..Preset::StopEverything.policy() });
    let (policy, _) = from_body(json!({"approval": true})).expect("it is one");
    assert_eq!(policy, Policy { approval: true, ..Preset::Announce.policy() });
    for odd in [json!({"preset": "none"}), json!({"preset": 5})] {
        let refusal = from_body(odd).expect_err("there is no such preset");
        assert_eq!(refusal.field.as_deref(), Some("policy.preset"));
    }
}
