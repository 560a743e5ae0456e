//! PostgreSQL passes the suite, and what only PostgreSQL promises.
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use lull_domain::id::MaintenanceId;
use lull_peers::Postgres;
use lull_store::conformance::{Database, Outcome, durable, log, sample};
use lull_store::{Boxed, Chain, EntryKind, MaintenanceFilter, Options, Store, StoreError, Tx};

const URL: &str = "LULL_STORE_TEST_URL";

struct Own(Postgres);

impl Own {
    fn new() -> Own {
        Own(Postgres::start().expect("PostgreSQL starts"))
    }
}

impl Database for Own {
    fn open(&self, options: Options) -> Boxed<Result<Store, StoreError>> {
        Store::connect(&self.0.url(), options)
    }

    fn meddle(&self, sql: &str) {
        self.0.sql(sql).expect("a meddler knows SQL");
    }

    fn writer(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("a test knows where it is"));
        command.args(["a_writer_that_others_kill", "--exact", "--ignored", "--nocapture"]).env(URL, self.0.url());
        command
    }
}

lull_store::conformance!(Own::new());

#[test]
#[ignore = "another test starts it and kills it"]
fn a_writer_that_others_kill() {
    let Ok(url) = std::env::var(URL) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let written: Outcome = runtime.block_on(async {
        let store = Store::connect(&url, Options::default()).await?;
        durable::write_until_killed(store).await
    });
    written.unwrap();
}

#[test]
#[ignore = "another test starts it with what to trust"]
fn a_client_that_is_told_what_to_trust() {
    let Ok(url) = std::env::var(URL) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let connected = runtime.block_on(async { insert(&Store::connect(&url, Options::default()).await?, 1).await });
    connected.unwrap_or_else(|error| panic!("{}", error.in_full()));
}

#[test]
fn tls_is_spoken_with_whom_the_system_trusts_and_with_nobody_else() {
    let (server, url, certificate) = Postgres::start_with_tls().expect("PostgreSQL starts");
    let asked = |query: &str, trusted: Option<&PathBuf>| {
        let mut client = Command::new(std::env::current_exe().expect("a test knows where it is"));
        client.args(["a_client_that_is_told_what_to_trust", "--exact", "--ignored", "--nocapture"]);
        client.env(URL, format!("{url}?{query}")).env_remove("SSL_CERT_FILE");
        if let Some(file) = trusted {
            client.env("SSL_CERT_FILE", file);
        }
        let output = client.output().expect("the client runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (connected, said) = asked("sslmode=require", Some(&certificate));
    assert!(connected, "{said}");
    let (connected, said) = asked("sslmode=require", None);
    assert!(!connected && said.contains("certificate"), "{said}");
    // Only over TLS may it be reached from now on.
    server.sql("COPY (SELECT 'local all all trust' UNION ALL SELECT 'hostssl all all all trust') TO PROGRAM 'cat > pg_hba.conf'; SELECT pg_reload_conf()").unwrap();
    // The server takes the new rules in its own time.
    let refused = || Some(asked("sslmode=prefer", Some(&certificate))).filter(|(connected, _)| !connected);
    let (_, said) = lull_peers::until("it is refused without TLS", refused).expect("it is");
    assert!(said.contains("no encryption"), "{said}");
}

/// Runs this on a server of its own.
fn on_a_server<F: Future<Output = Outcome>>(case: impl FnOnce(Postgres) -> F) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime
        .block_on(case(Postgres::start().expect("PostgreSQL starts")))
        .unwrap_or_else(|error| panic!("{}", error.in_full()));
}

/// Stores a maintenance with an entry of the log.
fn insert(store: &Store, id: u128) -> Boxed<Outcome> {
    store.write(move |tx| {
        tx.insert_maintenance(&sample::scheduled(id))?;
        tx.append(&[sample::entry(EntryKind::Order, 1)]).map(|_| ())
    })
}

/// Asks until it is so; what is asked may fail meanwhile.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1_200 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited a minute in vain until {what}")
}

#[test]
fn eight_that_open_an_empty_database_at_once_migrate_it_once() {
    on_a_server(async |server| {
        let opening: Vec<_> =
            (0..8).map(|_| Store::connect(&server.url(), Options { readers: 1, ..Options::default() })).collect();
        for opened in opening.into_iter().map(tokio::spawn).collect::<Vec<_>>() {
            opened.await.expect("opening does not panic")?;
        }
        assert_eq!(server.sql("SELECT count(*) FROM migrations WHERE version = 1").unwrap().trim(), "1");
        Ok(())
    });
}

#[test]
fn what_one_process_commits_wakes_the_other() {
    on_a_server(async |server| {
        let (one, other) = (
            Store::connect(&server.url(), Options::default()).await?,
            Store::connect(&server.url(), Options::default()).await?,
        );
        let mut changed = other.changed();
        for id in 1..=3 {
            insert(&one, id).await?;
            changed.wait_for(|seq| *seq >= id as u64).await.expect("the store is open");
        }
        let clocks = [one.clock(), other.clock()].map(|clock| clock.expect("the database has a clock"));
        assert!(clocks.iter().all(|clock| clock.0 > 0), "{clocks:?}");
        Ok(())
    });
}

#[test]
fn after_a_kill_of_the_database_the_same_store_goes_on() {
    on_a_server(async |mut server| {
        let store = Store::connect(&server.url(), Options::default()).await?;
        let (other, count) = (Store::connect(&server.url(), Options::default()).await?, MaintenanceFilter::default());
        insert(&store, 1).await?;
        server.kill();
        let refused = until("writing fails", async || insert(&store, 2).await.err()).await;
        assert!(matches!(refused, StoreError::Transient { .. } | StoreError::Unknown { .. }), "{}", refused.in_full());
        let refused = store.read(|tx| tx.head()).await.expect_err("there is nobody to ask");
        assert!(matches!(refused, StoreError::Transient { .. }), "{}", refused.in_full());
        server.up().expect("it starts again");
        until("it can be written", async || insert(&store, 3).await.ok()).await;
        let ids = store.read(move |tx| tx.count_maintenances(&count)).await?;
        assert!(ids >= 2, "what was acknowledged is there");
        let mut changed = other.changed();
        let seq = store.read(|tx| tx.head()).await?.seq;
        changed.wait_for(|heard| *heard >= seq).await.expect("the other hears again");
        Ok(())
    });
}

#[test]
fn a_commit_whose_answer_was_lost_is_neither_done_nor_not_done() {
    on_a_server(async |mut server| {
        let store = Store::connect(&server.url(), Options::default()).await?;
        // A trigger that is run by the commit itself, and takes long.
        let slow =
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON log DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION slow()";
        server.sql(slow).unwrap();
        let committing = tokio::spawn(insert(&store, 1));
        let asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        until("it commits", async || server.sql(asked).ok().filter(|count| count.trim() == "1")).await;
        server.kill();
        let unknown = committing.await.expect("writing does not panic").expect_err("nobody has answered");
        assert!(matches!(unknown, StoreError::Unknown { .. }), "{}", unknown.in_full());
        Ok(())
    });
}

#[test]
fn who_stops_in_the_middle_of_a_transaction_loses_it_and_others_go_on() {
    on_a_server(async |server| {
        let (one, other) = (
            Store::connect(&server.url(), Options::default()).await?,
            Store::connect(&server.url(), Options::default()).await?,
        );
        insert(&one, 1).await?;
        let (has_taken, when_taken) = tokio::sync::oneshot::channel();
        let (go_on, when_to_go_on) = std::sync::mpsc::channel::<()>();
        let stopped = tokio::spawn(one.write(move |tx| {
            tx.lock_maintenance(MaintenanceId(1))?;
            has_taken.send(()).expect("the other waits for it");
            when_to_go_on.recv().expect("the test says when");
            tx.append(&[sample::entry(EntryKind::Order, 2)])
        }));
        when_taken.await.expect("the row is taken");
        other.write(|tx| tx.lock_maintenance(MaintenanceId(1))).await?;
        go_on.send(()).expect("it waits for that");
        let lost = stopped.await.expect("it does not panic").expect_err("its transaction is gone");
        assert!(matches!(lost, StoreError::Transient { .. }), "{}", lost.in_full());
        insert(&one, 2).await?;
        assert_eq!(one.read(|tx| tx.head()).await?.seq, 2);
        Ok(())
    });
}

#[test]
fn a_database_of_another_encoding_is_refused() {
    on_a_server(async |server| {
        server.sql("CREATE DATABASE old ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc TEMPLATE template0").unwrap();
        let url = server.url().replace("/postgres", "/old");
        let refused = Store::connect(&url, Options::default()).await.err().expect("it is refused");
        assert!(matches!(refused, StoreError::Permanent { .. }), "{}", refused.in_full());
        assert!(refused.in_full().contains("UTF8"), "{}", refused.in_full());
        Ok(())
    });
}

#[test]
fn of_the_orders_that_two_processes_give_at_once_none_is_lost() {
    on_a_server(async |server| {
        let mut stores = Vec::new();
        for _ in 0..2 {
            stores.push(Arc::new(Store::connect(&server.url(), Options::default()).await?));
        }
        insert(&stores[0], 1).await?;
        let mut orders = tokio::task::JoinSet::new();
        for number in 0..32 {
            let store = Arc::clone(&stores[number % 2]);
            orders.spawn(async move {
                for _ in 0..5 {
                    store.write(edit).await?;
                }
                Ok::<_, StoreError>(())
            });
        }
        while let Some(order) = orders.join_next().await {
            order.expect("an order does not panic")?;
        }
        let read = stores[1].read(|tx| Ok::<_, StoreError>((tx.maintenance(MaintenanceId(1))?, log::verified(tx)?)));
        let (stored, chain) = read.await?;
        assert_eq!(stored.map(|maintenance| maintenance.revision), Some(1 + 32 * 5));
        assert_eq!(chain, Chain::Whole { to: 1 + 32 * 5 });
        Ok(())
    });
}

fn edit(tx: &mut Tx) -> Outcome {
    let taken = tx.lock_maintenance(MaintenanceId(1))?;
    let mut maintenance = taken.expect("it was stored");
    maintenance.revision += 1;
    tx.put_maintenance(&maintenance)?;
    tx.append(&[sample::entry(EntryKind::Order, maintenance.revision)]).map(|_| ())
}
