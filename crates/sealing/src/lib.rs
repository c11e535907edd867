//! Seals bytes so that they open only with their key and only in their own place; derives keys from passphrases.

mod derivation;

use chacha20poly1305::aead::{Aead, Generate, Key, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize, Zeroizing};

pub use derivation::{Cost, Derivation, DerivationProblem, PASSPHRASE_COST};

pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// How much longer sealed bytes are.
pub const OVERHEAD_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// The bytes of a key, wiped on drop.
pub type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// The bytes do not open here: wrong key, or changed, or moved from another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unopenable;

/// A key that seals; wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey(KeyBytes);

impl SealingKey {
    pub fn generate() -> Self {
        let mut key = Key::<XChaCha20Poly1305>::generate();
        let bytes = Zeroizing::new(key.into());
        key.as_mut_slice().zeroize();
        Self(bytes)
    }

    pub fn new(bytes: KeyBytes) -> Self {
        Self(bytes)
    }

    /// None if that is not the length of a key.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = KeyBytes::default();
        if bytes.len() != KEY_BYTES {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    pub fn bytes(&self) -> &KeyBytes {
        &self.0
    }

    /// XChaCha20-Poly1305: a random nonce, then the ciphertext with its tag. `place` is where the bytes belong; elsewhere they
    /// do not open.
    pub fn seal(&self, place: impl AsRef<[u8]>, plain: &[u8]) -> Vec<u8> {
        let nonce = XNonce::generate();
        let payload = Payload { msg: plain, aad: place.as_ref() };
        let sealed = self
            .cipher()
            .encrypt(&nonce, payload)
            .unwrap_or_else(|_| unreachable!("XChaCha20-Poly1305 takes 256 GiB, more than any memory here"));
        [nonce.as_slice(), &sealed].concat()
    }

    pub fn open(&self, place: impl AsRef<[u8]>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopenable> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(Unopenable)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| Unopenable)?;
        let payload = Payload { msg: sealed, aad: place.as_ref() };
        self.cipher().decrypt(&nonce, payload).map(Zeroizing::new).map_err(|_| Unopenable)
    }

    /// Opens what holds a key.
    pub fn open_key(&self, place: impl AsRef<[u8]>, sealed: &[u8]) -> Result<Self, Unopenable> {
        Self::from_slice(&self.open(place, sealed)?).ok_or(Unopenable)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

impl std::fmt::Debug for SealingKey {
    /// Nothing of the key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SealingKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_with_its_key_only() {
        let key = SealingKey::generate();
        let sealed = key.seal("a", b"fake");
        assert_eq!(sealed.len(), b"fake".len() + OVERHEAD_BYTES);
        assert_eq!(key.open("a", &sealed).as_deref().map(Vec::as_slice), Ok(&b"fake"[..]));
        assert!(key.open("b", &sealed).is_err(), "another place");
        assert!(SealingKey::generate().open("a", &sealed).is_err(), "another key");
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_noticed() {
        let key = SealingKey::generate();
        let sealed = key.seal("a", b"fake");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key.open("a", &changed).is_err(), "byte {index} was changed");
            assert!(key.open("a", &sealed[..index]).is_err(), "cut at byte {index}");
        }
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let key = SealingKey::generate();
        assert_ne!(key.seal("a", b"fake"), key.seal("a", b"fake"), "nonces are random");
    }

    #[test]
    fn a_sealed_key_is_one_again_and_nothing_else_is() {
        let (key, inner) = (SealingKey::generate(), SealingKey::generate());
        assert!(key.open_key("a", &key.seal("a", inner.bytes().as_slice())) == Ok(inner));
        assert!(key.open_key("a", &key.seal("a", b"fake")).is_err(), "that is too short for one");
    }
}
