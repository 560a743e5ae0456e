//! The rules of planned maintenance: pure, without I/O, clock or logging.
pub mod agenda;
pub mod calendar;
pub mod drain;
pub mod duration;
pub mod engagement;
pub mod estate;
pub mod fence;
pub mod id;
pub mod job;
pub mod life;
pub mod limit;
pub mod maintenance;
pub mod notice;
pub mod order;
pub mod path;
pub mod plan;
pub mod policy;
pub mod preset;
pub mod quiet;
pub mod recurrence;
pub mod refusal;
pub mod rights;
pub mod scope;
pub mod series;
pub mod told;
pub mod work;

pub use lull_gate::{Action, Answer, Instant, Span};
