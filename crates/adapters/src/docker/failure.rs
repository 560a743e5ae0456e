//! What an engine's errors mean for us: later, never, or nobody knows.

use std::error::Error as _;
use std::fmt::Write as _;

use bollard::errors::Error;

use crate::Failure;

/// The failure of a request that changes nothing: whatever broke, nothing is under way.
pub(super) fn of_question(doing: &str, error: &Error) -> Failure {
    match error {
        Error::DockerResponseServerError { status_code, .. } => of_answer(*status_code, words(doing, error)),
        _ => Failure::ForNow(words(doing, error)),
    }
}

/// The failure of a request that changes something: unless the engine said no, or was never reached, nobody knows.
pub(super) fn of_order(doing: &str, error: &Error) -> Failure {
    let words = words(doing, error);
    match error {
        Error::DockerResponseServerError { status_code, .. } => of_answer(*status_code, words),
        Error::SocketNotFoundError(_) => Failure::ForNow(words),
        Error::HyperLegacyError { err } if err.is_connect() => Failure::ForNow(words),
        _ => Failure::NoAnswer(words),
    }
}

fn of_answer(status: u16, words: String) -> Failure {
    match status {
        400..500 => Failure::ForGood(words),
        _ => Failure::ForNow(words),
    }
}

/// Whether the engine does not know what was asked for.
pub(super) fn is_not_found(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}

fn words(doing: &str, error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            format!("{doing}: {} ({status_code})", message.trim())
        }
        Error::RequestTimeoutError => format!("{doing}: the engine did not answer in time"),
        _ => {
            let mut words = format!("{doing}: {error}");
            let mut cause = error.source();
            while let Some(deeper) = cause {
                let text = deeper.to_string();
                if !words.ends_with(&text) {
                    // Writing to a string cannot fail.
                    let _ = write!(words, ": {text}");
                }
                cause = deeper.source();
            }
            words
        }
    }
}
