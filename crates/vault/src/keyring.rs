//! Where the key of a vault is kept outside of it: the OS keyring, or what a test puts in its place.
//!
//! The calls block; [`Vault::open`](crate::Vault::open) makes them on a thread for that.

use zeroize::Zeroizing;

/// The length of a vault key.
pub const KEY_BYTES: usize = 32;

/// A vault key, wiped on drop.
pub type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// Keeps the keys of vaults.
pub trait KeyStore: Send + Sync + 'static {
    /// The key of a vault; `None` if the keyring answers and holds none.
    fn load(&self, vault_id: &str) -> Result<Option<KeyBytes>, KeyringProblem>;

    fn save(&self, vault_id: &str, key: &KeyBytes) -> Result<(), KeyringProblem>;
}

/// Why the keyring cannot be used. Names the system's reason, never what is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The OS keyring cannot be used: {0}.")]
pub struct KeyringProblem(pub String);

/// The keyring of the operating system: Secret Service, Keychain or Credential Manager.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsKeyring;

#[cfg(feature = "keyring")]
mod os {
    use keyring::{Entry, Error};
    use zeroize::Zeroizing;

    use super::{KeyBytes, KeyStore, KeyringProblem, OsKeyring};

    const SERVICE: &str = "latchkey";

    /// Who may hold the key: never a store in memory, nor the kernel's, which forgets at the next start.
    #[cfg(target_os = "macos")]
    const STORE: &str = "Keychain";
    #[cfg(target_os = "windows")]
    const STORE: &str = "Windows";
    #[cfg(not(any(target_os = "macos", target_os = "windows")))]
    const STORE: &str = "Secret Service";

    impl KeyStore for OsKeyring {
        fn load(&self, vault_id: &str) -> Result<Option<KeyBytes>, KeyringProblem> {
            let bytes = match entry(vault_id)?.get_secret() {
                Ok(bytes) => Zeroizing::new(bytes),
                Err(Error::NoEntry) => return Ok(None),
                Err(error) => return Err(problem(&error)),
            };
            let damaged = || KeyringProblem("its entry for this vault is not a key".to_owned());
            let mut key = KeyBytes::default();
            if bytes.len() != key.len() {
                return Err(damaged());
            }
            key.copy_from_slice(&bytes);
            Ok(Some(key))
        }

        fn save(&self, vault_id: &str, key: &KeyBytes) -> Result<(), KeyringProblem> {
            entry(vault_id)?.set_secret(key.as_slice()).map_err(|error| problem(&error))
        }
    }

    fn entry(vault_id: &str) -> Result<Entry, KeyringProblem> {
        let entry = Entry::new(SERVICE, &format!("vault:{vault_id}")).map_err(|error| problem(&error))?;
        let store = keyring_core::get_default_store().ok_or_else(|| problem(&Error::NoDefaultStore))?;
        if store.vendor().contains(STORE) {
            return Ok(entry);
        }
        Err(KeyringProblem(format!("{} is not the keyring of this system", store.vendor())))
    }

    fn problem(error: &Error) -> KeyringProblem {
        KeyringProblem(match error {
            Error::NoDefaultStore => match Entry::store_status() {
                Err(cause) => cause.to_string(),
                Ok(()) => error.to_string(),
            },
            Error::BadEncoding(_) | Error::BadDataFormat(..) => "its entry is damaged".to_owned(),
            other => other.to_string(),
        })
    }
}

#[cfg(not(feature = "keyring"))]
impl KeyStore for OsKeyring {
    fn load(&self, _: &str) -> Result<Option<KeyBytes>, KeyringProblem> {
        Err(without_keyring())
    }

    fn save(&self, _: &str, _: &KeyBytes) -> Result<(), KeyringProblem> {
        Err(without_keyring())
    }
}

#[cfg(not(feature = "keyring"))]
fn without_keyring() -> KeyringProblem {
    KeyringProblem("this program was built without it".to_owned())
}
