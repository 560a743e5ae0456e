//! What callers see, over the whole API on an embedded database and an outside of its own.
mod bad_input;
mod commands;
mod connections;
mod docs;
mod document;
mod doors;
mod events;
mod gate;
mod keys;
mod lists;
mod metrics;
mod operation_mode;
mod outside;
mod rights;
mod tags;
mod tokens;
mod world;
