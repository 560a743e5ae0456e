//! The engine that acts and the HTTP API that answers.
mod banners;
mod caller;
mod chain;
mod clock;
mod config;
mod core;
mod editing;
mod engine;
mod failpoint;
mod http;
mod jobs;
mod operation_mode;
mod orders;
mod outside;
mod own;
mod serve;
mod settle;
mod targets;
mod tokens;
mod view;

pub use http::openapi;
pub use serve::{Boxed, Config, Failed, serve};
