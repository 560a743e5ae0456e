//! The rules of planned maintenance: pure, without I/O, clock or logging.
pub mod id;
pub mod refusal;
pub mod path;
pub mod estate;
pub mod scope;
pub mod duration;
pub mod policy;
pub mod preset;

pub use lull_gate::{Action, Answer, Instant, Span};
