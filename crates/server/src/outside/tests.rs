//! What many listings come to where one adapter does not answer.
use std::sync::Arc;

use lull_adapters::{Adapter, Boxed, Call, Done, Match, Reading};
use lull_domain::estate::{Kind, Match as Bound};
use lull_store::{Options, Store, StoreError};
use serde_json::json;

use super::*;

/// One that lists a thing of whatever project it is asked for, or never answers.
struct Listing {
    answers: bool,
}

impl Adapter for Listing {
    fn list<'a>(&'a self, matches: &'a Match) -> Boxed<'a, Reading> {
        let project = matches.project.clone().expect("a project");
        let one = json!({"name": format!("{project}-web"), "project": project, "state": "running", "setting": null});
        let workloads = vec![serde_json::from_value(one).expect("it is a workload")];
        let answers = self.answers;
        Box::pin(async move {
            match answers {
                true => Ok(Reading { booted_at: None, workloads }),
                false => std::future::pending().await,
            }
        })
    }

    fn stop<'a>(&'a self, _call: &'a Call) -> Boxed<'a, Vec<Done>> {
        unreachable!("it is only listed")
    }

    fn start<'a>(&'a self, _call: &'a Call) -> Boxed<'a, Vec<Done>> {
        unreachable!("it is only listed")
    }

    fn backup<'a>(&'a self, _call: &'a Call) -> Boxed<'a, Vec<Done>> {
        unreachable!("it is only listed")
    }
}

fn target(number: u128, adapter: &str) -> Target {
    let matches = Bound { project: Some(format!("p{number}")), ..Bound::default() };
    let binding = Some(Binding { adapter: adapter.to_owned(), matches });
    let path = format!("acme/p{number}").parse().expect("a path");
    Target { binding, ..Target::new(TargetId(number), path, Kind::Product) }
}

#[tokio::test]
async fn an_adapter_that_hangs_is_named_in_time_and_the_others_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path().join("lull.db"), Options::default()).await.expect("a store");
    // Of those that hang there are more than are listed at a time, and they come first.
    let targets: Vec<Target> = (1..=80).map(|n| target(n, if n <= 60 { "hangs" } else { "here" })).collect();
    let stored = targets.clone();
    let written = store.write::<_, StoreError, _>(move |tx| stored.iter().try_for_each(|target| tx.put_target(target)));
    written.await.expect("they can be stored");
    let adapter = |answers| Arc::new(Listing { answers }) as Arc<dyn Adapter>;
    let adapters = [("here".to_owned(), adapter(true)), ("hangs".to_owned(), adapter(false))].into();
    let core = Core::new(store, adapters).await.expect("an estate");
    let until = tokio::time::Instant::now() + Duration::from_secs(1);
    let (found, unknown) = workloads_by(&core, &targets, until).await;
    assert_eq!((found.len(), unknown.len()), (20, 60));
    assert!(unknown[0].starts_with("acme/p1: no answer from hangs within"), "{}", unknown[0]);
    assert!(unknown[59].starts_with("acme/p60: not asked for, as hangs had not listed all"), "{}", unknown[59]);
}
