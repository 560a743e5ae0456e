//! Which notices of others were imported, and what maintenances were made of them.
use lull_domain::id::MaintenanceId;

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::Row;

statements! {
    PUT: "storing an import",
        "INSERT INTO imports (maintenance, uid, provider, number, sequence) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (maintenance) DO UPDATE SET uid = excluded.uid, provider = excluded.provider,
             number = excluded.number, sequence = excluded.sequence";
    BY_UID: "finding an import by its UID",
        "SELECT maintenance, uid, provider, number, sequence FROM imports WHERE uid = $1 ORDER BY maintenance DESC";
    BY_NUMBER: "finding an import by its number",
        "SELECT maintenance, uid, provider, number, sequence FROM imports WHERE provider = $1 AND number = $2
         ORDER BY maintenance DESC";
}

/// A notice of somebody else, and the maintenance that was made of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The maintenance.
    pub maintenance: MaintenanceId,
    /// What the notice is known by.
    pub uid: String,
    /// Who sent it, and the number that it has there; both empty where it does not say.
    pub provider: String,
    /// See there.
    pub number: String,
    /// The edition that was read last.
    pub sequence: u32,
}

impl Tx<'_> {
    /// Stores an import, or its new edition.
    pub fn put_import(&mut self, import: &Import) -> Result<(), StoreError> {
        let values = [
            import.maintenance.to_string().into(),
            import.uid.as_str().into(),
            import.provider.as_str().into(),
            import.number.as_str().into(),
            u64::from(import.sequence).into(),
        ];
        self.exec_one(PUT, &values)
    }

    /// What was imported under this UID, or under this number of this provider; the newest first.
    pub fn imports(&mut self, uid: &str, provider: &str, number: &str) -> Result<Vec<Import>, StoreError> {
        let mut rows = self.query(BY_UID, &[uid.into()])?;
        if !provider.is_empty() && !number.is_empty() {
            rows.extend(self.query(BY_NUMBER, &[provider.into(), number.into()])?);
        }
        let mut found = rows.iter().map(import).collect::<Result<Vec<_>, _>>()?;
        found.sort_by_key(|import| std::cmp::Reverse(import.maintenance));
        found.dedup();
        Ok(found)
    }
}

fn import(row: &Row) -> Result<Import, StoreError> {
    let sequence = u32::try_from(row.count(4)?);
    Ok(Import {
        maintenance: row.parsed(0)?,
        uid: row.text(1)?.to_owned(),
        provider: row.text(2)?.to_owned(),
        number: row.text(3)?.to_owned(),
        sequence: sequence.map_err(|error| StoreError::corrupt("reading an import", error.to_string()))?,
    })
}
