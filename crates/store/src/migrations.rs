//! Forward-only changes of the schema, each applied once and never edited.
use lull_domain::plan::hex;
use sha2::{Digest, Sha256};

use crate::connection::Connection;
use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::Value;

/// One step from a schema to the next.
pub(crate) struct Migration {
    /// 1, 2, 3, …
    pub version: u64,
    /// What it brings.
    pub name: &'static str,
    /// How.
    pub sql: &'static str,
}

const DOING: &str = "migrating the database";
const APPLIED: Statement =
    Statement { doing: "reading what was migrated", sql: "SELECT version, hash FROM migrations ORDER BY version" };
const APPLY: Statement =
    Statement { doing: "noting a migration", sql: "INSERT INTO migrations (version, name, hash) VALUES ($1, $2, $3)" };

/// Applies what is missing, within the transaction of the caller.
///
/// # Errors
/// Permanent where the database is newer than this program, or where an applied migration was edited since.
pub(crate) fn apply(database: &mut dyn Connection, known: &[Migration]) -> Result<(), StoreError> {
    let mut applied = Vec::new();
    for row in database.query(APPLIED, &[])? {
        applied.push((row.count(0)?, row.text(1)?.to_owned()));
    }
    for migration in missing(known, &applied)? {
        database.batch(&format!("migrating the database to version {}", migration.version), migration.sql)?;
        let values = [migration.version.into(), migration.name.into(), Value::Text(migration.hash())];
        database.exec(APPLY, &values)?;
    }
    Ok(())
}

/// What is still to be applied, or why this program must not touch the database.
fn missing<'m>(known: &'m [Migration], applied: &[(u64, String)]) -> Result<&'m [Migration], StoreError> {
    let newest = known.last().map_or(0, |migration| migration.version);
    if let Some((version, _)) = applied.last().filter(|(version, _)| *version > newest) {
        let why = format!(
            "its schema has version {version}, and this program knows versions up to {newest}; run the newer program"
        );
        return Err(StoreError::permanent(DOING, why));
    }
    for (migration, (version, hash)) in known.iter().zip(applied) {
        if migration.version != *version || migration.hash() != *hash {
            let Migration { version, name, .. } = migration;
            let why = format!(
                "migration {version} ({name}) is not the one that was applied; an applied migration is never edited"
            );
            return Err(StoreError::permanent(DOING, why));
        }
    }
    Ok(&known[applied.len()..])
}

impl Migration {
    fn hash(&self) -> String {
        hex(&Sha256::digest(self.sql.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{postgres, sqlite};

    const KNOWN: &[Migration] = &[
        Migration { version: 1, name: "first", sql: "CREATE TABLE a (b TEXT)" },
        Migration { version: 2, name: "second", sql: "CREATE TABLE c (d TEXT)" },
    ];

    fn applied(count: usize) -> Vec<(u64, String)> {
        KNOWN[..count].iter().map(|migration| (migration.version, migration.hash())).collect()
    }

    #[test]
    fn what_is_missing_is_applied_in_order() {
        for count in 0..=2 {
            let missing = missing(KNOWN, &applied(count)).unwrap();
            assert_eq!(missing.len(), 2 - count);
        }
    }

    #[test]
    fn an_older_program_says_which_version_it_met() {
        let newer = [applied(2), vec![(3, "00".to_owned())]].concat();
        let refused = missing(KNOWN, &newer).err().expect("a newer schema is refused").in_full();
        assert!(refused.contains("version 3") && refused.contains("up to 2"), "{refused}");
    }

    #[test]
    fn the_versions_have_no_gap() {
        for (index, migration) in sqlite::MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version, index as u64 + 1, "{}", migration.name);
        }
    }

    #[test]
    fn every_database_has_the_same_migrations() {
        let named = |known: &[Migration]| known.iter().map(|it| (it.version, it.name)).collect::<Vec<_>>();
        assert_eq!(named(postgres::MIGRATIONS), named(sqlite::MIGRATIONS));
    }
}
