//! The repository's chores, as functions that the `xtask` program and its tests call.

pub mod bench;
pub mod contract;
pub mod openapi;
pub mod prerequisites;
pub mod shell;
pub mod sim;
pub mod suite;
pub mod tidy;
