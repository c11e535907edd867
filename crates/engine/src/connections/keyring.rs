//! What the OS keyring holds of saved connections: the secret parts of access keys.

use std::sync::Arc;

use latchkey_domain::connection::AccessKeyDraft;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId};
use latchkey_keyring::Keyring;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::keyring::ask;

/// What is secret of an access key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stored {
    pub secret_access_key: SecretInput,
    /// In the keyring only where a former version left it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<SecretInput>,
    /// A missing token file is an error: without the token nothing may be signed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub token_is_in_file: bool,
}

impl Stored {
    pub fn new(draft: &AccessKeyDraft) -> Self {
        Self {
            secret_access_key: draft.secret_access_key.clone(),
            session_token: draft.session_token.clone(),
            token_is_in_file: false,
        }
    }
}

pub(super) async fn save(keyring: &Arc<Keyring>, id: &ConnectionId, stored: Stored) -> Result<(), ApiError> {
    let json = serde_json::to_vec(&stored).map(Zeroizing::new);
    let json = json.map_err(|_| ApiError::internal("The access key could not be written as JSON."))?;
    let account = account(id);
    ask(keyring, move |keyring| keyring.save(&account, json)).await
}

/// `name` is the connection's, for the error.
pub(super) async fn load(keyring: &Arc<Keyring>, id: &ConnectionId, name: &str) -> Result<Stored, ApiError> {
    let account = account(id);
    let json = ask(keyring, move |keyring| keyring.load(&account)).await?.ok_or_else(|| {
        ApiError::new(
            Code::SignInNeeded,
            format!("The OS keyring holds no key for {name:?}. Forget the connection and add it again."),
        )
    })?;
    serde_json::from_slice(&json).map_err(|_| {
        ApiError::internal(format!(
            "The OS keyring entry for {name:?} cannot be read. Forget the connection and add it again."
        ))
    })
}

/// Succeeds also where there is nothing to delete.
pub(super) async fn delete(keyring: &Arc<Keyring>, id: &ConnectionId) -> Result<(), ApiError> {
    let account = account(id);
    ask(keyring, move |keyring| keyring.delete(&account)).await
}

fn account(id: &ConnectionId) -> String {
    format!("connection:{id}")
}
