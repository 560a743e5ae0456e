//! Real container engines, databases and proxies for tests, each in a folder of its own.
//!
//! [`Engine::dockerd`] and [`Engine::podman`] start what Debian ships (`docker.io`, `podman`, `runc`, `busybox-static`) as
//! root, without systemd, without a registry and without touching an engine that already runs on the machine. Any number
//! may run at once. Dropping one removes its containers, ends its processes, unmounts and deletes its folder.
//!
//! [`Postgres::start`] starts the newest PostgreSQL that Debian has put on the machine, as a user who is not root.
//!
//! All calls block. A test that needs one fails where none is installed, and the error says what to install.

mod engine;
mod http;
mod image;
mod launch;
mod postgres;
mod proxy;
mod sweep;
mod wait;

pub use engine::{Container, Engine};
pub use launch::Kind;
pub use postgres::Postgres;
pub use proxy::{Proxy, ProxyKind};
pub use wait::until;

/// The image every engine has: busybox and nothing else. Podman 4 imports under no other tag than this.
pub const IMAGE: &str = "localhost/lull-busybox:latest";

/// A command that runs until it is told to end, and then ends at once with exit code 0.
pub const ENDS_ON_TERM: &[&str] = &["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"];

/// A command that does not listen when it is told to end, so that it must be killed.
pub const IGNORES_TERM: &[&str] = &["sh", "-c", "trap '' TERM; while :; do sleep 1; done"];
