//! What the end of a program means, in words that someone woken at night can act on.

use std::io::ErrorKind;

use super::process::{Broken, Ended, Program};
use crate::Failure;

/// `EX_CONFIG` of sysexits.h.
const FOR_GOOD: i32 = 78;
const SHOWN_MAX: usize = 500;

/// A program that changes nothing and broke: nothing is under way.
pub(super) fn of_question(verb: &str, program: &Program<'_>, broken: &Broken) -> Failure {
    match of_order(verb, program, broken) {
        Failure::NoAnswer(words) => Failure::ForNow(words),
        failure @ (Failure::ForNow(_) | Failure::ForGood(_)) => failure,
    }
}

/// A program that changes something and broke: what it had asked of others may still come.
pub(super) fn of_order(verb: &str, program: &Program<'_>, broken: &Broken) -> Failure {
    let argv = program.argv;
    match broken {
        Broken::NotRun(error) => {
            let words = format!("{verb}: {argv:?} could not be run: {error}");
            match error.kind() {
                ErrorKind::NotFound | ErrorKind::PermissionDenied => Failure::ForGood(words),
                _ => Failure::ForNow(words),
            }
        }
        Broken::TimedOut => Failure::NoAnswer(format!("{verb}: {argv:?} did not end in time and was killed")),
        Broken::TooMuch => Failure::ForNow(format!("{verb}: {argv:?} printed more than 1 MiB")),
    }
}

/// A program that ended, and not with exit code 0.
pub(super) fn of_exit(verb: &str, program: &Program<'_>, ended: &Ended) -> Failure {
    let said = last_line(&ended.complained).map_or_else(|| " and said nothing".to_owned(), |line| format!(": {line}"));
    let words = format!("{verb}: {:?} ended with {}{said}", program.argv, ended.how);
    if ended.code == Some(FOR_GOOD) { Failure::ForGood(words) } else { Failure::ForNow(words) }
}

/// A listing that cannot be read.
pub(super) fn of_print(program: &Program<'_>, why: &str) -> Failure {
    Failure::ForNow(format!("list: {:?} printed no list of workloads: {why}", program.argv))
}

/// The last line that is not blank, trimmed to 500 characters.
pub(super) fn last_line(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    Some(line.chars().take(SHOWN_MAX).collect())
}
