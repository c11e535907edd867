//! Seals bytes so that they open only with the vault's key and only in their own place.
//!
//! XChaCha20-Poly1305 with random nonces. Each value has a data key of its own, which the vault key wraps; the
//! associated data of both names the place, so that a row moved elsewhere does not open.

use chacha20poly1305::aead::{Aead, Generate, Key, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::keyring::{KEY_BYTES, KeyBytes};

const NONCE_BYTES: usize = 24;

/// The bytes do not open here: wrong key, or changed, or moved from another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unopenable;

/// A key that seals; wiped on drop.
#[derive(Clone)]
pub struct SealingKey(KeyBytes);

impl SealingKey {
    pub fn generate() -> Self {
        let mut key = Key::<XChaCha20Poly1305>::generate();
        let bytes = Zeroizing::new(key.into());
        zeroize::Zeroize::zeroize(key.as_mut_slice());
        Self(bytes)
    }

    pub fn new(bytes: KeyBytes) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &KeyBytes {
        &self.0
    }

    /// The nonce, then the ciphertext with its tag.
    pub fn seal(&self, place: &Place, plain: &[u8]) -> Vec<u8> {
        let nonce = XNonce::generate();
        let payload = Payload { msg: plain, aad: &place.0 };
        let sealed = self.cipher().encrypt(&nonce, payload).unwrap_or_else(|_| {
            unreachable!("XChaCha20-Poly1305 takes 256 GiB, and a value has at most 64 KiB")
        });
        [nonce.as_slice(), &sealed].concat()
    }

    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopenable> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(Unopenable)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| Unopenable)?;
        let payload = Payload { msg: sealed, aad: &place.0 };
        self.cipher().decrypt(&nonce, payload).map(Zeroizing::new).map_err(|_| Unopenable)
    }

    /// Opens what holds a key.
    pub fn open_key(&self, place: &Place, sealed: &[u8]) -> Result<Self, Unopenable> {
        let plain = self.open(place, sealed)?;
        let mut bytes = KeyBytes::default();
        if plain.len() != KEY_BYTES {
            return Err(Unopenable);
        }
        bytes.copy_from_slice(&plain);
        Ok(Self(bytes))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

/// Where sealed bytes belong. Parts are length-prefixed, so no two places have the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Vec<u8>);

impl Place {
    pub fn new(purpose: &str, parts: &[&str]) -> Self {
        let mut bytes = Vec::new();
        for part in std::iter::once(&purpose).chain(parts) {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> Place {
        Place::new("test", &["vault", name])
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_with_its_key_only() {
        let key = SealingKey::generate();
        let sealed = key.seal(&place("a"), b"fake");
        assert_eq!(key.open(&place("a"), &sealed).as_deref().map(Vec::as_slice), Ok(&b"fake"[..]));
        assert!(key.open(&place("b"), &sealed).is_err(), "another place");
        assert!(SealingKey::generate().open(&place("a"), &sealed).is_err(), "another key");
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_noticed() {
        let key = SealingKey::generate();
        let sealed = key.seal(&place("a"), b"fake");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key.open(&place("a"), &changed).is_err(), "byte {index} was changed");
            assert!(key.open(&place("a"), &sealed[..index]).is_err(), "cut at byte {index}");
        }
    }

    #[test]
    fn the_parts_of_a_place_cannot_be_shifted_against_each_other() {
        assert_ne!(Place::new("p", &["ab", "c"]), Place::new("p", &["a", "bc"]));
        assert_ne!(Place::new("p", &["a"]), Place::new("p", &["a", ""]));
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let key = SealingKey::generate();
        assert_ne!(key.seal(&place("a"), b"fake"), key.seal(&place("a"), b"fake"), "nonces are random");
    }
}
