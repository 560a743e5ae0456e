//! PostgreSQL passes the suite, and what only PostgreSQL promises.
use std::process::Command;

use lull_peers::Postgres;
use lull_store::conformance::{Database, Outcome, durable};
use lull_store::{Boxed, Options, Store, StoreError};

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
