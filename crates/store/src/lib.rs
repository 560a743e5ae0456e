//! Where maintenances, engagements, targets, tokens and the log are kept: durable, in order, behind one type.
//!
//! [`Store::write`] and [`Store::read`] run a synchronous closure in a transaction; the verbs are methods of [`Tx`].
mod body;
mod chain;
pub mod conformance;
mod connection;
mod drains;
mod enforcers;
mod engagements;
mod error;
mod head;
mod idempotency;
mod job;
mod locks;
mod log;
mod maintenances;
mod migrations;
mod once;
mod passes;
mod postgres;
mod reached;
mod readers;
mod receipts;
mod sqlite;
mod statement;
mod stops;
mod store;
mod targets;
mod tokens;
mod tx;
mod value;
mod writer;

pub use chain::Chain;
pub use drains::Drains;
pub use engagements::Claim;
pub use error::{Cause, StoreError};
pub use head::Head;
pub use idempotency::{KEPT_FOR, Kept, Keyed};
pub use log::{Entry, EntryFilter, EntryKind, Logged};
pub use maintenances::Status;
pub use maintenances::found::{MaintenanceFilter, Page};
pub use once::Once;
pub use passes::Pass;
pub use receipts::Archived;
pub use store::{Boxed, Counts, Options, Store};
pub use tokens::{Grant, Token, TokenKind};
pub use tx::Tx;
