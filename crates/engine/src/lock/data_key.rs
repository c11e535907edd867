//! The key that seals files, in the OS keyring.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use latchkey_domain::{ApiError, Code};
use latchkey_keyring::{Keyring, SEALING_KEY};
use latchkey_sealing::SealingKey;
use zeroize::Zeroizing;

use crate::keyring::ask;
use crate::sealed::SEALED_FILES;

/// The way to the key.
pub(crate) struct DataKey {
    keyring: Arc<Keyring>,
    /// Where the files are.
    data: PathBuf,
    /// Two that find no key must not both make one.
    making: tokio::sync::Mutex<()>,
}

impl DataKey {
    pub fn new(keyring: Arc<Keyring>, data: &Path) -> Self {
        Self { keyring, data: data.to_owned(), making: tokio::sync::Mutex::default() }
    }

    /// The key, made at its first use; refused while the lock is closed. Where there are files that a former key sealed, none
    /// is made: it would open none of them.
    pub async fn get(&self) -> Result<SealingKey, ApiError> {
        let _one_at_a_time = self.making.lock().await;
        if let Some(entry) = ask(&self.keyring, |keyring| keyring.load(SEALING_KEY)).await? {
            let damaged = || ApiError::internal("The key of encrypted files is damaged in the OS keyring.");
            return SealingKey::from_slice(&entry).ok_or_else(damaged);
        }
        if let Some(file) = self.sealed_file().await {
            return Err(missing(&file));
        }
        let made = SealingKey::generate();
        let entry = Zeroizing::new(made.bytes().to_vec());
        ask(&self.keyring, move |keyring| keyring.save(SEALING_KEY, entry)).await?;
        Ok(made)
    }

    /// Whether there are files whose key is gone. A keyring that does not answer holds it perhaps.
    pub async fn lost(&self) -> Option<ApiError> {
        let Ok(None) = ask(&self.keyring, |keyring| keyring.load(SEALING_KEY)).await else { return None };
        self.sealed_file().await.map(|file| missing(&file))
    }

    async fn sealed_file(&self) -> Option<PathBuf> {
        let data = self.data.clone();
        tokio::task::spawn_blocking(move || find_sealed(&data)).await.unwrap_or_default()
    }
}

/// A sealed file in this folder or below it.
fn find_sealed(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).find_map(|path| match path.extension() {
        Some(extension) if extension == SEALED_FILES => Some(path),
        _ if path.is_dir() && !path.is_symlink() => find_sealed(&path),
        _ => None,
    })
}

fn missing(file: &Path) -> ApiError {
    ApiError::new(
        Code::Locked,
        format!(
            "The OS keyring does not hold the key of encrypted files, of which there are some: {}. Restore the keyring; if \
             a passphrase was set, the file lock.json of the data folder is enough. To begin with a new key, move these \
             files (.{SEALED_FILES}) elsewhere: they cannot be read without theirs.",
            file.display()
        ),
    )
}

/// What every command answers while the lock is closed.
pub(super) fn locked() -> ApiError {
    ApiError::new(Code::Locked, "Latchkey is locked. Unlock it, then try again.")
}
