//! The negative controls: each rule of `docs/engagements.md` is left out, and a promise breaks.
//!
//! A control holds with all rules, and breaks without one, or without the two that do the same work. Its history is found
//! by seed (`cargo test --release -p lull-domain --test sim -- --controls` looks for such), or written by hand.
mod sim;

use std::collections::BTreeSet;

use Promise::*;
use Source::{Seeds, Story};
use sim::history::Setting;
use sim::judge::{PROMISES, Promise};
use sim::rules::{ALL, Rule, Rules};

mod stories;

/// A rule or two left out, what breaks, and in which history.
struct Control {
    name: &'static str,
    without: &'static [Rule],
    breaks: Promise,
    source: Source,
}

/// Where the history of a control comes from.
enum Source {
    /// One of the seeds from this one on.
    Seeds(u64),
    /// Written by hand.
    Story(fn(Rules) -> stories::Broken),
}

/// So many seeds are tried, that a change elsewhere in the simulation does not make a control mute.
const TRIED: u64 = 100;

impl Control {
    fn check(&self) {
        let without = || Rules::without(self.without).judged_by(self.breaks);
        let from = match self.source {
            Seeds(from) => from,
            Story(tell) => {
                assert_eq!(tell(Rules::default()), None, "with all rules it holds");
                assert!(tell(without()).is_some(), "without {:?} it must break {:?}", self.without, self.breaks);
                return;
            }
        };
        let broken = |seed: &u64, rules: Rules| Setting::new(*seed, None).run(rules, false).broken;
        let seed = (from..from + TRIED).find(|seed| broken(seed, without()).is_some());
        let seed = seed.expect("no seed from here breaks it; look for another");
        assert_eq!(broken(&seed, Rules::default()), None, "seed {seed} holds with all rules");
    }
}

macro_rules! controls {
    ($($name:ident: without $without:expr, $breaks:ident, $source:expr;)*) => {
        const CONTROLS: &[Control] = &[
            $(Control { name: stringify!($name), without: &$without, breaks: $breaks, source: $source },)*
        ];
        $(#[test]
        fn $name() {
            CONTROLS.iter().find(|control| control.name == stringify!($name)).expect("it stands above").check();
        })*
    };
}

controls! {
    a_failed_revert_keeps_its_receipt: without [Rule::ReceiptKept], RunsAgain, Seeds(0);
    what_is_down_by_us_stands_in_a_receipt: without [Rule::ReceiptKept], ReceiptKept, Seeds(0);
    what_nobody_else_touched_is_as_it_was: without [Rule::ReceiptKept], AsBefore, Seeds(0);
    a_new_hold_takes_over_what_is_owed: without [Rule::HoldKeepsReceipt], RunsAgain, Story(stories::held_again_while_owed);
    the_receipt_is_stored_before_the_first_touch: without [Rule::ReceiptFirst], ReceiptFirst, Seeds(0);
    started_counts_when_it_is_well: without [Rule::HealthyFirst], RunsAgain, Story(stories::dies_after_our_start);
    what_died_again_is_no_persons_doing: without [Rule::OwnStartIsOurs], RunsAgain, Story(stories::dies_when_held_again);
    a_start_that_is_not_yet_well_stays_owed: without [Rule::StartsWell], RunsAgain, Story(stories::dies_when_held_again);

    nothing_is_sent_while_a_call_may_still_act: without [Rule::Quiet], RunsAgain, Seeds(20);
    the_quiet_time_is_waited_out_on_a_monotonic_clock: without [Rule::Monotonic], ReceiptFirst, Story(stories::the_clock_jumps_over_a_call);
    the_deadline_is_looked_at_again_before_the_send: without [Rule::DeadlineAgain], ReceiptFirst, Seeds(480);
    a_lost_connection_is_no_report: without [Rule::LostIsNoReport], RunsAgain, Seeds(27100);
    a_lost_call_is_remembered: without [Rule::LostRemembered], RunsAgain, Story(stories::a_lost_call_then_another_hold);
    a_report_with_an_outdated_number_is_late: without [Rule::Numbers], RunsAgain, Seeds(480);
    a_late_report_is_owed: without [Rule::LateRepairs], RunsAgain, Seeds(320);

    what_is_down_after_all_is_told: without [Rule::DoubtTold], Told, Story(stories::a_lost_call_acts_after_its_time);

    a_captured_engagement_is_read_back_before_it_is_dropped: without [Rule::ReadBack], RunsAgain, Seeds(0);
    every_operation_begins_with_a_reading: without [Rule::OpReadsFirst], NeverStarted, Seeds(2590);
    a_reading_from_before_the_last_change_is_thrown_away: without [Rule::FreshReading], TakenWrongly, Seeds(100);
    a_report_does_not_pay_a_reading: without [Rule::LookStays], RunsAgain, Seeds(130);
    what_is_found_is_decided_again_inside: without [Rule::DecidedInside], LeftTrue, Seeds(0);
    entered_needs_a_reading_newer_than_the_hold: without [Rule::JoinReads], EnteredTrue, Seeds(15);

    called_is_told_per_thing: without [Rule::PerThing], NeverStarted, Story(stories::a_person_stops_the_second_thing);
    nothing_is_stopped_before_its_backup: without [Rule::BackupFirst], BackedUp, Seeds(0);
    what_was_never_called_is_dropped: without [Rule::NeverCalledDropped], NeverStarted, Story(stories::let_go_before_any_call);
    who_releases_last_answers: without [Rule::Answerable], LeftTrue, Seeds(0);
    past_its_limit_a_debt_is_passed_on: without [Rule::LimitPasses], Stuck, Story(stories::waits_for_what_another_holds);

    what_the_outside_brought_back_is_stopped_again: without [Rule::HeldDown], TakenWrongly, Seeds(40);
    boot_evidence_explains_only_what_started_with_it: without [Rule::BootByStart], TakenOver, Story(stories::started_long_after_a_restart);
    a_restart_before_our_stop_brings_nothing_back: without [Rule::BootStored], TakenOver, Story(stories::started_soon_after_an_old_restart);
    what_runs_again_while_entering_is_stopped: without [Rule::EnteringNotStruck], EnteredTrue, Seeds(10);
    newcomers_are_stopped_while_entering: without [Rule::Newcomers], EnteredTrue, Seeds(10);
    what_a_person_started_is_not_touched: without [Rule::TakenOver], TakenOver, Seeds(10);
    a_later_hold_takes_what_was_taken_over: without [Rule::LaterHoldTakes], EnteredTrue, Story(stories::taken_over_then_held_by_another);

    what_somebody_else_stopped_is_not_started: without [Rule::StrikeStopped], NeverStarted, Seeds(190);
    what_nobody_ran_since_our_stop_is_ours: without [Rule::StrikeOnlyRan], RunsAgain, Seeds(0);
    a_successor_that_ran_and_stopped_is_a_persons: without [Rule::Successor], NeverStarted, Story(stories::a_successor_stops);
    what_is_gone_is_no_debt: without [Rule::GoneIsNoDebt], Stuck, Story(stories::gone_for_good);

    a_value_is_set_only_where_it_was_captured: without [Rule::CompareSet], ValueKept, Seeds(60);
    a_value_is_put_back_only_where_it_is_ours: without [Rule::CompareBack], ValueKept, Seeds(90);
    a_value_of_ours_never_remains: without [Rule::StruckValueBack], ValueBack, Seeds(25);

    what_needs_a_thing_stops_before_it: without [Rule::StopsInOrder], Order, Seeds(0);
    what_a_thing_needs_starts_before_it: without [Rule::WaitsForNeeds], Order, Seeds(0);
    chained_maintenances_stop_once: without [Rule::StartsFirst], Once, Story(stories::one_ends_when_the_next_begins);

    accept_is_a_way_out: without [Rule::Accept], Stuck, Seeds(0);
    accept_waits_for_a_call: without [Rule::AcceptWaits], ReceiptFirst, Seeds(0);
    the_log_holds_every_order: without [Rule::Logged], Replay, Seeds(0);
    what_is_due_is_ordered: without [Rule::DueGiven], Due, Seeds(0);

    what_is_in_progress_is_closed_by_fact: without [Rule::GateByFact], Closed, Seeds(0);
    the_gate_stays_closed_past_an_end_until_it_is_told: without [Rule::GateUntilTold], Closed, Seeds(0);
    what_every_gate_has_is_fenced: without [Rule::FencedByAll], Fenced, Seeds(0);
    a_target_is_closed_until_what_was_stopped_is_back: without [Rule::GateUntilBack], NeverOpen, Seeds(0);

    a_reminder_covers_all_that_are_due: without [Rule::RemindedTogether], ToldOnce, Seeds(0);
    what_comes_too_late_is_not_told: without [Rule::StaleDropped], InTime, Seeds(0);
    the_owner_is_asked_once: without [Rule::AskedOnce], ToldOnce, Seeds(0);
    a_nudge_covers_what_has_passed: without [Rule::NudgedOnce], ToldOnce, Seeds(0);
    an_overrun_keeps_its_budget: without [Rule::BudgetKept], Budget, Seeds(0);
    a_second_person_approves: without [Rule::SecondPerson], Approved, Seeds(0);
}

#[test]
fn every_rule_can_be_missed() {
    let left_out: BTreeSet<Rule> = CONTROLS.iter().flat_map(|control| control.without).copied().collect();
    assert_eq!(left_out, ALL.iter().copied().collect());
}

#[test]
fn every_promise_can_be_broken() {
    let broken: BTreeSet<Promise> = CONTROLS.iter().map(|control| control.breaks).collect();
    assert_eq!(broken, PROMISES.iter().copied().collect());
}

#[test]
fn the_page_of_rules_names_every_control() {
    let page = include_str!("../../../docs/engagements.md");
    let missing: Vec<&str> =
        CONTROLS.iter().map(|it| it.name).filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/engagements.md lacks {missing:?}");
}
