//! The presets against the table they were agreed by.
use std::collections::BTreeSet;

use super::*;

/// The table as it was agreed, cell by cell; what ends a maintenance stands in decision 0006. The last three rows are facts
/// that stand beside it.
const AGREED: &str = "
| action | no-new-work | admins-only | hold-new-work | stop-everything | announce |
|---|---|---|---|---|---|
| workload.start, workload.restart | deny 412 | deny | allow | deny | allow |
| login, session.create | allow | deny | allow | allow | allow |
| session.use (ui / api) | allow | deny / allow | allow | allow | allow |
| session.renew | allow | deny | allow | allow | allow |
| reservation.create, .restore, .move | allow | the table of slice C | allow | allow | allow |
| reservation.use | allow | deny | allow | allow | allow |
| execution.accept | allow | deny | **allow, always** | allow | allow |
| execution.start, task.start | allow | defer; deny (swallowed) | queue | queue | allow |
| deploy | allow | allow | allow | deny | allow |
| request.read, request.write | allow | allow | allow | deny 503 | allow |
| who passes | nobody | administrators of installation and domain | operators | operators | – |
| running work | goes on | goes on, unreachable | finishes its task | stops (grace) | goes on |
| undone at the end | nothing | nothing | paced release | what ran starts | silence ends |
| orders | administrator | administrator on / | operator | operator | operator |
| effects | none | none | hold | tell, silence, stop | silence |
| facets | work, page | work, page | work, page | work, page, monitors | page, monitors |
";

/// The rows of the table, each with its cells in the order of [`Preset::ALL`].
fn rows() -> Vec<(&'static str, [&'static str; 5])> {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim);
    let mut lines = AGREED.trim().lines().map(|line| {
        let mut cells = cells(line);
        let head = cells.next().unwrap();
        (head, <[&str; 5]>::try_from(cells.collect::<Vec<_>>()).unwrap())
    });
    assert_eq!(lines.next(), Some(("action", Preset::ALL.map(Preset::name))));
    lines.skip(1).collect()
}

/// The cell of each preset in the row of this name.
fn row(head: &str) -> impl Iterator<Item = (Preset, &'static str)> {
    let cells = rows().into_iter().find(|row| row.0 == head).unwrap().1;
    Preset::ALL.into_iter().zip(cells)
}

/// The actions that a row is about.
fn actions(head: &str) -> Vec<Action> {
    let mut family = String::new();
    let mut names = Vec::new();
    for name in head.replace("session.use (ui / api)", "session.use.ui, session.use.api").split(", ") {
        let name = if name.starts_with('.') { format!("{family}{name}") } else { name.to_owned() };
        family = name.split('.').next().unwrap().to_owned();
        names.push(serde_json::from_value(name.into()).unwrap());
    }
    names
}

/// What a cell says for the nth action of its row.
fn reply(cell: &str, nth: usize) -> Reply {
    let cell = cell.split(" / ").cycle().nth(nth).unwrap();
    match cell.trim_matches('*') {
        "allow" | "allow, always" => Reply::default(),
        "defer; deny (swallowed)" => Reply { answer: Answer::Defer, ..Reply::default() },
        "the table of slice C" => Reply { answer: Answer::Deny, status: Some(409), retry_after: None },
        said => {
            let (answer, status) = said.split_once(' ').unwrap_or((said, ""));
            let answer = serde_json::from_value(answer.into()).unwrap();
            Reply { answer, status: status.parse().ok(), retry_after: None }
        }
    }
}

#[test]
fn every_action_gets_the_answer_of_the_table() {
    let mut covered = BTreeSet::new();
    for (head, cells) in rows().into_iter().take(10) {
        for (nth, action) in actions(head).into_iter().enumerate() {
            assert!(covered.insert(action), "{action:?} stands in two rows");
            for (preset, cell) in Preset::ALL.into_iter().zip(cells) {
                assert_eq!(preset.policy().reply(action), reply(cell, nth), "{preset}: {action:?}");
                if cell.contains("swallowed") {
                    assert_eq!(preset.policy().swallowed, Swallowed::Fail, "{preset}");
                }
            }
        }
    }
    assert_eq!(covered, Action::ALL.into(), "every action stands in the table");
}

#[test]
fn those_pass_whom_the_table_names() {
    for (preset, cell) in row("who passes") {
        let passing: &[Role] = match cell {
            "nobody" | "–" => &[],
            "operators" => &[Role::Operator, Role::Administrator],
            "administrators of installation and domain" => &[Role::Administrator],
            odd => panic!("{odd}"),
        };
        assert_eq!(preset.policy().passes, passing.iter().copied().collect(), "{preset}");
        for role in Role::ALL {
            assert_eq!(preset.policy().passes(role), passing.contains(&role), "{preset}: {role}");
        }
    }
}

#[test]
fn running_work_goes_on_finishes_or_stops_as_the_table_says() {
    for (preset, cell) in row("running work") {
        let running = match cell {
            "goes on" | "goes on, unreachable" => Running::GoOn,
            "finishes its task" => Running::Finish { limit: Span::minutes(30), then: Then::Wait },
            "stops (grace)" => Running::Stop { grace: GRACE, backup: false },
            odd => panic!("{odd}"),
        };
        assert_eq!(preset.policy().running, running, "{preset}");
        let reachable = preset.policy().reply(Action::SessionUseUi).answer == Answer::Allow;
        assert_eq!(reachable, !cell.ends_with("unreachable"), "{preset}");
    }
}

#[test]
fn each_preset_does_the_effects_that_are_undone_at_its_end() {
    for ((preset, cell), (_, undone)) in row("effects").zip(row("undone at the end")) {
        let effects = preset.policy().effects;
        let named: Vec<String> = effects.iter().map(Effect::to_string).collect();
        assert_eq!(if named.is_empty() { "none".to_owned() } else { named.join(", ") }, cell, "{preset}");
        let last = match undone {
            "nothing" => None,
            "paced release" => Some(Effect::Hold),
            "silence ends" => Some(Effect::Silence),
            "what ran starts" => Some(Effect::Stop),
            odd => panic!("{odd}"),
        };
        assert_eq!(effects.last().copied(), last, "{preset}");
    }
}

#[test]
fn each_preset_sets_the_facets_that_it_touches() {
    for (preset, cell) in row("facets") {
        let policy = preset.policy();
        for (facet, word) in [(Facet::Work, "work"), (Facet::Page, "page"), (Facet::Monitors, "monitors")] {
            assert_eq!(policy.facets.contains(&facet), cell.split(", ").any(|said| said == word), "{preset}: {word}");
            assert_eq!(policy.sets(facet), policy.facets.contains(&facet), "{preset}: what is derived is also listed");
        }
        assert_eq!(policy.does(Effect::Silence), policy.sets(Facet::Monitors), "{preset}");
    }
}

#[test]
fn orders_need_the_role_of_the_table() {
    for (preset, cell) in row("orders") {
        let role = preset.policy().role_to_order().to_string();
        let at_root = if preset.orders_at_root() { " on /" } else { "" };
        assert_eq!(format!("{role}{at_root}"), cell, "{preset}");
    }
}

#[test]
fn what_is_not_in_the_table_is_the_same_for_all() {
    for preset in Preset::ALL {
        let policy = preset.policy();
        assert_eq!((policy.cutoff, policy.leaving_limit), (Span::ZERO, Span::minutes(30)), "{preset}");
        assert_eq!((policy.unhealthy, policy.approval), (Unhealthy::StayClosed, false), "{preset}");
        assert_eq!(policy.checked(), Ok(()), "{preset}");
    }
}

#[test]
fn every_preset_is_found_by_its_name_and_another_word_is_refused() {
    for preset in Preset::ALL {
        assert_eq!(preset.row().preset, preset);
        assert_eq!(preset.to_string().parse(), Ok(preset));
        assert_eq!(serde_json::to_value(preset).unwrap(), preset.name());
    }
    assert_eq!(TABLE.len(), Preset::ALL.len());
    assert_eq!("drain".parse::<Preset>().unwrap_err().field.as_deref(), Some("preset"));
}
