//! What may be done on a target: the words every enforcer shares.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod action;
mod time;

pub use action::{Action, Answer};
pub use time::{Instant, Span};
