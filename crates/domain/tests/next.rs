//! What an engagement needs next, as others stand: what it waits for, and what it does not.
mod sample;

use std::collections::BTreeMap;

use lull_domain::engagement::{
    CallVerb, Engagement, Failure, Fate, Key, Outcome, Reading, Report, Run, Thing, ThingState,
};
use lull_domain::estate::{Binding, Estate, Kind, Match, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Command, Finding};
use lull_domain::policy::{Effect, Running, Then};
use lull_domain::scope::Scope;
use lull_domain::work::{Memory, Todo, Work, missing};
use lull_domain::{Instant, Span};
use serde_json::json;

use sample::*;

const DB: TargetId = TargetId(10);
const WEB: TargetId = TargetId(11);
const ONE: MaintenanceId = MaintenanceId(1);
const TWO: MaintenanceId = MaintenanceId(2);
const GRACE: Span = Span::seconds(10);

/// A database, and a site that needs it.
fn estate() -> Estate {
    let root = Target::new(TargetId(7), "shop".parse().expect("a path"), Kind::Product);
    let bound = |id, name: &str| Target {
        binding: Some(binding(name)),
        ..Target::new(id, format!("shop/{name}").parse().expect("a path"), Kind::Service)
    };
    let web = Target { needs: [DB].into_iter().collect(), ..bound(WEB, "web") };
    Estate::from_targets(vec![root, bound(DB, "db"), web])
}

fn binding(name: &str) -> Binding {
    Binding { adapter: "world".to_owned(), matches: Match { name: Some(name.to_owned()), ..Match::default() } }
}

fn key(target: TargetId) -> Key {
    Key { target, effect: Effect::Stop }
}

fn two_o_clock() -> Instant {
    after(Span::hours(2))
}

fn up(name: &str) -> Thing {
    Thing {
        name: name.to_owned(),
        id: None,
        state: ThingState::Running,
        started_at: Some(NOON),
        finished_at: None,
        restarts: 0,
        healthy: None,
        needs: Vec::new(),
        setting: json!(null),
        owner: None,
        keeps_down: None,
    }
}

fn down(name: &str) -> Thing {
    Thing { state: ThingState::Stopped, finished_at: Some(two_o_clock()), ..up(name) }
}

fn listing(target: TargetId, at: Instant, things: Vec<Thing>) -> Reading {
    let name = if target == DB { "db" } else { "web" };
    Reading { at, booted_at: None, binding: binding(name), things, contested: Vec::new() }
}

fn captured(target: TargetId, names: &[&str]) -> Engagement {
    let things = names.iter().map(|name| up(name)).collect();
    Engagement::free(key(target)).held(ONE, GRACE).read(&listing(target, two_o_clock(), things), true, two_o_clock())
}

/// What a call does to each of its things.
fn done(engagement: Engagement, verb: CallVerb, fates: &[(&str, Fate)]) -> Engagement {
    let names: Vec<String> = fates.iter().map(|(name, _)| (*name).to_owned()).collect();
    let calling = engagement.calling(verb, names, two_o_clock());
    let call = calling.call.clone().expect("a call is under way");
    let outcome =
        |(name, fate): &(&str, Fate)| Outcome { name: (*name).to_owned(), fate: fate.clone(), set: None, found: None };
    let report = Report {
        number: call.number,
        op: call.op,
        verb,
        binding: calling.receipt().expect("what ran is stored").binding.clone(),
        items: calling.items().to_vec(),
        outcome: Ok(fates.iter().map(outcome).collect()),
    };
    calling.reported(&report, two_o_clock())
}

fn owed(target: TargetId, names: &[&str]) -> Engagement {
    let run = Run { started_at: Some(NOON), finished_at: Some(two_o_clock()) };
    let fates: Vec<(&str, Fate)> = names.iter().map(|name| (*name, Fate::Stopped(run))).collect();
    let things = names.iter().map(|name| down(name)).collect();
    let now = two_o_clock() + Span::seconds(1);
    done(captured(target, names), CallVerb::Apply, &fates).released(ONE).read(&listing(target, now, things), false, now)
}

fn work<'e>(
    estate: &'e Estate,
    maintenances: &[Maintenance],
    engagements: impl IntoIterator<Item = Engagement>,
) -> Work<'e> {
    let maintenances: BTreeMap<_, _> = maintenances.iter().map(|m| (m.id, m.clone())).collect();
    Work::new(estate, maintenances, engagements.into_iter().map(|e| (e.key, e)).collect())
}

fn read_just_now(now: Instant) -> Memory {
    Memory { read_at: [DB, WEB].map(|target| (key(target), now)).into(), ..Memory::default() }
}

/// Whether the site is started while the database is like this.
fn starts_without(db: Engagement) -> bool {
    let (estate, now) = (estate(), two_o_clock() + Span::seconds(2));
    let work = work(&estate, &[in_state('L')], [db, owed(WEB, &["web"])]);
    let web = work.engagement(key(WEB));
    let next = work.next(&web, &read_just_now(now), now);
    assert_eq!(next.is_none(), !work.waits(&web, now).is_empty(), "what it waits for is shown");
    next == Some(Todo::Call(key(WEB), CallVerb::Revert, vec!["web".to_owned()]))
}

#[test]
fn only_what_failed_for_good_and_is_still_owed_is_not_waited_for() {
    let for_good = || Fate::Failed(Failure::ForGood("no such image".to_owned()));
    let one = || owed(DB, &["db"]);
    assert!(!starts_without(one()), "it is down by us");
    assert!(starts_without(done(one(), CallVerb::Revert, &[("db", for_good())])));
    let two = || owed(DB, &["db", "replica"]);
    assert!(!starts_without(done(two(), CallVerb::Revert, &[("replica", for_good())])), "the other may yet start");
    let both = [("db", for_good()), ("replica", for_good())];
    assert!(starts_without(done(two(), CallVerb::Revert, &both)));
    let mut contested = one();
    contested.contested.push("other".to_owned());
    assert!(!starts_without(contested), "a thing that was never touched");
    let mut busy = one();
    for _ in 0..6 {
        busy = busy.unread(&Failure::ForNow("busy".to_owned()), two_o_clock());
    }
    assert!(!busy.troubles().is_empty());
    assert!(!starts_without(busy), "it failed for now only");
    assert!(starts_without(one().unread(&Failure::ForGood("no such adapter".to_owned()), two_o_clock())));
}

/// From one o'clock to three, entering; nothing more is stopped half an hour before the end.
fn cut_off() -> Maintenance {
    let mut maintenance = in_state('E');
    maintenance.plan.policy.cutoff = Span::minutes(30);
    maintenance
}

const CUTOFF: Span = Span::minutes(150);

#[test]
fn nothing_more_is_stopped_past_the_cutoff() {
    let estate = estate();
    let next = |maintenances: &[Maintenance], web: Engagement, now| {
        let work = work(&estate, maintenances, [web]);
        let web = work.engagement(key(WEB));
        (work.next(&web, &read_just_now(now), now), work.is_cut_off(&web, now))
    };
    let stop = || Some(Todo::Call(key(WEB), CallVerb::Apply, vec!["web".to_owned()]));
    let (early, late) = (after(CUTOFF) - Span::seconds(1), after(CUTOFF));
    assert_eq!(next(&[cut_off()], captured(WEB, &["web"]), early), (stop(), false));
    assert_eq!(next(&[cut_off()], captured(WEB, &["web"]), late), (None, true));
    let mut open = Maintenance { id: TWO, ..cut_off() };
    open.plan.policy.cutoff = Span::ZERO;
    let both = captured(WEB, &["web"]).held(TWO, GRACE);
    assert_eq!(next(&[cut_off(), open], both, late), (stop(), false), "another one may still stop it");
    let run = Run { started_at: Some(NOON), finished_at: Some(two_o_clock()) };
    let stopped = done(captured(WEB, &["web"]), CallVerb::Apply, &[("web", Fate::Stopped(run))]);
    let again = Thing { started_at: Some(late), ..up("web") };
    let again = stopped.read(&listing(WEB, late, vec![again]), true, late);
    assert_eq!(next(&[cut_off()], again, late), (None, true), "nor what runs again");
}

#[test]
fn what_is_not_stopped_by_its_cutoff_keeps_nobody_waiting() {
    let (estate, now) = (estate(), after(CUTOFF));
    let mut other = in_state('E');
    (other.id, other.plan.scope) = (TWO, Scope::under(DB));
    let db = captured(DB, &["db"]).held(TWO, GRACE);
    let db = db.read(&listing(DB, now, vec![up("db")]), true, now);
    let next = |web: Engagement| {
        let work = work(&estate, &[cut_off(), other.clone()], [db.clone(), web]);
        work.next(&work.engagement(key(DB)), &read_just_now(now), now)
    };
    let stop = Some(Todo::Call(key(DB), CallVerb::Apply, vec!["db".to_owned()]));
    assert_eq!(next(captured(WEB, &["web"])), stop, "the site will not be stopped");
    let stopping = captured(WEB, &["web"]).calling(CallVerb::Apply, vec!["web".to_owned()], now - Span::seconds(1));
    assert_eq!(next(stopping), None, "it may yet be");
    assert_eq!(next(captured(WEB, &["web"]).released(ONE)), stop);
}

#[test]
fn a_maintenance_past_its_cutoff_can_end() {
    let (estate, now) = (estate(), after(CUTOFF));
    let todo = |maintenance: &Maintenance, web: Engagement| {
        let work = work(&estate, std::slice::from_ref(maintenance), [web, captured(DB, &[]).applied().released(ONE)]);
        missing(&work, &read_just_now(now), now).0
    };
    let web = captured(WEB, &["web"]);
    let leaving = made(&cut_off(), ada(), complete(), now);
    assert!(todo(&leaving, web.clone()).contains(&Todo::Release(ONE, key(WEB))));
    let left = Todo::Give(ONE, Command::Found(Finding::Left));
    let free = Engagement::free(key(DB));
    assert!(web.clone().released(ONE).is_at_rest(), "what was never called is free");
    let work = work(&estate, &[leaving], [web.released(ONE), free]);
    assert!(missing(&work, &read_just_now(now), now).0.contains(&left));
}

#[test]
fn the_cutoff_wakes_who_waits_for_it() {
    let estate = estate();
    let work = work(&estate, &[cut_off()], [captured(WEB, &["web"])]);
    let now = after(Span::minutes(149));
    assert_eq!(missing(&work, &read_just_now(now), now).1, Some(after(CUTOFF)));
}

/// A site of two that are saved before they are stopped.
fn saving() -> Engagement {
    let things = ["site", "web"].map(up).to_vec();
    let held = Engagement { backup: true, ..Engagement::free(key(WEB)).held(ONE, GRACE) };
    held.read(&listing(WEB, two_o_clock(), things), true, two_o_clock())
}

/// What is done next to the site once it is read and every pause is over.
fn next_to(site: &Engagement) -> Option<Todo> {
    let (estate, now) = (estate(), two_o_clock() + Span::minutes(3));
    let work = work(&estate, &[in_state('E')], [site.clone()]);
    work.next(site, &read_just_now(now), now)
}

#[test]
fn what_is_saved_is_stopped_though_a_backup_beside_it_failed() {
    let calls =
        |verb, names: &[&str]| Some(Todo::Call(key(WEB), verb, names.iter().map(|it| (*it).to_owned()).collect()));
    assert_eq!(next_to(&saving()), calls(CallVerb::Backup, &["site", "web"]));
    let saved = Fate::BackedUp("image".to_owned());
    let full = Fate::Failed(Failure::ForNow("full".to_owned()));
    let half = done(saving(), CallVerb::Backup, &[("site", saved), ("web", full)]);
    assert_eq!(next_to(&half), calls(CallVerb::Apply, &["site"]));
    let run = Run { started_at: Some(NOON), finished_at: Some(two_o_clock()) };
    let stopped = done(half, CallVerb::Apply, &[("site", Fate::Stopped(run))]);
    assert_eq!(next_to(&stopped), calls(CallVerb::Backup, &["web"]), "and the other is tried again");
}

#[test]
fn a_backup_that_never_answers_becomes_a_named_blocker() {
    let mut site = saving();
    for times in 0..5 {
        assert_eq!(site.troubles(), [], "after {times}");
        let lost = Fate::Failed(Failure::NoAnswer("timed out".to_owned()));
        let saved = Fate::BackedUp("image".to_owned());
        let unanswered = done(site, CallVerb::Backup, &[("site", saved), ("web", lost)]);
        assert!(unanswered.call.is_some(), "it may still act");
        let things = ["site", "web"].map(up).to_vec();
        site = unanswered.quiet().read(&listing(WEB, two_o_clock(), things), true, two_o_clock());
    }
    assert_eq!(site.troubles().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["web"]);
    assert!(site.troubles()[0].1.contains("the backup failed, so it runs on"));
}

#[test]
fn entering_anew_takes_what_is_still_owed_and_waits_for_the_rest() {
    let (estate, now) = (estate(), two_o_clock());
    let mut again = in_state('E');
    again.plan.policy.running = Running::Finish { limit: Span::minutes(30), then: Then::Stop };
    let todo = |web: Engagement| {
        let work = work(&estate, std::slice::from_ref(&again), [web]);
        missing(&work, &read_just_now(now), now).0
    };
    let waits = [DB, WEB].map(|target| Todo::Look(ONE, target));
    let asked = todo(owed(WEB, &["web"]));
    assert!(asked.contains(&Todo::Hold(ONE, key(WEB))) && !asked.contains(&Todo::Hold(ONE, key(DB))), "{asked:?}");
    assert!(waits.iter().all(|wait| asked.contains(wait)), "{asked:?}");
    let held = todo(owed(WEB, &["web"]).held(ONE, GRACE));
    assert!(!held.contains(&Todo::Release(ONE, key(WEB))), "{held:?}");
}
