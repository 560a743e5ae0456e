//! What the gate knows of what is stored: a snapshot that is patched equals one that is made anew, and both say what holds.
mod sample;

use std::collections::{BTreeMap, BTreeSet};

use lull_domain::engagement::{Engagement, Key, Receipt, Stage};
use lull_domain::estate::{Binding, Estate, Kind, Match, ROOT, Target};
use lull_domain::id::{MaintenanceId, TargetId};
use lull_domain::life::State;
use lull_domain::maintenance::Maintenance;
use lull_domain::plan::{Edit, Until};
use lull_domain::policy::{Effect, EndRule, Overrun, Role, Unhealthy};
use lull_domain::preset::Preset;
use lull_domain::quiet::{Compiler, compile, differs};
use lull_domain::scope::{Clause, Scope, Wanted};
use lull_domain::{Action, Answer, Instant, Span};
use lull_gate::{Decision, Epoch, Question, Snapshot, decide};
use proptest::prelude::*;

use sample::*;

const PATHS: [&str; 10] = [
    "acme",
    "acme/prod",
    "acme/prod/shop",
    "acme/prod/shop/api",
    "acme/prod/shop/api/v1",
    "acme/prod/shop/db",
    "acme/prod/wiki",
    "acme/test",
    "acme/test/lab",
    "other",
];

fn target(number: usize) -> TargetId {
    TargetId(number as u128 + 1)
}

fn estate() -> Estate {
    let targets = PATHS.iter().enumerate().map(|(number, path)| {
        let mut target = Target::new(target(number), path.parse().expect("it is a path"), Kind::Product);
        let tier = if number % 2 == 0 { "front" } else { "back" };
        target.labels.insert("tier".to_owned(), tier.to_owned());
        target
    });
    Estate::from_targets(targets)
}

/// One that covers this, in this state.
fn maintenance(id: u128, preset: Preset, scope: Scope, state: char) -> Maintenance {
    let mut maintenance = in_state(state);
    maintenance.id = MaintenanceId(id);
    maintenance.plan.policy = preset.policy();
    maintenance.plan.scope = scope;
    maintenance
}

/// Something of this target is down, and this one holds it or answers for it.
fn stopped(number: usize, by: u128, holds: bool) -> Engagement {
    let mut engagement = Engagement::free(Key { target: target(number), effect: Effect::Stop });
    let binding = Binding { adapter: "here".to_owned(), matches: Match::default() };
    let receipt = Receipt { binding, items: Vec::new(), taken_at: NOON };
    if holds {
        engagement = engagement.held(MaintenanceId(by), Span::seconds(10));
        engagement.stage = Stage::Applied(receipt);
    } else {
        engagement.stage = Stage::Owed(receipt);
        engagement.answers = Some(MaintenanceId(by));
        engagement.look = true;
    }
    engagement
}

fn ask<'s>(snapshot: &'s Snapshot, path: &str, roles: &[&str], at: Instant) -> Decision<'s> {
    decide(snapshot, &Question { target: path, action: Action::RequestWrite, roles, at, lasts: None })
}

fn closed<'a>(
    estate: &Estate,
    maintenances: &[Maintenance],
    engagements: &[Engagement],
    paths: &[&'a str],
) -> Vec<&'a str> {
    let snapshot = compile(estate, maintenances, engagements, Epoch(1));
    let is_closed = |path: &&&str| ask(&snapshot, path, &[], after(Span::hours(2))).answer == Answer::Deny;
    paths.iter().filter(is_closed).copied().collect()
}

#[test]
fn one_in_progress_closes_what_it_covers_and_nothing_else() {
    let scope = Scope::under(target(2)).excluding(Clause::under(target(5)));
    for (state, closes) in
        [('D', false), ('E', true), ('A', true), ('V', true), ('L', false), ('C', false), ('X', false)]
    {
        let one = maintenance(1, Preset::StopEverything, scope.clone(), state);
        let expected: &[&str] =
            if closes { &["acme/prod/shop", "acme/prod/shop/api", "acme/prod/shop/api/v1"] } else { &[] };
        assert_eq!(closed(&estate(), &[one], &[], &PATHS), expected, "in {state}");
    }
}

#[test]
fn labels_choose_within_a_scope() {
    let labels = BTreeMap::from([("tier".to_owned(), Wanted::Is("front".to_owned()))]);
    let scope = Scope { include: vec![Clause { under: target(1), labels }], exclude: Vec::new() };
    let one = maintenance(1, Preset::StopEverything, scope, 'A');
    assert_eq!(closed(&estate(), &[one], &[], &PATHS), ["acme/prod/shop", "acme/prod/shop/api/v1", "acme/prod/wiki"]);
}

#[test]
fn one_that_leaves_opens_each_target_when_it_is_back() {
    let one = maintenance(1, Preset::StopEverything, Scope::under(target(1)), 'L');
    let owed = stopped(3, 1, false);
    let expected = ["acme/prod", "acme/prod/shop", "acme/prod/shop/api", "acme/prod/shop/api/v1"];
    assert_eq!(
        closed(&estate(), std::slice::from_ref(&one), &[owed], &PATHS),
        expected,
        "the wiki and the database are open"
    );
    assert_eq!(closed(&estate(), &[one], &[], &PATHS), Vec::<&str>::new());
}

#[test]
fn what_came_out_of_a_scope_opens_when_it_is_back() {
    let scope = Scope::under(target(2)).excluding(Clause::under(target(5)));
    let one = maintenance(1, Preset::StopEverything, scope, 'A');
    assert!(closed(&estate(), std::slice::from_ref(&one), &[], &["acme/prod/shop/db"]).is_empty());
    let still = stopped(5, 1, true);
    assert_eq!(closed(&estate(), &[one], &[still], &["acme/prod/shop/db"]), ["acme/prod/shop/db"]);
}

#[test]
fn a_policy_may_open_what_is_started_and_not_well() {
    let mut one = maintenance(1, Preset::StopEverything, Scope::under(target(3)), 'L');
    let mut owed = stopped(3, 1, false);
    owed.look = false;
    let path = ["acme/prod/shop/api"];
    assert_eq!(closed(&estate(), &[one.clone()], &[owed.clone()], &path), path);
    one.plan.policy.unhealthy = Unhealthy::Open;
    assert!(closed(&estate(), &[one], &[owed], &path).is_empty(), "nothing is left to be started");
}

#[test]
fn while_it_is_verified_operators_pass_whatever_the_policy_says() {
    let mut scope_policy = Preset::StopEverything.policy();
    scope_policy.passes = BTreeSet::new();
    for (state, passes) in [('A', false), ('V', true)] {
        let mut one = maintenance(1, Preset::StopEverything, Scope::under(target(2)), state);
        one.plan.policy = scope_policy.clone();
        let snapshot = compile(&estate(), [&one], [], Epoch(1));
        let answer = |role| ask(&snapshot, PATHS[2], &[role], after(Span::hours(2))).answer;
        assert_eq!(answer("operator") == Answer::Allow, passes, "in {state}");
        assert_eq!(answer("viewer"), Answer::Deny);
    }
}

#[test]
fn whoever_is_more_than_one_who_passes_passes() {
    let mut one = maintenance(1, Preset::StopEverything, Scope::under(target(2)), 'A');
    one.plan.policy.passes = [Role::Reporter].into_iter().collect();
    let snapshot = compile(&estate(), [&one], [], Epoch(1));
    let allowed = |role: &&str| ask(&snapshot, PATHS[2], &[role], after(Span::hours(2))).answer == Answer::Allow;
    let roles = ["viewer", "reporter", "operator", "administrator", "root"];
    assert_eq!(
        roles.iter().filter(|role| allowed(role)).collect::<Vec<_>>(),
        [&"reporter", &"operator", &"administrator"]
    );
}

#[test]
fn only_what_needs_nothing_put_back_opens_by_the_clock() {
    let ended = after(Span::hours(4));
    for (preset, end, opens) in [
        (Preset::AdminsOnly, EndRule::AtEnd, true),
        (Preset::AdminsOnly, EndRule::Manual(Overrun::Stay), false),
        (Preset::StopEverything, EndRule::AtEnd, false),
        (Preset::HoldNewWork, EndRule::AtEnd, false),
    ] {
        let mut one = maintenance(1, preset, Scope::under(target(2)), 'A');
        one.plan.end = end.clone();
        let snapshot = compile(&estate(), [&one], [], Epoch(1));
        let question = Question { target: PATHS[2], action: Action::TaskStart, roles: &[], at: ended, lasts: None };
        assert_eq!(decide(&snapshot, &question).answer == Answer::Allow, opens, "{preset} {end:?}");
        let before = Question { at: after(Span::hours(2)), ..question };
        assert_eq!(decide(&snapshot, &before).until, Some(after(Span::hours(3))), "{preset} {end:?}");
    }
}

#[test]
fn what_people_read_at_the_door_is_new_to_the_gate() {
    let one = in_state('A');
    let changed = |change: &dyn Fn(&mut Maintenance)| {
        let mut other = one.clone();
        change(&mut other);
        differs(&one, &other)
    };
    assert!(!changed(&|_| {}));
    assert!(changed(&|m| m.plan.texts.title = "Another".to_owned()));
    assert!(changed(&|m| m.plan.until = Until::At(after(Span::hours(9)))));
    assert!(changed(&|m| m.plan.end = EndRule::AtEnd));
    assert!(!changed(&|m| m.plan.owner = "bob".to_owned()));
    assert!(!changed(&|m| m.told.trouble = vec!["api".to_owned()]));
    assert!(!differs(&draft(), &draft()), "nobody knows a draft");
}

/// What a property may do.
#[derive(Clone, Debug)]
enum Change {
    Maintenance(usize, char, usize, Option<usize>, bool),
    Stopped(usize, usize, bool),
    Free(usize),
    Labels(usize, bool),
    Removed(usize),
    Back(usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let states = prop::sample::select(vec!['D', 'S', 'E', 'A', 'V', 'L', 'C', 'X']);
    let place = 0..PATHS.len();
    let one = prop_oneof![
        4 => (1..5usize, states, place.clone(), prop::option::of(place.clone()), any::<bool>())
            .prop_map(|(id, state, under, but, labels)| Change::Maintenance(id, state, under, but, labels)),
        2 => (place.clone(), 1..5usize, any::<bool>()).prop_map(|(at, by, holds)| Change::Stopped(at, by, holds)),
        1 => place.clone().prop_map(Change::Free),
        1 => (place.clone(), any::<bool>()).prop_map(|(at, front)| Change::Labels(at, front)),
        1 => place.clone().prop_map(Change::Removed),
        1 => place.prop_map(Change::Back),
    ];
    prop::collection::vec(one, 1..24)
}

/// Everything that a snapshot is made of.
struct Stored {
    estate: Estate,
    maintenances: BTreeMap<MaintenanceId, Maintenance>,
    engagements: BTreeMap<Key, Engagement>,
}

impl Stored {
    fn scope(under: usize, but: Option<usize>, labels: bool) -> Scope {
        let labels = match labels {
            true => BTreeMap::from([("tier".to_owned(), Wanted::Is("front".to_owned()))]),
            false => BTreeMap::new(),
        };
        let exclude = but.map(|but| Clause::under(target(but))).into_iter().collect();
        Scope { include: vec![Clause { under: target(under), labels }], exclude }
    }

    /// Does it, and tells the compiler of it.
    fn change(&mut self, compiler: &mut Compiler, change: &Change) {
        match *change {
            Change::Maintenance(id, state, under, but, labels) => {
                let id = id as u128;
                let one = maintenance(id, Preset::StopEverything, Stored::scope(under, but, labels), state);
                compiler.maintenance_changed(&self.estate, &one);
                self.maintenances.insert(one.id, one);
            }
            Change::Stopped(at, by, holds) if self.estate.target(target(at)).is_some() => {
                self.put(compiler, stopped(at, by as u128, holds));
            }
            Change::Stopped(..) => {}
            Change::Free(at) => {
                self.put(compiler, Engagement::free(Key { target: target(at), effect: Effect::Stop }));
            }
            Change::Labels(at, front) => {
                let Some(mut changed) = self.estate.target(target(at)).cloned() else { return };
                let tier = if front { "front" } else { "back" };
                changed.labels.insert("tier".to_owned(), tier.to_owned());
                self.estate.insert(changed);
                compiler.target_changed(&self.estate, target(at));
            }
            Change::Removed(at) => {
                let path = PATHS[at].parse().expect("it is a path");
                let names = |scope: &Scope| scope.include.iter().chain(&scope.exclude).any(|it| it.under == target(at));
                let rooted = self.maintenances.values().any(|m| names(&m.plan.scope));
                let busy = self.engagements.values().any(|e| e.key.target == target(at) && !e.is_free());
                if !rooted && !busy {
                    self.estate.remove(target(at));
                    compiler.target_removed(&path);
                }
            }
            Change::Back(at) => {
                if self.estate.target(target(at)).is_none() {
                    self.estate.insert(estate().target(target(at)).cloned().expect("it was there"));
                    compiler.target_changed(&self.estate, target(at));
                }
            }
        }
    }

    fn put(&mut self, compiler: &mut Compiler, engagement: Engagement) {
        compiler.engagement_changed(&self.estate, &engagement);
        self.engagements.insert(engagement.key, engagement);
    }

    /// By the words of the model alone, without windows or sets.
    fn is_closed(&self, path: &str) -> bool {
        let at = self.estate.nearest(&path.parse().expect("it is a path")).expect("the installation is there");
        let covers = |m: &Maintenance| self.estate.covers(&m.plan.scope, at);
        let in_force = |m: &&Maintenance| matches!(m.life.state(), State::E | State::A | State::V);
        let scheduled = |m: &&Maintenance| m.life.state() == State::S;
        let is_down = |m: &Maintenance| {
            let involved = |e: &&Engagement| e.holders.contains_key(&m.id) || e.answers == Some(m.id);
            self.engagements.values().filter(involved).filter(|e| !e.is_free()).any(|e| {
                let there = self.estate.target(e.key.target).expect("it is not removed");
                there.path.covers(&at.path) || at.path.covers(&there.path) && covers(m)
            })
        };
        let begun = |m: &&Maintenance| m.life.progress().is_some();
        self.maintenances.values().filter(in_force).any(covers)
            || self.maintenances.values().filter(scheduled).any(covers)
            || self.maintenances.values().filter(begun).any(is_down)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_patched_snapshot_equals_one_made_anew(changes in changes()) {
        let mut stored = Stored { estate: estate(), maintenances: BTreeMap::new(), engagements: BTreeMap::new() };
        let mut compiler = Compiler::new(&stored.estate, [], []);
        for change in &changes {
            stored.change(&mut compiler, change);
            let anew = compile(&stored.estate, stored.maintenances.values(), stored.engagements.values(), Epoch(7));
            prop_assert_eq!(&compiler.snapshot(Epoch(7)), &anew, "after {:?}", change);
            for path in PATHS.iter().chain(&["/", "acme/prod/shop/db/new", "nowhere"]) {
                let closed = ask(&anew, path, &[], after(Span::hours(2))).answer == Answer::Deny;
                prop_assert_eq!(closed, stored.is_closed(path), "{} after {:?}", path, change);
            }
        }
    }
}

#[test]
fn a_new_scope_is_swept_where_it_was_and_where_it_is() {
    let estate = estate();
    let mut compiler = Compiler::new(&estate, [], []);
    let one = maintenance(1, Preset::StopEverything, Scope::under(target(2)), 'A');
    compiler.maintenance_changed(&estate, &one);
    let edit = Edit::Exclude(Clause::under(target(5)));
    let shrunk = made(&one, ada(), lull_domain::order::Command::Edit(edit), after(Span::hours(2)));
    compiler.maintenance_changed(&estate, &shrunk);
    assert_eq!(compiler.snapshot(Epoch(1)), compile(&estate, [&shrunk], [], Epoch(1)));
    let root = maintenance(1, Preset::StopEverything, Scope::under(ROOT), 'A');
    compiler.maintenance_changed(&estate, &root);
    assert_eq!(ask(compiler.current(), "nowhere", &[], NOON).answer, Answer::Deny);
}
