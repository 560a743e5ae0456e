//! PostgreSQL alone.
use lull_domain::id::MaintenanceId;

use super::*;
use crate::connection::Connection;
use crate::statement::{self, Statement};
use crate::value::Value;

/// A server of one's own, its database opened, and a session on it.
fn with_session(test: impl FnOnce(&lull_peers::Postgres, &mut Session) + Send + 'static) {
    let server = lull_peers::Postgres::start().expect("PostgreSQL starts");
    server.sql("ALTER DATABASE postgres SET synchronous_commit = off").expect("it is set");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (postgres, _, _) = open(server.url(), Options::default()).await.expect("it is opened");
        let client = connected(&postgres.shared.pool).await.expect("a connection");
        let tested = spawn_blocking(move || {
            let mut session = Session::new(client, Handle::current());
            test(&server, &mut session);
            session.end();
            drop(server);
        });
        tested.await.expect("the test does not panic");
    });
}

#[test]
fn every_statement_can_be_prepared_and_bound() {
    with_session(|_, session| {
        for statement in statement::all() {
            let count = (1..=16).take_while(|n| statement.sql.contains(&format!("${n}"))).count();
            session.begin(Access::Write).expect("a transaction begins");
            let bound = session.query(*statement, &vec![Value::Null; count]);
            // A null where there must be something is refused by the tables, which is after it was understood.
            if let Err(error) = &bound {
                assert!(matches!(error, StoreError::Conflict { .. }), "{}: {}", statement.sql, error.in_full());
            }
            session.roll_back();
        }
    });
}

#[test]
fn what_is_searched_or_sorted_compares_byte_by_byte() {
    with_session(|server, _| {
        let odd = server.sql(
            "SELECT c.relname || '.' || a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
             WHERE a.atttypid = 'text'::regtype AND a.attcollation <> '\"C\"'::regcollation",
        );
        assert_eq!(odd.expect("it is asked"), "");
    });
}

#[test]
fn an_acknowledged_commit_is_on_disk_whatever_the_database_says() {
    with_session(|_, session| {
        let asked = Statement { doing: "testing", sql: "SELECT current_setting('synchronous_commit')" };
        let rows = session.query(asked, &[]).expect("it is asked");
        assert_eq!(rows[0].cells, [Value::Text("on".to_owned())]);
    });
}

#[test]
fn a_failed_statement_takes_the_whole_transaction_and_no_commit_says_otherwise() {
    with_session(|_, session| {
        session.begin(Access::Write).expect("a transaction begins");
        let kept = "INSERT INTO receipts (target, effect, op, at, version, body) VALUES ('t', 'e', 1, 1, 1, '')";
        session.batch("testing", kept).expect("it is inserted");
        session.batch("testing", kept).expect_err("it is there already");
        let refused = Tx::over(session).maintenance(MaintenanceId(1));
        assert!(matches!(refused, Err(StoreError::Transient { .. })), "{refused:?}");
        let committed = session.commit(false);
        assert!(matches!(committed, Err(StoreError::Transient { .. })), "{committed:?}");
        session.begin(Access::Read).expect("the session goes on");
        let count = Statement { doing: "testing", sql: "SELECT count(*) FROM receipts" };
        assert_eq!(session.query(count, &[]).expect("it is asked")[0].cells, [Value::Int(0)]);
        session.roll_back();
    });
}

#[test]
fn what_cannot_be_kept_is_refused_in_words() {
    let refused = |url: &str| settings::config(url).err().expect("it is refused").in_full();
    assert!(refused("postgres://h/d?sslmode=require").contains("without TLS"));
    assert!(refused("postgres://h/d?sslmode=verify-full").contains("sslmode"));
    assert!(refused("postgres://h:x/d").contains("port"));
}
