//! SQLite alone.
use super::*;
use crate::statement;

fn opened() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let mut sqlite = Sqlite::writing(&folder.path().join("lull.db")).unwrap();
    sqlite.migrate().unwrap();
    (folder, sqlite)
}

#[test]
fn every_statement_can_be_prepared() {
    let (_folder, mut sqlite) = opened();
    assert!(statement::all().count() > 30);
    for statement in statement::all() {
        sqlite.prepares(*statement).unwrap_or_else(|error| panic!("{}: {}", statement.sql, error.in_full()));
    }
}

#[test]
fn no_two_statements_are_alike() {
    let texts: std::collections::BTreeSet<&str> = statement::all().map(|statement| statement.sql).collect();
    assert_eq!(texts.len(), statement::all().count());
}

#[test]
fn values_go_by_their_number_and_not_by_their_order() {
    let (_folder, mut sqlite) = opened();
    let statement = Statement { doing: "testing", sql: "SELECT $2, $1" };
    let rows = sqlite.query(statement, &[Value::Int(1), Value::Int(2)]).unwrap();
    assert_eq!(rows[0].cells, [Value::Int(2), Value::Int(1)]);
}

#[test]
fn the_writing_connection_syncs_each_commit_to_the_disk() {
    let (_folder, mut sqlite) = opened();
    let mut asked = |sql| sqlite.query(Statement { doing: "testing", sql }, &[]).unwrap().remove(0).cells.remove(0);
    assert_eq!(asked("PRAGMA journal_mode"), Value::Text("wal".to_owned()));
    assert_eq!(asked("PRAGMA synchronous"), Value::Int(2));
}

#[test]
fn a_reading_connection_cannot_write() {
    let (folder, _sqlite) = opened();
    let mut reading = Sqlite::reading(&folder.path().join("lull.db")).unwrap();
    let refused = reading.batch("testing", "UPDATE head SET epoch = 7");
    assert!(matches!(refused, Err(StoreError::Permanent { .. })), "{refused:?}");
}

#[test]
fn what_is_no_database_is_called_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lull.db");
    std::fs::write(&path, "no database, but long enough to be taken for one".repeat(100)).unwrap();
    let refused = Sqlite::writing(&path);
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}

#[test]
fn the_live_and_the_due_are_found_by_index() {
    let (_folder, mut sqlite) = opened();
    let mut plans = Vec::new();
    for statement in statement::all().filter(|statement| !statement.sql.starts_with("INSERT")) {
        let plan =
            Statement { doing: "testing", sql: Box::leak(format!("EXPLAIN QUERY PLAN {}", statement.sql).into()) };
        let values = vec![Value::Null; statement.sql.matches('$').count().min(16)];
        let count = (1..=16).take_while(|n| statement.sql.contains(&format!("${n}"))).count();
        for row in sqlite.query(plan, &values[..count]).unwrap() {
            plans.push((statement.doing, row.text(3).unwrap().to_owned()));
        }
    }
    let scans: Vec<_> = plans.iter().filter(|(_, plan)| plan.starts_with("SCAN") && !plan.contains("USING")).collect();
    let whole_tables = [
        "reading the targets",
        "reading the tokens",
        "listing maintenances",
        "counting maintenances",
        "reading the head of the log",
        "reading what is waited for",
        "listing jobs",
        "reading the enforcers",
        "forgetting the enforcers",
        "forgetting old passes",
        "listing the feeds",
    ];
    let odd: Vec<_> = scans.iter().filter(|(doing, _)| !whole_tables.contains(doing)).collect();
    assert!(odd.is_empty(), "{odd:#?}");
}
