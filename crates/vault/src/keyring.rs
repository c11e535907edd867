//! Where the key of a vault is kept outside of it: the OS keyring, or what a test puts in its place.
//!
//! The calls block; [`Vault::open`](crate::Vault::open) makes them on a thread for that.

pub use latchkey_sealing::KeyBytes;
use zeroize::Zeroizing;

/// Keeps the keys of vaults.
pub trait KeyStore: Send + Sync + 'static {
    /// The key of a vault; `None` if the keyring answers and holds none.
    fn load(&self, vault_id: &str) -> Result<Option<KeyBytes>, KeyringProblem>;

    fn save(&self, vault_id: &str, key: &KeyBytes) -> Result<(), KeyringProblem>;

    /// How far a vault had come when that was noted last; `None` if the keyring answers and knows nothing.
    fn load_generation(&self, vault_id: &str) -> Result<Option<u64>, KeyringProblem>;

    fn save_generation(&self, vault_id: &str, generation: u64) -> Result<(), KeyringProblem>;
}

/// Why the keyring cannot be used and what to do, in whole sentences. Names the system's reason, never what is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyringProblem(pub String);

impl KeyStore for latchkey_keyring::Keyring {
    fn load(&self, vault_id: &str) -> Result<Option<KeyBytes>, KeyringProblem> {
        let Some(bytes) = Self::load(self, &account(vault_id))? else { return Ok(None) };
        let mut key = KeyBytes::default();
        if bytes.len() != key.len() {
            return Err(latchkey_keyring::KeyringProblem::Damaged.into());
        }
        key.copy_from_slice(&bytes);
        Ok(Some(key))
    }

    fn save(&self, vault_id: &str, key: &KeyBytes) -> Result<(), KeyringProblem> {
        Self::save(self, &account(vault_id), Zeroizing::new(key.to_vec()))?;
        Ok(())
    }

    fn load_generation(&self, vault_id: &str) -> Result<Option<u64>, KeyringProblem> {
        let Some(bytes) = Self::load(self, &generation_account(vault_id))? else { return Ok(None) };
        let bytes = bytes.as_slice().try_into().map_err(|_| latchkey_keyring::KeyringProblem::Damaged)?;
        Ok(Some(u64::from_le_bytes(bytes)))
    }

    fn save_generation(&self, vault_id: &str, generation: u64) -> Result<(), KeyringProblem> {
        let bytes = Zeroizing::new(generation.to_le_bytes().to_vec());
        Ok(Self::save(self, &generation_account(vault_id), bytes)?)
    }
}

impl From<latchkey_keyring::KeyringProblem> for KeyringProblem {
    fn from(problem: latchkey_keyring::KeyringProblem) -> Self {
        Self(problem.to_string())
    }
}

fn account(vault_id: &str) -> String {
    format!("vault:{vault_id}")
}

fn generation_account(vault_id: &str) -> String {
    format!("vault-generation:{vault_id}")
}
