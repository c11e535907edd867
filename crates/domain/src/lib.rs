//! The language and the rules of Latchkey, shared by both sides of the IPC boundary.
//!
//! Compiled to WASM and native. No I/O, no clock, no async: an instant that matters is a parameter.

pub mod assumed_role;
pub mod catalog;
pub mod change;
pub mod cli_line;
pub mod connection;
pub mod contract;
pub mod detour;
pub mod diagnostics;
pub mod diff;
pub mod document;
pub mod draft;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod filter;
pub mod guard;
pub mod identity_center;
pub mod lock;
pub mod name;
pub mod open_files;
pub mod partition;
pub mod password;
pub mod paste;
pub mod plan;
pub mod rotation;
pub mod schedule;
pub mod scope;
pub mod secret;
pub mod secret_text;
pub mod settings;
pub mod shell_text;
pub mod stages;
pub mod template;
pub mod text;
pub mod typed;
pub mod value;
pub mod writes;

pub use contract::Command;
pub use error::{ApiError, AwsFault, Code};
pub use scope::{ConnectionId, Region, Scope};
