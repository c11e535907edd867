//! The session tokens of access keys: too long for the keyring of some systems, so each is in a file of its own, sealed
//! under the data key and bound to its connection.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId};
use latchkey_sealing::SealingKey;

use super::keyring::{self, Stored};
use super::saved::SavedConnection;
use crate::Engine;
use crate::files;

const FOLDER: &str = "session-tokens";

/// Where the session tokens are.
pub(super) struct SessionTokens {
    folder: PathBuf,
}

impl SessionTokens {
    pub fn new(data: &Path) -> Self {
        Self { folder: data.join(FOLDER) }
    }

    pub fn path(&self, id: &ConnectionId) -> PathBuf {
        self.folder.join(format!("{}.sealed", files::name_for(id.as_str())))
    }

    fn save(&self, key: &SealingKey, id: &ConnectionId, token: &SecretInput) -> io::Result<()> {
        files::save(&self.path(id), &key.seal(place(id), token.expose().as_bytes()))
    }

    /// The token, if its file opens with the key and stands where it belongs.
    fn load(&self, key: &SealingKey, id: &ConnectionId) -> Option<SecretInput> {
        let sealed = files::load(&self.path(id)).ok()??;
        let plain = key.open(place(id), &sealed).ok()?;
        std::str::from_utf8(&plain).ok().map(SecretInput::new)
    }

    /// Nothing to delete is fine.
    fn delete(&self, id: &ConnectionId) -> Result<(), ApiError> {
        let path = self.path(id);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(ApiError::internal(format!("{} could not be deleted: {error}.", path.display())))
            }
            _ => Ok(()),
        }
    }
}

impl Engine {
    /// Keeps the secret parts of an access key: its session token in a sealed file, the rest in the keyring.
    pub(super) async fn keep_key(&self, id: &ConnectionId, mut stored: Stored) -> Result<(), ApiError> {
        if let Some(token) = stored.session_token.take() {
            let key = self.lock.key.get().await?;
            let tokens = &self.connections.session_tokens;
            tokens.save(&key, id, &token).map_err(|error| {
                let path = tokens.path(id);
                ApiError::internal(format!("{} could not be written: {error}.", path.display()))
            })?;
            stored.token_is_in_file = true;
        }
        let is_token_here = stored.token_is_in_file;
        let kept = keyring::save(&self.lock.keyring, id, stored).await;
        if kept.is_err() && is_token_here {
            self.connections.session_tokens.delete(id)?;
        }
        kept
    }

    /// The secret parts of an access key. A token that is still in the keyring moves into its file.
    pub(super) async fn kept_key(&self, saved: &SavedConnection) -> Result<Stored, ApiError> {
        let mut stored = keyring::load(&self.lock.keyring, &saved.id, &saved.name).await?;
        if stored.session_token.is_some() {
            if let Err(error) = self.keep_key(&saved.id, stored.clone()).await {
                tracing::warn!(%error, "a session token stays in the keyring for now");
            }
        } else if stored.token_is_in_file {
            let key = self.lock.key.get().await?;
            let token = self.connections.session_tokens.load(&key, &saved.id);
            stored.session_token = Some(token.ok_or_else(|| unreadable(&saved.name))?);
        }
        Ok(stored)
    }

    /// Deletes the secret parts of an access key; nothing to delete is fine.
    pub(super) async fn drop_key(&self, id: &ConnectionId) -> Result<(), ApiError> {
        self.connections.session_tokens.delete(id)?;
        keyring::delete(&self.lock.keyring, id).await
    }
}

fn unreadable(name: &str) -> ApiError {
    ApiError::new(
        Code::SignInNeeded,
        format!(
            "The session token of {name:?} is gone, or cannot be decrypted with the key in the OS keyring. Forget the \
             connection and add it again."
        ),
    )
}

/// What the sealed bytes belong to: in the place of another connection they do not open.
fn place(id: &ConnectionId) -> Vec<u8> {
    format!("latchkey session token\0{id}").into_bytes()
}

#[cfg(test)]
mod tests;
