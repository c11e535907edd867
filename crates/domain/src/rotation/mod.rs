//! What a person can ask of a secret's rotation, how far one is, and what keeps it from its end. The settings that a
//! secret has are [`crate::secret::Rotation`].

mod diagnosis;
mod steps;
mod templates;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use diagnosis::{Cause, Diagnosis, Remedy, Symptom};
pub use steps::{PendingVersion, Progress, RotationStep, StepState};
pub use templates::{FUNCTION_TEMPLATES, FunctionTemplate, ListKeys, SecretKeys};

use crate::scope::Scope;

/// Asks the local vault what went wrong with a rotation. AWS is not asked: its functions report only to CloudWatch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindRotationTrouble {
    pub scope: Scope,
    /// The full ARN.
    pub secret_id: String,
}

/// What the local vault saw go wrong since the last rotation; empty for a secret in AWS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RotationTrouble {
    pub failure: Option<RotationFailure>,
    /// When the first window opened that passed while the vault was closed.
    pub missed_at: Option<DateTime<Utc>>,
}

/// The last call of a rotation function that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RotationFailure {
    pub step: RotationStep,
    pub failed_at: DateTime<Utc>,
    /// In words that hold no value.
    pub reason: String,
    /// Whether the function wrote something, which may hold values.
    pub has_output: bool,
    /// None: it is not tried again by itself before the next window.
    pub next_try_at: Option<DateTime<Utc>>,
}

/// Shows what a function wrote before it failed. It may hold values, so it comes as they do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevealFunctionOutput {
    pub scope: Scope,
    /// The full ARN.
    pub secret_id: String,
}
