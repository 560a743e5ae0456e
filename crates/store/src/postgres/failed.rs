//! What can be done about a failure of PostgreSQL (PostgreSQL 15, Appendix A).
use std::error::Error as _;
use std::io;
use std::sync::Arc;

use tokio_postgres::Error;
use tokio_postgres::error::Severity;

use crate::error::StoreError;

/// A statement failed.
pub fn failed(doing: &str, error: Error) -> StoreError {
    let doing = doing.to_owned();
    let code = error.code().map(|code| code.code().to_owned());
    let lost = is_lost(&error);
    let source = Arc::new(error);
    match code.as_deref() {
        Some(code) if code.starts_with("23") => StoreError::Conflict { doing, source },
        Some("XX001" | "XX002") => StoreError::Corrupt { doing, source },
        Some(code) if is_transient(code) => StoreError::Transient { doing, source },
        None if lost => StoreError::Transient { doing, source },
        Some(_) | None => StoreError::Permanent { doing, source },
    }
}

/// There is no connection; the server may be on its way up.
pub fn not_connected(error: Error) -> StoreError {
    let doing = "connecting to PostgreSQL".to_owned();
    let refused = error.code().is_some_and(|code| !is_transient(code.code()));
    let source = Arc::new(error);
    if refused { StoreError::Permanent { doing, source } } else { StoreError::Transient { doing, source } }
}

/// Whether the connection went with it.
pub fn is_lost(error: &Error) -> bool {
    match error.as_db_error() {
        Some(said) => matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic)),
        None => error.is_closed() || error.source().is_some_and(|source| source.is::<io::Error>()),
    }
}

/// By its class: lost connections 08, deadlocks and serialization 40, a lack of disk, memory or connections 53, what
/// operators do 57 (time-outs and restarts too), the system's own errors 58; and locks, and transactions that took too long.
fn is_transient(code: &str) -> bool {
    matches!(code.get(..2), Some("08" | "40" | "53" | "57" | "58")) || matches!(code, "55P03" | "25P03" | "25P04")
}
