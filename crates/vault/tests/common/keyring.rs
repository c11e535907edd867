//! A keyring in memory.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use latchkey_vault::KeySource;
use latchkey_vault::keyring::{KeyBytes, KeyStore, KeyringProblem};

#[derive(Default)]
pub struct FakeKeyring {
    pub keys: Mutex<HashMap<String, KeyBytes>>,
    pub generations: Mutex<HashMap<String, u64>>,
    pub is_locked: bool,
    /// Takes no generation.
    pub is_deaf: bool,
    /// Held by a test as long as the keyring takes no generation and does not refuse it either.
    pub hangs: Mutex<()>,
}

impl KeyStore for FakeKeyring {
    fn load(&self, vault_id: &str) -> Result<Option<KeyBytes>, KeyringProblem> {
        if self.is_locked {
            return Err(KeyringProblem("The keyring is locked.".into()));
        }
        Ok(self.keys.lock().unwrap().get(vault_id).cloned())
    }

    fn save(&self, vault_id: &str, key: &KeyBytes) -> Result<(), KeyringProblem> {
        if self.is_locked {
            return Err(KeyringProblem("The keyring is locked.".into()));
        }
        self.keys.lock().unwrap().insert(vault_id.into(), key.clone());
        Ok(())
    }

    fn load_generation(&self, vault_id: &str) -> Result<Option<u64>, KeyringProblem> {
        Ok(self.generations.lock().unwrap().get(vault_id).copied())
    }

    fn save_generation(&self, vault_id: &str, generation: u64) -> Result<(), KeyringProblem> {
        if self.is_deaf {
            return Err(KeyringProblem("The keyring does not answer.".into()));
        }
        drop(self.hangs.lock().unwrap());
        self.generations.lock().unwrap().insert(vault_id.into(), generation);
        Ok(())
    }
}

pub fn by_keyring(keyring: &Arc<FakeKeyring>) -> KeySource {
    KeySource::Keyring(keyring.clone())
}
