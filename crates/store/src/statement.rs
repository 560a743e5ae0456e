//! The statements: each is a constant with what it is for, and all of them are known.

/// A statement and what it is for. Values are `$1`, `$2`, … in the text, which every database gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    /// What the store is doing, for its errors: "storing a maintenance".
    pub doing: &'static str,
    /// The text.
    pub sql: &'static str,
}

/// Defines the statements of a table, and lists them, so that none can be forgotten.
macro_rules! statements {
    ($($name:ident: $doing:literal, $sql:expr;)*) => {
        $(const $name: $crate::statement::Statement = $crate::statement::Statement { doing: $doing, sql: $sql };)*
        /// Every statement of this file.
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[$crate::statement::Statement] = &[$($name),*];
    };
}
pub(crate) use statements;

/// Every statement there is.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = &'static Statement> {
    let tables = [
        crate::maintenances::STATEMENTS,
        crate::maintenances::found::STATEMENTS,
        crate::enforcers::STATEMENTS,
        crate::series::STATEMENTS,
        crate::limits::STATEMENTS,
        crate::engagements::STATEMENTS,
        crate::receipts::STATEMENTS,
        crate::drains::STATEMENTS,
        crate::stops::STATEMENTS,
        crate::targets::STATEMENTS,
        crate::tokens::STATEMENTS,
        crate::passes::STATEMENTS,
        crate::calendars::STATEMENTS,
        crate::feeds::STATEMENTS,
        crate::imports::STATEMENTS,
        crate::traffic::STATEMENTS,
        crate::log::STATEMENTS,
        crate::head::STATEMENTS,
        crate::idempotency::STATEMENTS,
    ];
    tables.into_iter().flatten()
}
