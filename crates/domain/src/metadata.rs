//! What a person changes of a secret beside its value: none of it makes a version.

use serde::{Deserialize, Serialize};

use crate::scope::Scope;
use crate::secret::Tag;

/// The API's limits, in characters (API model: DescriptionType, KmsKeyIdType, TagKeyType, TagValueType).
pub const MAX_DESCRIPTION_CHARS: usize = 2_048;
pub const MAX_KMS_KEY_CHARS: usize = 2_048;

/// Days that a deleted secret can be restored in.
pub const RECOVERY_DAYS: (u32, u32) = (7, 30);

/// Puts another description; an empty one takes it away.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveDescription {
    pub scope: Scope,
    pub secret_id: String,
    pub description: String,
}

/// Puts another encryption key; AWS seals the labelled versions anew, if it may. `KmsKeyIds` of the versions tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveKmsKey {
    pub scope: Scope,
    pub secret_id: String,
    /// An id, an ARN or an alias; empty for `aws/secretsmanager`.
    pub kms_key_id: String,
}

/// Makes the tags of the secret these.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveTags {
    pub scope: Scope,
    pub secret_id: String,
    pub tags: Vec<Tag>,
}

/// Schedules the deletion.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeleteSecret {
    pub scope: Scope,
    pub secret_id: String,
    /// See [`RECOVERY_DAYS`].
    pub recovery_days: u32,
    /// The name of the secret, typed.
    pub typed_name: String,
}

/// Takes the scheduled deletion back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RestoreSecret {
    pub scope: Scope,
    pub secret_id: String,
}
