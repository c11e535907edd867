//! The file that says that the entries of the keyring are sealed: their key, wrapped by the passphrase.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Generate, Key, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{KeyringProblem, Secret};

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const SALT_BYTES: usize = 16;
/// How much longer sealed bytes are.
pub(crate) const OVERHEAD_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// A file may not ask for more than this (1 GiB, 16 passes): opening it would take too long.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 16;

/// The cost of one try at a passphrase.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
}

/// OWASP's floor is 19 MiB and 2 passes.
pub(crate) const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3 };

/// A key that seals; wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SealKey(Zeroizing<[u8; 32]>);

/// A key, wrapped by a passphrase. Bytes are hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wrapped {
    salt: String,
    memory_kib: u32,
    passes: u32,
    nonce: String,
    sealed: String,
}

/// What the file holds, and its copy in the keyring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockFile {
    version: u32,
    /// Part of the names of the entries that this key seals.
    pub id: String,
    key: Wrapped,
    /// The key of sealed files, sealed: it can be had where its entry was deleted.
    sealing_key: Option<String>,
}

const LOCK_VERSION: u32 = 1;

impl SealKey {
    pub fn generate() -> Self {
        let mut key = Key::<XChaCha20Poly1305>::generate();
        let bytes = Zeroizing::new(key.into());
        key.as_mut_slice().zeroize();
        Self(bytes)
    }

    /// The nonce, then the ciphertext with its tag.
    pub fn seal(&self, account: &str, plain: &[u8]) -> Result<Secret, KeyringProblem> {
        let nonce = XNonce::generate();
        let payload = Payload { msg: plain, aad: &place(account) };
        let sealed = self.cipher().encrypt(&nonce, payload).map_err(|_| KeyringProblem::Damaged)?;
        Ok(Secret::new([nonce.as_slice(), &sealed].concat()))
    }

    pub fn open(&self, account: &str, sealed: &[u8]) -> Result<Secret, KeyringProblem> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(KeyringProblem::Damaged)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| KeyringProblem::Damaged)?;
        let payload = Payload { msg: sealed, aad: &place(account) };
        self.cipher().decrypt(&nonce, payload).map(Secret::new).map_err(|_| KeyringProblem::Damaged)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

/// An entry opens under its own account only.
fn place(account: &str) -> Vec<u8> {
    [b"latchkey keyring v1\0", account.as_bytes()].concat()
}

impl LockFile {
    /// Takes a moment.
    pub fn new(
        key: &SealKey,
        sealing_key: Option<&Secret>,
        account: &str,
        passphrase: &str,
        cost: Cost,
    ) -> Result<Self, KeyringProblem> {
        let sealing_key = sealing_key.map(|plain| key.seal(account, plain)).transpose()?;
        Ok(Self {
            version: LOCK_VERSION,
            id: hex::encode(&SealKey::generate().0[..8]),
            key: Wrapped::new(key, passphrase, cost)?,
            sealing_key: sealing_key.map(|sealed| hex::encode(&*sealed)),
        })
    }

    /// The content of the file, or of its copy.
    pub fn read(bytes: &[u8], path: &Path) -> Result<Self, KeyringProblem> {
        let damaged = || KeyringProblem::LockDamaged { file: path.to_owned() };
        let lock: Self = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        if lock.version == LOCK_VERSION { Ok(lock) } else { Err(damaged()) }
    }

    pub fn bytes(&self) -> Secret {
        // Strings and numbers: there is nothing that JSON cannot say.
        Secret::new(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The key; none if the passphrase is another one. Takes a moment.
    pub fn open(&self, passphrase: &str) -> Result<Option<SealKey>, KeyringProblem> {
        self.key.open(LOCK_PLACE, passphrase)
    }

    /// The key of sealed files.
    pub fn sealing_key(&self, key: &SealKey, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        let Some(sealed) = &self.sealing_key else { return Ok(None) };
        let sealed = hex::decode(sealed).map_err(|_| KeyringProblem::Damaged)?;
        key.open(account, &sealed).map(Some)
    }
}

const LOCK_PLACE: &[u8] = b"latchkey keyring lock v1";
/// Of the key of sealed files, which was all that a passphrase wrapped up to 0.2.
pub(crate) const FORMER_PLACE: &[u8] = b"latchkey lock v1";

impl Wrapped {
    fn new(
        key: &SealKey,
        passphrase: &str,
        Cost { memory_kib, passes }: Cost,
    ) -> Result<Self, KeyringProblem> {
        let salt = &SealKey::generate().0[..SALT_BYTES];
        let nonce = XNonce::generate();
        let cipher = cipher(passphrase, salt, memory_kib, passes)?;
        let payload = Payload { msg: key.0.as_slice(), aad: LOCK_PLACE };
        let sealed = cipher.encrypt(&nonce, payload).map_err(|_| KeyringProblem::Damaged)?;
        let [salt, nonce, sealed] = [salt, nonce.as_slice(), &sealed].map(hex::encode);
        Ok(Self { salt, memory_kib, passes, nonce, sealed })
    }

    /// The key; none if the passphrase is another one. Takes a moment.
    pub fn open(&self, place: &[u8], passphrase: &str) -> Result<Option<SealKey>, KeyringProblem> {
        if self.memory_kib > MAX_MEMORY_KIB || self.passes > MAX_PASSES {
            return Err(KeyringProblem::Damaged);
        }
        let bytes = |text: &str| hex::decode(text).map_err(|_| KeyringProblem::Damaged);
        let cipher = cipher(passphrase, &bytes(&self.salt)?, self.memory_kib, self.passes)?;
        let nonce = XNonce::try_from(bytes(&self.nonce)?.as_slice()).map_err(|_| KeyringProblem::Damaged)?;
        let payload = Payload { msg: &bytes(&self.sealed)?, aad: place };
        let Ok(plain) = cipher.decrypt(&nonce, payload).map(Zeroizing::new) else { return Ok(None) };
        let bytes: [u8; 32] = plain.as_slice().try_into().map_err(|_| KeyringProblem::Damaged)?;
        Ok(Some(SealKey(Zeroizing::new(bytes))))
    }
}

impl SealKey {
    /// As an entry holds it.
    pub fn to_secret(&self) -> Secret {
        Secret::new(self.0.to_vec())
    }
}

fn cipher(
    passphrase: &str,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<XChaCha20Poly1305, KeyringProblem> {
    let mut key = Zeroizing::new([0; 32]);
    let derived = Params::new(memory_kib, passes, 1, None).and_then(|params| {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
    });
    derived.map_err(|error| KeyringProblem::NotDerived { words: error.to_string() })?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };
    const RIGHT: &str = "fake right passphrase";

    #[test]
    fn only_its_own_passphrase_opens_a_wrapped_key() {
        let key = SealKey::generate();
        let lock = LockFile::new(&key, None, "a", RIGHT, CHEAP).unwrap();
        assert!(lock.open(RIGHT).unwrap() == Some(key.clone()), "the same key comes back");
        assert!(lock.open("fake wrong passphrase").unwrap().is_none(), "a wrong passphrase is no damage");
        let json = String::from_utf8(lock.bytes().to_vec()).unwrap();
        assert!(!json.contains(&hex::encode(*key.0)), "the key is not readable in what is stored");
        assert_ne!(
            LockFile::new(&key, None, "a", RIGHT, CHEAP).unwrap().key.salt,
            lock.key.salt,
            "its own salt"
        );
    }

    #[test]
    fn what_is_sealed_opens_under_its_account_with_its_key_only() {
        let key = SealKey::generate();
        let sealed = key.seal("a", b"fake secret").unwrap();
        assert_eq!(sealed.len(), b"fake secret".len() + OVERHEAD_BYTES);
        assert_eq!(key.open("a", &sealed).unwrap().as_slice(), b"fake secret");
        assert_eq!(key.open("b", &sealed), Err(KeyringProblem::Damaged), "another account");
        assert_eq!(SealKey::generate().open("a", &sealed), Err(KeyringProblem::Damaged), "another key");
        assert_eq!(key.open("a", &sealed[..9]), Err(KeyringProblem::Damaged), "cut");
    }

    #[test]
    fn a_file_cannot_ask_for_boundless_memory() {
        let lock = LockFile::new(&SealKey::generate(), None, "a", RIGHT, CHEAP).unwrap();
        let greedy = Wrapped { memory_kib: MAX_MEMORY_KIB + 1, ..lock.key };
        assert_eq!(greedy.open(LOCK_PLACE, RIGHT).err(), Some(KeyringProblem::Damaged), "before any work");
    }

    #[test]
    fn a_file_of_another_version_or_of_something_else_is_told_by_its_name() {
        let lock = LockFile::new(&SealKey::generate(), None, "a", RIGHT, CHEAP).unwrap();
        let file = Path::new("/fake/lock.json");
        let newer = LockFile { version: LOCK_VERSION + 1, ..lock };
        for bytes in [newer.bytes().as_slice(), b"", b"{}"] {
            let damaged = LockFile::read(bytes, file).unwrap_err();
            assert!(damaged.to_string().contains("/fake/lock.json"), "{damaged}");
        }
    }
}
