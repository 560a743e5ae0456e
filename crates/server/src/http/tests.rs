//! What callers see, over the whole API on an embedded database and an outside of its own.
mod backups;
mod bad_input;
mod banners;
mod commands;
mod document;
mod doors;
mod drains;
mod events;
mod gate;
mod hard_cases;
mod jobs;
mod operation_mode;
mod outside;
mod rights;
mod tokens;
mod world;
