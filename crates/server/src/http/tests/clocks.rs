//! The rules of a zone change: what is to come is resolved anew, and who said yes to a series said it to what its clocks show.
use std::sync::Arc;

use lull_domain::Span;
use lull_domain::plan::Until;
use lull_domain::series::Series;
use lull_store::StoreError;
use serde_json::{Value, json};

use super::world::{SHOP, World};
use crate::series::follow_clocks;

impl World {
    /// As if an older database of zones, by which it all begins an hour later, had been there when all this was made.
    async fn had_other_clocks(&self, series: &str) {
        let id = series.parse().expect("an id");
        let changed = self.app.core.store.write(move |tx| {
            let Some(series) = tx.lock_series(id)? else { return Ok(()) };
            tx.put_series(&Series { clocks: "others".to_owned(), ..series })?;
            for id in tx.scheduled_of_series(id)? {
                let Some(mut one) = tx.lock_maintenance(id)? else { continue };
                one.plan.until = Until::At(one.ends_at().expect("it has an end") + Span::hours(1));
                one.plan.starts_at = one.plan.starts_at.map(|at| at + Span::hours(1));
                tx.put_maintenance(&one)?;
            }
            Ok::<_, StoreError>(())
        });
        changed.await.expect("it is stored");
    }

    async fn second(&self, name: &str) -> String {
        let grants = json!([{"under": SHOP, "role": "viewer", "may": ["approve"]}]);
        let token = json!({"name": name, "kind": "person", "grants": grants});
        self.admin().post("/api/v1/tokens", token).await.is(201).body["token"].as_str().expect("a secret").to_owned()
    }
}

#[tokio::test]
async fn other_clocks_keep_the_word_on_a_series_and_no_other() {
    let world = World::new().await;
    let admin = world.admin();
    let body = json!({
        "title": "Patch day", "policy": {"approval": true}, "scope": {"include": [{"under": SHOP}]},
        "rules": ["FREQ=WEEKLY;BYDAY=SU"], "zone": "Europe/Berlin", "start": "2021-11-21T02:30", "duration": "PT2H",
    });
    let made = admin.post("/api/v1/series", body).await.is(201).body;
    let series = made["id"].as_str().expect("an id").to_owned();
    let one =
        |at: usize| format!("/api/v1/maintenances/{}", made["next"][at]["maintenance"].as_str().expect("it is made"));
    let (bob, carl) = (world.second("bob").await, world.second("carl").await);
    // Carl approves the second alone, as it is another one; and the third before Bob approves the series.
    admin.patch(&one(1), json!({"description": "Another thing altogether."})).await.is(200);
    for at in [1, 2] {
        let plan = admin.get(&format!("{}/plan", one(at))).await.is(200).body["hash"].clone();
        world.with(&carl).post(&format!("{}/approve", one(at)), json!({"plan": plan})).await.is(200);
    }
    let approve = json!({"plan": made["plan"]});
    world.with(&bob).post(&format!("/api/v1/series/{series}/approve"), approve).await.is(200);
    let starts: Vec<Value> = {
        let mut starts = Vec::new();
        for at in 0..3 {
            starts.push(admin.get(&one(at)).await.is(200).body["starts_at"].clone());
        }
        starts
    };
    world.had_other_clocks(&series).await;
    let following = tokio::spawn(follow_clocks(Arc::clone(&world.app.core)));
    for (at, (by, holds)) in [("bob", true), ("carl", false), ("carl", true)].into_iter().enumerate() {
        let shown = world.until(&one(at), |it| it["starts_at"] == starts[at]).await;
        let approval = &shown["approval"];
        assert_eq!(approval["by"], by, "{shown:#}");
        assert_eq!(approval.get("lapsed_at").is_none(), holds, "{at}: {shown:#}");
    }
    following.abort();
    let lapsed = admin.get("/api/v1/events?kind=notice&limit=500").await.is(200).body.to_string();
    assert_eq!(
        lapsed.matches("approval_lapsed: ").count() + lapsed.matches("approval lapsed: ").count(),
        1,
        "{lapsed}"
    );
    // What is kept is a word on the plan as it is.
    let estate = world.app.core.estate();
    for at in [0, 2] {
        let id = one(at).rsplit('/').next().expect("an id").parse().expect("an id");
        let read = world.app.core.store.read::<_, StoreError, _>(move |tx| tx.maintenance(id)).await;
        let stored = read.expect("it can be read").expect("it is there");
        let hash = stored.plan.hash(&estate.covered(&stored.plan.scope));
        assert_eq!(stored.approval_in_force().map(|it| &it.plan), Some(&hash));
    }
}
