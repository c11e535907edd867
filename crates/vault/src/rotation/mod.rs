//! What a rotation is made of: when its windows open, which functions can be called, how a call ended.

mod functions;
mod outcome;
mod program;
pub mod schedule;

pub use functions::{FunctionError, GENERIC_PASSWORD_ROTATION, RotationFunction, RotationFunctions};
pub use outcome::{Failures, FunctionOutput, RotationFailure, RotationStep, RotationTrouble, StepFailure};
pub use program::{Program, Variables};
