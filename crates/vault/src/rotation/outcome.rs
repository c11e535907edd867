//! How a call of a rotation function ended. Kept in memory only: what a function says may hold values.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
pub use latchkey_domain::rotation::RotationStep;
use zeroize::Zeroizing;

/// What a function wrote, the end of it if it was much. Treated as a secret value: it is wiped on drop and not printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FunctionOutput(Zeroizing<String>);

impl FunctionOutput {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FunctionOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FunctionOutput(…)")
    }
}

/// Why a step failed: in words that hold no value, and what the function itself wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFailure {
    pub reason: String,
    pub output: FunctionOutput,
}

impl StepFailure {
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), output: FunctionOutput::default() }
    }
}

/// The last failed try to rotate a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationFailure {
    pub step: RotationStep,
    pub failed_at: DateTime<Utc>,
    /// Holds no secret value.
    pub reason: String,
    /// The end of what the function wrote to its standard error. It may hold secret values.
    pub output: FunctionOutput,
    /// Whether testSecret alone was tried, on a copy.
    pub is_test: bool,
    /// `None`: it is not tried again before the next window.
    pub next_try_at: Option<DateTime<Utc>>,
}

/// What went wrong since the last rotation of a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RotationTrouble {
    /// Forgotten when the vault is closed.
    pub failure: Option<RotationFailure>,
    /// The opening of the first window in which the vault was closed.
    pub missed_at: Option<DateTime<Utc>>,
}

/// The last failure of each secret, by its ARN.
#[derive(Debug, Default)]
pub struct Failures(Mutex<HashMap<String, RotationFailure>>);

impl Failures {
    pub fn keep(&self, arn: &str, failure: RotationFailure) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned(), failure);
    }

    pub fn forget(&self, arn: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(arn);
    }

    pub fn forget_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn of(&self, arn: &str) -> Option<RotationFailure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned()
    }
}
