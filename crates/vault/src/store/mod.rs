//! What is kept: secrets, versions and labels in one SQLite file, every value sealed.

pub mod accesses;
pub mod backup;
pub mod closing;
pub mod connections;
pub mod file;
pub mod header;
pub mod in_place;
pub mod lock;
pub mod macs;
pub mod open_error;
pub mod page;
pub mod read_only;
pub mod rotations;
pub mod schema;
pub mod sealing;
pub mod secrets;
pub mod tally;
pub mod versions;
