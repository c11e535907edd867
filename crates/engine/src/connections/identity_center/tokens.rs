//! The sign-ins that are kept: one file for each session, its tokens sealed under the key in the OS keyring and bound
//! to the session that they open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use latchkey_domain::identity_center::SsoSession;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code};
use latchkey_sealing::SealingKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::files;
use crate::lock::data_key::DataKey;

const FOLDER: &str = "sso";

/// The result of a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Token {
    pub access_token: SecretInput,
    pub expires_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretInput>,
    pub client: Client,
}

/// This program as it is registered with the session's OpenID Connect service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Client {
    pub id: String,
    pub secret: SecretInput,
}

/// The sign-ins of this computer. The lock is held for moments only.
pub(super) struct TokenStore {
    folder: PathBuf,
    key: Arc<DataKey>,
    kept: Mutex<BTreeMap<SsoSession, Kept>>,
}

struct Kept {
    sealed: Vec<u8>,
    /// Once it was needed.
    open: Option<Token>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedFile {
    session: SsoSession,
    /// A nonce and XChaCha20-Poly1305 bytes, in base64.
    sealed: String,
}

impl TokenStore {
    /// Reads what is kept, still sealed. A file that is none is left alone: the next sign-in replaces it.
    pub fn new(data: &Path, key: Arc<DataKey>) -> Self {
        let folder = data.join(FOLDER);
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let kept = files.filter_map(|file| read(&file.path())).collect();
        Self { folder, key, kept: Mutex::new(kept) }
    }

    pub fn sessions(&self) -> Vec<SsoSession> {
        self.kept().keys().cloned().collect()
    }

    /// Fails if the keyring gives no key: better before the person has gone to the browser than after.
    pub async fn check_key(&self) -> Result<(), ApiError> {
        self.key.get().await.map(drop)
    }

    /// The tokens of a session, unsealed at their first use; none if nobody is signed in.
    pub async fn load(&self, session: &SsoSession) -> Result<Option<Token>, ApiError> {
        let sealed = match self.kept().get(session) {
            None => return Ok(None),
            Some(Kept { open: Some(token), .. }) => return Ok(Some(token.clone())),
            Some(Kept { sealed, open: None }) => sealed.clone(),
        };
        let key = self.key.get().await?;
        let token = unseal(&key, session, &sealed).ok_or_else(|| {
            ApiError::new(
                Code::SignInNeeded,
                format!(
                    "The stored sign-in to {} cannot be decrypted with the key in the OS keyring. Sign in again.",
                    session.start_url
                ),
            )
        })?;
        if let Some(kept) = self.kept().get_mut(session) {
            kept.open = Some(token.clone());
        }
        Ok(Some(token))
    }

    pub async fn save(&self, session: &SsoSession, token: Token) -> Result<(), ApiError> {
        let key = self.key.get().await?;
        let path = self.path(session);
        let sealed = seal(&key, session, &token)
            .ok_or_else(|| ApiError::internal("The sign-in could not be encrypted, so it is not stored."))?;
        let file = SealedFile { session: session.clone(), sealed: STANDARD.encode(&sealed) };
        let json = serde_json::to_vec_pretty(&file).map_err(std::io::Error::from);
        json.and_then(|json| files::save(&path, &json)).map_err(|error| {
            ApiError::internal(format!("{} could not be written: {error}.", path.display()))
        })?;
        self.kept().insert(session.clone(), Kept { sealed, open: Some(token) });
        Ok(())
    }

    /// Deletes what is kept of a session; nothing to delete is fine.
    pub fn delete(&self, session: &SsoSession) -> Result<(), ApiError> {
        let path = self.path(session);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ApiError::internal(format!("{} could not be deleted: {error}.", path.display())));
            }
            _ => {}
        }
        self.kept().remove(session);
        Ok(())
    }

    /// Keeps no token unsealed, until one is needed again.
    pub fn close(&self) {
        for kept in self.kept().values_mut() {
            kept.open = None;
        }
    }

    fn path(&self, session: &SsoSession) -> PathBuf {
        let name = hex::encode(&Sha256::digest(place(session))[..16]);
        self.folder.join(format!("{name}.json"))
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<SsoSession, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> Option<(SsoSession, Kept)> {
    let text = files::load_text(path).ok().flatten()?;
    let file: SealedFile = serde_json::from_str(&text)
        .inspect_err(|_| tracing::warn!(path = %path.display(), "this is not a sign-in that can be read"))
        .ok()?;
    let sealed = STANDARD.decode(file.sealed).ok()?;
    Some((file.session, Kept { sealed, open: None }))
}

fn seal(key: &SealingKey, session: &SsoSession, token: &Token) -> Option<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(token).ok()?);
    Some(key.seal(place(session), &plain))
}

fn unseal(key: &SealingKey, session: &SsoSession, sealed: &[u8]) -> Option<Token> {
    let plain = key.open(place(session), sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// What the sealed bytes belong to: moved to another session they do not open.
fn place(session: &SsoSession) -> Vec<u8> {
    format!("latchkey sso session\0{}\0{}", session.start_url, session.region).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeKeyring, data_key};

    fn session(name: &str) -> SsoSession {
        SsoSession { start_url: format!("https://{name}.awsapps.com/start"), region: "eu-west-1".into() }
    }

    fn token() -> Token {
        Token {
            access_token: SecretInput::new("fake-access"),
            expires_at: "2026-11-21T02:00:00Z".parse().expect("an instant"),
            refresh_token: Some(SecretInput::new("fake-refresh")),
            client: Client { id: "fake-client".into(), secret: SecretInput::new("fake-client-secret") },
        }
    }

    fn only_file(folder: &Path) -> PathBuf {
        let mut files = std::fs::read_dir(folder.join(FOLDER)).expect("the folder is there");
        files.next().expect("one file").expect("readable").path()
    }

    #[tokio::test]
    async fn tokens_outlive_the_program_and_cannot_be_read_in_their_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = TokenStore::new(folder.path(), data_key(&FakeKeyring::new(folder.path())));
        store.save(&session("ops"), token()).await.expect("writable");
        let path = only_file(folder.path());
        let text = std::fs::read_to_string(&path).expect("readable");
        assert!(text.contains("ops.awsapps.com") && !text.contains("fake"), "only the session shows: {text}");

        let store = TokenStore::new(folder.path(), data_key(&FakeKeyring::new(folder.path())));
        assert_eq!(store.sessions(), [session("ops")]);
        let loaded = store.load(&session("ops")).await.expect("it opens").expect("it is kept");
        assert_eq!(loaded.refresh_token.expect("kept too").expose(), "fake-refresh");
        assert!(!format!("{:?}", token()).contains("fake-access"), "nor by accident in a log");
        store.delete(&session("ops")).expect("deletable");
        store.delete(&session("ops")).expect("nothing to delete is fine");
        assert!(!path.exists() && store.sessions().is_empty());
    }

    #[tokio::test]
    async fn tokens_that_were_moved_to_another_session_do_not_open() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = TokenStore::new(folder.path(), data_key(&FakeKeyring::new(folder.path())));
        store.save(&session("ops"), token()).await.expect("writable");
        let path = only_file(folder.path());
        let moved = std::fs::read_to_string(&path).expect("readable").replace("ops.aws", "evil.aws");
        std::fs::write(&path, moved).expect("writable");
        let store = TokenStore::new(folder.path(), data_key(&FakeKeyring::new(folder.path())));
        let error = store.load(&session("evil")).await.expect_err("it is bound to its place");
        assert_eq!(error.code, Code::SignInNeeded);
        std::fs::write(&path, "{").expect("writable");
        assert!(
            TokenStore::new(folder.path(), data_key(&FakeKeyring::new(folder.path()))).sessions().is_empty(),
            "no file of ours"
        );
    }
}
