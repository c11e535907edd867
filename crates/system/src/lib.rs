//! What Latchkey asks of the operating system beside the keyring: files that are their owner's alone, and programs of
//! which nothing is left behind.

pub mod files;
pub mod programs;
