//! What Latchkey asks of the operating system beside the keyring: files that are their owner's alone, and programs of
//! which nothing is left behind; and that nobody looks into its memory.

pub mod files;
pub mod private_memory;
pub mod programs;
