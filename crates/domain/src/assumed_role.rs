//! A connection that assumes a role: another connection asks for it, with the code of an MFA device where it must.

use serde::{Deserialize, Serialize};

use crate::scope::{ConnectionId, Region};
use crate::secret_text::SecretInput;

/// A role to assume, as it is typed. What is optional may also be empty.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AssumedRoleDraft {
    pub name: String,
    /// The connection whose credentials ask for the role. Requests go to the same endpoint, unless the role has its own.
    pub base: ConnectionId,
    pub role_arn: String,
    pub external_id: Option<String>,
    /// Shown by CloudTrail beside the role.
    pub session_name: Option<String>,
    /// How long the credentials last; AWS's own hour if it is not given.
    pub duration_minutes: Option<u32>,
    /// The ARN or the serial number of the MFA device; its code is then asked for each time.
    pub mfa_serial: Option<String>,
    pub region: Region,
    /// Where its requests to Secrets Manager go; STS is asked where the base asks it.
    #[serde(default)]
    pub endpoint_url: Option<String>,
}

/// Saves a role as a connection. Nothing of it is secret, and nobody is asked yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveAssumedRole {
    pub draft: AssumedRoleDraft,
}

/// Assumes the role of a connection with the code that its MFA device shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AssumeRole {
    pub connection: ConnectionId,
    pub code: SecretInput,
}
