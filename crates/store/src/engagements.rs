//! The engagements: what is done to the world, who holds it, who works on it.
use std::collections::BTreeMap;

use lull_domain::Instant;
use lull_domain::engagement::{Engagement, Key, Stage};
use lull_domain::id::{MaintenanceId, TargetId};

use crate::body;
use crate::error::StoreError;
use crate::receipts::key_values;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::Row;

statements! {
    LOCK: "taking an engagement",
        "INSERT INTO engagements (target, effect, version, stage, at_rest, op, revision, body)
         VALUES ($1, $2, $3, 'free', 1, 0, 0, $4)
         ON CONFLICT (target, effect) DO UPDATE SET locked = engagements.locked + 1 RETURNING version, body";
    PUT: "storing an engagement",
        "UPDATE engagements SET version = $3, stage = $4, at_rest = $5, op = $6, revision = $7, body = $8
         WHERE target = $1 AND effect = $2";
    ONE: "reading an engagement", "SELECT version, body FROM engagements WHERE target = $1 AND effect = $2";
    LIVE: "reading the engagements that are not at rest",
        "SELECT version, body FROM engagements WHERE at_rest = 0 ORDER BY target, effect";
    OF_MAINTENANCE: "reading the engagements of a maintenance",
        "SELECT e.version, e.body FROM holds h JOIN engagements e ON e.target = h.target AND e.effect = h.effect
         WHERE h.maintenance = $1 ORDER BY e.target, e.effect";
    ON_TARGET: "reading the engagements on a target",
        "SELECT version, body FROM engagements WHERE target = $1 ORDER BY effect";
    MARK_EPOCH: "noting the epoch of an engagement", "UPDATE engagements SET epoch = $3 WHERE target = $1 AND effect = $2";
    SINCE: "reading the engagements that changed the gate",
        "SELECT version, body FROM engagements WHERE epoch > $1";
    DROP_HOLDS: "storing the holds of an engagement", "DELETE FROM holds WHERE target = $1 AND effect = $2";
    PUT_HOLD: "storing a hold",
        "INSERT INTO holds (target, effect, maintenance, role) VALUES ($1, $2, $3, $4)";
    CLAIM: "claiming an engagement",
        "UPDATE engagements SET claimed_by = $3, claimed_until = $4
         WHERE target = $1 AND effect = $2 AND (claimed_until IS NULL OR claimed_until <= $5 OR claimed_by = $3)";
    UNCLAIM: "giving up a claim",
        "UPDATE engagements SET claimed_by = NULL, claimed_until = NULL
         WHERE target = $1 AND effect = $2 AND claimed_by = $3";
    VOID: "voiding a claim", "UPDATE engagements SET claimed_by = NULL, claimed_until = NULL WHERE target = $1 AND effect = $2";
}

/// What a maintenance is to an engagement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Holds,
    Answers,
}

/// The word of a process that it works on an engagement; it only shares the work, no promise needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Which process.
    pub by: String,
    /// From then on anybody may claim it.
    pub until: Instant,
}

/// What only writes can do.
impl Tx<'_> {
    /// Takes the row of an engagement; a free one is made where there was none.
    pub fn lock_engagement(&mut self, key: Key) -> Result<Engagement, StoreError> {
        debug_assert!(self.locks.may_take_engagement(key), "{key} is taken out of order: {:?}", self.locks);
        let free = body::written(&Engagement::free(key), key)?;
        let [target, effect] = key_values(key);
        let row = self.first(LOCK, &[target, effect, body::VERSION.into(), free.into()])?;
        let row = row.ok_or_else(|| StoreError::corrupt(LOCK.doing, format!("{key} gave no row")))?;
        let taken = engagement(&row, &key)?;
        self.locks.engagements.insert(key, holds(&taken));
        Ok(taken)
    }

    /// Stores an engagement that this transaction has taken, and who holds it or answers for it.
    pub fn put_engagement(&mut self, engagement: &Engagement) -> Result<(), StoreError> {
        let key = engagement.key;
        debug_assert!(self.locks.engagements.contains_key(&key), "{key} is stored without having been taken");
        let [target, effect] = key_values(key);
        let values = [
            target,
            effect,
            body::VERSION.into(),
            stage(&engagement.stage).into(),
            engagement.is_at_rest().into(),
            engagement.op.into(),
            engagement.revision.into(),
            body::written(engagement, key)?.into(),
        ];
        self.exec_one(PUT, &values)?;
        self.put_holds(key, holds(engagement))
    }

    /// Claims an engagement that is free of claims, whose claim has run out, or that is claimed by the same already;
    /// whether it could.
    pub fn claim(&mut self, key: Key, claim: &Claim, now: Instant) -> Result<bool, StoreError> {
        self.lock_engagement(key)?;
        let [target, effect] = key_values(key);
        let values = [target, effect, claim.by.as_str().into(), claim.until.into(), now.into()];
        Ok(self.exec(CLAIM, &values)? > 0)
    }

    /// Gives up a claim, if it is still one's own.
    pub fn unclaim(&mut self, key: Key, by: &str) -> Result<(), StoreError> {
        let [target, effect] = key_values(key);
        self.exec(UNCLAIM, &[target, effect, by.into()]).map(|_| ())
    }

    /// Voids a claim, whosever it is: what it was made for can no longer act, whatever a clock that was put back says.
    pub fn void_claim(&mut self, key: Key) -> Result<(), StoreError> {
        self.exec(VOID, &key_values(key)).map(|_| ())
    }

    /// Notes the first epoch of the gate's snapshot that knows an engagement in its present form; the row is one that this
    /// transaction has taken.
    pub fn mark_engagement(&mut self, key: Key, epoch: u64) -> Result<(), StoreError> {
        debug_assert!(self.locks.engagements.contains_key(&key), "{key} is marked without having been taken");
        let [target, effect] = key_values(key);
        self.exec_one(MARK_EPOCH, &[target, effect, epoch.into()])
    }

    fn put_holds(&mut self, key: Key, holds: BTreeMap<MaintenanceId, Role>) -> Result<(), StoreError> {
        if self.locks.engagements.get(&key) == Some(&holds) {
            return Ok(());
        }
        self.exec(DROP_HOLDS, &key_values(key))?;
        for (maintenance, role) in &holds {
            let [target, effect] = key_values(key);
            self.exec(PUT_HOLD, &[target, effect, maintenance.to_string().into(), role.name().into()])?;
        }
        self.locks.engagements.insert(key, holds);
        Ok(())
    }
}

/// What reads can do.
impl Tx<'_> {
    /// The engagement of this key; free where none was ever stored.
    pub fn engagement(&mut self, key: Key) -> Result<Engagement, StoreError> {
        let row = self.first(ONE, &key_values(key))?;
        row.map_or_else(|| Ok(Engagement::free(key)), |row| engagement(&row, &key))
    }

    /// All that are not at rest, by key.
    pub fn live_engagements(&mut self) -> Result<Vec<Engagement>, StoreError> {
        self.query(LIVE, &[])?.iter().map(|row| engagement(row, &LIVE.doing)).collect()
    }

    /// All that changed the gate's snapshot after this epoch, by key.
    pub fn engagements_since(&mut self, epoch: u64) -> Result<Vec<Engagement>, StoreError> {
        let found = self.query(SINCE, &[epoch.into()])?;
        let mut found: Vec<Engagement> =
            found.iter().map(|row| engagement(row, &SINCE.doing)).collect::<Result<_, _>>()?;
        found.sort_by_key(|engagement| engagement.key);
        Ok(found)
    }

    /// All that this maintenance holds or answers for, by key.
    pub fn engagements_of(&mut self, maintenance: MaintenanceId) -> Result<Vec<Engagement>, StoreError> {
        let rows = self.query(OF_MAINTENANCE, &[maintenance.to_string().into()])?;
        rows.iter().map(|row| engagement(row, &maintenance)).collect()
    }

    /// All on this target, by effect.
    pub fn engagements_on(&mut self, target: TargetId) -> Result<Vec<Engagement>, StoreError> {
        let rows = self.query(ON_TARGET, &[target.to_string().into()])?;
        rows.iter().map(|row| engagement(row, &target)).collect()
    }
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Role::Holds => "holds",
            Role::Answers => "answers",
        }
    }
}

fn holds(engagement: &Engagement) -> BTreeMap<MaintenanceId, Role> {
    let answers = engagement.answers.into_iter().map(|id| (id, Role::Answers));
    answers.chain(engagement.holders.keys().map(|id| (*id, Role::Holds))).collect()
}

const fn stage(stage: &Stage) -> &'static str {
    match stage {
        Stage::Free => "free",
        Stage::Captured(_) => "captured",
        Stage::Applied(_) => "applied",
        Stage::Owed(_) => "owed",
    }
}

fn engagement(row: &Row, what: &dyn std::fmt::Display) -> Result<Engagement, StoreError> {
    body::read(row.count(0)?, row.text(1)?, format_args!("engagement {what}"))
}
