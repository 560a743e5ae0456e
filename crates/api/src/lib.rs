//! Wire types of the HTTP API, and its client. Knows nothing of the rules behind it.
mod client;
pub mod params;
pub mod views;

pub use client::{Client, Error, Events};
