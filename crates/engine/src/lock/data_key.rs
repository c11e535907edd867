//! The key that seals files: bare in the OS keyring, or wrapped there by the passphrase of the lock and held in memory
//! while the console is open.

use std::sync::{Arc, Mutex, PoisonError};

use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code};
use zeroize::Zeroizing;

use super::wrapped::{WrappedKey, damaged};
use crate::ports::BoxFuture;
use crate::sealed::{KeyBytes, new_key};

/// What is stored under one name in the OS keyring.
pub(crate) type Stowed = Zeroizing<Vec<u8>>;

/// The one entry of the OS keyring that holds the key.
pub(crate) trait KeyEntry: Send + Sync {
    /// What is stored; none before the first use.
    fn load(&self) -> BoxFuture<'static, Result<Option<Stowed>, ApiError>>;

    fn save(&self, entry: Stowed) -> BoxFuture<'static, Result<(), ApiError>>;
}

/// The way to the key.
pub(crate) struct DataKey {
    entry: Arc<dyn KeyEntry>,
    /// The unwrapped key, until the lock is closed.
    held: Mutex<Option<KeyBytes>>,
    /// Two that find no key must not both make one.
    making: tokio::sync::Mutex<()>,
}

enum Stored {
    Nothing,
    Bare(KeyBytes),
    Wrapped(WrappedKey),
}

impl DataKey {
    pub fn new(entry: Arc<dyn KeyEntry>) -> Self {
        Self { entry, held: Mutex::default(), making: tokio::sync::Mutex::default() }
    }

    /// The key, made at its first use; refused while it is wrapped and the lock is closed.
    pub async fn get(&self) -> Result<KeyBytes, ApiError> {
        let _one_at_a_time = self.making.lock().await;
        if let Some(key) = self.held() {
            return Ok(key);
        }
        match self.stored().await? {
            Stored::Bare(key) => Ok(key),
            Stored::Wrapped(_) => Err(locked()),
            Stored::Nothing => {
                let made = new_key();
                self.entry.save(Zeroizing::new(made.to_vec())).await?;
                Ok(made)
            }
        }
    }

    /// Whether a passphrase is needed.
    pub async fn is_wrapped(&self) -> Result<bool, ApiError> {
        Ok(matches!(self.stored().await?, Stored::Wrapped(_)))
    }

    /// Holds the key from now on; whether it was the passphrase.
    pub async fn unwrap(&self, passphrase: &SecretInput) -> Result<bool, ApiError> {
        let Stored::Wrapped(wrapped) = self.stored().await? else { return Ok(true) };
        let key = open(wrapped, passphrase.clone()).await?;
        let Some(key) = key else { return Ok(false) };
        self.hold(Some(key));
        Ok(true)
    }

    /// Wraps the key by this passphrase from now on, or stores it bare without one.
    pub async fn rewrap(&self, passphrase: Option<SecretInput>) -> Result<(), ApiError> {
        let key = self.get().await?;
        let entry = match &passphrase {
            None => Zeroizing::new(key.to_vec()),
            Some(passphrase) => {
                let (key, passphrase) = (key.clone(), passphrase.clone());
                let wrapped = aside(move || WrappedKey::new(&key, &passphrase)).await?;
                serde_json::to_vec(&wrapped).map(Zeroizing::new).map_err(|_| damaged())?
            }
        };
        self.entry.save(entry).await?;
        self.hold(passphrase.map(|_| key));
        Ok(())
    }

    /// Forgets the key.
    pub fn let_go(&self) {
        self.hold(None);
    }

    fn hold(&self, key: Option<KeyBytes>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = key;
    }

    fn held(&self) -> Option<KeyBytes> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn stored(&self) -> Result<Stored, ApiError> {
        let Some(entry) = self.entry.load().await? else { return Ok(Stored::Nothing) };
        let mut key = KeyBytes::default();
        if entry.len() == key.len() {
            key.copy_from_slice(&entry);
            return Ok(Stored::Bare(key));
        }
        serde_json::from_slice(&entry).map(Stored::Wrapped).map_err(|_| damaged())
    }
}

async fn open(wrapped: WrappedKey, passphrase: SecretInput) -> Result<Option<KeyBytes>, ApiError> {
    aside(move || wrapped.open(&passphrase)).await
}

/// A passphrase takes a moment: not on the threads that serve requests.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ApiError::internal("The passphrase was not tried: the program is shutting down."))?
}

/// What every command answers while the lock is closed.
pub(super) fn locked() -> ApiError {
    ApiError::new(Code::Locked, "Latchkey is locked. Unlock it, then try again.")
}
