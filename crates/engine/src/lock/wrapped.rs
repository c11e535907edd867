//! The key that seals files, wrapped by a passphrase.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use latchkey_domain::ApiError;
use latchkey_domain::secret_text::SecretInput;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::sealed::{KeyBytes, new_key};

const PLACE: &[u8] = b"latchkey lock v1";
const SALT_BYTES: usize = 16;

/// The cost of one try at a passphrase. OWASP's floor is 19 MiB and 2 passes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// An entry may not ask for more than this: opening it would take too long.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 16;

/// What the keyring holds in place of the bare key. Bytes are hexadecimal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrappedKey {
    salt: String,
    memory_kib: u32,
    passes: u32,
    nonce: String,
    sealed: String,
}

impl WrappedKey {
    /// Wraps the key. Takes a moment: not for a thread that serves requests.
    pub fn new(key: &KeyBytes, passphrase: &SecretInput) -> Result<Self, ApiError> {
        let salt = &new_key()[..SALT_BYTES];
        let (memory_kib, passes) = (MEMORY_KIB, PASSES);
        let nonce = XNonce::generate();
        let cipher = cipher(passphrase, salt, memory_kib, passes)?;
        let sealed = cipher.encrypt(&nonce, Payload { msg: key.as_slice(), aad: PLACE });
        let sealed = sealed.map_err(|_| ApiError::internal("The key could not be wrapped."))?;
        let [salt, nonce, sealed] = [salt, nonce.as_slice(), &sealed].map(hex::encode);
        Ok(Self { salt, memory_kib, passes, nonce, sealed })
    }

    /// The key; none if the passphrase is another one. Takes a moment too.
    pub fn open(&self, passphrase: &SecretInput) -> Result<Option<KeyBytes>, ApiError> {
        if self.memory_kib > MAX_MEMORY_KIB || self.passes > MAX_PASSES {
            return Err(damaged());
        }
        let bytes = |text: &str| hex::decode(text).map_err(|_| damaged());
        let cipher = cipher(passphrase, &bytes(&self.salt)?, self.memory_kib, self.passes)?;
        let nonce = XNonce::try_from(bytes(&self.nonce)?.as_slice()).map_err(|_| damaged())?;
        let payload = Payload { msg: &bytes(&self.sealed)?, aad: PLACE };
        let Ok(plain) = cipher.decrypt(&nonce, payload).map(Zeroizing::new) else { return Ok(None) };
        let mut key = KeyBytes::default();
        if plain.len() != key.len() {
            return Err(damaged());
        }
        key.copy_from_slice(&plain);
        Ok(Some(key))
    }
}

fn cipher(
    passphrase: &SecretInput,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<XChaCha20Poly1305, ApiError> {
    let mut key = KeyBytes::default();
    let derived = Params::new(memory_kib, passes, 1, None).and_then(|params| {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(passphrase.expose().as_bytes(), salt, key.as_mut_slice())
    });
    derived.map_err(|error| {
        ApiError::internal(format!("The passphrase could not be tried: {error}. Close other programs."))
    })?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}

pub(super) fn damaged() -> ApiError {
    ApiError::internal("The key that seals files is damaged in the OS keyring.")
}

#[cfg(test)]
mod tests {
    use latchkey_domain::secret_text::SecretInput;

    use super::{MAX_MEMORY_KIB, WrappedKey};
    use crate::sealed::new_key;

    #[test]
    fn only_its_own_passphrase_opens_a_wrapped_key() {
        let (key, right) = (new_key(), SecretInput::new("fake right passphrase"));
        let wrapped = WrappedKey::new(&key, &right).expect("wrapped");
        let wrong = SecretInput::new("fake wrong passphrase");
        assert_eq!(wrapped.open(&right).expect("readable"), Some(key.clone()), "the same key comes back");
        assert_eq!(wrapped.open(&wrong).expect("readable"), None, "a wrong passphrase is no damage");
        let json = serde_json::to_string(&wrapped).expect("JSON");
        assert!(!json.contains(&hex::encode(*key)), "the key is not readable in what is stored");
        assert_ne!(WrappedKey::new(&key, &right).expect("wrapped").salt, wrapped.salt, "a salt of its own");
    }

    #[test]
    fn an_entry_cannot_ask_for_boundless_memory() {
        let right = SecretInput::new("fake right passphrase");
        let wrapped = WrappedKey::new(&new_key(), &right).expect("wrapped");
        let greedy = WrappedKey { memory_kib: MAX_MEMORY_KIB + 1, ..wrapped };
        assert!(greedy.open(&right).is_err(), "refused before any work");
    }
}
