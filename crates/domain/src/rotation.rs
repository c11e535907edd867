//! What a person can ask of a secret's rotation. The settings that it has are [`crate::secret::Rotation`].

use serde::{Deserialize, Serialize};

use crate::scope::Scope;

/// Sets the rotation up or changes it, and so turns it on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveRotation {
    pub scope: Scope,
    pub secret_id: String,
    /// None for a rotation that AWS manages, or to keep the function that the secret has.
    pub lambda_arn: Option<String>,
    /// `rate(10 days)` or `cron(0 8 1 * ? *)`.
    pub schedule_expression: String,
    /// `3h`; none for AWS's default.
    pub duration: Option<String>,
    /// False leaves the value as it is until the next window; AWS only runs testSecret now.
    pub rotate_immediately: bool,
}

/// Rotates now, with the function and the schedule that the secret has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RotateSecret {
    pub scope: Scope,
    pub secret_id: String,
}

/// Turns automatic rotation off and stops one that runs. Function and schedule are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelRotation {
    pub scope: Scope,
    pub secret_id: String,
}
