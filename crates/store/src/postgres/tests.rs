//! PostgreSQL alone.
use lull_domain::id::MaintenanceId;

use super::*;
use crate::statement::{self, Statement};
use crate::tx::Tx;
use crate::value::Value;

/// A server of one's own with a database that was opened, and a connection to it.
fn opened() -> (lull_peers::Postgres, Session) {
    let server = lull_peers::Postgres::start().expect("PostgreSQL starts");
    server.sql("ALTER DATABASE postgres SET synchronous_commit = off").expect("it is set");
    let config = Arc::new(Server::of(&server.url()).expect("the URL is one"));
    open(&config, &Reached::default(), 1).expect("it is opened");
    (server, Session::new(config, settings::ANSWER_WITHIN).expect("a runtime"))
}

#[test]
fn every_statement_can_be_prepared_and_bound() {
    let (_server, mut session) = opened();
    for statement in statement::all() {
        let count = (1..=16).take_while(|n| statement.sql.contains(&format!("${n}"))).count();
        session.begin_writing().expect("a transaction begins");
        let bound = session.query(*statement, &vec![Value::Null; count]);
        // A null where there must be something is refused by the tables, which is after it was understood.
        if let Err(error) = &bound {
            assert!(matches!(error, StoreError::Conflict { .. }), "{}: {}", statement.sql, error.in_full());
        }
        session.roll_back();
    }
}

#[test]
fn what_is_searched_or_sorted_compares_byte_by_byte() {
    let (server, _session) = opened();
    let odd = server.sql(
        "SELECT c.relname || '.' || a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
             WHERE a.atttypid = 'text'::regtype AND a.attcollation <> '\"C\"'::regcollation",
    );
    assert_eq!(odd.expect("it is asked"), "");
}

#[test]
fn an_acknowledged_commit_is_on_disk_whatever_the_database_says() {
    let (_server, mut session) = opened();
    let asked = Statement { doing: "testing", sql: "SELECT current_setting('synchronous_commit')" };
    let rows = session.query(asked, &[]).expect("it is asked");
    assert_eq!(rows[0].cells, [Value::Text("on".to_owned())]);
}

#[test]
fn a_failed_statement_takes_the_whole_transaction_and_no_commit_says_otherwise() {
    let (_server, mut session) = opened();
    session.begin_writing().expect("a transaction begins");
    let kept = "INSERT INTO receipts (target, effect, op, at, version, body) VALUES ('t', 'e', 1, 1, 1, '')";
    session.batch("testing", kept).expect("it is inserted");
    session.batch("testing", kept).expect_err("it is there already");
    let refused = Tx::over(&mut session).maintenance(MaintenanceId(1));
    assert!(matches!(refused, Err(StoreError::Transient { .. })), "{refused:?}");
    let committed = session.commit(false);
    assert!(matches!(committed, Err(StoreError::Transient { .. })), "{committed:?}");
    session.begin_reading().expect("the session goes on");
    let count = Statement { doing: "testing", sql: "SELECT count(*) FROM receipts" };
    assert_eq!(session.query(count, &[]).expect("it is asked")[0].cells, [Value::Int(0)]);
    session.roll_back();
}

#[test]
fn a_url_that_is_none_is_refused_in_words() {
    let refused = |url: &str| Server::of(url).expect_err("it is refused").in_full();
    assert!(refused("postgres://h/d?sslmode=verify-full").contains("sslmode"));
    assert!(refused("postgres://h:x/d").contains("port"));
}
