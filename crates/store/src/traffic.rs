//! How many decisions the gate gave, by target and hour: small sums, to which every server adds its own.
use lull_domain::Instant;
use lull_domain::id::TargetId;

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::{Row, Value};

statements! {
    ADD: "adding to the traffic",
        "INSERT INTO traffic (target, hour, count) VALUES ($1, $2, $3)
         ON CONFLICT (target, hour) DO UPDATE SET count = traffic.count + excluded.count";
    OF: "reading the traffic of a target", "SELECT hour, count FROM traffic WHERE target = $1 AND hour >= $2 ORDER BY hour";
    FORGET: "forgetting old traffic",
        "DELETE FROM traffic WHERE hour IN (SELECT DISTINCT hour FROM traffic WHERE hour < $1 ORDER BY hour LIMIT $2)";
}

impl Tx<'_> {
    /// Adds to what was counted of these targets in the hour that begins then.
    pub fn add_traffic(&mut self, hour: Instant, counted: &[(TargetId, u64)]) -> Result<(), StoreError> {
        for (target, count) in counted {
            self.exec_one(ADD, &[target.to_string().into(), hour.into(), (*count).into()])?;
        }
        Ok(())
    }

    /// The hours since then in which something was counted of this target, in their order.
    pub fn traffic(&mut self, target: TargetId, since: Instant) -> Result<Vec<(Instant, u64)>, StoreError> {
        let rows = self.query(OF, &[target.to_string().into(), since.into()])?;
        rows.iter().map(|row: &Row| Ok((row.instant(0)?, row.count(1)?))).collect()
    }

    /// Forgets what was counted in hours before that, of so many of them at most; how many rows that were.
    pub fn forget_traffic(&mut self, before: Instant, hours: u32) -> Result<usize, StoreError> {
        self.exec(FORGET, &[before.into(), Value::Int(i64::from(hours))])
    }
}
