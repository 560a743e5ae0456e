//! Why a command did not do what it was asked, as people and scripts are told.
use std::fmt;

use lull_api::Error;
use lull_api::views::Problem;
use serde_json::Value;

/// How the program ends. Scripts rely on the numbers; `lull --help` lists them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Something nobody thought of.
    Unexpected = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The server refused what was sent.
    Refused = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The token is missing, wrong, or lacks a right.
    Forbidden = 5,
    /// The state of things does not allow it.
    Conflict = 6,
    /// Nobody answers, or the server cannot now.
    Unreachable = 7,
    /// The time for waiting is up.
    TimedOut = 8,
    /// While waiting, a person was asked for.
    NeedsAttention = 9,
}

/// What happened, and what to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failed {
    /// How the program ends.
    pub exit: Exit,
    /// What happened.
    pub what: String,
    /// The field of what was sent that it is about.
    pub field: Option<String>,
    /// What to do.
    pub remedies: Vec<String>,
    /// What the API answered, for who wants JSON.
    pub problem: Option<Value>,
}

impl Failed {
    /// A failure with nothing more to say than what happened.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), field: None, remedies: Vec::new(), problem: None }
    }

    /// Says what to do.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }

    /// Several as one that ends as the first does; none of none.
    pub fn all(failures: Vec<Self>) -> Option<Self> {
        failures.into_iter().reduce(|mut all, failed| {
            all.what.push_str(&format!("\n{}", failed.what));
            for remedy in failed.remedies {
                if !all.remedies.contains(&remedy) {
                    all.remedies.push(remedy);
                }
            }
            all
        })
    }

    fn of_problem(problem: Problem) -> Self {
        let exit = match problem.status {
            401 | 403 => Exit::Forbidden,
            404 => Exit::NotFound,
            409 | 412 => Exit::Conflict,
            429 | 503 => Exit::Unreachable,
            400..500 => Exit::Refused,
            _ => Exit::Unexpected,
        };
        let answered = serde_json::to_value(&problem).ok();
        let what = if problem.detail.is_empty() { problem.title } else { problem.detail };
        let mut failed = Self { field: problem.field, problem: answered, ..Self::new(exit, what) };
        for holder in problem.holders {
            // The detail of a problem often says it all; nothing is said twice.
            if !failed.what.contains(&holder.ends) || !failed.what.contains(&holder.name) {
                let (name, kind) = (holder.name, holder.kind);
                failed
                    .what
                    .push_str(&format!("\n  {name} ({kind}) holds it by {}: {}", holder.maintenance, holder.ends));
            }
        }
        if problem.status == 401 {
            failed = failed.remedy("Give a token with LULL_TOKEN, --token or --token-file.");
        } else if !problem.remedy.is_empty() {
            failed = failed.remedy(problem.remedy);
        }
        failed
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let what = error.to_string();
        match error {
            Error::Problem(problem) => Self::of_problem(*problem),
            Error::Unreachable { .. } => Self::new(Exit::Unreachable, what)
                .remedy("Is the server up (`lull serve`), and is --url or LULL_URL right?"),
            Error::Unexpected { .. } => Self::new(Exit::Unexpected, what)
                .remedy("Check --url or LULL_URL, and that both sides have one version."),
        }
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Unexpected, format!("writing the output: {error}"))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        if let Some(field) = &self.field {
            write!(f, "\n  field: {field}")?;
        }
        for remedy in &self.remedies {
            write!(f, "\n→ {remedy}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use lull_api::views::Holder;

    use super::*;

    fn problem(status: u16) -> Problem {
        Problem { status, detail: "No.".to_owned(), remedy: "Do else.".to_owned(), ..Problem::default() }
    }

    #[test]
    fn every_refusal_has_its_exit_code() {
        let exits =
            [(400, 3), (422, 3), (413, 3), (401, 5), (403, 5), (404, 4), (409, 6), (412, 6), (503, 7), (500, 1)];
        for (status, exit) in exits {
            assert_eq!(Failed::of_problem(problem(status)).exit as u8, exit, "{status}");
        }
    }

    #[test]
    fn a_refusal_says_what_happened_which_field_and_what_to_do() {
        let problem = Problem { field: Some("ends_at".to_owned()), ..problem(400) };
        insta::assert_snapshot!(Failed::of_problem(problem), @r"
        No.
          field: ends_at
        → Do else.
        ");
    }

    #[test]
    fn holders_are_named_once() {
        let holder = |name: &str| Holder {
            kind: "observer".to_owned(),
            name: name.to_owned(),
            maintenance: "mnt_1".to_owned(),
            ends: "it ends when its signal reads normal".to_owned(),
        };
        let said = "search-flag entered this: it ends when its signal reads normal.".to_owned();
        let holders = vec![holder("search-flag"), holder("other-flag")];
        let problem = Problem { detail: said, holders, ..problem(409) };
        insta::assert_snapshot!(Failed::of_problem(problem), @r"
        search-flag entered this: it ends when its signal reads normal.
          other-flag (observer) holds it by mnt_1: it ends when its signal reads normal
        → Do else.
        ");
    }
}
