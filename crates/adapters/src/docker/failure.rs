//! What an engine's errors mean for us: later, never, or nobody knows.

use super::http::Error;
use crate::Failure;

/// The failure of a request that changes nothing: whatever broke, nothing is under way.
pub(super) fn of_question(doing: &str, error: &Error) -> Failure {
    match of_order(doing, error) {
        Failure::NoAnswer(words) => Failure::ForNow(words),
        failure @ (Failure::ForNow(_) | Failure::ForGood(_)) => failure,
    }
}

/// The failure of a request that changes something: unless the engine said no, or was never reached, nobody knows.
pub(super) fn of_order(doing: &str, error: &Error) -> Failure {
    let words = format!("{doing}: {error}");
    match error {
        Error::NotReached(..) => Failure::ForNow(words),
        Error::Refused { status: 400..500, .. } => Failure::ForGood(words),
        Error::Refused { .. } => Failure::ForNow(words),
        Error::Broken(_) | Error::TimedOut | Error::Nonsense(_) => Failure::NoAnswer(words),
    }
}
