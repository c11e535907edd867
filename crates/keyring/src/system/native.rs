//! Entries in the Keychain of macOS or the Credential Manager of Windows.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use super::SERVICE;
use crate::{KeyringProblem, Secret};

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain;
#[cfg(target_os = "windows")]
use windows_native_keyring_store as keychain;

pub(super) struct Store(Arc<keychain::Store>);

impl Store {
    pub(super) fn open() -> Result<Self, KeyringProblem> {
        Ok(Self(keychain::Store::new()?))
    }

    /// Unknown here; the system prompts for what it needs.
    pub(super) fn is_locked(&self) -> Result<bool, KeyringProblem> {
        Ok(false)
    }

    pub(super) fn load(&self, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        match self.entry(account)?.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn save(&self, account: &str, secret: &[u8]) -> Result<(), KeyringProblem> {
        Ok(self.entry(account)?.set_secret(secret)?)
    }

    pub(super) fn delete(&self, account: &str) -> Result<(), KeyringProblem> {
        match self.entry(account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn accounts(&self) -> Result<Vec<String>, KeyringProblem> {
        // Windows searches by patterns only, and finds some more.
        let what = if cfg!(target_os = "windows") { ("pattern", SERVICE) } else { ("service", SERVICE) };
        let found = self.0.search(&HashMap::from([what]))?;
        let ours = |entry: &Entry| entry.get_specifiers().filter(|(service, _)| service == SERVICE);
        Ok(found.iter().filter_map(ours).map(|(_, account)| account).collect())
    }

    fn entry(&self, account: &str) -> Result<Entry, KeyringProblem> {
        Ok(self.0.build(SERVICE, account, None)?)
    }
}

impl From<Error> for KeyringProblem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoStorageAccess(_) => Self::Locked,
            Error::BadEncoding(_) | Error::BadDataFormat(..) => Self::Damaged,
            Error::PlatformFailure(reason) => Self::Broke { words: reason.to_string() },
            other => Self::Broke { words: other.to_string() },
        }
    }
}
