//! The engine that acts and the HTTP API that answers.
mod caller;
mod chain;
mod clock;
mod config;
mod core;
mod door;
mod editing;
mod engine;
mod failpoint;
mod fence;
mod gate;
mod http;
mod jobs;
mod known;
mod operation_mode;
mod orders;
mod outside;
mod own;
mod passes;
mod serve;
mod settle;
mod targets;
mod tokens;
mod view;

pub use http::openapi;
pub use serve::{Boxed, Config, Failed, serve};
