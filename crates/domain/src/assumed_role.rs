//! A connection that assumes a role: assumed through another connection, with an MFA code if required.

use serde::{Deserialize, Serialize};

use crate::scope::{ConnectionId, Region};
use crate::secret_text::SecretInput;

/// A role to assume, as typed. Optional fields may be empty.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AssumedRoleDraft {
    pub name: String,
    /// The connection that assumes the role. Requests go to the same endpoint, unless the role has its own.
    pub base: ConnectionId,
    pub role_arn: String,
    pub external_id: Option<String>,
    /// Shown in CloudTrail next to the role.
    pub session_name: Option<String>,
    /// Lifetime of the credentials; AWS's default of one hour if not set.
    pub duration_minutes: Option<u32>,
    /// The ARN or the serial number of the MFA device; its code is then required each time.
    pub mfa_serial: Option<String>,
    pub region: Region,
    /// The endpoint for Secrets Manager; STS uses the base's endpoint.
    #[serde(default)]
    pub endpoint_url: Option<String>,
}

/// Saves a role as a connection. It contains no secrets, and no request is sent yet.
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
