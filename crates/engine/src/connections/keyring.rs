//! What the OS keyring holds: the secret parts of saved connections, and the key that seals files. It blocks, so every
//! call runs on a thread for that.

use keyring::{Entry, Error};
use latchkey_domain::connection::AccessKeyDraft;
use latchkey_domain::value::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::BoxFuture;
use crate::lock::data_key::{KeyEntry, Stowed};

const SERVICE: &str = "latchkey";
const SEALING_KEY: &str = "sealing-key";

/// Who may hold the keys: never a store in memory, nor the kernel's, which forgets at the next start.
#[cfg(target_os = "macos")]
const STORE: &str = "Keychain";
#[cfg(target_os = "windows")]
const STORE: &str = "Windows";
#[cfg(not(any(target_os = "macos", target_os = "windows")))]
const STORE: &str = "Secret Service";

/// What is secret of an access key.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    pub secret_access_key: SecretInput,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<SecretInput>,
}

impl Stored {
    pub fn new(draft: &AccessKeyDraft) -> Self {
        Self {
            secret_access_key: draft.secret_access_key.clone(),
            session_token: draft.session_token.clone(),
        }
    }
}

pub(super) async fn save(id: &ConnectionId, stored: Stored) -> Result<(), ApiError> {
    let json = serde_json::to_vec(&stored).map(Zeroizing::new);
    let json = json.map_err(|_| ApiError::internal("The access key could not be written as JSON."))?;
    on_entry(id, move |entry| entry.set_secret(&json)).await?.map_err(|error| unavailable(&error))
}

/// `name` is the connection's, for the error.
pub(super) async fn load(id: &ConnectionId, name: &str) -> Result<Stored, ApiError> {
    let json = on_entry(id, Entry::get_secret).await?.map(Zeroizing::new).map_err(|error| match error {
        Error::NoEntry => ApiError::new(
            Code::SignInNeeded,
            format!("The OS keyring holds no key for {name:?}. Forget the connection and add it again."),
        ),
        other => unavailable(&other),
    })?;
    serde_json::from_slice(&json).map_err(|_| {
        ApiError::internal(format!(
            "What the OS keyring holds for {name:?} cannot be read. Forget the connection and add it again."
        ))
    })
}

/// Succeeds also where there is nothing to delete.
pub(super) async fn delete(id: &ConnectionId) -> Result<(), ApiError> {
    match on_entry(id, Entry::delete_credential).await? {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(unavailable(&error)),
    }
}

/// The entry of the key that seals files.
pub(crate) struct SealingKeyEntry;

impl KeyEntry for SealingKeyEntry {
    fn load(&self) -> BoxFuture<'static, Result<Option<Stowed>, ApiError>> {
        Box::pin(async {
            match on_account(SEALING_KEY.to_owned(), Entry::get_secret).await? {
                Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(unavailable(&error)),
            }
        })
    }

    fn save(&self, entry: Stowed) -> BoxFuture<'static, Result<(), ApiError>> {
        Box::pin(async move {
            let saved = on_account(SEALING_KEY.to_owned(), move |place| place.set_secret(&entry));
            saved.await?.map_err(|error| unavailable(&error))
        })
    }
}

async fn on_entry<T: Send + 'static>(
    id: &ConnectionId,
    work: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<keyring::Result<T>, ApiError> {
    on_account(format!("connection:{id}"), work).await
}

async fn on_account<T: Send + 'static>(
    account: String,
    work: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<keyring::Result<T>, ApiError> {
    let run = move || {
        let entry = Entry::new(SERVICE, &account)?;
        check_store()?;
        work(&entry)
    };
    tokio::task::spawn_blocking(run)
        .await
        .map_err(|_| ApiError::internal("The OS keyring was not asked: the program is ending."))
}

fn check_store() -> keyring::Result<()> {
    let store = keyring_core::get_default_store().ok_or(Error::NoDefaultStore)?;
    if store.vendor().contains(STORE) {
        return Ok(());
    }
    Err(Error::NotSupportedByStore(format!("{} is not the keyring of this system", store.vendor())))
}

/// The text of the error names the system's reason, never what is stored.
fn unavailable(error: &Error) -> ApiError {
    let reason = match error {
        Error::NoDefaultStore => match Entry::store_status() {
            Err(cause) => cause.to_string(),
            Ok(()) => error.to_string(),
        },
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "its entry is damaged".to_owned(),
        other => other.to_string(),
    };
    ApiError::new(
        Code::Locked,
        format!(
            "The OS keyring cannot be used: {reason}. Unlock or start it (on Linux a Secret Service such as \
             gnome-keyring or KWallet), then start Latchkey again."
        ),
    )
}
