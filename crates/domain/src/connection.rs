//! Connections: how the console reaches a Secrets Manager.

use serde::{Deserialize, Serialize};

use crate::assumed_role::AssumedRoleDraft;
use crate::detour::Detour;
use crate::endpoint::EndpointVariant;
use crate::error::ApiError;
use crate::guard::{EditConnection, Marks};
use crate::identity_center::{KnownSession, SsoSession};
use crate::scope::{ConnectionId, Region, Scope};
use crate::secret_text::SecretInput;

/// Every connection that the console knows, the local vault first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Connections {
    pub list: Vec<Connection>,
    /// Why the AWS profiles of this computer could not be read; the other connections go on working.
    pub profiles_failure: Option<ApiError>,
    /// The sessions of IAM Identity Center to sign in to.
    #[serde(default)]
    pub sso_sessions: Vec<KnownSession>,
    /// The detours of requests to AWS's own endpoints, for a connection that is being added.
    #[serde(default)]
    pub detours: Vec<Detour>,
    /// Increases with each message: a response and an event may overtake one another, and the later one counts.
    #[serde(default)]
    pub told: u64,
}

/// One saved connection. Its credentials stay in the engine and in the OS keyring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    pub id: ConnectionId,
    pub name: String,
    pub kind: ConnectionKind,
    /// The account's name in IAM Identity Center, if known.
    #[serde(default)]
    pub account_name: Option<String>,
    pub default_region: Region,
    /// Set when requests do not go to AWS's own endpoint.
    pub endpoint_url: Option<String>,
    /// Which of AWS's own endpoints they go to.
    #[serde(default)]
    pub variant: EndpointVariant,
    pub state: ConnectionState,
    pub marks: Marks,
}

impl Connection {
    /// Whether it is a saved connection to AWS, not one found on this computer.
    pub fn is_saved(&self) -> bool {
        use ConnectionKind::{AccessKey, AssumedRole, SsoRole};
        matches!(self.kind, AccessKey { .. } | SsoRole { .. } | AssumedRole { .. })
    }

    /// Whether its writes take the credentials of this other connection.
    pub fn writes_through(&self, other: &ConnectionId) -> bool {
        self.marks.writes_through.as_ref().is_some_and(|through| through.connection == *other)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConnectionKind {
    LocalVault {
        /// The folder that holds the vault, to show and to copy.
        folder: String,
        /// Whether a passphrase opens the vault when the keyring cannot; unknown while it is closed, and without
        /// sense for a vault in memory.
        has_passphrase: Option<bool>,
    },
    /// A further vault, in a file that a person chose. It opens when it is first used.
    VaultFile {
        /// To show and to copy.
        file: String,
        /// As for the local vault.
        has_passphrase: Option<bool>,
    },
    AccessKey {
        access_key_id: String,
    },
    /// The access key in the environment that the program was started with.
    Environment {
        /// Empty while the variables cannot be used.
        access_key_id: String,
    },
    /// A role that another connection assumes.
    AssumedRole {
        base: ConnectionId,
        role_arn: String,
    },
    /// A role of IAM Identity Center; its credentials last as long as the session is signed in.
    SsoRole {
        session: SsoSession,
        account_id: String,
        role_name: String,
    },
    /// A profile of the AWS configuration files, which are followed and never written.
    Profile {
        profile: String,
        /// Where its credentials come from, in words.
        source: String,
    },
}

impl ConnectionKind {
    /// The account of its role, where the kind says it.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::SsoRole { account_id, .. } => Some(account_id),
            Self::AssumedRole { role_arn, .. } => role_arn.split(':').nth(4),
            _ => None,
        }
    }

    /// Whether both name an account, and not the same one.
    pub fn is_of_another_account(&self, other: &Self) -> bool {
        self.account().zip(other.account()).is_some_and(|(own, its)| own != its)
    }
}

/// Whether requests can be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", content = "detail", rename_all = "snake_case")]
pub enum ConnectionState {
    Opening,
    Ready,
    /// The vault opens with a passphrase; `Some` says why the last try failed.
    NeedsPassphrase(PassphraseNeed),
    /// Its role is assumed with a code of this MFA device.
    NeedsCode(String),
    Failed(ApiError),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassphraseNeed {
    /// No vault is there yet: the passphrase will be that of a new one.
    pub is_new: bool,
    /// Why the keyring cannot open the vault, or why the last passphrase did not.
    pub reason: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListConnections {}

/// Opens a vault, and makes the local one where there is none; without a passphrase, by the key in the OS keyring.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenVault {
    pub connection: ConnectionId,
    pub passphrase: Option<SecretInput>,
}

impl OpenVault {
    /// The local vault, by the key in the OS keyring.
    pub fn local() -> Self {
        Self { connection: ConnectionId::local(), passphrase: None }
    }
}

/// Adds or replaces the recovery passphrase of an open vault.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetVaultPassphrase {
    pub connection: ConnectionId,
    pub passphrase: SecretInput,
}

/// Copies an open vault as it is now into a new file that the person chooses in a system dialog; nothing if they cancel.
/// The key or the passphrase of the vault opens the copy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackUpVault {
    pub connection: ConnectionId,
}

/// Where the copy of a vault is; none if the person cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultBackup {
    pub path: Option<String>,
}

/// Makes a vault in a file that the person chooses in a system dialog; nothing if they cancel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MakeVault {
    /// Opens the vault if the keyring cannot; none for the keyring only.
    pub passphrase: Option<SecretInput>,
}

/// Adds a vault that the person chooses in a system dialog; nothing if they cancel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddVault {}

/// An access key as it is typed; `endpoint_url` is none for AWS.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessKeyDraft {
    pub name: String,
    pub access_key_id: String,
    pub secret_access_key: SecretInput,
    pub session_token: Option<SecretInput>,
    pub region: Region,
    pub endpoint_url: Option<String>,
    #[serde(default)]
    pub variant: EndpointVariant,
}

/// Saves a new access key connection, its secret parts in the OS keyring.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveAccessKey {
    pub draft: AccessKeyDraft,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForgetConnection {
    pub connection: ConnectionId,
}

/// Checks the identity of the credentials and whether they may list. Draft credentials are not saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "target", rename_all = "snake_case")]
pub enum TestConnection {
    Saved {
        scope: Scope,
    },
    Draft {
        draft: AccessKeyDraft,
    },
    Role {
        draft: AssumedRoleDraft,
    },
    /// A connection as it would be after an edit, in its default Region.
    Edited {
        edit: EditConnection,
    },
}

/// What a test of a connection found. A denied call is a finding, not a failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConnectionReport {
    pub identity: Finding,
    /// The IAM alias of the account, if known.
    #[serde(default)]
    pub account_alias: Option<String>,
    pub listing: Finding,
    /// The identity that would write, if another connection writes.
    #[serde(default)]
    pub writer: Option<Finding>,
    /// Milliseconds that the ListSecrets call took.
    pub latency_ms: u32,
    /// Seconds that the clock of this computer is ahead of the endpoint's, below zero behind it. None if the endpoint
    /// sent no time.
    #[serde(default)]
    pub clock_skew_seconds: Option<i64>,
    /// The member of the draft that the failure points at, if it points at one.
    #[serde(default)]
    pub field_at_fault: Option<String>,
}

impl ConnectionReport {
    /// The failure, attributed to the field that caused it.
    pub fn failure_at_field(&self) -> Option<ApiError> {
        let field = self.field_at_fault.as_deref()?;
        let findings = self.writer.iter().chain([&self.listing, &self.identity]);
        findings.into_iter().find_map(|finding| match finding {
            Finding::Failed(error) => Some(ApiError::invalid(field, error.message.clone())),
            _ => None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", content = "detail", rename_all = "snake_case")]
pub enum Finding {
    /// It worked; the text says what was found ("arn:aws:iam::123456789012:user/ops").
    Passed(String),
    /// The identity may not do this; the rest of the connection is usable.
    Denied(ApiError),
    /// The endpoint does not support this call (a vault has no STS).
    Unavailable(String),
    Failed(ApiError),
}

/// Copies `export AWS_...` lines to use the AWS CLI with the current scope.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CopyTerminalExports {
    pub scope: Scope,
}
