//! The table of commands and states: the page that prints it, and every cell of that page through `obey`.
mod sample;

use std::fs;

use lull_domain::Span;
use lull_domain::id::TargetId;
use lull_domain::life::{Life, Outcome, Phase, State, printed};
use lull_domain::maintenance::{Maintenance, Obeyed};
use lull_domain::order::{Actor, Closing, Command, Facts, Finding, Order, Skip, Step, Tell, Update};
use lull_domain::plan::{Edit, Texts};
use lull_domain::policy::{EndRule, Orders, Overrun, Role};
use lull_domain::preset::Preset;
use lull_domain::refusal::Because;
use lull_domain::scope::{Clause, Scope};

use sample::*;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/transitions.md");
const STATES: [char; 8] = ['D', 'S', 'E', 'A', 'V', 'L', 'C', 'X'];

/// The page with its table printed anew.
fn reprinted(page: &str) -> String {
    let is_table = |line: &&str| line.starts_with('|');
    let before = page.lines().take_while(|line| !is_table(line));
    let after = page.lines().skip_while(|line| !is_table(line)).skip_while(is_table);
    let table = printed();
    let lines: Vec<&str> = before.chain(table.lines()).chain(after).collect();
    lines.join("\n") + "\n"
}

#[test]
fn the_page_is_printed_from_the_table() {
    let page = fs::read_to_string(PAGE).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(PAGE, reprinted(&page)).unwrap();
        return;
    }
    assert_eq!(page, reprinted(&page), "run this test with UPDATE=1 and read the difference");
}

/// The rows of the page: a name, who may give it, a cell for each state.
fn rows() -> Vec<(String, String, Vec<String>)> {
    let page = fs::read_to_string(PAGE).expect("the page is there");
    let rows = page.lines().filter(|line| line.starts_with('|')).skip(2);
    let split = |line: &str| {
        let mut cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        let head = cells.remove(0);
        let (name, who) = head.rsplit_once(" (").expect("a row says who may give it");
        (name.to_owned(), who.trim_end_matches(')').to_owned(), cells)
    };
    rows.map(split).collect()
}

fn texts(title: &str) -> Command {
    Command::Edit(Edit::Texts(Box::new(Texts { title: title.to_owned(), ..Texts::default() })))
}

/// The commands of a row, each with who may give it.
fn commands(row: &str, who: &str) -> Vec<(Command, String)> {
    let late = after(Span::hours(9));
    let exclude = Command::Edit(Edit::Exclude(Clause::under(TargetId(9))));
    let of = |commands: Vec<Command>| commands.into_iter().map(|command| (command, who.to_owned())).collect();
    let update = Update { text: "Half way.".to_owned(), percent: Some(50), expected_end: None };
    match row {
        "schedule" => of(vec![step(Step::Schedule)]),
        "edit texts" => of(vec![texts("Another title")]),
        "edit starts_at" => of(vec![Command::Edit(Edit::StartsAt(after(Span::hours(2))))]),
        "edit scope, policy" => of(vec![
            Command::Edit(Edit::Scope(Scope::under(TargetId(8)))),
            Command::Edit(Edit::Policy(Box::new(Preset::NoNewWork.policy()))),
            exclude,
        ]),
        "edit end rule" => of(vec![Command::Edit(Edit::End(EndRule::Manual(Overrun::Complete)))]),
        "extend, shorten to t > now" => of(vec![Command::Edit(Edit::Extend(late))]),
        "approve" => of(vec![step(Step::Approve("hash".to_owned()))]),
        "start" => of(vec![step(Step::Start)]),
        "miss (T), skip an occurrence" => {
            vec![(step(Step::Miss), "T".into()), (step(Step::Skip(Skip::Alone)), "P, T".into())]
        }
        "update" => of(vec![Command::Tell(Tell::Update(update))]),
        "verify" => of(vec![step(Step::Verify)]),
        "reenter" => of(vec![step(Step::Reenter)]),
        "complete" => of(vec![complete()]),
        "cancel" => of(vec![cancel()]),
        "delete" => of(vec![step(Step::Delete)]),
        "remind, ask owner, nudge, overdue, expired, drain late, approval lapsed" => {
            of([Tell::Remind, Tell::AskOwner, Tell::Nudge, Tell::Overdue, Tell::Expired, Tell::DrainLate]
                .map(Command::Tell)
                .to_vec())
        }
        "leaving late" => of(vec![Command::Tell(Tell::LeavingLate)]),
        "entered" => of(vec![Command::Found(Finding::Entered)]),
        "left" => of(vec![Command::Found(Finding::Left)]),
        "trouble" => of(vec![Command::Found(Finding::Trouble(vec!["shop/db: no".to_owned()]))]),
        other => panic!("the row {other} is new: say what it orders"),
    }
}

/// Everybody who may give this, by the letters of the page: P a person or a service, T, O, G.
fn givers(who: &str) -> Vec<Actor> {
    let letters: Vec<&str> = who.split([',', ';', ' ']).filter(|word| word.len() == 1).collect();
    let named = |(letter, actor): (&str, Actor)| letters.contains(&letter).then_some(actor);
    let all = [
        ("P", ada()),
        ("P", Actor::Service("ci".to_owned())),
        ("T", Actor::Schedule),
        ("O", observer()),
        ("G", Actor::Engine),
    ];
    all.into_iter().filter_map(named).collect()
}

fn everybody() -> Vec<Actor> {
    givers("P, T, O, G")
}

/// One in this state that whoever gives the order may end.
fn sample_for(state: char, by: &Actor) -> Maintenance {
    let begun = !matches!(state, 'D' | 'S' | 'C' | 'X');
    in_state_of(state, &if begun && *by == observer() { observer() } else { ada() })
}

/// What the page says of a cell, against what became of the order.
fn check(cell: &str, before: &Maintenance, command: &Command, by: &Actor) {
    let became = give(before, by.clone(), command.clone(), after(Span::hours(1)));
    let about =
        format!("{command:?} by {by} of one that is {}: `{cell}`, and it became {became:?}", before.state_name());
    let leaves_as = before.life.progress().and_then(|progress| match &progress.phase {
        Phase::Leaving(leaving) => Some(leaving.outcome),
        _ => None,
    });
    let to = |state: char| matches!(&became, Ok(Obeyed::Changed(now)) if format!("{:?}", now.life.state()) == state.to_string());
    let stays = || matches!(&became, Ok(Obeyed::Changed(now)) if now.life.state() == before.life.state());
    let same = || matches!(&became, Ok(Obeyed::Same(now)) if **now == *before);
    let refused = || {
        let Err(refusal) = &became else { return false };
        refusal.because == Because::State
            && refusal.state.as_deref() == Some(before.state_name())
            && !refusal.remedy.is_empty()
    };
    let exclude = matches!(command, Command::Edit(Edit::Exclude(_)));
    let right = match cell.split_whitespace().next().expect("no cell is empty") {
        "→C" if leaves_as == Some(Outcome::Cancelled) => to('X'),
        "→E" if cell.contains("T ✗") && *by == Actor::Schedule => became.is_err(),
        "=" if cell.contains("as completed") && leaves_as == Some(Outcome::Cancelled) => refused(),
        "=" if cell.contains("as cancelled") && leaves_as == Some(Outcome::Completed) => refused(),
        "=" => same(),
        "✓" => stays(),
        "✗" => refused(),
        "gone" => became == Ok(Obeyed::Gone),
        "exclude" if exclude => stays(),
        "exclude" => refused(),
        "as" if cell == "as cancel" => became == give(before, by.clone(), cancel(), after(Span::hours(1))),
        "as" if cell == "as complete" => became == give(before, by.clone(), complete(), after(Span::hours(1))),
        arrow => to(arrow.chars().nth(1).expect("an arrow leads to a state")),
    };
    assert!(right, "{about}");
}

#[test]
fn every_cell_is_as_the_page_says() {
    let mut cells = 0;
    for (row, who, columns) in rows() {
        assert_eq!(columns.len(), STATES.len(), "{row}");
        for (command, who) in commands(&row, &who) {
            for (state, cell) in STATES.iter().zip(&columns) {
                for by in givers(&who) {
                    check(cell, &sample_for(*state, &by), &command, &by);
                    cells += 1;
                }
                if *state == 'L' && !givers(&who).contains(&observer()) {
                    givers(&who).iter().for_each(|by| check(cell, &leaving_cancelled(), &command, by));
                }
            }
        }
    }
    assert!(cells > 300, "{cells} cells are too few for the whole table");
}

#[test]
fn whom_the_page_does_not_name_is_refused_in_every_state() {
    for (row, who, _) in rows() {
        for (command, who) in commands(&row, &who) {
            let others = everybody().into_iter().filter(|actor| !givers(&who).contains(actor));
            for (by, state) in others.flat_map(|by| STATES.map(|state| (by.clone(), state))) {
                let refusal = give(&sample_for(state, &by), by.clone(), command.clone(), after(Span::hours(1)));
                let because = refusal.as_ref().map_err(|refusal| refusal.because);
                assert_eq!(because, Err(Because::Forbidden), "{command:?} by {by} in {state}");
            }
        }
    }
}

#[test]
fn who_may_not_see_it_is_told_that_it_is_not_there() {
    for facts in [Facts::default(), Facts { role: Some(Role::Administrator), ..Facts::default() }] {
        let order = Order { facts, ..order(ada(), complete(), NOON) };
        assert_eq!(in_state('A').obey(&order).unwrap_err().because, Because::NotFound);
    }
}

/// What somebody with this role gets for an order.
fn with_role(role: Role, command: Command, orders: Orders) -> Option<Because> {
    let mut maintenance = in_state('A');
    maintenance.plan.policy.orders = orders;
    let order = order(ada(), command, after(Span::hours(1)));
    let facts = Facts { role: Some(role), ..order.facts };
    maintenance.obey(&Order { facts, ..order }).err().map(|refusal| refusal.because)
}

#[test]
fn each_order_needs_its_role_on_every_root() {
    let update = || Command::Tell(Tell::Update(Update { text: "On.".to_owned(), percent: None, expected_end: None }));
    for (role, posts, ends, ends_admin) in [
        (Role::Viewer, false, false, false),
        (Role::Reporter, true, false, false),
        (Role::Operator, true, true, false),
        (Role::Administrator, true, true, true),
    ] {
        let forbidden = |allowed: bool| (!allowed).then_some(Because::Forbidden);
        assert_eq!(with_role(role, update(), Orders::Operator), forbidden(posts), "{role} posts");
        assert_eq!(with_role(role, complete(), Orders::Operator), forbidden(ends), "{role} ends");
        assert_eq!(
            with_role(role, complete(), Orders::Administrator),
            forbidden(ends_admin),
            "{role} ends, administrators"
        );
    }
}

/// What somebody gets who ends what this one started.
fn ended_by(trigger: &Actor, by: Actor, closing: Closing, facts: Facts) -> Result<State, Because> {
    let order = Order { facts, ..order(by, Command::Life(Step::Complete(closing)), after(Span::hours(1))) };
    match in_state_of('A', trigger).obey(&order) {
        Ok(Obeyed::Changed(after)) => Ok(after.life.state()),
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Err(refusal.because),
    }
}

#[test]
fn whoever_entered_leaves_and_break_glass_with_a_reason_ends_the_rest() {
    let plain = Closing::default;
    let glass = |reason: &str| Closing { break_glass: true, reason: Some(reason.to_owned()), message: None };
    let may = || order(ada(), complete(), NOON).facts;
    let may_not = || Facts { may: Default::default(), ..may() };
    let other = || Actor::Observer("another".to_owned());
    let service = || Actor::Service("ci".to_owned());
    assert_eq!(ended_by(&ada(), service(), plain(), may()), Ok(State::L), "an operator ends an operator's");
    assert_eq!(ended_by(&ada(), Actor::Schedule, plain(), may()), Ok(State::L));
    assert_eq!(ended_by(&ada(), observer(), plain(), may()), Err(Because::Held));
    assert_eq!(ended_by(&observer(), observer(), plain(), may()), Ok(State::L));
    assert_eq!(ended_by(&observer(), other(), plain(), may()), Err(Because::Held));
    assert_eq!(ended_by(&observer(), ada(), plain(), may()), Err(Because::Held));
    assert_eq!(ended_by(&observer(), ada(), glass("stuck signal"), may()), Ok(State::L));
    assert_eq!(ended_by(&observer(), ada(), glass("stuck signal"), may_not()), Err(Because::Forbidden));
    assert_eq!(ended_by(&observer(), ada(), glass(" "), may()), Err(Because::BadInput));
}

#[test]
fn excluding_counts_as_ending_for_what_it_excludes() {
    let exclude = Command::Edit(Edit::Exclude(Clause::under(TargetId(9))));
    let refusal = give(&in_state_of('A', &observer()), ada(), exclude, after(Span::hours(1))).unwrap_err();
    assert_eq!(refusal.because, Because::Held);
    assert_eq!(refusal.holders[0].name, "mode");
}

#[test]
fn the_trigger_is_set_at_the_start_and_never_changed() {
    let entered = in_state_of('V', &observer());
    let again = made(&entered, ada(), step(Step::Reenter), after(Span::hours(1)));
    assert_eq!(again.life.progress().unwrap().trigger, entered.life.progress().unwrap().trigger);
}

#[test]
fn rights_come_before_ownership_and_ownership_before_the_table() {
    let facts = Facts { role: Some(Role::Viewer), sees: true, ..Facts::default() };
    let asked = Order { facts, ..order(ada(), complete(), NOON) };
    assert_eq!(in_state_of('A', &observer()).obey(&asked).unwrap_err().because, Because::Forbidden);
    assert_eq!(in_state('X').obey(&asked).unwrap_err().because, Because::Forbidden);
}

#[test]
fn a_refusal_by_state_says_what_is_possible() {
    let refusal = give(&in_state('L'), ada(), Command::Edit(Edit::Extend(after(Span::hours(9)))), NOON).unwrap_err();
    assert_eq!(refusal.remedy, "Start a new one; it takes over what is still held.");
    assert_eq!(refusal.possible, ["edit", "update"]);
    let refusal = give(&in_state('S'), ada(), complete(), NOON).unwrap_err();
    assert_eq!(refusal.remedy, "Cancel it instead.");
    let order = order(ada(), step(Step::Verify), NOON);
    let facts = Facts { waits_for: vec!["shop/db".to_owned()], ..order.facts };
    let refusal = in_state('E').obey(&Order { facts, ..order }).unwrap_err();
    assert_eq!(refusal.detail, "It is still entering, and waits for shop/db.");
}

#[test]
fn only_a_change_of_the_plan_moves_the_revision() {
    let active = in_state('A');
    assert_eq!(active.revision, 1, "orders about its life do not");
    let edited = made(&active, ada(), texts("Another title"), NOON);
    assert_eq!(edited.revision, 2);
    assert_eq!(give(&edited, ada(), texts("Another title"), NOON), Ok(Obeyed::Same(Box::new(edited.clone()))));
}

#[test]
fn it_is_over_as_it_was_left_and_keeps_how_it_ran() {
    let Life::Completed(ended) = in_state('C').life else { panic!("it was completed") };
    assert_eq!(ended.ran.map(|(_, began)| began), Some(after(Span::hours(1))));
    assert!(matches!(in_state('X').life, Life::Cancelled(_)));
}
