//! Rotation as AWS does it: windows open, functions are called in four steps, labels show how far they came.
//!
//! `schedule` tells when, `functions` what is called. The operations of the API are not here.

mod functions;
mod program;
pub mod schedule;

pub use functions::{FunctionError, RotationFunctions};
