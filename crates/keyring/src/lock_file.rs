//! The file that says that the entries of the keyring are sealed: their key, wrapped by the passphrase.

use std::path::Path;

use latchkey_sealing::{Cost, Derivation, DerivationProblem, SealingKey};
use serde::{Deserialize, Serialize};

use crate::{KeyringProblem, Secret};

const NONCE_BYTES: usize = 24;

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

/// What the entry of an account holds while it is sealed.
pub(crate) fn seal(key: &SealingKey, account: &str, plain: &[u8]) -> Secret {
    Secret::new(key.seal(place(account), plain))
}

pub(crate) fn open(key: &SealingKey, account: &str, sealed: &[u8]) -> Result<Secret, KeyringProblem> {
    key.open(place(account), sealed).map_err(|_| KeyringProblem::Damaged)
}

/// An entry opens under its own account only.
fn place(account: &str) -> Vec<u8> {
    [b"latchkey keyring v1\0", account.as_bytes()].concat()
}

impl LockFile {
    /// Takes a moment.
    pub fn new(
        key: &SealingKey,
        sealing_key: Option<&Secret>,
        account: &str,
        passphrase: &str,
        cost: Cost,
    ) -> Result<Self, KeyringProblem> {
        let sealing_key = sealing_key.map(|plain| seal(key, account, plain));
        Ok(Self {
            version: LOCK_VERSION,
            id: hex::encode(&SealingKey::generate().bytes()[..8]),
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
    pub fn open(&self, passphrase: &str) -> Result<Option<SealingKey>, KeyringProblem> {
        self.key.open(LOCK_PLACE, passphrase)
    }

    /// The key of sealed files.
    pub fn sealing_key(&self, key: &SealingKey, account: &str) -> Result<Option<Secret>, KeyringProblem> {
        let Some(sealed) = &self.sealing_key else { return Ok(None) };
        let sealed = hex::decode(sealed).map_err(|_| KeyringProblem::Damaged)?;
        open(key, account, &sealed).map(Some)
    }
}

const LOCK_PLACE: &[u8] = b"latchkey keyring lock v1";
/// Of the key of sealed files, which was all that a passphrase wrapped up to 0.2.
pub(crate) const FORMER_PLACE: &[u8] = b"latchkey lock v1";

impl Wrapped {
    fn new(key: &SealingKey, passphrase: &str, cost: Cost) -> Result<Self, KeyringProblem> {
        let derivation = Derivation::new(cost);
        let wrapped = derivation.key(passphrase)?.seal(LOCK_PLACE, key.bytes().as_slice());
        let (nonce, sealed) = wrapped.split_at(NONCE_BYTES);
        let [salt, nonce, sealed] = [&derivation.salt, nonce, sealed].map(hex::encode);
        Ok(Self { salt, memory_kib: cost.memory_kib, passes: cost.passes, nonce, sealed })
    }

    /// The key; none if the passphrase is another one. Takes a moment.
    pub fn open(&self, place: &[u8], passphrase: &str) -> Result<Option<SealingKey>, KeyringProblem> {
        let bytes = |text: &str| hex::decode(text).map_err(|_| KeyringProblem::Damaged);
        let cost = Cost { memory_kib: self.memory_kib, passes: self.passes, lanes: 1 };
        let derivation = Derivation { salt: bytes(&self.salt)?, cost };
        let wrapped = [bytes(&self.nonce)?, bytes(&self.sealed)?].concat();
        Ok(derivation.key(passphrase)?.open_key(place, &wrapped).ok())
    }
}

impl From<DerivationProblem> for KeyringProblem {
    fn from(problem: DerivationProblem) -> Self {
        match problem {
            DerivationProblem::TooCostly { .. } => Self::Damaged,
            DerivationProblem::Failed(words) => Self::NotDerived { words },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    const RIGHT: &str = "fake right passphrase";

    #[test]
    fn only_its_own_passphrase_opens_a_wrapped_key() {
        let key = SealingKey::generate();
        let lock = LockFile::new(&key, None, "a", RIGHT, CHEAP).unwrap();
        assert!(lock.open(RIGHT).unwrap() == Some(key.clone()), "the same key comes back");
        assert!(lock.open("fake wrong passphrase").unwrap().is_none(), "a wrong passphrase is no damage");
        let json = String::from_utf8(lock.bytes().to_vec()).unwrap();
        assert!(!json.contains(&hex::encode(**key.bytes())), "the key is not readable in what is stored");
        assert_ne!(
            LockFile::new(&key, None, "a", RIGHT, CHEAP).unwrap().key.salt,
            lock.key.salt,
            "its own salt"
        );
    }

    #[test]
    fn what_is_sealed_opens_under_its_account_only() {
        let key = SealingKey::generate();
        let sealed = seal(&key, "a", b"fake secret");
        assert_eq!(open(&key, "a", &sealed).unwrap().as_slice(), b"fake secret");
        assert_eq!(open(&key, "b", &sealed), Err(KeyringProblem::Damaged), "another account");
    }

    #[test]
    fn a_file_cannot_ask_for_boundless_memory() {
        let lock = LockFile::new(&SealingKey::generate(), None, "a", RIGHT, CHEAP).unwrap();
        let greedy = Wrapped { memory_kib: u32::MAX, ..lock.key };
        assert_eq!(greedy.open(LOCK_PLACE, RIGHT).err(), Some(KeyringProblem::Damaged), "before any work");
    }

    #[test]
    fn a_file_of_another_version_or_of_something_else_is_told_by_its_name() {
        let lock = LockFile::new(&SealingKey::generate(), None, "a", RIGHT, CHEAP).unwrap();
        let file = Path::new("/fake/lock.json");
        let newer = LockFile { version: LOCK_VERSION + 1, ..lock };
        for bytes in [newer.bytes().as_slice(), b"", b"{}"] {
            let damaged = LockFile::read(bytes, file).unwrap_err();
            assert!(damaged.to_string().contains("/fake/lock.json"), "{damaged}");
        }
    }
}
