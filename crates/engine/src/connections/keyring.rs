//! What the OS keyring holds: the secret parts of saved connections, and the key that seals files.

use latchkey_domain::connection::AccessKeyDraft;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId};
use latchkey_keyring::KeyringProblem;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::lock::data_key::{KeyEntry, Stowed};
use crate::ports::BoxFuture;

const SEALING_KEY: &str = "sealing-key";

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

pub(super) async fn save(id: &ConnectionId, stored: Stored) -> Result<(), ApiError> {
    let json = serde_json::to_vec(&stored).map(Zeroizing::new);
    let json = json.map_err(|_| ApiError::internal("The access key could not be written as JSON."))?;
    let account = account(id);
    ask(move || latchkey_keyring::save(&account, json)).await
}

/// `name` is the connection's, for the error.
pub(super) async fn load(id: &ConnectionId, name: &str) -> Result<Stored, ApiError> {
    let account = account(id);
    let json = ask(move || latchkey_keyring::load(&account)).await?.ok_or_else(|| {
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
pub(super) async fn delete(id: &ConnectionId) -> Result<(), ApiError> {
    let account = account(id);
    ask(move || latchkey_keyring::delete(&account)).await
}

/// The entry of the key that seals files.
pub(crate) struct SealingKeyEntry;

impl KeyEntry for SealingKeyEntry {
    fn load(&self) -> BoxFuture<'static, Result<Option<Stowed>, ApiError>> {
        Box::pin(ask(|| latchkey_keyring::load(SEALING_KEY)))
    }

    fn save(&self, entry: Stowed) -> BoxFuture<'static, Result<(), ApiError>> {
        Box::pin(ask(move || latchkey_keyring::save(SEALING_KEY, entry)))
    }
}

fn account(id: &ConnectionId) -> String {
    format!("connection:{id}")
}

async fn ask<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeyringProblem> + Send + 'static,
) -> Result<T, ApiError> {
    let asked = tokio::task::spawn_blocking(work).await;
    asked
        .map_err(|_| ApiError::internal("The OS keyring was not asked: the program is shutting down."))?
        .map_err(|problem| {
            let detail = problem.words().map(str::to_owned);
            let code = match problem {
                KeyringProblem::TooLong { .. } => Code::Internal,
                _ => Code::Locked,
            };
            ApiError { detail, ..ApiError::new(code, problem.to_string()) }
        })
}
