//! A keyring in memory.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use latchkey_vault::KeySource;
use latchkey_vault::keyring::{KeyBytes, KeyStore, KeyringProblem};

#[derive(Default)]
pub struct FakeKeyring {
    pub keys: Mutex<HashMap<String, KeyBytes>>,
    pub is_locked: bool,
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
}

pub fn by_keyring(keyring: &Arc<FakeKeyring>) -> KeySource {
    KeySource::Keyring(keyring.clone())
}
