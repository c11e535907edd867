//! Edits of values that were not saved yet: kept encrypted, so that a lock, a crash or an expired sign-in loses none.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::scope::Scope;
use crate::secret_text::SecretInput;

/// What a draft is about. The text is asked for by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftNote {
    pub scope: Scope,
    /// The ARN.
    pub secret_id: String,
    pub name: String,
    /// The version that the edit began with; none for the first value of a secret.
    pub base_version_id: Option<String>,
    pub kept_at: DateTime<Utc>,
}

/// Keeps the text of an edit in place of what was kept of this secret before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveDraft {
    pub scope: Scope,
    pub secret_id: String,
    pub name: String,
    #[serde(default)]
    pub base_version_id: Option<String>,
    pub text: SecretInput,
}

/// Forgets the draft of a secret, if there is one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeleteDraft {
    pub scope: Scope,
    pub secret_id: String,
}

/// Asks which edits are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListDrafts {}

/// Asks for the text of a draft, to go on with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevealDraft {
    pub scope: Scope,
    pub secret_id: String,
}
