//! Whether a subject may do an action on a target at a time: a pure function of a snapshot.
//!
//! [`decide`] takes no lock, does no I/O, and allocates nothing where the answer is allow. The snapshot holds what is in
//! progress as a fact and what is scheduled as windows in time, so whoever has a copy knows both without asking.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod action;
mod builder;
mod chunks;
mod decide;
mod index;
mod quiet;
mod snapshot;
mod time;

pub use action::{Action, Answer};
pub use builder::{Builder, SetId};
pub use decide::{Decision, HOPS_MAX, Question, RETRY_AFTER, decide, foresee};
pub use quiet::{Closes, Quiet, Reply, Window};
pub use snapshot::{Epoch, Snapshot};
pub use time::{Instant, Span};
