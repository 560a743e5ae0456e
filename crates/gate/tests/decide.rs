//! Decisions on a handful of windows, one rule at a time.
use std::sync::Arc;

use lull_gate::{
    Action, Answer, Builder, Closes, Decision, Epoch, Instant, Question, Quiet, Reply, Snapshot, Span, Window, decide,
    foresee,
};

const NOON: Instant = Instant(1_770_000_000_000_000);

fn at(hours: i64) -> Instant {
    NOON + Span::hours(hours)
}

/// A maintenance of this name that answers so to everything, from and until these hours after noon.
fn window(name: &str, answer: Answer, from: Option<i64>, until: Option<i64>) -> Window {
    let reply = Reply { answer, status: None, retry_after: None };
    let quiet = Quiet {
        id: name.to_owned(),
        title: name.to_owned(),
        message: None,
        zone: "UTC".to_owned(),
        replies: [reply; Action::ALL.len()],
        passes: vec!["operator".into()],
        lets_run: false,
    };
    let serial = name.bytes().fold(0, |serial, byte| serial * 256 + u64::from(byte));
    let closes = from.map_or(Closes::Now, |hours| Closes::At(at(hours)));
    Window { quiet: Arc::new(quiet), serial, closes, ends: until.map(at), opens: false }
}

fn snapshot(windows: &[(&str, &[Window])]) -> Snapshot {
    let mut builder = Builder::new();
    for (path, windows) in windows {
        let set = builder.set(windows);
        builder.put(&Arc::from(*path), set);
    }
    builder.snapshot(Epoch(1))
}

fn question(target: &str, hours: i64) -> Question<'_> {
    Question { target, action: Action::RequestWrite, roles: &[], at: at(hours), lasts: None }
}

fn because<'s>(decision: &Decision<'s>) -> Option<&'s str> {
    decision.because.map(|quiet| quiet.id.as_str())
}

#[test]
fn nothing_planned_is_allowed_and_never_changes() {
    let snapshot = snapshot(&[("shop", &[])]);
    let decision = decide(&snapshot, &question("shop", 0));
    assert_eq!((decision.answer, decision.until, decision.unknown_target), (Answer::Allow, None, false));
}

#[test]
fn the_strictest_answer_holds() {
    let snapshot = snapshot(&[(
        "shop",
        &[
            window("a", Answer::Queue, None, None),
            window("b", Answer::Deny, None, None),
            window("c", Answer::Warn, None, None),
        ],
    )]);
    let decision = decide(&snapshot, &question("shop", 0));
    assert_eq!((decision.answer, because(&decision)), (Answer::Deny, Some("b")));
}

#[test]
fn of_two_until_four_and_six_the_answer_holds_until_six() {
    let snapshot =
        snapshot(&[("shop", &[window("a", Answer::Deny, None, Some(4)), window("b", Answer::Deny, None, Some(6))])]);
    assert_eq!(decide(&snapshot, &question("shop", 0)).until, Some(at(6)));
}

#[test]
fn chained_windows_are_one() {
    let one = [
        window("a", Answer::Deny, None, Some(1)),
        window("b", Answer::Deny, Some(1), Some(2)),
        window("c", Answer::Deny, Some(2), Some(3)),
    ];
    let chained = snapshot(&[("shop", &one)]);
    assert_eq!(decide(&chained, &question("shop", 0)).until, Some(at(3)));
    let apart = [one[0].clone(), one[2].clone()];
    assert_eq!(decide(&snapshot(&[("shop", &apart)]), &question("shop", 0)).until, Some(at(1)));
}

#[test]
fn another_answer_ends_this_one() {
    let windows = [window("a", Answer::Deny, None, Some(1)), window("b", Answer::Queue, None, Some(5))];
    let snapshot = snapshot(&[("shop", &windows)]);
    assert_eq!(decide(&snapshot, &question("shop", 0)).until, Some(at(1)));
}

#[test]
fn no_more_than_sixteen_windows_in_a_row_are_looked_through() {
    let chain: Vec<Window> = (0..40).map(|n| window(&format!("w{n:02}"), Answer::Deny, Some(n), Some(n + 1))).collect();
    let chain: Vec<Window> = chain.into_iter().map(|window| Window { opens: true, ..window }).collect();
    let snapshot = snapshot(&[("shop", &chain)]);
    assert_eq!(decide(&snapshot, &question("shop", 0)).until, None);
    assert_eq!(decide(&snapshot, &question("shop", 35)).until, Some(at(40)));
}

#[test]
fn what_is_in_progress_is_closed_whatever_the_clock_says() {
    let snapshot = snapshot(&[("shop", &[window("a", Answer::Deny, None, Some(2))])]);
    for hours in [-10, 0, 2, 50] {
        assert_eq!(decide(&snapshot, &question("shop", hours)).answer, Answer::Deny, "at {hours}");
    }
    assert_eq!(decide(&snapshot, &question("shop", 2)).until, None, "past its end nobody knows");
}

#[test]
fn what_needs_nothing_put_back_opens_at_its_end() {
    let mut one = window("a", Answer::Deny, None, Some(2));
    one.opens = true;
    let snapshot = snapshot(&[("shop", &[one])]);
    assert_eq!(decide(&snapshot, &question("shop", 1)).answer, Answer::Deny);
    assert_eq!(decide(&snapshot, &question("shop", 2)).answer, Answer::Allow);
}

#[test]
fn what_is_scheduled_closes_at_its_time_and_says_so_before() {
    let snapshot = snapshot(&[("shop", &[window("a", Answer::Deny, Some(1), Some(2))])]);
    let before = decide(&snapshot, &question("shop", 0));
    assert_eq!((before.answer, because(&before), before.until), (Answer::Allow, None, Some(at(1))));
    assert_eq!(decide(&snapshot, &question("shop", 1)).answer, Answer::Deny);
}

#[test]
fn the_end_as_planned_counts_for_a_later_time() {
    let snapshot = snapshot(&[("shop", &[window("a", Answer::Deny, None, Some(2))])]);
    let later = |now| foresee(&snapshot, &question("shop", 3), at(now));
    assert_eq!((later(0).answer, later(0).is_open_ended), (Answer::Allow, false));
    assert_eq!((later(2).answer, later(2).is_open_ended), (Answer::Deny, true), "overdue: it ends nobody knows when");
}

#[test]
fn who_passes_is_allowed_and_told() {
    let snapshot = snapshot(&[("shop", &[window("a", Answer::Deny, None, None)])]);
    let ask = |roles: &[&str]| {
        let decision = decide(&snapshot, &Question { roles, ..question("shop", 0) });
        (decision.answer, decision.because.is_some())
    };
    assert_eq!(ask(&["operator"]), (Answer::Allow, true));
    assert_eq!(ask(&["viewer", "operator"]), (Answer::Allow, true));
    assert_eq!(ask(&["viewer"]), (Answer::Deny, true));
    assert_eq!(ask(&["pass:a"]), (Answer::Allow, true));
    assert_eq!(ask(&["pass:b", "a", ""]), (Answer::Deny, true));
}

#[test]
fn a_pass_for_one_maintenance_is_none_for_another() {
    let windows = [window("a", Answer::Deny, None, None), window("b", Answer::Deny, None, None)];
    let snapshot = snapshot(&[("shop", &windows)]);
    let decision = decide(&snapshot, &Question { roles: &["pass:a"], ..question("shop", 0) });
    assert_eq!((decision.answer, because(&decision)), (Answer::Deny, Some("b")));
}

#[test]
fn work_that_would_run_into_a_window_is_answered_as_in_it() {
    let mut lets_run = window("b", Answer::Deny, Some(2), Some(4));
    lets_run.quiet = Arc::new(Quiet { lets_run: true, ..(*lets_run.quiet).clone() });
    let stops = snapshot(&[("shop", &[window("a", Answer::Deny, Some(2), Some(4))])]);
    let goes_on = snapshot(&[("shop", &[lets_run])]);
    let ask = |snapshot, minutes| {
        let lasts = Some(Span::minutes(minutes));
        let decision = decide(snapshot, &Question { lasts, ..question("shop", 0) });
        (decision.answer, decision.until)
    };
    assert_eq!(ask(&stops, 120).0, Answer::Allow, "it ends as the window begins");
    assert_eq!(ask(&stops, 121), (Answer::Deny, Some(at(4))));
    assert_eq!(ask(&goes_on, 121).0, Answer::Allow, "that one lets it run");
    let (_, until) = ask(&stops, 60);
    assert_eq!(until, Some(at(1) + Span(1)), "from then on it would not end in time");
}

#[test]
fn the_nearest_known_target_above_decides() {
    let snapshot = snapshot(&[("", &[]), ("acme", &[window("a", Answer::Deny, None, None)]), ("acme/shop", &[])]);
    let ask = |target| {
        let decision = decide(&snapshot, &question(target, 0));
        (decision.answer, decision.unknown_target)
    };
    assert_eq!(ask("acme/new/thing"), (Answer::Deny, false));
    assert_eq!(ask("acme/shop/new"), (Answer::Allow, false));
    assert_eq!(ask("acme/shopping"), (Answer::Deny, false), "by segment");
    assert_eq!(ask("other/new"), (Answer::Allow, true));
    assert_eq!(ask("/"), (Answer::Allow, false));
}

#[test]
fn when_to_ask_again_is_rounded_up() {
    let snapshot = snapshot(&[("shop", &[window("a", Answer::Deny, None, Some(1))])]);
    let ask = |late: Span| {
        let question = Question { at: at(1) - late, ..question("shop", 0) };
        decide(&snapshot, &question).retry_after(&question, question.at)
    };
    assert_eq!(ask(Span::seconds(90)), Some(90));
    assert_eq!(ask(Span(90_000_001)), Some(91));
    assert_eq!(ask(Span(1)), Some(1));
    assert_eq!(ask(Span::ZERO), Some(300), "nobody knows");
}

#[test]
fn a_set_that_nobody_has_is_forgotten_and_its_place_used_again() {
    let mut builder = Builder::new();
    for n in 0..10_000 {
        let set = builder.set(&[window(&format!("w{n}"), Answer::Deny, None, None)]);
        builder.put(&Arc::from("shop"), set);
    }
    let last = builder.snapshot(Epoch(2));
    let decision = decide(&last, &question("shop", 0));
    assert_eq!(because(&decision), Some("w9999"));
    builder.remove("shop");
    assert!(decide(&builder.snapshot(Epoch(3)), &question("shop", 0)).unknown_target);
    assert_eq!(because(&decision), Some("w9999"), "who has an older copy keeps it");
}

#[test]
fn a_copy_is_not_changed_by_what_comes_after_it() {
    let mut builder = Builder::new();
    let open = builder.set(&[]);
    for n in 0..20_000 {
        builder.put(&Arc::from(format!("t{n}")), open);
    }
    let before = builder.snapshot(Epoch(1));
    let closed = builder.set(&[window("a", Answer::Deny, None, None)]);
    (0..20_000).step_by(7).for_each(|n| builder.put(&Arc::from(format!("t{n}")), closed));
    builder.put(&Arc::from("new"), closed);
    let after = builder.snapshot(Epoch(2));
    assert!(before.entries().all(|(_, windows)| windows.is_empty()));
    assert_eq!(before.entries().count(), 20_000);
    assert_eq!(after.entries().filter(|(_, windows)| !windows.is_empty()).count(), 20_000usize.div_ceil(7) + 1);
    assert_ne!(before, after);
}

#[test]
fn every_action_has_the_name_it_is_written_with() {
    for action in Action::ALL {
        assert_eq!(Action::named(action.name()), Some(action));
        assert_eq!(serde_json::to_value(action).expect("it is a word"), action.name());
    }
    assert_eq!(Action::named("workload"), None);
    let answers = [Answer::Allow, Answer::Warn, Answer::Defer, Answer::Queue, Answer::Deny];
    assert!(answers.iter().all(|answer| serde_json::to_value(answer).expect("it is a word") == answer.name()));
}
