//! Rotation as AWS does it: windows open, functions are called in four steps, labels show how far they came.
//!
//! | what | where |
//! |---|---|
//! | when windows open | `schedule` |
//! | what begins, fails and succeeds, in the store | `progress` |
//! | who calls the functions, and when | `rotator` |
//! | what can be called | `functions`, `generic_password`, `program` |
//!
//! The operations of the API are not here.

mod functions;
mod generic_password;
mod outcome;
mod program;
mod progress;
pub mod rotator;
pub mod schedule;

pub use functions::{FunctionError, GENERIC_PASSWORD_ROTATION, RotationFunctions};
pub use generic_password::PASSWORD_KEY_TAG;
pub use outcome::{Failures, FunctionOutput, RotationFailure, RotationStep, RotationTrouble};
