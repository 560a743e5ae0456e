//! The plan: what may be said in it, and the hash that an approval binds to.
mod sample;

use std::collections::BTreeSet;

use lull_domain::Span;
use lull_domain::id::TargetId;
use lull_domain::maintenance::Obeyed;
use lull_domain::order::Command;
use lull_domain::plan::{Edit, Plan, Texts, Until};
use lull_domain::policy::{EndRule, Overrun};
use lull_domain::preset::Preset;

use sample::*;

fn targets(numbers: &[u128]) -> BTreeSet<TargetId> {
    numbers.iter().copied().map(TargetId).collect()
}

#[test]
fn the_same_plan_has_the_same_hash() {
    let plan = draft().plan;
    assert_eq!(plan.hash(&targets(&[8, 7])), plan.clone().hash(&targets(&[7, 8])));
    let read: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(read.hash(&targets(&[7])), plan.hash(&targets(&[7])), "stored and read again");
}

#[test]
fn whatever_is_decided_changes_the_hash() {
    let plan = draft().plan;
    let with = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan.clone();
        change(&mut plan);
        plan.hash(&targets(&[7]))
    };
    let mut hashes = vec![
        plan.hash(&targets(&[7])),
        plan.hash(&targets(&[7, 8])),
        with(&|plan| plan.texts.title = "Another".to_owned()),
        with(&|plan| plan.texts.impact_text = Some("No login".to_owned())),
        with(&|plan| plan.policy = Preset::NoNewWork.policy()),
        with(&|plan| plan.policy.cutoff = Span::minutes(1)),
        with(&|plan| plan.starts_at = Some(after(Span::hours(2)))),
        with(&|plan| plan.until = Until::At(after(Span::hours(4)))),
        with(&|plan| plan.end = EndRule::AtEnd),
        with(&|plan| {
            plan.end = EndRule::Manual(Overrun::Extend { step: Span::minutes(5), budget: Span::minutes(30) });
        }),
        with(&|plan| plan.zone = "Europe/Berlin".to_owned()),
    ];
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
}

#[test]
fn who_is_told_and_the_name_of_the_preset_are_not_decided() {
    let plan = draft().plan;
    let other = Plan { owner: "bob".to_owned(), preset: None, ..plan.clone() };
    assert_eq!(other.hash(&targets(&[7])), plan.hash(&targets(&[7])));
}

/// The field that an edit of this one is refused for, at one o'clock.
fn refused(state: char, edit: Edit) -> Option<String> {
    match give(&in_state(state), ada(), Command::Edit(edit), after(Span::hours(1))) {
        Ok(Obeyed::Changed(_)) => None,
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Some(refusal.field.unwrap_or_default()),
    }
}

#[test]
fn what_cannot_be_is_refused_by_its_field() {
    let title = |title: &str| Edit::Texts(Box::new(Texts { title: title.to_owned(), ..Texts::default() }));
    let field = |name: &str| Some(name.to_owned());
    assert_eq!(refused('S', title(" ")), field("title"));
    assert_eq!(refused('S', title(&"x".repeat(201))), field("title"));
    assert_eq!(refused('S', title(&"x".repeat(200))), None);
    assert_eq!(refused('S', Edit::StartsAt(after(Span::minutes(59)))), field("starts_at"));
    assert_eq!(refused('S', Edit::StartsAt(after(Span::hours(3)))), field("ends_at"), "it would end as it begins");
    assert_eq!(refused('A', Edit::Extend(after(Span::hours(1)))), field("ends_at"), "an end must lie ahead");
    assert_eq!(refused('A', Edit::Extend(after(Span::minutes(61)))), None, "shortened");
}

#[test]
fn what_ends_at_its_end_has_one() {
    let mut open = in_state('S');
    open.plan.until = Until::Open;
    let refusal = give(&open, ada(), Command::Edit(Edit::End(EndRule::AtEnd)), NOON).unwrap_err();
    assert_eq!(refusal.field.as_deref(), Some("end"));
}
