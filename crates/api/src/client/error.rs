//! Why a request has no answer, or not the one that was hoped for.
use crate::views::Problem;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer: nobody is there, or the way is broken.
    #[error("{url} cannot be reached: {why}")]
    Unreachable {
        /// The server.
        url: String,
        /// What happened.
        why: String,
    },
    /// The server says why not.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// An answer that is not Lull's: something else listens there, or another version.
    #[error("{url} gave an answer (status {status}) that is not Lull's: {why}")]
    Unexpected {
        /// The server.
        url: String,
        /// The HTTP status, 0 where none came.
        status: u16,
        /// What is wrong with it.
        why: String,
    },
}

/// The causes of an error on one line, none said twice.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut causes = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !causes.iter().any(|said| said.contains(&text)) {
            causes.push(text);
        }
        next = cause.source();
    }
    // The outermost repeats the URL, which whoever shows this has named already.
    if causes.len() > 1 {
        causes.remove(0);
    }
    causes.join(": ")
}
